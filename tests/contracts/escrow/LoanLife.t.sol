// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice One loan from proposal to closing, with three lenders whose shares don't divide evenly.
contract LoanLifeTest is LedgerTest {
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
            vm.assertEq(loanOf(loan).distributed, paid);
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
            uint128 units = escrow.positionOf(loan, subjectOf(lenderAt(i))).units;
            uint256 expected = uint256(units) * paid / terms.principal;
            vm.assertEq(token.balanceOf(lenderAt(i)), expected);
            received += uint128(expected);
        }
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.cash, paid - received);
        vm.assertEq(token.balanceOf(address(escrow)), l.cash);
    }

    function observerFreeSeat() private view returns (address) {
        return guarantor;
    }
}
