// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {ScheduleTest} from "./ScheduleTest.sol";

/// @notice Schedules from an independent model are accepted; any other rows are refused.
contract ScheduleFuzzTest is ScheduleTest {
    struct Case {
        uint64 principal;
        uint64 rateNano;
        uint8 dayCount;
        uint8 method;
        uint16 instalments;
        uint16 periodMonths;
        uint32 start;
        uint32 feeEach;
        uint32 feeOnce;
        uint8 shape; // first table, later tranche, lowered or shortened table
        uint16 first;
        uint16 daysInto;
        uint64 part;
    }

    function test_modelsOwnTableOfHalfEvenTiesAndMonthEnds() public pure {
        // By hand: 31 January plus one month is 28 February, plus two is 31 March; 29 February in 2028.
        uint256[] memory due = ScheduleModel.dueDays(20_484, 26, 1); // 2026-01-31
        vm.assertEq(due[0], 20_512); // 2026-02-28
        vm.assertEq(due[1], 20_543); // 2026-03-31
        vm.assertEq(due[24], 21_243); // 2028-02-29
    }

    /// @notice There is a schedule for all terms that `propose` admits, on every start day, and for every later table of theirs.
    function testFuzz_rightRowsAreAcceptedAndReadBack(Case memory c) public {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);

        address pointer = schedules.register(terms, segment, rows);

        vm.assertEq(keccak256(abi.encode(schedules.rows(pointer))), keccak256(abi.encode(rows)));
        bytes memory words;
        uint256 sum;
        for (uint256 i = 0; i < rows.length; ++i) {
            vm.assertEq(keccak256(abi.encode(schedules.row(pointer, i))), keccak256(abi.encode(rows[i])));
            words = abi.encodePacked(words, rows[i].dueDay, rows[i].principal, rows[i].interest, rows[i].fee);
            sum += rows[i].principal;
        }
        vm.assertEq(sum, segment.balance);
        vm.assertEq(pointer.codehash, keccak256(abi.encodePacked(bytes1(0), words)), "code hash commits to the rows");
        vm.assertEq(schedules.tableHash(rows), keccak256(words), "table hash commits to the rows");
    }

    /// @notice What the escrow's fields hold: interest below 2^72, fees below 2^40.
    function testFuzz_noTableOutgrowsTheLoansFields(Case memory c) public pure {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        uint256 interest;
        uint256 fees;
        for (uint256 i = 0; i < rows.length; ++i) {
            interest += rows[i].interest;
            fees += rows[i].fee;
        }
        vm.assertLt(interest, uint256(1) << 72);
        vm.assertLt(fees, uint256(1) << 40);
    }

    /// @notice One field of one row changed by one or by anything.
    function testFuzz_anyAlteredFieldIsRefused(Case memory c, uint256 at, uint8 field, uint72 change) public {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        at %= rows.length;
        change = change % 2 == 0 ? 1 : change;
        unchecked {
            if (field % 4 == 0) rows[at].dueDay += uint32(change) == 0 ? 1 : uint32(change);
            else if (field % 4 == 1) rows[at].principal += change;
            else if (field % 4 == 2) rows[at].interest += change;
            else rows[at].fee += change;
        }

        vm.expectRevert();
        schedules.verify(terms, segment, rows);
    }

    /// @notice Bits above a field's width don't hide in what is checked.
    function testFuzz_fieldsThatDontFitAreRefused(Case memory c, uint256 at, uint8 field, uint8 bit) public {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        bytes memory data = abi.encodeCall(schedules.verify, (terms, segment, rows));
        uint256 width = field % 4 == 0 ? 32 : field % 4 == 2 ? 80 : 72;
        uint256 mask = 1 << (width + bit % (256 - width));
        uint256 word = data.length - 128 * (rows.length - at % rows.length) + 32 * (field % 4);
        assembly {
            let place := add(add(data, 32), word)
            mstore(place, xor(mload(place), mask))
        }
        (bool ok,) = address(schedules).call(data);
        vm.assertFalse(ok);
    }

    /// @notice Money shifted between two rows keeps the sum right and must be refused all the same.
    function testFuzz_principalMovedBetweenRowsIsRefused(Case memory c, uint256 from, uint256 to, uint72 change)
        public
    {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        vm.assume(rows.length > 1);
        from %= rows.length;
        to = (from + 1 + to % (rows.length - 1)) % rows.length;
        while (rows[from].principal == 0) from = (from + 1) % rows.length;
        vm.assume(from != to);
        change = 1 + change % rows[from].principal;
        rows[from].principal -= change;
        rows[to].principal += change;

        vm.expectRevert();
        schedules.verify(terms, segment, rows);
    }

    /// @notice A consistent table for an instalment one unit too large or too small, or several, is not the smallest.
    function testFuzz_anotherInstalmentIsRefused(Case memory c, uint32 change, bool larger) public {
        c.method = uint8(Method.EqualInstalment);
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        vm.assume(rows.length > 1);
        uint256 at;
        while (rows[at].principal == 0) ++at;
        uint256 instalment = uint256(rows[at].principal) + rows[at].interest;
        if (larger) instalment += 1 + change % 3;
        else instalment -= ScheduleModel.min(instalment, 1 + change % 3);
        Row[] memory other =
            ScheduleModel.tableWith(terms, segment, ScheduleModel.periodsOf(terms, segment, rows.length), instalment);
        ScheduleModel.addFees(terms, segment, other);
        // A first row that repays all can't grow further.
        vm.assume(keccak256(abi.encode(other)) != keccak256(abi.encode(rows)));

        vm.expectRevert();
        schedules.verify(terms, segment, other);
    }

    function testFuzz_missingOrAdditionalRowIsRefused(Case memory c, bool additional) public {
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        Row[] memory other = new Row[](additional ? rows.length + 1 : rows.length - 1);
        for (uint256 i = 0; i < other.length && i < rows.length; ++i) {
            other[i] = rows[i];
        }
        if (additional) other[rows.length].dueDay = rows[rows.length - 1].dueDay + 31;

        vm.expectRevert();
        schedules.verify(terms, segment, other);
    }

    /// @notice Another payout day than the rows': its own rows differ, so these are refused.
    function testFuzz_rowsOfAnotherStartDayAreRefused(Case memory c, uint16 shift) public {
        c.shape = 0;
        (Terms memory terms, Segment memory segment) = caseOf(c);
        Row[] memory rows = ScheduleModel.rows(terms, segment);
        segment.start += 1 + uint32(shift);
        segment.anchor = segment.start;
        // The last days of a month may share clipped due days.
        vm.assume(keccak256(abi.encode(ScheduleModel.rows(terms, segment))) != keccak256(abi.encode(rows)));

        vm.expectRevert();
        schedules.verify(terms, segment, rows);
    }

    /// @notice A tranche's rows are added to those stored, whatever rows were paid or cut off before.
    function testFuzz_addedRowsAreTheSumRowByRow(Case memory c, Case memory d, uint16 skip) public {
        c.shape = 0;
        (Terms memory terms, Segment memory base) = caseOf(c);
        vm.assume(terms.schedule.method != uint8(Method.SinglePayment));
        d.shape = 1;
        Segment memory tranche = laterSegment(d, terms, base.anchor);
        uint16 offset = skip % (tranche.first + 1);
        base.first = offset;
        if (offset != 0) {
            base.start = uint32(ScheduleModel.dueDays(base.anchor, offset, terms.schedule.periodMonths)[offset - 1]);
        }
        Row[] memory stored = ScheduleModel.rows(terms, base);
        Row[] memory added = ScheduleModel.rows(terms, tranche);
        address before = schedules.register(terms, base, stored);

        address pointer = schedules.registerAdded(terms, tranche, added, before, offset);

        Row[] memory sum = schedules.rows(pointer);
        vm.assertEq(sum.length, stored.length);
        for (uint256 i = 0; i < sum.length; ++i) {
            Row memory expected = stored[i];
            if (i + offset >= tranche.first) {
                Row memory a = added[i + offset - tranche.first];
                vm.assertEq(a.dueDay, expected.dueDay);
                expected.principal += a.principal;
                expected.interest += a.interest;
                expected.fee += a.fee;
            }
            vm.assertEq(keccak256(abi.encode(sum[i])), keccak256(abi.encode(expected)));
        }
    }

    // ----------------------------------------------------------------------------------------------------------- the cases

    /// @notice Terms that `propose` admits, and a table that may arise from them.
    function caseOf(Case memory c) private pure returns (Terms memory terms, Segment memory segment) {
        terms = plainTerms();
        terms.schedule.method = c.method % 4;
        bool single = terms.schedule.method == uint8(Method.SinglePayment);
        terms.schedule.instalments = single ? 1 : 1 + c.instalments % (c.instalments % 7 == 0 ? 360 : 36);
        terms.schedule.periodMonths = 1 + c.periodMonths % (single ? 360 : 12);
        terms.pricing.dayCount = c.dayCount % 5;
        uint256 months = uint256(terms.schedule.instalments) * terms.schedule.periodMonths;
        uint256 most = (terms.schedule.method == uint8(Method.EqualInstalment) ? 36e9 : 1200e9) / months;
        if (most > 100e9) most = 100e9;
        terms.pricing.rateNano = uint64(c.rateNano % 3 == 0 ? most : c.rateNano % (most + 1));
        // Small amounts are where rounding is hardest.
        terms.principal = c.principal % 3 == 0 ? 1 + c.principal % 1000 : c.principal;
        if (terms.principal == 0) terms.principal = type(uint64).max;
        terms.schedule.firstTranche = terms.principal;
        terms.fees = new Fee[](2);
        terms.fees[0] = Fee(uint8(FeeKind.EachInstalment), address(1), 1 + c.feeEach % 1e9);
        terms.fees[1] = Fee(uint8(FeeKind.FirstInstalment), address(2), 1 + uint128(c.feeOnce));
        uint32 start = 10_000 + c.start % 40_000;
        segment = c.shape % 4 == 0 ? ScheduleModel.firstSegment(terms, start) : laterSegment(c, terms, start);
    }

    /// @notice A tranche (shape 1), or what an early repayment leaves: lowered (2) or kept at the level it had (3).
    function laterSegment(Case memory c, Terms memory terms, uint32 anchor) private pure returns (Segment memory s) {
        s.anchor = anchor;
        s.first = c.first % terms.schedule.instalments;
        uint256 due = ScheduleModel.dueDays(anchor, s.first + 1, terms.schedule.periodMonths)[s.first];
        // Sometimes paid ahead: the first period is longer than one of the grid.
        uint256 past = due - anchor;
        s.start = uint32(due - 1 - c.daysInto % ScheduleModel.min(past, c.daysInto % 5 == 0 ? 2000 : 31));
        s.balance = 1 + c.part % terms.principal;
        s.fees = c.shape % 4 != 1;
        bool levels = terms.schedule.method == uint8(Method.EqualInstalment)
            || terms.schedule.method == uint8(Method.EqualPrincipal);
        if (c.shape % 4 == 3 && levels) {
            // The level of the whole table of the principal; what is left of it is less.
            Segment memory whole = ScheduleModel.firstSegment(terms, anchor);
            whole.fees = false;
            Row memory first = ScheduleModel.rows(terms, whole)[0];
            s.level = first.principal;
            if (terms.schedule.method == uint8(Method.EqualInstalment)) s.level += first.interest;
            if (s.level == 0) s.level = 1;
            // With parts of nothing a table would not end within what code can hold.
            if (s.level < s.balance / 300) s.level = s.balance / 300;
        }
    }
}
