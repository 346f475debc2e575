// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, FeeKind, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";

/// @notice Builds schedules from their definition, sharing no code with the contracts: days are counted month by month from
/// 1970, fractions of a year day by day, interest is rounded by comparing exact fractions, and the equal instalment is searched for.
library ScheduleModel {
    /// @notice Where a period begins and ends, and the part of a year that it counts for.
    struct Period {
        uint256 from;
        uint256 to;
        bool whole;
        uint256 numerator;
        uint256 denominator;
    }

    /// @notice The first table of a loan whose payout has value date `start`.
    function rows(Terms memory terms, uint32 start) internal pure returns (Row[] memory) {
        return rows(terms, firstSegment(terms, start));
    }

    function firstSegment(Terms memory terms, uint32 start) internal pure returns (Segment memory) {
        return Segment(terms.schedule.firstTranche, start, start, 0, 0, true);
    }

    function rows(Terms memory terms, Segment memory s) internal pure returns (Row[] memory table) {
        Method method = Method(terms.schedule.method);
        require(method != Method.Custom, "custom tables are given");
        if (s.level != 0) {
            table = kept(terms, s);
        } else {
            Period[] memory periods = periodsOf(terms, s, terms.schedule.instalments - s.first);
            if (method == Method.EqualInstalment) table = equalInstalment(terms, s, periods);
            else if (method == Method.EqualPrincipal) table = equalPrincipal(terms, s, periods);
            else table = interestOnly(terms, s, periods);
        }
        addFees(terms, s, table);
    }

    function interestOnly(Terms memory terms, Segment memory s, Period[] memory periods)
        internal
        pure
        returns (Row[] memory table)
    {
        table = new Row[](periods.length);
        for (uint256 i = 0; i < periods.length; ++i) {
            table[i] =
                rowOf(periods[i], i == periods.length - 1 ? s.balance : 0, interestOf(terms, s.balance, periods[i]));
        }
    }

    function equalPrincipal(Terms memory terms, Segment memory s, Period[] memory periods)
        internal
        pure
        returns (Row[] memory table)
    {
        uint256 count = periods.length;
        uint256 part = nearestEven(s.balance, count);
        table = new Row[](count);
        uint256 repaid;
        for (uint256 i = 0; i < count; ++i) {
            uint256 left = s.balance - repaid;
            uint256 principal = i == count - 1 || part > left ? left : part;
            table[i] = rowOf(periods[i], principal, interestOf(terms, left, periods[i]));
            repaid += principal;
        }
    }

    function equalInstalment(Terms memory terms, Segment memory s, Period[] memory periods)
        internal
        pure
        returns (Row[] memory table)
    {
        uint256 low = 0; // leaves too much
        uint256 high = uint256(s.balance) + interestOf(terms, s.balance, periods[periods.length - 1]); // one last row repays all
        for (uint256 i = 0; i + 1 < periods.length; ++i) {
            high += interestOf(terms, s.balance, periods[i]);
        }
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            table = tableWith(terms, s, periods, middle);
            Row memory end = table[table.length - 1];
            if (uint256(end.principal) + end.interest <= middle) high = middle;
            else low = middle;
        }
        table = tableWith(terms, s, periods, high);
    }

    /// @notice The rows with a given instalment, whether it is right or not.
    function tableWith(Terms memory terms, Segment memory s, Period[] memory periods, uint256 instalment)
        internal
        pure
        returns (Row[] memory table)
    {
        uint256 count = periods.length;
        table = new Row[](count);
        uint256 balance = s.balance;
        for (uint256 i = 0; i < count; ++i) {
            uint256 interest = interestOf(terms, balance, periods[i]);
            uint256 principal;
            if (i == count - 1) principal = balance;
            else if (interest < instalment) principal = min(instalment - interest, balance);
            table[i] = rowOf(periods[i], principal, interest);
            balance -= principal;
        }
    }

    /// @notice As many rows as it takes with the instalment, or the part of principal, that is kept.
    function kept(Terms memory terms, Segment memory s) internal pure returns (Row[] memory table) {
        bool instalments = terms.schedule.method == uint8(Method.EqualInstalment);
        uint256 most = 2 * uint256(terms.schedule.instalments) + 50; // more than any level that a table of the loan had
        Period[] memory periods = periodsOf(terms, s, most);
        Row[] memory long = new Row[](most);
        uint256 balance = s.balance;
        uint256 count;
        while (balance != 0) {
            uint256 interest = interestOf(terms, balance, periods[count]);
            uint256 room = instalments ? (s.level > interest ? s.level - interest : 0) : s.level;
            uint256 principal = min(room, balance);
            long[count] = rowOf(periods[count], principal, interest);
            balance -= principal;
            ++count;
        }
        table = new Row[](count);
        for (uint256 i = 0; i < count; ++i) {
            table[i] = long[i];
        }
    }

    function addFees(Terms memory terms, Segment memory s, Row[] memory table) internal pure {
        if (!s.fees) return;
        for (uint256 i = 0; i < table.length; ++i) {
            uint256 sum;
            for (uint256 k = 0; k < terms.fees.length; ++k) {
                bool once = terms.fees[k].kind == uint8(FeeKind.FirstInstalment);
                if (!once || s.first + i == 0) sum += terms.fees[k].amount;
            }
            table[i].fee = uint72(sum);
        }
    }

    function rowOf(Period memory period, uint256 principal, uint256 interest) internal pure returns (Row memory) {
        return Row(uint32(period.to), uint72(principal), uint80(interest), 0);
    }

    function interestOf(Terms memory terms, uint256 balance, Period memory period) internal pure returns (uint256) {
        return nearestEven(balance * terms.pricing.rateNano * period.numerator, 1_000_000_000 * period.denominator);
    }

    function yearsOf(Terms memory terms, Period memory period)
        internal
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        DayCount dayCount = DayCount(terms.pricing.dayCount);
        uint256 actual = period.to - period.from;
        if (dayCount == DayCount.Act365) return (actual, 365);
        if (dayCount == DayCount.Act360) return (actual, 360);
        if (dayCount == DayCount.ActAct) {
            // Each year the period touches, by itself: days / length of the year.
            (uint256 year,,,) = dateOf(period.from);
            uint256 start = newYear(year);
            while (start < period.to) {
                uint256 end = newYear(year + 1);
                uint256 inYear = min(end, period.to) - (start > period.from ? start : period.from);
                numerator += inYear * (leap(year) ? 365 : 366); // over 365 * 366
                start = end;
                ++year;
            }
            return (numerator, 133_590);
        }
        if (dayCount == DayCount.Monthly12 && period.whole) return (terms.schedule.periodMonths, 12);
        (uint256 y1, uint256 m1, uint256 d1,) = dateOf(period.from);
        (uint256 y2, uint256 m2, uint256 d2,) = dateOf(period.to);
        return (360 * y2 + 30 * m2 + min(d2, 30) - 360 * y1 - 30 * m1 - min(d1, 30), 360);
    }

    function periodsOf(Terms memory terms, Segment memory s, uint256 count)
        internal
        pure
        returns (Period[] memory periods)
    {
        uint256[] memory due = dueDays(s.anchor, s.first + count, terms.schedule.periodMonths);
        periods = new Period[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 grid = s.first + i == 0 ? s.anchor : due[s.first + i - 1];
            uint256 from = i == 0 ? s.start : grid;
            periods[i] = Period(from, due[s.first + i], from == grid, 0, 0);
            (periods[i].numerator, periods[i].denominator) = yearsOf(terms, periods[i]);
        }
    }

    /// @notice top / bottom, to the nearest whole number, halves to the even one.
    function nearestEven(uint256 top, uint256 bottom) internal pure returns (uint256) {
        uint256 floor = top / bottom;
        // The exact value lies between floor and floor + 1: compare with floor + 1/2.
        uint256 twiceExact = 2 * top;
        uint256 twiceHalf = (2 * floor + 1) * bottom;
        if (twiceExact < twiceHalf) return floor;
        if (twiceExact > twiceHalf) return floor + 1;
        return floor + floor % 2;
    }

    function dueDays(uint256 anchor, uint256 count, uint256 periodMonths) internal pure returns (uint256[] memory due) {
        due = new uint256[](count);
        (uint256 year, uint256 month, uint256 day, uint256 firstOfMonth) = dateOf(anchor);
        for (uint256 i = 0; i < count; ++i) {
            for (uint256 k = 0; k < periodMonths; ++k) {
                firstOfMonth += monthLength(year, month);
                (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1);
            }
            uint256 length = monthLength(year, month);
            due[i] = firstOfMonth + (day > length ? length : day) - 1;
        }
    }

    function dateOf(uint256 epochDay)
        internal
        pure
        returns (uint256 year, uint256 month, uint256 day, uint256 firstOfMonth)
    {
        year = 1970;
        month = 1;
        while (epochDay >= firstOfMonth + (leap(year) ? 366 : 365)) {
            firstOfMonth += leap(year) ? 366 : 365;
            ++year;
        }
        while (epochDay >= firstOfMonth + monthLength(year, month)) {
            firstOfMonth += monthLength(year, month);
            ++month;
        }
        day = epochDay - firstOfMonth + 1;
    }

    function newYear(uint256 year) internal pure returns (uint256 epochDay) {
        for (uint256 y = 1970; y < year; ++y) {
            epochDay += leap(y) ? 366 : 365;
        }
    }

    function monthLength(uint256 year, uint256 month) internal pure returns (uint256) {
        if (month == 2) return leap(year) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    function leap(uint256 year) internal pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
