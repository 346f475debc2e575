// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {ILoanEscrow, PositionTransfer, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice Joint lenders with different shares of the interest: weights 3 and 1.
contract ClassesTest is LifeTest {
    bytes32 private loan;

    function setUp() public override {
        super.setUp();
        Terms memory t = baseTerms();
        twoClasses(t);
        keep(t);
        loan = propose(t);
        for (uint256 i = 0; i < 3; ++i) {
            fundedLender(i, 500_000);
        }
    }

    function test_principalIsSharedByUnitsAndInterestByUnitsTimesWeight() public {
        Row[] memory rows = active();
        collect(loan, dueOf(rows[0]));
        (uint256 principal, uint256 interest) = (rows[0].principal, rows[0].interest);
        // Units 200,000 of weight 3 and 300,000 of weight 1: interest 600 to 300.
        uint256 all = 500_000 * 900_000;
        uint256 senior = uint256(200_000) * (principal * 900_000 + interest * 3 * 500_000) / all;
        uint256 junior = uint256(300_000) * (principal * 900_000 + interest * 1 * 500_000) / all;
        vm.assertEq(claimableOf(loan, 0), senior);
        vm.assertEq(claimableOf(loan, 1), junior);
        vm.assertEq(escrow.denominatorOf(loan), all);
        vm.assertLe(senior + junior, principal + interest);
        vm.assertLe(principal + interest - senior - junior, 1);
    }

    function test_refusesAClassThatTheTermsDontHave() public {
        Subscription memory s = subscription(loan, 0, 100);
        s.class = 2;
        refused(s, abi.encodeWithSelector(ILoanEscrow.SubscriptionClass.selector, 2, 1));
        s.class = 255;
        refused(s, abi.encodeWithSelector(ILoanEscrow.SubscriptionClass.selector, 255, 1));
        (bytes32 plain,) = proposedLoan();
        s = subscription(plain, 0, 100);
        s.class = 1;
        refused(s, abi.encodeWithSelector(ILoanEscrow.SubscriptionClass.selector, 1, 0));
    }

    function test_aSubjectHoldsOneClassInALoan() public {
        subscribeAs(loan, 0, 100, 0);
        Subscription memory s = subscription(loan, 0, 100);
        s.class = 1;
        refused(s, abi.encodeWithSelector(ILoanEscrow.SubscriptionClass.selector, 1, 0));
        subscribeAs(loan, 0, 50, 0);
        vm.assertEq(positionOf(loan, 0).units, 150);
    }

    function test_unitsKeepTheirClassWhenSoldAndDontMixWithAnother() public {
        active();
        transfer(loan, 0, 2, 50_000, 0);
        vm.assertEq(positionOf(loan, 2).class, 0);
        PositionTransfer memory t = sale(loan, 1, 2, 10, 0);
        bytes32 digest = escrow.transferDigest(t);
        bytes memory from = signed(lenderKey(1), digest);
        bytes memory to = signed(lenderKey(2), digest);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.SubscriptionClass.selector, 1, 0));
        escrow.transferPosition(t, length, from, to);
        // With nothing left of the one class it may hold the other.
        transfer(loan, 2, 0, 50_000, 0);
        transfer(loan, 1, 2, 10, 0);
        vm.assertEq(positionOf(loan, 2).class, 1);
    }

    function test_thePositionSaysItsClass() public {
        subscribeAs(loan, 1, 100, 1);
        vm.assertEq(positionOf(loan, 1).class, 1);
    }

    function active() private returns (Row[] memory rows) {
        subscribeAs(loan, 0, 200_000, 0);
        subscribeAs(loan, 1, 300_000, 1);
        disburseAndInstruct(loan, agreed());
        return settle(loan, agreed());
    }

    function refused(Subscription memory s, bytes memory error) private {
        (Subscription[] memory list, bytes[] memory signatures) = single(s);
        uint32 length = lengthOf(s.loan);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.subscribe(s.loan, length, list, signatures);
    }
}
