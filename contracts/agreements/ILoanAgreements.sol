// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "./Terms.sol";

/// @title Admits loans: checks terms, limits and the borrower's signature, and opens the loan in escrow. Versioned.
interface ILoanAgreements {
    error RateAboveCap(uint64 rate, uint64 cap);
    error TermsVersion(uint16 given);
    error TermsPlatform(address given, address sender);
    error TermsCurrency(bytes3 given, bytes3 expected);
    error TermsPrincipal(uint128 given);
    error TermsDayCount(uint8 given);
    error TermsMethod(uint8 given);
    /// @dev Not 1 to 360; or, for equal instalments, so many that interest over the whole life exceeds three times the principal
    /// and an instalment might not cover a long month's interest.
    error TermsInstalments(uint16 given);
    error TermsPeriod(uint16 given);
    /// @dev Not from the business date to 366 days after it.
    error TermsDeadline(uint32 given, uint32 businessDate);
    /// @dev A contract number that isn't 1 to 64 characters of printable ASCII, or a salt or commitment of zero.
    error TermsText();
    error BorrowerSignatureInvalid(address borrower, bytes32 loan);

    /// @notice Opens the loan. Platform only, for its own terms; needs the borrower's EIP-712 signature over them.
    function propose(Terms calldata terms, bytes calldata borrowerSignature) external returns (bytes32 loan);

    /// @notice The loan's id: the EIP-712 digest of its terms, domain included.
    function digest(Terms calldata terms) external view returns (bytes32 loan);
}
