// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Payout} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IWithdrawals, Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {Withdrawals} from "../../../contracts/escrow/Withdrawals.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {CoreTest} from "../support/CoreTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice Payouts of tokens to their holders. See Withdrawals.tree.
contract WithdrawalsTest is CoreTest {
    Withdrawal private order;
    bytes private signature;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        fundedLender(0, 1000);
        order = Withdrawal(lenderAt(0), 400, "salt", START);
        id = withdrawals.digest(order);
        signature = signed(lenderKey(0), id);
    }

    function test_orderIsReservedInstructedAndSettled() public {
        request();
        vm.assertEq(token.balanceOf(lenderAt(0)), 600);
        expectAt(Payout.Reserved);
        instruct();
        expectAt(Payout.Instructed);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.settle(id, entry);
        expectAt(Payout.Settled);
        vm.assertEq(token.totalSupply(), 600);
        vm.assertEq(token.balanceOf(address(withdrawals)), 0);
    }

    function test_returnedOrderGivesTheTokensBackBeforeAndAfterTheInstruction() public {
        request();
        back();
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
        order.salt = "other";
        id = withdrawals.digest(order);
        signature = signed(lenderKey(0), id);
        request();
        instruct();
        back();
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
        expectAt(Payout.Returned);
    }

    function test_orderIsUsedOnceEvenAfterItsReturn() public {
        request();
        bytes memory error = abi.encodeWithSelector(IWithdrawals.WithdrawalUsed.selector, id);
        refused(error);
        back();
        refused(error);
    }

    function test_refusesNothingTooMuchExpiredAndUnknown() public {
        order.amount = 0;
        refusedSigned(abi.encodeWithSelector(IWithdrawals.WithdrawalZero.selector));
        order.amount = 1001;
        refusedSigned(abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, lenderAt(0), 1000, 1001));
        order.amount = 1;
        order.holder = lenderAt(1);
        refusedSigned(abi.encodeWithSelector(IParties.PartiesUnknown.selector, lenderAt(1)));
        order.holder = lenderAt(0);
        closeThrough(START);
        refusedSigned(abi.encodeWithSelector(IWithdrawals.WithdrawalExpired.selector, START, START + 1));
    }

    function test_refusesSignaturesOfOthersForOtherAmountsChainsAndContracts() public {
        bytes memory error = abi.encodeWithSelector(IWithdrawals.WithdrawalSignatureInvalid.selector, lenderAt(0));
        signature = signed(lenderKey(1), id);
        refused(error);
        signature = signed(lenderKey(0), id);
        order.amount = 401;
        refused(error);
        order.amount = 400;
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        signature = signed(lenderKey(0), withdrawals.digest(order));
        vm.chainId(here);
        refused(error);
        Withdrawals other = new Withdrawals(consortium, parties, token);
        signature = signed(lenderKey(0), other.digest(order));
        refused(error);
    }

    function test_anySeatReleasesAnOrderThatTheBankDidNotInstructWhileItWasValid() public {
        request();
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IWithdrawals.WithdrawalStillValid.selector, START, START));
        withdrawals.release(id);
        closeThrough(START);
        vm.prank(rival);
        withdrawals.release(id);
        expectAt(Payout.Returned);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
        vm.prank(rival);
        vm.expectRevert(wrongStep(Payout.Returned, Payout.Reserved));
        withdrawals.release(id);
        vm.prank(bank);
        vm.expectRevert(wrongStep(Payout.Returned, Payout.Reserved));
        withdrawals.instruct(id, "pain");
    }

    function test_nobodyReleasesAnInstructedOrder() public {
        request();
        instruct();
        closeThrough(START);
        vm.prank(rival);
        vm.expectRevert(wrongStep(Payout.Instructed, Payout.Reserved));
        withdrawals.release(id);
    }

    function test_refusesStepsOutOfOrder() public {
        request();
        BankEntry memory entry = freshEntry();
        vm.startPrank(bank);
        vm.expectRevert(wrongStep(Payout.Reserved, Payout.Instructed));
        withdrawals.settle(id, entry);
        withdrawals.instruct(id, "pain");
        vm.expectRevert(wrongStep(Payout.Instructed, Payout.Reserved));
        withdrawals.instruct(id, "pain");
        withdrawals.settle(id, entry);
        vm.expectRevert(wrongStep(Payout.Settled, Payout.Instructed));
        withdrawals.returned(id, "late");
    }

    function test_shortfallHoldsNewPayoutsButRecordsBookedOnes() public {
        request();
        instruct();
        attestShortfall(1);
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.settle(id, entry);
        expectAt(Payout.Settled);
        order.salt = "other";
        id = withdrawals.digest(order);
        signature = signed(lenderKey(0), id);
        request();
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyShortfall.selector, 1));
        withdrawals.instruct(id, "pain");
        back();
        vm.assertEq(token.balanceOf(lenderAt(0)), 600);
    }

    function test_aHighSignatureIsRefused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(lenderKey(0), id);
        uint256 curve = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        signature = abi.encodePacked(r, bytes32(curve - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        refused(abi.encodeWithSelector(IWithdrawals.WithdrawalSignatureInvalid.selector, lenderAt(0)));
    }

    // ------------------------------------------------------------------------------------------------------ bounced payouts

    function test_moneyOfABookedPayoutThatComesBackIsTheHoldersAgain() public {
        settled();
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.bounced(id, entry);
        expectAt(Payout.Returned);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
        vm.assertEq(token.totalSupply(), 1000);
        vm.assertTrue(token.entryUsed(entry.statementNo, entry.entryNo));
        BankEntry memory another = freshEntry();
        vm.prank(bank);
        vm.expectRevert(wrongStep(Payout.Returned, Payout.Settled));
        withdrawals.bounced(id, another);
    }

    function test_onlyABookedPayoutBouncesAndByAnEntryOfItsOwn() public {
        request();
        instruct();
        BankEntry memory debit = freshEntry();
        BankEntry memory credit_ = freshEntry();
        vm.startPrank(bank);
        vm.expectRevert(wrongStep(Payout.Instructed, Payout.Settled));
        withdrawals.bounced(id, credit_);
        withdrawals.settle(id, debit);
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, debit.statementNo, debit.entryNo)
        );
        withdrawals.bounced(id, debit);
        vm.stopPrank();
        // What the bank has booked has happened, shortfall or not.
        attestShortfall(1);
        vm.prank(bank);
        withdrawals.bounced(id, credit_);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
    }

    // ---------------------------------------------------------------------------------------------- frozen and replaced

    function test_aFrozenSubjectNeitherAsksNorIsPaid() public {
        bytes32 subject = subjectOf(lenderAt(0));
        bytes memory error = abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject);
        freeze(subject);
        refused(error);
        unfreeze(subject);
        request();
        freeze(subject);
        vm.prank(bank);
        vm.expectRevert(error);
        withdrawals.instruct(id, "pain");
        // What it reserved comes back to it, and stays held.
        closeThrough(START);
        vm.prank(rival);
        withdrawals.release(id);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
        unfreeze(subject);
        order.salt = "after the freeze";
        order.validThrough = START + 30;
        id = withdrawals.digest(order);
        signature = signed(lenderKey(0), id);
        request();
        instruct();
    }

    function test_aPayoutInstructedBeforeTheFreezeIsBookedAsItHappened() public {
        request();
        instruct();
        freeze(subjectOf(lenderAt(0)));
        BankEntry memory debit = freshEntry();
        BankEntry memory back_ = freshEntry();
        vm.startPrank(bank);
        withdrawals.settle(id, debit);
        withdrawals.bounced(id, back_);
        vm.assertEq(token.balanceOf(lenderAt(0)), 1000);
    }

    function test_aReplacedKeyWithdrawsNothing() public {
        order.validThrough = START + 30;
        id = withdrawals.digest(order);
        signature = signed(lenderKey(0), id);
        replaceAccount(subjectOf(lenderAt(0)), stranger);
        refused(abi.encodeWithSelector(IParties.PartiesReplaced.selector, lenderAt(0), stranger));
    }

    function test_whatComesBackGoesToTheKeyThatStandsForTheSubjectNow() public {
        request();
        instruct();
        replaceAccount(subjectOf(lenderAt(0)), stranger);
        vm.assertEq(token.balanceOf(stranger), 600);
        back();
        vm.assertEq(token.balanceOf(stranger), 1000);
    }

    // -------------------------------------------------------------------------------------------------------------- limits

    function test_instructingAboveTheKeysLimitNeedsASecondKey() public {
        request();
        address key = registerKey(bank, 0xC3, bits(Scope.Book), 399);
        bytes memory call = abi.encodeCall(IWithdrawals.instruct, (id, "pain"));
        bytes32 action = approvals.actionOf(address(withdrawals), call);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        withdrawals.instruct(id, "pain");
        approveCall(bankSecond, address(withdrawals), call);
        send(key, address(withdrawals), call);
        expectAt(Payout.Instructed);
    }

    function test_instructingUpToTheKeysLimitNeedsNone() public {
        request();
        address key = registerKey(bank, 0xC3, bits(Scope.Book), 400);
        vm.prank(key);
        withdrawals.instruct(id, "pain");
        expectAt(Payout.Instructed);
    }

    /// @notice Attack: a leaked booking key mints by claiming that large payouts came back.
    function test_aBounceAboveTheKeysLimitNeedsASecondKey() public {
        settled();
        address key = registerKey(bank, 0xC3, bits(Scope.Book), 399);
        bytes memory call = abi.encodeCall(IWithdrawals.bounced, (id, BankEntry(8, 1, "came back")));
        bytes32 action = approvals.actionOf(address(withdrawals), call);
        vm.prank(key);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        withdrawals.bounced(id, BankEntry(8, 1, "came back"));
        approveCall(bankSecond, address(withdrawals), call);
        send(key, address(withdrawals), call);
        expectAt(Payout.Returned);
    }

    /// @notice Attack: keys of the bank that relay or attest pay out.
    function test_aBankKeyBeyondItsScopeInstructsNothing() public {
        request();
        address key = registerKey(bank, 0xC3, bits(Scope.Attest) | bits(Scope.Relay), 0);
        bytes memory error = abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, key, uint8(Scope.Book));
        BankEntry memory entry = freshEntry();
        vm.startPrank(key);
        vm.expectRevert(error);
        withdrawals.instruct(id, "pain");
        vm.expectRevert(error);
        withdrawals.settle(id, entry);
        vm.expectRevert(error);
        withdrawals.returned(id, "r");
        vm.expectRevert(error);
        withdrawals.bounced(id, entry);
    }

    function settled() private {
        request();
        instruct();
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        withdrawals.settle(id, entry);
    }

    function request() private {
        vm.prank(rival);
        withdrawals.request(order, signature);
    }

    function instruct() private {
        vm.prank(bank);
        withdrawals.instruct(id, "pain");
    }

    function back() private {
        vm.prank(bank);
        withdrawals.returned(id, "reason");
    }

    function refusedSigned(bytes memory error) private {
        uint256 key = order.holder == lenderAt(0) ? lenderKey(0) : lenderKey(1);
        signature = signed(key, withdrawals.digest(order));
        refused(error);
    }

    function refused(bytes memory error) private {
        vm.prank(rival);
        vm.expectRevert(error);
        withdrawals.request(order, signature);
    }

    function expectAt(Payout expected) private view {
        (Payout payout, address holder, uint128 amount) = withdrawals.withdrawal(id);
        vm.assertEq(uint256(payout), uint256(expected));
        vm.assertEq(holder, lenderAt(0));
        vm.assertEq(amount, 400);
    }

    function wrongStep(Payout actual, Payout expected) private view returns (bytes memory) {
        return abi.encodeWithSelector(IWithdrawals.WithdrawalPayout.selector, id, actual, expected);
    }
}
