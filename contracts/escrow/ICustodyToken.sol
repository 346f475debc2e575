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
    /// @notice A booked credit became custody tokens of `to`.
    event Credited(
        address indexed to, uint256 amount, uint32 indexed statementNo, uint16 entryNo, bytes32 referenceHash
    );
    /// @notice Custody tokens of `from` were burned for a booked debit.
    event Debited(
        address indexed from, uint256 amount, uint32 indexed statementNo, uint16 entryNo, bytes32 referenceHash
    );
    /// @notice booked = supply + suspense + bankItems - shortfall at the end of day `through`.
    event Attested(
        uint32 indexed through,
        bytes32 statementHash,
        uint128 booked,
        uint128 supply,
        uint128 suspense,
        uint128 bankItems,
        uint128 shortfall
    );
    /// @notice Part of a reversal's booked debit for which no token could be burned.
    event ClaimRaised(uint128 amount, uint32 indexed statementNo, uint16 entryNo);
    /// @notice Tokens were burned against the bank's claims.
    event ClaimMet(uint128 amount);
    /// @notice A booked credit was taken into suspense.
    event Suspended(
        uint32 indexed statementNo, uint16 entryNo, uint128 amount, uint32 valueDate, bytes32 originatorHash
    );
    /// @notice A credit in suspense became custody tokens of `to`.
    event SuspenseMatched(uint32 indexed statementNo, uint16 entryNo, address to, uint128 amount);
    /// @notice A credit in suspense went back by the booked `debit`.
    event SuspenseReturned(uint32 indexed statementNo, uint16 entryNo, uint128 amount, BankEntry debit);
    /// @notice Deposits are limited anew.
    event MintCapSet(uint128 cap);
    /// @notice All tokens of a replaced account are the new one's.
    event HolderMoved(address indexed from, address indexed to, uint256 amount);

    /// @notice Holders move no tokens by themselves.
    error CustodyNotTransferable();
    /// @notice No such credit is in suspense, or the bank's reference is another.
    error CustodyNotSuspended(uint32 statementNo, uint16 entryNo);
    /// @notice A credit in suspense is matched whole.
    error CustodySuspenseAmount(uint128 given, uint128 held);
    /// @notice The account statement's suspense is not what the ledger holds in suspense.
    error CustodySuspenseMismatch(uint128 given, uint128 held);
    /// @notice Deposits since the last attestation are limited; attest or raise the cap (two keys).
    error CustodyMintCap(uint256 supply, uint256 highest);
    /// @notice Only the register of parties moves a holder's tokens to its new account.
    error CustodyNotParties(address sender);
    /// @notice Only contracts recorded as the ledger's move tokens.
    error CustodyNotLedger(address sender);
    /// @notice The bank entry has been used, for good.
    error CustodyEntryUsed(uint32 statementNo, uint16 entryNo);
    /// @notice No entry is about nothing.
    error CustodyZeroAmount();
    /// @notice A value date lies after the business date.
    error CustodyValueDate(uint32 valueDate, uint32 businessDate);
    /// @notice A reversal burns at most what it takes out of custody.
    error CustodyBurnedAboveAmount(uint128 burned, uint128 amount);
    /// @notice The bank claims less than this.
    error CustodyAboveClaims(uint128 amount, uint128 claims);
    /// @notice The holder has fewer tokens.
    error CustodyInsufficient(address holder, uint256 balance, uint256 needed);
    /// @notice Money is missing; what needs it whole must wait.
    error CustodyShortfall(uint128 shortfall);
    /// @notice There is more money than tokens, suspense and the bank's items explain.
    error CustodyUnexplainedSurplus(uint128 booked, uint128 explained);
    /// @notice The day is closed.
    error CustodyAttestedBefore(uint32 through, uint32 attestedThrough);
    /// @notice No calendar could write dates that follow from this day.
    error CustodyDayTooFar(uint32 through, uint32 lastDay);

    /// @notice Mints for a booked deposit of a registered party, to its present key. Bank only; blocked during a shortfall and above
    /// the mint cap. An amount above the key's limit needs a second key of the bank.
    function credit(address to, uint128 amount, BankEntry calldata entry) external;

    /// @notice A booked debit of `amount` that reverses a credit: burns `burned` of the calling ledger contract's tokens; the rest is
    /// the bank's claim (`bankClaims`), until `meetClaim` burns as much. A claim is a shortfall at the next attestation unless the
    /// bank has put its own money in.
    function reverseLedger(uint128 amount, uint128 burned, BankEntry calldata entry) external;

    /// @notice Burns the calling ledger contract's tokens against the bank's claims: what they stood for is the bank's own money now.
    function meetClaim(uint128 amount) external;

    /// @notice Minor units that reversals took out of custody and no token has been burned for yet.
    function bankClaims() external view returns (uint128);

    /// @notice Takes a booked credit that nobody can be found for into suspense: no token is minted. Its number is used, for good.
    /// Bank only.
    /// @param originatorHash salted hash of the originator's account, to return it to
    function suspend(BankEntry calldata entry, uint128 amount, uint32 valueDate, bytes32 originatorHash) external;

    /// @notice Mints a deposit that was in suspense to its party. Bank only, two keys.
    function creditSuspense(address to, uint128 amount, BankEntry calldata entry) external;

    /// @notice As `creditLedger`, for an entry in suspense; the calling ledger contract has checked both keys.
    function creditLedgerSuspense(uint128 amount, BankEntry calldata entry) external;

    /// @notice A suspended amount went back to its originator by the booked `debit`. Bank only, two keys.
    function returnSuspense(BankEntry calldata entry, BankEntry calldata debit) external;

    /// @notice Limits deposits: the supply may stand at most `cap` above the last attestation's. Bank only, two keys. No limit at first.
    function setMintCap(uint128 cap) external;

    /// @notice Minor units that the supply may stand above the last attestation's by deposits; the largest number: no limit.
    function mintCap() external view returns (uint128);

    /// @notice Moves all tokens of a replaced account to the one that stands for its subject now. `Parties` only.
    function moveHolder(address from, address to) external;

    /// @notice Minor units in suspense.
    function suspense() external view returns (uint128);

    /// @notice A credit in suspense; zeros if there is none, or it was matched or returned.
    function suspended(uint32 statementNo, uint16 entryNo)
        external
        view
        returns (uint128 amount, uint32 valueDate, bytes32 originatorHash);

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
    /// unexplained, if `suspense` is not what the ledger holds in suspense, and for a day that is closed. A later attestation replaces the earlier one.
    /// @param through last day the account statement covers
    function attest(uint32 through, bytes32 statementHash, uint128 booked, uint128 suspense, uint128 bankItems) external;

    /// @notice Minor units missing at the last attestation. While it is not zero, deposits are not credited and payouts are not
    /// instructed; repayments are posted, booked payouts recorded, claims and refunds paid.
    function shortfall() external view returns (uint128);

    /// @notice ISO 4217 code, left-aligned ASCII.
    function currency() external view returns (bytes3);

    /// @return through last day of the latest attestation; 0 if suspense or the bank's claims have moved since
    /// @return statementHash of the account statement it rests on
    /// @return supply all tokens when it was made, minor units
    function attestation() external view returns (uint32 through, bytes32 statementHash, uint128 supply);

    /// @notice Whether the bank entry was booked or suspended.
    function entryUsed(uint32 statementNo, uint16 entryNo) external view returns (bool);
}
