// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILoanAgreements} from "../../../contracts/agreements/ILoanAgreements.sol";
import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ICalendar} from "../../../contracts/calendar/ICalendar.sol";
import {IConsortium, Role} from "../../../contracts/consortium/IConsortium.sol";
import {IDocumentCommitments} from "../../../contracts/documents/IDocumentCommitments.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Receipt, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IWithdrawals, Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {IRepaymentSchedules, Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Every state-changing function, called by every kind of sender: chain/roles.toml decides who gets past the door.
/// Whoever the table doesn't name is refused for that reason; whoever it names is refused for another reason or not at all.
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

    Call[] private calls;
    Sender[] private senders;
    address private former = vm.addr(0xC1); // a revoked key of the bank
    address private operational = vm.addr(0xC2); // a live key of the bank, not its root

    function setUp() public override {
        super.setUp();
        vm.startPrank(bank);
        consortium.registerKey(former);
        consortium.revokeKey(former);
        consortium.registerKey(operational);
        vm.stopPrank();

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
        listCalls();
    }

    function test_onlyWhomTheRoleTableNamesGetsPastTheRoleCheck() public {
        string memory table = vm.readFile("chain/roles.toml");
        for (uint256 i = 0; i < calls.length; ++i) {
            string memory key = string.concat("$.", calls[i].on, ".", calls[i].name);
            string[] memory allowed = vm.parseTomlStringArray(table, key);
            for (uint256 k = 0; k < senders.length; ++k) {
                uint256 state = vm.snapshotState();
                vm.prank(senders[k].at);
                (bool done, bytes memory answer) = calls[i].target.call(calls[i].data);
                vm.revertToState(state);
                bool refused = !done && isRefusal(answer);
                string memory what = string.concat(calls[i].on, ".", calls[i].name, " by ", senders[k].name);
                vm.assertTrue(refused != isAllowed(allowed, senders[k]), what);
            }
        }
    }

    /// @notice A function added to the table without a call here, or the other way round, is found.
    function test_everyFunctionOfTheRoleTableIsTried() public view {
        string memory table = vm.readFile("chain/roles.toml");
        string[10] memory contracts = [
            "Consortium",
            "Parties",
            "CustodyToken",
            "Calendar",
            "RegimeProfiles",
            "RepaymentSchedules",
            "LoanAgreements",
            "LoanEscrow",
            "Withdrawals",
            "DocumentCommitments"
        ];
        uint256 functions;
        for (uint256 i = 0; i < contracts.length; ++i) {
            functions += vm.parseTomlKeys(table, string.concat("$.", contracts[i])).length;
        }
        vm.assertEq(calls.length, functions);
    }

    /// @notice Registering rows as code changes no loan, so it needs no seat.
    function test_registeringAScheduleNeedsNoSeatAndTouchesNoLoan() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(1);
        (bytes32 head,) = escrow.history(loan);
        Terms memory terms = baseTerms();
        vm.prank(stranger);
        schedules.register(terms, START, rows);
        (bytes32 after_,) = escrow.history(loan);
        vm.assertEq(head, after_);
    }

    function isAllowed(string[] memory allowed, Sender memory sender) private pure returns (bool) {
        for (uint256 i = 0; i < allowed.length; ++i) {
            if (same(allowed[i], "ANYONE") || same(allowed[i], sender.role)) return true;
            if (same(allowed[i], "ANY_SEAT") && sender.seat) return true;
            if (same(allowed[i], "ROOT") && sender.root) return true;
        }
        return false;
    }

    function isRefusal(bytes memory answer) private pure returns (bool) {
        bytes4 selector = bytes4(answer);
        return selector == IConsortium.ConsortiumSeatNotAllowed.selector
            || selector == IConsortium.ConsortiumNotDeployer.selector
            || selector == IConsortium.ConsortiumNotRoot.selector || selector == ILoanEscrow.EscrowNotLedger.selector
            || selector == ICustodyToken.CustodyNotLedger.selector
            || selector == ICustodyToken.CustodyNotTransferable.selector;
    }

    function same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    function add(string memory on, string memory name, address target, bytes memory data) private {
        calls.push(Call(on, name, target, data));
    }

    function listCalls() private {
        bytes32 loan = keccak256("no loan");
        BankEntry memory entry = BankEntry(9, 9, 0);
        Terms memory terms = baseTerms();
        address target = address(consortium);
        add("Consortium", "admit", target, abi.encodeCall(IConsortium.admit, (stranger, Role.Bank, "x")));
        add("Consortium", "registerKey", target, abi.encodeCall(IConsortium.registerKey, (stranger)));
        add("Consortium", "revokeKey", target, abi.encodeCall(IConsortium.revokeKey, (operational)));
        add(
            "Consortium",
            "recordDeployment",
            target,
            abi.encodeCall(IConsortium.recordDeployment, ("x", address(this), true))
        );
        add("Consortium", "renounce", target, abi.encodeCall(IConsortium.renounce, ()));

        target = address(parties);
        add("Parties", "register", target, abi.encodeCall(IParties.register, (stranger, "s", PartyKind.Person)));

        target = address(token);
        add("CustodyToken", "credit", target, abi.encodeCall(ICustodyToken.credit, (borrower, 1, entry)));
        add("CustodyToken", "attest", target, abi.encodeCall(ICustodyToken.attest, (START, "h", 0, 0, 0)));
        add("CustodyToken", "creditLedger", target, abi.encodeCall(ICustodyToken.creditLedger, (1, entry)));
        add("CustodyToken", "debitLedger", target, abi.encodeCall(ICustodyToken.debitLedger, (1, entry)));
        add("CustodyToken", "pull", target, abi.encodeCall(ICustodyToken.pull, (borrower, 1)));
        add("CustodyToken", "push", target, abi.encodeCall(ICustodyToken.push, (borrower, 1)));
        add("CustodyToken", "transfer", target, abi.encodeWithSignature("transfer(address,uint256)", bank, 0));
        add(
            "CustodyToken",
            "transferFrom",
            target,
            abi.encodeWithSignature("transferFrom(address,address,uint256)", bank, bank, 0)
        );
        add("CustodyToken", "approve", target, abi.encodeWithSignature("approve(address,uint256)", bank, 0));

        target = address(calendar);
        add("Calendar", "closeDay", target, abi.encodeCall(ICalendar.closeDay, (START, "h")));
        add("Calendar", "voteEndSimulation", target, abi.encodeCall(ICalendar.voteEndSimulation, ()));

        target = address(regimes);
        IRegimeProfiles.Profile memory profile = IRegimeProfiles.Profile(1, 1, 1, 1);
        add("RegimeProfiles", "set", target, abi.encodeCall(IRegimeProfiles.set, ("x", profile)));

        target = address(schedules);
        Row[] memory rows = new Row[](0);
        add(
            "RepaymentSchedules", "register", target, abi.encodeCall(IRepaymentSchedules.register, (terms, START, rows))
        );

        target = address(agreements);
        add("LoanAgreements", "propose", target, abi.encodeCall(ILoanAgreements.propose, (terms, "")));

        target = address(escrow);
        add("LoanEscrow", "open", target, abi.encodeCall(ILoanEscrow.open, (loan, terms, "", 1, 1, 1, bank)));
        add(
            "LoanEscrow",
            "append",
            target,
            abi.encodeCall(ILoanEscrow.append, (loan, 0, Entry.DocumentCommitted, bank, ""))
        );
        add(
            "LoanEscrow",
            "subscribe",
            target,
            abi.encodeCall(ILoanEscrow.subscribe, (loan, 0, new Subscription[](0), new bytes[](0)))
        );
        add("LoanEscrow", "cancel", target, abi.encodeCall(ILoanEscrow.cancel, (loan, 0, 0)));
        add("LoanEscrow", "expire", target, abi.encodeCall(ILoanEscrow.expire, (loan, 0)));
        add("LoanEscrow", "refund", target, abi.encodeCall(ILoanEscrow.refund, (loan, 0, new address[](0))));
        add("LoanEscrow", "disburse", target, abi.encodeCall(ILoanEscrow.disburse, (loan, 0)));
        add("LoanEscrow", "instruct", target, abi.encodeCall(ILoanEscrow.instruct, (loan, 0, 0)));
        add("LoanEscrow", "settle", target, abi.encodeCall(ILoanEscrow.settle, (terms, 0, START, entry, new Row[](0))));
        add("LoanEscrow", "returnPayout", target, abi.encodeCall(ILoanEscrow.returnPayout, (loan, 0, 0)));
        add("LoanEscrow", "collect", target, abi.encodeCall(ILoanEscrow.collect, (new Receipt[](1))));
        add("LoanEscrow", "claim", target, abi.encodeCall(ILoanEscrow.claim, (loan, 0, new address[](0))));
        add("LoanEscrow", "close", target, abi.encodeCall(ILoanEscrow.close, (loan, 0)));
        add("LoanEscrow", "sweepDust", target, abi.encodeCall(ILoanEscrow.sweepDust, (loan, 0)));

        target = address(withdrawals);
        Withdrawal memory order = Withdrawal(borrower, 1, 0, START);
        add("Withdrawals", "request", target, abi.encodeCall(IWithdrawals.request, (order, "")));
        add("Withdrawals", "instruct", target, abi.encodeCall(IWithdrawals.instruct, (loan, 0)));
        add("Withdrawals", "settle", target, abi.encodeCall(IWithdrawals.settle, (loan, entry)));
        add("Withdrawals", "returned", target, abi.encodeCall(IWithdrawals.returned, (loan, 0)));
        add("Withdrawals", "release", target, abi.encodeCall(IWithdrawals.release, (loan)));

        target = address(documents);
        add(
            "DocumentCommitments",
            "commit",
            target,
            abi.encodeCall(IDocumentCommitments.commit, (loan, 0, "d", "c", "h", 1, 1))
        );
    }
}
