// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice How the principal is repaid. Values are part of the signed terms and never renumbered.
enum Method {
    EqualInstalment,
    InterestOnlyBullet
}

/// @notice The fraction of a year that a period counts for. Values are part of the signed terms and never renumbered.
/// Monthly12: months / 12. Act365: calendar days / 365. Act360: calendar days / 360.
enum DayCount {
    Monthly12,
    Act365,
    Act360
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
struct Pricing {
    uint64 rateNano;
    uint8 dayCount;
}

/// @param method a `Method`
/// @param instalments number of instalments, 1 to 360
/// @param periodMonths months from one due date to the next, 1 to 12
struct ScheduleRule {
    uint8 method;
    uint16 instalments;
    uint16 periodMonths;
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
}
