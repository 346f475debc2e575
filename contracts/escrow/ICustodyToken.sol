// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @notice A booked entry of the bank's account statement: the statement's electronic sequence number, the entry's position in
/// it (from 1) and the hash of the bank's own reference. (statementNo, entryNo) is used once on chain.
struct BankEntry {
    uint32 statementNo;
    uint16 entryNo;
    bytes32 referenceHash;
}

/// @title Money in the depository bank's custody, one token per minor unit. Permanent.
/// Minted only for booked, identified credits; burned on booked debits. `transfer`, `transferFrom` and `approve` always revert.
interface ICustodyToken is IERC20Metadata {
    event Credited(
        address indexed to, uint256 amount, uint32 indexed statementNo, uint16 entryNo, bytes32 referenceHash
    );
    event Debited(
        address indexed from, uint256 amount, uint32 indexed statementNo, uint16 entryNo, bytes32 referenceHash
    );
    event Attested(
        uint32 indexed through,
        bytes32 statementHash,
        uint128 booked,
        uint128 supply,
        uint128 suspense,
        uint128 bankItems,
        uint128 shortfall
    );

    error CustodyNotTransferable();
    error CustodyNotLedger(address sender);
    error CustodyEntryUsed(uint32 statementNo, uint16 entryNo);
    error CustodyZeroAmount();
    error CustodyInsufficient(address holder, uint256 balance, uint256 needed);
    error CustodyShortfall(uint128 shortfall);
    error CustodyUnexplainedSurplus(uint128 booked, uint128 explained);
    error CustodyAttestedBefore(uint32 through, uint32 attestedThrough);
    error CustodyDayTooFar(uint32 through, uint32 lastDay);

    /// @notice Mints for a booked deposit of a registered party. Bank only; blocked during a shortfall.
    function credit(address to, uint128 amount, BankEntry calldata entry) external;

    /// @notice Mints a booked, earmarked receipt into the calling ledger contract, which has checked the sender's seat. A shortfall
    /// doesn't block it: a repayment brings its own money and must count on its value date.
    function creditLedger(uint128 amount, BankEntry calldata entry) external;

    /// @notice Burns the calling ledger contract's tokens for a booked debit.
    function debitLedger(uint128 amount, BankEntry calldata entry) external;

    /// @notice Moves a holder's tokens into the calling ledger contract, which has verified the holder's signature.
    function pull(address from, uint128 amount) external;

    /// @notice Moves the calling ledger contract's tokens to a holder.
    function push(address to, uint128 amount) external;

    /// @notice Publishes the day-end: booked = supply + suspense + bankItems - shortfall. Bank only. Reverts if money is left
    /// unexplained and for a day that is closed. A later attestation replaces the earlier one.
    /// @param through last day the account statement covers
    function attest(uint32 through, bytes32 statementHash, uint128 booked, uint128 suspense, uint128 bankItems) external;

    /// @notice Minor units missing at the last attestation. While it is not zero, deposits are not credited and payouts are not
    /// instructed; repayments are posted, booked payouts recorded, claims and refunds paid.
    function shortfall() external view returns (uint128);

    /// @notice ISO 4217 code, left-aligned ASCII.
    function currency() external view returns (bytes3);

    /// @return through last day of the latest attestation
    /// @return statementHash of the account statement it rests on
    /// @return supply all tokens when it was made, minor units
    function attestation() external view returns (uint32 through, bytes32 statementHash, uint128 supply);
    function entryUsed(uint32 statementNo, uint16 entryNo) external view returns (bool);
}
