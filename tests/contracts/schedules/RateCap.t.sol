// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {IRepaymentSchedules, Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {ScheduleTest} from "./ScheduleTest.sol";

/// @notice All payments, discounted at the cap, are worth no more than the money received.
contract RateCapTest is ScheduleTest {
    /// @notice 1,000,000,000 for a year at 24 %: 1,240,000,000 after 365 days is worth it exactly; a unit is allowed, two are not.
    function test_oneYearByHand() public {
        Row[] memory rows = new Row[](1);
        rows[0] = Row(START + 365, 1_000_000_000, 240_000_000, 0);
        schedules.checkRateCap(rows, START, 1_000_000_000, 0.24e9);
        rows[0].interest = 240_000_001;
        schedules.checkRateCap(rows, START, 1_000_000_000, 0.24e9);
        rows[0].interest = 240_000_002; // worth 1.61 more
        vm.expectRevert(
            abi.encodeWithSelector(IRepaymentSchedules.ScheduleAboveRateCap.selector, 1_000_000_002, 1_000_000_000)
        );
        schedules.checkRateCap(rows, START, 1_000_000_000, 0.24e9);
        rows[0].interest = 240_000_000;
        rows[0].fee = 2;
        vm.expectPartialRevert(IRepaymentSchedules.ScheduleAboveRateCap.selector);
        schedules.checkRateCap(rows, START, 1_000_000_000, 0.24e9);
        rows[0].fee = 0;
        vm.expectPartialRevert(IRepaymentSchedules.ScheduleAboveRateCap.selector);
        schedules.checkRateCap(rows, START, 999_999_998, 0.24e9);
    }

    /// @notice A month at a twelfth of 24 % falls on 28 days: 0.02 for 28 days is more than 0.24 a year on days.
    function test_monthlyInterestAtTheCapIsAboveItInFebruary() public {
        Terms memory terms = plainTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.schedule.instalments = 1;
        terms.schedule.firstTranche = 1e9;
        terms.pricing.rateNano = 0.24e9;
        Row[] memory rows = ScheduleModel.rows(terms, START + 31);
        vm.expectPartialRevert(IRepaymentSchedules.ScheduleAboveRateCap.selector);
        schedules.checkRateCap(rows, START + 31, 1e9, 0.24e9);
        // In January, of 31 days, it is below.
        rows = ScheduleModel.rows(terms, START);
        schedules.checkRateCap(rows, START, 1e9, 0.24e9);
    }

    function test_rowsBeforeTheStartAreNotDiscounted() public {
        Row[] memory rows = new Row[](2);
        rows[0] = Row(START - 10, 500, 0, 0);
        rows[1] = Row(START - 5, 500, 1, 0);
        schedules.checkRateCap(rows, START, 1000, 0.24e9);
        rows[1].interest = 3;
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleAboveRateCap.selector, 1004, 1000));
        schedules.checkRateCap(rows, START, 1000, 0.24e9);
    }

    /// @notice On calendar days over 365, a loan at exactly the cap passes by every method on every day, and so does one at a lower
    /// rate in the other day counts that can't exceed it.
    function testFuzz_loanAtTheCapPasses(
        uint64 principal,
        uint64 cap,
        uint8 method,
        uint16 instalments,
        uint8 months,
        uint32 start
    ) public view {
        Terms memory terms = termsOf(principal, cap, method, instalments, months);
        start = 10_000 + start % 40_000;
        Row[] memory rows = ScheduleModel.rows(terms, start);
        schedules.checkRateCap(rows, start, terms.schedule.firstTranche, terms.pricing.rateNano);
        terms.pricing.dayCount = uint8(DayCount.ActAct);
        rows = ScheduleModel.rows(terms, start);
        schedules.checkRateCap(rows, start, terms.schedule.firstTranche, terms.pricing.rateNano);
        terms.pricing.dayCount = uint8(DayCount.Act360);
        uint64 nominal = terms.pricing.rateNano;
        terms.pricing.rateNano = uint64(uint256(nominal) * 360 / 365);
        rows = ScheduleModel.rows(terms, start);
        schedules.checkRateCap(rows, start, terms.schedule.firstTranche, nominal);
    }

    /// @notice A billionth above the cap is found in every loan that is large enough to show it.
    function testFuzz_loanOneNanoAboveTheCapFails(
        uint64 cap,
        uint8 method,
        uint16 instalments,
        uint8 months,
        uint32 start
    ) public {
        Terms memory terms = termsOf(type(uint64).max, cap, method, instalments, months);
        start = 10_000 + start % 40_000;
        vm.assume(terms.pricing.rateNano != 0);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        vm.expectPartialRevert(IRepaymentSchedules.ScheduleAboveRateCap.selector);
        schedules.checkRateCap(rows, start, type(uint64).max, terms.pricing.rateNano - 1);
    }

    function termsOf(uint64 principal, uint64 cap, uint8 method, uint16 instalments, uint8 months)
        private
        pure
        returns (Terms memory terms)
    {
        terms = plainTerms();
        terms.principal = principal == 0 ? 1 : principal;
        terms.schedule.firstTranche = terms.principal;
        terms.schedule.method = method % 4;
        bool single = terms.schedule.method == uint8(Method.SinglePayment);
        terms.schedule.instalments = single ? 1 : 1 + instalments % 60;
        terms.schedule.periodMonths = 1 + months % 12;
        uint256 life = uint256(terms.schedule.instalments) * terms.schedule.periodMonths;
        uint256 most = ScheduleModel.min(36e9 / life, 0.36e9);
        terms.pricing.rateNano = uint64(cap % (most + 1));
        terms.pricing.dayCount = uint8(DayCount.Act365);
    }
}
