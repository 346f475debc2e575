// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IAuditAnchors} from "./IAuditAnchors.sol";

/// @title See IAuditAnchors.
contract AuditAnchors is IAuditAnchors, SeatGuard {
    /// @dev Two slots each: the head; length, business date, block and time.
    /// Written through a storage pointer only.
    // slither-disable-next-line uninitialized-state
    mapping(uint16 member => mapping(bytes32 log => Anchor[])) private _anchors;
    mapping(uint16 member => bytes32[]) private _logs;

    constructor(IConsortium consortium_) SeatGuard(consortium_) {}

    /// @inheritdoc IAuditAnchors
    function anchor(bytes32 log, uint64 length, bytes32 head) external {
        (uint16 member, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Document);
        require(log != 0 && head != 0 && length != 0, AuditAnchorInvalid(log, head, length));
        Anchor[] storage known = _anchors[member][log];
        uint256 last = known.length;
        uint64 anchored = last == 0 ? 0 : known[last - 1].length;
        require(length > anchored, AuditLogNotLonger(member, log, anchored, length));

        known.push(Anchor(head, length, today, uint64(block.number), uint64(block.timestamp)));
        if (last == 0) _logs[member].push(log);

        emit AuditAnchored(member, log, length, head, today, msg.sender);
    }

    /// @inheritdoc IAuditAnchors
    function count(uint16 member, bytes32 log) external view returns (uint256) {
        return _anchors[member][log].length;
    }

    /// @inheritdoc IAuditAnchors
    function anchors(uint16 member, bytes32 log, uint256 first, uint256 most)
        external
        view
        returns (Anchor[] memory found)
    {
        Anchor[] storage known = _anchors[member][log];
        uint256 left = first < known.length ? known.length - first : 0;
        found = new Anchor[](left < most ? left : most);
        for (uint256 i = 0; i < found.length; ++i) {
            found[i] = known[first + i];
        }
    }

    /// @inheritdoc IAuditAnchors
    function latest(uint16 member, bytes32 log) external view returns (Anchor memory found) {
        Anchor[] storage known = _anchors[member][log];
        if (known.length != 0) found = known[known.length - 1];
    }

    /// @inheritdoc IAuditAnchors
    function logs(uint16 member) external view returns (bytes32[] memory) {
        return _logs[member];
    }
}
