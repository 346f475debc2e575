// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IRepaymentSchedules, Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {LifeTest} from "./LifeTest.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice The payout's way: disburse, instruct, settle or return.
contract SettleTest is LifeTest {
    bytes32 private loan;

    function setUp() public override {
        super.setUp();
        Terms memory t;
        (loan, t) = instructedLoan(2);
        keep(t);
    }

    // -------------------------------------------------------------------------------------------------- before it is booked

    function test_disbursingReservesAndInstructingIsTheBanksStep() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), today());
        (bytes32 other, Terms memory t) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
        assertState(other, State.Disbursing);
        vm.assertEq(uint256(loanOf(other).payout), uint256(Payout.Reserved));
        vm.prank(bank);
        escrow.instruct(other, 4, "pain");
        vm.assertEq(uint256(loanOf(other).payout), uint256(Payout.Instructed));
        vm.assertEq(loanOf(other).cash, 500_000);
    }

    function test_onlyTheLoansOwnPlatformDisbursesAndOnlyWhenFunded() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), today());
        (bytes32 other, Terms memory t) = fundedLoan(1);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.EscrowNotServicer.selector, other, 1, 7));
        escrow.disburse(t, 3, rows);
        (bytes32 open, Terms memory o) = proposedLoan();
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, open, State.Proposed, State.Funded));
        escrow.disburse(o, 1, rows);
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
        Row[] memory rows = ScheduleModel.rows(agreed(), today());
        (bytes32 other, Terms memory t) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
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
        disburseAndInstruct(loan, agreed());
        settle(loan, agreed());
        assertState(loan, State.Active);
    }

    function test_exposuresRiseWhenThePayoutIsRequestedAndFallWhenItIsReturned() public {
        bytes32 subject = subjectOf(borrower);
        vm.assertEq(escrow.exposureOf(subject, 1).outstanding, 500_000);
        vm.assertEq(escrow.exposureOf(subject, 1).loans, 1);
        vm.assertEq(loanOf(loan).called, 500_000);
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        escrow.returnPayout(loan, length, "account closed");
        vm.assertEq(escrow.exposureOf(subject, 1).outstanding, 0);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 0);
        vm.assertEq(escrow.exposureOf(subject, 1).loans, 1);
        vm.assertEq(loanOf(loan).called, 0);
    }

    function test_refusesRowsThatTheTermsDontGiveBeforeTheBankIsAsked() public {
        (, Terms memory t) = fundedLoan(1);
        Row[] memory rows = ScheduleModel.rows(t, START);
        rows[2].interest += 1;
        vm.prank(platform);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRepaymentSchedules.ScheduleInterest.selector, 2, rows[2].interest, rows[2].interest - 1
            )
        );
        escrow.disburse(t, 3, rows);
    }

    /// @notice The nominal rate keeps the cap; with its fees the loan doesn't.
    function test_refusesRowsAboveTheRateCapOfTheProposal() public {
        Terms memory t = baseTerms();
        t.fees = new Fee[](1);
        t.fees[0] = fee(FeeKind.FirstInstalment, lenderAt(0), 60_000);
        bytes32 dear = propose(t);
        fund(dear, t, 2);
        Row[] memory rows = ScheduleModel.rows(t, START);
        uint32 length = lengthOf(dear);
        vm.prank(platform);
        vm.expectPartialRevert(IRepaymentSchedules.ScheduleAboveRateCap.selector);
        escrow.disburse(t, length, rows);
    }

    function test_aKeysLimitBindsWhatItInstructsUnlessAnotherKeyApproves() public {
        (bytes32 other, Terms memory t) = fundedLoan(1);
        Row[] memory rows = ScheduleModel.rows(t, START);
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
        address clerk = registerKey(bank, 0xC1E4C, bits(Scope.Book), 499_999);
        bytes memory call_ = abi.encodeCall(ILoanEscrow.instruct, (other, 4, "pain"));
        vm.prank(clerk);
        vm.expectPartialRevert(IApprovals.ApprovalMissing.selector);
        escrow.instruct(other, 4, "pain");
        approveCall(bankSecond, address(escrow), call_);
        vm.prank(clerk);
        escrow.instruct(other, 4, "pain");
        vm.assertEq(uint256(loanOf(other).payout), uint256(Payout.Instructed));
    }

    function test_aBankKeyBeyondItsScopeInstructsNothing() public {
        (bytes32 other, Terms memory t) = fundedLoan(1);
        Row[] memory rows = ScheduleModel.rows(t, START);
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
        address clerk = registerKey(bank, 0xC1E4C, bits(Scope.Relay), 0);
        vm.prank(clerk);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, clerk, uint8(Scope.Book)));
        escrow.instruct(other, 4, "pain");
    }

    // --------------------------------------------------------------------------------------------------- when it is booked

    function test_bookedPayoutBurnsThePrincipalAndStoresTheRows() public {
        Row[] memory rows = settle(loan, agreed());
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Active));
        vm.assertEq(uint256(l.payout), uint256(Payout.Settled));
        vm.assertEq(l.outstanding, agreed().principal);
        vm.assertEq(l.cash, 0);
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(l.lastValueDate, START);
        vm.assertEq(keccak256(abi.encode(schedules.rows(l.schedule))), keccak256(abi.encode(rows)));
    }

    function test_entryNamesValueDateBankEntryAndTheHashOfTheRows() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), START);
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(bank);
        escrow.settle(agreed(), length, START, entry, rows);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory payload;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ILoanEscrow.Recorded.selector) continue;
            vm.assertEq(uint256(logs[i].topics[2]), uint256(Entry.Disbursed));
            (,,, payload,) = abi.decode(logs[i].data, (uint32, uint32, address, bytes, bytes32));
        }
        address schedule = loanOf(loan).schedule;
        Segment memory segment = ScheduleModel.firstSegment(agreed(), START);
        vm.assertEq(payload, abi.encode(agreed().principal, START, entry, segment, schedule, schedule.codehash));
    }

    function test_bookedPayoutIsRecordedEvenDuringAShortfall() public {
        attestShortfall(1);
        settle(loan, agreed());
        assertState(loan, State.Active);
    }

    function test_refusesTermsChangedInAnyByte() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), START);
        Terms memory changed = agreed();
        changed.text.cidCommitment ^= bytes32(uint256(1));
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectPartialRevert(ILoanEscrow.TermsMismatch.selector);
        escrow.settle(changed, length, START, entry, rows);
    }

    /// @notice Other seats can't hold a booked payout up by writing before it; it is still settled once.
    function test_settlesThoughOthersWroteFirstButNotTwice() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), START);
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        documents.commit(loan, length, "id", "cid", "hash", 1, 1);
        vm.prank(bank);
        escrow.settle(agreed(), length, START, entry, rows);
        assertState(loan, State.Active);
        refused(
            agreed(),
            length,
            START,
            abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, loan, Payout.Settled, Payout.Instructed)
        );
    }

    function test_instructingNeedsTheHistoryAsTheBankSawIt() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), today());
        (bytes32 other, Terms memory t) = fundedLoan(1);
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
        vm.prank(platform);
        documents.commit(other, 4, "id", "cid", "hash", 1, 1);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, other, 5, 4));
        escrow.instruct(other, 4, "pain");
    }

    function test_nobodyRequestsAPayoutMoreThanThirtyDaysAfterTheDeadline() public {
        (, Terms memory t) = fundedLoan(1);
        closeThrough(START + 39);
        Row[] memory rows = ScheduleModel.rows(t, START + 40);
        uint256 onTheLastDay = vm.snapshotState();
        vm.prank(platform);
        escrow.disburse(t, 3, rows);
        vm.revertToState(onTheLastDay);
        closeThrough(START + 40);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.DisbursementOverdue.selector, START + 40, START + 41));
        escrow.disburse(t, 3, rows);
    }

    function test_refusesALengthNotReachedAWrongStateAndAPayoutNotInstructed() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), today());
        uint32 length = lengthOf(loan);
        refused(
            agreed(),
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
        escrow.disburse(others, 3, rows);
        refused(
            others,
            4,
            START,
            abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, funded, Payout.Reserved, Payout.Instructed)
        );
    }

    function test_refusesAValueDateBeforeTheInstructionOrAfterToday() public {
        uint32 length = lengthOf(loan);
        refused(agreed(), length, START - 1, invalidDate(START - 1, START, START));
        refused(agreed(), length, START + 1, invalidDate(START + 1, START, START));
        closeThrough(START + 2);
        refused(agreed(), length, START + 4, invalidDate(START + 4, START, START + 3));
    }

    function test_interestStartsOnTheValueDateNotOnTheDayOfBooking() public {
        closeThrough(START + 4);
        Row[] memory rows = ScheduleModel.rows(agreed(), START + 2);
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        escrow.settle(agreed(), length, START + 2, entry, rows);
        vm.assertEq(schedules.row(loanOf(loan).schedule, 0).dueDay, START + 2 + 31);
        vm.assertEq(loanOf(loan).lastValueDate, START + 2);
    }

    function test_refusesRowsOfAnotherStartDay() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), START + 1);
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IRepaymentSchedules.ScheduleDueDay.selector, 0, START + 32, START + 31));
        escrow.settle(agreed(), length, START, entry, rows);
        assertState(loan, State.Disbursing);
    }

    function test_refusesAnEntryThatWasBookedBefore() public {
        Row[] memory rows = ScheduleModel.rows(agreed(), START);
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        escrow.settle(agreed(), length, START, BankEntry(1, 1, "other"), rows);
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
