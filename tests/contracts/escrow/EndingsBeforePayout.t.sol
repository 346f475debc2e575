// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Payout, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";

/// @notice Cancelling, expiring and the refund in full that follows.
contract EndingsBeforePayoutTest is LedgerTest {
    function test_platformCancelsItsLoanWhileProposedFundingOrFunded() public {
        (bytes32 loan,) = proposedLoan();
        cancel(loan);
        (loan,) = proposedLoan();
        fundedLender(0, 500_000);
        subscribe(loan, 0, 1);
        cancel(loan);
        (loan,) = fundedLoan(2);
        cancel(loan);
    }

    function test_nobodyCancelsOnceThePayoutIsRequested() public {
        (bytes32 loan,) = instructedLoan(1);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Disbursing, State.Funding));
        escrow.cancel(loan, length, "late");
    }

    function test_anotherPlatformCancelsNothing() public {
        (bytes32 loan,) = proposedLoan();
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowNotServicer.selector, loan, 1, 7));
        escrow.cancel(loan, 1, "");
    }

    function test_anySeatExpiresALoanTheDayAfterItsDeadline() public {
        (bytes32 loan,) = proposedLoan();
        closeThrough(START + 9);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DeadlineNotPassed.selector, START + 10, START + 10));
        escrow.expire(loan, 1);
        closeThrough(START + 10);
        vm.prank(rival);
        escrow.expire(loan, 1);
        assertState(loan, State.Expired);
    }

    /// @notice A platform that vanishes after funding can't trap the lenders' money.
    function test_fundedLoanThatNobodyDisbursesExpiresAfterThirtyDaysMore() public {
        (bytes32 loan,) = fundedLoan(1);
        closeThrough(START + 39);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Funded, State.Funding));
        escrow.expire(loan, 3);
        closeThrough(START + 40);
        vm.prank(rival);
        escrow.expire(loan, 3);
        vm.prank(rival);
        escrow.refund(loan, 4, one(lenderAt(0)));
        vm.assertEq(token.balanceOf(lenderAt(0)), 500_000);
    }

    /// @notice Neither can a bank that never instructs the payout.
    function test_payoutReservedButNotInstructedExpiresAfterThirtyDaysMore() public {
        (bytes32 loan, Terms memory terms) = fundedLoan(1);
        Row[] memory rows = ScheduleModel.rows(terms, START);
        vm.prank(platform);
        escrow.disburse(terms, 3, rows);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 500_000);
        closeThrough(START + 39);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Disbursing, State.Funding));
        escrow.expire(loan, 4);
        closeThrough(START + 40);
        vm.prank(rival);
        escrow.expire(loan, 4);
        assertState(loan, State.Expired);
        vm.assertEq(uint256(loanOf(loan).payout), uint256(Payout.Returned));
        vm.assertEq(loanOf(loan).called, 0);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 0);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Expired, State.Disbursing));
        escrow.instruct(loan, 5, "pain");
        vm.prank(rival);
        escrow.refund(loan, 5, one(lenderAt(0)));
        vm.assertEq(token.balanceOf(lenderAt(0)), 500_000);
    }

    /// @notice Once instructed, only the bank knows whether it paid.
    function test_instructedPayoutNeverExpires() public {
        (bytes32 loan,) = instructedLoan(1);
        closeThrough(START + 400);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Disbursing, State.Funding));
        escrow.expire(loan, 5);
    }

    function test_everyLenderGetsItsWholeSubscriptionBackOnce() public {
        (bytes32 loan,) = fundedLoan(3);
        cancel(loan);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.refund(loan, length, many(3));
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(token.balanceOf(lenderAt(i)), i == 2 ? 166_668 : 166_666);
            vm.assertEq(escrow.positionOf(loan, subjectOf(lenderAt(i))).units, 0);
        }
        vm.assertEq(token.balanceOf(address(escrow)), 0);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToRefund.selector, loan, subjectOf(lenderAt(1))));
        escrow.refund(loan, length + 3, one(lenderAt(1)));
    }

    function test_refundNamingALenderTwicePaysNobody() public {
        (bytes32 loan,) = fundedLoan(1);
        cancel(loan);
        address[] memory twice = new address[](2);
        (twice[0], twice[1]) = (lenderAt(0), lenderAt(0));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToRefund.selector, loan, subjectOf(lenderAt(0))));
        escrow.refund(loan, length, twice);
    }

    function test_nothingIsRefundedWhileALoanLivesOrToStrangers() public {
        (bytes32 loan,) = fundedLoan(1);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Funded, State.Cancelled));
        escrow.refund(loan, 3, one(lenderAt(0)));
        cancel(loan);
        register(lenderAt(5));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToRefund.selector, loan, subjectOf(lenderAt(5))));
        escrow.refund(loan, 4, one(lenderAt(5)));
    }

    function test_aFrozenLendersRefundWaitsAndTheOthersDont() public {
        (bytes32 loan,) = fundedLoan(2);
        cancel(loan);
        bytes32 subject = subjectOf(lenderAt(0));
        freeze(subject);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject));
        escrow.refund(loan, length, one(lenderAt(0)));
        vm.prank(rival);
        escrow.refund(loan, length, one(lenderAt(1)));
        unfreeze(subject);
        vm.prank(rival);
        escrow.refund(loan, length + 1, one(lenderAt(0)));
        vm.assertEq(token.balanceOf(lenderAt(0)), 250_000);
    }

    /// @notice A cancelled loan's id stands for its terms for good.
    function test_termsOfACancelledLoanCantBeProposedAgain() public {
        (bytes32 loan, Terms memory terms) = proposedLoan();
        cancel(loan);
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanExists.selector, loan));
        agreements.propose(terms, signature);
    }

    function cancel(bytes32 loan) private {
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.cancel(loan, length, "reason");
        assertState(loan, State.Cancelled);
    }
}
