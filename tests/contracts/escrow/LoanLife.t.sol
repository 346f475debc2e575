// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice One loan from proposal to closing, with three lenders whose shares don't divide evenly.
contract LoanLifeTest is LifeTest {
    function test_everyCentIsAccountedForWhenThreeLendersArePaidInSixInstalments() public {
        (bytes32 loan, Terms memory terms, Row[] memory rows) = activeLoan(3);
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(loanOf(loan).outstanding, terms.principal);

        uint128 paid;
        for (uint256 i = 0; i < rows.length; ++i) {
            closeThrough(rows[i].dueDay - 1);
            uint128 instalment = uint128(rows[i].principal) + rows[i].interest;
            collect(loan, instalment);
            paid += instalment;
            claim(loan, lenderAt(i % 3));
            ILoanEscrow.Loan memory now_ = loanOf(loan);
            vm.assertEq(now_.principal - now_.outstanding + now_.interest, paid);
            vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).outstanding, now_.outstanding);
        }
        assertState(loan, State.Repaid);
        vm.assertEq(loanOf(loan).outstanding, 0);
        for (uint256 i = 0; i < 3; ++i) {
            if (escrow.claimable(loan, subjectOf(lenderAt(i))) != 0) claim(loan, lenderAt(i));
        }

        closeThrough(today() + REVERSAL_DAYS);
        uint32 length = lengthOf(loan);
        vm.prank(observerFreeSeat());
        escrow.close(loan, length);
        assertState(loan, State.Closed);

        uint128 received;
        for (uint256 i = 0; i < 3; ++i) {
            uint128 units = i == 2 ? 166_668 : 166_666;
            uint256 expected = uint256(units) * paid / terms.principal;
            claim(loan, lenderAt(i)); // over nothing: final
            vm.assertEq(token.balanceOf(lenderAt(i)), expected);
            received += uint128(expected);
        }
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.cash, paid - received);
        vm.assertEq(token.balanceOf(address(escrow)), l.cash);
    }

    /// @notice The register of positions names every loan a lender ever held, also those it sold, each once.
    function test_registerOfPositionsNamesEveryLoanOnceInOrder() public {
        (bytes32 first,,) = activeLoan(2);
        (bytes32 second,) = fundedLoan(1);
        transfer(first, 0, 1, 250_000, 0);
        transfer(first, 1, 0, 100, 0);
        bytes32 subject = subjectOf(lenderAt(0));
        vm.assertEq(escrow.positionCount(subject), 2);
        vm.assertEq(escrow.positionAt(subject, 0), first);
        vm.assertEq(escrow.positionAt(subject, 1), second);
        vm.assertEq(escrow.positionCount(subjectOf(lenderAt(1))), 1);
        vm.assertEq(escrow.positionCount(subjectOf(lenderAt(7))), 0);
    }

    /// @notice A loan in two tranches with two classes, fees, a sale, a reversal and an overpayment: everything that came in went to
    /// somebody, to the cent.
    function test_everyCentIsAccountedForInAnAwkwardLife() public {
        Terms memory terms = baseTerms();
        register(lenderAt(9));
        twoClasses(terms);
        inTranches(terms, 300_000, START + 40);
        terms.fees = new Fee[](2);
        terms.fees[0] = fee(FeeKind.FirstInstalment, lenderAt(9), 1000);
        terms.fees[1] = fee(FeeKind.EachInstalment, lenderAt(9), 50);
        bytes32 loan = propose(terms);
        fundedLender(0, 200_000);
        fundedLender(1, 300_000);
        subscribeAs(loan, 0, 200_000, 0);
        subscribeAs(loan, 1, 300_000, 1);
        disburseAndInstruct(loan, terms);
        Row[] memory rows = settle(loan, terms);
        vm.assertEq(loanOf(loan).cash, 200_000);

        closeThrough(rows[0].dueDay - 1);
        collect(loan, dueOf(rows[0]));
        uint32 seq = lengthOf(loan);
        claim(loan, lenderAt(0));
        reversePayment(loan, seq);
        collect(loan, dueOf(rows[0]) + 500);
        draw(loan, terms, 200_000, 2);
        instruct(loan);
        settleTranche(loan, terms, 200_000, 2);
        register(lenderAt(2));
        transfer(loan, 1, 2, 123_457, 0);

        rows = schedules.rows(loanOf(loan).schedule);
        closeThrough(rows[5].dueDay);
        collect(loan, totalOf(rows) + 99 - dueOf(rows[0]));
        assertState(loan, State.Repaid);
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        for (uint256 i = 0; i < 3; ++i) {
            claim(loan, lenderAt(i));
        }
        claimFees(terms, loan, lenderAt(9));
        vm.assertEq(token.balanceOf(lenderAt(9)), 1300);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.releaseOverpayment(loan, length);
        vm.assertEq(token.balanceOf(borrower), 599);
        if (loanOf(loan).cash != 0) sweep(loan);
        vm.assertLe(escrow.reserve(1), 3);
        uint256 received = escrow.reserve(1) + 1300 + 599;
        for (uint256 i = 0; i < 3; ++i) {
            received += token.balanceOf(lenderAt(i));
        }
        vm.assertEq(received, totalOf(rows) + 599);
        vm.assertEq(received, token.totalSupply());
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 0);
    }

    function observerFreeSeat() private view returns (address) {
        return guarantor;
    }
}
