// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IApprovals} from "../consortium/IApprovals.sol";
import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {TwoKeys} from "../consortium/TwoKeys.sol";
import {IParties} from "../parties/IParties.sol";
import {BankEntry, ICustodyToken} from "./ICustodyToken.sol";

/// @title See ICustodyToken.
contract CustodyToken is ICustodyToken, ERC20, TwoKeys {
    using SafeCast for uint256;

    /// @dev A credit that nobody can be found for.
    struct SuspendedCredit {
        uint128 amount;
        uint32 valueDate;
        bytes32 referenceHash;
        bytes32 originatorHash;
    }

    /// @notice In the year 8814: even 360 years later there is a date that calendars off the chain can write.
    uint32 public constant LAST_DAY = 2_500_000;

    IParties public immutable parties;
    /// @inheritdoc ICustodyToken
    bytes3 public immutable currency;

    // One slot.
    /// @inheritdoc ICustodyToken
    uint128 public shortfall;
    uint32 private _attestedThrough;

    bytes32 private _attestedHash;
    // One slot.
    uint128 private _attestedSupply;
    /// @inheritdoc ICustodyToken
    uint128 public mintCap = type(uint128).max;
    // One slot.
    /// @inheritdoc ICustodyToken
    uint128 public suspense;
    /// @inheritdoc ICustodyToken
    uint128 public bankClaims;
    /// @dev 256 entries to a slot, so that the entries of one statement mostly share a slot.
    mapping(uint256 statementAndBlock => uint256 bits) private _used;
    mapping(uint32 statementNo => mapping(uint16 entryNo => SuspendedCredit)) private _suspended;

    modifier onlyLedger() {
        require(consortium.isLedger(msg.sender), CustodyNotLedger(msg.sender));
        _;
    }

    /// @param symbol_ the ISO 4217 code of the money in custody, e.g. "CNY"
    constructor(
        IConsortium consortium_,
        IApprovals approvals_,
        IParties parties_,
        string memory name_,
        string memory symbol_
    ) ERC20(name_, symbol_) SeatGuard(consortium_) TwoKeys(approvals_) {
        parties = parties_;
        // A currency code has three letters.
        // forge-lint: disable-next-line(unsafe-typecast)
        currency = bytes3(bytes(symbol_));
    }

    /// @inheritdoc ICustodyToken
    function credit(address to, uint128 amount, BankEntry calldata entry) external {
        (,, uint128 limit) = _requireSeat(BANK, Scope.Book);
        if (amount > limit) _requireSecondKey(BANK);
        _requireDepositor(to, amount);

        _credit(to, amount, entry);
    }

    /// @inheritdoc ICustodyToken
    function creditLedger(uint128 amount, BankEntry calldata entry) external onlyLedger {
        // Not blocked by a shortfall: a repayment brings its own money and must count on its value date.
        _credit(msg.sender, amount, entry);
    }

    /// @inheritdoc ICustodyToken
    function debitLedger(uint128 amount, BankEntry calldata entry) external onlyLedger {
        // Not blocked by a shortfall: what the bank has booked has happened.
        require(amount != 0, CustodyZeroAmount());
        _requireFunds(msg.sender, amount);
        _use(entry);

        emit Debited(msg.sender, amount, entry.statementNo, entry.entryNo, entry.referenceHash);
        _burn(msg.sender, amount);
    }

    /// @inheritdoc ICustodyToken
    function pull(address from, uint128 amount) external onlyLedger {
        _requireFunds(from, amount);

        _transfer(from, msg.sender, amount);
    }

    /// @inheritdoc ICustodyToken
    function push(address to, uint128 amount) external onlyLedger {
        _requireFunds(msg.sender, amount);

        _transfer(msg.sender, to, amount);
    }

    /// @inheritdoc ICustodyToken
    function reverseLedger(uint128 amount, uint128 burned, BankEntry calldata entry) external onlyLedger {
        require(amount != 0, CustodyZeroAmount());
        require(burned <= amount, CustodyBurnedAboveAmount(burned, amount));
        _requireFunds(msg.sender, burned);
        _use(entry);

        uint128 claim = amount - burned;
        if (claim != 0) {
            bankClaims += claim;
            _attestedThrough = 0;
            emit ClaimRaised(claim, entry.statementNo, entry.entryNo);
        }
        if (burned != 0) {
            emit Debited(msg.sender, burned, entry.statementNo, entry.entryNo, entry.referenceHash);
            _burn(msg.sender, burned);
        }
    }

    /// @inheritdoc ICustodyToken
    function meetClaim(uint128 amount) external onlyLedger {
        require(amount != 0, CustodyZeroAmount());
        require(amount <= bankClaims, CustodyAboveClaims(amount, bankClaims));
        _requireFunds(msg.sender, amount);

        bankClaims -= amount;

        emit ClaimMet(amount);
        _burn(msg.sender, amount);
    }

    // ----------------------------------------------------------------------------------------------------------- suspense

    /// @inheritdoc ICustodyToken
    function suspend(BankEntry calldata entry, uint128 amount, uint32 valueDate, bytes32 originatorHash) external {
        (, uint32 today,) = _requireSeat(BANK, Scope.Book);
        require(amount != 0, CustodyZeroAmount());
        require(valueDate <= today, CustodyValueDate(valueDate, today));
        _use(entry);

        _suspended[entry.statementNo][entry.entryNo] = SuspendedCredit({
            amount: amount, valueDate: valueDate, referenceHash: entry.referenceHash, originatorHash: originatorHash
        });
        suspense += amount;
        _attestedThrough = 0;

        emit Suspended(entry.statementNo, entry.entryNo, amount, valueDate, originatorHash);
    }

    /// @inheritdoc ICustodyToken
    function creditSuspense(address to, uint128 amount, BankEntry calldata entry) external onlyBank(Scope.Correct) {
        _requireSecondKey(BANK);
        _requireDepositor(to, amount);

        _creditSuspense(to, amount, entry);
    }

    /// @inheritdoc ICustodyToken
    function creditLedgerSuspense(uint128 amount, BankEntry calldata entry) external onlyLedger {
        _creditSuspense(msg.sender, amount, entry);
    }

    /// @inheritdoc ICustodyToken
    function returnSuspense(BankEntry calldata entry, BankEntry calldata debit) external onlyBank(Scope.Correct) {
        _requireSecondKey(BANK);
        uint128 amount = _takeSuspended(entry);
        _use(debit);

        emit SuspenseReturned(entry.statementNo, entry.entryNo, amount, debit);
    }

    // ---------------------------------------------------------------------------------------- the cap and a holder's new key

    /// @inheritdoc ICustodyToken
    function setMintCap(uint128 cap) external onlyBank(Scope.Correct) {
        _requireSecondKey(BANK);

        mintCap = cap;

        emit MintCapSet(cap);
    }

    /// @inheritdoc ICustodyToken
    function moveHolder(address from, address to) external {
        require(msg.sender == address(parties), CustodyNotParties(msg.sender));
        uint256 amount = balanceOf(from);

        emit HolderMoved(from, to, amount);
        _transfer(from, to, amount);
    }

    // -------------------------------------------------------------------------------------------------------- attestation

    /// @inheritdoc ICustodyToken
    function attest(uint32 through, bytes32 statementHash, uint128 booked, uint128 suspense_, uint128 bankItems)
        external
    {
        (, uint32 today,) = _requireSeat(BANK, Scope.Attest);
        require(through >= today, CustodyAttestedBefore(through, today - 1));
        require(through <= LAST_DAY, CustodyDayTooFar(through, LAST_DAY));
        require(suspense_ == suspense, CustodySuspenseMismatch(suspense_, suspense));
        uint128 supply = totalSupply().toUint128();
        uint128 explained = supply + suspense_ + bankItems;
        require(booked <= explained, CustodyUnexplainedSurplus(booked, explained));
        uint128 missing = explained - booked;

        shortfall = missing;
        _attestedThrough = through;
        _attestedHash = statementHash;
        _attestedSupply = supply;

        emit Attested(through, statementHash, booked, supply, suspense_, bankItems, missing);
    }

    /// @inheritdoc ICustodyToken
    function attestation() external view returns (uint32 through, bytes32 statementHash, uint128 supply) {
        return (_attestedThrough, _attestedHash, _attestedSupply);
    }

    /// @inheritdoc ICustodyToken
    function suspended(uint32 statementNo, uint16 entryNo)
        external
        view
        returns (uint128 amount, uint32 valueDate, bytes32 originatorHash)
    {
        SuspendedCredit storage held = _suspended[statementNo][entryNo];
        return (held.amount, held.valueDate, held.originatorHash);
    }

    /// @inheritdoc ICustodyToken
    function entryUsed(uint32 statementNo, uint16 entryNo) external view returns (bool) {
        (uint256 slot, uint256 bit) = _place(statementNo, entryNo);
        return _used[slot] & bit != 0;
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return 2;
    }

    /// @notice Always reverts.
    function transfer(address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert CustodyNotTransferable();
    }

    /// @notice Always reverts.
    function transferFrom(address, address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert CustodyNotTransferable();
    }

    /// @notice Always reverts.
    function approve(address, uint256) public pure override(ERC20, IERC20) returns (bool) {
        revert CustodyNotTransferable();
    }

    function _credit(address to, uint128 amount, BankEntry calldata entry) private {
        require(amount != 0, CustodyZeroAmount());
        _use(entry);

        emit Credited(to, amount, entry.statementNo, entry.entryNo, entry.referenceHash);
        _mint(to, amount);
    }

    function _use(BankEntry calldata entry) private {
        (uint256 slot, uint256 bit) = _place(entry.statementNo, entry.entryNo);
        uint256 bits = _used[slot];
        require(bits & bit == 0, CustodyEntryUsed(entry.statementNo, entry.entryNo));
        _used[slot] = bits | bit;
    }

    function _requireFunds(address holder, uint256 amount) private view {
        uint256 balance = balanceOf(holder);
        require(balance >= amount, CustodyInsufficient(holder, balance, amount));
    }

    /// @dev A deposit goes to a party's present key, so that nothing is minted to one that was lost; never during a shortfall, and
    /// within the cap.
    function _requireDepositor(address to, uint128 amount) private view {
        require(shortfall == 0, CustodyShortfall(shortfall));
        // slither-disable-next-line unused-return
        parties.signer(to);
        uint256 highest = uint256(_attestedSupply) + mintCap;
        uint256 supply = totalSupply() + amount;
        require(supply <= highest, CustodyMintCap(supply, highest));
    }

    function _creditSuspense(address to, uint128 amount, BankEntry calldata entry) private {
        uint128 held = _takeSuspended(entry);
        require(amount == held, CustodySuspenseAmount(amount, held));

        emit SuspenseMatched(entry.statementNo, entry.entryNo, to, amount);
        _mint(to, amount);
    }

    /// @dev The entry's number stays used, so it can neither be booked nor suspended again.
    function _takeSuspended(BankEntry calldata entry) private returns (uint128 amount) {
        SuspendedCredit storage held = _suspended[entry.statementNo][entry.entryNo];
        amount = held.amount;
        require(
            amount != 0 && held.referenceHash == entry.referenceHash,
            CustodyNotSuspended(entry.statementNo, entry.entryNo)
        );

        delete _suspended[entry.statementNo][entry.entryNo];
        suspense -= amount;
        // What was attested is not what is held any more.
        _attestedThrough = 0;
    }

    function _place(uint32 statementNo, uint16 entryNo) private pure returns (uint256 slot, uint256 bit) {
        return (uint256(statementNo) << 8 | entryNo >> 8, uint256(1) << (entryNo & 0xff));
    }
}
