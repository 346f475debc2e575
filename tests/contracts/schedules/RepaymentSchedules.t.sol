// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {IRepaymentSchedules, Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";

/// @notice Tables worked out by hand, and the name of each error.
contract RepaymentSchedulesTest is LedgerTest {
    /// @notice 1,000.00 at 12 % a year in 3 months. Interest 1 % a month: E = 340.03 leaves a last instalment of 340.01;
    /// E = 340.02 would leave 340.03, so 340.03 is the smallest.
    function test_equalInstalmentByHand() public {
        Terms memory terms = baseTerms();
        terms.principal = 100_000;
        terms.pricing.rateNano = 0.12e9;
        terms.schedule.instalments = 3;
        Row[] memory rows = new Row[](3);
        rows[0] = Row(START + 31, 33_003, 1000); // 1 February
        rows[1] = Row(START + 59, 33_333, 670); // 66,997 * 0.01 = 669.97; 1 March
        rows[2] = Row(START + 90, 33_664, 337); // 33,664 * 0.01 = 336.64; 34,001; 1 April
        schedules.verify(terms, START, rows);
    }

    function test_interestOnlyByHandOnActualDays() public {
        Terms memory terms = baseTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 2;
        terms.pricing.dayCount = uint8(DayCount.Act365);
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START + 31, 0, 2123); // 500000 * 0.05 * 31 / 365 = 2123.29
        rows[1] = Row(START + 59, 500_000, 1918); // * 28 / 365 = 1917.81
        schedules.verify(terms, START, rows);
        terms.pricing.dayCount = uint8(DayCount.Act360);
        rows[0].interest = 2153; // * 31 / 360 = 2152.78
        rows[1].interest = 1944; // * 28 / 360 = 1944.44
        schedules.verify(terms, START, rows);
    }

    /// @notice 1,000 minor units for a month at 0.6 % and 1.8 % a year: 0.5 and 1.5, each to its even neighbour.
    function test_tiesRoundToTheEvenNeighbour() public {
        Terms memory terms = baseTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 1;
        terms.principal = 1000;
        Row[] memory rows = new Row[](1);
        terms.pricing.rateNano = 0.006e9;
        rows[0] = Row(START + 31, 1000, 0);
        schedules.verify(terms, START, rows);
        terms.pricing.rateNano = 0.018e9;
        rows[0].interest = 2;
        schedules.verify(terms, START, rows);
    }

    function test_dueDaysKeepTheDayOfMonthAndAreClippedToItsEnd() public {
        Terms memory terms = baseTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 3;
        terms.pricing.rateNano = 0;
        Row[] memory rows = new Row[](3);
        rows[0] = Row(20_512, 0, 0); // 28 February 2026
        rows[1] = Row(20_543, 0, 0); // 31 March
        rows[2] = Row(20_573, 500_000, 0); // 30 April
        schedules.verify(terms, 20_484, rows); // 31 January
    }

    function test_namesWhatIsWrongWithTheRows() public {
        Terms memory terms = baseTerms();
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
        Terms memory terms = baseTerms();
        terms.principal = 100_000;
        terms.pricing.rateNano = 0;
        terms.schedule.instalments = 3;
        Row[] memory rows = new Row[](3);
        rows[0] = Row(START + 31, 33_335, 0);
        rows[1] = Row(START + 59, 33_335, 0);
        rows[2] = Row(START + 90, 33_330, 0);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 33_335));
        rows[0].principal = 33_333;
        rows[1].principal = 33_333;
        rows[2].principal = 33_334;
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 33_333));
        rows[0].principal = 33_334;
        rows[1].principal = 33_334;
        rows[2].principal = 33_332;
        schedules.verify(terms, START, rows);
    }

    function test_refusesAnInstalmentOfNothing() public {
        Terms memory terms = baseTerms();
        terms.pricing.rateNano = 0;
        Row[] memory rows = new Row[](6);
        refused(terms, rows, abi.encodeWithSelector(IRepaymentSchedules.ScheduleInstalmentNotSmallest.selector, 0));
    }

    /// @notice An instalment that pays February's interest at 100 % a year doesn't pay March's: 500000 * 28 / 365 = 38,356,
    /// 500000 * 31 / 365 = 42,466.
    function test_refusesAnInstalmentBelowTheInterest() public {
        Terms memory terms = baseTerms();
        terms.pricing.rateNano = 1e9;
        terms.pricing.dayCount = uint8(DayCount.Act365);
        Row[] memory rows = new Row[](6);
        rows[0] = Row(START + 59, 0, 38_356);
        rows[1] = Row(START + 90, 0, 42_466);
        vm.expectRevert(
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleNegativeAmortisation.selector, 1, 38_356, 42_466)
        );
        schedules.verify(terms, START + 31, rows);
    }

    function refused(Terms memory terms, Row[] memory rows, bytes memory error) private {
        vm.expectRevert(error);
        schedules.verify(terms, START, rows);
    }
}
