// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Role, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {ICustodyToken} from "../escrow/ICustodyToken.sol";
import {ICalendar} from "./ICalendar.sol";

/// @title See ICalendar.
contract Calendar is ICalendar, SeatGuard {
    /// @dev China has one time zone, UTC+8, without daylight saving time.
    uint256 private constant LOCAL_OFFSET = 8 hours;

    ICustodyToken public immutable token;

    /// @notice Real days after a closing from which others may close in the bank's place.
    uint256 public constant SILENT_DAYS = 3;

    // One slot.
    /// @inheritdoc ICalendar
    uint32 public businessDate;
    /// @inheritdoc ICalendar
    bool public simulated;
    /// @notice Members that voted to end simulated mode.
    uint16 public votes;
    /// @notice Block time of the last closing, or of the deployment.
    uint64 public closedAt;

    mapping(uint16 member => bool) private _voted;
    /// @dev Votes count for one day to close while one business date stands.
    mapping(uint32 businessDate => mapping(uint32 through => uint16)) private _substituteVotes;
    mapping(uint32 businessDate => mapping(uint32 through => mapping(uint16 member => bool))) private _votedInstead;

    constructor(IConsortium consortium_, ICustodyToken token_, uint32 startDay, bool simulated_)
        SeatGuard(consortium_)
    {
        token = token_;
        businessDate = startDay;
        simulated = simulated_;
        closedAt = uint64(block.timestamp);
    }

    /// @inheritdoc ICalendar
    function closeDay(uint32 through, bytes32 statementHash) external onlyBank(Scope.Attest) {
        uint32 today = businessDate;
        require(through >= today, CalendarDayClosed(through, today));
        (uint32 attestedThrough, bytes32 attestedHash, uint128 attestedSupply) = token.attestation();
        require(
            attestedThrough == through && attestedHash == statementHash, CalendarNotAttested(through, statementHash)
        );
        // What was credited or debited since is not in the statement's balance.
        uint256 supply = token.totalSupply();
        require(supply == attestedSupply, CalendarSupplyMoved(attestedSupply, supply));
        if (!simulated) _requireNotAhead(through);

        _close(through);

        emit DayClosed(through, through + 1, statementHash);
    }

    /// @inheritdoc ICalendar
    function closeDayInstead(uint32 through) external {
        (uint16 member, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Vote);
        require(through >= today, CalendarDayClosed(through, today));
        uint256 silentFrom = closedAt + SILENT_DAYS * 1 days;
        // Miners can shift block time by seconds, not by days.
        // forge-lint: disable-next-line(block-timestamp)
        require(block.timestamp >= silentFrom, CalendarBankNotSilent(closedAt, silentFrom));
        _requireNotAhead(through);

        if (consortium.keyOf(msg.sender).role != Role.Regulator) {
            require(!_votedInstead[today][through][member], CalendarAlreadyVoted(member));
            _votedInstead[today][through][member] = true;
            uint16 count = ++_substituteVotes[today][through];
            emit SubstituteVote(through, member, count);
            if (uint256(count) * 2 <= _voters()) return;
        }
        _close(through);

        emit DayClosedInstead(through, through + 1, msg.sender);
    }

    /// @inheritdoc ICalendar
    function voteEndSimulation() external {
        (uint16 member,,) = _requireSeat(ANY_SEAT, Scope.Vote);
        require(simulated, CalendarNotSimulated());
        require(!_voted[member], CalendarAlreadyVoted(member));

        _voted[member] = true;
        uint16 count = ++votes;
        bool ended = uint256(count) * 2 > _voters();
        if (ended) simulated = false;

        emit SimulationVote(member, count);
        if (ended) emit SimulationEnded();
    }

    function _close(uint32 through) private {
        businessDate = through + 1;
        closedAt = uint64(block.timestamp);

        consortium.setBusinessDate(through + 1);
    }

    /// @dev Block time is an upper bound here, never an amount. Miners can shift it by seconds, not by days.
    function _requireNotAhead(uint32 through) private view {
        uint32 next = through + 1;
        uint32 localDate = uint32((block.timestamp + LOCAL_OFFSET) / 1 days);
        require(next <= localDate, CalendarAheadOfTime(next, localDate));
    }

    /// @dev Observers hold no vote, so they don't count against one. Members are few, and none is admitted after deployment.
    function _voters() private view returns (uint256 voters) {
        uint16 members = consortium.memberCount();
        for (uint16 number = 1; number <= members; ++number) {
            if (ANY_SEAT & (uint256(1) << uint256(consortium.member(number).role)) != 0) ++voters;
        }
    }
}
