// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Row} from "../schedules/IRepaymentSchedules.sol";
import {ScheduleCode} from "../schedules/ScheduleCode.sol";

/// @title Where a table of rows stands.
library RunningTable {
    /// @notice The first row with something to pay: rows with nothing to pay count as paid.
    function firstToPay(Row[] calldata rows) internal pure returns (uint16 index) {
        while (index < rows.length && rows[index].principal == 0 && rows[index].interest == 0 && rows[index].fee == 0) {
            ++index;
        }
    }

    /// @notice The first row that nothing has been paid towards and that is due after `day`; `rows` if there is none.
    /// @param schedule code that holds the rows from index `offset` on
    /// @param next first row not fully paid
    /// @param fee, interest, principal paid towards rows from `next` on, each meeting the oldest first
    function firstUntouched(
        address schedule,
        uint256 offset,
        uint256 rows,
        uint256 next,
        uint256 day,
        uint256 fee,
        uint256 interest,
        uint256 principal
    ) internal view returns (uint256 index) {
        for (index = next; index < rows; ++index) {
            Row memory row = ScheduleCode.row(schedule, index - offset);
            if (fee == 0 && interest == 0 && principal == 0 && row.dueDay > day) return index;
            fee = fee > row.fee ? fee - row.fee : 0;
            interest = interest > row.interest ? interest - row.interest : 0;
            principal = principal > row.principal ? principal - row.principal : 0;
        }
    }
}
