// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {
    ContractText,
    DayCount,
    Fee,
    Method,
    PaymentRule,
    Pricing,
    ScheduleRule,
    Terms
} from "../../../contracts/agreements/Terms.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {RepaymentSchedules} from "../../../contracts/schedules/RepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";

/// @notice Schedules need no ledger around them.
abstract contract ScheduleTest {
    uint32 internal constant START = 20_454; // 2026-01-01

    RepaymentSchedules internal schedules = new RepaymentSchedules();

    /// @notice 5,000.00 yuan, 6 monthly equal instalments, 5 % a year.
    function plainTerms() internal pure returns (Terms memory terms) {
        terms.version = 1;
        terms.currency = "CNY";
        terms.principal = 500_000;
        terms.pricing.rateNano = 0.05e9;
        terms.schedule.instalments = 6;
        terms.schedule.periodMonths = 1;
        terms.schedule.firstTranche = 500_000;
    }

    function verify(Terms memory terms, uint32 start, Row[] memory rows) internal view {
        schedules.verify(terms, ScheduleModel.firstSegment(terms, start), rows);
    }

    function refused(Terms memory terms, Segment memory segment, Row[] memory rows, bytes memory error) internal {
        vm.expectRevert(error);
        schedules.verify(terms, segment, rows);
    }

    function refused(Terms memory terms, Row[] memory rows, bytes memory error) internal {
        refused(terms, ScheduleModel.firstSegment(terms, START), rows, error);
    }
}
