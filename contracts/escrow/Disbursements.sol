// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../agreements/Terms.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {IParties} from "../parties/IParties.sol";
import {Row, Segment} from "../schedules/IRepaymentSchedules.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {BankEntry, ICustodyToken} from "./ICustodyToken.sol";
import {Drawdown, Entry, ILoanEscrow, Payout, State} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";
import {RunningTable} from "./RunningTable.sol";

/// @title Part of the escrow: payouts to the borrower, at once or in tranches: called for, instructed, booked or returned.
/// @dev Only the ledger's own contracts are called, and the borrower's ERC-1271 contract, statically. Even so, tokens move last.
contract Disbursements is EscrowBase {
    constructor(Parts memory parts) EscrowBase(parts) {}

    // ------------------------------------------------------------------------------------------------------- called for

    /// @notice See ILoanEscrow.
    function disburse(Terms calldata terms, uint32 expectedLength, Row[] calldata rows) external {
        (uint16 member, uint32 today,) = _requireSeat(PLATFORM, Scope.Lend);
        bytes32 loan = _loanOfTerms(terms);
        LoanSlots storage l = _inState(loan, expectedLength, State.Funded);
        require(l.platform == member, ILoanEscrow.EscrowNotServicer(loan, l.platform, member));
        // A request after it could put off the lenders' refund again and again.
        uint32 lastDay = l.fundingDeadline + DISBURSE_WITHIN_DAYS;
        require(today <= lastDay, ILoanEscrow.DisbursementOverdue(lastDay, today));
        uint128 amount = terms.schedule.firstTranche;
        _checkRows(l, terms, Segment(amount, today, today, 0, 0, true), rows);

        l.state = State.Disbursing;
        // Not known before the payout is booked; set so that booking it opens no new storage.
        // forge-lint: disable-next-line(unsafe-typecast)
        l.anchor = uint24(today);
        _call(l, amount);
        Drawdown memory none = Drawdown(0, 0, 0, 0);
        _record(l, loan, today, Entry.DisbursementRequested, msg.sender, abi.encode(amount, none, bytes("")));
    }

    /// @notice See ILoanEscrow.
    function draw(
        Terms calldata terms,
        uint32 expectedLength,
        Drawdown calldata drawdown,
        bytes calldata signature,
        Row[] calldata rows
    ) external {
        (uint16 member, uint32 today,) = _requireSeat(PLATFORM, Scope.Lend);
        bytes32 loan = _loanOfTerms(terms);
        LoanSlots storage l = _inState(loan, expectedLength, State.Active);
        require(l.platform == member, ILoanEscrow.EscrowNotServicer(loan, l.platform, member));
        _checkDrawdown(l, loan, drawdown, today);
        uint16 first = _firstUntouched(l, loan, today);
        _checkRows(l, terms, Segment(drawdown.amount, l.anchor, today, first, 0, false), rows);
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(drawdown));
        // The borrower itself is named by the terms.
        // slither-disable-next-line unused-return
        _useOrder(_borrowerOf(l), digest, signature, drawdown.validThrough, today);

        _call(l, drawdown.amount);
        bytes memory payload = abi.encode(drawdown.amount, drawdown, signature);
        _record(l, loan, today, Entry.DisbursementRequested, msg.sender, payload);
    }

    // -------------------------------------------------------------------------------------------------------- at the bank

    /// @notice See ILoanEscrow.
    function instruct(bytes32 loan, uint32 expectedLength, bytes32 instructionHash) external {
        (, uint32 today, uint128 limit) = _requireSeat(BANK, Scope.Book);
        LoanSlots storage l = _at(loan, expectedLength);
        require(_payoutPossible(l), ILoanEscrow.LoanState(loan, l.state, State.Disbursing));
        require(l.payout == Payout.Reserved, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Reserved));
        uint128 missing = token.shortfall();
        require(missing == 0, ICustodyToken.CustodyShortfall(missing));
        // Nor could a frozen borrower draw what its custody tokens then repay.
        bytes32 subject = parties.party(l.borrower).subject;
        require(!parties.frozen(subject), IParties.PartiesFrozen(subject));
        // Once it is booked, no row may be left that the tranche could be repaid by.
        // slither-disable-next-line unused-return
        if (l.state == State.Active) _firstUntouched(l, loan, today);
        if (l.inPayout > limit) approvals.consume(msg.data, msg.sender, BANK);

        l.payout = Payout.Instructed;
        // forge-lint: disable-next-line(unsafe-typecast)
        l.instructedOn = uint24(today);
        _record(l, loan, today, Entry.PayoutInstructed, msg.sender, abi.encode(instructionHash));
    }

    /// @notice See ILoanEscrow.
    function settle(
        Terms calldata terms,
        uint32 expectedLength,
        uint32 valueDate,
        BankEntry calldata entry,
        Row[] calldata rows
    ) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Book);
        bytes32 loan = _loanOfTerms(terms);
        bool later = _loans[loan].state == State.Active;
        LoanSlots storage l = _bookable(loan, expectedLength, later ? State.Active : State.Disbursing);
        require(l.payout == Payout.Instructed, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Instructed));
        // Interest starts on the value date, so it can't lie before the bank was told to pay.
        _checkValueDate(valueDate, l.instructedOn, today);

        uint128 amount = l.inPayout;
        l.inPayout = 0;
        l.payout = Payout.Settled;
        // forge-lint: disable-next-line(unsafe-typecast)
        l.released += uint88(amount);
        // The history is written after this call: `schedules` keeps no state and calls nobody.
        // slither-disable-next-line reentrancy-no-eth
        Segment memory segment =
            later ? _add(l, loan, terms, valueDate, amount, rows) : _start(l, terms, valueDate, amount, rows);
        if (l.flags & DRAWABLE != 0 && l.called == l.principal) _endDrawing(l);
        address schedule = l.schedule;
        bytes memory payload = abi.encode(amount, valueDate, entry, segment, schedule, schedule.codehash);
        _record(l, loan, today, Entry.Disbursed, msg.sender, payload);

        token.debitLedger(amount, entry);
    }

    /// @notice See ILoanEscrow.
    function returnPayout(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Book);
        LoanSlots storage l = _at(loan, expectedLength);
        // From `Reserved` too: a bank may refuse before it instructs.
        require(_payoutPossible(l), ILoanEscrow.LoanState(loan, l.state, State.Disbursing));
        require(l.inPayout != 0, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Instructed));

        _returnPayout(l, loan, today, reasonHash);
    }

    /// @notice See ILoanEscrow.
    function bouncePayout(bytes32 loan, uint32 expectedLength, uint32 valueDate, BankEntry calldata entry) external {
        (, uint32 today, uint128 limit) = _requireSeat(BANK, Scope.Book);
        LoanSlots storage l = _bookable(loan, expectedLength, State.Active);
        require(l.flags & ONE_PAYOUT != 0 && l.inPayout == 0, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Settled));
        require(
            l.outstanding == l.called && l.interest == 0 && l.fees == 0 && l.overpaid == 0 && l.penaltyDue == 0
                && l.undrawnReturned == 0,
            ILoanEscrow.PayoutRepaidInPart(loan)
        );
        _checkValueDate(valueDate, l.lastValueDate, today);
        uint64 amount = l.called;
        // Money comes in, as by a receipt.
        if (amount > limit) approvals.consume(msg.data, msg.sender, BANK);

        l.state = State.Funded;
        l.payout = Payout.Returned;
        l.nextRow = 0;
        l.lastValueDate = 0;
        l.flags &= ~ONE_PAYOUT;
        l.called = 0;
        l.outstanding = 0;
        l.schedule = address(0);
        l.start = 0;
        l.anchor = 0;
        l.released -= amount;
        _lowerExposure(l, amount);
        _record(l, loan, today, Entry.PayoutBounced, msg.sender, abi.encode(uint128(amount), valueDate, entry));

        token.creditLedger(amount, entry);
    }

    /// @notice See ILoanEscrow.
    function closeDrawing(Terms calldata terms, uint32 expectedLength) external {
        (uint16 member, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        bytes32 loan = _loanOfTerms(terms);
        LoanSlots storage l = _inState(loan, expectedLength, State.Active);
        uint32 lastDay = l.lastDrawDay;
        require(lastDay != 0, ILoanEscrow.DrawdownAboveUndrawn(0, 0));
        require(member == l.platform || today > lastDay, ILoanEscrow.DrawingOpen(lastDay, today));
        if (l.payout == Payout.Reserved && today > lastDay + DISBURSE_WITHIN_DAYS) {
            // A bank that never instructs can't trap the lenders' money.
            _returnPayout(l, loan, today, 0);
        }
        require(l.inPayout == 0, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Settled));

        uint64 returned = l.principal - l.called;
        l.undrawnReturned = returned;
        _endDrawing(l);
        _record(l, loan, today, Entry.DrawingClosed, msg.sender, abi.encode(uint128(returned)));
        if (l.nextRow == l.rows && l.penaltyDue == 0) {
            l.state = State.Repaid;
            // forge-lint: disable-next-line(unsafe-typecast)
            l.repaidOn = uint24(today);
            _record(l, loan, today, Entry.Repaid, msg.sender, abi.encode(uint32(l.lastValueDate)));
        }
    }

    // ------------------------------------------------------------------------------------------------------------- within

    /// @dev Rows that follow from the terms and keep within the rate cap that stood when the loan was proposed.
    function _checkRows(LoanSlots storage l, Terms calldata terms, Segment memory segment, Row[] calldata rows)
        private
        view
    {
        schedules.verify(terms, segment, rows);
        schedules.checkRateCap(rows, segment.start, segment.balance, l.rateCapNano);
    }

    function _checkDrawdown(LoanSlots storage l, bytes32 loan, Drawdown calldata drawdown, uint32 today) private view {
        require(drawdown.loan == loan, ILoanEscrow.OrderWrongLoan(drawdown.loan, loan));
        require(drawdown.amount != 0, ILoanEscrow.OrderZero());
        require(l.inPayout == 0, ILoanEscrow.LoanPayout(loan, l.payout, Payout.Settled));
        uint64 undrawn = l.principal - l.called - l.undrawnReturned;
        require(drawdown.amount <= undrawn, ILoanEscrow.DrawdownAboveUndrawn(drawdown.amount, undrawn));
        require(today <= l.lastDrawDay, ILoanEscrow.DeadlinePassed(l.lastDrawDay, today));
    }

    /// @dev `amount` is at most the principal, which fits.
    function _call(LoanSlots storage l, uint128 amount) private {
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 called = uint64(amount);
        l.payout = Payout.Reserved;
        l.inPayout = called;
        l.called += called;
        l.outstanding += called;
        _raiseExposure(l, called);
    }

    /// @dev Books the first payout: the table starts on its value date.
    function _start(LoanSlots storage l, Terms calldata terms, uint32 valueDate, uint128 amount, Row[] calldata rows)
        private
        returns (Segment memory segment)
    {
        segment = Segment(amount, valueDate, valueDate, 0, 0, true);
        // Days up to the business date and as many rows as the terms say, which fit.
        // forge-lint: disable-next-item(unsafe-typecast)
        {
            l.lastValueDate = uint24(valueDate);
            l.start = uint24(valueDate);
            l.anchor = uint24(valueDate);
            l.rows = uint16(rows.length);
        }
        l.state = State.Active;
        l.flags |= ONE_PAYOUT;
        l.nextRow = RunningTable.firstToPay(rows);
        l.schedule = schedules.register(terms, segment, rows);
    }

    /// @dev Books a later payout: its rows are added to those that nothing has been paid towards. The last value date stays, so that
    /// payments before it can still be undone.
    function _add(
        LoanSlots storage l,
        bytes32 loan,
        Terms calldata terms,
        uint32 valueDate,
        uint128 amount,
        Row[] calldata rows
    ) private returns (Segment memory segment) {
        segment = Segment(amount, l.anchor, valueDate, _firstUntouched(l, loan, valueDate), 0, false);
        l.flags &= ~ONE_PAYOUT;
        l.schedule = schedules.registerAdded(terms, segment, rows, l.schedule, l.offset);
    }

    function _firstUntouched(LoanSlots storage l, bytes32 loan, uint32 day) private view returns (uint16 index) {
        uint256 first = RunningTable.firstUntouched(
            l.schedule, l.offset, l.rows, l.nextRow, day, l.aheadFee, l.aheadInterest, l.aheadPrincipal
        );
        require(first < l.rows, ILoanEscrow.DrawdownTooLate(loan));
        // Below the number of rows.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16(first);
    }

    function _returnPayout(LoanSlots storage l, bytes32 loan, uint32 today, bytes32 reasonHash) private {
        if (l.state == State.Disbursing) l.state = State.Funded;
        l.payout = Payout.Returned;
        _uncall(l);
        _record(l, loan, today, Entry.PayoutReturned, msg.sender, abi.encode(reasonHash));
    }

    function _endDrawing(LoanSlots storage l) private {
        l.flags &= ~DRAWABLE;
        l.lastDrawDay = 0;
    }

    /// @return whether the loan is in a state that a payout is made in: the first one, or one of a later tranche
    function _payoutPossible(LoanSlots storage l) private view returns (bool) {
        return l.state == State.Disbursing || l.state == State.Active;
    }
}
