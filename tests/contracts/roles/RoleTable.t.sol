// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILoanAgreements} from "../../../contracts/agreements/ILoanAgreements.sol";
import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ICalendar} from "../../../contracts/calendar/ICalendar.sol";
import {IWorkingDays} from "../../../contracts/calendar/IWorkingDays.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Role, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {IDocumentCommitments} from "../../../contracts/documents/IDocumentCommitments.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Drawdown,
    EarlyRepayment,
    Entry,
    ILoanEscrow,
    Mandate,
    Opening,
    OpeningPosition,
    Payment,
    PositionTransfer,
    Rebooking,
    Receipt,
    Subscription
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IWithdrawals, Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {IRepaymentSchedules, Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {IAuditAnchors} from "../../../contracts/supervision/IAuditAnchors.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Every state-changing function, called by every kind of sender: chain/roles.toml decides who gets past the door,
/// chain/scopes.toml with which of its keys, and chain/second_keys.toml where one key is not enough.
/// Whoever the tables don't name is refused for that reason; whoever they name is refused for another reason or not at all.
contract RoleTableTest is LedgerTest {
    struct Sender {
        string name;
        address at;
        string role; // as in the table; empty for none
        bool seat;
        bool root;
    }

    struct Call {
        string on;
        string name;
        address target;
        bytes data;
    }

    uint64 private constant ALL_SCOPES = (uint64(1) << 10) - 1;

    Call[] private calls;
    Sender[] private senders;
    string[] private contracts;
    string[] private scopeNames;
    address private former; // a revoked key of the bank
    address private operational; // a live key of the bank with all scopes, not its root
    uint256 private nextKey = 0xCC00;

    function setUp() public override {
        super.setUp();
        former = registerKey(bank, 0xC1, ALL_SCOPES, 0);
        operational = registerKey(bank, 0xC2, ALL_SCOPES, 0);
        vm.prank(bank);
        consortium.revokeKey(former);

        senders.push(Sender("platform", platform, "PLATFORM", true, true));
        senders.push(Sender("bank", bank, "BANK", true, true));
        senders.push(Sender("bank's operational key", operational, "BANK", true, false));
        senders.push(Sender("regulator", regulator, "REGULATOR", true, true));
        senders.push(Sender("arbitrator", arbitrator, "ARBITRATOR", true, true));
        senders.push(Sender("guarantor", guarantor, "GUARANTOR", true, true));
        senders.push(Sender("observer", observer, "OBSERVER", false, true));
        senders.push(Sender("revoked key", former, "", false, false));
        senders.push(Sender("stranger", stranger, "", false, false));
        senders.push(Sender("deployer after renouncing", address(this), "", false, false));
        senders.push(Sender("borrower", borrower, "", false, false));
        senders.push(Sender("ledger contract", address(documents), "LEDGER", false, false));
        senders.push(Sender("calendar", address(calendar), "CALENDAR", false, false));
        senders.push(Sender("parties", address(parties), "PARTIES", false, false));
        contracts = [
            "Consortium",
            "Approvals",
            "Parties",
            "CustodyToken",
            "Calendar",
            "WorkingDays",
            "RegimeProfiles",
            "RepaymentSchedules",
            "LoanAgreements",
            "LoanEscrow",
            "Withdrawals",
            "DocumentCommitments",
            "AuditAnchors"
        ];
        scopeNames =
            ["Lend", "Relay", "Book", "Attest", "Identify", "Correct", "Supervise", "Document", "Approve", "Vote"];
        listConsortium();
        listMoney();
        listLoans();
        listPayments();
    }

    function test_onlyWhomTheRoleTableNamesGetsPastTheRoleCheck() public {
        string memory table = vm.readFile("chain/roles.toml");
        for (uint256 i = 0; i < calls.length; ++i) {
            string[] memory allowed = vm.parseTomlStringArray(table, keyOf(calls[i]));
            for (uint256 k = 0; k < senders.length; ++k) {
                (bool refused,) = tried(senders[k].at, calls[i]);
                vm.assertTrue(refused != isAllowed(allowed, senders[k]), nameOf(calls[i], senders[k].name));
            }
        }
    }

    /// @notice Attack: a leaked key of a member does what another of its keys is for.
    function test_noKeyGetsPastTheDoorWithoutTheScopeOfTheTable() public {
        string memory roles = vm.readFile("chain/roles.toml");
        string memory scopes = vm.readFile("chain/scopes.toml");
        for (uint256 i = 0; i < calls.length; ++i) {
            string[] memory allowed = vm.parseTomlStringArray(roles, keyOf(calls[i]));
            if (!vm.keyExistsToml(scopes, keyOf(calls[i]))) {
                vm.assertFalse(isForSeats(allowed), string.concat(keyOf(calls[i]), " has no scope"));
                continue;
            }
            uint8 scope = scopeNamed(vm.parseTomlString(scopes, keyOf(calls[i])));
            for (uint256 k = 0; k < senders.length; ++k) {
                if (!senders[k].root || !isAllowed(allowed, senders[k])) continue;
                uint256 state = vm.snapshotState();
                address without = key(senders[k].at, ALL_SCOPES & ~(uint64(1) << scope));
                (bool refused, bytes memory answer) = tried(without, calls[i]);
                vm.assertTrue(refused, nameOf(calls[i], "a key without the scope"));
                vm.assertEq(answer, abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, without, scope));
                (refused,) = tried(key(senders[k].at, uint64(1) << scope), calls[i]);
                vm.assertFalse(refused, nameOf(calls[i], "a key with this scope alone"));
                vm.revertToState(state);
            }
        }
    }

    /// @notice Calls that always need a second key ask for it before they look at anything else; no other asks a root for one.
    /// A running loan is opened by a platform, for which a key of the bank's approves once all signatures are checked.
    function test_oneKeyIsNotEnoughWhereTheTableSaysSo() public {
        string memory roles = vm.readFile("chain/roles.toml");
        string memory second = vm.readFile("chain/second_keys.toml");
        uint256 found;
        for (uint256 i = 0; i < calls.length; ++i) {
            string[] memory allowed = vm.parseTomlStringArray(roles, keyOf(calls[i]));
            bool always = vm.keyExistsToml(second, string.concat("$.always.", calls[i].on, ".", calls[i].name));
            if (always) ++found;
            if (same(calls[i].name, "openRunning") || same(calls[i].name, "consume")) continue;
            for (uint256 k = 0; k < senders.length; ++k) {
                if (!isAllowed(allowed, senders[k])) continue;
                (, bytes memory answer) = tried(senders[k].at, calls[i]);
                bool asked = bytes4(answer) == IApprovals.ApprovalMissing.selector && !same(calls[i].on, "Approvals");
                vm.assertTrue(asked == always, nameOf(calls[i], senders[k].name));
            }
        }
        vm.assertEq(found, countIn(second, "$.always."));
    }

    /// @notice A function added to a table without a call here, or the other way round, is found.
    function test_everyFunctionOfTheTablesIsTried() public view {
        vm.assertEq(calls.length, countIn(vm.readFile("chain/roles.toml"), "$."));
        string memory scopes = vm.readFile("chain/scopes.toml");
        uint256 scoped;
        for (uint256 i = 0; i < calls.length; ++i) {
            if (vm.keyExistsToml(scopes, keyOf(calls[i]))) ++scoped;
        }
        vm.assertEq(scoped, countIn(scopes, "$."));
    }

    function test_theTablesNameTheContractsScopesByNumber() public view {
        vm.assertEq(scopeNames.length, uint256(type(Scope).max) + 1);
        vm.assertEq(scopeNamed("Lend"), uint256(Scope.Lend));
        vm.assertEq(scopeNamed("Relay"), uint256(Scope.Relay));
        vm.assertEq(scopeNamed("Book"), uint256(Scope.Book));
        vm.assertEq(scopeNamed("Attest"), uint256(Scope.Attest));
        vm.assertEq(scopeNamed("Identify"), uint256(Scope.Identify));
        vm.assertEq(scopeNamed("Correct"), uint256(Scope.Correct));
        vm.assertEq(scopeNamed("Supervise"), uint256(Scope.Supervise));
        vm.assertEq(scopeNamed("Document"), uint256(Scope.Document));
        vm.assertEq(scopeNamed("Approve"), uint256(Scope.Approve));
        vm.assertEq(scopeNamed("Vote"), uint256(Scope.Vote));
    }

    /// @notice Registering rows as code changes no loan, so it needs no seat.
    function test_registeringAScheduleNeedsNoSeatAndTouchesNoLoan() public {
        (bytes32 loan, Terms memory terms, Row[] memory rows) = activeLoan(1);
        (bytes32 head,) = escrow.history(loan);
        vm.prank(stranger);
        schedules.register(terms, wholeTable(terms), rows);
        (bytes32 after_,) = escrow.history(loan);
        vm.assertEq(head, after_);
    }

    // -------------------------------------------------------------------------------------------------------------- trying

    /// @notice Tries one call and takes it back.
    function tried(address sender, Call memory call) private returns (bool refused, bytes memory answer) {
        uint256 state = vm.snapshotState();
        vm.prank(sender);
        bool done;
        (done, answer) = call.target.call(call.data);
        vm.revertToState(state);
        refused = !done && isRefusal(answer);
    }

    function key(address root, uint64 scopes) private returns (address) {
        return registerKey(root, nextKey++, scopes, 0);
    }

    function isAllowed(string[] memory allowed, Sender memory sender) private pure returns (bool) {
        for (uint256 i = 0; i < allowed.length; ++i) {
            if (same(allowed[i], "ANYONE") || same(allowed[i], sender.role)) return true;
            if (same(allowed[i], "ANY_SEAT") && sender.seat) return true;
            if (same(allowed[i], "ROOT") && sender.root) return true;
        }
        return false;
    }

    function isForSeats(string[] memory allowed) private view returns (bool) {
        for (uint256 k = 0; k < senders.length; ++k) {
            if (!senders[k].seat) continue;
            for (uint256 i = 0; i < allowed.length; ++i) {
                if (same(allowed[i], "ANY_SEAT") || same(allowed[i], senders[k].role)) return true;
            }
        }
        return false;
    }

    function isRefusal(bytes memory answer) private pure returns (bool) {
        bytes4 selector = bytes4(answer);
        return selector == IConsortium.ConsortiumSeatNotAllowed.selector
            || selector == IConsortium.ConsortiumScope.selector
            || selector == IConsortium.ConsortiumNotDeployer.selector
            || selector == IConsortium.ConsortiumNotRoot.selector
            || selector == IConsortium.ConsortiumNotCalendar.selector
            || selector == ILoanEscrow.EscrowNotLedger.selector || selector == ICustodyToken.CustodyNotLedger.selector
            || selector == ICustodyToken.CustodyNotParties.selector
            || selector == ICustodyToken.CustodyNotTransferable.selector;
    }

    function scopeNamed(string memory name) private view returns (uint8) {
        for (uint8 i = 0; i < scopeNames.length; ++i) {
            if (same(scopeNames[i], name)) return i;
        }
        revert(name);
    }

    function countIn(string memory table, string memory prefix) private view returns (uint256 functions) {
        for (uint256 i = 0; i < contracts.length; ++i) {
            string memory path = string.concat(prefix, contracts[i]);
            if (vm.keyExistsToml(table, path)) functions += vm.parseTomlKeys(table, path).length;
        }
    }

    function keyOf(Call memory call) private pure returns (string memory) {
        return string.concat("$.", call.on, ".", call.name);
    }

    function nameOf(Call memory call, string memory sender) private pure returns (string memory) {
        return string.concat(call.on, ".", call.name, " by ", sender);
    }

    function same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    function wholeTable(Terms memory terms) private pure returns (Segment memory) {
        return Segment({balance: terms.principal, anchor: START, start: START, first: 0, level: 0, fees: true});
    }

    // --------------------------------------------------------------------------------------------------------------- calls

    function add(string memory on, string memory name, address target, bytes memory data) private {
        calls.push(Call(on, name, target, data));
    }

    function onConsortium(string memory name, bytes memory data) private {
        add("Consortium", name, address(consortium), data);
    }

    function onApprovals(string memory name, bytes memory data) private {
        add("Approvals", name, address(approvals), data);
    }

    function onParties(string memory name, bytes memory data) private {
        add("Parties", name, address(parties), data);
    }

    function onToken(string memory name, bytes memory data) private {
        add("CustodyToken", name, address(token), data);
    }

    function onCalendar(string memory name, bytes memory data) private {
        add("Calendar", name, address(calendar), data);
    }

    function onEscrow(string memory name, bytes memory data) private {
        add("LoanEscrow", name, address(escrow), data);
    }

    function onWithdrawals(string memory name, bytes memory data) private {
        add("Withdrawals", name, address(withdrawals), data);
    }

    function listConsortium() private {
        onConsortium("admit", abi.encodeCall(IConsortium.admit, (stranger, Role.Bank, "x")));
        onConsortium("registerKey", abi.encodeCall(IConsortium.registerKey, (stranger, 1, 0, "")));
        onConsortium("revokeKey", abi.encodeCall(IConsortium.revokeKey, (operational)));
        onConsortium("recordDeployment", abi.encodeCall(IConsortium.recordDeployment, ("x", address(this), true)));
        onConsortium("renounce", abi.encodeCall(IConsortium.renounce, ()));
        onConsortium("setBusinessDate", abi.encodeCall(IConsortium.setBusinessDate, (START + 1)));
        onApprovals("approve", abi.encodeCall(IApprovals.approve, ("action")));
        onApprovals("withdraw", abi.encodeCall(IApprovals.withdraw, ("action")));
        onApprovals("consume", abi.encodeCall(IApprovals.consume, ("call", bank, 4)));
        bytes32 subject = subjectOf(borrower);
        onParties("register", abi.encodeCall(IParties.register, (stranger, "s", PartyKind.Person)));
        onParties("announceReplacement", abi.encodeCall(IParties.announceReplacement, (subject, stranger, "r")));
        onParties("consentReplacement", abi.encodeCall(IParties.consentReplacement, (subject, stranger)));
        onParties("withdrawReplacement", abi.encodeCall(IParties.withdrawReplacement, (subject)));
        onParties("replace", abi.encodeCall(IParties.replace, (subject)));
        onParties("freeze", abi.encodeCall(IParties.freeze, (subject, "order")));
        onParties("unfreeze", abi.encodeCall(IParties.unfreeze, (subject, "order")));
        onCalendar("closeDay", abi.encodeCall(ICalendar.closeDay, (START, "h")));
        onCalendar("closeDayInstead", abi.encodeCall(ICalendar.closeDayInstead, (START)));
        onCalendar("voteEndSimulation", abi.encodeCall(ICalendar.voteEndSimulation, ()));
        bytes memory data = abi.encodeCall(IWorkingDays.publish, (1, START, 1, new uint256[](1)));
        add("WorkingDays", "publish", address(workingDays), data);
        IRegimeProfiles.Profile memory profile;
        add("RegimeProfiles", "set", address(regimes), abi.encodeCall(IRegimeProfiles.set, ("x", profile)));
    }

    function listMoney() private {
        BankEntry memory entry = BankEntry(9, 9, 0);
        onToken("credit", abi.encodeCall(ICustodyToken.credit, (borrower, 1, entry)));
        onToken("suspend", abi.encodeCall(ICustodyToken.suspend, (entry, 1, START, "o")));
        onToken("creditSuspense", abi.encodeCall(ICustodyToken.creditSuspense, (borrower, 1, entry)));
        onToken("returnSuspense", abi.encodeCall(ICustodyToken.returnSuspense, (entry, entry)));
        onToken("setMintCap", abi.encodeCall(ICustodyToken.setMintCap, (1)));
        onToken("attest", abi.encodeCall(ICustodyToken.attest, (START, "h", 0, 0, 0)));
        onToken("creditLedger", abi.encodeCall(ICustodyToken.creditLedger, (1, entry)));
        onToken("creditLedgerSuspense", abi.encodeCall(ICustodyToken.creditLedgerSuspense, (1, entry)));
        onToken("debitLedger", abi.encodeCall(ICustodyToken.debitLedger, (1, entry)));
        onToken("reverseLedger", abi.encodeCall(ICustodyToken.reverseLedger, (1, 0, entry)));
        onToken("meetClaim", abi.encodeCall(ICustodyToken.meetClaim, (1)));
        onToken("pull", abi.encodeCall(ICustodyToken.pull, (borrower, 1)));
        onToken("push", abi.encodeCall(ICustodyToken.push, (borrower, 1)));
        onToken("moveHolder", abi.encodeCall(ICustodyToken.moveHolder, (borrower, stranger)));
        onToken("transfer", abi.encodeWithSignature("transfer(address,uint256)", bank, 0));
        onToken("transferFrom", abi.encodeWithSignature("transferFrom(address,address,uint256)", bank, bank, 0));
        onToken("approve", abi.encodeWithSignature("approve(address,uint256)", bank, 0));
        bytes32 id = keccak256("no withdrawal");
        Withdrawal memory order = Withdrawal(borrower, 1, 0, START);
        onWithdrawals("request", abi.encodeCall(IWithdrawals.request, (order, "")));
        onWithdrawals("instruct", abi.encodeCall(IWithdrawals.instruct, (id, 0)));
        onWithdrawals("settle", abi.encodeCall(IWithdrawals.settle, (id, entry)));
        onWithdrawals("returned", abi.encodeCall(IWithdrawals.returned, (id, 0)));
        onWithdrawals("bounced", abi.encodeCall(IWithdrawals.bounced, (id, entry)));
        onWithdrawals("release", abi.encodeCall(IWithdrawals.release, (id)));
    }

    function listLoans() private {
        bytes32 loan = keccak256("no loan");
        BankEntry memory entry = BankEntry(9, 9, 0);
        Terms memory terms = baseTerms();
        Row[] memory rows = new Row[](0);
        Segment memory segment = wholeTable(terms);
        address target = address(schedules);
        bytes memory data = abi.encodeCall(IRepaymentSchedules.register, (terms, segment, rows));
        add("RepaymentSchedules", "register", target, data);
        data = abi.encodeCall(IRepaymentSchedules.registerAdded, (terms, segment, rows, target, 0));
        add("RepaymentSchedules", "registerAdded", target, data);
        add("LoanAgreements", "propose", address(agreements), abi.encodeCall(ILoanAgreements.propose, (terms, "")));
        data = abi.encodeCall(IDocumentCommitments.commit, (loan, 0, "d", "c", "h", 1, 1));
        add("DocumentCommitments", "commit", address(documents), data);
        data = abi.encodeCall(IAuditAnchors.anchor, ("log", 1, "h"));
        add("AuditAnchors", "anchor", address(auditAnchors), data);
        onEscrow("open", abi.encodeCall(ILoanEscrow.open, (loan, terms, "", 1, 1, 1, bank)));
        onEscrow("append", abi.encodeCall(ILoanEscrow.append, (loan, 0, Entry.DocumentCommitted, bank, "")));
        onEscrow("subscribe", abi.encodeCall(ILoanEscrow.subscribe, (loan, 0, new Subscription[](0), new bytes[](0))));
        onEscrow("cancel", abi.encodeCall(ILoanEscrow.cancel, (loan, 0, 0)));
        onEscrow("expire", abi.encodeCall(ILoanEscrow.expire, (loan, 0)));
        onEscrow("refund", abi.encodeCall(ILoanEscrow.refund, (loan, 0, new address[](0))));
        Opening memory opening;
        onEscrow(
            "openRunning",
            abi.encodeCall(
                ILoanEscrow.openRunning, (terms, 0, opening, rows, new OpeningPosition[](0), "", new bytes[](0))
            )
        );
        onEscrow("disburse", abi.encodeCall(ILoanEscrow.disburse, (terms, 0, rows)));
        Drawdown memory drawdown;
        onEscrow("draw", abi.encodeCall(ILoanEscrow.draw, (terms, 0, drawdown, "", rows)));
        onEscrow("instruct", abi.encodeCall(ILoanEscrow.instruct, (loan, 0, 0)));
        onEscrow("settle", abi.encodeCall(ILoanEscrow.settle, (terms, 0, START, entry, rows)));
        onEscrow("returnPayout", abi.encodeCall(ILoanEscrow.returnPayout, (loan, 0, 0)));
        onEscrow("bouncePayout", abi.encodeCall(ILoanEscrow.bouncePayout, (loan, 0, START, entry)));
        onEscrow("closeDrawing", abi.encodeCall(ILoanEscrow.closeDrawing, (terms, 0)));
    }

    function listPayments() private {
        bytes32 loan = keccak256("no loan");
        Terms memory terms = baseTerms();
        Receipt memory receipt;
        onEscrow("collect", abi.encodeCall(ILoanEscrow.collect, (new Receipt[](1))));
        onEscrow("collectSuspense", abi.encodeCall(ILoanEscrow.collectSuspense, (receipt)));
        Payment memory payment;
        onEscrow("pay", abi.encodeCall(ILoanEscrow.pay, (payment, 0, "")));
        Mandate memory mandate;
        onEscrow("payByMandate", abi.encodeCall(ILoanEscrow.payByMandate, (mandate, 0, "")));
        onEscrow("revokeMandate", abi.encodeCall(ILoanEscrow.revokeMandate, (mandate, 0, "")));
        EarlyRepayment memory early;
        onEscrow("repayEarly", abi.encodeCall(ILoanEscrow.repayEarly, (terms, receipt, early, "", new Row[](0))));
        Rebooking memory rebooking;
        onEscrow("rebook", abi.encodeCall(ILoanEscrow.rebook, (rebooking)));
        onEscrow("claim", abi.encodeCall(ILoanEscrow.claim, (loan, 0, new address[](0))));
        onEscrow("claimFees", abi.encodeCall(ILoanEscrow.claimFees, (terms, 0, borrower)));
        PositionTransfer memory transfer;
        onEscrow("transferPosition", abi.encodeCall(ILoanEscrow.transferPosition, (transfer, 0, "", "")));
        onEscrow("releaseOverpayment", abi.encodeCall(ILoanEscrow.releaseOverpayment, (loan, 0)));
        onEscrow("close", abi.encodeCall(ILoanEscrow.close, (loan, 0)));
        onEscrow("sweepDust", abi.encodeCall(ILoanEscrow.sweepDust, (loan, 0)));
    }
}
