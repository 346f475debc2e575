// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../agreements/Terms.sol";
import {Row} from "../schedules/IRepaymentSchedules.sol";
import {BankEntry} from "./ICustodyToken.sol";

/// @notice A loan's state. Stored and proved by number; never renumbered.
enum State {
    None,
    Proposed,
    Funding,
    Funded,
    Disbursing,
    Active,
    Repaid,
    Closed,
    Cancelled,
    Expired
}

/// @notice State of a loan's payout within `Disbursing`.
enum Payout {
    None,
    Reserved,
    Instructed,
    Settled,
    Returned
}

/// @notice Kinds of history entries, with their payloads (`abi.encode` of the tuple). Never renumbered.
///  1 Proposed              (Terms terms, bytes borrowerSignature, uint64 rateCapNano, uint16 reversalDays)
///  2 Subscribed            (address lender, bytes32 subject, uint128 amount, bytes32 salt, uint32 validThrough,
///                          bytes signature)
///  3 Funded                (uint128 principal)
///  4 Cancelled             (bytes32 reasonHash)
///  5 Expired               (uint32 fundingDeadline)
///  6 Refunded              (address lender, bytes32 subject, uint128 amount)
///  7 DisbursementRequested (uint128 amount)
///  8 PayoutInstructed      (bytes32 instructionHash)
///  9 PayoutReturned        (bytes32 reasonHash)
/// 10 Disbursed             (uint32 valueDate, BankEntry entry, address schedule, bytes32 scheduleHash)
/// 11 PaymentPosted         (uint128 amount, uint128 interest, uint128 principal, uint32 valueDate, BankEntry entry)
/// 12 Repaid                (uint32 valueDate)
/// 13 Claimed               (address lender, bytes32 subject, uint128 amount)
/// 14 Closed                (uint128 distributed)
/// 15 DustSwept             (uint128 amount)
/// 16 DocumentCommitted     (bytes32 documentId, bytes32 cidCommitment, bytes32 contentHash, uint64 size, uint8 kind)
enum Entry {
    None,
    Proposed,
    Subscribed,
    Funded,
    Cancelled,
    Expired,
    Refunded,
    DisbursementRequested,
    PayoutInstructed,
    PayoutReturned,
    Disbursed,
    PaymentPosted,
    Repaid,
    Claimed,
    Closed,
    DustSwept,
    DocumentCommitted
}

/// @notice A lender's signed promise of money to one loan (EIP-712, domain of the escrow). Used once.
/// @param amount minor units; also the lender's units in the loan
/// @param validThrough last business date on which it may be used
struct Subscription {
    bytes32 loan;
    address lender;
    uint128 amount;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice A booked bank credit earmarked for a loan.
/// @param expectedLength the loan's history length as the bank saw it; entries of others may have followed
/// @param valueDate lastValueDate(loan) <= valueDate <= business date
struct Receipt {
    bytes32 loan;
    uint32 expectedLength;
    uint128 amount;
    uint32 valueDate;
    BankEntry entry;
}

/// @title Loans, their money and their histories. Versioned.
/// Every function that changes a loan takes the history length the caller expects and reverts with `HistoryMoved` if the loan has
/// moved on, so that a retry can't act twice. `collect` and `settle` book bank entries, each used once: they accept a history that
/// has grown since, or any seat could hold a booking up by putting small entries before it.
interface ILoanEscrow {
    struct Loan {
        State state;
        Payout payout;
        uint16 platform; // member number
        uint16 rows; // instalments in the schedule
        uint16 nextRow; // first instalment not fully paid
        uint16 reversalDays;
        uint32 fundingDeadline;
        uint32 lastValueDate;
        uint32 length; // of the history
        bytes32 head;
        address borrower;
        address schedule; // code that holds the rows; zero before disbursement
        uint128 principal; // also the number of units
        uint128 subscribed;
        uint128 outstanding; // principal not yet repaid
        uint128 paidInRow; // paid towards `nextRow`
        uint128 distributed; // cumulative, to all units together
        uint128 cash; // held for this loan
    }

    struct Position {
        uint128 units;
        uint128 claimed; // cumulative, minor units
        bool refunded;
    }

    /// @notice The only loan event: one per history entry. head' = keccak256(abi.encode(head, loan, seq, day, kind, actor,
    /// keccak256(payload))), head before the first = loan, first seq 1.
    event Recorded(
        bytes32 indexed loan, uint32 seq, uint32 day, Entry indexed kind, address actor, bytes payload, bytes32 head
    );

    error LoanExists(bytes32 loan);
    error LoanUnknown(bytes32 loan);
    error LoanState(bytes32 loan, State actual, State expected);
    error LoanPayout(bytes32 loan, Payout actual, Payout expected);
    error HistoryMoved(bytes32 loan, uint32 actual, uint32 expected);
    error EscrowNotLedger(address sender);
    error EscrowNotServicer(bytes32 loan, uint16 platform, uint16 member);
    error SubscriptionUsed(bytes32 digest);
    error SubscriptionExpired(uint32 validThrough, uint32 businessDate);
    error SubscriptionWrongLoan(bytes32 given, bytes32 loan);
    error SubscriptionSignatureInvalid(address lender);
    error SubscriptionAboveNeed(uint128 amount, uint128 open);
    error SubscriptionZero();
    error DeadlinePassed(uint32 fundingDeadline, uint32 businessDate);
    error DeadlineNotPassed(uint32 fundingDeadline, uint32 businessDate);
    error DisbursementOverdue(uint32 lastDay, uint32 businessDate);
    error TermsMismatch(bytes32 loan, bytes32 given);
    error ValueDateInvalid(uint32 valueDate, uint32 notBefore, uint32 notAfter);
    error PaymentAboveOutstanding(bytes32 loan, uint128 amount, uint128 outstanding);
    error PaymentZero();
    error NothingToRefund(bytes32 loan, bytes32 subject);
    error NothingToClaim(bytes32 loan, bytes32 subject);
    error ReversalWindowOpen(uint32 businessDate, uint32 closesAfter);
    error ClaimsOpen(bytes32 loan, uint128 unclaimedUnits);
    error EscrowLengths(uint256 subscriptions, uint256 signatures);
    error EntryReserved(Entry kind);

    /// @notice Opens a loan whose terms the calling ledger contract has checked.
    function open(
        bytes32 loan,
        Terms calldata terms,
        bytes calldata borrowerSignature,
        uint16 platform,
        uint64 rateCapNano,
        uint16 reversalDays,
        address actor
    ) external;

    /// @notice Appends an entry to a loan's history. Ledger contracts only.
    function append(bytes32 loan, uint32 expectedLength, Entry kind, address actor, bytes calldata payload) external;

    /// @notice Takes lenders' signed subscriptions into escrow; the loan is `Funded` when the principal is reached. Any seat.
    function subscribe(
        bytes32 loan,
        uint32 expectedLength,
        Subscription[] calldata subscriptions,
        bytes[] calldata signatures
    ) external;

    /// @notice Ends a loan before disbursement is requested. The loan's platform only.
    function cancel(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external;

    /// @notice Ends a loan that was not funded by its deadline, or whose payout was not instructed within 30 days after it: a payout
    /// still reserved is returned. Any seat.
    function expire(bytes32 loan, uint32 expectedLength) external;

    /// @notice Returns whole subscriptions of a cancelled or expired loan to their lenders. Any seat.
    function refund(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external;

    /// @notice Asks the bank to pay the principal out: Funded -> Disbursing, payout reserved. The loan's platform only, up to 30
    /// days after the funding deadline.
    function disburse(bytes32 loan, uint32 expectedLength) external;

    /// @notice The bank has instructed the payout. Bank only.
    function instruct(bytes32 loan, uint32 expectedLength, bytes32 instructionHash) external;

    /// @notice The bank has booked the payout: burns the tokens, registers the checked schedule, Disbursing -> Active. Bank only.
    /// @param expectedLength accepted if the history has grown since; the bank entry is used once
    function settle(
        Terms calldata terms,
        uint32 expectedLength,
        uint32 valueDate,
        BankEntry calldata entry,
        Row[] calldata rows
    ) external;

    /// @notice The payout was refused before it was booked: Disbursing -> Funded. Bank only.
    function returnPayout(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external;

    /// @notice Posts booked, earmarked receipts, minted straight into escrow, and distributes them to the units. Allocation: oldest
    /// instalment first, within it interest before principal. Bank only. A receipt's `expectedLength` is accepted if the history has
    /// grown since; its bank entry is used once.
    function collect(Receipt[] calldata receipts) external;

    /// @notice Pays lenders what their units have earned. Any seat.
    function claim(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external;

    /// @notice Repaid -> Closed once the reversal window has passed. Any seat.
    function close(bytes32 loan, uint32 expectedLength) external;

    /// @notice Moves the dust of a closed loan to the platform's risk reserve, once every unit has been claimed. Any seat.
    function sweepDust(bytes32 loan, uint32 expectedLength) external;

    function loanOf(bytes32 loan) external view returns (Loan memory);
    function positionOf(bytes32 loan, bytes32 subject) external view returns (Position memory);
    function claimable(bytes32 loan, bytes32 subject) external view returns (uint128);
    function history(bytes32 loan) external view returns (bytes32 head, uint32 length);
    function reserve(uint16 platform) external view returns (uint128);
    function subscriptionDigest(Subscription calldata subscription) external view returns (bytes32);
}
