// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "./Terms.sol";

/// @title Admits loans: checks terms, limits and the borrower's signature, and opens the loan in escrow. Versioned.
interface ILoanAgreements {
    /// @dev Nominal rates, 1e-9 per year; for Act360 the rate that counts, 365/360 of the terms' (rounded up).
    error RateAboveCap(uint64 rate, uint64 cap);
    error TermsVersion(uint16 given);
    error TermsPlatform(address given, address sender);
    error TermsCurrency(bytes3 given, bytes3 expected);
    error TermsPrincipal(uint128 given);
    error TermsDayCount(uint8 given);
    error TermsMethod(uint8 given);
    /// @dev Not 1 to 360 (1 for SinglePayment); or so many that interest over the whole life may exceed what is allowed: for equal
    /// instalments three times the principal, so that an instalment covers a long month's interest, else a hundred times, so that
    /// a loan's fields hold it.
    error TermsInstalments(uint16 given);
    /// @dev Not 1 to 12; SinglePayment: not 1 to 360; Custom: not 0.
    error TermsPeriod(uint16 given);
    /// @dev Not from the business date to 366 days after it.
    error TermsDeadline(uint32 given, uint32 businessDate);
    /// @dev A contract number that isn't 1 to 64 characters of printable ASCII, or a salt or commitment of zero.
    error TermsText();
    /// @dev A table hash without the method Custom, or Custom without one.
    error TermsTable(uint8 method, bytes32 tableHash);
    /// @dev The first tranche is 1 to the principal. If it is less, the method isn't Custom and `availableThrough` lies between the
    /// business date and the longest the loan can live; otherwise `availableThrough` is 0.
    error TermsTranches(uint128 firstTranche, uint32 availableThrough);
    /// @dev More than 4 classes (`index` 4), or a class that earns nothing.
    error TermsShares(uint256 index, uint16 share);
    /// @dev A fee of an unknown kind or of nothing.
    error TermsFee(uint256 index, uint8 kind, uint128 amount);
    /// @dev More than 4 fees, or fees that together reach 2^39 minor units over the life of the loan.
    error TermsFees(uint256 count, uint256 total);
    /// @dev A field of the payment rule out of its range.
    /// @param field its name in `PaymentRule`, ASCII
    error TermsPayment(bytes32 field, uint256 given);
    error BorrowerSignatureInvalid(address borrower, bytes32 loan);

    /// @notice Opens the loan. Platform only, for its own terms; needs the borrower's EIP-712 signature over them.
    function propose(Terms calldata terms, bytes calldata borrowerSignature) external returns (bytes32 loan);

    /// @notice The loan's id: the EIP-712 digest of its terms, domain included.
    function digest(Terms calldata terms) external view returns (bytes32 loan);
}
