// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Method, Terms} from "../agreements/Terms.sol";
import {IRepaymentSchedules, Row} from "./IRepaymentSchedules.sol";
import {ScheduleCode} from "./ScheduleCode.sol";
import {ScheduleMath} from "./ScheduleMath.sol";

/// @title See IRepaymentSchedules.
contract RepaymentSchedules is IRepaymentSchedules {
    /// @dev What one period needs, worked out once.
    struct Rule {
        uint256 principal;
        uint256 rateNano;
        DayCount dayCount;
        uint256 count;
        uint256 months;
        uint256 start;
    }

    /// @inheritdoc IRepaymentSchedules
    function register(Terms calldata terms, uint32 start, Row[] calldata given) external returns (address pointer) {
        verify(terms, start, given);
        return ScheduleCode.write(given);
    }

    /// @inheritdoc IRepaymentSchedules
    function row(address pointer, uint256 index) external view returns (Row memory) {
        return ScheduleCode.row(pointer, index);
    }

    /// @inheritdoc IRepaymentSchedules
    function rows(address pointer) external view returns (Row[] memory) {
        return ScheduleCode.rows(pointer);
    }

    /// @inheritdoc IRepaymentSchedules
    function verify(Terms calldata terms, uint32 start, Row[] calldata given) public pure {
        Rule memory rule = Rule({
            principal: terms.principal,
            rateNano: terms.pricing.rateNano,
            dayCount: DayCount(terms.pricing.dayCount),
            count: terms.schedule.instalments,
            months: terms.schedule.periodMonths,
            start: start
        });
        require(given.length == rule.count && rule.count != 0, ScheduleRowCount(given.length, rule.count));

        if (Method(terms.schedule.method) == Method.EqualInstalment) _verifyEqualInstalment(rule, given);
        else _verifyInterestOnly(rule, given);
    }

    /// @dev Rows are right if each follows from the one before with instalment E, and E is the smallest that works. What is left
    /// for the last instalment falls as E rises (each rounding is monotone), so it is enough that E works and E - 1 does not.
    /// The first row always shows E whole: principal and first interest together are an instalment that works.
    function _verifyEqualInstalment(Rule memory rule, Row[] calldata given) private pure {
        uint256 last = rule.count - 1;
        uint256 instalment = uint256(given[0].principal) + given[0].interest;
        require(instalment != 0, ScheduleInstalmentNotSmallest(0));
        uint256 balance = rule.principal;
        uint256 smaller = rule.principal; // the balance as it would run with E - 1
        uint256 from = rule.start;

        for (uint256 i = 0; i < last; ++i) {
            uint256 due = ScheduleMath.dueDay(rule.start, (i + 1) * rule.months);
            uint256 interest = _checkDayAndInterest(rule, given[i], i, from, due, balance);
            require(instalment >= interest, ScheduleNegativeAmortisation(i, instalment, interest));
            // Small amounts may be repaid before the last row; then nothing is left for it.
            uint256 principal = _min(instalment - interest, balance);
            require(given[i].principal == principal, SchedulePrincipal(i, given[i].principal, principal));

            smaller += _interest(rule, smaller, from, due);
            smaller -= _min(instalment - 1, smaller);
            balance -= principal;
            from = due;
        }
        uint256 lastDue = ScheduleMath.dueDay(rule.start, rule.count * rule.months);
        uint256 lastInterest = _checkDayAndInterest(rule, given[last], last, from, lastDue, balance);
        require(
            given[last].principal == balance,
            SchedulePrincipalSum(rule.principal - balance + given[last].principal, rule.principal)
        );
        smaller += _interest(rule, smaller, from, lastDue);
        require(
            balance + lastInterest <= instalment && smaller > instalment - 1, ScheduleInstalmentNotSmallest(instalment)
        );
    }

    function _verifyInterestOnly(Rule memory rule, Row[] calldata given) private pure {
        uint256 last = rule.count - 1;
        uint256 from = rule.start;

        for (uint256 i = 0; i < rule.count; ++i) {
            uint256 due = ScheduleMath.dueDay(rule.start, (i + 1) * rule.months);
            _checkDayAndInterest(rule, given[i], i, from, due, rule.principal);
            uint256 expected = i == last ? rule.principal : 0;
            require(given[i].principal == expected, SchedulePrincipal(i, given[i].principal, expected));
            from = due;
        }
    }

    function _checkDayAndInterest(
        Rule memory rule,
        Row calldata given,
        uint256 index,
        uint256 from,
        uint256 due,
        uint256 balance
    ) private pure returns (uint256 interest) {
        // Only an error's value is cut, for days beyond the year 11 million.
        // forge-lint: disable-next-line(unsafe-typecast)
        require(given.dueDay == due, ScheduleDueDay(index, given.dueDay, uint32(due)));
        interest = _interest(rule, balance, from, due);
        require(given.interest == interest, ScheduleInterest(index, given.interest, interest));
    }

    function _interest(Rule memory rule, uint256 balance, uint256 from, uint256 due) private pure returns (uint256) {
        (uint256 numerator, uint256 denominator) = ScheduleMath.yearFraction(rule.dayCount, rule.months, due - from);
        return ScheduleMath.interest(balance, rule.rateNano, numerator, denominator);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
