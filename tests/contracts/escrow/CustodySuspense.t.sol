// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {ICalendar} from "../../../contracts/calendar/ICalendar.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Money that nobody can be found for: held, matched or returned, by two keys. See CustodyToken.tree.
contract CustodySuspenseTest is CoreTest {
    BankEntry private entry;

    function setUp() public override {
        super.setUp();
        register(lenderAt(0));
        entry = BankEntry(4, 2, "unknown reference");
        vm.prank(bank);
        vm.expectEmit();
        emit ICustodyToken.Suspended(4, 2, 300, START - 1, "originator");
        token.suspend(entry, 300, START - 1, "originator");
    }

    function test_suspendedMoneyMintsNothingAndIsSeen() public view {
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(token.suspense(), 300);
        (uint128 amount, uint32 valueDate, bytes32 originator) = token.suspended(4, 2);
        vm.assertTrue(amount == 300 && valueDate == START - 1 && originator == "originator");
        vm.assertTrue(token.entryUsed(4, 2));
        (amount,,) = token.suspended(2, 4);
        vm.assertEq(amount, 0);
    }

    function test_twoKeysMatchItToAParty() public {
        bytes memory call = abi.encodeCall(ICustodyToken.creditSuspense, (lenderAt(0), 300, entry));
        refused(call, missing(call));
        approveCall(bankSecond, address(token), call);
        vm.expectEmit();
        emit ICustodyToken.SuspenseMatched(4, 2, lenderAt(0), 300);
        send(bank, address(token), call);
        vm.assertEq(token.balanceOf(lenderAt(0)), 300);
        gone();
    }

    function test_aLedgerContractMatchesItToALoan() public {
        vm.prank(address(withdrawals));
        vm.expectEmit();
        emit ICustodyToken.SuspenseMatched(4, 2, address(withdrawals), 300);
        token.creditLedgerSuspense(300, entry);
        vm.assertEq(token.balanceOf(address(withdrawals)), 300);
        gone();
    }

    function test_twoKeysReturnItByABookedDebit() public {
        BankEntry memory debit = BankEntry(5, 1, "back");
        bytes memory call = abi.encodeCall(ICustodyToken.returnSuspense, (entry, debit));
        refused(call, missing(call));
        approveCall(bankSecond, address(token), call);
        vm.expectEmit();
        emit ICustodyToken.SuspenseReturned(4, 2, 300, debit);
        send(bank, address(token), call);
        vm.assertEq(token.totalSupply(), 0);
        vm.assertTrue(token.entryUsed(5, 1));
        gone();
    }

    /// @notice Attack: the same booked entry counted twice, before or after it was matched.
    function test_anEntryIsUsedOnceForGood() public {
        bytes memory used = abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 4, 2);
        for (uint256 round = 0; round < 2; ++round) {
            vm.startPrank(bank);
            vm.expectRevert(used);
            token.credit(lenderAt(0), 300, entry);
            vm.expectRevert(used);
            token.suspend(entry, 300, START, "originator");
            vm.stopPrank();
            vm.startPrank(address(withdrawals));
            vm.expectRevert(used);
            token.creditLedger(300, entry);
            if (round == 0) token.creditLedgerSuspense(300, entry);
            vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyNotSuspended.selector, 4, 2));
            token.creditLedgerSuspense(300, entry);
            vm.stopPrank();
        }
        // Nor is a booked entry suspended.
        BankEntry memory booked = freshEntry();
        vm.startPrank(bank);
        token.credit(lenderAt(0), 1, booked);
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, booked.statementNo, booked.entryNo)
        );
        token.suspend(booked, 1, START, 0);
    }

    function test_itIsMatchedWholeAndByItsOwnReference() public {
        vm.startPrank(address(withdrawals));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodySuspenseAmount.selector, 299, 300));
        token.creditLedgerSuspense(299, entry);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodySuspenseAmount.selector, 301, 300));
        token.creditLedgerSuspense(301, entry);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyNotSuspended.selector, 4, 2));
        token.creditLedgerSuspense(300, BankEntry(4, 2, "another reference"));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyNotSuspended.selector, 4, 3));
        token.creditLedgerSuspense(300, BankEntry(4, 3, "unknown reference"));
    }

    function test_aMatchIsADepositOfAKnownPartyWithinShortfallAndCap() public {
        refusedByBoth(
            abi.encodeCall(ICustodyToken.creditSuspense, (stranger, 300, entry)),
            abi.encodeWithSelector(IParties.PartiesUnknown.selector, stranger)
        );
        withBothBankKeys(address(token), abi.encodeCall(ICustodyToken.setMintCap, (299)));
        refusedByBoth(
            abi.encodeCall(ICustodyToken.creditSuspense, (lenderAt(0), 300, entry)),
            abi.encodeWithSelector(ICustodyToken.CustodyMintCap.selector, 300, 299)
        );
        attestShortfall(7);
        refused(
            abi.encodeCall(ICustodyToken.creditSuspense, (lenderAt(0), 300, entry)),
            abi.encodeWithSelector(ICustodyToken.CustodyShortfall.selector, 7)
        );
    }

    function test_refusesNothingAndAValueDateAhead() public {
        vm.startPrank(bank);
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.suspend(BankEntry(4, 3, ""), 0, START, "o");
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyValueDate.selector, START + 1, START));
        token.suspend(BankEntry(4, 3, ""), 1, START + 1, "o");
    }

    /// @notice What moved in suspense since is not in the statement that was attested.
    function test_aDayIsNotClosedOverAnotherSuspense() public {
        vm.prank(bank);
        token.attest(START, "s", 300, 300, 0);
        vm.prank(bank);
        token.suspend(BankEntry(4, 3, ""), 1, START, "o");
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarNotAttested.selector, START, bytes32("s")));
        calendar.closeDay(START, "s");
        vm.prank(bank);
        token.attest(START, "t", 301, 301, 0);
        withBothBankKeys(address(token), abi.encodeCall(ICustodyToken.returnSuspense, (entry, BankEntry(5, 1, "back"))));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICalendar.CalendarNotAttested.selector, START, bytes32("t")));
        calendar.closeDay(START, "t");
        closeThrough(START);
        vm.assertEq(today(), START + 1);
    }

    /// @notice Held money is what came in less what was matched and returned, whatever the order.
    function testFuzz_suspenseIsWhatCameInLessWhatWentOut(uint64[8] memory amounts, uint8 matched, uint8 returned)
        public
    {
        uint256 held = 300;
        for (uint16 i = 0; i < 8; ++i) {
            if (amounts[i] == 0) continue;
            BankEntry memory e = BankEntry(9, i + 1, bytes32(uint256(i)));
            vm.prank(bank);
            token.suspend(e, amounts[i], START, 0);
            held += amounts[i];
            if ((matched >> i) & 1 == 1) {
                vm.prank(address(withdrawals));
                token.creditLedgerSuspense(amounts[i], e);
                held -= amounts[i];
            } else if ((returned >> i) & 1 == 1) {
                withBothBankKeys(
                    address(token), abi.encodeCall(ICustodyToken.returnSuspense, (e, BankEntry(10, i + 1, 0)))
                );
                held -= amounts[i];
            }
            vm.assertEq(token.suspense(), held);
        }
    }

    function gone() private {
        vm.assertEq(token.suspense(), 0);
        (uint128 amount, uint32 valueDate, bytes32 originator) = token.suspended(4, 2);
        vm.assertTrue(amount == 0 && valueDate == 0 && originator == 0);
        bytes memory call = abi.encodeCall(ICustodyToken.creditSuspense, (lenderAt(0), 300, entry));
        refusedByBoth(call, abi.encodeWithSelector(ICustodyToken.CustodyNotSuspended.selector, 4, 2));
    }

    function missing(bytes memory call) private view returns (bytes memory) {
        return abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, approvals.actionOf(address(token), call));
    }

    function refusedByBoth(bytes memory call, bytes memory error) private {
        approveCall(bankSecond, address(token), call);
        refused(call, error);
    }

    function refused(bytes memory call, bytes memory error) private {
        vm.prank(bank);
        (bool done, bytes memory answer) = address(token).call(call);
        vm.assertFalse(done);
        vm.assertEq(answer, error);
    }
}
