// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title Commitments to encrypted documents, appended to the loan's history. Versioned.
interface IDocumentCommitments {
    /// @notice The loan has a document with this id.
    error DocumentExists(bytes32 loan, bytes32 documentId);
    /// @notice An id, commitment or hash of zero, a size that readers can't hold, or an unknown kind.
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

    /// @notice Whether the loan has a document with this id.
    function committed(bytes32 loan, bytes32 documentId) external view returns (bool);
}
