// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {ICustodyToken} from "../escrow/ICustodyToken.sol";
import {ICalendar} from "./ICalendar.sol";

/// @title See ICalendar.
contract Calendar is ICalendar, SeatGuard {
    /// @dev China has one time zone, UTC+8, without daylight saving time.
    uint256 private constant LOCAL_OFFSET = 8 hours;

    ICustodyToken public immutable token;

    // One slot.
    /// @inheritdoc ICalendar
    uint32 public businessDate;
    /// @inheritdoc ICalendar
    bool public simulated;
    /// @notice Members that voted to end simulated mode.
    uint16 public votes;

    mapping(uint16 member => bool) private _voted;

    constructor(IConsortium consortium_, ICustodyToken token_, uint32 startDay, bool simulated_)
        SeatGuard(consortium_)
    {
        token = token_;
        businessDate = startDay;
        simulated = simulated_;
    }

    /// @inheritdoc ICalendar
    function closeDay(uint32 through, bytes32 statementHash) external onlyBank {
        uint32 today = businessDate;
        require(through >= today, CalendarDayClosed(through, today));
        (uint32 attestedThrough, bytes32 attestedHash, uint128 attestedSupply) = token.attestation();
        require(
            attestedThrough == through && attestedHash == statementHash, CalendarNotAttested(through, statementHash)
        );
        // What was credited or debited since is not in the statement's balance.
        uint256 supply = token.totalSupply();
        require(supply == attestedSupply, CalendarSupplyMoved(attestedSupply, supply));

        uint32 next = through + 1;
        if (!simulated) {
            // The only use of block time: an upper bound, never an amount. Miners can shift it by seconds, not by days.
            uint32 localDate = uint32((block.timestamp + LOCAL_OFFSET) / 1 days);
            require(next <= localDate, CalendarAheadOfTime(next, localDate));
        }

        businessDate = next;

        emit DayClosed(through, next, statementHash);
    }

    /// @inheritdoc ICalendar
    function voteEndSimulation() external {
        uint16 member = _requireSeat(ANY_SEAT);
        require(simulated, CalendarNotSimulated());
        require(!_voted[member], CalendarAlreadyVoted(member));

        _voted[member] = true;
        uint16 count = ++votes;
        bool ended = uint256(count) * 2 > _voters();
        if (ended) simulated = false;

        emit SimulationVote(member, count);
        if (ended) emit SimulationEnded();
    }

    /// @dev Observers hold no vote, so they don't count against one. Members are few, and none is admitted after deployment.
    function _voters() private view returns (uint256 voters) {
        uint16 members = consortium.memberCount();
        for (uint16 number = 1; number <= members; ++number) {
            if (ANY_SEAT & (uint256(1) << uint256(consortium.member(number).role)) != 0) ++voters;
        }
    }
}
