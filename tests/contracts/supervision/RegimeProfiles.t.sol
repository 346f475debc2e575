// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {RegimeProfiles} from "../../../contracts/supervision/RegimeProfiles.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

contract RegimeProfilesTest is CoreTest {
    bytes32 private constant REGIME = "CN-test";

    RegimeProfiles private regimes;

    function setUp() public override {
        super.setUp();
        regimes = new RegimeProfiles(consortium);
        vm.prank(regulator);
        regimes.set(REGIME, IRegimeProfiles.Profile(0.24e9, 5, START, START + 3650));
    }

    function test_regimeProfilesAreSetOnceAndNeverChange() public {
        IRegimeProfiles.Profile memory profile = IRegimeProfiles.Profile(1, 2, START, START + 1);
        vm.startPrank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IRegimeProfiles.RegimeExists.selector, REGIME));
        regimes.set(REGIME, profile);
        regimes.set("new", profile);
        vm.assertEq(keccak256(abi.encode(regimes.profile("new"))), keccak256(abi.encode(profile)));
        bytes memory error = abi.encodeWithSelector(IRegimeProfiles.RegimeInvalid.selector, bytes32("x"));
        vm.expectRevert(error);
        regimes.set("x", IRegimeProfiles.Profile(1, 2, START, START - 1));
        vm.expectRevert(error);
        regimes.set("x", IRegimeProfiles.Profile(100e9 + 1, 2, START, START));
        vm.expectRevert(error);
        regimes.set("x", IRegimeProfiles.Profile(1, 2, 0, 0));
        vm.expectRevert(error);
        regimes.set("x", IRegimeProfiles.Profile(1, 2, START, 2_932_897)); // there is no date 10000-01-01
        vm.expectRevert(abi.encodeWithSelector(IRegimeProfiles.RegimeInvalid.selector, bytes32(0)));
        regimes.set(0, profile);
    }
}
