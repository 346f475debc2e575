// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {BankEntry} from "./ICustodyToken.sol";
import {
    Early,
    EarlyRepayment,
    Entry,
    ILoanEscrow,
    Posted,
    Rebooking,
    Receipt,
    Recording,
    State,
    Table
} from "./ILoanEscrow.sol";
import {Posting} from "./Posting.sol";

/// @title Part of the escrow: what the bank corrects. Payments are reversed, or put in by an earlier value date; receipts that were
/// in suspense are posted. Two keys of the bank each.
contract Corrections is Posting {
    using SafeCast for uint256;

    /// @dev A payment that was undone.
    struct Undone {
        uint128 amount;
        uint32 valueDate;
        uint32 seq;
        bool ownTokens; // no bank entry is behind it
    }

    constructor(Parts memory parts) EscrowBase(parts) {}

    /// @notice See ILoanEscrow.
    function collectSuspense(Receipt calldata receipt) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Correct);
        approvals.consume(msg.data, msg.sender, BANK);
        LoanSlots storage l = _bookable(receipt.loan, receipt.expectedLength, State.Active);

        uint128 met = _postReceipt(l, receipt, today);
        _finish(l, receipt.loan, today, receipt.valueDate);

        token.creditLedgerSuspense(receipt.amount, receipt.entry);
        if (met != 0) token.meetClaim(met);
    }

    /// @notice See ILoanEscrow.
    function rebook(Rebooking calldata r) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Correct);
        approvals.consume(msg.data, msg.sender, BANK);
        LoanSlots storage l = _loans[r.loan];
        State state = l.state;
        require(state != State.None, ILoanEscrow.LoanUnknown(r.loan));
        require(state != State.Closed, ILoanEscrow.ReversalWindowClosed(r.loan));
        require(state == State.Active || state == State.Repaid, ILoanEscrow.LoanState(r.loan, state, State.Active));
        require(r.reverse == (r.added.length == 0), ILoanEscrow.RebookingNothing());
        _checkHistory(l, r);

        uint128 available = _available(l);
        (Undone[] memory undone, uint256 count) = _undoTail(l, r);
        if (state == State.Repaid) {
            l.state = State.Active;
            l.repaidOn = 0;
        }
        uint128 burned = 0;
        if (r.reverse) {
            uint128 amount = undone[--count].amount;
            burned = available < amount ? available : amount;
            _reverse(l, r, today, amount, burned);
        } else {
            _record(l, r.loan, today, Entry.PaymentsUndone, msg.sender, abi.encode(r.seq, r.reasonHash));
        }
        uint128 met = _postAgain(l, r, today, undone, count);
        _finish(l, r.loan, today, l.lastValueDate);

        if (r.reverse) token.reverseLedger(undone[count].amount, burned, r.entry);
        for (uint256 i = 0; i < r.added.length; ++i) {
            token.creditLedger(r.added[i].amount, r.added[i].entry);
        }
        if (met != 0) token.meetClaim(met);
    }

    /// @dev The entries from `seq` on, folded from the head before them, must give the loan's head.
    function _checkHistory(LoanSlots storage l, Rebooking calldata r) private view {
        bytes32 head = r.head;
        uint256 seq = r.seq;
        for (uint256 i = 0; i < r.tail.length; ++i) {
            Recording calldata e = r.tail[i];
            head = keccak256(abi.encode(head, r.loan, seq, e.day, e.kind, e.actor, keccak256(e.payload)));
            ++seq;
        }
        require(head == l.head && seq == uint256(l.length) + 1, ILoanEscrow.RebookingHistory(head, l.head));
    }

    /// @dev Undoes all payments that still count from the last one back to `seq`.
    /// @return undone the last one first, `count` of them
    function _undoTail(LoanSlots storage l, Rebooking calldata r)
        private
        returns (Undone[] memory undone, uint256 count)
    {
        undone = new Undone[](r.tail.length);
        Books memory b = _books(l);
        // Payments from here on were undone before.
        uint256 void = type(uint256).max;
        for (uint256 i = r.tail.length; i > 0;) {
            --i;
            Recording calldata e = r.tail[i];
            uint256 seq = r.seq + i;
            if (e.kind == Entry.PaymentReversed || e.kind == Entry.PaymentsUndone) {
                uint256 from = abi.decode(e.payload, (uint32));
                if (from < void) void = from;
            } else if (seq < void && _isPayment(e.kind)) {
                // Its table can't be made again here. Entries' numbers have 24 bits.
                // forge-lint: disable-next-item(unsafe-typecast)
                require(
                    e.kind != Entry.EarlyRepaid || (i == 0 && r.reverse),
                    ILoanEscrow.RebookingAfterEarlyRepayment(uint32(seq))
                );
                // forge-lint: disable-next-line(unsafe-typecast)
                undone[count++] = _undoOne(l, b, r.loan, e, uint32(seq));
            }
        }
        require(
            count != 0 && undone[count - 1].seq == r.seq && !(r.reverse && undone[count - 1].ownTokens),
            ILoanEscrow.RebookingNoPayment(r.seq)
        );
        _write(l, b);
    }

    function _undoOne(LoanSlots storage l, Books memory b, bytes32 loan, Recording calldata e, uint32 seq)
        private
        returns (Undone memory)
    {
        Posted memory p;
        if (e.kind == Entry.EarlyRepaid) {
            Table memory before;
            (p,,,,, before) = abi.decode(e.payload, (Posted, BankEntry, EarlyRepayment, bytes, Early, Table));
            _undoEarly(l, b, p, before);
        } else {
            p = abi.decode(e.payload, (Posted));
            _undo(l, b, p);
        }
        bool ownTokens = e.kind == Entry.PaidFromAccount || e.kind == Entry.PaidByMandate
            || (e.kind == Entry.PaymentKept && _keptOwnTokens[loan][seq]);
        return Undone({amount: p.amount, valueDate: p.valueDate, seq: seq, ownTokens: ownTokens});
    }

    /// @dev What can't be burned is the bank's claim on the loan's next money.
    function _reverse(LoanSlots storage l, Rebooking calldata r, uint32 today, uint128 amount, uint128 burned) private {
        if (burned != amount) {
            l.bankClaim = (uint256(l.bankClaim) + amount - burned).toUint64();
            l.flags |= EXTRAS;
        }
        bytes memory payload = abi.encode(r.seq, amount, burned, r.reasonHash, r.entry);
        _record(l, r.loan, today, Entry.PaymentReversed, msg.sender, payload);
    }

    /// @dev By value date; of equal ones those that were posted before come first.
    /// @param count of those undone that stay
    /// @return met of the bank's claim by those added
    function _postAgain(LoanSlots storage l, Rebooking calldata r, uint32 today, Undone[] memory undone, uint256 count)
        private
        returns (uint128 met)
    {
        uint256 next = 0;
        while (count != 0 || next < r.added.length) {
            if (count == 0 || (next < r.added.length && r.added[next].valueDate < undone[count - 1].valueDate)) {
                Receipt calldata receipt = r.added[next++];
                require(receipt.loan == r.loan, ILoanEscrow.OrderWrongLoan(receipt.loan, r.loan));
                require(
                    receipt.expectedLength <= l.length,
                    ILoanEscrow.HistoryMoved(r.loan, l.length, receipt.expectedLength)
                );
                met += _postReceipt(l, receipt, today);
            } else {
                _keepPayment(l, r.loan, today, undone[--count]);
            }
        }
    }

    function _keepPayment(LoanSlots storage l, bytes32 loan, uint32 today, Undone memory u) private {
        // Its money is here, or gone to where a reversal can't reach it.
        // slither-disable-next-line unused-return
        (Posted memory p,) = _post(l, u.amount, u.valueDate, false);
        _record(l, loan, today, Entry.PaymentKept, msg.sender, abi.encode(p, u.seq));
        if (u.ownTokens) _keptOwnTokens[loan][l.length] = true;
    }

    function _postReceipt(LoanSlots storage l, Receipt calldata receipt, uint32 today) private returns (uint128 met) {
        require(receipt.amount != 0, ILoanEscrow.PaymentZero());
        _checkValueDate(receipt.valueDate, l.lastValueDate, today);
        Posted memory p;
        (p, met) = _post(l, receipt.amount, receipt.valueDate, true);
        _record(l, receipt.loan, today, Entry.PaymentPosted, msg.sender, abi.encode(p, receipt.entry));
    }

    function _isPayment(Entry kind) private pure returns (bool) {
        return kind == Entry.PaymentPosted || kind == Entry.PaidFromAccount || kind == Entry.PaidByMandate
            || kind == Entry.EarlyRepaid || kind == Entry.PaymentKept;
    }
}
