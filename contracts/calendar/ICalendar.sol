// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title The ledger's business date. Permanent. Days count from 1970-01-01.
interface ICalendar {
    /// @notice The bank closed all days up to `through`, over the account statement hashed.
    event DayClosed(uint32 indexed through, uint32 businessDate, bytes32 statementHash);
    /// @notice `member` voted to end simulated mode; `votes` so far.
    event SimulationVote(uint16 indexed member, uint16 votes);
    /// @notice Simulated mode has ended, for good.
    event SimulationEnded();
    /// @notice `member` voted to close all days up to `through` in the silent bank's place; `votes` so far.
    event SubstituteVote(uint32 indexed through, uint16 indexed member, uint16 votes);
    /// @notice All days up to `through` were closed in the silent bank's place, without an attestation.
    event DayClosedInstead(uint32 indexed through, uint32 businessDate, address by);

    /// @notice The day is closed already.
    error CalendarDayClosed(uint32 through, uint32 businessDate);
    /// @notice The business date would pass the local date (UTC+8).
    error CalendarAheadOfTime(uint32 businessDate, uint32 localDate);
    /// @notice The latest attestation is of another day or account statement, or suspense has moved since.
    error CalendarNotAttested(uint32 through, bytes32 statementHash);
    /// @notice Tokens were credited or debited since the attestation.
    error CalendarSupplyMoved(uint128 attested, uint256 supply);
    /// @notice The last closing (block time `closedAt`) is not long ago enough.
    error CalendarBankNotSilent(uint256 closedAt, uint256 silentFrom);
    /// @notice Simulated mode has ended.
    error CalendarNotSimulated();
    /// @notice A member votes once, whatever its key.
    error CalendarAlreadyVoted(uint16 member);

    /// @notice Closes all days up to `through`; the business date becomes `through + 1`. Bank only, after that day's account
    /// statement is posted and its balance attested with the same `statementHash`; no token may have been credited or debited
    /// since. Outside simulated mode the business date never passes the local date (UTC+8).
    function closeDay(uint32 through, bytes32 statementHash) external;

    /// @notice Closes days in a silent bank's place, without an attestation, when no day has been closed for `SILENT_DAYS` real days.
    /// The regulator alone, or members by vote: it happens with the vote that makes them more than half. Never past the local date.
    function closeDayInstead(uint32 through) external;

    /// @notice A member's vote to end simulated mode, for good once more than half of those that may vote did. Any seat.
    function voteEndSimulation() external;

    /// @notice The ledger's day; the consortium tells the same.
    function businessDate() external view returns (uint32);

    /// @notice Whether days may be closed before they are over.
    function simulated() external view returns (bool);
}
