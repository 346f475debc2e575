// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Minting, burning, limits, reversals' claims, attestation. See CustodyToken.tree; suspense has its own tests.
contract CustodyTokenTest is CoreTest {
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
        vm.startPrank(address(withdrawals));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, lender, 100, 101));
        token.pull(lender, 101);
        token.pull(lender, 60);
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(withdrawals), 60, 61)
        );
        token.push(lender, 61);
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(withdrawals), 60, 61)
        );
        token.debitLedger(61, BankEntry(2, 1, ""));
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.debitLedger(0, BankEntry(2, 1, ""));
        token.debitLedger(60, BankEntry(2, 1, ""));
        vm.assertEq(token.totalSupply(), 40);
        vm.assertTrue(token.entryUsed(2, 1));
    }

    function test_onlyLedgerContractsMoveTokensAndOnlyPartiesMovesHolders() public {
        fundedLender(0, 100);
        address[3] memory senders = [bank, address(parties), address(this)];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory error = abi.encodeWithSelector(ICustodyToken.CustodyNotLedger.selector, senders[i]);
            vm.startPrank(senders[i]);
            vm.expectRevert(error);
            token.pull(lenderAt(0), 1);
            vm.expectRevert(error);
            token.push(lenderAt(0), 1);
            vm.expectRevert(error);
            token.creditLedger(1, BankEntry(8, 1, ""));
            vm.expectRevert(error);
            token.meetClaim(1);
            vm.stopPrank();
        }
        vm.prank(address(withdrawals));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyNotParties.selector, address(withdrawals)));
        token.moveHolder(lenderAt(0), borrower);
    }

    function test_nothingIsMintedToAKeyThatWasLost() public {
        register(lenderAt(0));
        replaceAccount(subjectOf(lenderAt(0)), stranger);
        vm.startPrank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesReplaced.selector, lenderAt(0), stranger));
        token.credit(lenderAt(0), 1, BankEntry(1, 1, ""));
        token.credit(stranger, 1, BankEntry(1, 1, ""));
    }

    function test_moneyOfAFrozenSubjectKeepsComingIn() public {
        register(lenderAt(0));
        freeze(subjectOf(lenderAt(0)));
        credit(lenderAt(0), 5);
        vm.assertEq(token.balanceOf(lenderAt(0)), 5);
    }

    // ------------------------------------------------------------------------------------------------------------- limits

    function test_aDepositAboveTheKeysLimitNeedsASecondKey() public {
        register(lenderAt(0));
        address key = registerKey(bank, 0xC3, bits(Scope.Book), 500);
        vm.prank(key);
        token.credit(lenderAt(0), 500, BankEntry(1, 1, "ref"));
        bytes memory call = abi.encodeCall(ICustodyToken.credit, (lenderAt(0), 501, BankEntry(1, 2, "ref")));
        bytes32 action = approvals.actionOf(address(token), call);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        token.credit(lenderAt(0), 501, BankEntry(1, 2, "ref"));
        approveCall(regulatorSecond, address(token), call);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        token.credit(lenderAt(0), 501, BankEntry(1, 2, "ref"));
        approveCall(bankSecond, address(token), call);
        send(key, address(token), call);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1001);
    }

    function test_depositsStandAtMostTheCapAboveTheLastAttestation() public {
        fundedLender(0, 1000);
        vm.assertEq(token.mintCap(), type(uint128).max);
        bytes memory call = abi.encodeCall(ICustodyToken.setMintCap, (1500));
        vm.expectRevert(
            abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, approvals.actionOf(address(token), call))
        );
        vm.prank(bank);
        token.setMintCap(1500);
        approveCall(bankSecond, address(token), call);
        vm.expectEmit();
        emit ICustodyToken.MintCapSet(1500);
        send(bank, address(token), call);
        vm.assertEq(token.mintCap(), 1500);

        credit(lenderAt(0), 500);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyMintCap.selector, 1501, 1500));
        token.credit(lenderAt(0), 1, entry);
        // Repayments count on their value date, whatever came in before.
        vm.prank(address(withdrawals));
        token.creditLedger(7, freshEntry());
        closeThrough(START);
        credit(lenderAt(0), 1500);
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyMintCap.selector, 3008, 3007));
        token.credit(lenderAt(0), 1, entry);
    }

    /// @notice Attack: a leaked key that books entries mints all it can.
    function test_aLeakedBookingKeyMintsNoMoreThanTheCapInSumAndItsLimitAtOnce() public {
        register(lenderAt(0));
        withBothBankKeys(address(token), abi.encodeCall(ICustodyToken.setMintCap, (900)));
        address key = registerKey(bank, 0xC3, bits(Scope.Book), 400);
        vm.startPrank(key);
        token.credit(lenderAt(0), 400, BankEntry(7, 1, ""));
        token.credit(lenderAt(0), 400, BankEntry(7, 2, ""));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyMintCap.selector, 1200, 900));
        token.credit(lenderAt(0), 400, BankEntry(7, 3, ""));
    }

    // ---------------------------------------------------------------------------------------------- reversals and claims

    function test_aReversalBurnsWhatItCanAndTheRestIsTheBanksClaim() public {
        inLedger(70);
        vm.startPrank(address(withdrawals));
        vm.expectEmit();
        emit ICustodyToken.ClaimRaised(30, 2, 1);
        vm.expectEmit();
        emit ICustodyToken.Debited(address(withdrawals), 70, 2, 1, "reversal");
        token.reverseLedger(100, 70, BankEntry(2, 1, "reversal"));
        vm.assertEq(token.bankClaims(), 30);
        vm.assertEq(token.totalSupply(), 0);
        token.creditLedger(50, BankEntry(2, 2, ""));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyAboveClaims.selector, 31, 30));
        token.meetClaim(31);
        vm.expectEmit();
        emit ICustodyToken.ClaimMet(30);
        token.meetClaim(30);
        vm.assertEq(token.bankClaims(), 0);
        vm.assertEq(token.totalSupply(), 20);
    }

    function test_aReversalMayBurnAllOrNothing() public {
        inLedger(100);
        vm.startPrank(address(withdrawals));
        token.reverseLedger(60, 60, BankEntry(2, 1, ""));
        vm.assertEq(token.bankClaims(), 0);
        token.reverseLedger(60, 0, BankEntry(2, 2, ""));
        vm.assertEq(token.bankClaims(), 60);
        vm.assertEq(token.totalSupply(), 40);
    }

    function test_refusesReversalsAndClaimsThatDontAddUp() public {
        inLedger(10);
        vm.startPrank(address(withdrawals));
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.reverseLedger(0, 0, BankEntry(2, 1, ""));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyBurnedAboveAmount.selector, 6, 5));
        token.reverseLedger(5, 6, BankEntry(2, 1, ""));
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(withdrawals), 10, 11)
        );
        token.reverseLedger(20, 11, BankEntry(2, 1, ""));
        token.reverseLedger(20, 5, BankEntry(2, 1, ""));
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 2, 1));
        token.reverseLedger(1, 1, BankEntry(2, 1, ""));
        vm.expectRevert(ICustodyToken.CustodyZeroAmount.selector);
        token.meetClaim(0);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, address(withdrawals), 5, 6));
        token.meetClaim(6);
    }

    /// @notice booked = supply + suspense + bankItems - shortfall holds on through a reversal, its claim and its cover.
    function test_aClaimIsAShortfallUntilTheBankCoversItAndThenTheBanksOwnMoney() public {
        fundedLender(0, 1000);
        inLedger(70);
        vm.prank(address(withdrawals));
        token.reverseLedger(100, 70, BankEntry(2, 1, ""));
        // 1070 were booked, 100 went out, 1000 tokens are left.
        vm.startPrank(bank);
        token.attest(START, "a", 970, 0, 0);
        vm.assertEq(token.shortfall(), 30);
        token.attest(START, "the bank put 30 in", 1000, 0, 0);
        vm.assertEq(token.shortfall(), 0);
        calendar.closeDay(START, "the bank put 30 in");
        vm.stopPrank();
        vm.startPrank(address(withdrawals));
        token.creditLedger(40, BankEntry(2, 2, ""));
        token.meetClaim(30);
        vm.stopPrank();
        vm.prank(bank);
        vm.expectEmit();
        emit ICustodyToken.Attested(START + 1, "b", 1040, 1010, 0, 30, 0);
        token.attest(START + 1, "b", 1040, 0, 30);
    }

    function test_aClaimRaisedAfterTheAttestationAsksForAnother() public {
        inLedger(10);
        vm.prank(bank);
        token.attest(START, "s", 10, 0, 0);
        vm.prank(address(withdrawals));
        token.reverseLedger(5, 0, BankEntry(2, 1, ""));
        (uint32 through,,) = token.attestation();
        vm.assertEq(through, 0);
    }

    // -------------------------------------------------------------------------------------------------------- attestation

    function test_attestationBalancesBookedAgainstSupplySuspenseAndBankItems() public {
        fundedLender(0, 1000);
        suspend(200);
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

    function test_refusesAnotherSuspenseThanTheLedgerHolds() public {
        suspend(200);
        uint128[3] memory wrong = [uint128(0), 199, 201];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(bank);
            vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodySuspenseMismatch.selector, wrong[i], 200));
            token.attest(START, "s", 200, wrong[i], 0);
        }
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

    function test_bookingAndAttestingTakeDifferentKeys() public {
        address books = registerKey(bank, 0xC3, bits(Scope.Book), 0);
        address attests = registerKey(bank, 0xC4, bits(Scope.Attest), 0);
        register(lenderAt(0));
        vm.prank(attests);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, attests, uint8(Scope.Book)));
        token.credit(lenderAt(0), 1, BankEntry(1, 1, ""));
        vm.prank(books);
        token.credit(lenderAt(0), 1, BankEntry(1, 1, ""));
        vm.prank(books);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, books, uint8(Scope.Attest)));
        token.attest(START, "s", 1, 0, 0);
        vm.startPrank(attests);
        token.attest(START, "s", 1, 0, 0);
        calendar.closeDay(START, "s");
    }

    function inLedger(uint128 amount) private {
        BankEntry memory entry = freshEntry();
        vm.prank(address(withdrawals));
        token.creditLedger(amount, entry);
    }
}
