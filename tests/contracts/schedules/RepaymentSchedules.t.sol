// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Fee, FeeKind, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {IRepaymentSchedules, Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {ScheduleTest} from "./ScheduleTest.sol";

/// @notice Tables worked out by hand, and the name of each error.
contract RepaymentSchedulesTest is ScheduleTest {
    // ------------------------------------------------------------------------------------------------------------ by hand

    /// @notice 1,000.00 at 12 % a year in 3 months. Interest 1 % a month: E = 340.03 leaves a last instalment of 340.01;
    /// E = 340.02 would leave 340.03, so 340.03 is the smallest.
    function test_equalInstalmentByHand() public view {
        verify(smallTerms(), START, smallRows());
    }

    /// @notice 500,000 minor units at 5 % on actual days: 31, 28.
    function test_interestOnlyByHandInEachDayCount() public view {
        Terms memory terms = plainTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 2;
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START + 31, 0, 2123, 0); // 500000 * 0.05 * 31 / 365 = 2123.29
        rows[1] = Row(START + 59, 500_000, 1918, 0); // * 28 / 365 = 1917.81
        terms.pricing.dayCount = uint8(DayCount.Act365);
        verify(terms, START, rows);
        terms.pricing.dayCount = uint8(DayCount.ActAct); // 2026 is a common year
        verify(terms, START, rows);
        rows[0].interest = 2153; // * 31 / 360 = 2152.78
        rows[1].interest = 1944; // * 28 / 360 = 1944.44
        terms.pricing.dayCount = uint8(DayCount.Act360);
        verify(terms, START, rows);
        rows[0].interest = 2083; // * 30 / 360 = 2083.33
        rows[1].interest = 2083;
        terms.pricing.dayCount = uint8(DayCount.Thirty360E);
        verify(terms, START, rows);
        terms.pricing.dayCount = uint8(DayCount.Monthly12);
        verify(terms, START, rows);
    }

    /// @notice 1,000,000 at 12 %, a payment on 15 March 2028 for a payout of 15 December 2027: 17 days of a common year, 74 of a leap year.
    /// ISDA: 17/365 + 74/366 = 0.2487611; by 30E/360 it is a quarter.
    function test_singlePaymentAcrossALeapYearByHand() public view {
        Terms memory terms = plainTerms();
        terms.principal = 1_000_000;
        terms.schedule.firstTranche = 1_000_000;
        terms.pricing.rateNano = 0.12e9;
        terms.schedule.method = uint8(Method.SinglePayment);
        terms.schedule.instalments = 1;
        terms.schedule.periodMonths = 3;
        Row[] memory rows = new Row[](1);
        rows[0] = Row(21_258, 1_000_000, 29_851, 0);
        terms.pricing.dayCount = uint8(DayCount.ActAct);
        verify(terms, 21_167, rows);
        rows[0].interest = 30_000;
        terms.pricing.dayCount = uint8(DayCount.Thirty360E);
        verify(terms, 21_167, rows);
        rows[0].interest = 29_918; // 91 / 365
        terms.pricing.dayCount = uint8(DayCount.Act365);
        verify(terms, 21_167, rows);
    }

    /// @notice 1,000 in 6 parts of 167 (166.67, half-even once): the last takes 165.
    function test_equalPrincipalByHand() public view {
        Terms memory terms = plainTerms();
        terms.principal = 1000;
        terms.schedule.firstTranche = 1000;
        terms.pricing.rateNano = 0.12e9;
        terms.schedule.method = uint8(Method.EqualPrincipal);
        Row[] memory rows = ScheduleModel.rows(terms, START);
        uint72[6] memory principal = [uint72(167), 167, 167, 167, 167, 165];
        uint80[6] memory interest = [uint80(10), 8, 7, 5, 3, 2]; // 1 % of 1000, 833, 666, 499, 332, 165
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(rows[i].principal, principal[i]);
            vm.assertEq(rows[i].interest, interest[i]);
        }
        verify(terms, START, rows);
    }

    /// @notice Fees by hand: 5 with each instalment, 30 with the first of the loan only.
    function test_feesComeWithTheInstalmentsTheyBelongTo() public {
        Terms memory terms = smallTerms();
        terms.fees = new Fee[](2);
        terms.fees[0] = Fee(uint8(FeeKind.FirstInstalment), address(1), 30);
        terms.fees[1] = Fee(uint8(FeeKind.EachInstalment), address(2), 5);
        Row[] memory rows = smallRows();
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleFee.selector, 0, 0, 35));
        rows[0].fee = 35;
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleFee.selector, 1, 0, 5));
        rows[1].fee = 5;
        rows[2].fee = 5;
        verify(terms, START, rows);

        Segment memory later = Segment(33_664, START, START + 59, 2, 0, true);
        Row[] memory last = new Row[](1);
        last[0] = rows[2];
        schedules.verify(terms, later, last);
        later.fees = false;
        refused(terms, later, last, abi.encodeWithSelector(IRepaymentSchedules.ScheduleFee.selector, 0, 5, 0));
    }

    /// @notice 1,000 minor units for a month at 0.6 % and 1.8 % a year: 0.5 and 1.5, each to its even neighbour.
    function test_tiesRoundToTheEvenNeighbour() public view {
        Terms memory terms = plainTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 1;
        terms.schedule.firstTranche = 1000;
        Row[] memory rows = new Row[](1);
        terms.pricing.rateNano = 0.006e9;
        rows[0] = Row(START + 31, 1000, 0, 0);
        verify(terms, START, rows);
        terms.pricing.rateNano = 0.018e9;
        rows[0].interest = 2;
        verify(terms, START, rows);
    }

    function test_dueDaysKeepTheDayOfMonthAndAreClippedToItsEnd() public view {
        Terms memory terms = plainTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 3;
        terms.pricing.rateNano = 0;
        Row[] memory rows = new Row[](3);
        rows[0] = Row(20_512, 0, 0, 0); // 28 February 2026
        rows[1] = Row(20_543, 0, 0, 0); // 31 March
        rows[2] = Row(20_573, 500_000, 0, 0); // 30 April
        verify(terms, 20_484, rows); // 31 January
    }

    // ----------------------------------------------------------------------------------------------------- later segments

    /// @notice 12,000.00 at 12 %, monthly: a tranche of 600.00 paid out on 11 January counts 20 of 30 days of January (30E/360).
    function test_brokenFirstPeriodOfMonthlyInterestCountsBy30E360() public view {
        Terms memory terms = plainTerms();
        terms.pricing.rateNano = 0.12e9;
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 2;
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START + 31, 0, 400, 0);
        rows[1] = Row(START + 59, 60_000, 600, 0);
        schedules.verify(terms, Segment(60_000, START, START + 10, 0, 0, false), rows);
    }

    /// @notice Paid ahead to 1 April, an early repayment on 2 January leaves a first period of 119 of 360 days: 100,000 at 48 % bear 15,867,
    /// more than an instalment. That row repays nothing.
    function test_longFirstPeriodShowsItsInterestAlone() public {
        Terms memory terms = plainTerms();
        terms.pricing.rateNano = 0.48e9;
        terms.schedule.instalments = 14;
        Segment memory segment = Segment(100_000, START, START + 1, 3, 0, false);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        vm.assertEq(rows[0].dueDay, START + 120); // 1 May
        vm.assertEq(rows[0].principal, 0);
        vm.assertEq(rows[0].interest, 15_867);
        uint256 instalment = uint256(rows[1].principal) + rows[1].interest;
        vm.assertLt(instalment, rows[0].interest);
        vm.assertEq(rows[1].interest, 4000);
        schedules.verify(terms, segment, rows);
        rows[0].principal = 1;
        vm.expectRevert();
        schedules.verify(terms, segment, rows);
    }

    /// @notice 100,000 at 12 % kept at 34,003 takes three rows; 50,000 takes two, and neither one nor three.
    function test_keptInstalmentTakesAsManyRowsAsItTakesAndNoMore() public {
        Terms memory terms = smallTerms();
        schedules.verify(terms, Segment(100_000, START, START, 0, 34_003, false), smallRows());
        Segment memory segment = Segment(50_000, START, START, 0, 34_003, false);
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START + 31, 33_503, 500, 0);
        rows[1] = Row(START + 59, 16_497, 165, 0);
        schedules.verify(terms, segment, rows);
        Row[] memory three = new Row[](3);
        (three[0], three[1]) = (rows[0], rows[1]);
        three[2] = Row(START + 90, 0, 0, 0);
        refused(terms, segment, three, abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 3, 2));
        Row[] memory one = new Row[](1);
        one[0] = Row(START + 31, 50_000, 500, 0);
        refused(terms, segment, one, abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 1, 2));
        refused(
            terms, segment, new Row[](0), abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 0, 3)
        );
    }

    function test_keptPartOfPrincipalTakesAsManyRowsAsItTakesAndNoMore() public {
        Terms memory terms = smallTerms();
        terms.schedule.method = uint8(Method.EqualPrincipal);
        Segment memory segment = Segment(50_000, START, START, 0, 33_333, false);
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START + 31, 33_333, 500, 0);
        rows[1] = Row(START + 59, 16_667, 167, 0);
        schedules.verify(terms, segment, rows);
        segment.balance = 33_333;
        refused(terms, segment, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 2, 1));
        segment.balance = 66_667;
        rows[0].interest = 667;
        rows[1].principal = 33_334;
        rows[1].interest = 333;
        refused(terms, segment, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 2, 3));
    }

    function test_refusesALevelThatNoTableKeeps() public {
        Terms memory terms = smallTerms();
        Row[] memory rows = smallRows();
        Segment memory segment = Segment(100_000, START, START, 0, 1000, false); // just the interest
        for (uint256 i = 0; i < 3; ++i) {
            rows[i].principal = 0;
            rows[i].interest = 1000;
        }
        refused(terms, segment, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleLevel.selector, 1000));
        bytes memory error = abi.encodeWithSelector(IRepaymentSchedules.ScheduleLevel.selector, 34_003);
        segment.level = 34_003;
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        refused(terms, segment, rows, error);
        terms.schedule.method = uint8(Method.SinglePayment);
        refused(terms, segment, rows, error);
        terms.schedule.method = uint8(Method.Custom);
        refused(terms, segment, rows, error);
    }

    function test_refusesSegmentsBeyondTheTable() public {
        Terms memory terms = smallTerms();
        Row[] memory rows = smallRows();
        refused(
            terms,
            Segment(1, START, START, 3, 0, false),
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 3, 0)
        );
        // Interest from the first due day on: nothing is left of the period.
        refused(
            terms,
            Segment(100_000, START, START + 31, 0, 0, false),
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 0, START + 31, START + 32)
        );
    }

    // -------------------------------------------------------------------------------------------------------------- custom

    function test_customTableIsTheOneWhoseHashTheTermsName() public {
        (Terms memory terms, Row[] memory rows) = customTable();
        address pointer = schedules.register(terms, ScheduleModel.firstSegment(terms, START), rows);
        vm.assertEq(keccak256(abi.encode(schedules.rows(pointer))), keccak256(abi.encode(rows)));
        // The payout may come at any day: it must be settled.
        verify(terms, START + 200, rows);

        bytes32 right = terms.schedule.tableHash;
        rows[1].interest += 1;
        refused(
            terms,
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleTableHash.selector, schedules.tableHash(rows), right)
        );
    }

    function test_customTableRepaysTheBalanceOnRisingDays() public {
        (Terms memory terms, Row[] memory rows) = customTable();
        rows[1].principal += 1;
        terms.schedule.tableHash = schedules.tableHash(rows);
        refused(
            terms, rows, abi.encodeWithSelector(IRepaymentSchedules.SchedulePrincipalSum.selector, 500_001, 500_000)
        );
        rows[1].principal -= 1;
        rows[1].dueDay = rows[0].dueDay;
        terms.schedule.tableHash = schedules.tableHash(rows);
        refused(
            terms,
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 1, rows[0].dueDay, rows[0].dueDay + 1)
        );
    }

    function test_customTableFitsTheLoanAndCarriesTheTermsFees() public {
        (Terms memory terms, Row[] memory rows) = customTable();
        rows[0].interest = uint80(1) << 72;
        terms.schedule.tableHash = schedules.tableHash(rows);
        refused(
            terms,
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleTooLarge.selector, (uint256(1) << 72) + 50, 0)
        );
        rows[0].interest = 0;
        rows[1].fee = 1;
        terms.schedule.tableHash = schedules.tableHash(rows);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleFee.selector, 1, 1, 0));
        rows[1].fee = 7;
        terms.schedule.tableHash = schedules.tableHash(rows);
        terms.fees = new Fee[](1);
        terms.fees[0] = Fee(uint8(FeeKind.EachInstalment), address(1), 7);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleFee.selector, 0, 0, 7));
        rows[0].fee = 7;
        terms.schedule.tableHash = schedules.tableHash(rows);
        verify(terms, START, rows);
    }

    // --------------------------------------------------------------------------------------------------------- wrong rows

    function test_namesWhatIsWrongWithTheRows() public {
        Terms memory terms = plainTerms();
        Row[] memory rows = ScheduleModel.rows(terms, START);
        refused(terms, new Row[](5), abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 5, 6));
        rows[2].dueDay += 1;
        refused(
            terms,
            rows,
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 2, rows[2].dueDay, rows[2].dueDay - 1)
        );
        rows[2].dueDay -= 1;
        rows[3].interest += 1;
        refused(
            terms,
            rows,
            abi.encodeWithSelector(
                IRepaymentSchedules.ScheduleInterest.selector, 3, rows[3].interest, rows[3].interest - 1
            )
        );
        rows[3].interest -= 1;
        rows[4].principal += 1;
        refused(
            terms,
            rows,
            abi.encodeWithSelector(
                IRepaymentSchedules.SchedulePrincipal.selector, 4, rows[4].principal, rows[4].principal - 1
            )
        );
        rows[4].principal -= 1;
        rows[5].principal += 1;
        refused(
            terms, rows, abi.encodeWithSelector(IRepaymentSchedules.SchedulePrincipalSum.selector, 500_001, 500_000)
        );
    }

    function test_refusesAnInstalmentThatIsNotTheSmallest() public {
        Terms memory terms = smallTerms();
        terms.pricing.rateNano = 0;
        Row[] memory rows = new Row[](3);
        rows[0] = Row(START + 31, 33_335, 0, 0);
        rows[1] = Row(START + 59, 33_335, 0, 0);
        rows[2] = Row(START + 90, 33_330, 0, 0);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 33_335));
        rows[0].principal = 33_333;
        rows[1].principal = 33_333;
        rows[2].principal = 33_334;
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 33_333));
        rows[0].principal = 33_334;
        rows[1].principal = 33_334;
        rows[2].principal = 33_332;
        verify(terms, START, rows);
    }

    function test_refusesAnInstalmentOfNothing() public {
        Terms memory terms = plainTerms();
        terms.pricing.rateNano = 0;
        Row[] memory rows = new Row[](6);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 0));
    }

    // -------------------------------------------------------------------------------------------------------- added tranches

    /// @notice By hand: 1,000 of interest-only at 12 % joins the last two of three rows.
    function test_trancheIsAddedToTheLastRows() public {
        Terms memory terms = smallTerms();
        address stored = schedules.register(terms, Segment(100_000, START, START, 0, 0, false), smallRows());
        Terms memory bullet = smallTerms();
        bullet.schedule.method = uint8(Method.InterestOnlyBullet);
        Row[] memory added = new Row[](2);
        added[0] = Row(START + 59, 0, 10, 0);
        added[1] = Row(START + 90, 1000, 10, 0);
        Segment memory tranche = Segment(1000, START, START + 31, 1, 0, false);

        Row[] memory sum = schedules.rows(schedules.registerAdded(bullet, tranche, added, stored, 0));

        vm.assertEq(sum.length, 3);
        vm.assertEq(keccak256(abi.encode(sum[0])), keccak256(abi.encode(Row(START + 31, 33_003, 1000, 0))));
        vm.assertEq(keccak256(abi.encode(sum[1])), keccak256(abi.encode(Row(START + 59, 33_333, 680, 0))));
        vm.assertEq(keccak256(abi.encode(sum[2])), keccak256(abi.encode(Row(START + 90, 34_664, 347, 0))));
    }

    function test_refusesATrancheBeforeTheStoredRowsOrOnAnotherGrid() public {
        Terms memory terms = smallTerms();
        address stored = schedules.register(terms, Segment(100_000, START, START, 0, 0, false), smallRows());
        Segment memory tranche = Segment(100_000, START, START, 0, 0, false);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleRowCount.selector, 3, 0));
        schedules.registerAdded(terms, tranche, smallRows(), stored, 1);
        tranche.anchor = START + 1;
        tranche.start = START + 1;
        Row[] memory rows = ScheduleModel.rows(terms, tranche);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 0, START + 32, START + 31));
        schedules.registerAdded(terms, tranche, rows, stored, 0);
    }

    // ---------------------------------------------------------------------------------------------------------------- cost

    /// @notice Checking twelve rows costs less than a third of storing them.
    function test_checkingTwelveRowsIsCheap() public view {
        Terms memory terms = plainTerms();
        terms.schedule.instalments = 12;
        Segment memory segment = ScheduleModel.firstSegment(terms, START + 30);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        schedules.verify(terms, segment, rows);
        vm.assertLt(vm.lastCallGas().gasTotalUsed, 30_000);
    }

    // ----------------------------------------------------------------------------------------------------------- internals

    function smallTerms() private pure returns (Terms memory terms) {
        terms = plainTerms();
        terms.principal = 100_000;
        terms.schedule.firstTranche = 100_000;
        terms.pricing.rateNano = 0.12e9;
        terms.schedule.instalments = 3;
    }

    function smallRows() private pure returns (Row[] memory rows) {
        rows = new Row[](3);
        rows[0] = Row(START + 31, 33_003, 1000, 0); // 1 February
        rows[1] = Row(START + 59, 33_333, 670, 0); // 66,997 * 0.01 = 669.97; 1 March
        rows[2] = Row(START + 90, 33_664, 337, 0); // 33,664 * 0.01 = 336.64; 34,001; 1 April
    }

    function customTable() private view returns (Terms memory terms, Row[] memory rows) {
        terms = plainTerms();
        terms.schedule.method = uint8(Method.Custom);
        terms.schedule.instalments = 2;
        terms.schedule.periodMonths = 0;
        rows = new Row[](2);
        rows[0] = Row(START + 17, 123_456, 0, 0);
        rows[1] = Row(START + 170, 376_544, 50, 0);
        terms.schedule.tableHash = schedules.tableHash(rows);
    }
}
