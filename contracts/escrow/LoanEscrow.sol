// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Terms} from "../agreements/Terms.sol";
import {TermsHash} from "../agreements/TermsHash.sol";
import {ICalendar} from "../calendar/ICalendar.sol";
import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IParties} from "../parties/IParties.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {IRepaymentSchedules, Row} from "../schedules/IRepaymentSchedules.sol";
import {ScheduleCode} from "../schedules/ScheduleCode.sol";
import {BankEntry, ICustodyToken} from "./ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, Receipt, State, Subscription} from "./ILoanEscrow.sol";

/// @title See ILoanEscrow.
/// @dev Only the ledger's own contracts are called, and a party's ERC-1271 contract, statically. Even so, tokens move last.
/// Amounts: the agreements contract keeps the principal below 2^96 and rates below 1e11, so that the sum of all rows stays below
/// 2^112; casts to these widths are checked where an amount first enters.
contract LoanEscrow is ILoanEscrow, SeatGuard, EIP712 {
    using SafeCast for uint256;

    /// @dev Posting a payment reads slots 0 to 3 and writes 0, 1 and 2.
    struct LoanSlots {
        // slot 0: 8 + 8 + 4 * 16 + 2 * 32 + 112 = 256 bits
        State state;
        Payout payout;
        uint16 platform;
        uint16 rows;
        uint16 nextRow;
        uint16 reversalDays;
        uint32 lastValueDate;
        uint32 length;
        uint112 distributed;
        // slot 1
        bytes32 head;
        // slot 2
        uint128 outstanding;
        uint128 paidInRow;
        // slot 3: 160 + 3 * 32 = 256 bits; read only while payments are posted
        address schedule;
        uint32 fundingDeadline;
        uint32 instructedOn;
        uint32 repaidOn;
        // slot 4
        address borrower;
        uint96 principal;
        // slot 5: cash = subscribed + distributed - released
        uint128 subscribed;
        uint128 released;
        // slot 6: units whose final claim is paid
        uint128 unitsPaid;
    }

    /// @dev One slot.
    struct PositionSlot {
        uint96 units;
        uint112 claimed;
        bool refunded;
        bool paidFinally;
    }

    /// @dev How a payment is split, and where it leaves the schedule.
    struct Allocation {
        uint128 interest;
        uint128 principal;
        uint128 paidInRow;
        uint16 nextRow;
    }

    bytes32 private constant SUBSCRIPTION_TYPE =
        keccak256("Subscription(bytes32 loan,address lender,uint128 amount,bytes32 salt,uint32 validThrough)");

    /// @notice After the funding deadline a platform has this many days to request the payout, and the bank to instruct it. From
    /// the day after on, any seat may expire the loan unless the payout is instructed, so that neither can trap the lenders' money.
    uint32 public constant DISBURSE_WITHIN_DAYS = 30;

    IParties public immutable parties;
    ICustodyToken public immutable token;
    ICalendar public immutable calendar;
    IRepaymentSchedules public immutable schedules;

    mapping(bytes32 loan => LoanSlots) private _loans;
    mapping(bytes32 loan => mapping(bytes32 subject => PositionSlot)) private _positions;
    mapping(bytes32 termsHash => bytes32 loan) private _loanByTerms;
    mapping(bytes32 digest => bool) private _subscriptionUsed;
    /// @inheritdoc ILoanEscrow
    mapping(uint16 platform => uint128) public reserve;

    modifier onlyLedger() {
        require(consortium.isLedger(msg.sender), EscrowNotLedger(msg.sender));
        _;
    }

    constructor(
        IConsortium consortium_,
        IParties parties_,
        ICustodyToken token_,
        ICalendar calendar_,
        IRepaymentSchedules schedules_
    ) SeatGuard(consortium_) EIP712("loan-ledger", "1") {
        parties = parties_;
        token = token_;
        calendar = calendar_;
        schedules = schedules_;
    }

    // ------------------------------------------------------------------------------------------------ opening and funding

    /// @inheritdoc ILoanEscrow
    function open(
        bytes32 loan,
        Terms calldata terms,
        bytes calldata borrowerSignature,
        uint16 platform,
        uint64 rateCapNano,
        uint16 reversalDays,
        address actor
    ) external onlyLedger {
        LoanSlots storage l = _loans[loan];
        require(l.state == State.None, LoanExists(loan));
        bytes32 termsHash = TermsHash.hash(terms);
        require(_loanByTerms[termsHash] == 0, LoanExists(_loanByTerms[termsHash]));

        _loanByTerms[termsHash] = loan;
        l.state = State.Proposed;
        l.platform = platform;
        l.rows = terms.schedule.instalments;
        l.reversalDays = reversalDays;
        l.fundingDeadline = terms.fundingDeadline;
        l.borrower = terms.borrower;
        l.principal = uint256(terms.principal).toUint96();
        l.head = loan;

        bytes memory payload = abi.encode(terms, borrowerSignature, rateCapNano, reversalDays);
        _record(l, loan, calendar.businessDate(), Entry.Proposed, actor, payload);
    }

    /// @inheritdoc ILoanEscrow
    function append(bytes32 loan, uint32 expectedLength, Entry kind, address actor, bytes calldata payload)
        external
        onlyLedger
    {
        LoanSlots storage l = _at(loan, expectedLength);
        // Every other kind is written here only, together with the change it tells of.
        require(kind == Entry.DocumentCommitted, EntryReserved(kind));

        _record(l, loan, calendar.businessDate(), kind, actor, payload);
    }

    /// @inheritdoc ILoanEscrow
    function subscribe(
        bytes32 loan,
        uint32 expectedLength,
        Subscription[] calldata subscriptions,
        bytes[] calldata signatures
    ) external onlyAnySeat {
        LoanSlots storage l = _at(loan, expectedLength);
        require(l.state == State.Proposed || l.state == State.Funding, LoanState(loan, l.state, State.Funding));
        uint32 today = calendar.businessDate();
        require(today <= l.fundingDeadline, DeadlinePassed(l.fundingDeadline, today));
        require(
            subscriptions.length == signatures.length && signatures.length != 0,
            EscrowLengths(subscriptions.length, signatures.length)
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

    /// @inheritdoc ILoanEscrow
    function cancel(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external {
        uint16 member = _requireSeat(PLATFORM);
        LoanSlots storage l = _at(loan, expectedLength);
        require(l.platform == member, EscrowNotServicer(loan, l.platform, member));
        require(
            l.state == State.Proposed || l.state == State.Funding || l.state == State.Funded,
            LoanState(loan, l.state, State.Funding)
        );

        l.state = State.Cancelled;
        _record(l, loan, calendar.businessDate(), Entry.Cancelled, msg.sender, abi.encode(reasonHash));
    }

    /// @inheritdoc ILoanEscrow
    function expire(bytes32 loan, uint32 expectedLength) external onlyAnySeat {
        LoanSlots storage l = _at(loan, expectedLength);
        uint32 today = calendar.businessDate();
        uint32 deadline = l.fundingDeadline;
        require(
            l.state == State.Proposed || l.state == State.Funding
                || (today > deadline + DISBURSE_WITHIN_DAYS
                    && (l.state == State.Funded || (l.state == State.Disbursing && l.payout == Payout.Reserved))),
            LoanState(loan, l.state, State.Funding)
        );
        require(today > deadline, DeadlineNotPassed(deadline, today));

        if (l.payout == Payout.Reserved) l.payout = Payout.Returned;
        l.state = State.Expired;
        _record(l, loan, today, Entry.Expired, msg.sender, abi.encode(deadline));
    }

    /// @inheritdoc ILoanEscrow
    function refund(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external onlyAnySeat {
        LoanSlots storage l = _at(loan, expectedLength);
        require(l.state == State.Cancelled || l.state == State.Expired, LoanState(loan, l.state, State.Cancelled));
        uint32 today = calendar.businessDate();

        address[] memory accounts = new address[](lenders.length);
        uint128[] memory amounts = new uint128[](lenders.length);
        for (uint256 i = 0; i < lenders.length; ++i) {
            (accounts[i], amounts[i]) = _refund(l, loan, today, lenders[i]);
        }

        _pay(accounts, amounts);
    }

    // ------------------------------------------------------------------------------------------------------- disbursement

    /// @inheritdoc ILoanEscrow
    function disburse(bytes32 loan, uint32 expectedLength) external {
        uint16 member = _requireSeat(PLATFORM);
        LoanSlots storage l = _inState(loan, expectedLength, State.Funded);
        require(l.platform == member, EscrowNotServicer(loan, l.platform, member));
        uint32 today = calendar.businessDate();
        // A request after it could put off the lenders' refund again and again.
        uint32 lastDay = l.fundingDeadline + DISBURSE_WITHIN_DAYS;
        require(today <= lastDay, DisbursementOverdue(lastDay, today));

        l.state = State.Disbursing;
        l.payout = Payout.Reserved;
        _record(l, loan, today, Entry.DisbursementRequested, msg.sender, abi.encode(uint128(l.principal)));
    }

    /// @inheritdoc ILoanEscrow
    function instruct(bytes32 loan, uint32 expectedLength, bytes32 instructionHash) external onlyBank {
        LoanSlots storage l = _inState(loan, expectedLength, State.Disbursing);
        require(l.payout == Payout.Reserved, LoanPayout(loan, l.payout, Payout.Reserved));
        uint128 missing = token.shortfall();
        require(missing == 0, ICustodyToken.CustodyShortfall(missing));
        uint32 today = calendar.businessDate();

        l.payout = Payout.Instructed;
        l.instructedOn = today;
        _record(l, loan, today, Entry.PayoutInstructed, msg.sender, abi.encode(instructionHash));
    }

    /// @inheritdoc ILoanEscrow
    function settle(
        Terms calldata terms,
        uint32 expectedLength,
        uint32 valueDate,
        BankEntry calldata entry,
        Row[] calldata rows
    ) external onlyBank {
        bytes32 termsHash = TermsHash.hash(terms);
        bytes32 loan = _loanByTerms[termsHash];
        require(loan != 0, TermsMismatch(loan, termsHash));
        LoanSlots storage l = _bookable(loan, expectedLength, State.Disbursing);
        require(l.payout == Payout.Instructed, LoanPayout(loan, l.payout, Payout.Instructed));
        uint32 today = calendar.businessDate();
        // Interest starts on the value date, so it can't lie before the bank was told to pay.
        _checkValueDate(valueDate, l.instructedOn, today);

        l.state = State.Active;
        l.payout = Payout.Settled;
        l.lastValueDate = valueDate;
        l.outstanding = l.principal;
        l.released += l.principal;
        // The history is written after this call: `schedules` keeps no state and calls nobody.
        // slither-disable-next-line reentrancy-no-eth
        address schedule = schedules.register(terms, valueDate, rows);
        l.schedule = schedule;
        bytes memory payload = abi.encode(valueDate, entry, schedule, schedule.codehash);
        _record(l, loan, today, Entry.Disbursed, msg.sender, payload);

        token.debitLedger(l.principal, entry);
    }

    /// @inheritdoc ILoanEscrow
    function returnPayout(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external onlyBank {
        // From `Reserved` too: a bank may refuse before it instructs.
        LoanSlots storage l = _inState(loan, expectedLength, State.Disbursing);

        l.state = State.Funded;
        l.payout = Payout.Returned;
        _record(l, loan, calendar.businessDate(), Entry.PayoutReturned, msg.sender, abi.encode(reasonHash));
    }

    // ----------------------------------------------------------------------------------------------- payments and claims

    /// @inheritdoc ILoanEscrow
    function collect(Receipt[] calldata receipts) external onlyBank {
        uint32 today = calendar.businessDate();

        for (uint256 i = 0; i < receipts.length; ++i) {
            _post(receipts[i], today);
        }

        for (uint256 i = 0; i < receipts.length; ++i) {
            token.creditLedger(receipts[i].amount, receipts[i].entry);
        }
    }

    /// @inheritdoc ILoanEscrow
    function claim(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external onlyAnySeat {
        LoanSlots storage l = _at(loan, expectedLength);
        require(
            l.state == State.Active || l.state == State.Repaid || l.state == State.Closed,
            LoanState(loan, l.state, State.Active)
        );
        uint32 today = calendar.businessDate();

        address[] memory accounts = new address[](lenders.length);
        uint128[] memory amounts = new uint128[](lenders.length);
        for (uint256 i = 0; i < lenders.length; ++i) {
            (accounts[i], amounts[i]) = _claim(l, loan, today, lenders[i]);
        }

        _pay(accounts, amounts);
    }

    /// @inheritdoc ILoanEscrow
    function close(bytes32 loan, uint32 expectedLength) external onlyAnySeat {
        LoanSlots storage l = _inState(loan, expectedLength, State.Repaid);
        uint32 today = calendar.businessDate();
        // Counted from the business date on which full repayment was posted, never earlier than its value date.
        uint32 closesAfter = l.repaidOn + l.reversalDays;
        require(today > closesAfter, ReversalWindowOpen(today, closesAfter));

        l.state = State.Closed;
        _record(l, loan, today, Entry.Closed, msg.sender, abi.encode(uint128(l.distributed)));
    }

    /// @inheritdoc ILoanEscrow
    function sweepDust(bytes32 loan, uint32 expectedLength) external onlyAnySeat {
        LoanSlots storage l = _inState(loan, expectedLength, State.Closed);
        uint128 unpaid = l.principal - l.unitsPaid;
        require(unpaid == 0, ClaimsOpen(loan, unpaid));
        uint128 dust = _cash(l);
        require(dust != 0, NothingToClaim(loan, 0));

        l.released += dust;
        reserve[l.platform] += dust;
        _record(l, loan, calendar.businessDate(), Entry.DustSwept, msg.sender, abi.encode(dust));
    }

    // -------------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ILoanEscrow
    function loanOf(bytes32 loan) external view returns (Loan memory view_) {
        LoanSlots storage l = _loans[loan];
        view_.state = l.state;
        view_.payout = l.payout;
        view_.platform = l.platform;
        view_.rows = l.rows;
        view_.nextRow = l.nextRow;
        view_.reversalDays = l.reversalDays;
        view_.fundingDeadline = l.fundingDeadline;
        view_.lastValueDate = l.lastValueDate;
        view_.length = l.length;
        view_.head = l.head;
        view_.borrower = l.borrower;
        view_.schedule = l.schedule;
        view_.principal = l.principal;
        view_.subscribed = l.subscribed;
        view_.outstanding = l.outstanding;
        view_.paidInRow = l.paidInRow;
        view_.distributed = l.distributed;
        view_.cash = _cash(l);
    }

    /// @inheritdoc ILoanEscrow
    function positionOf(bytes32 loan, bytes32 subject) external view returns (Position memory) {
        PositionSlot storage p = _positions[loan][subject];
        return Position({units: p.units, claimed: p.claimed, refunded: p.refunded});
    }

    /// @inheritdoc ILoanEscrow
    function claimable(bytes32 loan, bytes32 subject) external view returns (uint128) {
        PositionSlot storage p = _positions[loan][subject];
        return p.units == 0 ? 0 : _entitlement(_loans[loan], p) - p.claimed;
    }

    /// @inheritdoc ILoanEscrow
    function history(bytes32 loan) external view returns (bytes32 head, uint32 length) {
        return (_loans[loan].head, _loans[loan].length);
    }

    /// @inheritdoc ILoanEscrow
    function subscriptionDigest(Subscription calldata subscription) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    SUBSCRIPTION_TYPE,
                    subscription.loan,
                    subscription.lender,
                    subscription.amount,
                    subscription.salt,
                    subscription.validThrough
                )
            )
        );
    }

    // -------------------------------------------------------------------------------------------------------- one at a time

    function _subscribe(
        LoanSlots storage l,
        bytes32 loan,
        uint32 today,
        Subscription calldata s,
        bytes calldata signature
    ) private {
        require(s.loan == loan, SubscriptionWrongLoan(s.loan, loan));
        require(s.amount != 0, SubscriptionZero());
        require(today <= s.validThrough, SubscriptionExpired(s.validThrough, today));
        uint128 need = l.principal - l.subscribed;
        require(s.amount <= need, SubscriptionAboveNeed(s.amount, need));
        bytes32 digest = subscriptionDigest(s);
        require(!_subscriptionUsed[digest], SubscriptionUsed(digest));
        bytes32 subject = parties.party(s.lender).subject;
        require(PartySignature.isValid(s.lender, digest, signature), SubscriptionSignatureInvalid(s.lender));

        _subscriptionUsed[digest] = true;
        l.subscribed += s.amount;
        // The amount is at most the principal, which fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        _positions[loan][subject].units += uint96(s.amount);

        // All of it, so that the lender's signature can be checked again from the history alone.
        bytes memory payload = abi.encode(s.lender, subject, s.amount, s.salt, s.validThrough, signature);
        _record(l, loan, today, Entry.Subscribed, msg.sender, payload);
    }

    function _refund(LoanSlots storage l, bytes32 loan, uint32 today, address lender)
        private
        returns (address account, uint128 amount)
    {
        bytes32 subject = parties.party(lender).subject;
        PositionSlot storage p = _positions[loan][subject];
        require(p.units != 0 && !p.refunded, NothingToRefund(loan, subject));
        account = parties.accountOf(subject);
        amount = p.units;

        p.refunded = true;
        l.released += amount;
        _record(l, loan, today, Entry.Refunded, msg.sender, abi.encode(lender, subject, amount));
    }

    /// @dev Once a loan is repaid, what its units earned is final. A lender whose last share rounds to nothing then gets an entry
    /// over 0, so that the dust can be swept.
    function _claim(LoanSlots storage l, bytes32 loan, uint32 today, address lender)
        private
        returns (address account, uint128 amount)
    {
        bytes32 subject = parties.party(lender).subject;
        PositionSlot storage p = _positions[loan][subject];
        bool last = l.state != State.Active;
        require(p.units != 0 && !p.paidFinally, NothingToClaim(loan, subject));
        account = parties.accountOf(subject);
        amount = _entitlement(l, p) - p.claimed;
        require(amount != 0 || last, NothingToClaim(loan, subject));

        // The entitlement is at most `distributed`, which fits.
        // forge-lint: disable-next-line(unsafe-typecast)
        p.claimed += uint112(amount);
        if (last) {
            p.paidFinally = true;
            l.unitsPaid += p.units;
        }
        l.released += amount;
        _record(l, loan, today, Entry.Claimed, msg.sender, abi.encode(lender, subject, amount));
    }

    /// @dev Posts one receipt without moving tokens: oldest instalment first, within it interest before principal. Costs the same
    /// for any number of lenders; grows with the rows that the payment touches.
    function _post(Receipt calldata receipt, uint32 today) private {
        bytes32 loan = receipt.loan;
        LoanSlots storage l = _bookable(loan, receipt.expectedLength, State.Active);
        require(receipt.amount != 0, PaymentZero());
        _checkValueDate(receipt.valueDate, l.lastValueDate, today);
        Allocation memory a = _allocate(l, loan, receipt.amount);

        l.nextRow = a.nextRow;
        l.paidInRow = a.paidInRow;
        l.lastValueDate = receipt.valueDate;
        l.distributed += uint256(receipt.amount).toUint112();
        l.outstanding -= a.principal;
        _record(l, loan, today, Entry.PaymentPosted, msg.sender, _postedPayload(receipt, a));
        if (a.nextRow == l.rows) {
            l.state = State.Repaid;
            l.repaidOn = today;
            _record(l, loan, today, Entry.Repaid, msg.sender, abi.encode(receipt.valueDate));
        }
    }

    function _postedPayload(Receipt calldata receipt, Allocation memory a) private pure returns (bytes memory) {
        return abi.encode(receipt.amount, a.interest, a.principal, receipt.valueDate, receipt.entry);
    }

    /// @dev Rows without anything to pay count as paid. No sum here exceeds 2^113, a row's two amounts.
    function _allocate(LoanSlots storage l, bytes32 loan, uint128 amount) private view returns (Allocation memory a) {
        address schedule = l.schedule;
        uint16 rows = l.rows;
        a.nextRow = l.nextRow;
        a.paidInRow = l.paidInRow;
        uint128 left = amount;

        while (a.nextRow < rows) {
            Row memory row = ScheduleCode.row(schedule, a.nextRow);
            uint128 sum = uint128(row.interest) + row.principal;
            uint128 paid = _min(left, sum - a.paidInRow);
            uint128 interest = a.paidInRow < row.interest ? _min(paid, row.interest - a.paidInRow) : 0;
            a.interest += interest;
            a.principal += paid - interest;
            a.paidInRow += paid;
            left -= paid;
            if (a.paidInRow < sum) break;
            ++a.nextRow;
            a.paidInRow = 0;
        }
        // What the loop could place is all that was unpaid.
        require(left == 0, PaymentAboveOutstanding(loan, amount, amount - left));
    }

    function _min(uint128 a, uint128 b) private pure returns (uint128) {
        return a < b ? a : b;
    }

    /// @dev floor(units * distributed / principal): the remainder stays in escrow until the loan is closed.
    function _entitlement(LoanSlots storage l, PositionSlot storage p) private view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint128(uint256(p.units) * l.distributed / l.principal);
    }

    function _pay(address[] memory accounts, uint128[] memory amounts) private {
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (amounts[i] != 0) token.push(accounts[i], amounts[i]);
        }
    }

    /// @dev Tokens held for the loan. Each comes in by a subscription or a payment, and leaves once.
    function _cash(LoanSlots storage l) private view returns (uint128) {
        return l.subscribed + l.distributed - l.released;
    }

    function _record(LoanSlots storage l, bytes32 loan, uint32 day, Entry kind, address actor, bytes memory payload)
        private
    {
        uint32 seq = l.length + 1;
        bytes32 head = keccak256(abi.encode(l.head, loan, seq, day, kind, actor, keccak256(payload)));

        l.length = seq;
        l.head = head;

        emit Recorded(loan, seq, day, kind, actor, payload, head);
    }

    /// @dev The loan, if its history is as long as the caller thinks.
    function _at(bytes32 loan, uint32 expectedLength) private view returns (LoanSlots storage l) {
        l = _loans[loan];
        require(l.state != State.None, LoanUnknown(loan));
        require(l.length == expectedLength, HistoryMoved(loan, l.length, expectedLength));
    }

    function _inState(bytes32 loan, uint32 expectedLength, State expected) private view returns (LoanSlots storage l) {
        l = _at(loan, expectedLength);
        require(l.state == expected, LoanState(loan, l.state, expected));
    }

    /// @dev The loan, if it may take a booked bank entry. Other seats' entries may have come first: what the bank has booked has
    /// happened, and no claim or document may hold it up. The entry itself is used once, so a retry can't act twice.
    function _bookable(bytes32 loan, uint32 expectedLength, State expected) private view returns (LoanSlots storage l) {
        l = _loans[loan];
        require(l.state != State.None, LoanUnknown(loan));
        require(expectedLength <= l.length, HistoryMoved(loan, l.length, expectedLength));
        require(l.state == expected, LoanState(loan, l.state, expected));
    }

    function _checkValueDate(uint32 valueDate, uint32 notBefore, uint32 notAfter) private pure {
        require(notBefore <= valueDate && valueDate <= notAfter, ValueDateInvalid(valueDate, notBefore, notAfter));
    }
}
