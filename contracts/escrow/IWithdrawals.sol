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
    event WithdrawalMoved(bytes32 indexed id, Payout payout, address indexed holder, uint128 amount);
    event WithdrawalInstructed(bytes32 indexed id, bytes32 instructionHash);
    event WithdrawalReturned(bytes32 indexed id, bytes32 reasonHash);

    error WithdrawalUsed(bytes32 id);
    error WithdrawalExpired(uint32 validThrough, uint32 businessDate);
    error WithdrawalSignatureInvalid(address holder);
    error WithdrawalPayout(bytes32 id, Payout actual, Payout expected);
    error WithdrawalZero();
    error WithdrawalStillValid(uint32 validThrough, uint32 businessDate);

    /// @notice Reserves the holder's tokens for payout. Any seat, with the holder's signature. The id is the EIP-712 digest.
    function request(Withdrawal calldata withdrawal, bytes calldata signature) external returns (bytes32 id);

    /// @notice The bank has instructed the payout. Bank only.
    function instruct(bytes32 id, bytes32 instructionHash) external;

    /// @notice The bank has booked the payout; burns the tokens. Bank only.
    function settle(bytes32 id, BankEntry calldata entry) external;

    /// @notice The payout was refused or returned before it was booked; the holder has its tokens again. Bank only.
    function returned(bytes32 id, bytes32 reasonHash) external;

    /// @notice Money of a booked payout came back and is booked as a credit; the holder has its tokens again. Bank only.
    function bounced(bytes32 id, BankEntry calldata entry) external;

    /// @notice Gives the holder the tokens of an order that the bank did not instruct while it was valid. Any seat: a silent bank
    /// traps no money.
    function release(bytes32 id) external;

    function withdrawal(bytes32 id) external view returns (Payout payout, address holder, uint128 amount);
    function digest(Withdrawal calldata withdrawal) external view returns (bytes32 id);
}
