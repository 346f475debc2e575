// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

enum PartyKind {
    None,
    Person,
    Organisation
}

/// @title Borrowers and lenders, registered by the depository bank after its checks. Permanent.
interface IParties {
    struct Party {
        bytes32 subject;
        PartyKind kind;
    }

    event PartyRegistered(address indexed account, bytes32 indexed subject, PartyKind kind);

    error PartiesAccountInUse(address account);
    error PartiesSubjectInUse(bytes32 subject);
    /// @dev No account, subject or kind; or a ledger contract's account, whose tokens belong to loans.
    error PartiesInvalid(address account, bytes32 subject, uint8 kind);
    error PartiesUnknown(address account);

    /// @notice Registers a party's signing address for a subject. Bank only. Subject ids are per platform: HMAC over canonical
    /// identity and platform, made off chain.
    function register(address account, bytes32 subject, PartyKind kind) external;

    /// @notice Reverts with `PartiesUnknown` for an unregistered account.
    function party(address account) external view returns (Party memory);

    /// @return account the address that signs for `subject` now; zero if unknown
    function accountOf(bytes32 subject) external view returns (address account);
}
