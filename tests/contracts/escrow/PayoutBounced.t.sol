// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Payout, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice The money of a booked payout comes back.
contract PayoutBouncedTest is LifeTest {
    bytes32 private loan;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        (bytes32 id, Terms memory t, Row[] memory table) = activeLoan(2);
        loan = id;
        keep(t);
        for (uint256 i = 0; i < table.length; ++i) {
            rows.push(table[i]);
        }
    }

    function test_theLoanIsFundedAgainAsIfNeverPaidOut() public {
        closeThrough(START + 2);
        bounce(loan);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Funded));
        vm.assertEq(uint256(l.payout), uint256(Payout.Returned));
        vm.assertEq(l.called, 0);
        vm.assertEq(l.outstanding, 0);
        vm.assertEq(l.cash, 500_000);
        vm.assertEq(l.schedule, address(0));
        vm.assertEq(token.totalSupply(), 500_000);
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).outstanding, 0);
        vm.assertEq(uint256(lastEntry(loan).kind), uint256(Entry.PayoutBounced));
    }

    function test_itIsPaidOutAnewFromTheNewValueDateOrRefundedInFull() public {
        bounce(loan);
        uint256 bounced = vm.snapshotState();
        closeThrough(START + 2);
        disburseAndInstruct(loan, agreed());
        settle(loan, agreed());
        vm.assertEq(loanOf(loan).anchor, START + 3);
        vm.assertEq(loanOf(loan).outstanding, 500_000);
        vm.revertToState(bounced);
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.cancel(loan, length, "moved away");
        vm.prank(rival);
        escrow.refund(loan, length + 1, many(2));
        vm.assertEq(token.balanceOf(lenderAt(0)), 250_000);
        vm.assertEq(token.balanceOf(lenderAt(1)), 250_000);
    }

    function test_nothingBouncesOnceSomethingIsPaidUntilThatIsReversed() public {
        collect(loan, 1);
        uint32 seq = lengthOf(loan);
        refused(abi.encodeWithSelector(ILoanEscrow.PayoutRepaidInPart.selector, loan));
        reversePayment(loan, seq);
        bounce(loan);
        assertState(loan, State.Funded);
    }

    /// @notice What a lender claimed of a reversed payment stays back from its refund and meets the bank's claim.
    function test_aRefundAfterAReversedClaimKeepsTheBanksMoney() public {
        closeThrough(rows[0].dueDay - 1);
        collect(loan, dueOf(rows[0]));
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        uint256 got = token.balanceOf(lenderAt(0));
        reversePayment(loan, seq);
        bounce(loan);
        vm.assertEq(loanOf(loan).bankClaim, got);
        closeThrough(START + 41);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.expire(loan, length);
        vm.prank(rival);
        escrow.refund(loan, length + 1, many(2));
        vm.assertEq(token.balanceOf(lenderAt(0)), 250_000);
        vm.assertEq(token.balanceOf(lenderAt(1)), 250_000);
        vm.assertEq(loanOf(loan).bankClaim, 0);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(token.bankClaims(), 0);
        vm.assertEq(token.totalSupply(), 500_000);
    }

    function test_aSecondTrancheEndsIt() public {
        Terms memory t = baseTerms();
        inTranches(t, 300_000, START + 60);
        (bytes32 two,) = activeLoanOf(t, 1);
        closeThrough(START);
        uint256 first = vm.snapshotState();
        bounce(two);
        vm.assertEq(loanOf(two).cash, 500_000);
        vm.revertToState(first);
        draw(two, t, 100_000, 0);
        loan = two;
        refused(abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, two, Payout.Reserved, Payout.Settled));
        instruct(two);
        settleTranche(two, t, 100_000, 0);
        refused(abi.encodeWithSelector(ILoanEscrow.LoanPayout.selector, two, Payout.Settled, Payout.Settled));
    }

    function test_refusesAValueDateBeforeThePayoutAndAUsedEntry() public {
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.ValueDateInvalid.selector, START - 1, START, START));
        escrow.bouncePayout(loan, length, START - 1, BankEntry(1, 999, "x"));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        escrow.bouncePayout(loan, length, START, BankEntry(1, 1, "x"));
    }

    function test_aKeysLimitBindsWhatComesBack() public {
        address clerk = registerKey(bank, 0xC1E4C, bits(Scope.Book), 499_999);
        uint32 length = lengthOf(loan);
        vm.prank(clerk);
        vm.expectPartialRevert(IApprovals.ApprovalMissing.selector);
        escrow.bouncePayout(loan, length, START, BankEntry(1, 999, "x"));
    }

    function refused(bytes memory error) private {
        BankEntry memory entry = freshEntry();
        uint32 length = lengthOf(loan);
        uint32 day = today();
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.bouncePayout(loan, length, day, entry);
    }
}
