// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Commitments to encrypted documents, appended to the loan's history. Versioned.
interface IDocumentCommitments {
    error DocumentExists(bytes32 loan, bytes32 documentId);
    error DocumentInvalid(bytes32 documentId);

    /// @notice Commits a document to a loan. Platform, bank, regulator or arbitrator.
    /// @param cidCommitment salted commitment to the CID of the ciphertext
    /// @param contentHash salted hash of the plaintext
    /// @param size of the plaintext, bytes; 1 to 2^53 - 1
    /// @param kind 1 contract text, 2 identity evidence, 3 payment evidence, 4 other
    function commit(
        bytes32 loan,
        uint32 expectedLength,
        bytes32 documentId,
        bytes32 cidCommitment,
        bytes32 contentHash,
        uint64 size,
        uint8 kind
    ) external;

    function committed(bytes32 loan, bytes32 documentId) external view returns (bool);
}
