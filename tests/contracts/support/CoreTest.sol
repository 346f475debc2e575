// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Calendar} from "../../../contracts/calendar/Calendar.sol";
import {Approvals} from "../../../contracts/consortium/Approvals.sol";
import {Consortium} from "../../../contracts/consortium/Consortium.sol";
import {Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {CustodyToken} from "../../../contracts/escrow/CustodyToken.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {Withdrawals} from "../../../contracts/escrow/Withdrawals.sol";
import {PartyKind} from "../../../contracts/parties/IParties.sol";
import {Parties} from "../../../contracts/parties/Parties.sol";
import {vm} from "./Vm.sol";

/// @notice The permanent contracts on a fresh chain, with one member for each role, their keys, parties and their money; no loans.
abstract contract CoreTest {
    uint32 internal constant START = 20_454; // 2026-01-01

    address internal platform = vm.addr(0xA1);
    uint256 internal constant BANK_KEY = 0xA2;
    address internal bank = vm.addr(BANK_KEY);
    address internal regulator = vm.addr(0xA3);
    address internal arbitrator = vm.addr(0xA4);
    address internal guarantor = vm.addr(0xA5);
    address internal observer = vm.addr(0xA6);
    address internal rival = vm.addr(0xA7); // another platform
    address internal stranger = vm.addr(0xA8);
    /// @dev Keys that approve what their members' roots send.
    uint256 internal constant BANK_SECOND_KEY = 0xD2;
    address internal bankSecond = vm.addr(BANK_SECOND_KEY);
    uint256 internal constant REGULATOR_SECOND_KEY = 0xD3;
    address internal regulatorSecond = vm.addr(REGULATOR_SECOND_KEY);

    uint256 internal constant BORROWER_KEY = 0xB0;
    address internal borrower = vm.addr(BORROWER_KEY);

    Consortium internal consortium;
    Approvals internal approvals;
    Parties internal parties;
    CustodyToken internal token;
    Calendar internal calendar;
    Withdrawals internal withdrawals;

    uint16 internal nextEntry = 1;

    function setUp() public virtual {
        deploy(true);
    }

    function deploy(bool simulated) internal {
        consortium = new Consortium();
        consortium.admit(platform, Role.Platform, "platform");
        consortium.admit(bank, Role.Bank, "bank");
        consortium.admit(regulator, Role.Regulator, "regulator");
        consortium.admit(arbitrator, Role.Arbitrator, "arbitrator");
        consortium.admit(guarantor, Role.Guarantor, "guarantor");
        consortium.admit(observer, Role.Observer, "observer");
        consortium.admit(rival, Role.Platform, "rival");

        approvals = new Approvals(consortium);
        parties = new Parties(consortium, approvals);
        token = new CustodyToken(consortium, approvals, parties, "Custody CNY", "CNY");
        calendar = new Calendar(consortium, token, START, simulated);
        withdrawals = new Withdrawals(consortium, parties, token);
        deployLoans();

        consortium.recordDeployment("Approvals", address(approvals), false);
        consortium.recordDeployment("Parties", address(parties), false);
        consortium.recordDeployment("CustodyToken", address(token), false);
        consortium.recordDeployment("Calendar", address(calendar), false);
        consortium.recordDeployment("Withdrawals", address(withdrawals), true);
        recordLoans();
        consortium.renounce();

        registerKey(bank, BANK_SECOND_KEY, bits(Scope.Approve), 0);
        registerKey(regulator, REGULATOR_SECOND_KEY, bits(Scope.Approve), 0);
        register(borrower);
    }

    function deployLoans() internal virtual {}

    function recordLoans() internal virtual {}

    // --------------------------------------------------------------------------------------------------------------- keys

    function bits(Scope scope) internal pure returns (uint64) {
        return uint64(1) << uint64(scope);
    }

    /// @notice Registers an operational key of the member whose root is `root`.
    function registerKey(address root, uint256 key, uint64 scopes, uint128 limit) internal returns (address at) {
        at = vm.addr(key);
        (uint16 member,) = consortium.seatOf(root);
        bytes memory signature = signed(key, consortium.keyDigest(at, member, scopes, limit));
        vm.prank(root);
        consortium.registerKey(at, scopes, limit, signature);
    }

    /// @notice `by` approves the call of `target` with `data` that another key is about to send.
    function approveCall(address by, address target, bytes memory data) internal returns (bytes32 action) {
        action = keccak256(abi.encode(target, data));
        vm.prank(by);
        approvals.approve(action);
    }

    /// @notice The bank's root sends a call that its second key has approved.
    function withBothBankKeys(address target, bytes memory data) internal {
        approveCall(bankSecond, target, data);
        send(bank, target, data);
    }

    /// @notice The regulator's root sends a call that its second key has approved.
    function withBothRegulatorKeys(address target, bytes memory data) internal {
        approveCall(regulatorSecond, target, data);
        send(regulator, target, data);
    }

    /// @notice Sends `data` as `sender`; reverts as the call does.
    function send(address sender, address target, bytes memory data) internal {
        vm.prank(sender);
        (bool done, bytes memory answer) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------------ parties

    function lenderKey(uint256 index) internal pure returns (uint256) {
        return 0x10000 + index;
    }

    function lenderAt(uint256 index) internal pure returns (address) {
        return vm.addr(lenderKey(index));
    }

    function subjectOf(address account) internal pure returns (bytes32) {
        return keccak256(abi.encode("subject", account));
    }

    function register(address account) internal {
        vm.prank(bank);
        parties.register(account, subjectOf(account), PartyKind.Person);
    }

    /// @notice Registers lender `index` and credits a deposit to it.
    function fundedLender(uint256 index, uint128 amount) internal returns (address lender) {
        lender = lenderAt(index);
        if (parties.accountOf(subjectOf(lender)) == address(0)) register(lender);
        credit(lender, amount);
    }

    function credit(address to, uint128 amount) internal {
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        token.credit(to, amount, entry);
    }

    function freshEntry() internal returns (BankEntry memory) {
        uint16 number = nextEntry++;
        return BankEntry(1, number, keccak256(abi.encode("entry", number)));
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    // --------------------------------------------------------------------------------------------------------------- days

    function today() internal view returns (uint32) {
        return calendar.businessDate();
    }

    /// @notice Attests that nothing is missing, then closes all days up to `through`.
    function closeThrough(uint32 through) internal {
        bytes32 statement = keccak256(abi.encode("statement", through));
        uint128 supply = uint128(token.totalSupply());
        uint128 suspense = token.suspense();
        vm.startPrank(bank);
        token.attest(through, statement, supply + suspense, suspense, 0);
        calendar.closeDay(through, statement);
        vm.stopPrank();
    }

    /// @notice Leaves `missing` minor units missing at the attestation of the running day.
    function attestShortfall(uint128 missing) internal {
        uint128 supply = uint128(token.totalSupply());
        uint128 suspense = token.suspense();
        uint32 day = today();
        vm.prank(bank);
        token.attest(day, keccak256("short"), supply + suspense - missing, suspense, 0);
    }

    function freeze(bytes32 subject) internal {
        withBothRegulatorKeys(address(parties), abi.encodeCall(parties.freeze, (subject, "order")));
    }

    function unfreeze(bytes32 subject) internal {
        withBothRegulatorKeys(address(parties), abi.encodeCall(parties.unfreeze, (subject, "order")));
    }

    /// @notice Gives `subject` another account, by announcement, consent and notice; days pass.
    function replaceAccount(bytes32 subject, address account) internal {
        vm.prank(bank);
        parties.announceReplacement(subject, account, "lost");
        vm.prank(regulator);
        parties.consentReplacement(subject, account);
        closeThrough(today() + parties.NOTICE_DAYS() - 1);
        vm.prank(rival);
        parties.replace(subject);
    }

    /// @notice Takes a booked credit of `amount` into suspense.
    function suspend(uint128 amount) internal returns (BankEntry memory entry) {
        entry = freshEntry();
        uint32 day = today();
        vm.prank(bank);
        token.suspend(entry, amount, day, "originator");
    }

    // -------------------------------------------------------------------------------------------------------------- lists

    function one(address account) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }

    function many(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = lenderAt(i);
        }
    }
}
