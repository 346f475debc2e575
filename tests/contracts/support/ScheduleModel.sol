// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";

/// @notice Builds schedules from their definition, sharing no code with the contracts: days are counted month by month from
/// 1970, interest is rounded by comparing exact fractions, and the equal instalment is searched for.
library ScheduleModel {
    function rows(Terms memory terms, uint32 start) internal pure returns (Row[] memory) {
        return Method(terms.schedule.method) == Method.EqualInstalment
            ? equalInstalment(terms, start)
            : interestOnly(terms, start);
    }

    function interestOnly(Terms memory terms, uint32 start) internal pure returns (Row[] memory table) {
        uint256 count = terms.schedule.instalments;
        uint256[] memory due = dueDays(start, count, terms.schedule.periodMonths);
        table = new Row[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 interest = interestOf(terms, terms.principal, i == 0 ? start : due[i - 1], due[i]);
            table[i] = Row(uint32(due[i]), i == count - 1 ? uint112(terms.principal) : 0, uint112(interest));
        }
    }

    function equalInstalment(Terms memory terms, uint32 start) internal pure returns (Row[] memory table) {
        uint256 count = terms.schedule.instalments;
        uint256[] memory due = dueDays(start, count, terms.schedule.periodMonths);
        uint256 low = 0; // leaves too much
        uint256 high = uint256(terms.principal) * 512; // the whole debt and its interest fit in one instalment
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (lastInstalment(terms, start, due, middle) <= int256(middle)) high = middle;
            else low = middle;
        }
        table = new Row[](count);
        uint256 balance = terms.principal;
        for (uint256 i = 0; i < count; ++i) {
            uint256 interest = interestOf(terms, balance, i == 0 ? start : due[i - 1], due[i]);
            require(i == count - 1 || high >= interest, "negative amortisation");
            uint256 principal = i == count - 1 || high - interest > balance ? balance : high - interest;
            table[i] = Row(uint32(due[i]), uint112(principal), uint112(interest));
            balance -= principal;
        }
    }

    function lastInstalment(Terms memory terms, uint32 start, uint256[] memory due, uint256 instalment)
        internal
        pure
        returns (int256)
    {
        int256 balance = int256(uint256(terms.principal));
        for (uint256 i = 0; i < due.length; ++i) {
            // Below zero nothing is owed; the exact value no longer matters for the comparison.
            if (balance < 0) return balance;
            balance += int256(interestOf(terms, uint256(balance), i == 0 ? start : due[i - 1], due[i]));
            if (i < due.length - 1) balance -= int256(instalment);
        }
        return balance;
    }

    function interestOf(Terms memory terms, uint256 balance, uint256 from, uint256 to) internal pure returns (uint256) {
        uint256 top = balance * terms.pricing.rateNano;
        uint256 bottom = 1_000_000_000;
        if (terms.pricing.dayCount == uint8(DayCount.Monthly12)) {
            top *= terms.schedule.periodMonths;
            bottom *= 12;
        } else {
            top *= to - from;
            bottom *= terms.pricing.dayCount == uint8(DayCount.Act365) ? 365 : 360;
        }
        uint256 floor = top / bottom;
        // The exact value lies between floor and floor + 1: compare with floor + 1/2.
        uint256 twiceExact = 2 * top;
        uint256 twiceHalf = (2 * floor + 1) * bottom;
        if (twiceExact < twiceHalf) return floor;
        if (twiceExact > twiceHalf) return floor + 1;
        return floor + floor % 2;
    }

    function dueDays(uint256 start, uint256 count, uint256 periodMonths) internal pure returns (uint256[] memory due) {
        due = new uint256[](count);
        (uint256 year, uint256 month, uint256 day, uint256 firstOfMonth) = dateOf(start);
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

    function monthLength(uint256 year, uint256 month) internal pure returns (uint256) {
        if (month == 2) return leap(year) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    function leap(uint256 year) internal pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
