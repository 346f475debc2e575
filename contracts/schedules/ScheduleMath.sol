// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DateTimeLib} from "solady/src/utils/DateTimeLib.sol";
import {DayCount} from "../agreements/Terms.sol";

/// @title The arithmetic of schedules: due days, period fractions and the one rounding of each period.
/// All amounts are minor units, all days count from 1970-01-01. Callers keep amounts below 2^128, rates below 2^64.
library ScheduleMath {
    uint256 private constant NANO = 1e9;

    /// @notice The due day `months` after `start`: the day of month is kept, or clipped to the month's last day. Always counted
    /// from `start`, so a clipped month doesn't shift later ones.
    function dueDay(uint256 start, uint256 months) internal pure returns (uint256) {
        (uint256 startYear, uint256 startMonth, uint256 day) = DateTimeLib.epochDayToDate(start);
        uint256 total = startYear * 12 + (startMonth - 1) + months;
        uint256 year = total / 12;
        uint256 month = total % 12 + 1;
        uint256 last = DateTimeLib.daysInMonth(year, month);
        return DateTimeLib.dateToEpochDay(year, month, day < last ? day : last);
    }

    /// @notice The fraction of a year, numerator / denominator, that a period counts for.
    /// Monthly12: months / 12. Act365: calendar days / 365. Act360: calendar days / 360.
    function yearFraction(DayCount dayCount, uint256 months, uint256 numberOfDays)
        internal
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        if (dayCount == DayCount.Monthly12) return (months, 12);
        return (numberOfDays, dayCount == DayCount.Act365 ? 365 : 360);
    }

    /// @notice balance * rateNano * numerator / (1e9 * denominator), rounded half-even to a minor unit.
    /// No overflow: 2^128 * 2^64 * 366 < 2^256.
    function interest(uint256 balance, uint256 rateNano, uint256 numerator, uint256 denominator)
        internal
        pure
        returns (uint256 amount)
    {
        uint256 divisor = NANO * denominator;
        uint256 dividend = balance * rateNano * numerator;
        amount = dividend / divisor;
        uint256 twice = 2 * (dividend % divisor);
        if (twice > divisor || (twice == divisor && amount % 2 == 1)) ++amount;
    }
}
