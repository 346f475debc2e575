// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice One key approves, another sends; the approval fits one call and is used once. See Approvals.tree.
contract ApprovalsTest is CoreTest {
    uint256 private constant KEY = 0xC4;
    uint256 private constant BANK = 1 << 2;
    uint256 private constant REGULATOR = 1 << 3;

    bytes32 private subject;
    bytes private call;
    bytes32 private action;

    function setUp() public override {
        super.setUp();
        subject = subjectOf(borrower);
        call = abi.encodeCall(IParties.freeze, (subject, "order"));
        action = approvals.actionOf(address(parties), call);
    }

    function test_aCallThatAnotherKeyApprovedIsCarriedOutOnce() public {
        vm.prank(regulatorSecond);
        vm.expectEmit();
        emit IApprovals.Approved(action, regulatorSecond, 3, START + 7);
        approvals.approve(action);
        (address by, uint32 through) = approvals.approvalOf(action, Role.Regulator);
        vm.assertTrue(by == regulatorSecond && through == START + 7);

        vm.expectEmit();
        emit IApprovals.ApprovalUsed(action, regulatorSecond, regulator);
        send(regulator, address(parties), call);
        vm.assertTrue(parties.frozen(subject));
        (by,) = approvals.approvalOf(action, Role.Regulator);
        vm.assertEq(by, address(0));

        unfreeze(subject);
        refused(regulator, call, abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        vm.assertFalse(parties.frozen(subject));
    }

    function test_withoutAnApprovalNothingHappens() public {
        refused(regulator, call, abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
    }

    function test_nobodyApprovesItsOwnCall() public {
        approveCall(regulator, address(parties), call);
        refused(regulator, call, abi.encodeWithSelector(IApprovals.ApprovalOwn.selector, action, regulator));
    }

    function test_anApprovalFitsOneCallByteForByte() public {
        approveCall(regulatorSecond, address(parties), call);
        bytes memory other = abi.encodeCall(IParties.freeze, (subject, "another order"));
        refusedMissing(other);
        other = abi.encodeCall(IParties.freeze, (subjectOf(bank), "order"));
        refusedMissing(other);
        other = abi.encodeCall(IParties.unfreeze, (subject, "order"));
        refusedMissing(other);
        refusedMissing(abi.encodePacked(call, uint8(0)));
    }

    function test_anApprovalFitsOneTarget() public {
        approveCall(regulatorSecond, address(parties), call);
        bytes32 here = approvals.actionOf(address(this), call);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, here));
        approvals.consume(call, regulator, REGULATOR);
        // And no other contract uses up what was approved for this one.
        send(regulator, address(parties), call);
    }

    function test_aRoleThatDoesNotSufficeApprovesNothing() public {
        approveCall(bankSecond, address(parties), call);
        approveCall(platform, address(parties), call);
        refused(regulator, call, abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
    }

    /// @notice Attack: another member approves first, to take the place of the key that is needed.
    function test_otherRolesCantStandInTheWayOfAnApproval() public {
        approveCall(platform, address(parties), call);
        approveCall(bankSecond, address(parties), call);
        vm.prank(platform);
        approvals.withdraw(action);
        approveCall(regulatorSecond, address(parties), call);
        send(regulator, address(parties), call);
    }

    function test_theApprovalOfARevokedKeyIsWorthNothing() public {
        approveCall(regulatorSecond, address(parties), call);
        vm.prank(regulator);
        consortium.revokeKey(regulatorSecond);
        refused(regulator, call, abi.encodeWithSelector(IApprovals.ApprovalRevoked.selector, action, regulatorSecond));
        // It doesn't stand in another key's way.
        address third = registerKey(regulator, KEY, bits(Scope.Approve), 0);
        approveCall(third, address(parties), call);
        send(regulator, address(parties), call);
    }

    function test_anApprovalLastsSevenBusinessDays() public {
        approveCall(regulatorSecond, address(parties), call);
        closeThrough(START + 6);
        uint256 state = vm.snapshotState();
        send(regulator, address(parties), call);
        vm.revertToState(state);
        closeThrough(START + 7);
        refused(
            regulator, call, abi.encodeWithSelector(IApprovals.ApprovalExpired.selector, action, START + 7, START + 8)
        );
        approveCall(regulatorSecond, address(parties), call);
        send(regulator, address(parties), call);
    }

    function test_aStandingApprovalIsNotGivenTwice() public {
        approveCall(regulatorSecond, address(parties), call);
        bytes memory error = abi.encodeWithSelector(IApprovals.ApprovalExists.selector, action, regulatorSecond);
        vm.prank(regulatorSecond);
        vm.expectRevert(error);
        approvals.approve(action);
        vm.prank(regulator);
        vm.expectRevert(error);
        approvals.approve(action);
    }

    function test_theKeyThatGaveItOrItsRootTakesAnApprovalBack() public {
        approveCall(regulatorSecond, address(parties), call);
        address third = registerKey(regulator, KEY, bits(Scope.Approve), 0);
        bytes memory error = abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action);
        address[3] memory others = [third, bank, bankSecond];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(error);
            approvals.withdraw(action);
        }
        vm.prank(regulatorSecond);
        vm.expectEmit();
        emit IApprovals.ApprovalWithdrawn(action, regulatorSecond);
        approvals.withdraw(action);
        refused(regulator, call, error);
        approveCall(regulatorSecond, address(parties), call);
        vm.prank(regulator);
        approvals.withdraw(action);
        refused(regulator, call, error);
    }

    function test_onlyKeysThatMayApproveDo() public {
        address key = registerKey(bank, KEY, bits(Scope.Book), 0);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, key, uint8(Scope.Approve)));
        approvals.approve(action);
        vm.prank(observer);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, observer, 6));
        approvals.approve(action);
    }

    /// @notice When one of several roles suffices, an approval that can't be used doesn't hide one that can.
    function test_oneUsableApprovalAmongSeveralRolesSuffices() public {
        bytes memory data = "call";
        bytes32 mine = approvals.actionOf(address(this), data);
        vm.prank(bank);
        approvals.approve(mine);
        vm.prank(regulatorSecond);
        approvals.approve(mine);
        approvals.consume(data, bank, BANK | REGULATOR);
        (address by,) = approvals.approvalOf(mine, Role.Regulator);
        vm.assertEq(by, address(0));
        (by,) = approvals.approvalOf(mine, Role.Bank);
        vm.assertEq(by, bank);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalOwn.selector, mine, bank));
        approvals.consume(data, bank, BANK | REGULATOR);
    }

    function refusedMissing(bytes memory data) private {
        bytes32 other = approvals.actionOf(address(parties), data);
        refused(regulator, data, abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, other));
    }

    function refused(address sender, bytes memory data, bytes memory error) private {
        vm.prank(sender);
        (bool done, bytes memory answer) = address(parties).call(data);
        vm.assertFalse(done);
        vm.assertEq(answer, error);
    }
}
