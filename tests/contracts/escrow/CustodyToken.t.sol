// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

contract CustodyTokenTest is LedgerTest {
    function test_namesItsCurrencyAndCountsMinorUnits() public view {
        vm.assertEq(token.name(), "Custody CNY");
        vm.assertEq(token.symbol(), "CNY");
        vm.assertEq(bytes32(token.currency()), bytes32("CNY"));
        vm.assertEq(token.decimals(), 2);
    }

    function test_bookedDepositIsMintedToARegisteredParty() public {
        register(lenderAt(0));
        vm.prank(bank);
        vm.expectEmit();
        emit ICustodyToken.Credited(lenderAt(0), 500, 3, 7, "ref");
        token.credit(lenderAt(0), 500, BankEntry(3, 7, "ref"));
        vm.assertEq(token.balanceOf(lenderAt(0)), 500);
        vm.assertTrue(token.entryUsed(3, 7));
        vm.assertFalse(token.entryUsed(3, 8));
        vm.assertFalse(token.entryUsed(7, 3));
    }

    function test_refusesStrangersNothingAndAnEntryUsedBefore() public {
        register(lenderAt(0));
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesUnknown.selector, stranger));
        token.credit(stranger, 1, BankEntry(1, 1, ""));
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.credit(lenderAt(0), 0, BankEntry(1, 1, ""));
        token.credit(lenderAt(0), 1, BankEntry(1, 1, ""));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        token.credit(lenderAt(0), 1, BankEntry(1, 1, "another reference"));
    }

    /// @notice Every (statement, entry) has a mark of its own, also across the 256 to a slot.
    function testFuzz_anEntryMarksOnlyItself(uint32 statementNo, uint16 entryNo, uint32 otherNo, uint16 otherEntry)
        public
    {
        vm.assume(statementNo != otherNo || entryNo != otherEntry);
        register(lenderAt(0));
        vm.startPrank(bank);
        token.credit(lenderAt(0), 1, BankEntry(statementNo, entryNo, ""));
        vm.assertFalse(token.entryUsed(otherNo, otherEntry));
        token.credit(lenderAt(0), 1, BankEntry(otherNo, otherEntry, ""));
        vm.assertTrue(token.entryUsed(statementNo, entryNo));
        vm.assertTrue(token.entryUsed(otherNo, otherEntry));
    }

    function test_holdersCanNeitherTransferNorApprove() public {
        address lender = fundedLender(0, 100);
        vm.startPrank(lender);
        vm.expectRevert(ICustodyToken.CustodyNotTransferable.selector);
        token.transfer(bank, 1);
        vm.expectRevert(ICustodyToken.CustodyNotTransferable.selector);
        token.approve(bank, 1);
        vm.expectRevert(ICustodyToken.CustodyNotTransferable.selector);
        token.transferFrom(lender, bank, 1);
    }

    function test_ledgerContractsMoveNoMoreThanThereIs() public {
        address lender = fundedLender(0, 100);
        vm.startPrank(address(escrow));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, lender, 100, 101));
        token.pull(lender, 101);
        token.pull(lender, 60);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(escrow), 60, 61));
        token.push(lender, 61);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(escrow), 60, 61));
        token.debitLedger(61, BankEntry(2, 1, ""));
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.debitLedger(0, BankEntry(2, 1, ""));
        token.debitLedger(60, BankEntry(2, 1, ""));
        vm.assertEq(token.totalSupply(), 40);
        vm.assertTrue(token.entryUsed(2, 1));
    }

    // -------------------------------------------------------------------------------------------------------- attestation

    function test_attestationBalancesBookedAgainstSupplySuspenseAndBankItems() public {
        fundedLender(0, 1000);
        vm.prank(bank);
        vm.expectEmit();
        emit ICustodyToken.Attested(START, "s", 1250, 1000, 200, 50, 0);
        token.attest(START, "s", 1250, 200, 50);
        vm.assertEq(token.shortfall(), 0);
        (uint32 through, bytes32 statement, uint128 supply) = token.attestation();
        vm.assertEq(through, START);
        vm.assertEq(statement, bytes32("s"));
        vm.assertEq(supply, 1000);
    }

    function test_refusesMoneyThatNobodyExplains() public {
        fundedLender(0, 1000);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyUnexplainedSurplus.selector, 1001, 1000));
        token.attest(START, "s", 1001, 0, 0);
    }

    function test_missingMoneyIsVisibleAndStopsDepositsUntilItIsCovered() public {
        address lender = fundedLender(0, 1000);
        attestShortfall(30);
        vm.assertEq(token.shortfall(), 30);
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyShortfall.selector, 30));
        token.credit(lender, 1, BankEntry(5, 1, ""));
        token.attest(START, "covered", 1000, 0, 0);
        token.credit(lender, 1, BankEntry(5, 1, ""));
        vm.assertEq(token.shortfall(), 0);
    }

    function test_attestationOfAnOpenDayIsReplacedThatOfAClosedOneNot() public {
        vm.startPrank(bank);
        token.attest(START + 9, "by mistake", 0, 0, 0);
        token.attest(START, "right", 0, 0, 0);
        calendar.closeDay(START, "right");
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyAttestedBefore.selector, START, START));
        token.attest(START, "again", 0, 0, 0);
    }
}
