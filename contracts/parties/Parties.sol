// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../consortium/IApprovals.sol";
import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {TwoKeys} from "../consortium/TwoKeys.sol";
import {ICustodyToken} from "../escrow/ICustodyToken.sol";
import {IParties, PartyKind} from "./IParties.sol";

/// @title See IParties.
contract Parties is IParties, TwoKeys {
    /// @dev One slot: who is paid, and whether at all.
    struct Standing {
        address account;
        bool frozen;
    }

    /// @notice Business days between the announcement of a new account and the day from which it may take over.
    uint32 public constant NOTICE_DAYS = 7;

    mapping(address account => Party) private _parties;
    mapping(bytes32 subject => Standing) private _standings;
    mapping(bytes32 subject => Replacement) private _replacements;

    constructor(IConsortium consortium_, IApprovals approvals_) SeatGuard(consortium_) TwoKeys(approvals_) {}

    /// @inheritdoc IParties
    function register(address account, bytes32 subject, PartyKind kind) external onlyBank(Scope.Identify) {
        require(subject != 0 && kind != PartyKind.None, PartiesInvalid(account, subject, uint8(kind)));
        _requireFree(account, subject, kind);
        require(_standings[subject].account == address(0), PartiesSubjectInUse(subject));

        _parties[account] = Party({subject: subject, kind: kind});
        _standings[subject].account = account;

        emit PartyRegistered(account, subject, kind);
    }

    /// @inheritdoc IParties
    function announceReplacement(bytes32 subject, address account, bytes32 reasonHash) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Identify);
        PartyKind kind = _parties[_known(subject).account].kind;
        _requireFree(account, subject, kind);
        uint32 from = today + NOTICE_DAYS;

        // A consent to an earlier announcement is no consent to this one.
        _replacements[subject] = Replacement({account: account, from: from, consented: false});

        emit ReplacementAnnounced(subject, account, from, reasonHash);
    }

    /// @inheritdoc IParties
    function consentReplacement(bytes32 subject, address account) external onlyRegulator(Scope.Supervise) {
        Replacement storage r = _announced(subject);
        require(r.account == account, PartiesNoReplacement(subject));

        r.consented = true;

        emit ReplacementConsented(subject, account);
    }

    /// @inheritdoc IParties
    function withdrawReplacement(bytes32 subject) external {
        _requireSeat(BANK | REGULATOR, Scope.Identify);
        address account = _announced(subject).account;

        delete _replacements[subject];

        emit ReplacementWithdrawn(subject, account);
    }

    /// @inheritdoc IParties
    function replace(bytes32 subject) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        Replacement memory r = _announced(subject);
        require(r.consented, PartiesNotConsented(subject, r.account));
        require(today >= r.from, PartiesNoticeRunning(subject, r.from, today));
        address former = _standings[subject].account;
        PartyKind kind = _parties[former].kind;
        // Somebody may have been registered with it since.
        _requireFree(r.account, subject, kind);

        _parties[r.account] = Party({subject: subject, kind: kind});
        _standings[subject].account = r.account;
        delete _replacements[subject];

        emit PartyReplaced(subject, former, r.account);
        // The token was deployed after this contract.
        ICustodyToken(consortium.deployment("CustodyToken").at).moveHolder(former, r.account);
    }

    /// @inheritdoc IParties
    function freeze(bytes32 subject, bytes32 orderHash) external onlyRegulator(Scope.Supervise) {
        _requireSecondKey(REGULATOR);
        Standing storage s = _known(subject);
        require(!s.frozen, PartiesFrozen(subject));

        s.frozen = true;

        emit SubjectFrozen(subject, orderHash);
    }

    /// @inheritdoc IParties
    function unfreeze(bytes32 subject, bytes32 orderHash) external onlyRegulator(Scope.Supervise) {
        _requireSecondKey(REGULATOR);
        Standing storage s = _known(subject);
        require(s.frozen, PartiesNotFrozen(subject));

        s.frozen = false;

        emit SubjectReleased(subject, orderHash);
    }

    /// @inheritdoc IParties
    function signer(address account) external view returns (bytes32 subject) {
        subject = _parties[account].subject;
        require(subject != 0, PartiesUnknown(account));
        address current = _standings[subject].account;
        require(current == account, PartiesReplaced(account, current));
    }

    /// @inheritdoc IParties
    function payee(bytes32 subject) external view returns (address account) {
        Standing storage s = _standings[subject];
        require(!s.frozen, PartiesFrozen(subject));
        return s.account;
    }

    /// @inheritdoc IParties
    function frozen(bytes32 subject) external view returns (bool) {
        return _standings[subject].frozen;
    }

    /// @inheritdoc IParties
    function replacementOf(bytes32 subject) external view returns (Replacement memory) {
        return _replacements[subject];
    }

    /// @inheritdoc IParties
    function party(address account) external view returns (Party memory found) {
        found = _parties[account];
        require(found.kind != PartyKind.None, PartiesUnknown(account));
    }

    /// @inheritdoc IParties
    function accountOf(bytes32 subject) external view returns (address account) {
        return _standings[subject].account;
    }

    /// @dev An account names one subject for ever, so a history always names the same party.
    function _requireFree(address account, bytes32 subject, PartyKind kind) private view {
        require(account != address(0) && !consortium.isLedger(account), PartiesInvalid(account, subject, uint8(kind)));
        require(_parties[account].kind == PartyKind.None, PartiesAccountInUse(account));
    }

    function _known(bytes32 subject) private view returns (Standing storage s) {
        s = _standings[subject];
        require(s.account != address(0), PartiesSubjectUnknown(subject));
    }

    function _announced(bytes32 subject) private view returns (Replacement storage r) {
        r = _replacements[subject];
        require(r.account != address(0), PartiesNoReplacement(subject));
    }
}
