// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Terms} from "../agreements/Terms.sol";
import {TermsHash} from "../agreements/TermsHash.sol";
import {IWorkingDays} from "../calendar/IWorkingDays.sol";
import {IApprovals} from "../consortium/IApprovals.sol";
import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IParties} from "../parties/IParties.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {IRepaymentSchedules} from "../schedules/IRepaymentSchedules.sol";
import {ICustodyToken} from "./ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, State} from "./ILoanEscrow.sol";

/// @title Storage of the escrow, and what all its parts share.
/// @dev The escrow is one contract with one storage; most of its functions run in modules, whose code it calls by delegatecall at
/// addresses fixed when it is deployed: no proxy, nothing to upgrade. Called by themselves, modules know no loan and move no token.
/// Widths: the agreements contract keeps the principal below 2^64, all fees of a loan below 2^40 and all its interest below 2^72.
abstract contract EscrowBase is SeatGuard, EIP712 {
    /// @dev Posting a payment reads slots 0 to 3 and writes 0, 1 and 2.
    struct LoanSlots {
        // slot 0: 8 + 8 + 4 * 16 + 2 * 24 + 32 + 80 + 16 = 256 bits
        State state;
        Payout payout;
        uint16 platform;
        uint16 rows;
        uint16 nextRow;
        uint16 reversalDays;
        uint24 lastValueDate;
        uint24 length;
        uint32 account; // number of the exposure
        uint80 interest; // distributed to the units
        uint16 flags;
        // slot 1
        bytes32 head;
        // slot 2: 72 + 40 + 72 + 72 = 256 bits
        uint72 outstanding; // called, not yet repaid
        uint40 aheadFee; // paid towards rows from `nextRow` on
        uint72 aheadInterest;
        uint72 aheadPrincipal;
        // slot 3: 160 + 16 + 24 + 24 + 24 = 248 bits
        address schedule;
        uint16 offset;
        uint24 start;
        uint24 anchor;
        uint24 repaidOn;
        // slot 4: read by postings only if a flag says so. 64 + 64 + 64 + 64 = 256 bits
        uint64 penaltyDue;
        uint64 fees; // collected for payees, cumulative
        uint64 overpaid;
        uint64 bankClaim;
        // slot 5: the rules of late payments, read only then, and the rate cap. 64 + 4 * 16 + 64 = 192 bits
        uint64 penaltyRateNano; // as it is charged: the loan's rate is in it unless the penalty replaces it
        uint16 penaltyBase;
        uint16 graceDays;
        uint16 calendar;
        uint16 penaltyDayBase; // 360 or 365
        uint64 rateCapNano; // of the regime when the loan was proposed
        // slot 6
        address borrower;
        uint64 principal; // also the number of units
        uint24 fundingDeadline;
        // slot 7: cash = subscribed + called - outstanding + interest + fees + penalty ... see `_cash`
        uint64 subscribed;
        uint64 called;
        uint88 released;
        uint24 instructedOn;
        // slot 8
        uint64 unitsPaid; // units whose final claim is paid
        uint64 undrawnReturned;
        uint80 weighted; // sum of units times their class's weight
        uint24 lastDrawDay; // 0: nothing to draw any more
        // slot 9
        uint64 feesPaid; // paid out to payees
        uint64 inPayout; // called, payout not settled yet
        uint16[4] rateShares;
    }

    /// @dev Two slots. owed now = numerator + units * (A - snapshot), A as in `_accumulated`.
    struct PositionSlot {
        uint64 units;
        uint8 classPlusOne; // 0: never held units
        uint160 snapshot;
        int256 numerator;
    }

    struct ExposureSlot {
        uint128 outstanding;
        uint64 loans;
        uint64 unused;
    }

    /// @dev Contracts the escrow works with.
    struct Parts {
        IConsortium consortium;
        IApprovals approvals;
        IParties parties;
        ICustodyToken token;
        IWorkingDays workingDays;
        IRepaymentSchedules schedules;
    }

    // Flags of a loan.
    uint16 internal constant VERTICAL = 1;
    uint16 internal constant PENALTY_FIRST = 2;
    /// @dev Slot 4 holds something: penalty interest due, an overpayment, a claim of the bank.
    uint16 internal constant EXTRAS = 4;
    /// @dev A later tranche may still be drawn: money beyond the running row is held for the borrower.
    uint16 internal constant DRAWABLE = 8;
    uint16 internal constant HAS_PENALTY = 16;
    /// @dev A running loan that entered after the fees of its first instalment were paid.
    uint16 internal constant FIRST_FEES_PAID = 32;
    /// @dev One payout was booked and no other: it may still bounce.
    uint16 internal constant ONE_PAYOUT = 64;
    /// @dev Bits 8 to 10: a `KindsOrder`.
    uint16 internal constant KINDS_SHIFT = 8;

    /// @notice After the funding deadline a platform has this many days to request the payout, and the bank to instruct it. From
    /// the day after on, any seat may expire the loan unless the payout is instructed, so that neither can trap the lenders' money.
    uint32 public constant DISBURSE_WITHIN_DAYS = 30;

    IApprovals public immutable approvals;
    IParties public immutable parties;
    ICustodyToken public immutable token;
    IWorkingDays public immutable workingDays;
    IRepaymentSchedules public immutable schedules;

    // Each is written by one part of the escrow or another.
    // slither-disable-start uninitialized-state
    mapping(bytes32 loan => LoanSlots) internal _loans;
    mapping(bytes32 loan => mapping(bytes32 subject => PositionSlot)) internal _positions;
    mapping(bytes32 termsHash => bytes32 loan) internal _loanByTerms;
    /// @dev Digests of parties' orders that are used or revoked.
    mapping(bytes32 digest => bool) internal _used;
    /// @dev What a mandate has taken on a business date: day << 128 | amount.
    mapping(bytes32 digest => uint256) internal _mandateTaken;
    mapping(uint16 platform => uint128) internal _reserve;
    mapping(uint32 account => ExposureSlot) internal _exposures;
    mapping(bytes32 subject => mapping(uint16 platform => uint32 account)) internal _accounts;
    mapping(uint16 platform => ExposureSlot) internal _platformExposures;
    mapping(bytes32 subject => bytes32[] loans) internal _held;
    uint32 internal _lastAccount;
    /// @dev Fees paid out to a payee.
    mapping(bytes32 loan => mapping(bytes32 subject => uint128)) internal _feesTaken;
    /// @dev Entries that keep a payment made from a party's own tokens: no bank entry is behind them.
    mapping(bytes32 loan => mapping(uint32 seq => bool)) internal _keptOwnTokens;
    // slither-disable-end uninitialized-state

    constructor(Parts memory parts) SeatGuard(parts.consortium) EIP712("loan-ledger", "1") {
        approvals = parts.approvals;
        parties = parts.parties;
        token = parts.token;
        workingDays = parts.workingDays;
        schedules = parts.schedules;
    }

    function _record(LoanSlots storage l, bytes32 loan, uint32 day, Entry kind, address actor, bytes memory payload)
        internal
    {
        uint24 seq = l.length + 1;
        bytes32 head = keccak256(abi.encode(l.head, loan, seq, day, kind, actor, keccak256(payload)));

        l.length = seq;
        l.head = head;

        emit ILoanEscrow.Recorded(loan, seq, day, kind, actor, payload, head);
    }

    /// @dev The loan, if its history is as long as the caller thinks.
    function _at(bytes32 loan, uint32 expectedLength) internal view returns (LoanSlots storage l) {
        l = _loans[loan];
        require(l.state != State.None, ILoanEscrow.LoanUnknown(loan));
        require(l.length == expectedLength, ILoanEscrow.HistoryMoved(loan, l.length, expectedLength));
    }

    function _inState(bytes32 loan, uint32 expectedLength, State expected) internal view returns (LoanSlots storage l) {
        l = _at(loan, expectedLength);
        require(l.state == expected, ILoanEscrow.LoanState(loan, l.state, expected));
    }

    /// @dev The loan, if it may take a booked bank entry. Other seats' entries may have come first: what the bank has booked has
    /// happened, and no claim or document may hold it up. The entry itself is used once, so a retry can't act twice.
    function _bookable(bytes32 loan, uint32 expectedLength, State expected)
        internal
        view
        returns (LoanSlots storage l)
    {
        l = _loans[loan];
        require(l.state != State.None, ILoanEscrow.LoanUnknown(loan));
        require(expectedLength <= l.length, ILoanEscrow.HistoryMoved(loan, l.length, expectedLength));
        require(l.state == expected, ILoanEscrow.LoanState(loan, l.state, expected));
    }

    function _checkValueDate(uint32 valueDate, uint32 notBefore, uint32 notAfter) internal pure {
        require(
            notBefore <= valueDate && valueDate <= notAfter,
            ILoanEscrow.ValueDateInvalid(valueDate, notBefore, notAfter)
        );
    }

    /// @dev Terms are supplied again and recognised by their hash.
    function _loanOfTerms(Terms calldata terms) internal view returns (bytes32 loan) {
        bytes32 termsHash = TermsHash.hash(terms);
        loan = _loanByTerms[termsHash];
        require(loan != 0, ILoanEscrow.TermsMismatch(loan, termsHash));
    }

    /// @dev A party's order: not used before, in time, signed by the key that stands for the party now. Marks it used.
    /// @return subject of the party
    function _useOrder(address party, bytes32 digest, bytes calldata signature, uint32 validThrough, uint32 today)
        internal
        returns (bytes32 subject)
    {
        subject = _checkOrder(party, digest, signature, validThrough, today);
        _used[digest] = true;
    }

    function _checkOrder(address party, bytes32 digest, bytes calldata signature, uint32 validThrough, uint32 today)
        internal
        view
        returns (bytes32 subject)
    {
        require(!_used[digest], ILoanEscrow.OrderUsed(digest));
        require(today <= validThrough, ILoanEscrow.OrderExpired(validThrough, today));
        subject = parties.signer(party);
        require(PartySignature.isValid(party, digest, signature), ILoanEscrow.OrderSignatureInvalid(party));
    }

    /// @return account that signs for the borrower now: its key may have been replaced since it signed the terms
    function _borrowerOf(LoanSlots storage l) internal view returns (address account) {
        return parties.accountOf(parties.party(l.borrower).subject);
    }

    /// @dev Principal called for raises the registers, principal repaid or not paid out lowers them.
    function _raiseExposure(LoanSlots storage l, uint128 amount) internal {
        _exposures[l.account].outstanding += amount;
        _platformExposures[l.platform].outstanding += amount;
    }

    /// @dev What was called for a payout that will not be made is not called.
    function _uncall(LoanSlots storage l) internal {
        uint64 amount = l.inPayout;
        l.inPayout = 0;
        l.called -= amount;
        l.outstanding -= amount;
        _lowerExposure(l, amount);
    }

    function _lowerExposure(LoanSlots storage l, uint128 amount) internal {
        _exposures[l.account].outstanding -= amount;
        _platformExposures[l.platform].outstanding -= amount;
    }

    /// @dev Earned so far by one unit of class `classPlusOne`, times units times weighted units of the loan (`denominatorOf`):
    /// principal * weighted + interest * weight * units. Below 2^160: 2^64 * 2^80 + 2^72 * 2^16 * 2^64.
    function _accumulated(LoanSlots storage l, uint8 classPlusOne) internal view returns (uint256) {
        uint256 principal = uint256(l.called) - l.outstanding + l.undrawnReturned;
        return principal * l.weighted + uint256(l.interest) * l.rateShares[classPlusOne - 1] * l.principal;
    }

    function _denominator(LoanSlots storage l) internal view returns (uint256) {
        return uint256(l.principal) * l.weighted;
    }

    /// @dev What the position's units earned less what was claimed, times the denominator; negative after a reversal.
    function _owed(LoanSlots storage l, PositionSlot storage p) internal view returns (int256) {
        if (p.units == 0) return p.numerator;
        int256 grown = int256(_accumulated(l, p.classPlusOne)) - int256(uint256(p.snapshot));
        return p.numerator + int256(uint256(p.units)) * grown;
    }

    /// @dev What a position may claim now: what its units earned and nobody claimed, as far as the loan's cash goes.
    function _claimable(LoanSlots storage l, PositionSlot storage p) internal view returns (uint128) {
        int256 owed = _owed(l, p);
        if (owed <= 0) return 0;
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 amount = uint256(owed) / _denominator(l);
        uint256 available = _available(l);
        // Both are amounts of one loan.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(amount < available ? amount : available);
    }

    /// @dev Cash of the loan less what later payouts need: what was subscribed and has neither been paid out nor returned.
    function _available(LoanSlots storage l) internal view returns (uint128) {
        uint256 cash = _cash(l);
        uint256 kept = uint256(l.principal) + l.inPayout - l.called - l.undrawnReturned;
        // forge-lint: disable-next-line(unsafe-typecast)
        return cash > kept ? uint128(cash - kept) : 0;
    }

    /// @dev Tokens held for the loan: all that came in and counts, less what went out; what a reversal could not burn went out
    /// before it was undone.
    function _cash(LoanSlots storage l) internal view returns (uint128) {
        return
            uint128(l.subscribed) + l.called - l.outstanding + l.interest + l.fees + l.overpaid + l.bankClaim
                - l.released;
    }
}
