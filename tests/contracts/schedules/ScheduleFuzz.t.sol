// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";

/// @notice Schedules from an independent model are accepted; any other rows are refused.
contract ScheduleFuzzTest is LedgerTest {
    struct Case {
        uint96 principal;
        uint64 rateNano;
        uint8 dayCount;
        uint8 method;
        uint16 instalments;
        uint16 periodMonths;
        uint32 start;
    }

    function test_modelsOwnTableOfHalfEvenTiesAndMonthEnds() public view {
        // By hand: 31 January plus one month is 28 February, plus two is 31 March; 29 February in 2028.
        uint256[] memory due = ScheduleModel.dueDays(20_484, 26, 1); // 2026-01-31
        vm.assertEq(due[0], 20_512); // 2026-02-28
        vm.assertEq(due[1], 20_543); // 2026-03-31
        vm.assertEq(due[24], 21_243); // 2028-02-29
    }

    function testFuzz_rightRowsAreAcceptedAndReadBack(Case memory c) public {
        (Terms memory terms, uint32 start) = termsOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, start);

        address pointer = schedules.register(terms, start, rows);

        vm.assertEq(keccak256(abi.encode(schedules.rows(pointer))), keccak256(abi.encode(rows)));
        bytes memory words;
        uint256 sum;
        for (uint256 i = 0; i < rows.length; ++i) {
            vm.assertEq(keccak256(abi.encode(schedules.row(pointer, i))), keccak256(abi.encode(rows[i])));
            words = abi.encodePacked(words, rows[i].dueDay, rows[i].principal, rows[i].interest);
            sum += rows[i].principal;
        }
        vm.assertEq(sum, terms.principal);
        vm.assertEq(pointer.codehash, keccak256(abi.encodePacked(bytes1(0), words)), "code hash commits to the rows");
    }

    /// @notice One field of one row changed by one or by anything.
    function testFuzz_anyAlteredFieldIsRefused(Case memory c, uint256 at, uint8 field, uint112 change) public {
        (Terms memory terms, uint32 start) = termsOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        at %= rows.length;
        change = change % 2 == 0 ? 1 : change;
        unchecked {
            if (field % 3 == 0) rows[at].dueDay += uint32(change) == 0 ? 1 : uint32(change);
            else if (field % 3 == 1) rows[at].principal += change;
            else rows[at].interest += change;
        }

        vm.expectRevert();
        schedules.verify(terms, start, rows);
    }

    /// @notice Money shifted between two rows keeps the sum right and must be refused all the same.
    function testFuzz_principalMovedBetweenRowsIsRefused(Case memory c, uint256 from, uint256 to, uint112 change)
        public
    {
        (Terms memory terms, uint32 start) = termsOf(c);
        vm.assume(terms.schedule.instalments > 1);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        from %= rows.length;
        to = (from + 1 + to % (rows.length - 1)) % rows.length;
        vm.assume(rows[from].principal != 0);
        change = 1 + change % rows[from].principal;
        rows[from].principal -= change;
        rows[to].principal += change;

        vm.expectRevert();
        schedules.verify(terms, start, rows);
    }

    /// @notice A consistent table for an instalment one unit too large, or several, is not the smallest.
    function testFuzz_largerInstalmentIsRefused(Case memory c, uint32 extra) public {
        c.method = uint8(Method.EqualInstalment);
        (Terms memory terms, uint32 start) = termsOf(c);
        vm.assume(terms.schedule.instalments > 1);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        uint256 instalment = uint256(rows[0].principal) + rows[0].interest + 1 + extra % 3;
        Row[] memory larger = tableWith(terms, start, instalment);
        // A first row that repays all can't grow further.
        vm.assume(keccak256(abi.encode(larger)) != keccak256(abi.encode(rows)));

        vm.expectRevert();
        schedules.verify(terms, start, larger);
    }

    function testFuzz_missingOrAdditionalRowIsRefused(Case memory c, bool additional) public {
        (Terms memory terms, uint32 start) = termsOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        Row[] memory other = new Row[](additional ? rows.length + 1 : rows.length - 1);
        for (uint256 i = 0; i < other.length && i < rows.length; ++i) {
            other[i] = rows[i];
        }

        vm.expectRevert();
        schedules.verify(terms, start, other);
    }

    function testFuzz_anotherStartDayIsRefused(Case memory c, uint16 shift) public {
        (Terms memory terms, uint32 start) = termsOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, start);
        uint32 other = start + 1 + shift;
        // The last days of a month may share clipped due days.
        vm.assume(ScheduleModel.dueDays(other, 1, terms.schedule.periodMonths)[0] != rows[0].dueDay);

        vm.expectRevert();
        schedules.verify(terms, other, rows);
    }

    /// @notice Terms that `propose` admits: a schedule exists for every day of payout.
    function termsOf(Case memory c) private returns (Terms memory terms, uint32 start) {
        terms = baseTerms();
        terms.schedule.method = c.method % 2;
        terms.schedule.instalments = 1 + c.instalments % (c.instalments % 7 == 0 ? 360 : 36);
        terms.schedule.periodMonths = 1 + c.periodMonths % 12;
        terms.pricing.dayCount = c.dayCount % 3;
        terms.pricing.rateNano = c.rateNano % 1e9;
        uint256 months = uint256(terms.schedule.instalments) * terms.schedule.periodMonths;
        if (terms.pricing.rateNano * months > 36e9) terms.pricing.rateNano = uint64(36e9 / months);
        // Small amounts are where rounding is hardest.
        terms.principal = 1 + (c.principal % 3 == 0 ? c.principal % 1000 : uint128(c.principal));
        if (terms.principal > type(uint96).max) terms.principal = type(uint96).max;
        start = 10_000 + c.start % 40_000;
    }

    function tableWith(Terms memory terms, uint32 start, uint256 instalment) private pure returns (Row[] memory rows) {
        uint256 count = terms.schedule.instalments;
        uint256[] memory due = ScheduleModel.dueDays(start, count, terms.schedule.periodMonths);
        rows = new Row[](count);
        uint256 balance = terms.principal;
        for (uint256 i = 0; i < count; ++i) {
            uint256 interest = ScheduleModel.interestOf(terms, balance, i == 0 ? start : due[i - 1], due[i]);
            uint256 principal = i == count - 1 || instalment - interest > balance ? balance : instalment - interest;
            rows[i] = Row(uint32(due[i]), uint112(principal), uint112(interest));
            balance -= principal;
        }
    }
}
