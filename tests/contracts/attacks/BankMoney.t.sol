// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {Scope} from "../../../contracts/consortium/IConsortium.sol";
import {ILoanEscrow, Mandate, Posted, Rebooking, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {PaymentsTest} from "../escrow/PaymentsTest.sol";
import {vm} from "../support/Vm.sol";

/// @notice What a leaked booking key mints at once, what a busy seat holds up, and who gets money the bank still claims.
contract BankMoneyTest is PaymentsTest {
    function test_manySmallReceiptsDontPassAKeysLimit() public {
        begin(baseTerms());
        address teller = registerKey(bank, 0xBB1, bits(Scope.Book), 100);
        Receipt[] memory receipts = new Receipt[](3);
        for (uint256 i = 0; i < 3; ++i) {
            receipts[i] = receipt(40, today());
        }
        bytes memory data = abi.encodeCall(ILoanEscrow.collect, (receipts));
        bytes32 action = keccak256(abi.encode(address(escrow), data));
        vm.prank(teller);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        escrow.collect(receipts);
        vm.assertEq(loanOf(loan).cash, 0);

        approveCall(bankSecond, address(escrow), data);
        vm.prank(teller);
        escrow.collect(receipts);
        vm.assertEq(loanOf(loan).cash, 120);
    }

    /// @notice Others' entries make the bank give the newer entries too and approve again; they change nothing of what is undone.
    function test_entriesOfOthersDelayAReversalButDontStopIt() public {
        begin(baseTerms());
        uint32 seq = lengthOf(loan) + 1;
        pays(84_553);
        claim(loan, lenderAt(0));
        Rebooking memory r = reversal(seq);
        approveCall(bankSecond, address(escrow), abi.encodeCall(ILoanEscrow.rebook, (r)));
        revokeSomeMandate();
        vm.prank(bank);
        vm.expectPartialRevert(ILoanEscrow.RebookingHistory.selector);
        escrow.rebook(r);

        r.tail = reversal(seq).tail;
        rebook(r);
        vm.assertEq(loanOf(loan).outstanding, 500_000);
        vm.assertEq(loanOf(loan).bankClaim, 42_276);
        vm.assertEq(loanOf(loan).cash, 0);
    }

    /// @notice Lenders claimed penalty interest that a payment found later would have spared the borrower, and then the payment
    /// that brought it is called back. What was never drawn pays the lenders the rest of their principal; what they had too much
    /// belongs to the bank and not to the platform's reserve.
    function test_theBanksClaimIsMetBeforeTheReserveGetsAnything() public {
        Terms memory t = lateTerms(1, 1e9, true);
        inTranches(t, 300_000, START + 300);
        t.schedule.method = uint8(Method.EqualPrincipal);
        t.schedule.instalments = 2;
        begin(t);
        Row[] memory table = rows();
        uint32 late = table[1].dueDay + 30;
        closeThrough(late - 1);
        uint32 seq = lengthOf(loan) + 1;
        Posted memory p = pays(totalOf(table) + 36_667, late);
        vm.assertEq(p.penalty, 36_667); // 150,000 for 59 days and 150,000 for 30 days, at 100 % a year
        claim(loan, lenderAt(0));
        claim(loan, lenderAt(1));
        // Found on the second due day: 150,000 were 28 days late.
        rebook(insertion(seq, receipt(totalOf(table) + 11_667, table[1].dueDay)));
        rebook(reversal(lengthOf(loan)));
        vm.assertEq(loanOf(loan).bankClaim, 25_000);
        vm.assertEq(loanOf(loan).cash, 200_000);

        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.closeDrawing(t, length);
        assertState(loan, State.Repaid);
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        claim(loan, lenderAt(0));
        claim(loan, lenderAt(1));
        vm.assertEq(loanOf(loan).cash, 25_000);
        sweep(loan);
        vm.assertEq(escrow.reserve(1), 0);
        vm.assertEq(loanOf(loan).bankClaim, 0);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(token.bankClaims(), 0);
        vm.assertEq(token.balanceOf(address(escrow)), 0);
    }

    function revokeSomeMandate() private {
        Mandate memory m = Mandate(loan, lenderAt(1), 1, bytes32(nextSalt++), today());
        bytes memory signature = signed(lenderKey(1), escrow.revocationDigest(escrow.mandateDigest(m)));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.revokeMandate(m, length, signature);
    }
}
