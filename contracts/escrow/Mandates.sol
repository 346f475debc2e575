// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Scope} from "../consortium/IConsortium.sol";
import {IParties} from "../parties/IParties.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Entry, ILoanEscrow, Mandate, Payment, Posted, State} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";
import {Posting} from "./Posting.sol";

/// @title Part of the escrow: parties pay loans from their own custody tokens, by single orders and by standing ones.
contract Mandates is Posting {
    constructor(Parts memory parts) EscrowBase(parts) {}

    /// @notice See ILoanEscrow.
    function pay(Payment calldata payment, uint32 expectedLength, bytes calldata signature) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        bytes32 loan = payment.loan;
        LoanSlots storage l = _inState(loan, expectedLength, State.Active);
        require(payment.amount != 0, ILoanEscrow.OrderZero());
        _usePayment(l, payment, signature, today);

        (Posted memory p, uint128 met) = _post(l, payment.amount, today, true);
        bytes memory payload = abi.encode(p, payment, signature);
        _record(l, loan, today, Entry.PaidFromAccount, msg.sender, payload);
        _finish(l, loan, today, today);

        _pull(payment.payer, payment.amount, met);
    }

    /// @notice See ILoanEscrow.
    function payByMandate(Mandate calldata mandate, uint32 expectedLength, bytes calldata signature) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _inState(mandate.loan, expectedLength, State.Active);
        uint128 amount = _take(l, mandate, signature, today);

        (Posted memory p, uint128 met) = _post(l, amount, today, true);
        bytes memory payload = abi.encode(p, mandate, signature);
        _record(l, mandate.loan, today, Entry.PaidByMandate, msg.sender, payload);
        _finish(l, mandate.loan, today, today);

        _pull(mandate.payer, amount, met);
    }

    /// @notice See ILoanEscrow.
    function revokeMandate(Mandate calldata mandate, uint32 expectedLength, bytes calldata signature) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _at(mandate.loan, expectedLength);
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(mandate));
        require(!_used[digest], ILoanEscrow.OrderUsed(digest));
        bytes32 revocation = _hashTypedDataV4(OrderHash.revocation(digest));
        // A mandate can be ended on any day.
        _checkOrder(mandate.payer, revocation, signature, type(uint32).max, today);

        _used[digest] = true;
        bytes memory payload = abi.encode(digest, mandate.payer);
        _record(l, mandate.loan, today, Entry.MandateRevoked, msg.sender, payload);
    }

    function _usePayment(LoanSlots storage l, Payment calldata payment, bytes calldata signature, uint32 today)
        private
    {
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(payment));
        _requireMayPay(l, _useOrder(payment.payer, digest, signature, payment.validThrough, today));
    }

    /// @dev Frozen money pays its own subject's loans and nobody else's, or it could leave by them.
    function _requireMayPay(LoanSlots storage l, bytes32 payer) private view {
        require(!parties.frozen(payer) || parties.party(l.borrower).subject == payer, IParties.PartiesFrozen(payer));
    }

    /// @dev What is due today, as far as the mandate and the payer's balance go; counts it against the mandate.
    function _take(LoanSlots storage l, Mandate calldata mandate, bytes calldata signature, uint32 today)
        private
        returns (uint128 amount)
    {
        require(mandate.limit != 0, ILoanEscrow.OrderZero());
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(mandate));
        _requireMayPay(l, _checkOrder(mandate.payer, digest, signature, mandate.validThrough, today));
        amount = _due(l, today);
        require(amount != 0, ILoanEscrow.NothingDue(mandate.loan));
        // The day above, the amount below.
        uint256 taken = _mandateTaken[digest];
        // forge-lint: disable-next-line(unsafe-typecast)
        uint128 before = taken >> 128 == today ? uint128(taken) : 0;
        uint128 available = mandate.limit - before;
        uint256 balance = token.balanceOf(mandate.payer);
        // forge-lint: disable-next-line(unsafe-typecast)
        if (balance < available) available = uint128(balance);
        require(available != 0, ILoanEscrow.MandateLimit(amount, available));
        if (amount > available) amount = available;

        _mandateTaken[digest] = uint256(today) << 128 | (before + amount);
    }

    /// @dev Penalty interest and rows due on `today`, less what is held for the borrower.
    function _due(LoanSlots storage l, uint32 today) private view returns (uint128) {
        Books memory b = _books(l);
        (uint256 fee, uint256 interest, uint256 principal) = _dueUnpaid(b, today);
        uint256 due = fee + interest + principal + b.penaltyDue + _accrued(l, b, today);
        // Sums of a loan's rows and of penalty interest on them.
        // forge-lint: disable-next-line(unsafe-typecast)
        return due > b.overpaid ? uint128(due - b.overpaid) : 0;
    }

    function _pull(address payer, uint128 amount, uint128 met) private {
        token.pull(payer, amount);
        if (met != 0) token.meetClaim(met);
    }
}
