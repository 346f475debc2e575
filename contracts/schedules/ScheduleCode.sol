// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {Row} from "./IRepaymentSchedules.sol";

/// @title Schedules as immutable code: a STOP byte, then one 32-byte word for each row:
/// dueDay (4 bytes) | principal (14) | interest (14). The code's hash commits to all rows.
library ScheduleCode {
    function write(Row[] calldata given) internal returns (address pointer) {
        bytes32[] memory words = new bytes32[](given.length);
        for (uint256 i = 0; i < given.length; ++i) {
            words[i] = bytes32(uint256(given[i].dueDay) << 224 | uint256(given[i].principal) << 112 | given[i].interest);
        }
        return SSTORE2.write(abi.encodePacked(words));
    }

    /// @dev Copies only the one row's word. Gives zeros beyond the last row: callers know the number of rows.
    function row(address pointer, uint256 index) internal view returns (Row memory) {
        uint256 word;
        assembly ("memory-safe") {
            extcodecopy(pointer, 0, add(1, mul(index, 32)), 32)
            word := mload(0)
        }
        return unpack(word);
    }

    function rows(address pointer) internal view returns (Row[] memory all) {
        bytes memory words = SSTORE2.read(pointer);
        all = new Row[](words.length / 32);
        for (uint256 i = 0; i < all.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(words, 32), mul(i, 32)))
            }
            all[i] = unpack(word);
        }
    }

    function unpack(uint256 word) internal pure returns (Row memory) {
        // Each cast drops the fields above on purpose.
        // forge-lint: disable-next-item(unsafe-typecast)
        return Row({dueDay: uint32(word >> 224), principal: uint112(word >> 112), interest: uint112(word)});
    }
}
