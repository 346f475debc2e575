// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Entry,
    ILoanEscrow,
    Payment,
    Posted,
    Rebooking,
    Receipt,
    Recording,
    State
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

contract RebookTest is PaymentsTest {
    uint128 private constant INSTALMENT = 84_553;

    function setUp() public override {
        super.setUp();
        begin(baseTerms());
    }

    // ----------------------------------------------------------------------------------------------------------- reversing

    function test_theLastPaymentIsUndoneAndBurned() public {
        ILoanEscrow.Loan memory before = loanOf(loan);
        uint32 seq = lengthOf(loan) + 1;
        pays(INSTALMENT);
        Rebooking memory r = reversal(seq);
        rebook(r);
        assertSameAccount(loanOf(loan), before);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(token.balanceOf(address(escrow)), 0);
        Recording memory e = entryAt(seq + 1);
        vm.assertEq(uint256(e.kind), uint256(Entry.PaymentReversed));
        vm.assertEq(e.payload, abi.encode(seq, INSTALMENT, INSTALMENT, bytes32("reason"), r.entry));
        vm.assertEq(lengthOf(loan), seq + 1);
    }

    function test_laterPaymentsStayWithValueDateAndAmount() public {
        closeThrough(START + 20);
        uint32 seq = lengthOf(loan) + 1;
        pays(1000, START + 1);
        pays(2000, START + 2);
        pays(3000, START + 3);
        rebook(reversal(seq));
        (, Recording[] memory tail) = tailOf(loan, seq + 3);
        vm.assertEq(tail.length, 3);
        vm.assertEq(uint256(tail[0].kind), uint256(Entry.PaymentReversed));
        assertKept(tail[1], 2000, START + 2, START, seq + 1);
        assertKept(tail[2], 3000, START + 3, START + 2, seq + 2);
        vm.assertEq(loanOf(loan).cash, 5000);
    }

    function test_whatLendersTookBecomesTheBanksClaimAndLaterMoneyMeetsIt() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(INSTALMENT);
        claim(loan, lenderAt(0));
        uint128 left = loanOf(loan).cash;
        uint256 wallet = token.balanceOf(lenderAt(0));
        rebook(reversal(seq));
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.bankClaim, INSTALMENT - left);
        vm.assertEq(l.cash, 0);
        vm.assertEq(token.balanceOf(lenderAt(0)), wallet); // wallets are never touched
        vm.assertEq(token.bankClaims(), l.bankClaim);
        vm.assertEq(l.outstanding, 500_000);

        // A small payment goes to the claim whole, and counts whole for the borrower.
        Posted memory p = pays(1000);
        vm.assertEq(p.interest, 1000);
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(loanOf(loan).bankClaim, INSTALMENT - left - 1000);
        vm.assertEq(escrow.claimable(loan, subjectOf(lenderAt(1))), 0);
        pays(INSTALMENT);
        vm.assertEq(loanOf(loan).bankClaim, 0);
        vm.assertEq(token.bankClaims(), 0);
        vm.assertEq(loanOf(loan).cash, left + 1000);
        vm.assertEq(token.balanceOf(address(escrow)), loanOf(loan).cash);
    }

    function test_aRepaidLoanIsActiveAgainAndTheWindowStartsAnew() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(10);
        pays(507_307);
        assertState(loan, State.Repaid);
        vm.assertEq(loanOf(loan).repaidOn, START);
        closeThrough(START + 1);
        rebook(reversal(seq));
        assertState(loan, State.Active);
        vm.assertEq(loanOf(loan).repaidOn, 0);
        pays(10);
        assertState(loan, State.Repaid);
        vm.assertEq(loanOf(loan).repaidOn, START + 2);
    }

    function test_keptPaymentsThatRepayTheLoanRecordItOnceAtTheEnd() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(10);
        pays(507_317 - 10 + 50);
        // 50 were too much; now 40 are.
        rebook(reversal(seq));
        assertState(loan, State.Repaid);
        vm.assertEq(loanOf(loan).overpaid, 40);
        (, Recording[] memory tail) = tailOf(loan, lengthOf(loan));
        vm.assertEq(uint256(tail[0].kind), uint256(Entry.Repaid));
    }

    function test_onePaymentAfterTheOther() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        pays(2000);
        rebook(reversal(seq)); // 20 is seq + 2, the kept one seq + 3
        Recording memory kept = entryAt(seq + 3);
        assertKept(kept, 2000, START, START, seq + 1);
        // Neither was left as it was.
        noPayment(seq);
        noPayment(seq + 1);
        noPayment(seq + 2);
        rebook(reversal(seq + 3));
        vm.assertEq(loanOf(loan).cash, 0);
        vm.assertEq(loanOf(loan).interest, 0);
    }

    // ----------------------------------------------------------------------------------------------------------- putting in

    function test_aPaymentOfAnEarlierValueDateIsPutIn() public {
        closeThrough(START + 20);
        uint32 seq = lengthOf(loan) + 1;
        pays(1000, START + 10);
        Receipt memory late = receipt(700, START + 5);
        refused(late, abi.encodeWithSelector(ILoanEscrow.ValueDateInvalid.selector, START + 5, START + 10, START + 21));
        rebook(insertion(seq, late));
        (, Recording[] memory tail) = tailOf(loan, seq + 1);
        vm.assertEq(uint256(tail[0].kind), uint256(Entry.PaymentsUndone));
        vm.assertEq(tail[0].payload, abi.encode(seq, bytes32("reason")));
        vm.assertEq(uint256(tail[1].kind), uint256(Entry.PaymentPosted));
        Posted memory p = abi.decode(tail[1].payload, (Posted));
        vm.assertEq(p.valueDate, START + 5);
        vm.assertEq(p.previousValueDate, START);
        assertKept(tail[2], 1000, START + 10, START + 5, seq);
        vm.assertEq(loanOf(loan).cash, 1700);
    }

    function test_whatIsPutInCarriesNewMoneyOfThisLoan() public {
        uint32 seq = lengthOf(loan) + 1;
        Posted memory p = pays(1000);
        vm.assertEq(p.amount, 1000);
        Receipt memory r = receipt(700, START);
        r.loan = "other";
        rebookRefused(
            insertion(seq, r), abi.encodeWithSelector(ILoanEscrow.OrderWrongLoan.selector, bytes32("other"), loan)
        );
        r = receipt(0, START);
        rebookRefused(insertion(seq, r), abi.encodeWithSelector(ILoanEscrow.PaymentZero.selector));
        r = receipt(700, START);
        r.entry = BankEntry(1, 1, "used");
        rebookRefused(insertion(seq, r), abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        r = receipt(700, START - 1);
        rebookRefused(
            insertion(seq, r), abi.encodeWithSelector(ILoanEscrow.ValueDateInvalid.selector, START - 1, START, START)
        );
    }

    // ------------------------------------------------------------------------------------------------------------- refusals

    function test_theEntriesMustEndInTheLoansHead() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        pays(2000);
        bytes32 head = loanOf(loan).head;

        Rebooking memory r = reversal(seq);
        r.tail[0].payload[31] = 0x01; // another amount
        rebookRefusedPartly(r);
        r = reversal(seq);
        r.tail[1].kind = Entry.Claimed;
        rebookRefusedPartly(r);
        r = reversal(seq);
        r.head = "other";
        rebookRefusedPartly(r);
        r = reversal(seq);
        Recording[] memory short = new Recording[](1);
        short[0] = r.tail[0];
        r.tail = short;
        rebookRefusedPartly(r);
        // An empty tail folds to the head itself, but no payment is in it.
        r = reversal(seq);
        r.tail = new Recording[](0);
        r.head = head;
        r.seq = seq + 2;
        rebookRefused(r, abi.encodeWithSelector(ILoanEscrow.RebookingNoPayment.selector, seq + 2));
        r.seq = seq;
        rebookRefusedPartly(r);
    }

    function test_onlyPaymentsAreReversed() public {
        uint32 seq = lengthOf(loan);
        pays(1000);
        noPayment(seq); // the payout
    }

    function test_paymentsFromOwnTokensAreKeptButNotReversed() public {
        pays(500);
        uint32 seq = lengthOf(loan) + 1;
        fundedLender(5, 10_000);
        Payment memory order = Payment(loan, lenderAt(5), 4000, "salt", START);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(order));
        vm.prank(rival);
        escrow.pay(order, seq - 1, signature);
        noPayment(seq);
        // Kept in a rebooking, and still not to be reversed.
        rebook(reversal(seq - 1));
        assertKept(entryAt(seq + 2), 4000, START, START, seq);
        noPayment(seq + 2);
        rebook(insertion(seq + 2, receipt(700, START)));
        vm.assertEq(loanOf(loan).cash, 4700);
        assertKept(entryAt(seq + 4), 4000, START, START, seq + 2);
        noPayment(seq + 4);
    }

    function test_nothingIsReversedOnceTheLoanIsClosed() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(507_317);
        closeThrough(START + REVERSAL_DAYS);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.close(loan, length);
        rebookRefused(reversal(seq), abi.encodeWithSelector(ILoanEscrow.ReversalWindowClosed.selector, loan));
    }

    function test_somethingHasToBeRebooked() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        Rebooking memory r = reversal(seq);
        r.reverse = false;
        rebookRefused(r, abi.encodeWithSelector(ILoanEscrow.RebookingNothing.selector));
        r = insertion(seq, receipt(10, START));
        r.reverse = true;
        rebookRefused(r, abi.encodeWithSelector(ILoanEscrow.RebookingNothing.selector));
    }

    function test_twoKeysOfTheBankForExactlyThisCall() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        Rebooking memory r = reversal(seq);
        bytes memory data = abi.encodeCall(ILoanEscrow.rebook, (r));
        approveCall(bankSecond, address(escrow), data);
        r.reasonHash = "another";
        bytes32 action = keccak256(abi.encode(address(escrow), abi.encodeCall(ILoanEscrow.rebook, (r))));
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        escrow.rebook(r);
        address clerk = registerKey(bank, 0xC1, bits(Scope.Book), 0);
        vm.prank(clerk);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, clerk, uint8(Scope.Correct)));
        escrow.rebook(r);
    }

    function test_theDebitIsUsedOnce() public {
        uint32 seq = lengthOf(loan) + 1;
        pays(1000);
        Rebooking memory r = reversal(seq);
        r.entry = BankEntry(1, 1, "used");
        rebookRefused(r, abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
    }

    function assertKept(Recording memory e, uint128 amount, uint32 valueDate, uint32 previous, uint32 seq)
        private
        pure
    {
        vm.assertEq(uint256(e.kind), uint256(Entry.PaymentKept), "kept");
        (Posted memory p, uint32 original) = abi.decode(e.payload, (Posted, uint32));
        vm.assertEq(p.amount, amount);
        vm.assertEq(p.valueDate, valueDate);
        vm.assertEq(p.previousValueDate, previous);
        vm.assertEq(original, seq);
    }

    function noPayment(uint32 seq) private {
        rebookRefused(reversal(seq), abi.encodeWithSelector(ILoanEscrow.RebookingNoPayment.selector, seq));
    }

    function rebookRefusedPartly(Rebooking memory r) private {
        bytes memory data = abi.encodeCall(ILoanEscrow.rebook, (r));
        approveCall(bankSecond, address(escrow), data);
        vm.prank(bank);
        vm.expectPartialRevert(ILoanEscrow.RebookingHistory.selector);
        escrow.rebook(r);
    }
}
