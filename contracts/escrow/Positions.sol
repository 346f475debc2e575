// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Fee, FeeKind, Terms} from "../agreements/Terms.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {IParties} from "../parties/IParties.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Holdings} from "./Holdings.sol";
import {Entry, ILoanEscrow, PositionTransfer, State} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";

/// @title Part of the escrow: what units and fees have earned is paid out, units change hands, and loans are closed.
/// @dev Whoever is paid is found by subject: a lost key can be replaced, and a frozen subject's money stays. Tokens move last.
contract Positions is Holdings {
    constructor(Parts memory parts) EscrowBase(parts) {}

    // ------------------------------------------------------------------------------------------------------------- claims

    /// @notice See ILoanEscrow.
    function claim(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _at(loan, expectedLength);
        require(
            l.state == State.Active || l.state == State.Repaid || l.state == State.Closed,
            ILoanEscrow.LoanState(loan, l.state, State.Active)
        );

        address[] memory accounts = new address[](lenders.length);
        uint128[] memory amounts = new uint128[](lenders.length);
        for (uint256 i = 0; i < lenders.length; ++i) {
            (accounts[i], amounts[i]) = _claim(l, loan, today, lenders[i]);
        }

        for (uint256 i = 0; i < accounts.length; ++i) {
            if (amounts[i] != 0) token.push(accounts[i], amounts[i]);
        }
    }

    /// @notice See ILoanEscrow.
    function claimFees(Terms calldata terms, uint32 expectedLength, address payee) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        bytes32 loan = _loanOfTerms(terms);
        LoanSlots storage l = _at(loan, expectedLength);
        bytes32 subject = parties.party(payee).subject;
        uint256 earned = _feesOf(terms.fees, subject, l.fees, l.flags & FIRST_FEES_PAID != 0);
        uint128 taken = _feesTaken[loan][subject];
        require(earned > taken, ILoanEscrow.NothingToClaim(loan, subject));
        // Below all fees of the loan.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 amount = uint64(Math.min(earned - taken, _available(l)));
        require(amount != 0, ILoanEscrow.NothingToClaim(loan, subject));
        address account = parties.payee(subject);

        _feesTaken[loan][subject] = taken + amount;
        l.feesPaid += amount;
        l.released += amount;
        _record(l, loan, today, Entry.FeesClaimed, msg.sender, abi.encode(payee, subject, uint128(amount)));

        token.push(account, amount);
    }

    // ---------------------------------------------------------------------------------------------------------- transfers

    /// @notice See ILoanEscrow.
    function transferPosition(
        PositionTransfer calldata t,
        uint32 expectedLength,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature
    ) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _inState(t.loan, expectedLength, State.Active);
        require(t.units != 0, ILoanEscrow.OrderZero());
        (bytes32 from, bytes32 to) = _signTransfer(t, sellerSignature, buyerSignature, today);

        int256 carried = _move(l, t.loan, from, to, t.units);
        bytes memory payload = abi.encode(t, from, to, carried, sellerSignature, buyerSignature);
        _record(l, t.loan, today, Entry.PositionTransferred, msg.sender, payload);

        if (t.price == 0) return;
        token.pull(t.buyer, t.price);
        token.push(t.seller, t.price);
    }

    /// @dev Both sign the same. Neither the price nor the units may leave a frozen subject.
    /// @return from subject of the seller; @return to subject of the buyer
    function _signTransfer(
        PositionTransfer calldata t,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature,
        uint32 today
    ) private returns (bytes32 from, bytes32 to) {
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(t));
        from = _checkOrder(t.seller, digest, sellerSignature, t.validThrough, today);
        to = _useOrder(t.buyer, digest, buyerSignature, t.validThrough, today);
        require(from != to, ILoanEscrow.TransferSelf(t.seller));
        require(!parties.frozen(from), IParties.PartiesFrozen(from));
        require(!parties.frozen(to), IParties.PartiesFrozen(to));
    }

    // ------------------------------------------------------------------------------------------------------------ endings

    /// @notice See ILoanEscrow.
    function close(bytes32 loan, uint32 expectedLength) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _inState(loan, expectedLength, State.Repaid);
        // Counted from the business date on which full repayment was posted, never earlier than its value date.
        uint32 closesAfter = uint32(l.repaidOn) + l.reversalDays;
        require(today > closesAfter, ILoanEscrow.ReversalWindowOpen(today, closesAfter));

        l.state = State.Closed;
        uint128 distributed = uint128(l.called) - l.outstanding + l.undrawnReturned + l.interest;
        _record(l, loan, today, Entry.Closed, msg.sender, abi.encode(distributed));
    }

    /// @notice See ILoanEscrow.
    function releaseOverpayment(bytes32 loan, uint32 expectedLength) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _inState(loan, expectedLength, State.Closed);
        bytes32 subject = parties.party(l.borrower).subject;
        // Lenders may hold part of it: claimed before a payment was booked anew on an earlier value date.
        // Below the overpayment.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 amount = uint64(Math.min(l.overpaid, _cash(l)));
        require(amount != 0, ILoanEscrow.NothingToClaim(loan, subject));
        address account = parties.payee(subject);

        l.overpaid -= amount;
        _record(l, loan, today, Entry.OverpaymentReleased, msg.sender, abi.encode(subject, uint128(amount)));

        token.push(account, amount);
    }

    /// @notice See ILoanEscrow.
    function sweepDust(bytes32 loan, uint32 expectedLength) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _inState(loan, expectedLength, State.Closed);
        uint128 unpaid = l.principal - l.unitsPaid;
        require(unpaid == 0 && l.overpaid == 0 && l.fees <= l.feesPaid, ILoanEscrow.ClaimsOpen(loan, unpaid));
        uint128 dust = _cash(l);
        require(dust != 0, ILoanEscrow.NothingToClaim(loan, 0));

        // No later money will meet the bank's claim.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 met = uint64(Math.min(dust, l.bankClaim));
        if (met != 0) {
            l.bankClaim -= met;
            dust -= met;
        }
        // All that ever came in fits the field of what went out.
        // forge-lint: disable-next-line(unsafe-typecast)
        l.released += uint88(dust);
        _reserve[l.platform] += dust;
        _record(l, loan, today, Entry.DustSwept, msg.sender, abi.encode(dust));

        if (met != 0) token.meetClaim(met);
    }

    // -------------------------------------------------------------------------------------------------------- one at a time

    /// @dev Once a loan is closed, what its units earned is final: the units are gone with the claim, and a lender whose last share
    /// rounds to nothing gets an entry over 0, so that the dust can be swept.
    function _claim(LoanSlots storage l, bytes32 loan, uint32 today, address lender)
        private
        returns (address account, uint128 amount)
    {
        bytes32 subject = parties.party(lender).subject;
        PositionSlot storage p = _positions[loan][subject];
        amount = _claimable(l, p);
        int256 rest = _owed(l, p) - int256(uint256(amount) * _denominator(l));
        uint64 units = p.units;
        bool last = l.state == State.Closed && units != 0 && rest < int256(_denominator(l));
        require(amount != 0 || last, ILoanEscrow.NothingToClaim(loan, subject));
        account = parties.payee(subject);

        if (last) {
            l.unitsPaid += units;
            p.units = 0;
            p.numerator = 0;
        } else {
            // forge-lint: disable-next-line(unsafe-typecast)
            p.snapshot = uint160(_accumulated(l, p.classPlusOne));
            p.numerator = rest;
        }
        // All that ever came in fits the field of what went out.
        // forge-lint: disable-next-line(unsafe-typecast)
        l.released += uint88(amount);
        _record(l, loan, today, Entry.Claimed, msg.sender, abi.encode(lender, subject, amount));
    }

    /// @return carried the part of the seller's numerator that moves, rounded down; the rest stays, so that their sum is kept
    function _move(LoanSlots storage l, bytes32 loan, bytes32 from, bytes32 to, uint128 units)
        private
        returns (int256 carried)
    {
        PositionSlot storage s = _positions[loan][from];
        uint64 held = s.units;
        require(units <= held, ILoanEscrow.TransferUnits(units, held));
        PositionSlot storage b = _holder(loan, to, s.classPlusOne - 1);
        // At most what the seller holds.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 moved = uint64(units);

        int256 owed = _accrue(l, s);
        carried = _part(owed, moved, held);
        s.units = held - moved;
        s.numerator = owed - carried;
        int256 before = _accrue(l, b);
        b.units += moved;
        b.numerator = before + carried;
    }

    /// @dev floor(owed * moved / held), towards minus infinity below zero.
    function _part(int256 owed, uint256 moved, uint256 held) private pure returns (int256) {
        // Numerators stay below 2^224 and `moved` is at most `held`.
        // forge-lint: disable-next-item(unsafe-typecast)
        return owed >= 0
            ? int256(Math.mulDiv(uint256(owed), moved, held))
            : -int256(Math.mulDiv(uint256(-owed), moved, held, Math.Rounding.Ceil));
    }

    /// @dev The fees collected meet the rows in order, and within a row the terms' fees in order. All rows after the first carry the
    /// same fees, so whole rows are counted and not walked.
    /// @return earned what the payee's fees have been paid
    function _feesOf(Fee[] calldata fees, bytes32 subject, uint256 collected, bool firstPaid)
        private
        view
        returns (uint256 earned)
    {
        bool[] memory own = new bool[](fees.length);
        uint256 each = 0;
        uint256 first = 0;
        uint256 ownEach = 0;
        uint256 ownFirst = 0;
        for (uint256 i = 0; i < fees.length; ++i) {
            own[i] = parties.party(fees[i].payee).subject == subject;
            uint256 amount = fees[i].amount;
            uint256 mine = own[i] ? amount : 0;
            if (fees[i].kind == uint8(FeeKind.EachInstalment)) {
                each += amount;
                ownEach += mine;
            }
            if (fees[i].kind == uint8(FeeKind.EachInstalment) || !firstPaid) {
                first += amount;
                ownFirst += mine;
            }
        }
        if (collected < first) return _within(fees, own, collected, !firstPaid);
        if (each == 0) return ownFirst;
        uint256 later = collected - first;
        // Whole rows.
        // slither-disable-next-line divide-before-multiply
        return ownFirst + later / each * ownEach + _within(fees, own, later % each, false);
    }

    /// @return earned of `collected` within one row
    function _within(Fee[] calldata fees, bool[] memory own, uint256 collected, bool isFirst)
        private
        pure
        returns (uint256 earned)
    {
        for (uint256 i = 0; i < fees.length; ++i) {
            if (fees[i].kind == uint8(FeeKind.FirstInstalment) && !isFirst) continue;
            uint256 paid = Math.min(collected, fees[i].amount);
            if (own[i]) earned += paid;
            collected -= paid;
        }
    }
}
