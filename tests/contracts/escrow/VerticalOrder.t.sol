// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Posted} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice Kind by kind over all rows due. Rows of the base loan: interest 2,083 and 1,740, principal 82,470 and 82,813; fees here
/// 300 + 20 and 20.
contract VerticalOrderTest is PaymentsTest {
    uint32 private constant SECOND = 20_513;

    function start(uint8 order, uint8 kinds) private {
        Terms memory t = baseTerms();
        t.payments.order = order;
        t.payments.kinds = kinds;
        addFees(t, 300, 20);
        begin(t);
        closeThrough(SECOND + 30);
    }

    function test_eachKindOverAllRowsDueBeforeTheNext() public {
        start(1, 0);
        // Fees 320 + 20, interest 2,083 + 1,740, the rest principal.
        Posted memory p = pays(5000, SECOND);
        vm.assertEq(p.fee, 340);
        vm.assertEq(p.interest, 3823);
        vm.assertEq(p.principal, 837);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.nextRow, 0);
        vm.assertEq(l.aheadFee, 340);
        vm.assertEq(l.aheadInterest, 3823);
        vm.assertEq(l.aheadPrincipal, 837);
        // Row 0 is paid when its principal is: what was paid of row 1 is ahead of it then.
        pays(82_470 - 837, SECOND);
        l = loanOf(loan);
        vm.assertEq(l.nextRow, 1);
        vm.assertEq(l.aheadFee, 20);
        vm.assertEq(l.aheadInterest, 1740);
        vm.assertEq(l.aheadPrincipal, 0);
    }

    function test_horizontalPaysTheOldestRowWhole() public {
        start(0, 0);
        Posted memory p = pays(84_873 + 100, SECOND);
        vm.assertEq(p.fee, 340);
        vm.assertEq(p.interest, 2083 + 80);
        vm.assertEq(p.principal, 82_470);
        vm.assertEq(loanOf(loan).nextRow, 1);
    }

    function test_principalFirst() public {
        start(1, 5); // principal, interest, fee
        Posted memory p = pays(165_283 + 3000, SECOND);
        vm.assertEq(p.principal, 165_283);
        vm.assertEq(p.interest, 3000);
        vm.assertEq(p.fee, 0);
        vm.assertEq(loanOf(loan).nextRow, 0);
        vm.assertEq(loanOf(loan).aheadPrincipal, 165_283);
    }

    function test_earlyMoneyGoesRowByRow() public {
        start(1, 0);
        // Nothing is due yet: row 0 whole, then the fee of row 1.
        Posted memory p = pays(84_873 + 15, START);
        vm.assertEq(p.fee, 335);
        vm.assertEq(p.interest, 2083);
        vm.assertEq(p.principal, 82_470);
        vm.assertEq(loanOf(loan).nextRow, 1);
        vm.assertEq(loanOf(loan).aheadFee, 15);
    }
}
