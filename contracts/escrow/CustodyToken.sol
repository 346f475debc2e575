// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICalendar} from "../calendar/ICalendar.sol";
import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {IParties} from "../parties/IParties.sol";
import {BankEntry, ICustodyToken} from "./ICustodyToken.sol";

/// @title See ICustodyToken.
contract CustodyToken is ICustodyToken, ERC20, SeatGuard {
    using SafeCast for uint256;

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
    uint128 private _attestedSupply;
    /// @dev 256 entries to a slot, so that the entries of one statement mostly share a slot.
    mapping(uint256 statementAndBlock => uint256 bits) private _used;

    modifier onlyLedger() {
        require(consortium.isLedger(msg.sender), CustodyNotLedger(msg.sender));
        _;
    }

    /// @param symbol_ the ISO 4217 code of the money in custody, e.g. "CNY"
    constructor(IConsortium consortium_, IParties parties_, string memory name_, string memory symbol_)
        ERC20(name_, symbol_)
        SeatGuard(consortium_)
    {
        parties = parties_;
        // A currency code has three letters.
        // forge-lint: disable-next-line(unsafe-typecast)
        currency = bytes3(bytes(symbol_));
    }

    /// @inheritdoc ICustodyToken
    function credit(address to, uint128 amount, BankEntry calldata entry) external onlyBank {
        require(shortfall == 0, CustodyShortfall(shortfall));
        // Reverts for an unregistered account.
        // slither-disable-next-line unused-return
        parties.party(to);

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
    function attest(uint32 through, bytes32 statementHash, uint128 booked, uint128 suspense, uint128 bankItems)
        external
        onlyBank
    {
        uint32 today = _businessDate();
        require(through >= today, CustodyAttestedBefore(through, today - 1));
        require(through <= LAST_DAY, CustodyDayTooFar(through, LAST_DAY));
        uint128 supply = totalSupply().toUint128();
        uint128 explained = supply + suspense + bankItems;
        require(booked <= explained, CustodyUnexplainedSurplus(booked, explained));
        uint128 missing = explained - booked;

        shortfall = missing;
        _attestedThrough = through;
        _attestedHash = statementHash;
        _attestedSupply = supply;

        emit Attested(through, statementHash, booked, supply, suspense, bankItems, missing);
    }

    /// @inheritdoc ICustodyToken
    function attestation() external view returns (uint32 through, bytes32 statementHash, uint128 supply) {
        return (_attestedThrough, _attestedHash, _attestedSupply);
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

    /// @dev The calendar is deployed after the token, because it asks the token for attestations.
    function _businessDate() private view returns (uint32) {
        address calendar = consortium.deployment("Calendar").at;
        require(calendar != address(0), IConsortium.ConsortiumNoCode(calendar));
        return ICalendar(calendar).businessDate();
    }

    function _place(uint32 statementNo, uint16 entryNo) private pure returns (uint256 slot, uint256 bit) {
        return (uint256(statementNo) << 8 | entryNo >> 8, uint256(1) << (entryNo & 0xff));
    }
}
