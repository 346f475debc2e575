// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../agreements/Terms.sol";

/// @notice One instalment. Packed in code as one 32-byte word: dueDay (4 bytes) | principal (9) | interest (10) | fee (9).
/// @param dueDay unadjusted due date, days since 1970-01-01
struct Row {
    uint32 dueDay;
    uint72 principal;
    uint80 interest;
    uint72 fee;
}

/// @notice The part of a table that a balance is repaid by: the whole table of a loan, the rows of a later tranche, or what
/// remains after an early repayment.
/// @param balance minor units to be repaid by the rows
/// @param anchor the loan's first value date: due day i (from 0) = anchor + (i + 1) * periodMonths, clipped to the month's end
/// @param start the day interest on `balance` starts to count
/// @param first index of the first row in the loan's whole table
/// @param level EqualInstalment and EqualPrincipal only: 0, or the amount to keep (the instalment, or the part of principal) with
/// as many rows as it takes (shorten)
/// @param fees whether the rows carry the terms' fees
struct Segment {
    uint128 balance;
    uint32 anchor;
    uint32 start;
    uint16 first;
    uint128 level;
    bool fees;
}

/// @title Checks repayment schedules and stores them as immutable code. Holds no loans and no money; versioned.
interface IRepaymentSchedules {
    error ScheduleRowCount(uint256 given, uint256 expected);
    error ScheduleDueDay(uint256 row, uint32 given, uint32 expected);
    error ScheduleInterest(uint256 row, uint256 given, uint256 expected);
    error ScheduleFee(uint256 row, uint256 given, uint256 expected);
    error SchedulePrincipalSum(uint256 given, uint256 expected);
    error SchedulePrincipal(uint256 row, uint256 given, uint256 expected);
    /// @dev Too large: one minor unit less would do. Or too small: the last instalment is above it.
    error ScheduleInstalmentNotSmallest(uint256 instalment);
    error ScheduleNegativeAmortisation(uint256 row, uint256 instalment, uint256 interest);
    /// @dev A table can't be kept at this level: no interest-only, single or custom table, and not below the first interest.
    error ScheduleLevel(uint256 level);
    error ScheduleTableHash(bytes32 given, bytes32 expected);
    /// @dev A custom table's interest or fees together don't fit what a loan holds.
    error ScheduleTooLarge(uint256 interest, uint256 fees);
    /// @dev All payments and fees, discounted at the cap to the first day, are worth more than the money received (minor units).
    error ScheduleAboveRateCap(uint256 worth, uint256 received);

    /// @notice Reverts unless `rows` are the only right rows for (terms, segment). See docs/schedules for the rules.
    function verify(Terms calldata terms, Segment calldata segment, Row[] calldata rows) external pure;

    /// @notice Verifies, then stores `rows` as code.
    /// @return pointer address whose code holds the rows
    function register(Terms calldata terms, Segment calldata segment, Row[] calldata rows)
        external
        returns (address pointer);

    /// @notice Verifies the rows of a later tranche, adds them to the rows stored at `pointer` (whose first row has index `offset`)
    /// from `segment.first` on, and stores the sum, from row `offset` on.
    function registerAdded(
        Terms calldata terms,
        Segment calldata segment,
        Row[] calldata rows,
        address pointer,
        uint16 offset
    ) external returns (address sum);

    /// @notice Reverts with `ScheduleAboveRateCap` if all rows (principal, interest and fee), discounted at `rateCapNano` from
    /// `start`, are worth more than `received`. Discount factor: product over the rows of 1 + cap * days / 365. One minor unit for
    /// each row is allowed, for rounding.
    function checkRateCap(Row[] calldata rows, uint32 start, uint256 received, uint64 rateCapNano) external pure;

    /// @notice keccak256 of the rows as they are packed in code; what Custom terms name.
    function tableHash(Row[] calldata rows) external pure returns (bytes32);

    /// @notice Row `index` (from 0) of the schedule stored at `pointer`.
    function row(address pointer, uint256 index) external view returns (Row memory);

    function rows(address pointer) external view returns (Row[] memory);
}
