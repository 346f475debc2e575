// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BankEntry} from "./ICustodyToken.sol";
import {Payout} from "./ILoanEscrow.sol";

/// @notice A holder's signed order to pay custody tokens out to its bank account (EIP-712). Used once.
/// @param validThrough last business date on which it may be requested; after it, a payout not yet instructed may be released
struct Withdrawal {
    address holder;
    uint128 amount;
    bytes32 salt;
    uint32 validThrough;
}

/// @title Payouts of custody tokens to their holders: reserved -> instructed -> settled | returned. Versioned.
interface IWithdrawals {
    /// @notice The order is at step `payout` now.
    event WithdrawalMoved(bytes32 indexed id, Payout payout, address indexed holder, uint128 amount);
    /// @notice The bank was told to pay by the payment order hashed.
    event WithdrawalInstructed(bytes32 indexed id, bytes32 instructionHash);
    /// @notice The bank refused, or the money never arrived, for the reason hashed.
    event WithdrawalReturned(bytes32 indexed id, bytes32 reasonHash);

    /// @notice An order is requested once, whatever became of it.
    error WithdrawalUsed(bytes32 id);
    /// @notice The order's last business date has passed.
    error WithdrawalExpired(uint32 validThrough, uint32 businessDate);
    /// @notice The holder did not sign this order.
    error WithdrawalSignatureInvalid(address holder);
    /// @notice The order is at another step.
    error WithdrawalPayout(bytes32 id, Payout actual, Payout expected);
    /// @notice An order over nothing.
    error WithdrawalZero();
    /// @notice The bank may still instruct the order.
    error WithdrawalStillValid(uint32 validThrough, uint32 businessDate);

    /// @notice Reserves the holder's tokens for payout. Any seat, with the signature of the holder's present key; not
    /// while the holder is frozen. The id is the EIP-712 digest.
    function request(Withdrawal calldata withdrawal, bytes calldata signature) external returns (bytes32 id);

    /// @notice The bank has instructed the payout. Bank only; not while the holder is frozen or money is missing. An amount above the
    /// key's limit needs a second key of the bank.
    function instruct(bytes32 id, bytes32 instructionHash) external;

    /// @notice The bank has booked the payout; burns the tokens. Bank only.
    function settle(bytes32 id, BankEntry calldata entry) external;

    /// @notice The payout was refused or returned before it was booked; the holder has its tokens again. Bank only.
    function returned(bytes32 id, bytes32 reasonHash) external;

    /// @notice Money of a booked payout came back and is booked as a credit; the holder has its tokens again. Bank only;
    /// an amount above the key's limit needs a second key of the bank.
    function bounced(bytes32 id, BankEntry calldata entry) external;

    /// @notice Gives the holder the tokens of an order that the bank did not instruct while it was valid. Any seat: a silent bank
    /// traps no money.
    function release(bytes32 id) external;

    /// @notice Where the order stands; zeros if it was never requested.
    function withdrawal(bytes32 id) external view returns (Payout payout, address holder, uint128 amount);

    /// @notice The EIP-712 digest that the holder signs; also the order's id.
    function digest(Withdrawal calldata withdrawal) external view returns (bytes32 id);
}
