// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Calendar} from "../../../contracts/calendar/Calendar.sol";
import {Consortium} from "../../../contracts/consortium/Consortium.sol";
import {IConsortium, Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {PartyKind} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Members, keys with their scopes and limits, deployments, the date. See Consortium.tree.
contract ConsortiumTest is CoreTest {
    uint256 private constant KEY = 0xC3;
    uint64 private constant ALL = (uint64(1) << 10) - 1;
    uint256 private constant ANY_ROLE = type(uint256).max;

    Consortium private fresh;
    address private key = vm.addr(KEY);

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

    // --------------------------------------------------------------------------------------------------------------- keys

    function test_rootRegistersAndRevokesItsOwnKeysAndARevokedKeyNeverComesBack() public {
        registerKey(bank, KEY, bits(Scope.Book), 500);
        (uint16 number, Role role) = consortium.seatOf(key);
        vm.assertTrue(number == 2 && role == Role.Bank);
        vm.prank(bank);
        vm.expectEmit();
        emit IConsortium.KeyRevoked(2, key);
        consortium.revokeKey(key);
        (number, role) = consortium.seatOf(key);
        vm.assertTrue(number == 0 && role == Role.None);
        bytes memory again = signed(KEY, consortium.keyDigest(key, 2, ALL, 0));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyInUse.selector, key));
        consortium.registerKey(key, ALL, 0, again);
        bytes memory elsewhere = signed(KEY, consortium.keyDigest(key, 1, ALL, 0));
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyInUse.selector, key));
        consortium.registerKey(key, ALL, 0, elsewhere);
    }

    function test_aKeyIsKeptWithItsScopesAndLimitAlsoAfterItsRevocation() public {
        bytes memory signature = signed(KEY, consortium.keyDigest(key, 2, bits(Scope.Book), 500));
        vm.prank(bank);
        vm.expectEmit();
        emit IConsortium.KeyRegistered(2, key, bits(Scope.Book), 500);
        consortium.registerKey(key, bits(Scope.Book), 500, signature);
        vm.prank(bank);
        consortium.revokeKey(key);
        IConsortium.Key memory k = consortium.keyOf(key);
        vm.assertTrue(k.member == 2 && k.role == Role.Bank && !k.live);
        vm.assertTrue(k.scopes == bits(Scope.Book) && k.limit == 500);
        vm.assertEq(consortium.keyOf(stranger).member, 0);
    }

    function test_refusesScopesThatStandForNothing() public {
        uint64[2] memory wrong = [uint64(0), uint64(1) << 10];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory signature = signed(KEY, consortium.keyDigest(key, 2, wrong[i], 0));
            vm.prank(bank);
            vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScopesInvalid.selector, wrong[i]));
            consortium.registerKey(key, wrong[i], 0, signature);
        }
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyUnknown.selector, address(0)));
        consortium.registerKey(address(0), 1, 0, "");
    }

    /// @notice Nobody registers a key that it doesn't hold, nor with more than the key agreed to, nor replays a registration at
    /// another member, chain or contract.
    function test_aRegistrationIsSignedByTheKeyItselfForThisMemberChainAndContract() public {
        refusedKey(signed(BANK_KEY, consortium.keyDigest(key, 2, 1, 9)));
        refusedKey(signed(KEY, consortium.keyDigest(key, 1, 1, 9)));
        refusedKey(signed(KEY, consortium.keyDigest(key, 2, 3, 9)));
        refusedKey(signed(KEY, consortium.keyDigest(key, 2, 1, 0)));
        refusedKey(signed(KEY, fresh.keyDigest(key, 2, 1, 9)));
        refusedKey(new bytes(65));
        refusedKey("");
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory elsewhere = signed(KEY, consortium.keyDigest(key, 2, 1, 9));
        vm.chainId(here);
        refusedKey(elsewhere);
    }

    function test_theHighTwinOfARegistrationsSignatureIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, consortium.keyDigest(key, 2, 1, 9));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        refusedKey(abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
    }

    function test_operationalKeysManageNoKeys() public {
        registerKey(bank, KEY, ALL, 0);
        vm.startPrank(key);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotRoot.selector, key));
        consortium.registerKey(stranger, 1, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotRoot.selector, key));
        consortium.revokeKey(key);
    }

    function test_noMemberRevokesTheKeysOfAnother() public {
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeyUnknown.selector, bank));
        consortium.revokeKey(bank);
    }

    function test_rootThatRevokesItselfAsAKeyStillManagesKeys() public {
        (uint16 number,) = consortium.seatOf(bank);
        vm.startPrank(bank);
        consortium.revokeKey(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, bank, 0));
        parties.register(stranger, "s", PartyKind.Person);
        consortium.registerKey(key, bits(Scope.Identify), 0, signed(KEY, consortium.keyDigest(key, number, 16, 0)));
        vm.stopPrank();
        vm.prank(key);
        parties.register(stranger, "s", PartyKind.Person);
    }

    // -------------------------------------------------------------------------------------------------------- requireSeat

    function test_aRootHasAllScopesAndNoLimit() public view {
        for (uint256 scope = 0; scope <= uint256(type(Scope).max); ++scope) {
            (uint16 member, uint32 day, uint128 limit) = consortium.requireSeat(bank, 1 << 2, Scope(scope));
            vm.assertTrue(member == 2 && day == START && limit == type(uint128).max);
        }
    }

    /// @notice Every set of scopes lets a key do what is in it and nothing else.
    function testFuzz_aKeyActsWithinItsScopesOnly(uint64 given) public {
        uint64 scopes = given % ALL + 1;
        registerKey(bank, KEY, scopes, 700);
        for (uint256 i = 0; i <= uint256(type(Scope).max); ++i) {
            if ((uint256(scopes) >> i) & 1 == 0) {
                vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, key, i));
                consortium.requireSeat(key, ANY_ROLE, Scope(i));
            } else {
                (uint16 member,, uint128 limit) = consortium.requireSeat(key, ANY_ROLE, Scope(i));
                vm.assertTrue(member == 2 && limit == 700);
            }
        }
    }

    /// @notice Every function of the ledger asks this first, so it reads two slots: the key's and the date's.
    function test_askingForASeatReadsTwoSlots() public {
        vm.record();
        consortium.requireSeat(bank, ANY_ROLE, Scope.Book);
        (bytes32[] memory reads,) = vm.accesses(address(consortium));
        bytes32 other = reads[0];
        for (uint256 i = 1; i < reads.length; ++i) {
            if (reads[i] == reads[0]) continue;
            vm.assertTrue(other == reads[0] || reads[i] == other, "a third slot");
            other = reads[i];
        }
    }

    function test_aKeyWithoutALimitHasNone() public {
        registerKey(bank, KEY, bits(Scope.Book), 0);
        (,, uint128 limit) = consortium.requireSeat(key, ANY_ROLE, Scope.Book);
        vm.assertEq(limit, type(uint128).max);
    }

    function test_noSetOfRolesLetsAnUnknownOrRevokedKeyIn() public {
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, stranger, 0));
        consortium.requireSeat(stranger, ANY_ROLE, Scope.Relay);
        registerKey(bank, KEY, ALL, 0);
        vm.prank(bank);
        consortium.revokeKey(key);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, key, 0));
        consortium.requireSeat(key, ANY_ROLE, Scope.Relay);
    }

    /// @notice Attack: a leaked key that books entries tries everything else the bank may do.
    function test_aBankKeyBeyondItsScopeIsRefused() public {
        registerKey(bank, KEY, bits(Scope.Book), 0);
        vm.startPrank(key);
        refusedScope(Scope.Attest);
        token.attest(START, "s", 0, 0, 0);
        refusedScope(Scope.Attest);
        calendar.closeDay(START, "s");
        refusedScope(Scope.Identify);
        parties.register(key, "mine", PartyKind.Person);
        refusedScope(Scope.Identify);
        parties.announceReplacement(subjectOf(borrower), key, "stolen");
        refusedScope(Scope.Correct);
        token.setMintCap(type(uint128).max);
        refusedScope(Scope.Approve);
        approvals.approve("action");
        refusedScope(Scope.Vote);
        calendar.voteEndSimulation();
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotRoot.selector, key));
        consortium.registerKey(stranger, 1, 0, "");
    }

    // --------------------------------------------------------------------------------------------------- date and deployments

    function test_theDateIsTheRecordedCalendarsFromItsRecordingOn() public {
        vm.assertEq(fresh.businessDate(), 0);
        fresh.recordDeployment("Another", address(calendar), false);
        vm.assertEq(fresh.businessDate(), 0);
        Calendar theirs = new Calendar(fresh, ICustodyToken(address(token)), 777, true);
        fresh.recordDeployment("Calendar", address(theirs), false);
        vm.assertEq(fresh.businessDate(), 777);
        vm.prank(address(theirs));
        fresh.setBusinessDate(778);
        vm.assertEq(fresh.businessDate(), 778);
    }

    function test_nobodyElseSetsTheDate() public {
        address[4] memory senders = [bank, regulator, address(token), address(this)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(senders[i]);
            vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotCalendar.selector, senders[i]));
            consortium.setBusinessDate(START + 1);
        }
        // Before a calendar is recorded there is none, and the zero address sends nothing.
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotCalendar.selector, address(this)));
        fresh.setBusinessDate(1);
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

    function refusedKey(bytes memory signature) private {
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumKeySignatureInvalid.selector, key));
        consortium.registerKey(key, 1, 9, signature);
    }

    function refusedScope(Scope scope) private {
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, key, uint8(scope)));
    }
}
