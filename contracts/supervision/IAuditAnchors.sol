// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Heads of the members' audit logs, kept in order. Permanent.
/// @notice A seat's audit log lives off chain and is chained by hash. Who anchors its length and head can't change, remove, insert or
/// re-order anything up to there any more without everybody seeing it.
interface IAuditAnchors {
    /// @param head hash of the log's record number `length`
    /// @param length how many records the log had; each anchor's is above the one's before
    /// @param businessDate on which it was anchored
    /// @param blockNumber in which it was anchored
    /// @param time of that block, Unix seconds; shown only
    struct Anchor {
        bytes32 head;
        uint64 length;
        uint32 businessDate;
        uint64 blockNumber;
        uint64 time;
    }

    event AuditAnchored(
        uint16 indexed member, bytes32 indexed log, uint64 length, bytes32 head, uint32 businessDate, address key
    );

    /// @notice The log's last anchor is as long or longer: logs only grow.
    error AuditLogNotLonger(uint16 member, bytes32 log, uint64 anchored, uint64 given);
    /// @notice A name, head or length of zero.
    error AuditAnchorInvalid(bytes32 log, bytes32 head, uint64 length);

    /// @notice Anchors the sender's own member's log. Any seat.
    /// @param log its name among the member's logs: the seat's name
    /// @param length above the last anchor's
    function anchor(bytes32 log, uint64 length, bytes32 head) external;

    /// @notice How many anchors a member's log has.
    function count(uint16 member, bytes32 log) external view returns (uint256);

    /// @notice A log's anchors from number `first` (0: the oldest) on, oldest first, at most `most`.
    function anchors(uint16 member, bytes32 log, uint256 first, uint256 most) external view returns (Anchor[] memory);

    /// @notice The newest anchor; all zero if there is none.
    function latest(uint16 member, bytes32 log) external view returns (Anchor memory);

    /// @notice The names of a member's logs, in the order of their first anchors.
    function logs(uint16 member) external view returns (bytes32[] memory);
}
