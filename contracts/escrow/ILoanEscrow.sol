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

/// @notice State of a loan's payout, the first one within `Disbursing`, those of later tranches within `Active`.
enum Payout {
    None,
    Reserved,
    Instructed,
    Settled,
    Returned
}

/// @notice Kinds of history entries, with their payloads (`abi.encode` of the tuple). Never renumbered.
///  1 Proposed              (Terms terms, bytes borrowerSignature, uint64 rateCapNano, uint16 reversalDays)
///  2 Subscribed            (address lender, bytes32 subject, uint128 amount, uint8 class, bytes32 salt, uint32 validThrough,
///                          bytes signature)
///  3 Funded                (uint128 principal)
///  4 Cancelled             (bytes32 reasonHash)
///  5 Expired               (uint32 fundingDeadline)
///  6 Refunded              (address lender, bytes32 subject, uint128 amount)
///  7 DisbursementRequested (uint128 amount, Drawdown drawdown, bytes signature): zeros and no signature for the first tranche
///  8 PayoutInstructed      (bytes32 instructionHash)
///  9 PayoutReturned        (bytes32 reasonHash): before it was booked
/// 10 Disbursed             (uint128 amount, uint32 valueDate, BankEntry entry, Segment segment, address schedule,
///                          bytes32 scheduleHash)
/// 11 PaymentPosted         (Posted posted, BankEntry entry)
/// 12 Repaid                (uint32 valueDate)
/// 13 Claimed               (address lender, bytes32 subject, uint128 amount)
/// 14 Closed                (uint128 distributed)
/// 15 DustSwept             (uint128 amount): to the reserve; what else the loan held met the bank's claim
/// 16 DocumentCommitted     (bytes32 documentId, bytes32 cidCommitment, bytes32 contentHash, uint64 size, uint8 kind)
/// 17 PaidFromAccount       (Posted posted, Payment payment, bytes signature): a party's own custody tokens
/// 18 PaidByMandate         (Posted posted, Mandate mandate, bytes signature)
/// 19 EarlyRepaid           (Posted posted, BankEntry entry, EarlyRepayment order, bytes signature, Early early, Table before)
/// 20 PaymentReversed       (uint32 seq, uint128 amount, uint128 burned, bytes32 reasonHash, BankEntry entry): entry `seq` and all
///                          payments after it are undone; those that stay follow as PaymentKept
/// 21 PaymentKept           (Posted posted, uint32 seq): posted again, without new money, in place of entry `seq`
/// 22 PayoutBounced         (uint128 amount, uint32 valueDate, BankEntry entry): money of a booked payout came back
/// 23 PositionTransferred   (PositionTransfer transfer, bytes32 from, bytes32 to, int256 carried, bytes sellerSignature,
///                          bytes buyerSignature): subjects; the part of the numerator that moved
/// 24 DrawingClosed         (uint128 returned): what was never drawn goes back to the units
/// 25 FeesClaimed           (address payee, bytes32 subject, uint128 amount)
/// 26 OverpaymentReleased   (bytes32 subject, uint128 amount)
/// 27 OpenedRunning         (Opening opening, address schedule, bytes32 scheduleHash, bytes borrowerSignature)
/// 28 MandateRevoked        (bytes32 mandate, address payer)
/// 29 PaymentsUndone        (uint32 seq, bytes32 reasonHash): as 20, but no money leaves: a payment of an earlier value date is
///                          put in
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
    DocumentCommitted,
    PaidFromAccount,
    PaidByMandate,
    EarlyRepaid,
    PaymentReversed,
    PaymentKept,
    PayoutBounced,
    PositionTransferred,
    DrawingClosed,
    FeesClaimed,
    OverpaymentReleased,
    OpenedRunning,
    MandateRevoked,
    PaymentsUndone
}

/// @notice A lender's signed promise of money to one loan (EIP-712, domain of the escrow). Used once.
/// @param amount minor units; also the lender's units in the loan
/// @param class the lender's class, see `Pricing.rateShares`; one subject holds one class in a loan
/// @param validThrough last business date on which it may be used
struct Subscription {
    bytes32 loan;
    address lender;
    uint128 amount;
    uint8 class;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice The borrower's signed call for a later tranche (EIP-712). Used once.
struct Drawdown {
    bytes32 loan;
    uint128 amount;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice A registered party's signed payment of a loan from its own custody tokens (EIP-712). Used once; counts on the business
/// date.
struct Payment {
    bytes32 loan;
    address payer;
    uint128 amount;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice A party's signed standing authority to pay what is due on a loan from its own custody tokens (EIP-712), until it is
/// revoked.
/// @param limit most that one business date may take, minor units
struct Mandate {
    bytes32 loan;
    address payer;
    uint128 limit;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice The borrower's signed order for an early repayment (EIP-712). Used once.
/// @param kind 1 total, 2 shorten (same instalment, fewer rows), 4 lower (same rows, smaller instalments); agreed in the terms
struct EarlyRepayment {
    bytes32 loan;
    uint8 kind;
    bytes32 salt;
    uint32 validThrough;
}

/// @notice Sale or gift of units of a loan (EIP-712), signed by seller and buyer. Used once.
/// @param price minor units that move from buyer to seller in the same step
struct PositionTransfer {
    bytes32 loan;
    address seller;
    address buyer;
    uint128 units;
    uint128 price;
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

/// @notice How one payment was used. amount + overpayment held before = fee + penalty + interest + principal + overpaid.
/// @param overpaid what the loan holds for the borrower afterwards
/// @param accrued penalty interest that became due since the value date before
struct Posted {
    uint128 amount;
    uint128 fee;
    uint128 penalty;
    uint128 interest;
    uint128 principal;
    uint128 overpaid;
    uint128 accrued;
    uint32 valueDate;
    uint32 previousValueDate;
}

/// @notice What an early repayment did beyond the rows that were due; parts of `Posted`.
/// @param accrued interest since the last due day; @param prepaid principal; @param fee for prepaying
/// @param schedule the table that follows, with its first row; zero when the loan is repaid
struct Early {
    uint128 accrued;
    uint128 prepaid;
    uint128 fee;
    address schedule;
    bytes32 scheduleHash;
    uint16 first;
    uint16 rows;
}

/// @notice The running table and how much of it is paid.
/// @param offset index of the first row in `schedule`; rows before it belong to earlier tables
/// @param start the day from which interest of the first row counts
struct Table {
    address schedule;
    uint16 offset;
    uint16 rows;
    uint16 nextRow;
    uint32 start;
    uint128 aheadFee;
    uint128 aheadInterest;
    uint128 aheadPrincipal;
}

/// @notice One history entry as it was recorded, without its payload's hash.
struct Recording {
    uint32 day;
    Entry kind;
    address actor;
    bytes payload;
}

/// @notice Undoes the last payments of a loan and posts them again, without one of them or with others between.
/// @param head history head before entry `seq`; `tail` are all entries from `seq` on: together they must give the loan's head
/// @param seq the first payment undone
/// @param reverse whether payment `seq` is gone for good; its money leaves by `entry`, a booked debit
/// @param added booked credits to be put in by value date; empty when `reverse`
struct Rebooking {
    bytes32 loan;
    bytes32 head;
    uint32 seq;
    Recording[] tail;
    bool reverse;
    BankEntry entry;
    Receipt[] added;
    bytes32 reasonHash;
}

/// @notice A loan of an old book as it enters the ledger, signed by the borrower and by each lender (EIP-712).
/// @param outstanding principal not yet repaid; also the number of units
/// @param lastValueDate the day up to which the old book is settled: interest of the first row counts from it
/// @param tableHash of the rows that remain
/// @param positionsHash keccak256(abi.encode(OpeningPosition[]))
struct Opening {
    bytes32 loan;
    uint128 outstanding;
    uint32 lastValueDate;
    bytes32 tableHash;
    bytes32 positionsHash;
}

struct OpeningPosition {
    address lender;
    uint128 units;
    uint8 class;
}

/// @title Loans, their money and their histories. Versioned.
/// Every function that changes a loan takes the history length the caller expects and reverts with `HistoryMoved` if the loan has
/// moved on, so that a retry can't act twice. Functions that book bank entries, each used once, accept a history that has grown
/// since, or any seat could hold a booking up by putting small entries before it.
interface ILoanEscrow {
    struct Loan {
        State state;
        Payout payout;
        uint16 platform; // member number
        uint16 rows; // rows of the whole table
        uint16 nextRow; // first row not fully paid
        uint16 offset; // index of the first row in `schedule`
        uint16 reversalDays;
        uint32 fundingDeadline;
        uint32 lastValueDate;
        uint32 repaidOn; // business date on which full repayment was posted
        uint32 length; // of the history
        bytes32 head;
        address borrower;
        address schedule; // code that holds the rows; zero before disbursement
        uint32 anchor; // first value date
        uint32 start; // interest of the table's first row counts from it
        uint128 principal; // also the number of units
        uint128 subscribed;
        uint128 called; // principal requested from the bank, less what came back; drawn once settled
        uint128 outstanding; // called, not yet repaid
        uint128 undrawnReturned;
        uint128 interest; // distributed to the units: interest, penalty interest, early fees
        uint128 aheadFee; // paid towards rows from `nextRow` on
        uint128 aheadInterest;
        uint128 aheadPrincipal;
        uint128 penaltyDue;
        uint128 fees; // collected for the fees' payees
        uint128 overpaid; // held for the borrower
        uint128 bankClaim; // what a reversal could not burn
        uint128 cash; // held for this loan
    }

    /// @param numerator what the units earned less what was claimed, times `denominatorOf(loan)`; negative after a reversal
    struct Position {
        uint128 units;
        uint8 class;
        int256 numerator;
    }

    /// @notice Principal called and not yet repaid, per borrowing subject and platform and per platform.
    struct Exposure {
        uint128 outstanding;
        uint64 loans; // ever opened
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
    error EscrowModuleOnly();
    error SubscriptionClass(uint8 given, uint8 expected);
    error SubscriptionAboveNeed(uint128 amount, uint128 open);
    /// @dev A party's signed order: used or revoked before; past its last day; for another loan; not signed by its party; zero.
    error OrderUsed(bytes32 digest);
    error OrderExpired(uint32 validThrough, uint32 businessDate);
    error OrderWrongLoan(bytes32 given, bytes32 loan);
    error OrderSignatureInvalid(address party);
    error OrderZero();
    error MandateLimit(uint128 amount, uint128 available);
    error DeadlinePassed(uint32 fundingDeadline, uint32 businessDate);
    error DeadlineNotPassed(uint32 fundingDeadline, uint32 businessDate);
    error DisbursementOverdue(uint32 lastDay, uint32 businessDate);
    error DrawdownAboveUndrawn(uint128 amount, uint128 undrawn);
    /// @dev No row is left that a tranche could be repaid by.
    error DrawdownTooLate(bytes32 loan);
    error DrawingOpen(uint32 availableThrough, uint32 businessDate);
    error TermsMismatch(bytes32 loan, bytes32 given);
    error ValueDateInvalid(uint32 valueDate, uint32 notBefore, uint32 notAfter);
    error PaymentZero();
    error NothingDue(bytes32 loan);
    error EarlyNotAgreed(uint8 kind);
    /// @dev An early repayment covers what is due and accrued first (minor units missing).
    error EarlyTooSmall(uint128 amount, uint128 needed);
    error NothingToRefund(bytes32 loan, bytes32 subject);
    error NothingToClaim(bytes32 loan, bytes32 subject);
    error TransferUnits(uint128 units, uint128 held);
    error TransferSelf(address party);
    error ReversalWindowOpen(uint32 businessDate, uint32 closesAfter);
    error ReversalWindowClosed(bytes32 loan);
    /// @dev The entries given don't end in the loan's head.
    error RebookingHistory(bytes32 given, bytes32 head);
    /// @dev Entry `seq` is no payment, or was undone before.
    error RebookingNoPayment(uint32 seq);
    /// @dev Entry `seq` changed the table: it must be reversed first.
    error RebookingAfterEarlyRepayment(uint32 seq);
    error RebookingNothing();
    error PayoutRepaidInPart(bytes32 loan);
    error ClaimsOpen(bytes32 loan, uint128 unclaimedUnits);
    error OpeningInvalid();
    error EscrowLengths(uint256 orders, uint256 signatures);
    error EntryReserved(Entry kind);

    // ------------------------------------------------------------------------------------------------ opening and funding

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

    /// @notice Takes a running loan of an old book in: Proposed -> Active. No money moves; the positions are the lenders'. The loan's
    /// platform only, with the signatures of the borrower and of every lender over `opening`, and the bank's approval (two keys).
    function openRunning(
        Terms calldata terms,
        uint32 expectedLength,
        Opening calldata opening,
        Row[] calldata rows,
        OpeningPosition[] calldata positions,
        bytes calldata borrowerSignature,
        bytes[] calldata lenderSignatures
    ) external;

    // ------------------------------------------------------------------------------------------------------- disbursement

    /// @notice Asks the bank to pay the first tranche out: Funded -> Disbursing, payout reserved. The loan's platform only, up to 30
    /// days after the funding deadline. `rows` are the table as it would stand from the business date; the rate cap is checked on it.
    function disburse(Terms calldata terms, uint32 expectedLength, Row[] calldata rows) external;

    /// @notice Asks the bank to pay a later tranche out, on the borrower's signature. The loan's platform only, while `Active`, up to
    /// `availableThrough`. `rows` as in `disburse`, of the tranche alone.
    function draw(
        Terms calldata terms,
        uint32 expectedLength,
        Drawdown calldata drawdown,
        bytes calldata signature,
        Row[] calldata rows
    ) external;

    /// @notice The bank has instructed the payout. Bank only; not while the borrower is frozen or money is missing.
    function instruct(bytes32 loan, uint32 expectedLength, bytes32 instructionHash) external;

    /// @notice The bank has booked the payout: burns the tokens, registers the checked rows (of the tranche), Disbursing -> Active.
    /// Bank only. The rate cap does not stop it: what is booked has happened.
    /// @param expectedLength accepted if the history has grown since; the bank entry is used once
    function settle(
        Terms calldata terms,
        uint32 expectedLength,
        uint32 valueDate,
        BankEntry calldata entry,
        Row[] calldata rows
    ) external;

    /// @notice The payout was refused before it was booked: Disbursing -> Funded (a later tranche: not called). Bank only.
    function returnPayout(bytes32 loan, uint32 expectedLength, bytes32 reasonHash) external;

    /// @notice Money of the booked, only payout came back and is booked as a credit: Active -> Funded, as if never paid. Bank only,
    /// before any payment is posted (reverse those first).
    function bouncePayout(bytes32 loan, uint32 expectedLength, uint32 valueDate, BankEntry calldata entry) external;

    /// @notice Gives what was not drawn back to the units. The loan's platform; any seat after `availableThrough`.
    function closeDrawing(Terms calldata terms, uint32 expectedLength) external;

    // ----------------------------------------------------------------------------------------------------------- payments

    /// @notice Posts booked, earmarked receipts, minted straight into escrow, and distributes them to the units, by the terms' payment
    /// rule (docs/payments). Bank only. A receipt's `expectedLength` is accepted if the history has grown since; its bank entry is
    /// used once. Amounts that together exceed the key's limit need a second key of the bank.
    function collect(Receipt[] calldata receipts) external;

    /// @notice Posts an entry that was in suspense, as a receipt. Bank only, two keys.
    function collectSuspense(Receipt calldata receipt) external;

    /// @notice Pays from a party's own custody tokens, on its signature. Any seat.
    function pay(Payment calldata payment, uint32 expectedLength, bytes calldata signature) external;

    /// @notice Pays what is due now from a party's custody tokens, up to its mandate and its balance. Any seat.
    function payByMandate(Mandate calldata mandate, uint32 expectedLength, bytes calldata signature) external;

    /// @notice Ends a mandate. Any seat, with the payer's signature over `revocationDigest(mandate digest)`.
    function revokeMandate(Mandate calldata mandate, uint32 expectedLength, bytes calldata signature) external;

    /// @notice Posts a receipt as an early repayment on the borrower's signed order: what is due, the interest accrued, then
    /// principal. Total: the loan is repaid, the rest is held for the borrower. Otherwise `rows` are the table that remains. Bank
    /// only.
    function repayEarly(
        Terms calldata terms,
        Receipt calldata receipt,
        EarlyRepayment calldata order,
        bytes calldata signature,
        Row[] calldata rows
    ) external;

    /// @notice Reverses a payment, or puts one with an earlier value date in. Bank only, two keys. Burns what the loan still holds
    /// of a reversed payment; the rest is the bank's claim, met first by later payments. Wallets are never touched.
    function rebook(Rebooking calldata rebooking) external;

    // -------------------------------------------------------------------------------------------------- claims and endings

    /// @notice Pays lenders what their units have earned, as far as the loan's cash goes. Any seat.
    function claim(bytes32 loan, uint32 expectedLength, address[] calldata lenders) external;

    /// @notice Pays a payee of fees what was collected for it. Any seat.
    function claimFees(Terms calldata terms, uint32 expectedLength, address payee) external;

    /// @notice Moves units with their numerator from seller to buyer, against the price. Any seat, with both signatures; while
    /// `Active`.
    function transferPosition(
        PositionTransfer calldata transfer,
        uint32 expectedLength,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature
    ) external;

    /// @notice Pays the borrower what it overpaid, once the loan is closed. Any seat.
    function releaseOverpayment(bytes32 loan, uint32 expectedLength) external;

    /// @notice Repaid -> Closed once the reversal window has passed. Any seat.
    function close(bytes32 loan, uint32 expectedLength) external;

    /// @notice Moves the dust of a closed loan to the platform's risk reserve, once every unit, fee and overpayment has been paid
    /// out; what the bank still claims is met first. Any seat.
    function sweepDust(bytes32 loan, uint32 expectedLength) external;

    // -------------------------------------------------------------------------------------------------------------- views

    function loanOf(bytes32 loan) external view returns (Loan memory);
    function positionOf(bytes32 loan, bytes32 subject) external view returns (Position memory);
    function claimable(bytes32 loan, bytes32 subject) external view returns (uint128);
    /// @notice units of the loan times its weighted units: what a position's numerator is divided by.
    function denominatorOf(bytes32 loan) external view returns (uint256);
    function history(bytes32 loan) external view returns (bytes32 head, uint32 length);
    function reserve(uint16 platform) external view returns (uint128);

    /// @notice The register of exposures: of a borrowing subject at one platform.
    function exposureOf(bytes32 subject, uint16 platform) external view returns (Exposure memory);
    /// @notice The register of totals: all loans of a platform.
    function exposureOfPlatform(uint16 platform) external view returns (Exposure memory);
    /// @notice The register of positions: loans in which `subject` ever held units, in the order they came; append-only.
    function positionCount(bytes32 subject) external view returns (uint256);
    function positionAt(bytes32 subject, uint256 index) external view returns (bytes32 loan);

    /// @notice The EIP-712 digests that parties sign.
    function subscriptionDigest(Subscription calldata subscription) external view returns (bytes32);
    function drawdownDigest(Drawdown calldata drawdown) external view returns (bytes32);
    function paymentDigest(Payment calldata payment) external view returns (bytes32);
    function mandateDigest(Mandate calldata mandate) external view returns (bytes32);
    /// @dev EIP-712 `MandateRevocation(bytes32 mandate)`.
    function revocationDigest(bytes32 mandate) external view returns (bytes32);
    function earlyRepaymentDigest(EarlyRepayment calldata order) external view returns (bytes32);
    function transferDigest(PositionTransfer calldata transfer) external view returns (bytes32);
    function openingDigest(Opening calldata opening) external view returns (bytes32);
}
