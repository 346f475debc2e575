// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IApprovals} from "../consortium/IApprovals.sol";
import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IParties} from "../parties/IParties.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {BankEntry, ICustodyToken} from "./ICustodyToken.sol";
import {Payout} from "./ILoanEscrow.sol";
import {IWithdrawals, Withdrawal} from "./IWithdrawals.sol";

/// @title See IWithdrawals.
contract Withdrawals is IWithdrawals, SeatGuard, EIP712 {
    struct WithdrawalSlots {
        // slot 0
        address holder;
        Payout payout;
        // slot 1: what comes back goes to whoever signs for the subject then
        bytes32 subject;
        // slot 2
        uint128 amount;
        uint32 validThrough;
    }

    bytes32 private constant WITHDRAWAL_TYPE =
        keccak256("Withdrawal(address holder,uint128 amount,bytes32 salt,uint32 validThrough)");

    IParties public immutable parties;
    ICustodyToken public immutable token;

    mapping(bytes32 id => WithdrawalSlots) private _withdrawals;

    constructor(IConsortium consortium_, IParties parties_, ICustodyToken token_)
        SeatGuard(consortium_)
        EIP712("loan-ledger", "1")
    {
        parties = parties_;
        token = token_;
    }

    /// @inheritdoc IWithdrawals
    function request(Withdrawal calldata given, bytes calldata signature) external returns (bytes32 id) {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        id = digest(given);
        WithdrawalSlots storage w = _withdrawals[id];
        require(w.payout == Payout.None, WithdrawalUsed(id));
        require(given.amount != 0, WithdrawalZero());
        require(today <= given.validThrough, WithdrawalExpired(given.validThrough, today));
        bytes32 subject = parties.signer(given.holder);
        _requireNotFrozen(subject);
        require(PartySignature.isValid(given.holder, id, signature), WithdrawalSignatureInvalid(given.holder));

        w.holder = given.holder;
        w.payout = Payout.Reserved;
        w.subject = subject;
        w.amount = given.amount;
        w.validThrough = given.validThrough;

        emit WithdrawalMoved(id, Payout.Reserved, given.holder, given.amount);
        token.pull(given.holder, given.amount);
    }

    /// @inheritdoc IWithdrawals
    function instruct(bytes32 id, bytes32 instructionHash) external {
        (,, uint128 limit) = _requireSeat(BANK, Scope.Book);
        WithdrawalSlots storage w = _inPayout(id, Payout.Reserved);
        uint128 missing = token.shortfall();
        require(missing == 0, ICustodyToken.CustodyShortfall(missing));
        _requireNotFrozen(w.subject);

        _move(id, w, Payout.Instructed);
        emit WithdrawalInstructed(id, instructionHash);
        if (w.amount > limit) _requireSecondKey();
    }

    /// @inheritdoc IWithdrawals
    function settle(bytes32 id, BankEntry calldata entry) external onlyBank(Scope.Book) {
        WithdrawalSlots storage w = _inPayout(id, Payout.Instructed);

        _move(id, w, Payout.Settled);
        token.debitLedger(w.amount, entry);
    }

    /// @inheritdoc IWithdrawals
    function returned(bytes32 id, bytes32 reasonHash) external onlyBank(Scope.Book) {
        WithdrawalSlots storage w = _withdrawals[id];
        // From `Reserved` too: a bank may refuse before it instructs.
        require(
            w.payout == Payout.Reserved || w.payout == Payout.Instructed,
            WithdrawalPayout(id, w.payout, Payout.Instructed)
        );

        _move(id, w, Payout.Returned);
        emit WithdrawalReturned(id, reasonHash);
        _giveBack(w);
    }

    /// @inheritdoc IWithdrawals
    function bounced(bytes32 id, BankEntry calldata entry) external {
        (,, uint128 limit) = _requireSeat(BANK, Scope.Book);
        WithdrawalSlots storage w = _inPayout(id, Payout.Settled);

        _move(id, w, Payout.Returned);
        // As a deposit, it mints: a leaked key must not do so without end.
        if (w.amount > limit) _requireSecondKey();
        token.creditLedger(w.amount, entry);
        _giveBack(w);
    }

    /// @inheritdoc IWithdrawals
    function release(bytes32 id) external {
        (, uint32 today,) = _requireSeat(ANY_SEAT, Scope.Relay);
        WithdrawalSlots storage w = _inPayout(id, Payout.Reserved);
        require(today > w.validThrough, WithdrawalStillValid(w.validThrough, today));

        _move(id, w, Payout.Returned);
        _giveBack(w);
    }

    /// @inheritdoc IWithdrawals
    function withdrawal(bytes32 id) external view returns (Payout payout, address holder, uint128 amount) {
        WithdrawalSlots storage w = _withdrawals[id];
        return (w.payout, w.holder, w.amount);
    }

    /// @inheritdoc IWithdrawals
    function digest(Withdrawal calldata given) public view returns (bytes32 id) {
        return _hashTypedDataV4(
            keccak256(abi.encode(WITHDRAWAL_TYPE, given.holder, given.amount, given.salt, given.validThrough))
        );
    }

    /// @dev To whoever signs for the subject now; to a frozen subject too, because it can't ask for them again.
    function _giveBack(WithdrawalSlots storage w) private {
        token.push(parties.accountOf(w.subject), w.amount);
    }

    function _requireSecondKey() private {
        IApprovals(consortium.deployment("Approvals").at).consume(msg.data, msg.sender, BANK);
    }

    function _requireNotFrozen(bytes32 subject) private view {
        require(!parties.frozen(subject), IParties.PartiesFrozen(subject));
    }

    function _move(bytes32 id, WithdrawalSlots storage w, Payout payout) private {
        w.payout = payout;

        emit WithdrawalMoved(id, payout, w.holder, w.amount);
    }

    function _inPayout(bytes32 id, Payout expected) private view returns (WithdrawalSlots storage w) {
        w = _withdrawals[id];
        require(w.payout == expected, WithdrawalPayout(id, w.payout, expected));
    }
}
