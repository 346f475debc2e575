// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

contract ClaimsAndClosingTest is LifeTest {
    function test_claimPaysTheShareRoundedDown() public {
        (bytes32 loan,,) = activeLoan(3); // 166,666 + 166,666 + 166,668 units
        collect(loan, 100);
        vm.assertEq(escrow.claimable(loan, subjectOf(lenderAt(0))), 33);
        vm.assertEq(escrow.claimable(loan, subjectOf(lenderAt(2))), 33);
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), 33);
        collect(loan, 100); // floor(166666 * 200 / 500000) = 66
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), 66);
    }

    /// @notice However often a lender claims in between, it ends with the same.
    function testFuzz_claimingOftenOrOnceGivesTheSame(uint256 seed) public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(3);
        uint128 left = totalOf(rows);
        while (left != 0) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint128 amount = uint128(1 + seed % left);
            collect(loan, amount);
            left -= amount;
            if (escrow.claimable(loan, subjectOf(lenderAt(0))) != 0) claim(loan, lenderAt(0));
        }
        claim(loan, lenderAt(1)); // same units, one claim
        vm.assertEq(token.balanceOf(lenderAt(0)), token.balanceOf(lenderAt(1)));
        vm.assertEq(token.balanceOf(lenderAt(0)), uint256(166_666) * totalOf(rows) / 500_000);
    }

    function test_refusesASecondClaimAndClaimsOfStrangers() public {
        (bytes32 loan,,) = activeLoan(2);
        collect(loan, 100);
        claim(loan, lenderAt(0));
        register(lenderAt(5));
        for (uint256 i = 0; i < 6; i += 5) {
            uint32 length = lengthOf(loan);
            vm.prank(rival);
            vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(lenderAt(i))));
            escrow.claim(loan, length, one(lenderAt(i)));
        }
    }

    function test_claimsGoOnAfterRepaymentAndAfterClosing() public {
        (bytes32 loan,, Row[] memory rows) = repaidLoan(2);
        claim(loan, lenderAt(0));
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        claim(loan, lenderAt(1));
        vm.assertEq(token.balanceOf(lenderAt(0)) + token.balanceOf(lenderAt(1)) + loanOf(loan).cash, totalOf(rows));
    }

    /// @notice The window starts on the business date that posted the last payment, not on its earlier value date.
    function test_latePostingLeavesTheBankTheWholeReversalWindow() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(1);
        closeThrough(START + 9);
        Receipt[] memory receipts = new Receipt[](1);
        receipts[0] = receiptFor(loan, lengthOf(loan), totalOf(rows));
        receipts[0].valueDate = START + 1;
        vm.prank(bank);
        escrow.collect(receipts);
        closeThrough(START + 10 + REVERSAL_DAYS - 1);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanEscrow.ReversalWindowOpen.selector, START + 10 + REVERSAL_DAYS, START + 10 + REVERSAL_DAYS
            )
        );
        escrow.close(loan, length);
        closeThrough(START + 10 + REVERSAL_DAYS);
        close(loan);
    }

    function test_closesOnlyWhenTheReversalWindowHasPassed() public {
        (bytes32 loan,,) = repaidLoan(1);
        closeThrough(START + REVERSAL_DAYS - 1);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanEscrow.ReversalWindowOpen.selector, START + REVERSAL_DAYS, START + REVERSAL_DAYS
            )
        );
        escrow.close(loan, length);
        closeThrough(START + REVERSAL_DAYS);
        close(loan);
        assertState(loan, State.Closed);
    }

    function test_closesNothingThatIsNotRepaid() public {
        (bytes32 loan,,) = activeLoan(1);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Active, State.Repaid));
        escrow.close(loan, length);
    }

    function test_dustGoesToThePlatformsReserveOnceAllAreClaimed() public {
        (bytes32 loan,, Row[] memory rows) = closedLoan(3);
        claim(loan, lenderAt(0));
        claim(loan, lenderAt(1));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.ClaimsOpen.selector, loan, 166_668));
        escrow.sweepDust(loan, length);
        claim(loan, lenderAt(2));
        uint128 dust = loanOf(loan).cash;
        vm.assertEq(dust, 2); // three shares of 507,317 rounded down
        vm.assertEq(totalOf(rows), 507_317);
        vm.prank(rival);
        escrow.sweepDust(loan, length + 1);
        vm.assertEq(escrow.reserve(1), dust);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(token.balanceOf(address(escrow)), dust);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, bytes32(0)));
        escrow.sweepDust(loan, length + 2);
    }

    /// @notice What is claimed before closing may still be undone: only a claim after it is final.
    function test_everyLenderClaimsOnceMoreAfterClosingIfOnlyOverNothing() public {
        (bytes32 loan,,) = repaidLoan(3);
        for (uint256 i = 0; i < 3; ++i) {
            claim(loan, lenderAt(i));
            vm.assertTrue(positionOf(loan, i).units != 0);
        }
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.ClaimsOpen.selector, loan, 500_000));
        escrow.sweepDust(loan, length);
        vm.prank(rival);
        escrow.claim(loan, length, many(3));
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(positionOf(loan, i).units, 0);
        }
        sweep(loan);
        vm.assertEq(loanOf(loan).cash, 0);
    }

    function test_aFinalClaimIsMadeOnce() public {
        (bytes32 loan,,) = closedLoan(2);
        claim(loan, lenderAt(0));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(lenderAt(0))));
        escrow.claim(loan, length, one(lenderAt(0)));
    }

    function test_aFrozenLendersClaimWaitsAndGrows() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(2);
        collect(loan, dueOf(rows[0]));
        bytes32 subject = subjectOf(lenderAt(0));
        freeze(subject);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subject));
        escrow.claim(loan, length, one(lenderAt(0)));
        claim(loan, lenderAt(1));
        collect(loan, dueOf(rows[1]));
        unfreeze(subject);
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), (dueOf(rows[0]) + dueOf(rows[1])) / 2);
    }

    /// @notice The position is the subject's: the key that stands for it now is paid, whichever address the claim names.
    function test_aLenderWhoseKeyWasReplacedIsPaidAtItsNewAccount() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(1);
        collect(loan, dueOf(rows[0]));
        replaceAccount(subjectOf(lenderAt(0)), lenderAt(8));
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(8)), dueOf(rows[0]));
        vm.assertEq(token.balanceOf(lenderAt(0)), 0);
    }

    function test_overpaymentWaitsForClosingAndThenGoesToTheBorrower() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(1);
        collect(loan, totalOf(rows) + 77);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanState.selector, loan, State.Repaid, State.Closed));
        escrow.releaseOverpayment(loan, length);
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        claim(loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), totalOf(rows));
        length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.ClaimsOpen.selector, loan, 0));
        escrow.sweepDust(loan, length);
        vm.prank(rival);
        escrow.releaseOverpayment(loan, length);
        vm.assertEq(token.balanceOf(borrower), 77);
        vm.assertEq(loanOf(loan).overpaid, 0);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(borrower)));
        escrow.releaseOverpayment(loan, length + 1);
    }

    /// @notice A claim paid out before its payment was reversed is settled from what comes later; nobody's wallet is touched.
    function test_reversalAfterAClaimMakesTheNumeratorNegativeUntilLaterPaymentsFillIt() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(2);
        uint128 first = dueOf(rows[0]);
        collect(loan, first);
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        uint128 got = first / 2;
        vm.assertEq(token.balanceOf(lenderAt(0)), got);
        reversePayment(loan, seq);
        vm.assertEq(token.balanceOf(lenderAt(0)), got);
        vm.assertTrue(positionOf(loan, 0).numerator < 0);
        vm.assertEq(loanOf(loan).bankClaim, got);
        vm.assertEq(claimableOf(loan, 0), 0);
        vm.assertEq(claimableOf(loan, 1), 0);
        // The same money comes again: the bank's claim is met first, and the other lender gets its half.
        collect(loan, first);
        vm.assertEq(loanOf(loan).bankClaim, 0);
        vm.assertEq(claimableOf(loan, 0), 0);
        claim(loan, lenderAt(1));
        vm.assertEq(token.balanceOf(lenderAt(1)), first / 2);
        vm.assertLe(loanOf(loan).cash, 1);
    }

    /// @notice Half the money comes again: all of it meets the bank's claim, so what the other lender earned waits for cash.
    function test_claimsArePaidAsFarAsTheCashGoes() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(2);
        uint128 first = dueOf(rows[0]);
        collect(loan, first);
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        reversePayment(loan, seq);
        collect(loan, first / 2 + 10);
        vm.assertEq(loanOf(loan).bankClaim, 0);
        vm.assertEq(loanOf(loan).cash, 10 + first / 2 - token.balanceOf(lenderAt(0)));
        vm.assertEq(claimableOf(loan, 1), loanOf(loan).cash);
        claim(loan, lenderAt(1));
        collect(loan, first);
        claim(loan, lenderAt(1));
        vm.assertEq(token.balanceOf(lenderAt(1)), (first / 2 + 10 + first) / 2);
    }

    /// @notice A lender paid up before a last cent that gives it nothing more still counts as paid, by an entry over 0.
    function test_lenderWhoseLastShareIsNothingDoesNotHoldUpTheDust() public {
        (bytes32 loan, Terms memory terms, Row[] memory rows) = activeLoan(3);
        collect(loan, totalOf(rows) - 1);
        for (uint256 i = 0; i < 3; ++i) {
            claim(loan, lenderAt(i));
        }
        collect(loan, 1);
        vm.assertEq(escrow.claimable(loan, subjectOf(lenderAt(0))), 0);
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.claim(loan, length, many(3));
        uint128 received;
        for (uint256 i = 0; i < 3; ++i) {
            received += uint128(token.balanceOf(lenderAt(i)));
        }
        uint128 dust = loanOf(loan).cash;
        vm.prank(rival);
        escrow.sweepDust(loan, length + 3);
        vm.assertEq(received + dust, totalOf(rows));
        vm.assertEq(terms.principal, 500_000);
    }
}
