// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {DayCount, Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Drives a ledger with loans in all states by random valid steps, tries invalid ones, and keeps its own sums beside it,
/// made only of what it sent and of the events it saw.
contract LedgerHandler is LedgerTest {
    uint256 internal constant MAX_LOANS = 6;
    uint256 internal constant LENDERS = 5;

    /// @notice Sums of one loan, from inputs and events.
    struct Ghost {
        Terms terms;
        Row[] rows;
        uint128 subscribed;
        uint128 refunded;
        uint128 paidOut; // to the borrower
        uint128 paid; // by the borrower
        uint128 paidInterest;
        uint128 paidPrincipal;
        uint128 claimed;
        uint128 dust;
        bytes32 head; // folded from events
        uint32 length;
        State state; // after the last step
        uint32 lastDay;
    }

    bytes32[] public loans;
    mapping(bytes32 loan => Ghost) internal ghosts;

    uint256 public credited; // minor units over all bank credits and debits
    uint256 public debited;
    uint256 public withdrawnReserved; // reserved or instructed at the withdrawals contract
    uint32 public lastBusinessDate = START;
    mapping(Entry kind => uint256) public seen;
    mapping(uint256 from => mapping(uint256 to => bool)) internal allowedTransition;

    bytes32[] internal openWithdrawals;

    constructor() {
        deploy(true);
        for (uint256 i = 0; i < LENDERS; ++i) {
            register(lenderAt(i));
        }
        allow(State.None, State.Proposed);
        allow(State.Proposed, State.Funding);
        allow(State.Proposed, State.Funded);
        allow(State.Proposed, State.Cancelled);
        allow(State.Proposed, State.Expired);
        allow(State.Funding, State.Funded);
        allow(State.Funding, State.Cancelled);
        allow(State.Funding, State.Expired);
        allow(State.Funded, State.Disbursing);
        allow(State.Funded, State.Cancelled);
        allow(State.Funded, State.Expired);
        allow(State.Disbursing, State.Active);
        allow(State.Disbursing, State.Funded);
        allow(State.Disbursing, State.Expired);
        allow(State.Active, State.Repaid);
        allow(State.Repaid, State.Closed);
    }

    // -------------------------------------------------------------------------------------------------------------- steps

    function proposeLoan(uint256 seed) external {
        if (loans.length == MAX_LOANS) return;
        Terms memory terms = baseTerms();
        terms.principal = uint128(200 + seed % 1_000_003);
        terms.schedule.instalments = uint16(1 + (seed >> 32) % 6);
        terms.schedule.periodMonths = uint16(1 + (seed >> 40) % 3);
        terms.schedule.method = uint8((seed >> 48) % 2);
        terms.pricing.dayCount = uint8((seed >> 56) % 3);
        terms.pricing.rateNano = uint64((seed >> 64) % (RATE_CAP + 1));
        terms.fundingDeadline = today() + uint32((seed >> 128) % 20);
        vm.recordLogs();
        bytes32 loan = propose(terms);
        loans.push(loan);
        Ghost storage g = ghosts[loan];
        g.terms = terms;
        g.head = loan;
        absorb(loan);
    }

    function subscribeSome(uint256 loanSeed, uint256 lenderSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Proposed, State.Funding);
        if (!found || today() > ghosts[loan].terms.fundingDeadline) return;
        Ghost storage g = ghosts[loan];
        uint128 open = g.terms.principal - g.subscribed;
        uint128 amount = uint128(1 + amountSeed % open);
        if (amountSeed % 3 == 0) amount = open;
        uint256 lender = lenderSeed % LENDERS;
        depositTo(lenderAt(lender), amount);

        vm.recordLogs();
        subscribe(loan, lender, amount);
        g.subscribed += amount;
        absorb(loan);
    }

    function cancelLoan(uint256 loanSeed) external {
        if (loanSeed % 4 != 0) return;
        (bool found, bytes32 loan) = pick(loanSeed >> 8, State.Proposed, State.Funding);
        if (!found) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(platform);
        escrow.cancel(loan, length, "reason");
        absorb(loan);
    }

    function expireLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Proposed, State.Disbursing);
        if (!found || !mayExpire(loan)) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.expire(loan, length);
        absorb(loan);
    }

    function refundLender(uint256 loanSeed, uint256 lenderSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Cancelled, State.Expired);
        if (!found) return;
        address lender = lenderAt(lenderSeed % LENDERS);
        ILoanEscrow.Position memory position = escrow.positionOf(loan, subjectOf(lender));
        if (position.units == 0 || position.refunded) return;
        uint256 before = token.balanceOf(lender);
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.refund(loan, length, one(lender));
        vm.assertEq(token.balanceOf(lender), before + position.units, "whole subscription comes back");
        ghosts[loan].refunded += position.units;
        absorb(loan);
    }

    function disburseLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Funded, State.Funded);
        if (!found || overdue(loan)) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        if (loanSeed % 3 == 0) {
            vm.prank(platform);
            escrow.disburse(loan, length); // not instructed yet
        } else {
            disburseAndInstruct(loan);
        }
        absorb(loan);
    }

    function returnLoansPayout(uint256 loanSeed) external {
        if (loanSeed % 4 != 0) return;
        (bool found, bytes32 loan) = pick(loanSeed >> 8, State.Disbursing, State.Disbursing);
        if (!found) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(bank);
        escrow.returnPayout(loan, length, "account closed");
        absorb(loan);
    }

    function settleLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Disbursing, State.Disbursing);
        if (!found) return;
        Ghost storage g = ghosts[loan];
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        if (loanOf(loan).payout == Payout.Reserved) {
            vm.prank(bank);
            escrow.instruct(loan, length, "pain.001");
        }
        Row[] memory rows = settle(loan, g.terms);
        for (uint256 i = 0; i < rows.length; ++i) {
            g.rows.push(rows[i]);
        }
        g.paidOut = g.terms.principal;
        debited += g.terms.principal;
        absorb(loan);
    }

    /// @notice One payment, or two of the same loan in one batch.
    function pay(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        Ghost storage g = ghosts[loan];
        uint128 unpaid = totalOf(g.rows) - g.paid;
        uint128 first = uint128(1 + amountSeed % unpaid);
        if (amountSeed % 5 == 0) first = unpaid;
        uint128 second = first < unpaid && amountSeed % 2 == 0 ? uint128(1 + (amountSeed >> 128) % (unpaid - first)) : 0;
        Receipt[] memory receipts = new Receipt[](second == 0 ? 1 : 2);
        receipts[0] = receiptFor(loan, lengthOf(loan), first);
        if (second != 0) receipts[1] = receiptFor(loan, lengthOf(loan) + 1, second);
        vm.recordLogs();
        vm.prank(bank);
        escrow.collect(receipts);
        g.paid += first + second;
        credited += first + second;
        absorb(loan);
    }

    function claimFor(uint256 loanSeed, uint256 lenderSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Closed);
        if (!found) return;
        address lender = lenderAt(lenderSeed % LENDERS);
        uint128 amount = escrow.claimable(loan, subjectOf(lender));
        if (amount == 0) return;
        uint256 before = token.balanceOf(lender);
        vm.recordLogs();
        claim(loan, lender);
        vm.assertEq(token.balanceOf(lender), before + amount, "what was claimable arrives");
        ghosts[loan].claimed += amount;
        absorb(loan);
    }

    /// @notice Closes a repaid loan, lets every lender claim and sweeps the dust.
    function finish(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Repaid, State.Repaid);
        if (!found) return;
        closeBooks(today() + REVERSAL_DAYS);
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(guarantor);
        escrow.close(loan, length);
        absorb(loan);
        Ghost storage g = ghosts[loan];
        for (uint256 i = 0; i < LENDERS; ++i) {
            address lender = lenderAt(i);
            if (escrow.positionOf(loan, subjectOf(lender)).units == 0) continue;
            uint128 amount = escrow.claimable(loan, subjectOf(lender));
            vm.recordLogs();
            uint32 expected = lengthOf(loan);
            vm.prank(rival);
            // A lender paid to the last cent before has nothing to claim any more.
            try escrow.claim(loan, expected, one(lender)) {
                g.claimed += amount;
                absorb(loan);
            } catch (bytes memory reason) {
                vm.assertTrue(amount == 0 && bytes4(reason) == ILoanEscrow.NothingToClaim.selector, "claim refused");
            }
        }
        uint128 dust = loanOf(loan).cash;
        if (dust == 0) return;
        vm.assertLt(dust, LENDERS);
        length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.sweepDust(loan, length);
        g.dust += dust;
        absorb(loan);
    }

    function closeDays(uint256 seed) external {
        closeBooks(today() + uint32(seed % 16 == 0 ? 30 : seed % 4));
    }

    function withdraw(uint256 lenderSeed, uint256 amountSeed) external {
        uint256 index = lenderSeed % LENDERS;
        uint256 balance = token.balanceOf(lenderAt(index));
        if (balance == 0) return;
        uint32 through = amountSeed % 2 == 0 ? today() : type(uint32).max;
        Withdrawal memory order =
            Withdrawal(lenderAt(index), uint128(1 + amountSeed % balance), bytes32(nextSalt++), through);
        bytes memory signature = signed(lenderKey(index), withdrawals.digest(order));
        vm.prank(rival);
        openWithdrawals.push(withdrawals.request(order, signature));
        withdrawnReserved += order.amount;
    }

    function decideWithdrawal(uint256 seed) external {
        if (openWithdrawals.length == 0) return;
        uint256 index = seed % openWithdrawals.length;
        bytes32 id = openWithdrawals[index];
        (,, uint128 amount) = withdrawals.withdrawal(id);
        vm.prank(rival);
        (bool released,) = address(withdrawals).call(abi.encodeCall(withdrawals.release, (id)));
        if (released) {
            // Not instructed while it was valid: the holder has its tokens again.
        } else if (seed % 3 == 0) {
            vm.prank(bank);
            withdrawals.returned(id, "refused");
        } else {
            BankEntry memory entry = freshEntry();
            vm.startPrank(bank);
            withdrawals.instruct(id, "pain.001");
            withdrawals.settle(id, entry);
            vm.stopPrank();
            debited += amount;
        }
        withdrawnReserved -= amount;
        openWithdrawals[index] = openWithdrawals[openWithdrawals.length - 1];
        openWithdrawals.pop();
    }

    function commitDocument(uint256 loanSeed) external {
        if (loans.length == 0) return;
        bytes32 loan = loans[loanSeed % loans.length];
        uint32 length = lengthOf(loan);
        bytes32 id = bytes32(nextSalt++);
        vm.recordLogs();
        vm.prank(arbitrator);
        documents.commit(loan, length, id, "cid", "hash", 1, 4);
        absorb(loan);
    }

    /// @notice While money is missing at the bank, repayments still count and nothing new is paid out.
    function shortDay(uint256 loanSeed) external {
        if (token.totalSupply() == 0) return;
        attestShortfall(1);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        (bool ok,) = address(token).call(abi.encodeCall(token.credit, (lenderAt(0), 1, entry)));
        vm.assertFalse(ok);
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (found) {
            vm.recordLogs();
            collect(loan, 1);
            ghosts[loan].paid += 1;
            credited += 1;
            absorb(loan);
        }
        closeBooks(today());
    }

    /// @notice Any step on any loan with arguments that look right: what the loan's state forbids must fail and change nothing.
    function forbidden(uint256 loanSeed, uint256 stepSeed) external {
        if (loans.length == 0) return;
        bytes32 loan = loans[loanSeed % loans.length];
        State state = loanOf(loan).state;
        uint32 length = lengthOf(loan);
        uint256 step = stepSeed % 9;
        bool allowed;
        address sender = bank;
        bytes memory data;
        if (step == 0) {
            allowed = state == State.Proposed || state == State.Funding || state == State.Funded;
            sender = platform;
            data = abi.encodeCall(ILoanEscrow.cancel, (loan, length, "x"));
        } else if (step == 1) {
            allowed = mayExpire(loan);
            data = abi.encodeCall(ILoanEscrow.expire, (loan, length));
        } else if (step == 2) {
            allowed = state == State.Cancelled || state == State.Expired;
            data = abi.encodeCall(ILoanEscrow.refund, (loan, length, one(lenderAt(stepSeed % LENDERS))));
        } else if (step == 3) {
            allowed = state == State.Funded && !overdue(loan);
            sender = platform;
            data = abi.encodeCall(ILoanEscrow.disburse, (loan, length));
        } else if (step == 4) {
            allowed = state == State.Disbursing && loanOf(loan).payout == Payout.Reserved;
            data = abi.encodeCall(ILoanEscrow.instruct, (loan, length, "x"));
        } else if (step == 5) {
            allowed = state == State.Disbursing;
            data = abi.encodeCall(ILoanEscrow.returnPayout, (loan, length, "x"));
        } else if (step == 6) {
            allowed = state == State.Active;
            Receipt[] memory receipts = new Receipt[](1);
            receipts[0] = receiptFor(loan, length, 1);
            data = abi.encodeCall(ILoanEscrow.collect, (receipts));
        } else if (step == 7) {
            allowed = state == State.Active || state == State.Repaid || state == State.Closed;
            data = abi.encodeCall(ILoanEscrow.claim, (loan, length, one(lenderAt(stepSeed % LENDERS))));
        } else {
            allowed = state == State.Repaid;
            data = abi.encodeCall(ILoanEscrow.close, (loan, length));
        }
        if (allowed) return;
        vm.prank(sender);
        (bool ok,) = address(escrow).call(data);
        vm.assertFalse(ok);
        vm.assertEq(uint256(loanOf(loan).state), uint256(state));
        vm.assertEq(lengthOf(loan), length);
    }

    /// @notice Makes room for new loans; the old ones are no longer driven.
    function forget() external {
        delete loans;
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    function ghost(bytes32 loan) external view returns (Ghost memory) {
        return ghosts[loan];
    }

    function loanCount() external view returns (uint256) {
        return loans.length;
    }

    function openWithdrawalCount() external view returns (uint256) {
        return openWithdrawals.length;
    }

    function ledger() external view returns (LedgerHandler, address, address, address) {
        return (this, address(token), address(escrow), address(withdrawals));
    }

    function subjectAt(uint256 index) external pure returns (bytes32) {
        return subjectOf(lenderAt(index));
    }

    function holderAt(uint256 index) external pure returns (address) {
        return lenderAt(index);
    }

    function platformMember() external view returns (uint16 member) {
        (member,) = consortium.seatOf(platform);
    }

    function businessDate() external view returns (uint32) {
        return today();
    }

    // ----------------------------------------------------------------------------------------------------------- internals

    function allow(State from, State to) private {
        allowedTransition[uint256(from)][uint256(to)] = true;
    }

    function overdue(bytes32 loan) private view returns (bool) {
        return today() > ghosts[loan].terms.fundingDeadline + 30;
    }

    function mayExpire(bytes32 loan) private view returns (bool) {
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (l.state == State.Proposed || l.state == State.Funding) return today() > l.fundingDeadline;
        if (l.state == State.Disbursing && l.payout != Payout.Reserved) return false;
        return (l.state == State.Funded || l.state == State.Disbursing) && overdue(loan);
    }

    function depositTo(address lender, uint128 amount) private {
        credit(lender, amount);
        credited += amount;
    }

    function closeBooks(uint32 through) private {
        closeThrough(through);
        vm.assertLt(lastBusinessDate, today());
        lastBusinessDate = today();
    }

    /// @return found whether a loan is in a state from `low` to `high`
    function pick(uint256 seed, State low, State high) private view returns (bool found, bytes32 loan) {
        for (uint256 i = 0; i < loans.length; ++i) {
            loan = loans[(seed % loans.length + i) % loans.length];
            State state = loanOf(loan).state;
            if (low <= state && state <= high) return (true, loan);
        }
    }

    /// @notice Folds the loan's new entries from the events alone, and checks the step against the state diagram.
    function absorb(bytes32 loan) private {
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
            ++seen[kind];
            if (kind == Entry.PaymentPosted) {
                (, uint128 interest, uint128 principal,,) =
                    abi.decode(payload, (uint128, uint128, uint128, uint32, BankEntry));
                g.paidInterest += interest;
                g.paidPrincipal += principal;
            }
        }
        State state = loanOf(loan).state;
        // One step may pass through a state on its way: disbursing and instructing are one step here.
        vm.assertTrue(
            g.state == state || allowedTransition[uint256(g.state)][uint256(state)], "a transition the diagram lacks"
        );
        g.state = state;
    }
}
