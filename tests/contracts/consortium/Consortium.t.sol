// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Consortium} from "../../../contracts/consortium/Consortium.sol";
import {IConsortium, Role} from "../../../contracts/consortium/IConsortium.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Members, keys and deployments; also the two small registers, parties and regime profiles.
contract ConsortiumTest is LedgerTest {
    Consortium private fresh;

    function setUp() public override {
        super.setUp();
        fresh = new Consortium();
    }

    function test_membersAreNumberedFromOneAndTheirRootIsAKey() public {
        vm.assertEq(fresh.admit(stranger, Role.Guarantor, "g"), 1);
        IConsortium.Member memory m = fresh.member(1);
        vm.assertEq(m.root, stranger);
        vm.assertTrue(m.active && m.role == Role.Guarantor);
        (uint16 number, Role role) = fresh.seatOf(stranger);
        vm.assertTrue(number == 1 && role == Role.Guarantor);
        vm.assertEq(fresh.memberCount(), 1);
    }

    function test_admitsNoMemberWithoutRoleRootOrNameOrTwice() public {
        fresh.admit(stranger, Role.Bank, "b");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumRoleInvalid.selector, 0));
        fresh.admit(bank, Role.None, "n");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyUnknown.selector, address(0)));
        fresh.admit(address(0), Role.Bank, "n");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyInUse.selector, stranger));
        fresh.admit(stranger, Role.Bank, "n");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNameInUse.selector, bytes32("b")));
        fresh.admit(bank, Role.Bank, "b");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNameInUse.selector, bytes32(0)));
        fresh.admit(bank, Role.Bank, "");
    }

    function test_rootRegistersAndRevokesItsOwnKeysAndARevokedKeyNeverComesBack() public {
        address key = vm.addr(0xC3);
        vm.startPrank(bank);
        consortium.registerKey(key);
        (uint16 number, Role role) = consortium.seatOf(key);
        vm.assertTrue(number == 2 && role == Role.Bank);
        consortium.revokeKey(key);
        (number, role) = consortium.seatOf(key);
        vm.assertTrue(number == 0 && role == Role.None);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyInUse.selector, key));
        consortium.registerKey(key);
        vm.stopPrank();
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyInUse.selector, key));
        consortium.registerKey(key);
    }

    function test_noMemberRevokesTheKeysOfAnother() public {
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyUnknown.selector, bank));
        consortium.revokeKey(bank);
    }

    function test_rootThatRevokesItselfAsAKeyStillManagesKeys() public {
        address key = vm.addr(0xC3);
        vm.startPrank(bank);
        consortium.revokeKey(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, bank, 0));
        parties.register(stranger, "s", PartyKind.Person);
        consortium.registerKey(key);
        vm.stopPrank();
        vm.prank(key);
        parties.register(stranger, "s", PartyKind.Person);
    }

    function test_noSetOfRolesLetsAnUnknownKeyIn() public {
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, stranger, 0));
        consortium.requireSeat(stranger, type(uint256).max);
    }

    function test_deploymentsAreRecordedOnceWithTheirCode() public {
        fresh.recordDeployment("Parties", address(parties), true);
        IConsortium.Deployment memory d = fresh.deployment("Parties");
        vm.assertEq(d.at, address(parties));
        vm.assertEq(d.codeHash, address(parties).codehash);
        vm.assertTrue(d.ledger && fresh.isLedger(address(parties)));
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNameInUse.selector, bytes32("Parties")));
        fresh.recordDeployment("Parties", address(token), true);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNoCode.selector, stranger));
        fresh.recordDeployment("Other", stranger, true);
        fresh.recordDeployment("CustodyToken", address(token), false);
        vm.assertFalse(fresh.isLedger(address(token)));
        vm.assertEq(fresh.deploymentCount(), 2);
        vm.assertEq(fresh.ledgerCount(), 1);
        fresh.recordDeployment("Parties under another name", address(parties), true);
        vm.assertEq(fresh.deploymentCount(), 3);
        vm.assertEq(fresh.ledgerCount(), 1);
    }

    function test_renouncedDeployerHasNoPowerLeft() public {
        vm.assertEq(consortium.deployer(), address(0));
        bytes memory error = abi.encodeWithSelector(IConsortium.ConsortiumNotDeployer.selector, address(this));
        vm.expectRevert(error);
        consortium.admit(stranger, Role.Bank, "x");
        vm.expectRevert(error);
        consortium.recordDeployment("x", address(token), true);
        vm.expectRevert(error);
        consortium.renounce();
        (uint16 number,) = consortium.seatOf(address(this));
        vm.assertEq(number, 0);
        vm.assertFalse(consortium.isLedger(address(this)));
    }

    // ------------------------------------------------------------------------------------------------------------- parties

    function test_bankRegistersEachAccountAndEachSubjectOnce() public {
        vm.startPrank(bank);
        parties.register(stranger, "s", PartyKind.Organisation);
        vm.assertEq(parties.accountOf("s"), stranger);
        vm.assertEq(parties.party(stranger).subject, bytes32("s"));
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesAccountInUse.selector, stranger));
        parties.register(stranger, "t", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesSubjectInUse.selector, bytes32("s")));
        parties.register(lenderAt(0), "s", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(0), bytes32("u"), 1));
        parties.register(address(0), "u", PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, lenderAt(0), bytes32(0), 1));
        parties.register(lenderAt(0), 0, PartyKind.Person);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, lenderAt(0), bytes32("u"), 0));
        parties.register(lenderAt(0), "u", PartyKind.None);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesInvalid.selector, address(escrow), bytes32("u"), 2));
        parties.register(address(escrow), "u", PartyKind.Organisation);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesUnknown.selector, lenderAt(0)));
        parties.party(lenderAt(0));
    }

    // ----------------------------------------------------------------------------------------------------- regime profiles

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
