// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Payout} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IWithdrawals, Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {Withdrawals} from "../../../contracts/escrow/Withdrawals.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

contract WithdrawalsTest is LedgerTest {
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
        Withdrawals other = new Withdrawals(consortium, parties, token, calendar);
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
