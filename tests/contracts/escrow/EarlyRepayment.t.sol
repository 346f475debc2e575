// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Early,
    EarlyRepayment,
    Entry,
    ILoanEscrow,
    Posted,
    Receipt,
    Recording,
    State,
    Table
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IRepaymentSchedules, Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice The base loan: 500,000 at 5 %, six rows of 84,553 and a little less at the end; the first due on day 20,485.
contract EarlyRepaymentTest is PaymentsTest {
    uint8 private constant TOTAL = 1;
    uint8 private constant SHORTEN = 2;
    uint8 private constant LOWER = 4;
    uint32 private constant FIRST = 20_485;

    Row[] private none;

    // -------------------------------------------------------------------------------------------------------------- total

    /// @notice 15 days of 30E/360 from the payout: 500,000 * 5 % * 15 / 360 = 1,041.67.
    function test_totalPaysInterestAccruedAndEverythingOutstanding() public {
        begin(baseTerms());
        closeThrough(START + 14);
        (Posted memory p, Early memory early,) = repay(TOTAL, 501_100, START + 15, none);
        vm.assertEq(p.interest, 1042);
        vm.assertEq(p.principal, 500_000);
        vm.assertEq(p.overpaid, 58);
        vm.assertEq(early.accrued, 1042);
        vm.assertEq(early.prepaid, 500_000);
        vm.assertEq(early.schedule, address(0));
        assertState(loan, State.Repaid);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.outstanding, 0);
        vm.assertEq(l.nextRow, 6);
        vm.assertEq(l.cash, 501_100);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 0);
    }

    function test_totalNamesWhatItNeeds() public {
        begin(baseTerms());
        closeThrough(START + 14);
        repayRefused(
            TOTAL,
            501_041,
            abi.encodeWithSelector(ILoanEscrow.EarlyTooSmall.selector, uint128(501_041), uint128(501_042))
        );
        repay(TOTAL, 501_042, START + 15, none);
        assertState(loan, State.Repaid);
    }

    function test_totalWithFee() public {
        Terms memory t = baseTerms();
        t.payments.earlyFeeNano = 0.01e9;
        begin(t);
        (Posted memory p, Early memory early,) = repay(TOTAL, 505_000, START, none);
        vm.assertEq(early.accrued, 0);
        vm.assertEq(early.fee, 5000);
        vm.assertEq(p.interest, 5000);
        vm.assertEq(p.overpaid, 0);
    }

    function test_whatWasPaidAheadOfInterestIsNotPaidAgain() public {
        begin(baseTerms());
        pays(500);
        closeThrough(START + 14);
        (, Early memory early,) = repay(TOTAL, 500_542, START + 15, none);
        vm.assertEq(early.accrued, 542);
        assertState(loan, State.Repaid);
    }

    /// @notice The row was paid before its period ended: nothing accrues until the next one begins.
    function test_aPrepaidPeriodAccruesNothing() public {
        begin(baseTerms());
        pays(84_553);
        closeThrough(START + 14);
        (Posted memory p, Early memory early,) = repay(TOTAL, 417_530, START + 15, none);
        vm.assertEq(early.accrued, 0);
        vm.assertEq(p.principal, 417_530);
        assertState(loan, State.Repaid);
    }

    function test_penaltyAndRowsDueComeFirst() public {
        begin(lateTerms(1, 0.07e9, true));
        closeThrough(FIRST + 10);
        // On the 11th day, penalty 176 (82,470 * 11 * 7 % / 360 = 176.39) and the row 84,553 are due.
        repayRefused(
            TOTAL, 84_000, abi.encodeWithSelector(ILoanEscrow.EarlyTooSmall.selector, uint128(84_000), uint128(84_729))
        );
        // By the 10th: penalty 160, the row, interest of 10 days of 30E/360 on 417,530: 579.90.
        uint128 needed = 160 + 84_553 + 580 + 417_530;
        (Posted memory p,,) = repay(TOTAL, needed, FIRST + 10, none);
        vm.assertEq(p.penalty, 160);
        vm.assertEq(p.interest, 2083 + 580);
        assertState(loan, State.Repaid);
    }

    // ------------------------------------------------------------------------------------------------- shorten and lower

    function test_shortenKeepsTheInstalmentWithFewerRows() public {
        begin(baseTerms());
        closeThrough(FIRST - 1);
        Row[] memory given = ScheduleModel.rows(terms(), Segment(302_083, START, FIRST, 1, 84_553, true));
        (Posted memory p, Early memory early, Table memory before) = repay(SHORTEN, 200_000, FIRST, given);
        vm.assertEq(p.principal, 82_470 + 115_447);
        vm.assertEq(early.prepaid, 115_447);
        vm.assertEq(before.nextRow, 0);
        vm.assertEq(before.rows, 6);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.outstanding, 302_083);
        vm.assertEq(l.offset, 1);
        vm.assertEq(l.nextRow, 1);
        vm.assertEq(l.rows, 1 + given.length);
        vm.assertEq(given.length, 4);
        vm.assertEq(l.start, FIRST);
        vm.assertEq(l.schedule, early.schedule);
        vm.assertEq(l.schedule.codehash, early.scheduleHash);
        vm.assertEq(uint256(given[0].principal) + given[0].interest, 84_553);
        // Paid as the table says, the loan is repaid.
        pays(totalOf(given));
        assertState(loan, State.Repaid);
    }

    function test_lowerKeepsTheRowsWithSmallerInstalments() public {
        Terms memory t = baseTerms();
        t.payments.earlyFeeNano = 0.01e9;
        begin(t);
        closeThrough(FIRST - 1);
        // 115,447 covers x with 1 % of it: x = 114,304 (fee 1,143).
        Row[] memory given = ScheduleModel.rows(t, Segment(417_530 - 114_304, START, FIRST, 1, 0, true));
        (Posted memory p, Early memory early,) = repay(LOWER, 200_000, FIRST, given);
        vm.assertEq(early.prepaid, 114_304);
        vm.assertEq(early.fee, 1143);
        vm.assertEq(p.overpaid, 0);
        vm.assertEq(given.length, 5);
        pays(totalOf(given));
        assertState(loan, State.Repaid);
    }

    function test_feesPaidAheadCountInTheNewTable() public {
        Terms memory t = baseTerms();
        addFees(t, 0, 20);
        t.fees[0].amount = 1;
        begin(t);
        pays(84_553 + 21 + 5); // the first row, and 5 of the second's fee
        vm.assertEq(loanOf(loan).aheadFee, 5);
        Row[] memory given = ScheduleModel.rows(t, Segment(317_530, START, START, 1, 0, true));
        repay(LOWER, 100_000, START, given);
        vm.assertEq(loanOf(loan).aheadFee, 5);
        Posted memory p = pays(totalOf(given) - 5);
        vm.assertEq(p.fee, 95);
        assertState(loan, State.Repaid);
    }

    function test_partOfThePrincipalAlwaysRemains() public {
        begin(baseTerms());
        Row[] memory given = ScheduleModel.rows(terms(), Segment(1, START, START, 0, 0, true));
        (Posted memory p,,) = repay(LOWER, 600_000, START, given);
        vm.assertEq(p.principal, 499_999);
        vm.assertEq(p.overpaid, 100_001);
        assertState(loan, State.Active);
    }

    // ----------------------------------------------------------------------------------------------------------- refusals

    function test_rightTermsWithWrongRowsAreRefused() public {
        begin(baseTerms());
        closeThrough(FIRST - 1);
        Row[] memory given = ScheduleModel.rows(terms(), Segment(302_083, START, FIRST, 1, 84_553, true));
        given[1].interest += 1;
        (EarlyRepayment memory o, bytes memory signature) = order(SHORTEN);
        Receipt memory r = receipt(200_000, FIRST);
        Terms memory t = terms();
        vm.prank(bank);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRepaymentSchedules.ScheduleInterest.selector, 1, given[1].interest, given[1].interest - 1
            )
        );
        escrow.repayEarly(t, r, o, signature, given);
        // The rows for `lower` don't do for `shorten`.
        given = ScheduleModel.rows(terms(), Segment(302_083, START, FIRST, 1, 0, true));
        vm.prank(bank);
        vm.expectRevert();
        escrow.repayEarly(t, r, o, signature, given);
        // No rows at all.
        vm.prank(bank);
        vm.expectRevert();
        escrow.repayEarly(t, r, o, signature, none);
    }

    function test_totalTakesNoRows() public {
        begin(baseTerms());
        (EarlyRepayment memory o, bytes memory signature) = order(TOTAL);
        Receipt memory r = receipt(500_000, START);
        Terms memory t = terms();
        Row[] memory given = rows();
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 6, 0));
        escrow.repayEarly(t, r, o, signature, given);
    }

    function test_onlyAgreedKinds() public {
        Terms memory t = baseTerms();
        t.payments.earlyKinds = 1;
        begin(t);
        repayRefused(SHORTEN, 100_000, abi.encodeWithSelector(ILoanEscrow.EarlyNotAgreed.selector, SHORTEN));
        repayRefused(LOWER, 100_000, abi.encodeWithSelector(ILoanEscrow.EarlyNotAgreed.selector, LOWER));
        repayRefused(3, 100_000, abi.encodeWithSelector(ILoanEscrow.EarlyNotAgreed.selector, 3));
        repayRefused(0, 100_000, abi.encodeWithSelector(ILoanEscrow.EarlyNotAgreed.selector, 0));
    }

    function test_nothingIsRepaidEarlyWhileTranchesMayBeDrawn() public {
        Terms memory t = baseTerms();
        inTranches(t, 400_000, START + 60);
        begin(t);
        repayRefused(TOTAL, 500_000, abi.encodeWithSelector(ILoanEscrow.DrawingOpen.selector, START + 60, START));
    }

    function test_theOrderIsTheBorrowersForThisLoanInTimeAndOnce() public {
        begin(baseTerms());
        Terms memory t = terms();
        Row[] memory given = ScheduleModel.rows(t, Segment(400_000, START, START, 0, 0, true));
        EarlyRepayment memory o = EarlyRepayment(loan, LOWER, "salt", START);
        bytes32 digest = escrow.earlyRepaymentDigest(o);
        Receipt memory r = receipt(100_000, START);
        bytes memory foreign = signed(lenderKey(0), digest);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, borrower));
        escrow.repayEarly(t, r, o, foreign, given);

        EarlyRepayment memory wrong = EarlyRepayment("other", LOWER, "salt", START);
        bytes memory signature = signed(BORROWER_KEY, escrow.earlyRepaymentDigest(wrong));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderWrongLoan.selector, bytes32("other"), loan));
        escrow.repayEarly(t, r, wrong, signature, given);

        signature = signed(BORROWER_KEY, digest);
        uint256 before = vm.snapshotState();
        vm.prank(bank);
        escrow.repayEarly(t, r, o, signature, given);
        r = receipt(100_000, START);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, digest));
        escrow.repayEarly(t, r, o, signature, given);

        vm.revertToState(before);
        closeThrough(START);
        r = receipt(100_000, START);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, START, START + 1));
        escrow.repayEarly(t, r, o, signature, given);
    }

    // ---------------------------------------------------------------------------------------------------------- reversal

    /// @notice Payments after it are undone with it, and stay, on the table as it was before.
    function test_reversingItRestoresTheTableBefore() public {
        begin(baseTerms());
        closeThrough(FIRST + 5);
        pays(50_000, FIRST - 10);
        uint256 snapshot = vm.snapshotState();
        pays(3000, FIRST + 2);
        ILoanEscrow.Loan memory expected = loanOf(loan);
        vm.getRecordedLogs();
        vm.revertToState(snapshot);

        uint32 seq = lengthOf(loan) + 1;
        // 34,553 of the row are left; the rest prepays.
        Row[] memory given = ScheduleModel.rows(terms(), Segment(317_530, START, FIRST, 1, 84_553, true));
        repay(SHORTEN, 134_553, FIRST, given);
        pays(3000, FIRST + 2);
        vm.assertEq(loanOf(loan).offset, 1);
        rebook(reversal(seq));

        assertSameAccount(loanOf(loan), expected);
        vm.assertEq(token.balanceOf(address(escrow)), loanOf(loan).cash);
        vm.assertEq(loanOf(loan).cash, 53_000);
    }

    function test_reversingATotalMakesTheLoanActiveAgain() public {
        begin(baseTerms());
        ILoanEscrow.Loan memory before = loanOf(loan);
        uint32 seq = lengthOf(loan) + 1;
        repay(TOTAL, 500_000, START, none);
        rebook(reversal(seq));
        assertSameAccount(loanOf(loan), before);
        assertState(loan, State.Active);
        vm.assertEq(loanOf(loan).cash, 0);
    }

    function test_paymentsBeforeItCanBeReversedOnlyAfterIt() public {
        begin(baseTerms());
        closeThrough(FIRST + 5);
        uint32 first = lengthOf(loan) + 1;
        pays(50_000, FIRST - 10);
        Row[] memory given = ScheduleModel.rows(terms(), Segment(317_530, START, FIRST, 1, 84_553, true));
        repay(SHORTEN, 134_553, FIRST, given);
        rebookRefused(
            reversal(first), abi.encodeWithSelector(ILoanEscrow.RebookingAfterEarlyRepayment.selector, first + 1)
        );
        // It can't be kept either.
        rebookRefused(
            insertion(first + 1, receipt(10, FIRST)),
            abi.encodeWithSelector(ILoanEscrow.RebookingAfterEarlyRepayment.selector, first + 1)
        );
        rebook(reversal(first + 1));
        rebook(reversal(first));
        vm.assertEq(loanOf(loan).outstanding, 500_000);
        vm.assertEq(loanOf(loan).nextRow, 0);
        vm.assertEq(loanOf(loan).cash, 0);
    }

    // ------------------------------------------------------------------------------------------------------------ helpers

    function order(uint8 kind) private returns (EarlyRepayment memory o, bytes memory signature) {
        o = EarlyRepayment(loan, kind, bytes32(nextSalt++), today() + 10);
        signature = signed(BORROWER_KEY, escrow.earlyRepaymentDigest(o));
    }

    function repay(uint8 kind, uint128 amount, uint32 valueDate, Row[] memory given)
        private
        returns (Posted memory p, Early memory early, Table memory before)
    {
        (EarlyRepayment memory o, bytes memory signature) = order(kind);
        Receipt memory r = receipt(amount, valueDate);
        Terms memory t = terms();
        vm.prank(bank);
        escrow.repayEarly(t, r, o, signature, given);
        Recording memory e = entryAt(r.expectedLength + 1);
        vm.assertEq(uint256(e.kind), uint256(Entry.EarlyRepaid));
        (p,,,, early, before) = abi.decode(e.payload, (Posted, BankEntry, EarlyRepayment, bytes, Early, Table));
    }

    function repayRefused(uint8 kind, uint128 amount, bytes memory error) private {
        (EarlyRepayment memory o, bytes memory signature) = order(kind);
        Receipt memory r = receipt(amount, today());
        Terms memory t = terms();
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.repayEarly(t, r, o, signature, none);
    }
}
