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

    /// @param account that shall stand for the subject; @param from business date from which it may take over
    struct Replacement {
        address account;
        uint32 from;
        bool consented;
    }

    /// @notice `account` signs for `subject`.
    event PartyRegistered(address indexed account, bytes32 indexed subject, PartyKind kind);
    /// @notice `account` shall stand for `subject` from business date `from` on, if the regulator consents.
    event ReplacementAnnounced(bytes32 indexed subject, address account, uint32 from, bytes32 reasonHash);
    /// @notice The regulator agreed that `account` shall stand for `subject`.
    event ReplacementConsented(bytes32 indexed subject, address account);
    /// @notice The announcement was taken back.
    event ReplacementWithdrawn(bytes32 indexed subject, address account);
    /// @notice `account` stands for `subject` in place of `former`.
    event PartyReplaced(bytes32 indexed subject, address indexed former, address indexed account);
    /// @notice Payouts to `subject` are held, by the order whose salted hash is `orderHash`.
    event SubjectFrozen(bytes32 indexed subject, bytes32 orderHash);
    /// @notice Payouts to `subject` are free again.
    event SubjectReleased(bytes32 indexed subject, bytes32 orderHash);

    /// @notice The account names a party already, now or formerly.
    error PartiesAccountInUse(address account);
    /// @notice The subject has an account already.
    error PartiesSubjectInUse(bytes32 subject);
    /// @notice No account, subject or kind; or a ledger contract's account, whose tokens belong to loans.
    error PartiesInvalid(address account, bytes32 subject, uint8 kind);
    /// @notice The account was never registered.
    error PartiesUnknown(address account);
    /// @notice The subject was never registered.
    error PartiesSubjectUnknown(bytes32 subject);
    /// @notice The account's key was replaced; `account` stands for the subject now.
    error PartiesReplaced(address former, address account);
    /// @notice The regulator holds the subject's payouts.
    error PartiesFrozen(bytes32 subject);
    /// @notice There is no freeze to end.
    error PartiesNotFrozen(bytes32 subject);
    /// @notice Nothing is announced for the subject, or another account.
    error PartiesNoReplacement(bytes32 subject);
    /// @notice The regulator has not consented to this announcement.
    error PartiesNotConsented(bytes32 subject, address account);
    /// @notice The new account may take over from business date `from` on.
    error PartiesNoticeRunning(bytes32 subject, uint32 from, uint32 businessDate);

    /// @notice Registers a party's signing address for a subject. Bank only. Subject ids are per platform: HMAC over canonical
    /// identity and platform, made off chain.
    function register(address account, bytes32 subject, PartyKind kind) external;

    /// @notice Announces that `account` shall stand for a subject whose key is lost. Bank only. It takes over `NOTICE_DAYS` business
    /// days later, if the regulator has consented by then; a new announcement starts anew.
    function announceReplacement(bytes32 subject, address account, bytes32 reasonHash) external;

    /// @notice The regulator's consent to exactly this announcement. Regulator only.
    function consentReplacement(bytes32 subject, address account) external;

    /// @notice Takes an announcement back. Bank or regulator.
    function withdrawReplacement(bytes32 subject) external;

    /// @notice Replaces the account once notice and consent are complete; its custody tokens move with it. Any seat.
    function replace(bytes32 subject) external;

    /// @notice Holds the subject's payouts: claims, refunds, withdrawals, transfers, loans not yet instructed; nor does its money leave by
    /// subscriptions or by payments of others' loans. Money keeps accruing to it, and it may pay its own loans. Regulator only, two
    /// keys.
    function freeze(bytes32 subject, bytes32 orderHash) external;

    /// @notice Ends a freeze. Regulator only, two keys.
    function unfreeze(bytes32 subject, bytes32 orderHash) external;

    /// @notice The subject whose key `account` is now. Reverts with `PartiesUnknown` or `PartiesReplaced`.
    function signer(address account) external view returns (bytes32 subject);

    /// @notice The account that is paid for `subject` now. Reverts with `PartiesFrozen`; zero if unknown.
    function payee(bytes32 subject) external view returns (address account);

    /// @notice Whether the subject's payouts are held.
    function frozen(bytes32 subject) external view returns (bool);

    /// @notice The announcement that stands for `subject`; zeros if there is none.
    function replacementOf(bytes32 subject) external view returns (Replacement memory);

    /// @notice Reverts with `PartiesUnknown` for an unregistered account; a replaced account still names its subject.
    function party(address account) external view returns (Party memory);

    /// @return account the address that signs for `subject` now; zero if unknown
    function accountOf(bytes32 subject) external view returns (address account);
}
