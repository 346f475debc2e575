// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../agreements/Terms.sol";
import {Scope} from "../consortium/IConsortium.sol";
import {Row} from "../schedules/IRepaymentSchedules.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {BankEntry} from "./ICustodyToken.sol";
import {
    Drawdown,
    EarlyRepayment,
    Entry,
    ILoanEscrow,
    Mandate,
    Opening,
    OpeningPosition,
    Payment,
    PositionTransfer,
    Posted,
    Rebooking,
    Receipt,
    State,
    Subscription
} from "./ILoanEscrow.sol";
import {OrderHash} from "./OrderHash.sol";
import {Posting} from "./Posting.sol";

/// @title See ILoanEscrow.
/// @dev Only the ledger's own contracts are called, and a party's ERC-1271 contract, statically. Even so, tokens move last.
/// What happens most, posting receipts, runs here; the rest in modules, see `EscrowBase`.
contract LoanEscrow is ILoanEscrow, Posting {
    /// @notice Where the other functions' code is.
    struct Modules {
        address funding;
        address openings;
        address disbursements;
        address mandates;
        address corrections;
        address earlyRepayments;
        address positions;
    }

    address public immutable funding;
    address public immutable openings;
    address public immutable disbursements;
    address public immutable mandates;
    address public immutable corrections;
    address public immutable earlyRepayments;
    address public immutable positions;

    modifier onlyLedger() {
        require(consortium.isLedger(msg.sender), EscrowNotLedger(msg.sender));
        _;
    }

    constructor(Parts memory parts, Modules memory modules) EscrowBase(parts) {
        funding = modules.funding;
        openings = modules.openings;
        disbursements = modules.disbursements;
        mandates = modules.mandates;
        corrections = modules.corrections;
        earlyRepayments = modules.earlyRepayments;
        positions = modules.positions;
    }

    /// @inheritdoc ILoanEscrow
    function append(bytes32 loan, uint32 expectedLength, Entry kind, address actor, bytes calldata payload)
        external
        onlyLedger
    {
        LoanSlots storage l = _at(loan, expectedLength);
        // Every other kind is written here only, together with the change it tells of.
        require(kind == Entry.DocumentCommitted, EntryReserved(kind));

        _record(l, loan, consortium.businessDate(), kind, actor, payload);
    }

    // ------------------------------------------------------------------------------------------------------- payments

    /// @inheritdoc ILoanEscrow
    function collect(Receipt[] calldata receipts) external {
        (, uint32 today, uint128 limit) = _requireSeat(BANK, Scope.Book);

        uint256 total = 0;
        uint128 met = 0;
        for (uint256 i = 0; i < receipts.length; ++i) {
            Receipt calldata receipt = receipts[i];
            total += receipt.amount;
            met += _collect(receipt, today);
        }

        // The limit is for one call, or many small receipts would pass it.
        if (total > limit) approvals.consume(msg.data, msg.sender, BANK);
        for (uint256 i = 0; i < receipts.length; ++i) {
            token.creditLedger(receipts[i].amount, receipts[i].entry);
        }
        if (met != 0) token.meetClaim(met);
    }

    // ------------------------------------------------------------------------------------------- parts in other contracts

    /// @inheritdoc ILoanEscrow
    function subscribe(bytes32, uint32, Subscription[] calldata, bytes[] calldata) external {
        _delegate(funding);
    }

    /// @inheritdoc ILoanEscrow
    function cancel(bytes32, uint32, bytes32) external {
        _delegate(funding);
    }

    /// @inheritdoc ILoanEscrow
    function expire(bytes32, uint32) external {
        _delegate(funding);
    }

    /// @inheritdoc ILoanEscrow
    function refund(bytes32, uint32, address[] calldata) external {
        _delegate(funding);
    }

    /// @inheritdoc ILoanEscrow
    function open(bytes32, Terms calldata, bytes calldata, uint16, uint64, uint16, address) external {
        _delegate(openings);
    }

    /// @inheritdoc ILoanEscrow
    function openRunning(
        Terms calldata,
        uint32,
        Opening calldata,
        Row[] calldata,
        OpeningPosition[] calldata,
        bytes calldata,
        bytes[] calldata
    ) external {
        _delegate(openings);
    }

    /// @inheritdoc ILoanEscrow
    function disburse(Terms calldata, uint32, Row[] calldata) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function draw(Terms calldata, uint32, Drawdown calldata, bytes calldata, Row[] calldata) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function instruct(bytes32, uint32, bytes32) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function settle(Terms calldata, uint32, uint32, BankEntry calldata, Row[] calldata) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function returnPayout(bytes32, uint32, bytes32) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function bouncePayout(bytes32, uint32, uint32, BankEntry calldata) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function closeDrawing(Terms calldata, uint32) external {
        _delegate(disbursements);
    }

    /// @inheritdoc ILoanEscrow
    function collectSuspense(Receipt calldata) external {
        _delegate(corrections);
    }

    /// @inheritdoc ILoanEscrow
    function pay(Payment calldata, uint32, bytes calldata) external {
        _delegate(mandates);
    }

    /// @inheritdoc ILoanEscrow
    function payByMandate(Mandate calldata, uint32, bytes calldata) external {
        _delegate(mandates);
    }

    /// @inheritdoc ILoanEscrow
    function revokeMandate(Mandate calldata, uint32, bytes calldata) external {
        _delegate(mandates);
    }

    /// @inheritdoc ILoanEscrow
    function repayEarly(Terms calldata, Receipt calldata, EarlyRepayment calldata, bytes calldata, Row[] calldata)
        external
    {
        _delegate(earlyRepayments);
    }

    /// @inheritdoc ILoanEscrow
    function rebook(Rebooking calldata) external {
        _delegate(corrections);
    }

    /// @inheritdoc ILoanEscrow
    function claim(bytes32, uint32, address[] calldata) external {
        _delegate(positions);
    }

    /// @inheritdoc ILoanEscrow
    function claimFees(Terms calldata, uint32, address) external {
        _delegate(positions);
    }

    /// @inheritdoc ILoanEscrow
    function transferPosition(PositionTransfer calldata, uint32, bytes calldata, bytes calldata) external {
        _delegate(positions);
    }

    /// @inheritdoc ILoanEscrow
    function releaseOverpayment(bytes32, uint32) external {
        _delegate(positions);
    }

    /// @inheritdoc ILoanEscrow
    function close(bytes32, uint32) external {
        _delegate(positions);
    }

    /// @inheritdoc ILoanEscrow
    function sweepDust(bytes32, uint32) external {
        _delegate(positions);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ILoanEscrow
    function loanOf(bytes32 loan) external view returns (Loan memory view_) {
        LoanSlots storage l = _loans[loan];
        require(l.state != State.None, LoanUnknown(loan));

        view_.state = l.state;
        view_.payout = l.payout;
        view_.platform = l.platform;
        view_.rows = l.rows;
        view_.nextRow = l.nextRow;
        view_.offset = l.offset;
        view_.reversalDays = l.reversalDays;
        view_.fundingDeadline = l.fundingDeadline;
        view_.lastValueDate = l.lastValueDate;
        view_.repaidOn = l.repaidOn;
        view_.length = l.length;
        view_.head = l.head;
        view_.borrower = l.borrower;
        view_.schedule = l.schedule;
        view_.anchor = l.anchor;
        view_.start = l.start;
        view_.principal = l.principal;
        view_.subscribed = l.subscribed;
        view_.called = l.called;
        view_.outstanding = l.outstanding;
        view_.undrawnReturned = l.undrawnReturned;
        view_.interest = l.interest;
        view_.aheadFee = l.aheadFee;
        view_.aheadInterest = l.aheadInterest;
        view_.aheadPrincipal = l.aheadPrincipal;
        view_.penaltyDue = l.penaltyDue;
        view_.fees = l.fees;
        view_.overpaid = l.overpaid;
        view_.bankClaim = l.bankClaim;
        view_.cash = _cash(l);
    }

    /// @inheritdoc ILoanEscrow
    function positionOf(bytes32 loan, bytes32 subject) external view returns (Position memory) {
        PositionSlot storage p = _positions[loan][subject];
        uint8 class = p.classPlusOne == 0 ? 0 : p.classPlusOne - 1;
        return Position({units: p.units, class: class, numerator: _owed(_loans[loan], p)});
    }

    /// @inheritdoc ILoanEscrow
    function claimable(bytes32 loan, bytes32 subject) external view returns (uint128) {
        return _claimable(_loans[loan], _positions[loan][subject]);
    }

    /// @inheritdoc ILoanEscrow
    function denominatorOf(bytes32 loan) external view returns (uint256) {
        return _denominator(_loans[loan]);
    }

    /// @inheritdoc ILoanEscrow
    function history(bytes32 loan) external view returns (bytes32 head, uint32 length) {
        return (_loans[loan].head, _loans[loan].length);
    }

    /// @inheritdoc ILoanEscrow
    function reserve(uint16 platform) external view returns (uint128) {
        return _reserve[platform];
    }

    /// @inheritdoc ILoanEscrow
    function exposureOf(bytes32 subject, uint16 platform) external view returns (Exposure memory) {
        return _exposure(_exposures[_accounts[subject][platform]]);
    }

    /// @inheritdoc ILoanEscrow
    function exposureOfPlatform(uint16 platform) external view returns (Exposure memory) {
        return _exposure(_platformExposures[platform]);
    }

    /// @inheritdoc ILoanEscrow
    function positionCount(bytes32 subject) external view returns (uint256) {
        return _held[subject].length;
    }

    /// @inheritdoc ILoanEscrow
    function positionAt(bytes32 subject, uint256 index) external view returns (bytes32 loan) {
        return _held[subject][index];
    }

    /// @inheritdoc ILoanEscrow
    function subscriptionDigest(Subscription calldata subscription) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(subscription));
    }

    /// @inheritdoc ILoanEscrow
    function drawdownDigest(Drawdown calldata drawdown) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(drawdown));
    }

    /// @inheritdoc ILoanEscrow
    function paymentDigest(Payment calldata payment) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(payment));
    }

    /// @inheritdoc ILoanEscrow
    function mandateDigest(Mandate calldata mandate) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(mandate));
    }

    /// @inheritdoc ILoanEscrow
    function revocationDigest(bytes32 mandate) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.revocation(mandate));
    }

    /// @inheritdoc ILoanEscrow
    function earlyRepaymentDigest(EarlyRepayment calldata order) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(order));
    }

    /// @inheritdoc ILoanEscrow
    function transferDigest(PositionTransfer calldata transfer) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(transfer));
    }

    /// @inheritdoc ILoanEscrow
    function openingDigest(Opening calldata opening) external view returns (bytes32) {
        return _hashTypedDataV4(OrderHash.hash(opening));
    }

    // -------------------------------------------------------------------------------------------------------- private

    /// @dev Posts one receipt without moving tokens. Costs the same for any number of lenders; grows with the rows that the
    /// payment touches.
    function _collect(Receipt calldata receipt, uint32 today) private returns (uint128 met) {
        bytes32 loan = receipt.loan;
        LoanSlots storage l = _loans[loan];
        Books memory b = _books(l);
        // slither-disable-next-line uninitialized-local
        Posted memory p;
        p.amount = receipt.amount;
        p.valueDate = receipt.valueDate;
        // An error's values are worked out whether it is thrown or not, so the ordinary case asks once.
        if (
            uint8(b.slot0) != uint8(State.Active) || receipt.expectedLength > _lengthOf(b) || p.amount == 0
                || p.valueDate < b.lastValueDate || p.valueDate > today
        ) _refuse(receipt, today);

        _use(l, b, p);
        met = _meet(b, p.amount);
        _keepAndRecord(l, b, p, loan, today, receipt.entry);
        if (b.nextRow == b.rows) _finish(l, loan, today, p.valueDate);
    }

    function _refuse(Receipt calldata receipt, uint32 today) private view {
        LoanSlots storage l = _bookable(receipt.loan, receipt.expectedLength, State.Active);
        require(receipt.amount != 0, PaymentZero());
        _checkValueDate(receipt.valueDate, l.lastValueDate, today);
    }

    /// @dev As `_keep` and `_record` of `abi.encode(p, entry)`, at less cost: one write of slot 0, and the entry is put together
    /// where it is hashed and logged. `entry`'s fields are checked where the token is told of them.
    function _keepAndRecord(
        LoanSlots storage l,
        Books memory b,
        Posted memory p,
        bytes32 loan,
        uint32 today,
        BankEntry calldata entry
    ) private {
        unchecked {
            b.slot0 += uint256(1) << LENGTH_AT;
        }
        uint256 seq = _lengthOf(b);
        _keep(l, b, p);
        bytes32 topic = Recorded.selector;
        uint256 kind = uint256(Entry.PaymentPosted);
        assembly ("memory-safe") {
            // The event's data: seq, day, actor, where the payload is, head, the payload's size and its 9 + 3 words.
            let data := mload(0x40)
            let payload := add(data, 192)
            mstore(payload, mload(p))
            mstore(add(payload, 32), mload(add(p, 32)))
            mstore(add(payload, 64), mload(add(p, 64)))
            mstore(add(payload, 96), mload(add(p, 96)))
            mstore(add(payload, 128), mload(add(p, 128)))
            mstore(add(payload, 160), mload(add(p, 160)))
            mstore(add(payload, 192), mload(add(p, 192)))
            mstore(add(payload, 224), mload(add(p, 224)))
            mstore(add(payload, 256), mload(add(p, 256)))
            calldatacopy(add(payload, 288), entry, 96)
            // What the head is the hash of: head, loan, seq, day, kind, actor and the payload's hash.
            let link := add(payload, 384)
            mstore(link, sload(add(l.slot, 1)))
            mstore(add(link, 32), loan)
            mstore(add(link, 64), seq)
            mstore(add(link, 96), today)
            mstore(add(link, 128), kind)
            mstore(add(link, 160), caller())
            mstore(add(link, 192), keccak256(payload, 384))
            let head := keccak256(link, 224)
            sstore(add(l.slot, 1), head)
            mstore(data, seq)
            mstore(add(data, 32), today)
            mstore(add(data, 64), caller())
            mstore(add(data, 96), 160)
            mstore(add(data, 128), head)
            mstore(add(data, 160), 384)
            log3(data, 576, topic, loan, kind)
        }
    }

    function _lengthOf(Books memory b) private pure returns (uint256) {
        return b.slot0 >> LENGTH_AT & type(uint24).max;
    }

    function _exposure(ExposureSlot storage e) private view returns (Exposure memory) {
        return Exposure({outstanding: e.outstanding, loans: e.loans});
    }

    /// @dev Runs the call as it came with a module's code on this contract's storage.
    function _delegate(address module) private {
        assembly ("memory-safe") {
            let at := mload(0x40)
            calldatacopy(at, 0, calldatasize())
            let done := delegatecall(gas(), module, at, calldatasize(), 0, 0)
            returndatacopy(at, 0, returndatasize())
            if iszero(done) { revert(at, returndatasize()) }
            return(at, returndatasize())
        }
    }
}
