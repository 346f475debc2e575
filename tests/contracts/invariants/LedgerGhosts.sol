// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Drawdown,
    Entry,
    ILoanEscrow,
    Opening,
    Posted,
    Recording,
    State
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Sums kept beside the ledger, made only of what was sent and of the events that were seen.
abstract contract LedgerGhosts is LedgerTest {
    uint256 internal constant LENDERS = 5;

    /// @notice Sums of one loan.
    struct Ghost {
        bytes terms; // the compiler can't copy them to storage as they are
        uint256 authorised; // principal the borrower signed for, to be paid out
        uint256 subscribed;
        uint256 refunded;
        uint256 paidOut; // to the borrower
        uint256 bounced;
        uint256 received; // payments with money
        uint256 burned; // of reversed payments
        uint256 claimRaised; // what a reversal could not burn
        uint256 claimed;
        uint256 feesClaimed;
        uint256 released; // overpayment
        uint256 dust;
        uint256 undrawn; // given back to the units
        // Payments that count, after all that was undone.
        uint256 amount;
        uint256 fee;
        uint256 penalty;
        uint256 interest;
        uint256 principal;
        uint256 accrued;
        bytes32 head; // folded from events
        uint32 length;
        State state; // after the last step
        uint32 lastDay;
    }

    /// @notice A payment that counts.
    struct Live {
        uint32 seq;
        Entry kind;
        Posted posted;
    }

    bytes32[] public loans;
    mapping(bytes32 loan => Ghost) internal ghosts;
    mapping(bytes32 loan => Live[]) internal live;
    mapping(bytes32 loan => Recording[]) internal entries;
    mapping(bytes32 loan => bytes32[]) internal heads;
    mapping(Entry kind => uint256) public seen;
    mapping(uint256 from => mapping(uint256 to => bool)) internal allowedTransition;

    uint256 public credited; // minor units over all bank credits and debits
    uint256 public debited;
    uint256 public suspendedTotal;

    function termsOf(bytes32 loan) internal view returns (Terms memory) {
        return abi.decode(ghosts[loan].terms, (Terms));
    }

    /// @return found whether a loan is in a state from `low` to `high`
    function pick(uint256 seed, State low, State high) internal view returns (bool found, bytes32 loan) {
        for (uint256 i = 0; i < loans.length; ++i) {
            loan = loans[(seed % loans.length + i) % loans.length];
            State state = loanOf(loan).state;
            if (low <= state && state <= high) return (true, loan);
        }
    }

    function allow(State from, State to) internal {
        allowedTransition[uint256(from)][uint256(to)] = true;
    }

    /// @notice Folds the loan's new entries from the events alone, and checks the step against the state diagram.
    function absorb(bytes32 loan) internal {
        Ghost storage g = ghosts[loan];
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(escrow) || logs[i].topics[0] != ILoanEscrow.Recorded.selector) continue;
            vm.assertEq(logs[i].topics[1], loan, "an entry of another loan");
            (uint32 seq, uint32 day, address actor, bytes memory payload, bytes32 head) =
                abi.decode(logs[i].data, (uint32, uint32, address, bytes, bytes32));
            Entry kind = Entry(uint256(logs[i].topics[2]));
            vm.assertEq(seq, g.length + 1, "seq");
            vm.assertLe(g.lastDay, day, "days rise");
            g.head = keccak256(abi.encode(g.head, loan, seq, day, kind, actor, keccak256(payload)));
            vm.assertEq(g.head, head, "emitted head");
            g.length = seq;
            g.lastDay = day;
            entries[loan].push(Recording(day, kind, actor, payload));
            heads[loan].push(head);
            ++seen[kind];
            absorbMoney(g, kind, payload);
            absorbPayment(g, loan, seq, kind, payload);
        }
        State state = loanOf(loan).state;
        // One step may pass through a state on its way: disbursing and instructing are one step here.
        vm.assertTrue(
            g.state == state || allowedTransition[uint256(g.state)][uint256(state)], "a transition the diagram lacks"
        );
        g.state = state;
    }

    function absorbMoney(Ghost storage g, Entry kind, bytes memory payload) private {
        if (kind == Entry.Subscribed) {
            (,, uint128 amount) = abi.decode(payload, (address, bytes32, uint128));
            g.subscribed += amount;
        } else if (kind == Entry.Refunded) {
            (,, uint128 amount) = abi.decode(payload, (address, bytes32, uint128));
            g.refunded += amount;
        } else if (kind == Entry.Claimed) {
            (,, uint128 amount) = abi.decode(payload, (address, bytes32, uint128));
            g.claimed += amount;
        } else if (kind == Entry.FeesClaimed) {
            (,, uint128 amount) = abi.decode(payload, (address, bytes32, uint128));
            g.feesClaimed += amount;
        } else if (kind == Entry.OverpaymentReleased) {
            (, uint128 amount) = abi.decode(payload, (bytes32, uint128));
            g.released += amount;
        } else if (kind == Entry.DustSwept) {
            g.dust += abi.decode(payload, (uint128));
        } else if (kind == Entry.DrawingClosed) {
            g.undrawn += abi.decode(payload, (uint128));
        } else if (kind == Entry.Disbursed) {
            uint128 amount = abi.decode(payload, (uint128));
            g.paidOut += amount;
            debited += amount;
        } else if (kind == Entry.PayoutBounced) {
            uint128 amount = abi.decode(payload, (uint128));
            g.bounced += amount;
            credited += amount;
        } else if (kind == Entry.OpenedRunning) {
            // As if subscribed and paid out in the old book.
            Opening memory opening = abi.decode(payload, (Opening));
            g.subscribed += opening.outstanding;
            g.paidOut += opening.outstanding;
        } else if (kind == Entry.PaymentReversed) {
            (, uint128 amount, uint128 burned) = abi.decode(payload, (uint32, uint128, uint128));
            g.burned += burned;
            g.claimRaised += amount - burned;
            debited += burned;
        }
    }

    function absorbPayment(Ghost storage g, bytes32 loan, uint32 seq, Entry kind, bytes memory payload) private {
        if (kind == Entry.PaymentReversed || kind == Entry.PaymentsUndone) {
            uint32 from = abi.decode(payload, (uint32));
            Live[] storage list = live[loan];
            while (list.length != 0 && list[list.length - 1].seq >= from) {
                Posted memory p = list[list.length - 1].posted;
                list.pop();
                g.amount -= p.amount;
                g.fee -= p.fee;
                g.penalty -= p.penalty;
                g.interest -= p.interest;
                g.principal -= p.principal;
                g.accrued -= p.accrued;
            }
        } else if (isPayment(kind)) {
            Posted memory p = abi.decode(payload, (Posted));
            live[loan].push(Live(seq, kind, p));
            g.amount += p.amount;
            g.fee += p.fee;
            g.penalty += p.penalty;
            g.interest += p.interest;
            g.principal += p.principal;
            g.accrued += p.accrued;
            if (kind != Entry.PaymentKept) g.received += p.amount;
            if (kind == Entry.PaymentPosted || kind == Entry.EarlyRepaid) credited += p.amount;
        }
    }

    function isPayment(Entry kind) internal pure returns (bool) {
        return kind == Entry.PaymentPosted || kind == Entry.PaidFromAccount || kind == Entry.PaidByMandate
            || kind == Entry.EarlyRepaid || kind == Entry.PaymentKept;
    }
}
