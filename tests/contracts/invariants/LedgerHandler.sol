// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {ILoanEscrow, Payout, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {MoneySteps} from "./MoneySteps.sol";

/// @notice Drives a ledger with loans in all states by random valid steps, tries invalid ones, and keeps its own sums beside it.
contract LedgerHandler is MoneySteps {
    uint256 public withdrawnReserved; // reserved or instructed at the withdrawals contract
    uint32 public lastBusinessDate = START;

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
        allow(State.Proposed, State.Active);
        allow(State.Active, State.Funded);
        allow(State.Repaid, State.Active);
    }

    // -------------------------------------------------------------------------------------------------------------- steps

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
            Terms memory terms = termsOf(loan);
            data = abi.encodeCall(ILoanEscrow.disburse, (terms, length, ScheduleModel.rows(terms, today())));
        } else if (step == 4) {
            allowed = loanOf(loan).payout == Payout.Reserved;
            data = abi.encodeCall(ILoanEscrow.instruct, (loan, length, "x"));
        } else if (step == 5) {
            allowed = onItsWay(loanOf(loan));
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

    function borrowersSubject() external view returns (bytes32) {
        return subjectOf(borrower);
    }

    function borrowersAccount() external view returns (address) {
        return borrower;
    }

    function sharesOf(bytes32 loan) external view returns (uint16[] memory) {
        return termsOf(loan).pricing.rateShares;
    }

    function rowsOf(bytes32 loan) external view returns (Row[] memory) {
        return schedules.rows(loanOf(loan).schedule);
    }

    // ----------------------------------------------------------------------------------------------------------- internals

    function closeBooks(uint32 through) internal override {
        closeThrough(through);
        vm.assertLt(lastBusinessDate, today());
        lastBusinessDate = today();
    }
}
