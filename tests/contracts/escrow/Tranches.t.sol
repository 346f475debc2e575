// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {Drawdown, Entry, ILoanEscrow, Payout, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IRepaymentSchedules, Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice Money drawn in tranches: 300,000 first, 200,000 within 60 days.
contract TranchesTest is LifeTest {
    uint32 private constant THROUGH = START + 60;

    bytes32 private loan;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        Terms memory t = baseTerms();
        inTranches(t, 300_000, THROUGH);
        keep(t);
        Row[] memory first;
        (loan, first) = activeLoanOf(t, 2);
        for (uint256 i = 0; i < first.length; ++i) {
            rows.push(first[i]);
        }
    }

    function test_onlyTheFirstTrancheIsPaidOutAndOwed() public view {
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.called, 300_000);
        vm.assertEq(l.outstanding, 300_000);
        vm.assertEq(l.cash, 200_000);
        vm.assertEq(token.totalSupply(), 200_000);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 300_000);
    }

    function test_aLaterTrancheIsAddedRowByRowToTheTable() public {
        closeThrough(START + 9);
        draw(loan, agreed(), 120_000, 0);
        vm.assertEq(uint256(loanOf(loan).payout), uint256(Payout.Reserved));
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 420_000);
        instruct(loan);
        Row[] memory added = trancheRows(loan, agreed(), 120_000, 0);
        settleTranche(loan, agreed(), 120_000, 0);
        Row[] memory sum = schedules.rows(loanOf(loan).schedule);
        vm.assertEq(sum.length, 6);
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(sum[i].dueDay, rows[i].dueDay);
            vm.assertEq(sum[i].principal, rows[i].principal + added[i].principal);
            vm.assertEq(sum[i].interest, rows[i].interest + added[i].interest);
        }
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.outstanding, 420_000);
        vm.assertEq(l.cash, 80_000);
        vm.assertEq(l.lastValueDate, START);
    }

    function test_entriesTellWhatWasDrawnAndItsSegment() public {
        closeThrough(START + 9);
        (Drawdown memory d, bytes memory signature) = drawdown(loan, 120_000);
        Row[] memory added = trancheRows(loan, agreed(), 120_000, 0);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.draw(agreed(), length, d, signature, added);
        vm.assertEq(uint256(lastEntry(loan).kind), uint256(Entry.DisbursementRequested));
        vm.assertEq(lastEntry(loan).payload, abi.encode(uint128(120_000), d, signature));
    }

    /// @notice A row that money was paid towards keeps its amounts: the tranche starts with the next.
    function test_rowsPaidInPartTakeNothingOfATranche() public {
        closeThrough(START + 9);
        collect(loan, 1);
        (Drawdown memory d, bytes memory signature) = drawdown(loan, 60_000);
        Row[] memory fromFirst = trancheRows(loan, agreed(), 60_000, 0);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 6, 5));
        escrow.draw(agreed(), length, d, signature, fromFirst);
        draw(loan, agreed(), 60_000, 1);
        instruct(loan);
        settleTranche(loan, agreed(), 60_000, 1);
        Row[] memory sum = schedules.rows(loanOf(loan).schedule);
        vm.assertEq(sum[0].principal, rows[0].principal);
        vm.assertEq(sum[0].interest, rows[0].interest);
    }

    function test_rowsDueByTheValueDateTakeNothingOfATranche() public {
        closeThrough(rows[0].dueDay - 1);
        draw(loan, agreed(), 60_000, 1);
        instruct(loan);
        settleTranche(loan, agreed(), 60_000, 1);
        vm.assertEq(schedules.rows(loanOf(loan).schedule)[0].principal, rows[0].principal);
    }

    function test_theSecondTrancheEndsDrawingWhenNothingIsLeft() public {
        closeThrough(START + 4);
        draw(loan, agreed(), 200_000, 0);
        instruct(loan);
        settleTranche(loan, agreed(), 200_000, 0);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DrawdownAboveUndrawn.selector, 0, 0));
        escrow.closeDrawing(agreed(), length);
        // Early money pays rows ahead again.
        Row[] memory sum = schedules.rows(loanOf(loan).schedule);
        collect(loan, totalOf(sum));
        assertState(loan, State.Repaid);
    }

    // -------------------------------------------------------------------------------------------------------- what is refused

    function test_onlyTheBorrowersSignatureDraws() public {
        Drawdown memory d = Drawdown(loan, 100, "salt", START + 10);
        bytes memory forged = signed(lenderKey(0), escrow.drawdownDigest(d));
        refused(d, forged, abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, borrower));
    }

    function test_aDrawdownIsUsedOnceEvenIfItsPayoutCameBack() public {
        (Drawdown memory d, bytes memory signature) = drawdown(loan, 60_000);
        Row[] memory added = trancheRows(loan, agreed(), 60_000, 0);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.draw(agreed(), length, d, signature, added);
        vm.prank(bank);
        escrow.returnPayout(loan, length + 1, "no");
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, escrow.drawdownDigest(d)));
    }

    function test_refusesADrawdownOfAnotherLoanOverNothingTooMuchOrExpired() public {
        (bytes32 other,,) = activeLoan(1);
        (Drawdown memory d, bytes memory signature) = drawdown(other, 100);
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.OrderWrongLoan.selector, other, loan));
        (d, signature) = drawdown(loan, 0);
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.OrderZero.selector));
        (d, signature) = drawdown(loan, 200_001);
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.DrawdownAboveUndrawn.selector, 200_001, 200_000));
        d = Drawdown(loan, 100, "salt", START);
        signature = signed(BORROWER_KEY, escrow.drawdownDigest(d));
        closeThrough(START);
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, START, START + 1));
    }

    function test_nothingIsDrawnAfterTheLastDayOrWhileAnotherPayoutIsOnItsWay() public {
        uint256 fresh = vm.snapshotState();
        draw(loan, agreed(), 60_000, 0);
        (Drawdown memory d, bytes memory signature) = drawdown(loan, 60_000);
        refused(
            d, signature, abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, loan, Payout.Reserved, Payout.Settled)
        );
        vm.revertToState(fresh);
        closeThrough(THROUGH);
        (d, signature) = drawdown(loan, 60_000);
        refused(d, signature, abi.encodeWithSelector(ILoanEscrow.DeadlinePassed.selector, THROUGH, THROUGH + 1));
    }

    function test_refusesATrancheThatNoRowIsLeftFor() public {
        Terms memory t = baseTerms();
        t.schedule.instalments = 1;
        inTranches(t, 300_000, START + 60);
        (bytes32 short, Row[] memory table) = activeLoanOf(t, 1);
        closeThrough(table[0].dueDay - 1);
        (Drawdown memory d, bytes memory signature) = drawdown(short, 100);
        uint32 length = lengthOf(short);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DrawdownTooLate.selector, short));
        escrow.draw(t, length, d, signature, table);
    }

    function test_anotherPlatformDrawsNothing() public {
        (Drawdown memory d, bytes memory signature) = drawdown(loan, 60_000);
        Row[] memory added = trancheRows(loan, agreed(), 60_000, 0);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowNotServicer.selector, loan, 1, 7));
        escrow.draw(agreed(), length, d, signature, added);
    }

    // ----------------------------------------------------------------------------------------------------- back to the units

    function test_aReturnedTrancheIsAsIfNeverCalled() public {
        draw(loan, agreed(), 60_000, 0);
        instruct(loan);
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        escrow.returnPayout(loan, length, "no");
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Active));
        vm.assertEq(l.called, 300_000);
        vm.assertEq(l.outstanding, 300_000);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 300_000);
        draw(loan, agreed(), 200_000, 0);
    }

    function test_whatIsNotDrawnGoesBackToTheUnitsAsPrincipal() public {
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.closeDrawing(agreed(), length);
        vm.assertEq(claimableOf(loan, 0), 100_000);
        vm.assertEq(claimableOf(loan, 1), 100_000);
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), 100_000);
        vm.assertEq(loanOf(loan).undrawnReturned, 200_000);
        collect(loan, totalOf(rows));
        assertState(loan, State.Repaid);
    }

    function test_othersCloseDrawingOnlyAfterItsLastDay() public {
        closeThrough(THROUGH - 1);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DrawingOpen.selector, THROUGH, THROUGH));
        escrow.closeDrawing(agreed(), length);
        closeThrough(THROUGH);
        vm.prank(rival);
        escrow.closeDrawing(agreed(), length);
        vm.assertEq(loanOf(loan).undrawnReturned, 200_000);
    }

    /// @notice A bank that never instructs a tranche can't keep the lenders from their money.
    function test_aTrancheNeverInstructedIsReturnedThirtyDaysAfterTheLastDay() public {
        closeThrough(THROUGH - 1);
        draw(loan, agreed(), 60_000, 2);
        closeThrough(THROUGH + 30 - 1);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, loan, Payout.Reserved, Payout.Settled));
        escrow.closeDrawing(agreed(), length);
        closeThrough(THROUGH + 30);
        vm.prank(rival);
        escrow.closeDrawing(agreed(), length);
        vm.assertEq(loanOf(loan).undrawnReturned, 200_000);
        vm.assertEq(loanOf(loan).called, 300_000);
    }

    /// @notice While money may still be drawn, a loan whose rows are all paid stays active.
    function test_aLoanPaidInFullIsRepaidOnceDrawingIsClosed() public {
        Terms memory t = baseTerms();
        inTranches(t, 300_000, START + 400);
        (bytes32 long, Row[] memory table) = activeLoanOf(t, 2);
        closeThrough(table[5].dueDay - 1);
        collect(long, totalOf(table));
        assertState(long, State.Active);
        vm.assertEq(loanOf(long).outstanding, 0);
        uint32 length = lengthOf(long);
        vm.prank(platform);
        escrow.closeDrawing(t, length);
        assertState(long, State.Repaid);
    }

    /// @notice Undrawn money is no cash for claims, even when a reversal left more earned than there is.
    function test_claimsNeverReachMoneyThatIsStillToBeDrawn() public {
        closeThrough(rows[0].dueDay - 1);
        collect(loan, dueOf(rows[0]));
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        reversePayment(loan, seq);
        vm.assertEq(loanOf(loan).cash, 200_000);
        collect(loan, dueOf(rows[0]) / 2 + 1);
        vm.assertLe(claimableOf(loan, 1), 2);
        draw(loan, agreed(), 200_000, 1);
        instruct(loan);
        settleTranche(loan, agreed(), 200_000, 1);
        // The payout took nothing of another loan: what is left covers the claims.
        vm.assertEq(loanOf(loan).called, 500_000);
        vm.assertLe(claimableOf(loan, 1), loanOf(loan).cash);
        vm.assertEq(token.balanceOf(address(escrow)), loanOf(loan).cash);
    }

    function refused(Drawdown memory d, bytes memory signature, bytes memory error) private {
        uint16 first = 0;
        while (rows[first].dueDay <= today()) {
            ++first;
        }
        Row[] memory added = trancheRows(loan, agreed(), d.amount == 0 ? 1 : d.amount, first);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        vm.expectRevert(error);
        escrow.draw(agreed(), length, d, signature, added);
    }
}
