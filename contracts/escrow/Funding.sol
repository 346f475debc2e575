// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Scope} from "../consortium/IConsortium.sol";
import {IParties} from "../parties/IParties.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Holdings} from "./Holdings.sol";
import {Entry, ILoanEscrow, Payout, State, Subscription} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";

/// @title Part of the escrow: lenders' money comes in, or goes back whole when the loan ends before its payout.
/// @dev Only the ledger's own contracts are called, and a party's ERC-1271 contract, statically. Even so, tokens move last.
contract Funding is Holdings {
    constructor(Parts memory parts) EscrowBase(parts) {}

    /// @notice See ILoanEscrow.
    function subscribe(
        bytes32 loan,
        uint32 expectedLength,
        Subscription[] calldata subscriptions,
        bytes[] calldata signatures
    ) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _at(loan, expectedLength);
        require(
            l.state == State.Proposed || l.state == State.Funding, ILoanEscrow.LoanState(loan, l.state, State.Funding)
        );
        require(today <= l.fundingDeadline, ILoanEscrow.DeadlinePassed(l.fundingDeadline, today));
        require(
            subscriptions.length == signatures.length && signatures.length != 0,
            ILoanEscrow.EscrowLengths(subscriptions.length, signatures.length)
        );

        l.state = State.Funding;
        for (uint256 i = 0; i < subscriptions.length; ++i) {
            _subscribe(l, loan, today, subscriptions[i], signatures[i]);
        }
        if (l.subscribed == l.principal) {
            l.state = State.Funded;
            _record(l, loan, today, Entry.Funded, msg.sender, abi.encode(uint128(l.principal)));
        }

        for (uint256 i = 0; i < subscriptions.length; ++i) {
            token.pull(subscriptions[i].lender, subscriptions[i].amount);
        }
    }

    /// @notice See ILoanEscrow.
    function cancel(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external {
        (uint16 member, uint32 today,) = _requireSeat(PLATFORM, Scope.Lend);
        LoanSlots storage l = _at(loan, expectedLength);
        require(l.platform == member, ILoanEscrow.EscrowNotServicer(loan, l.platform, member));
        require(
            l.state == State.Proposed || l.state == State.Funding || l.state == State.Funded,
            ILoanEscrow.LoanState(loan, l.state, State.Funding)
        );

        l.state = State.Cancelled;
        _record(l, loan, today, Entry.Cancelled, msg.sender, abi.encode(reasonHash));
    }

    /// @notice See ILoanEscrow.
    function expire(bytes32 loan, uint32 expectedLength) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _at(loan, expectedLength);
        uint32 deadline = l.fundingDeadline;
        require(
            l.state == State.Proposed || l.state == State.Funding
                || (today > deadline + DISBURSE_WITHIN_DAYS
                    && (l.state == State.Funded || (l.state == State.Disbursing && l.payout == Payout.Reserved))),
            ILoanEscrow.LoanState(loan, l.state, State.Funding)
        );
        require(today > deadline, ILoanEscrow.DeadlineNotPassed(deadline, today));

        if (l.payout == Payout.Reserved) {
            l.payout = Payout.Returned;
            _uncall(l);
        }
        l.state = State.Expired;
        _record(l, loan, today, Entry.Expired, msg.sender, abi.encode(deadline));
    }

    /// @notice See ILoanEscrow.
    function refund(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        LoanSlots storage l = _at(loan, expectedLength);
        require(
            l.state == State.Cancelled || l.state == State.Expired,
            ILoanEscrow.LoanState(loan, l.state, State.Cancelled)
        );

        address[] memory accounts = new address[](lenders.length);
        uint128[] memory amounts = new uint128[](lenders.length);
        uint64 claimBefore = l.bankClaim;
        for (uint256 i = 0; i < lenders.length; ++i) {
            (accounts[i], amounts[i]) = _refund(l, loan, today, lenders[i]);
        }

        if (l.bankClaim != claimBefore) token.meetClaim(claimBefore - l.bankClaim);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (amounts[i] != 0) token.push(accounts[i], amounts[i]);
        }
    }

    // -------------------------------------------------------------------------------------------------------- one at a time

    function _subscribe(
        LoanSlots storage l,
        bytes32 loan,
        uint32 today,
        Subscription calldata s,
        bytes calldata signature
    ) private {
        require(s.loan == loan, ILoanEscrow.OrderWrongLoan(s.loan, loan));
        require(s.amount != 0, ILoanEscrow.OrderZero());
        uint64 need = l.principal - l.subscribed;
        require(s.amount <= need, ILoanEscrow.SubscriptionAboveNeed(s.amount, need));
        bytes32 digest = _hashTypedDataV4(OrderHash.hash(s));
        bytes32 subject = _useOrder(s.lender, digest, signature, s.validThrough, today);
        require(!parties.frozen(subject), IParties.PartiesFrozen(subject));

        // The amount is at most the principal, which fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 amount = uint64(s.amount);
        l.subscribed += amount;
        _issue(l, loan, subject, amount, s.class);

        // All of it, so that the lender's signature can be checked again from the history alone.
        bytes memory payload = abi.encode(s.lender, subject, s.amount, s.class, s.salt, s.validThrough, signature);
        _record(l, loan, today, Entry.Subscribed, msg.sender, payload);
    }

    /// @dev Whole, unless the payout bounced after a payment had been claimed and then reversed: what the lender holds of that
    /// stays back and meets the bank's claim.
    function _refund(LoanSlots storage l, bytes32 loan, uint32 today, address lender)
        private
        returns (address account, uint128 amount)
    {
        bytes32 subject = parties.party(lender).subject;
        PositionSlot storage p = _positions[loan][subject];
        amount = p.units;
        require(amount != 0, ILoanEscrow.NothingToRefund(loan, subject));
        account = parties.payee(subject);

        int256 owed = _owed(l, p);
        // forge-lint: disable-next-line(unsafe-typecast)
        if (owed < 0) amount -= _withhold(l, uint256(-owed), amount);
        p.units = 0;
        p.numerator = 0;
        // At most the units, which fit.
        // forge-lint: disable-next-line(unsafe-typecast)
        l.released += uint88(amount);
        _record(l, loan, today, Entry.Refunded, msg.sender, abi.encode(lender, subject, amount));
    }

    /// @return held rounded up, so that the loan's money covers every refund
    function _withhold(LoanSlots storage l, uint256 numerator, uint128 units) private returns (uint128 held) {
        uint256 missing = (numerator + _denominator(l) - 1) / _denominator(l);
        // The lesser of both fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        held = missing < units ? uint128(missing) : units;
        // forge-lint: disable-next-line(unsafe-typecast)
        l.bankClaim -= held < l.bankClaim ? uint64(held) : l.bankClaim;
    }
}
