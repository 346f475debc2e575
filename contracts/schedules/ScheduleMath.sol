// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DateTimeLib} from "solady/src/utils/DateTimeLib.sol";
import {DayCount} from "../agreements/Terms.sol";

/// @title The arithmetic of schedules: due days, fractions of a year and the one rounding of each period.
/// All amounts are minor units, all days count from 1970-01-01. Callers keep amounts below 2^128, rates below 2^64 and days below
/// 2^32: then nothing here overflows, and nothing is checked.
library ScheduleMath {
    uint256 internal constant NANO = 1e9;

    /// @notice The due day `months` after `anchor`: the day of month is kept, or clipped to the month's last day. Always counted
    /// from `anchor`, so a clipped month doesn't shift later ones.
    function dueDay(uint256 anchor, uint256 months) internal pure returns (uint256) {
        (uint256 month, uint256 day) = monthAndDay(anchor);
        return dayIn(month + months, day);
    }

    /// @return month counted from January of year 0
    /// @return day of the month, from 1
    function monthAndDay(uint256 epochDay) internal pure returns (uint256 month, uint256 day) {
        uint256 year;
        (year, month, day) = DateTimeLib.epochDayToDate(epochDay);
        unchecked {
            month = year * 12 + month - 1;
        }
    }

    /// @notice Day `day` of `month` (counted from January of year 0), or the month's last day.
    function dayIn(uint256 month, uint256 day) internal pure returns (uint256) {
        unchecked {
            uint256 year = month / 12;
            month = month % 12 + 1;
            // No month ends before the 28th.
            if (day > 28) {
                uint256 last = DateTimeLib.daysInMonth(year, month);
                if (day > last) day = last;
            }
            return DateTimeLib.dateToEpochDay(year, month, day);
        }
    }

    /// @notice The fraction of a year, numerator / denominator, from day `from` to day `to`, `from` <= `to`. Monthly12 counts like
    /// Thirty360E: for whole periods of the grid it is months / 12, which callers know.
    function fraction(DayCount dayCount, uint256 from, uint256 to)
        internal
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        unchecked {
            if (dayCount == DayCount.Act365) return (to - from, 365);
            if (dayCount == DayCount.Act360) return (to - from, 360);
            if (dayCount == DayCount.ActAct) {
                // days in common years / 365 + days in leap years / 366
                uint256 leapDays = _daysOfLeapYears(to) - _daysOfLeapYears(from);
                return (366 * (to - from - leapDays) + 365 * leapDays, 365 * 366);
            }
            return (_thirtyDayMonths(to) - _thirtyDayMonths(from), 360);
        }
    }

    /// @notice balance * rateNano * numerator / (1e9 * denominator), rounded half-even to a minor unit.
    function interest(uint256 balance, uint256 rateNano, uint256 numerator, uint256 denominator)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            return divideHalfEven(balance * rateNano * numerator, NANO * denominator);
        }
    }

    /// @notice dividend / divisor, rounded to the nearest whole number, halves to the even one. `divisor` is not 0 and below 2^255.
    function divideHalfEven(uint256 dividend, uint256 divisor) internal pure returns (uint256 quotient) {
        assembly ("memory-safe") {
            quotient := div(dividend, divisor)
            let twice := shl(1, mod(dividend, divisor))
            quotient := add(quotient, or(gt(twice, divisor), and(eq(twice, divisor), quotient)))
        }
    }

    /// @dev Days before `epochDay` that lie in leap years, since year 1.
    function _daysOfLeapYears(uint256 epochDay) private pure returns (uint256 count) {
        // Month and day don't matter.
        // slither-disable-next-line unused-return
        (uint256 year,,) = DateTimeLib.epochDayToDate(epochDay);
        unchecked {
            uint256 before = year - 1;
            count = 366 * (before / 4 - before / 100 + before / 400);
            if (DateTimeLib.isLeapYear(year)) count += epochDay - DateTimeLib.dateToEpochDay(year, 1, 1);
        }
    }

    /// @dev Days since year 0 as if every month had 30; the 31st counts as the 30th (30E/360).
    function _thirtyDayMonths(uint256 epochDay) private pure returns (uint256) {
        (uint256 month, uint256 day) = monthAndDay(epochDay);
        unchecked {
            return month * 30 + (day > 30 ? 30 : day);
        }
    }
}
