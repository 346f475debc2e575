// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice How the principal is repaid. Values are part of the signed terms and never renumbered.
enum Method {
    EqualInstalment,
    InterestOnlyBullet,
    EqualPrincipal,
    SinglePayment,
    Custom
}

/// @notice The fraction of a year that a period counts for. Values are part of the signed terms and never renumbered.
/// Monthly12: months / 12; a broken period counts like Thirty360E. Act365, Act360: calendar days / 365 or / 360.
/// Thirty360E: 30E/360. ActAct: days in common years / 365 + days in leap years / 366 (ISDA).
enum DayCount {
    Monthly12,
    Act365,
    Act360,
    Thirty360E,
    ActAct
}

/// @notice In which order a payment meets what is due. Horizontal: instalment by instalment. Vertical: each kind over all
/// instalments due, kind by kind.
enum AllocationOrder {
    Horizontal,
    Vertical
}

/// @notice The order of fee, interest and principal within an allocation.
enum KindsOrder {
    FeeInterestPrincipal,
    FeePrincipalInterest,
    InterestFeePrincipal,
    InterestPrincipalFee,
    PrincipalFeeInterest,
    PrincipalInterestFee
}

/// @notice What penalty interest is charged on. Principal: overdue principal. Instalment: overdue principal and interest.
enum PenaltyBase {
    None,
    Principal,
    Instalment
}

/// @notice When a fee falls due: once with the first instalment, or with each.
enum FeeKind {
    FirstInstalment,
    EachInstalment
}

/// @notice The contract text that the parties read and signed.
/// @param number the platform's contract number, unique at the platform; 1 to 64 characters of printable ASCII
/// @param salt 128 random bits or more; keeps the id from being guessed from known terms
/// @param textHash salted hash of the plaintext, see docs/documents
/// @param cidCommitment salted commitment to the CID of the encrypted text
struct ContractText {
    string number;
    bytes32 salt;
    bytes32 textHash;
    bytes32 cidCommitment;
}

/// @param rateNano nominal annual rate, 1e-9 per year
/// @param dayCount a `DayCount`
/// @param rateShares weights by which interest is shared between the classes of lenders, one for each class, 1 to 65535, at most
/// 4; empty: one class. A unit of class c earns interest in proportion to rateShares[c]; principal is shared by units alone.
struct Pricing {
    uint64 rateNano;
    uint8 dayCount;
    uint16[] rateShares;
}

/// @param method a `Method`
/// @param instalments number of instalments, 1 to 360; 1 for SinglePayment
/// @param periodMonths months from one due date to the next, 1 to 12 (SinglePayment: to 360; Custom: 0)
/// @param firstTranche minor units paid out first; the principal, unless the loan is drawn in tranches
/// @param availableThrough last business date on which later tranches may be requested; 0 unless drawn in tranches
/// @param tableHash Custom: hash of the rows, see `IRepaymentSchedules.tableHash`; else 0
struct ScheduleRule {
    uint8 method;
    uint16 instalments;
    uint16 periodMonths;
    uint128 firstTranche;
    uint32 availableThrough;
    bytes32 tableHash;
}

/// @notice How payments are used, what lateness costs and which early repayments are agreed. See docs/payments.
/// @param order an `AllocationOrder`
/// @param kinds a `KindsOrder`
/// @param penaltyFirst penalty interest is paid before everything else; otherwise after all that is due
/// @param penaltyBase a `PenaltyBase`
/// @param penaltyReplaces the penalty rate replaces the loan's rate on overdue amounts; otherwise it is added to it
/// @param penaltyRateNano annual rate, 1e-9 per year
/// @param graceDays days after the payable-by date for which no penalty interest accrues
/// @param earlyKinds early repayments the borrower may ask for, a bit set: 1 total, 2 shorten, 4 lower
/// @param earlyFeeNano fee on principal repaid early, 1e-9 of it; earned by the lenders like interest
/// @param calendar number of the working-day calendar, see `IWorkingDays`; 0: every day is a working day
struct PaymentRule {
    uint8 order;
    uint8 kinds;
    bool penaltyFirst;
    uint8 penaltyBase;
    bool penaltyReplaces;
    uint64 penaltyRateNano;
    uint16 graceDays;
    uint8 earlyKinds;
    uint64 earlyFeeNano;
    uint16 calendar;
}

/// @param kind a `FeeKind`
/// @param payee registered party that earns the fee
/// @param amount minor units
struct Fee {
    uint8 kind;
    address payee;
    uint128 amount;
}

/// @notice What borrower and lenders agree to. Its EIP-712 digest is the loan's id. Never changes.
/// @param version 1
/// @param platform root address of the member that proposes and services the loan
/// @param borrower address that signs for the borrower
/// @param currency ISO 4217 code, left-aligned ASCII, e.g. "CNY"
/// @param principal minor units; what the borrower receives
/// @param regime id of the regime profile whose limits apply
/// @param fundingDeadline last business date on which lenders may subscribe, days since 1970-01-01; at most 366
/// days after the business date of the proposal
/// @param fees at most 4
struct Terms {
    uint16 version;
    address platform;
    address borrower;
    bytes3 currency;
    uint128 principal;
    bytes32 regime;
    uint32 fundingDeadline;
    ContractText text;
    Pricing pricing;
    ScheduleRule schedule;
    PaymentRule payments;
    Fee[] fees;
}
