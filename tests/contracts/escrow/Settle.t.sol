// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IRepaymentSchedules, Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice The payout's way: disburse, instruct, settle or return.
contract SettleTest is LedgerTest {
    bytes32 private loan;
    Terms private terms;

    function setUp() public override {
        super.setUp();
        (loan, terms) = instructedLoan(2);
    }

    // -------------------------------------------------------------------------------------------------- before it is booked

    function test_disbursingReservesAndInstructingIsTheBanksStep() public {
        (bytes32 other,) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(other, 3);
        assertState(other, State.Disbursing);
        vm.assertEq(uint256(loanOf(other).payout), uint256(Payout.Reserved));
        vm.prank(bank);
        escrow.instruct(other, 4, "pain");
        vm.assertEq(uint256(loanOf(other).payout), uint256(Payout.Instructed));
        vm.assertEq(loanOf(other).cash, 500_000);
    }

    function test_onlyTheLoansOwnPlatformDisbursesAndOnlyWhenFunded() public {
        (bytes32 other,) = fundedLoan(1);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowNotServicer.selector, other, 1, 7));
        escrow.disburse(other, 3);
        (bytes32 open,) = proposedLoan();
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, open, State.Proposed, State.Funded));
        escrow.disburse(open, 1);
    }

    function test_aPayoutIsInstructedOnce() public {
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, loan, Payout.Instructed, Payout.Reserved)
        );
        escrow.instruct(loan, length, "again");
    }

    function test_noPayoutIsInstructedDuringAShortfall() public {
        (bytes32 other,) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(other, 3);
        attestShortfall(7);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyShortfall.selector, 7));
        escrow.instruct(other, 4, "pain");
    }

    function test_returnedPayoutMakesTheLoanFundedAgainAndItCanBeDisbursedAnew() public {
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        escrow.returnPayout(loan, length, "account closed");
        assertState(loan, State.Funded);
        vm.assertEq(uint256(loanOf(loan).payout), uint256(Payout.Returned));
        disburseAndInstruct(loan);
        settle(loan, terms);
        assertState(loan, State.Active);
    }

    // --------------------------------------------------------------------------------------------------- when it is booked

    function test_bookedPayoutBurnsThePrincipalAndStoresTheRows() public {
        Row[] memory rows = settle(loan, terms);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Active));
        vm.assertEq(uint256(l.payout), uint256(Payout.Settled));
        vm.assertEq(l.outstanding, terms.principal);
        vm.assertEq(l.cash, 0);
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(l.lastValueDate, START);
        vm.assertEq(keccak256(abi.encode(schedules.rows(l.schedule))), keccak256(abi.encode(rows)));
    }

    function test_entryNamesValueDateBankEntryAndTheHashOfTheRows() public {
        Row[] memory rows = ScheduleModel.rows(terms, START);
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(bank);
        escrow.settle(terms, length, START, entry, rows);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory payload;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ILoanEscrow.Recorded.selector) continue;
            vm.assertEq(uint256(logs[i].topics[2]), uint256(Entry.Disbursed));
            (,,, payload,) = abi.decode(logs[i].data, (uint32, uint32, address, bytes, bytes32));
        }
        address schedule = loanOf(loan).schedule;
        vm.assertEq(payload, abi.encode(START, entry, schedule, schedule.codehash));
    }

    function test_bookedPayoutIsRecordedEvenDuringAShortfall() public {
        attestShortfall(1);
        settle(loan, terms);
        assertState(loan, State.Active);
    }

    function test_refusesTermsChangedInAnyByte() public {
        Row[] memory rows = ScheduleModel.rows(terms, START);
        Terms memory changed = terms;
        changed.text.cidCommitment ^= bytes32(uint256(1));
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectPartialRevert(ILoanEscrow.TermsMismatch.selector);
        escrow.settle(changed, length, START, entry, rows);
    }

    /// @notice Other seats can't hold a booked payout up by writing before it; it is still settled once.
    function test_settlesThoughOthersWroteFirstButNotTwice() public {
        Row[] memory rows = ScheduleModel.rows(terms, START);
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        documents.commit(loan, length, "id", "cid", "hash", 1, 1);
        vm.prank(bank);
        escrow.settle(terms, length, START, entry, rows);
        assertState(loan, State.Active);
        refused(
            terms,
            length,
            START,
            abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Active, State.Disbursing)
        );
    }

    function test_instructingNeedsTheHistoryAsTheBankSawIt() public {
        (bytes32 other,) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(other, 3);
        vm.prank(platform);
        documents.commit(other, 4, "id", "cid", "hash", 1, 1);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, other, 5, 4));
        escrow.instruct(other, 4, "pain");
    }

    function test_nobodyRequestsAPayoutMoreThanThirtyDaysAfterTheDeadline() public {
        (bytes32 other,) = fundedLoan(1);
        closeThrough(START + 39);
        uint256 onTheLastDay = vm.snapshotState();
        vm.prank(platform);
        escrow.disburse(other, 3);
        vm.revertToState(onTheLastDay);
        closeThrough(START + 40);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DisbursementOverdue.selector, START + 40, START + 41));
        escrow.disburse(other, 3);
    }

    function test_refusesALengthNotReachedAWrongStateAndAPayoutNotInstructed() public {
        uint32 length = lengthOf(loan);
        refused(
            terms,
            length + 1,
            START,
            abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, length, length + 1)
        );
        (bytes32 funded, Terms memory others) = fundedLoan(1);
        refused(
            others,
            3,
            START,
            abi.encodeWithSelector(ILoanEscrow.LoanState.selector, funded, State.Funded, State.Disbursing)
        );
        vm.prank(platform);
        escrow.disburse(funded, 3);
        refused(
            others,
            4,
            START,
            abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, funded, Payout.Reserved, Payout.Instructed)
        );
    }

    function test_refusesAValueDateBeforeTheInstructionOrAfterToday() public {
        uint32 length = lengthOf(loan);
        refused(terms, length, START - 1, invalidDate(START - 1, START, START));
        refused(terms, length, START + 1, invalidDate(START + 1, START, START));
        closeThrough(START + 2);
        refused(terms, length, START + 4, invalidDate(START + 4, START, START + 3));
    }

    function test_interestStartsOnTheValueDateNotOnTheDayOfBooking() public {
        closeThrough(START + 4);
        Row[] memory rows = ScheduleModel.rows(terms, START + 2);
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        escrow.settle(terms, length, START + 2, entry, rows);
        vm.assertEq(schedules.row(loanOf(loan).schedule, 0).dueDay, START + 2 + 31);
        vm.assertEq(loanOf(loan).lastValueDate, START + 2);
    }

    function test_refusesRowsOfAnotherStartDay() public {
        Row[] memory rows = ScheduleModel.rows(terms, START + 1);
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 0, START + 32, START + 31));
        escrow.settle(terms, length, START, entry, rows);
        assertState(loan, State.Disbursing);
    }

    function test_refusesAnEntryThatWasBookedBefore() public {
        Row[] memory rows = ScheduleModel.rows(terms, START);
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        escrow.settle(terms, length, START, BankEntry(1, 1, "other"), rows);
    }

    function refused(Terms memory t, uint32 length, uint32 valueDate, bytes memory error) private {
        Row[] memory rows = ScheduleModel.rows(t, valueDate);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.settle(t, length, valueDate, entry, rows);
    }

    function invalidDate(uint32 given, uint32 from, uint32 to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanEscrow.ValueDateInvalid.selector, given, from, to);
    }
}
