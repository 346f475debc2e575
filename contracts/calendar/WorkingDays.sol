// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IWorkingDays} from "./IWorkingDays.sol";

/// @title See IWorkingDays.
contract WorkingDays is IWorkingDays, SeatGuard {
    uint32 public constant MAX_LENGTH = 800;

    /// @dev One slot.
    struct Published {
        uint32 from;
        uint32 through;
        uint32 version;
    }

    mapping(uint16 calendar => Published) private _published;
    /// @dev Word n holds days 256 * n to 256 * n + 255, the first in the lowest bit; set within what is published only.
    mapping(uint16 calendar => mapping(uint256 word => uint256 days_)) private _closed;

    constructor(IConsortium consortium_) SeatGuard(consortium_) {}

    /// @inheritdoc IWorkingDays
    function publish(uint16 calendar, uint32 from, uint32 length, uint256[] calldata closed) external {
        // A key's limit is for money.
        // slither-disable-next-line unused-return
        (, uint32 today,) = _requireSeat(REGULATOR, Scope.Supervise);
        require(calendar != 0, WorkingDaysUnknown(calendar));
        require(
            length != 0 && length <= MAX_LENGTH && closed.length == (length + 255) / 256,
            WorkingDaysLength(calendar, length, closed.length)
        );
        Published memory p = _published[calendar];
        if (p.version == 0) {
            // Days far ahead would leave a gap that nothing can fill any more.
            require(from <= today + MAX_LENGTH, WorkingDaysRange(calendar, from, today));
            p.from = from;
        } else {
            uint32 next = p.through + 1;
            uint32 expected = next > today ? next : today + 1;
            require(from == expected, WorkingDaysRange(calendar, from, expected));
            // What was not published in time stays as it was taken to be.
            _closeWeekends(calendar, next, from - 1);
        }

        p.through = from + length - 1;
        ++p.version;
        _published[calendar] = p;
        _close(calendar, from, length, closed);

        emit WorkingDaysPublished(calendar, from, p.through, p.version);
    }

    /// @inheritdoc IWorkingDays
    function payableBy(uint16 calendar, uint32 day) external view returns (uint32) {
        if (calendar == 0) return day;
        Published memory p = _known(calendar);
        // Holidays are short.
        while (_isClosed(p, calendar, day)) ++day;
        return day;
    }

    /// @inheritdoc IWorkingDays
    function isWorkingDay(uint16 calendar, uint32 day) external view returns (bool) {
        if (calendar == 0) return true;
        Published memory p = _known(calendar);
        return !_isClosed(p, calendar, day);
    }

    /// @inheritdoc IWorkingDays
    function published(uint16 calendar) external view returns (uint32 from, uint32 through, uint32 version) {
        Published memory p = _published[calendar];
        return (p.from, p.through, p.version);
    }

    function _known(uint16 calendar) private view returns (Published memory p) {
        p = _published[calendar];
        require(p.version != 0, WorkingDaysUnknown(calendar));
    }

    function _isClosed(Published memory p, uint16 calendar, uint256 day) private view returns (bool) {
        if (day < p.from || day > p.through) return _isWeekend(day);
        return _closed[calendar][day / 256] >> (day % 256) & 1 != 0;
    }

    /// @dev 1970-01-01 was a Thursday.
    function _isWeekend(uint256 day) private pure returns (bool) {
        return (day + 3) % 7 >= 5;
    }

    /// @dev Moves the bits given from day `from` to the words they belong to. What is published is never published again, so the
    /// bits were zeros.
    function _close(uint16 calendar, uint256 from, uint256 length, uint256[] calldata closed) private {
        mapping(uint256 word => uint256) storage words = _closed[calendar];
        uint256 shift = from % 256;
        for (uint256 i = 0; i < closed.length; ++i) {
            uint256 bits = closed[i];
            uint256 left = length - 256 * i;
            // Bits beyond the last day mean nothing.
            if (left < 256) bits &= (uint256(1) << left) - 1;
            uint256 word = from / 256 + i;
            words[word] |= bits << shift;
            uint256 rest = shift == 0 ? 0 : bits >> (256 - shift);
            if (rest != 0) words[word + 1] |= rest;
        }
    }

    /// @dev Days `from` to `through` by the rule for what is not published.
    function _closeWeekends(uint16 calendar, uint256 from, uint256 through) private {
        mapping(uint256 word => uint256) storage words = _closed[calendar];
        uint256 day = from;
        while (day <= through) {
            uint256 word = day / 256;
            uint256 bits = 0;
            for (; day <= through && day / 256 == word; ++day) {
                if (_isWeekend(day)) bits |= uint256(1) << (day % 256);
            }
            words[word] |= bits;
        }
    }
}
