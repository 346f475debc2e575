// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../agreements/Terms.sol";

/// @notice One instalment. Packed in code as one 32-byte word: dueDay (4 bytes) | principal (14) | interest (14).
/// @param dueDay unadjusted due date, days since 1970-01-01
struct Row {
    uint32 dueDay;
    uint112 principal;
    uint112 interest;
}

/// @title Checks repayment schedules and stores them as immutable code. Holds no loans and no money; versioned.
interface IRepaymentSchedules {
    error ScheduleRowCount(uint256 given, uint256 expected);
    error ScheduleDueDay(uint256 row, uint32 given, uint32 expected);
    error ScheduleInterest(uint256 row, uint112 given, uint256 expected);
    error SchedulePrincipalSum(uint256 given, uint256 expected);
    error SchedulePrincipal(uint256 row, uint112 given, uint256 expected);
    /// @dev Too large: one minor unit less would do. Or too small: the last instalment is above it.
    error ScheduleInstalmentNotSmallest(uint256 instalment);
    error ScheduleNegativeAmortisation(uint256 row, uint256 instalment, uint256 interest);

    /// @notice Reverts unless `rows` are the only right rows for (terms, start).
    /// Due day i = start + i * periodMonths, day of month kept, clipped to the month's end. Interest i =
    /// half-even(balance * rateNano * n / (1e9 * d)), n/d the period's day-count fraction. Equal instalment: the smallest
    /// amount that leaves a last instalment not above it; a row never repays more than the balance.
    /// @param start value date of the payout, days since 1970-01-01
    function verify(Terms calldata terms, uint32 start, Row[] calldata rows) external pure;

    /// @notice Verifies, then stores `rows` as code.
    /// @return pointer address whose code holds the rows
    function register(Terms calldata terms, uint32 start, Row[] calldata rows) external returns (address pointer);

    /// @notice Row `index` (from 0) of the schedule stored at `pointer`.
    function row(address pointer, uint256 index) external view returns (Row memory);

    function rows(address pointer) external view returns (Row[] memory);
}
