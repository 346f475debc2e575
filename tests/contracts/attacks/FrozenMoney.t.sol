// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILoanEscrow, Mandate, Payment, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Terms} from "../../../contracts/agreements/Terms.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {PaymentsTest} from "../escrow/PaymentsTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice A frozen subject signs whatever might take its money out of reach. Lender 5 is frozen where nothing else is said.
contract FrozenMoneyTest is PaymentsTest {
    address private payer;

    function setUp() public override {
        super.setUp();
        begin(baseTerms());
        payer = fundedLender(5, 100_000);
    }

    function test_itPaysNoLoanOfAnother() public {
        freeze(subjectOf(payer));
        (Payment memory o, bytes memory signature) = order(5, 1000);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subjectOf(payer)));
        escrow.pay(o, length, signature);

        // The order is not used: it holds again once the freeze has ended.
        unfreeze(subjectOf(payer));
        vm.prank(rival);
        escrow.pay(o, length, signature);
        vm.assertEq(token.balanceOf(payer), 99_000);
    }

    function test_itPaysNoLoanOfAnotherByAMandate() public {
        closeThrough(rows()[0].dueDay);
        Mandate memory m = Mandate(loan, payer, 50_000, bytes32(nextSalt++), today() + 10);
        bytes memory signature = signed(lenderKey(5), escrow.mandateDigest(m));
        freeze(subjectOf(payer));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subjectOf(payer)));
        escrow.payByMandate(m, length, signature);
    }

    function test_itSubscribesToNothing() public {
        bytes32 other = propose(baseTerms());
        freeze(subjectOf(payer));
        (Subscription[] memory list, bytes[] memory signatures) = single(subscription(other, 5, 1000));
        uint32 length = lengthOf(other);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subjectOf(payer)));
        escrow.subscribe(other, length, list, signatures);
    }

    /// @notice A freeze is no reason to fall into arrears; too much comes back to the frozen subject only.
    function test_aFrozenBorrowerPaysItsOwnLoan() public {
        credit(borrower, 84_553);
        freeze(subjectOf(borrower));
        Payment memory o = Payment(loan, borrower, 84_553, bytes32(nextSalt++), today() + 10);
        bytes memory signature = signed(BORROWER_KEY, escrow.paymentDigest(o));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.pay(o, length, signature);
        vm.assertEq(loanOf(loan).nextRow, 1);
    }

    /// @notice Or a friend's loan would turn its frozen tokens into money at its bank.
    function test_aFrozenBorrowerIsPaidNoLoan() public {
        (bytes32 other, Terms memory t) = fundedLoan(1);
        Row[] memory table = ScheduleModel.rows(t, today());
        uint32 length = lengthOf(other);
        vm.prank(platform);
        escrow.disburse(t, length, table);
        freeze(subjectOf(borrower));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IParties.PartiesFrozen.selector, subjectOf(borrower)));
        escrow.instruct(other, length + 1, "pain.001");

        // Lenders wait no longer than for a silent bank.
        closeThrough(t.fundingDeadline + escrow.DISBURSE_WITHIN_DAYS());
        vm.prank(rival);
        escrow.expire(other, length + 1);
        vm.prank(rival);
        escrow.refund(other, length + 2, one(lenderAt(0)));
        vm.assertEq(token.balanceOf(lenderAt(0)), 500_000);
    }

    function order(uint256 index, uint128 amount) private returns (Payment memory o, bytes memory signature) {
        o = Payment(loan, lenderAt(index), amount, bytes32(nextSalt++), today() + 10);
        signature = signed(lenderKey(index), escrow.paymentDigest(o));
    }
}
