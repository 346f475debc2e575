// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, Posted, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

contract OverpaymentTest is PaymentsTest {
    uint32 private constant FIRST = 20_485;

    function test_whatIsLeftIsHeldForTheBorrower() public {
        begin(baseTerms());
        Posted memory p = pays(507_317 + 83);
        vm.assertEq(p.overpaid, 83);
        assertState(loan, State.Repaid);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.overpaid, 83);
        vm.assertEq(l.cash, 507_400);
        vm.assertEq(l.interest, 7317); // the lenders earn none of it
    }

    /// @notice While later tranches may be drawn, money beyond the running row is held.
    function test_beyondTheRunningRowMoneyIsHeldWhileTranchesMayBeDrawn() public {
        Terms memory t = baseTerms();
        inTranches(t, 400_000, START + 60);
        begin(t);
        uint128 first = uint128(rows()[0].principal) + rows()[0].interest;
        Posted memory p = pays(first + 1000);
        vm.assertEq(p.overpaid, 1000);
        vm.assertEq(loanOf(loan).nextRow, 1);
        // The running row is paid, so more is held too.
        p = pays(500);
        vm.assertEq(p.principal + p.interest, 0);
        vm.assertEq(p.overpaid, 1500);
        // In the next period it is used first.
        closeThrough(FIRST);
        p = pays(1, FIRST + 1);
        vm.assertEq(p.overpaid, 0);
        vm.assertEq(uint256(p.principal) + p.interest, 1501);
    }

    function test_theLastRowIsNeverPaidEarlyWhileTranchesMayBeDrawn() public {
        Terms memory t = baseTerms();
        t.schedule.instalments = 1;
        inTranches(t, 400_000, START + 20);
        begin(t);
        Posted memory p = pays(1000);
        vm.assertEq(p.overpaid, 1000);
        vm.assertEq(loanOf(loan).aheadInterest, 0);
    }

    function test_overpaymentIsUsedBeforeNewMoney() public {
        Terms memory t = lateTerms(1, 0.07e9, true);
        inTranches(t, 400_000, START + 60);
        begin(t);
        uint128 first = uint128(rows()[0].principal) + rows()[0].interest;
        pays(first - 1000, START);
        pays(1500, START);
        vm.assertEq(loanOf(loan).overpaid, 500);
        closeThrough(FIRST + 20);
        // 28 days into March; what was held pays with the new money.
        Posted memory p = pays(2, FIRST + 20);
        vm.assertEq(uint256(p.interest) + p.principal, 502);
        vm.assertEq(p.overpaid, 0);
        vm.assertEq(p.accrued, 0);
    }

    function test_amountsBeyondTheFieldsAreRefused() public {
        begin(baseTerms());
        uint128 most = type(uint64).max;
        refused(
            receipt(most + totalOf(rows()) + 1, today()),
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 64, uint256(most) + 1)
        );
    }
}
