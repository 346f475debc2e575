// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title The ledger's business date. Permanent. Days count from 1970-01-01.
interface ICalendar {
    event DayClosed(uint32 indexed through, uint32 businessDate, bytes32 statementHash);
    event SimulationVote(uint16 indexed member, uint16 votes);
    event SimulationEnded();
    event SubstituteVote(uint32 indexed through, uint16 indexed member, uint16 votes);
    event DayClosedInstead(uint32 indexed through, uint32 businessDate, address by);

    error CalendarDayClosed(uint32 through, uint32 businessDate);
    error CalendarAheadOfTime(uint32 businessDate, uint32 localDate);
    error CalendarNotAttested(uint32 through, bytes32 statementHash);
    error CalendarSupplyMoved(uint128 attested, uint256 supply);
    error CalendarBankNotSilent(uint256 closedAt, uint256 silentFrom);
    error CalendarNotSimulated();
    error CalendarAlreadyVoted(uint16 member);

    /// @notice Closes all days up to `through`; the business date becomes `through + 1`. Bank only, after that day's account
    /// statement is posted and its balance attested with the same `statementHash`; no token may have been credited or debited since. Outside simulated mode the business date
    /// never passes the local date (UTC+8).
    function closeDay(uint32 through, bytes32 statementHash) external;

    /// @notice Closes days in a silent bank's place, without an attestation, when no day has been closed for `SILENT_DAYS` real days.
    /// The regulator alone, or members by vote: it happens with the vote that makes them more than half. Never past the local date.
    function closeDayInstead(uint32 through) external;

    /// @notice A member's vote to end simulated mode, for good once more than half of those that may vote did. Any seat.
    function voteEndSimulation() external;

    function businessDate() external view returns (uint32);
    function simulated() external view returns (bool);
}
