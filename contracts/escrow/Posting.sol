// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PenaltyBase} from "../agreements/Terms.sol";
import {ScheduleCode} from "../schedules/ScheduleCode.sol";
import {ScheduleMath} from "../schedules/ScheduleMath.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Entry, Posted, State, Table} from "./ILoanEscrow.sol";

/// @title How payments are used, and undone exactly. The rules are docs/payments.
/// @dev A loan's books are read into memory once, worked on, and written back once. Amounts: rows hold at most 2^82, sums of a loan's
/// rows stay below 2^90, and whatever is added to them is checked to fit 64 bits where it enters or is written back; so nothing
/// here overflows 256 bits, and what falls below zero is checked.
abstract contract Posting is EscrowBase {
    using SafeCast for uint256;

    // What is compared are a loan's own books, which nobody can change from outside.
    // slither-disable-start incorrect-equality

    struct Books {
        uint256 slot0; // as it was read
        uint256 flags;
        uint256 nextRow;
        uint256 rows;
        uint256 lastValueDate;
        uint256 interest;
        uint256 outstanding;
        uint256 aheadFee;
        uint256 aheadInterest;
        uint256 aheadPrincipal;
        address schedule;
        uint256 offset;
        uint256 start;
        uint256 penaltyDue;
        uint256 fees;
        uint256 overpaid;
        uint256 bankClaim;
    }

    // Places in slot 0, see `LoanSlots`.
    uint256 private constant PLATFORM_AT = 16;
    uint256 private constant ROWS_AT = 32;
    uint256 private constant NEXT_ROW_AT = 48;
    uint256 private constant LAST_VALUE_DATE_AT = 80;
    uint256 internal constant LENGTH_AT = 104;
    uint256 private constant ACCOUNT_AT = 128;
    uint256 private constant INTEREST_AT = 160;
    uint256 private constant FLAGS_AT = 240;
    /// @dev What of slot 0 postings leave as it is.
    uint256 private constant KEPT_OF_SLOT_0 =
        ~(uint256(type(uint16).max) << ROWS_AT | uint256(type(uint16).max) << NEXT_ROW_AT | uint256(type(uint24).max)
            << LAST_VALUE_DATE_AT | uint256(type(uint80).max) << INTEREST_AT | uint256(type(uint16).max) << FLAGS_AT);

    /// @dev For each `KindsOrder` three kinds of two bits: fee 0, interest 1, principal 2.
    uint256 private constant KINDS = uint256(0 | 1 << 2 | 2 << 4) | uint256(0 | 2 << 2 | 1 << 4) << 6
        | uint256(1 | 0 << 2 | 2 << 4) << 12 | uint256(1 | 2 << 2 | 0 << 4) << 18 | uint256(2 | 0 << 2 | 1 << 4) << 24
        | uint256(2 | 1 << 2 | 0 << 4) << 30;

    // ------------------------------------------------------------------------------------------------------------ books

    function _books(LoanSlots storage l) internal view returns (Books memory b) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(l.slot)
        }
        b.slot0 = word;
        b.flags = word >> FLAGS_AT;
        b.nextRow = word >> NEXT_ROW_AT & type(uint16).max;
        b.rows = word >> ROWS_AT & type(uint16).max;
        b.lastValueDate = word >> LAST_VALUE_DATE_AT & type(uint24).max;
        b.interest = word >> INTEREST_AT & type(uint80).max;
        assembly ("memory-safe") {
            word := sload(add(l.slot, 2))
        }
        b.outstanding = word & type(uint72).max;
        b.aheadFee = word >> 72 & type(uint40).max;
        b.aheadInterest = word >> 112 & type(uint72).max;
        b.aheadPrincipal = word >> 184;
        assembly ("memory-safe") {
            word := sload(add(l.slot, 3))
        }
        // The address is the lowest field.
        // forge-lint: disable-next-line(unsafe-typecast)
        b.schedule = address(uint160(word));
        b.offset = word >> 160 & type(uint16).max;
        b.start = word >> 176 & type(uint24).max;
        if (b.flags & EXTRAS != 0) {
            b.penaltyDue = l.penaltyDue;
            b.overpaid = l.overpaid;
            b.bankClaim = l.bankClaim;
        }
    }

    /// @dev Writes back what postings change, but not slot 3: see `_writeTable`. Slot 0 must not have been written since the books
    /// were read, and slot 4 only where the books say nothing of it.
    function _write(LoanSlots storage l, Books memory b) internal {
        uint256 word = b.slot0;
        uint256 extras = b.penaltyDue | b.overpaid | b.bankClaim;
        if ((word >> FLAGS_AT) & EXTRAS != 0 || extras != 0) {
            l.penaltyDue = b.penaltyDue.toUint64();
            l.overpaid = b.overpaid.toUint64();
            l.bankClaim = b.bankClaim.toUint64();
            b.flags = extras == 0 ? b.flags & ~uint256(EXTRAS) : b.flags | EXTRAS;
        }
        uint256 interest = b.interest.toUint80();
        word = word & KEPT_OF_SLOT_0 | b.rows << ROWS_AT | b.nextRow << NEXT_ROW_AT | b.lastValueDate
            << LAST_VALUE_DATE_AT | interest << INTEREST_AT | b.flags << FLAGS_AT;
        b.slot0 = word;
        assembly ("memory-safe") {
            sstore(l.slot, word)
        }
        // What was paid ahead is part of the table, whose sums fit.
        word = b.outstanding | b.aheadFee << 72 | b.aheadInterest << 112 | b.aheadPrincipal << 184;
        assembly ("memory-safe") {
            sstore(add(l.slot, 2), word)
        }
    }

    /// @dev Writes back where the table is, which only early repayments change.
    function _writeTable(LoanSlots storage l, Books memory b) internal {
        // All read from fields of these widths, or checked.
        // forge-lint: disable-next-item(unsafe-typecast)
        {
            l.schedule = b.schedule;
            l.offset = uint16(b.offset);
            l.start = uint24(b.start);
        }
    }

    function _table(Books memory b) internal pure returns (Table memory) {
        // All read from fields of at most these widths.
        // forge-lint: disable-next-item(unsafe-typecast)
        return Table({
            schedule: b.schedule,
            offset: uint16(b.offset),
            rows: uint16(b.rows),
            nextRow: uint16(b.nextRow),
            start: uint32(b.start),
            aheadFee: uint128(b.aheadFee),
            aheadInterest: uint128(b.aheadInterest),
            aheadPrincipal: uint128(b.aheadPrincipal)
        });
    }

    function _accountOf(Books memory b) internal pure returns (uint32) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(b.slot0 >> ACCOUNT_AT);
    }

    function _platformOf(Books memory b) internal pure returns (uint16) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16(b.slot0 >> PLATFORM_AT);
    }

    // ----------------------------------------------------------------------------------------------------------- posting

    /// @dev Posts one payment of an active loan: all but its money and its history entry.
    /// @param fresh whether it brings money in: that meets the bank's claim first
    /// @return p how it was used
    /// @return met of the bank's claim, to be burned once the money is there
    function _post(LoanSlots storage l, uint128 amount, uint32 valueDate, bool fresh)
        internal
        returns (Posted memory p, uint128 met)
    {
        Books memory b = _books(l);
        p.amount = amount;
        p.valueDate = valueDate;
        _use(l, b, p);
        if (fresh) met = _meet(b, amount);
        _keep(l, b, p);
    }

    /// @dev Writes books after a posting `p`, with the fees collected and the registers of exposures.
    function _keep(LoanSlots storage l, Books memory b, Posted memory p) internal {
        _write(l, b);
        if (p.fee != 0) l.fees += uint256(p.fee).toUint64();
        if (p.principal != 0) {
            _lower(_exposures[_accountOf(b)], p.principal);
            _lower(_platformExposures[_platformOf(b)], p.principal);
        }
    }

    /// @dev As `exposure.outstanding -= amount`, reading the slot once.
    function _lower(ExposureSlot storage exposure, uint256 amount) private {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(exposure.slot)
        }
        // The lower half is what is outstanding.
        assert(word & type(uint128).max >= amount);
        unchecked {
            word -= amount;
        }
        assembly ("memory-safe") {
            sstore(exposure.slot, word)
        }
    }

    function _meet(Books memory b, uint128 amount) internal pure returns (uint128 met) {
        if (b.bankClaim == 0) return 0;
        // forge-lint: disable-next-line(unsafe-typecast)
        met = b.bankClaim < amount ? uint128(b.bankClaim) : amount;
        b.bankClaim -= met;
    }

    /// @dev Repaid when all rows are paid, no penalty interest is due and nothing can be drawn any more.
    function _finish(LoanSlots storage l, bytes32 loan, uint32 today, uint32 valueDate) internal {
        if (l.nextRow != l.rows || l.flags & DRAWABLE != 0) return;
        if (l.flags & EXTRAS != 0 && l.penaltyDue != 0) return;
        l.state = State.Repaid;
        // forge-lint: disable-next-line(unsafe-typecast)
        l.repaidOn = uint24(today);
        _record(l, loan, today, Entry.Repaid, msg.sender, abi.encode(valueDate));
    }

    /// @dev Uses `p.amount` on `p.valueDate` and fills `p` in.
    function _use(LoanSlots storage l, Books memory b, Posted memory p) internal view {
        if (b.flags & (VERTICAL | EXTRAS | DRAWABLE) == 0 && _accruesNothing(b, p.valueDate)) {
            // Due or early, it is row by row.
            // forge-lint: disable-next-line(unsafe-typecast)
            p.previousValueDate = uint32(b.lastValueDate);
            b.lastValueDate = p.valueDate;
            _finishUse(b, p, _payRows(b, p, p.amount, type(uint256).max));
            return;
        }
        uint256 left = _useDue(l, b, p);
        if (left != 0) {
            if (b.flags & DRAWABLE != 0) left = _payRunningRow(b, p, left);
            else left = _payRows(b, p, left, type(uint256).max);
        }
        _finishUse(b, p, left);
    }

    /// @dev Brings `b` to `p.valueDate` and pays what is due then: penalty interest and rows.
    /// @return left of the payment and what was held for the borrower
    function _useDue(LoanSlots storage l, Books memory b, Posted memory p) internal view returns (uint256 left) {
        uint256 v = p.valueDate;
        // forge-lint: disable-next-line(unsafe-typecast)
        p.previousValueDate = uint32(b.lastValueDate);
        uint256 accrued = _accrued(l, b, v);
        if (accrued != 0) {
            b.penaltyDue += accrued;
            p.accrued = accrued.toUint128();
        }
        b.lastValueDate = v;
        left = p.amount + b.overpaid;
        if (b.penaltyDue == 0) {
            left = b.flags & VERTICAL == 0 ? _payRows(b, p, left, v) : _payKinds(b, p, left, v);
        } else if (b.flags & PENALTY_FIRST != 0) {
            left = _payPenalty(b, p, left);
            left = b.flags & VERTICAL == 0 ? _payRows(b, p, left, v) : _payKinds(b, p, left, v);
        } else {
            left = b.flags & VERTICAL == 0 ? _payRows(b, p, left, v) : _payKinds(b, p, left, v);
            left = _payPenalty(b, p, left);
        }
    }

    function _finishUse(Books memory b, Posted memory p, uint256 left) internal pure {
        // At most the amount and what was held, which are checked to fit when they are written.
        // forge-lint: disable-next-line(unsafe-typecast)
        p.overpaid = uint128(left);
        unchecked {
            b.overpaid = left;
            b.interest += uint256(p.interest) + p.penalty;
        }
        b.outstanding -= p.principal;
    }

    function _payPenalty(Books memory b, Posted memory p, uint256 left) private pure returns (uint256) {
        uint256 paid = left < b.penaltyDue ? left : b.penaltyDue;
        // forge-lint: disable-next-line(unsafe-typecast)
        p.penalty = uint128(paid);
        unchecked {
            b.penaltyDue -= paid;
            return left - paid;
        }
    }

    /// @dev Row by row, as far as money or rows due through a day go. Passes rows with nothing to pay.
    function _payRows(Books memory b, Posted memory p, uint256 left, uint256 through) internal view returns (uint256) {
        uint256 rows = b.rows;
        unchecked {
            while (b.nextRow < rows) {
                uint256 word = ScheduleCode.wordAt(b.schedule, b.nextRow - b.offset);
                // The ordinary end: the next row owes something, and nothing was paid ahead of it.
                if (left == 0 && word << 32 != 0 && b.aheadFee | b.aheadInterest | b.aheadPrincipal == 0) break;
                (uint256 fee, uint256 interest, uint256 principal) = _unpaid(b, word);
                uint256 unpaid = fee + interest + principal;
                if (unpaid != 0) {
                    if (left == 0 || word >> ScheduleCode.DUE_DAY_SHIFT > through) break;
                    if (left < unpaid) {
                        (fee, interest, principal) = _split(b.flags, left, fee, interest, principal);
                        _add(b, p, fee, interest, principal);
                        return 0;
                    }
                    _add(b, p, fee, interest, principal);
                    left -= unpaid;
                }
                _passRow(b, word);
            }
        }
        return left;
    }

    /// @dev Kind by kind over all rows due.
    function _payKinds(Books memory b, Posted memory p, uint256 left, uint256 through) internal view returns (uint256) {
        unchecked {
            (uint256 fee, uint256 interest, uint256 principal) = _dueUnpaid(b, through);
            uint256 unpaid = fee + interest + principal;
            if (left < unpaid) {
                (fee, interest, principal) = _split(b.flags, left, fee, interest, principal);
                left = 0;
            } else {
                left -= unpaid;
            }
            _add(b, p, fee, interest, principal);
        }
        _passPaidRows(b);
        return left;
    }

    function _passPaidRows(Books memory b) internal view {
        // slither-disable-next-line uninitialized-local
        Posted memory nothing;
        _payRows(b, nothing, 0, 0);
    }

    /// @dev All rows due are paid. Pays the first row due after the value date, unless it is the table's last.
    function _payRunningRow(Books memory b, Posted memory p, uint256 left) private view returns (uint256) {
        uint256 next = b.nextRow;
        if (next + 1 >= b.rows) return left;
        if (next > b.offset && _dueDay(b, next - 1) > p.valueDate) return left;
        return _payRows(b, p, left, _dueDay(b, next));
    }

    /// @return fee interest principal: what rows due through a day owe, together
    function _dueUnpaid(Books memory b, uint256 through)
        internal
        view
        returns (uint256 fee, uint256 interest, uint256 principal)
    {
        unchecked {
            for (uint256 n = b.nextRow; n < b.rows; ++n) {
                uint256 word = ScheduleCode.wordAt(b.schedule, n - b.offset);
                if (word >> ScheduleCode.DUE_DAY_SHIFT > through) break;
                fee += word & type(uint72).max;
                interest += word >> ScheduleCode.INTEREST_SHIFT & type(uint80).max;
                principal += word >> ScheduleCode.PRINCIPAL_SHIFT & type(uint72).max;
            }
            fee = _less(fee, b.aheadFee);
            interest = _less(interest, b.aheadInterest);
            principal = _less(principal, b.aheadPrincipal);
        }
    }

    /// @dev What the next row still owes.
    function _unpaid(Books memory b, uint256 word)
        private
        pure
        returns (uint256 fee, uint256 interest, uint256 principal)
    {
        fee = word & type(uint72).max;
        interest = word >> ScheduleCode.INTEREST_SHIFT & type(uint80).max;
        principal = word >> ScheduleCode.PRINCIPAL_SHIFT & type(uint72).max;
        if (b.aheadFee | b.aheadInterest | b.aheadPrincipal != 0) {
            fee = _less(fee, b.aheadFee);
            interest = _less(interest, b.aheadInterest);
            principal = _less(principal, b.aheadPrincipal);
        }
    }

    /// @dev The next row is paid: what was ahead of it beyond the row is ahead of the following.
    function _passRow(Books memory b, uint256 word) private pure {
        unchecked {
            b.aheadFee -= word & type(uint72).max;
            b.aheadInterest -= word >> ScheduleCode.INTEREST_SHIFT & type(uint80).max;
            b.aheadPrincipal -= word >> ScheduleCode.PRINCIPAL_SHIFT & type(uint72).max;
            ++b.nextRow;
        }
    }

    function _add(Books memory b, Posted memory p, uint256 fee, uint256 interest, uint256 principal) private pure {
        unchecked {
            b.aheadFee += fee;
            b.aheadInterest += interest;
            b.aheadPrincipal += principal;
            // Parts of an amount of 128 bits and of what was held.
            // forge-lint: disable-next-item(unsafe-typecast)
            {
                p.fee += uint128(fee);
                p.interest += uint128(interest);
                p.principal += uint128(principal);
            }
        }
    }

    /// @dev Splits money that doesn't cover all three by the order of kinds.
    function _split(uint256 flags, uint256 left, uint256 fee, uint256 interest, uint256 principal)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        uint256[3] memory unpaid = [fee, interest, principal];
        // slither-disable-next-line uninitialized-local
        uint256[3] memory paid;
        uint256 kinds = KINDS >> (flags >> KINDS_SHIFT & 7) * 6;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 kind = kinds >> 2 * i & 3;
            uint256 part = left < unpaid[kind] ? left : unpaid[kind];
            paid[kind] = part;
            left -= part;
        }
        return (paid[0], paid[1], paid[2]);
    }

    // ----------------------------------------------------------------------------------------------------------- penalty

    /// @dev Penalty interest from the last value date to `v`, rounded once over all rows overdue.
    function _accrued(LoanSlots storage l, Books memory b, uint256 v) internal view returns (uint256) {
        if (_accruesNothing(b, v)) return 0;
        return ScheduleMath.interest(_overdue(l, b, v), l.penaltyRateNano, 1, l.penaltyDayBase);
    }

    function _accruesNothing(Books memory b, uint256 v) private view returns (bool) {
        return b.flags & HAS_PENALTY == 0 || b.nextRow >= b.rows || v <= b.lastValueDate || _dueDay(b, b.nextRow) >= v;
    }

    /// @return sum of overdue amount times days
    function _overdue(LoanSlots storage l, Books memory b, uint256 v) private view returns (uint256 sum) {
        bool interestToo = l.penaltyBase == uint16(PenaltyBase.Instalment);
        uint256 aheadPrincipal = b.aheadPrincipal;
        uint256 aheadInterest = b.aheadInterest;
        uint256 held = b.overpaid;
        unchecked {
            for (uint256 n = b.nextRow; n < b.rows; ++n) {
                // slither-disable-next-line unused-return
                (uint256 due, uint256 principal, uint256 interest,) = ScheduleCode.fields(b.schedule, n - b.offset);
                if (due >= v) break;
                uint256 base = _less(principal, aheadPrincipal);
                aheadPrincipal = _less(aheadPrincipal, principal);
                if (interestToo) {
                    base += _less(interest, aheadInterest);
                    aheadInterest = _less(aheadInterest, interest);
                }
                // What the loan holds for the borrower is not late.
                uint256 late = _less(base, held);
                held = _less(held, base);
                base = late;
                if (base == 0) continue;
                uint256 from = _freeUntil(l, due);
                if (from < b.lastValueDate) from = b.lastValueDate;
                if (from < v) sum += base * (v - from);
            }
        }
    }

    /// @dev The last day on which a row due on `due` bears no penalty interest.
    function _freeUntil(LoanSlots storage l, uint256 due) private view returns (uint256) {
        uint16 calendar = l.calendar;
        // Due days have 32 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (calendar != 0) due = workingDays.payableBy(calendar, uint32(due));
        return due + l.graceDays;
    }

    function _dueDay(Books memory b, uint256 row) internal view returns (uint256) {
        return ScheduleCode.wordAt(b.schedule, row - b.offset) >> ScheduleCode.DUE_DAY_SHIFT;
    }

    function _less(uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            return a > b ? a - b : 0;
        }
    }

    // -------------------------------------------------------------------------------------------------------------- undo

    /// @dev Undoes the last posting: for each kind, what is paid in total decides which row is next.
    function _undo(LoanSlots storage l, Books memory b, Posted memory p) internal {
        _undoAmounts(l, b, p);
        int256 fee = int256(b.aheadFee) - int256(uint256(p.fee));
        int256 interest = int256(b.aheadInterest) - int256(uint256(p.interest));
        int256 principal = int256(b.aheadPrincipal) - int256(uint256(p.principal));
        while (fee < 0 || interest < 0 || principal < 0) {
            --b.nextRow;
            // slither-disable-next-line unused-return
            (, uint256 rowPrincipal, uint256 rowInterest, uint256 rowFee) =
                ScheduleCode.fields(b.schedule, b.nextRow - b.offset);
            // A row's fields have at most 80 bits.
            // forge-lint: disable-next-item(unsafe-typecast)
            {
                fee += int256(rowFee);
                interest += int256(rowInterest);
                principal += int256(rowPrincipal);
            }
        }
        // None is below zero now.
        // forge-lint: disable-next-item(unsafe-typecast)
        {
            b.aheadFee = uint256(fee);
            b.aheadInterest = uint256(interest);
            b.aheadPrincipal = uint256(principal);
        }
    }

    /// @dev Undoes an early repayment, which was the last posting.
    function _undoEarly(LoanSlots storage l, Books memory b, Posted memory p, Table memory before) internal {
        _undoAmounts(l, b, p);
        b.schedule = before.schedule;
        b.offset = before.offset;
        b.rows = before.rows;
        b.nextRow = before.nextRow;
        b.start = before.start;
        b.aheadFee = before.aheadFee;
        b.aheadInterest = before.aheadInterest;
        b.aheadPrincipal = before.aheadPrincipal;
        _writeTable(l, b);
    }

    /// @dev All that a posting changed but the rows.
    function _undoAmounts(LoanSlots storage l, Books memory b, Posted memory p) internal {
        b.lastValueDate = p.previousValueDate;
        b.penaltyDue = b.penaltyDue + p.penalty - p.accrued;
        b.overpaid = b.overpaid + p.fee + p.penalty + p.interest + p.principal - p.amount;
        b.interest -= uint256(p.interest) + p.penalty;
        b.outstanding += p.principal;
        if (p.fee != 0) l.fees -= uint256(p.fee).toUint64();
        _exposures[_accountOf(b)].outstanding += p.principal;
        _platformExposures[_platformOf(b)].outstanding += p.principal;
    }
    // slither-disable-end incorrect-equality
}
