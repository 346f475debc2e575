// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../../../contracts/agreements/Terms.sol";
import {Entry, ILoanEscrow} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice Fees by type and payee: 700 to A once, 30 to B with each instalment, 20 to A with each.
contract FeesTest is LifeTest {
    bytes32 private loan;
    Row[] private rows;
    address private a = lenderAt(6);
    address private b = lenderAt(7);

    function setUp() public override {
        super.setUp();
        register(a);
        register(b);
        Terms memory t = baseTerms();
        t.fees = new Fee[](3);
        t.fees[0] = fee(FeeKind.FirstInstalment, a, 700);
        t.fees[1] = fee(FeeKind.EachInstalment, b, 30);
        t.fees[2] = fee(FeeKind.EachInstalment, a, 20);
        keep(t);
        Row[] memory table;
        (loan, table) = activeLoanOf(t, 2);
        for (uint256 i = 0; i < table.length; ++i) {
            rows.push(table[i]);
        }
    }

    function test_rowsCarryTheTermsFees() public view {
        vm.assertEq(rows[0].fee, 750);
        vm.assertEq(rows[5].fee, 50);
    }

    function test_payeesGetTheirFeesAndLendersNothingOfThem() public {
        collect(loan, dueOf(rows[0]));
        vm.assertEq(loanOf(loan).fees, 750);
        claimFees(agreed(), loan, a);
        claimFees(agreed(), loan, b);
        vm.assertEq(token.balanceOf(a), 720);
        vm.assertEq(token.balanceOf(b), 30);
        vm.assertEq(loanOf(loan).cash, rows[0].principal + rows[0].interest);
        vm.assertEq(uint256(lastEntry(loan).kind), uint256(Entry.FeesClaimed));
        vm.assertEq(lastEntry(loan).payload, abi.encode(b, subjectOf(b), uint128(30)));
    }

    /// @notice Part of a row's fees meets them in the order of the terms.
    function test_partOfTheFeesGoesInTheOrderOfTheTerms() public {
        collect(loan, 715);
        claimFees(agreed(), loan, a);
        claimFees(agreed(), loan, b);
        vm.assertEq(token.balanceOf(a), 700);
        vm.assertEq(token.balanceOf(b), 15);
        collect(loan, 20);
        claimFees(agreed(), loan, a);
        claimFees(agreed(), loan, b);
        vm.assertEq(token.balanceOf(a), 705);
        vm.assertEq(token.balanceOf(b), 30);
    }

    function testFuzz_whateverIsCollectedIsSharedWithoutRest(uint128 paid) public {
        paid = uint128(1 + paid % totalOf(rows));
        collect(loan, paid);
        uint128 fees = loanOf(loan).fees;
        uint256 expectedA;
        uint256 expectedB;
        uint256 left = fees;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 once = i == 0 ? min(left, 700) : 0;
            left -= once;
            uint256 each = min(left, 30);
            left -= each;
            uint256 last = min(left, 20);
            left -= last;
            expectedA += once + last;
            expectedB += each;
        }
        if (expectedA != 0) claimFees(agreed(), loan, a);
        if (expectedB != 0) claimFees(agreed(), loan, b);
        vm.assertEq(token.balanceOf(a), expectedA);
        vm.assertEq(token.balanceOf(b), expectedB);
        vm.assertEq(expectedA + expectedB, fees);
    }

    function test_aPayeeIsPaidOnceAndAStrangerNever() public {
        collect(loan, dueOf(rows[0]));
        claimFees(agreed(), loan, a);
        refused(a, abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(a)));
        refused(lenderAt(0), abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(lenderAt(0))));
        refused(stranger, abi.encodeWithSelector(IParties.PartiesUnknown.selector, stranger));
    }

    function test_aFrozenPayeesFeesWait() public {
        collect(loan, dueOf(rows[0]));
        freeze(subjectOf(a));
        refused(a, abi.encodeWithSelector(IParties.PartiesFrozen.selector, subjectOf(a)));
        unfreeze(subjectOf(a));
        claimFees(agreed(), loan, a);
    }

    function test_aPayeeWhoseKeyWasReplacedIsPaidAtItsNewAccount() public {
        collect(loan, dueOf(rows[0]));
        replaceAccount(subjectOf(a), lenderAt(8));
        claimFees(agreed(), loan, lenderAt(8));
        vm.assertEq(token.balanceOf(lenderAt(8)), 720);
    }

    /// @notice Fees paid out of a payment that is reversed are met by the next ones.
    function test_feesOfAReversedPaymentAreNotPaidTwice() public {
        collect(loan, dueOf(rows[0]));
        uint32 seq = lengthOf(loan);
        claimFees(agreed(), loan, a);
        reversePayment(loan, seq);
        vm.assertEq(loanOf(loan).fees, 0);
        vm.assertEq(loanOf(loan).bankClaim, 720);
        collect(loan, dueOf(rows[0]));
        refused(a, abi.encodeWithSelector(ILoanEscrow.NothingToClaim.selector, loan, subjectOf(a)));
        claimFees(agreed(), loan, b);
        vm.assertEq(token.balanceOf(b), 30);
    }

    function refused(address payee, bytes memory error) private {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.claimFees(agreed(), length, payee);
    }

    function min(uint256 x, uint256 y) private pure returns (uint256) {
        return x < y ? x : y;
    }
}
