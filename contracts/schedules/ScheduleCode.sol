// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {Row} from "./IRepaymentSchedules.sol";

/// @title Schedules as immutable code: a STOP byte, then one 32-byte word for each row:
/// dueDay (4 bytes) | principal (9) | interest (10) | fee (9). The code's hash commits to all rows.
library ScheduleCode {
    uint256 internal constant DUE_DAY_SHIFT = 224;
    uint256 internal constant PRINCIPAL_SHIFT = 152;
    uint256 internal constant INTEREST_SHIFT = 72;

    /// @param words rows as `pack` gives them
    function write(bytes memory words) internal returns (address pointer) {
        return SSTORE2.write(words);
    }

    /// @notice The rows' words, one after the other. Rows that come as call data have been checked to fit their fields.
    function pack(Row[] calldata given) internal pure returns (bytes memory words) {
        words = new bytes(given.length * 32);
        for (uint256 i = 0; i < given.length; ++i) {
            Row calldata r = given[i];
            put(words, i, packed(r.dueDay, r.principal, r.interest, r.fee));
        }
    }

    function packed(uint32 dueDay, uint72 principal, uint80 interest, uint72 fee) internal pure returns (uint256) {
        return uint256(dueDay) << DUE_DAY_SHIFT | uint256(principal) << PRINCIPAL_SHIFT | uint256(interest)
            << INTEREST_SHIFT | fee;
    }

    /// @dev Writes word `index`; the caller keeps it within `words`.
    function put(bytes memory words, uint256 index, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(words, 32), mul(index, 32)), word)
        }
    }

    /// @dev Copies only the one row's word. Gives zeros beyond the last row: callers know the number of rows.
    function row(address pointer, uint256 index) internal view returns (Row memory) {
        return unpack(wordAt(pointer, index));
    }

    /// @notice The fields of row `index` on the stack: what reading one row costs least.
    /// @dev Zeros beyond the last row, as `row`.
    function fields(address pointer, uint256 index)
        internal
        view
        returns (uint256 dueDay, uint256 principal, uint256 interest, uint256 fee)
    {
        uint256 word = wordAt(pointer, index);
        dueDay = word >> DUE_DAY_SHIFT;
        principal = word >> PRINCIPAL_SHIFT & type(uint72).max;
        interest = word >> INTEREST_SHIFT & type(uint80).max;
        fee = word & type(uint72).max;
    }

    function wordAt(address pointer, uint256 index) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            // Scratch space is cleared by the copy itself: code that isn't there reads as zeros.
            extcodecopy(pointer, 0, add(1, mul(index, 32)), 32)
            word := mload(0)
        }
    }

    function rows(address pointer) internal view returns (Row[] memory all) {
        bytes memory words = SSTORE2.read(pointer);
        all = new Row[](words.length / 32);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = unpack(get(words, i));
        }
    }

    /// @dev Word `index`; the caller keeps it within `words`.
    function get(bytes memory words, uint256 index) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(words, 32), mul(index, 32)))
        }
    }

    function unpack(uint256 word) internal pure returns (Row memory) {
        // Each cast drops the fields above on purpose.
        // forge-lint: disable-next-item(unsafe-typecast)
        return Row({
            dueDay: uint32(word >> DUE_DAY_SHIFT),
            principal: uint72(word >> PRINCIPAL_SHIFT),
            interest: uint80(word >> INTEREST_SHIFT),
            fee: uint72(word)
        });
    }
}
