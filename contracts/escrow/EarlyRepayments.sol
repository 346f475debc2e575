// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {DayCount, Method, Terms} from "../agreements/Terms.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {IRepaymentSchedules, Row, Segment} from "../schedules/IRepaymentSchedules.sol";
import {ScheduleCode} from "../schedules/ScheduleCode.sol";
import {ScheduleMath} from "../schedules/ScheduleMath.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Early, EarlyRepayment, Entry, ILoanEscrow, Posted, Receipt, State, Table} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";
import {Posting} from "./Posting.sol";

/// @title Part of the escrow: early repayments, which change the table. The rules are docs/payments.
contract EarlyRepayments is Posting {
    using SafeCast for uint256;

    /// @dev What an early repayment did.
    struct Change {
        Posted posted;
        Early early;
        Table before;
        uint128 met; // of the bank's claim
    }

    uint8 private constant TOTAL = 1;
    uint8 private constant SHORTEN = 2;
    uint8 private constant LOWER = 4;

    constructor(Parts memory parts) EscrowBase(parts) {}

    /// @notice See ILoanEscrow.
    function repayEarly(
        Terms calldata terms,
        Receipt calldata receipt,
        EarlyRepayment calldata order,
        bytes calldata signature,
        Row[] calldata rows
    ) external {
        (, uint32 today, uint128 limit) = _requireSeat(BANK, Scope.Book);
        if (receipt.amount > limit) approvals.consume(msg.data, msg.sender, BANK);
        bytes32 loan = _loanOfTerms(terms);
        LoanSlots storage l = _bookable(loan, receipt.expectedLength, State.Active);
        _check(l, loan, receipt, order, today);
        _checkKind(l, terms, order.kind);
        _useOrder(_borrowerOf(l), _hashTypedDataV4(OrderHash.hash(order)), signature, order.validThrough, today);

        Change memory c = _repay(l, terms, receipt, order.kind, rows);
        bytes memory payload = abi.encode(c.posted, receipt.entry, order, signature, c.early, c.before);
        _record(l, loan, today, Entry.EarlyRepaid, msg.sender, payload);
        _finish(l, loan, today, receipt.valueDate);

        token.creditLedger(receipt.amount, receipt.entry);
        if (c.met != 0) token.meetClaim(c.met);
    }

    function _check(
        LoanSlots storage l,
        bytes32 loan,
        Receipt calldata receipt,
        EarlyRepayment calldata order,
        uint32 today
    ) private view {
        require(receipt.loan == loan, ILoanEscrow.OrderWrongLoan(receipt.loan, loan));
        require(order.loan == loan, ILoanEscrow.OrderWrongLoan(order.loan, loan));
        require(receipt.amount != 0, ILoanEscrow.PaymentZero());
        _checkValueDate(receipt.valueDate, l.lastValueDate, today);
        require(l.flags & DRAWABLE == 0, ILoanEscrow.DrawingOpen(l.lastDrawDay, today));
    }

    /// @dev What is agreed, and possible: a table from an old book follows no rule that could be checked.
    function _checkKind(LoanSlots storage l, Terms calldata terms, uint8 kind) private view {
        Method method = Method(terms.schedule.method);
        bool possible = kind == TOTAL;
        if (l.instructedOn != 0 && !possible) {
            bool level = method == Method.EqualInstalment || method == Method.EqualPrincipal;
            possible = (kind == SHORTEN && level) || (kind == LOWER && (level || method == Method.InterestOnlyBullet));
        }
        require(possible && terms.payments.earlyKinds & kind != 0, ILoanEscrow.EarlyNotAgreed(kind));
    }

    function _repay(
        LoanSlots storage l,
        Terms calldata terms,
        Receipt calldata receipt,
        uint8 kind,
        Row[] calldata rows
    ) private returns (Change memory c) {
        Books memory b = _books(l);
        c.before = _table(b);
        c.posted.amount = receipt.amount;
        c.posted.valueDate = receipt.valueDate;
        _payEarly(l, b, c, terms, kind);
        if (kind == TOTAL) {
            require(rows.length == 0, IRepaymentSchedules.ScheduleRowCount(rows.length, 0));
            b.nextRow = b.rows;
            b.aheadFee = 0;
            b.aheadInterest = 0;
            b.aheadPrincipal = 0;
        } else {
            _follow(l, b, c, terms, kind == SHORTEN ? _level(b, terms) : 0, rows);
        }
        c.met = _meet(b, receipt.amount);
        _keep(l, b, c.posted);
        _writeTable(l, b);
    }

    /// @dev Pays what is due and the interest accrued, then principal.
    function _payEarly(LoanSlots storage l, Books memory b, Change memory c, Terms calldata terms, uint8 kind)
        private
        view
    {
        Posted memory p = c.posted;
        uint256 left = _useDue(l, b, p);
        uint128 needed = _needed(b, p, left, 0);
        require(needed <= p.amount, ILoanEscrow.EarlyTooSmall(p.amount, needed));
        uint256 outstanding = b.outstanding - p.principal;
        uint256 accrued = _accruedInterest(b, terms, outstanding, p.valueDate);
        uint256 feeRate = terms.payments.earlyFeeNano;
        uint256 prepaid = outstanding;
        if (kind != TOTAL) prepaid = left > accrued ? _most(left - accrued, feeRate, outstanding) : 0;
        uint256 fee = _fee(prepaid, feeRate);
        if (kind != TOTAL && prepaid == 0) {
            // Some principal has to be repaid, and some to remain.
            revert ILoanEscrow.EarlyTooSmall(p.amount, _needed(b, p, left, accrued + 1 + _fee(1, feeRate)));
        }
        uint256 used = accrued + prepaid + fee;
        needed = _needed(b, p, left, used);
        require(needed <= p.amount, ILoanEscrow.EarlyTooSmall(p.amount, needed));

        // Sums of amounts that fit.
        // forge-lint: disable-next-item(unsafe-typecast)
        {
            p.interest += uint128(accrued + fee);
            p.principal += uint128(prepaid);
            c.early.accrued = uint128(accrued);
            c.early.prepaid = uint128(prepaid);
            c.early.fee = uint128(fee);
        }
        _finishUse(b, p, left - used);
    }

    /// @return the amount that would have paid what is still due and `more`; the amount given if it did
    function _needed(Books memory b, Posted memory p, uint256 left, uint256 more) private view returns (uint128) {
        (uint256 fee, uint256 interest, uint256 principal) = _dueUnpaid(b, p.valueDate);
        uint256 open = fee + interest + principal + b.penaltyDue + more;
        if (open <= left) return p.amount;
        uint256 needed = uint256(p.amount) + open - left;
        return needed.toUint128();
    }

    /// @dev Interest since the last due day, less what was paid of it ahead. A broken period counts by its days.
    function _accruedInterest(Books memory b, Terms calldata terms, uint256 outstanding, uint256 v)
        private
        view
        returns (uint256)
    {
        uint256 from = b.nextRow > b.offset ? _dueDay(b, b.nextRow - 1) : b.start;
        if (from >= v) return 0;
        (uint256 numerator, uint256 denominator) = ScheduleMath.fraction(DayCount(terms.pricing.dayCount), from, v);
        uint256 interest = ScheduleMath.interest(outstanding, terms.pricing.rateNano, numerator, denominator);
        if (terms.schedule.firstTranche != terms.principal && b.nextRow < b.rows) {
            // Part of it may have been drawn within the period, which the row knows.
            // slither-disable-next-line unused-return
            (,, uint256 most,) = ScheduleCode.fields(b.schedule, b.nextRow - b.offset);
            if (interest > most) interest = most;
        }
        return interest > b.aheadInterest ? interest - b.aheadInterest : 0;
    }

    function _fee(uint256 principal, uint256 rate) private pure returns (uint256) {
        return ScheduleMath.divideHalfEven(principal * rate, ScheduleMath.NANO);
    }

    /// @dev The largest principal below `outstanding` that `money` repays with its fee.
    function _most(uint256 money, uint256 rate, uint256 outstanding) private pure returns (uint256 x) {
        if (outstanding == 0) return 0;
        x = money * ScheduleMath.NANO / (ScheduleMath.NANO + rate);
        // The fee's rounding moves it by one at most.
        if (x + _fee(x, rate) > money) --x;
        else if (x + 1 + _fee(x + 1, rate) <= money) ++x;
        if (x >= outstanding) x = outstanding - 1;
    }

    /// @dev The instalment or the part of principal that is kept: the next row's; the last row's may be smaller.
    function _level(Books memory b, Terms calldata terms) private view returns (uint256 level) {
        uint256 row = b.nextRow;
        if (row + 1 == b.rows && row > b.offset) --row;
        uint256 interest;
        // slither-disable-next-line unused-return
        (, level, interest,) = ScheduleCode.fields(b.schedule, row - b.offset);
        if (terms.schedule.method == uint8(Method.EqualInstalment)) level += interest;
        require(level != 0, IRepaymentSchedules.ScheduleLevel(level));
    }

    /// @dev The table that follows starts on the value date. What was paid of the next row ahead lowered the outstanding, and the
    /// interest accrued; of its fee, it still counts.
    function _follow(
        LoanSlots storage l,
        Books memory b,
        Change memory c,
        Terms calldata terms,
        uint256 level,
        Row[] calldata rows
    ) private {
        Segment memory segment = Segment({
            balance: b.outstanding.toUint128(),
            anchor: l.anchor,
            start: c.posted.valueDate,
            first: b.nextRow.toUint16(),
            level: level.toUint128(),
            fees: true
        });
        // The books are written after this call: `schedules` keeps no state and calls nobody.
        // slither-disable-next-line reentrancy-no-eth
        b.schedule = schedules.register(terms, segment, rows);
        b.offset = b.nextRow;
        b.rows = b.nextRow + rows.length;
        b.start = c.posted.valueDate;
        b.aheadInterest = 0;
        b.aheadPrincipal = 0;
        c.early.schedule = b.schedule;
        c.early.scheduleHash = b.schedule.codehash;
        c.early.first = segment.first;
        c.early.rows = rows.length.toUint16();
        _passPaidRows(b);
    }
}
