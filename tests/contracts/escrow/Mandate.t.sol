// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {EscrowBase} from "../../../contracts/escrow/EscrowBase.sol";
import {ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Entry,
    ILoanEscrow,
    Mandate,
    Payment,
    Posted,
    Recording,
    State
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {LoanEscrow} from "../../../contracts/escrow/LoanEscrow.sol";
import {IParties} from "../../../contracts/parties/IParties.sol";
import {vm} from "../support/Vm.sol";
import {PaymentsTest} from "./PaymentsTest.sol";

/// @notice Payments from a party's own custody tokens: by one order, or by a mandate. Lender 5 pays.
contract MandateTest is PaymentsTest {
    uint32 private constant FIRST = 20_485;
    uint128 private constant INSTALMENT = 84_553;
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    address private payer;

    function setUp() public override {
        super.setUp();
        begin(baseTerms());
        payer = fundedLender(5, 500_000);
    }

    // ---------------------------------------------------------------------------------------------------------------- pay

    function test_payPostsOnTheBusinessDateFromThePayersTokens() public {
        closeThrough(START + 3);
        Payment memory o = payment(INSTALMENT);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(o));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.pay(o, length, signature);
        Recording memory e = entryAt(length + 1);
        vm.assertEq(uint256(e.kind), uint256(Entry.PaidFromAccount));
        Posted memory p = abi.decode(e.payload, (Posted));
        vm.assertEq(p.valueDate, START + 4);
        vm.assertEq(p.interest, 2083);
        vm.assertEq(e.payload, abi.encode(p, o, signature));
        vm.assertEq(token.balanceOf(payer), 500_000 - INSTALMENT);
        vm.assertEq(loanOf(loan).cash, INSTALMENT);
        vm.assertEq(loanOf(loan).nextRow, 1);
    }

    function test_anOrderIsUsedOnce() public {
        Payment memory o = payment(1000);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(o));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.pay(o, length, signature);
        bytes32 digest = escrow.paymentDigest(o);
        payRefused(o, signature, abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, digest));
    }

    function test_aMalleatedSignatureIsNone() public {
        Payment memory o = payment(1000);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(lenderKey(5), escrow.paymentDigest(o));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory twin = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.assertTrue(uint256(s) <= HALF_ORDER);
        payRefused(o, twin, abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, payer));
    }

    function test_anotherPartysAnExpiredAndAnEmptyOrderAreRefused() public {
        Payment memory o = payment(1000);
        bytes memory foreign = signed(lenderKey(0), escrow.paymentDigest(o));
        payRefused(o, foreign, abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, payer));
        o.validThrough = START - 1;
        payRefused(o, signed(lenderKey(5), escrow.paymentDigest(o)), expired(START - 1));
        o = payment(0);
        payRefused(
            o, signed(lenderKey(5), escrow.paymentDigest(o)), abi.encodeWithSelector(ILoanEscrow.OrderZero.selector)
        );
        o = payment(1000);
        o.payer = lenderAt(9);
        payRefused(
            o,
            signed(lenderKey(9), escrow.paymentDigest(o)),
            abi.encodeWithSelector(IParties.PartiesUnknown.selector, lenderAt(9))
        );
        o = payment(500_001);
        payRefused(
            o,
            signed(lenderKey(5), escrow.paymentDigest(o)),
            abi.encodeWithSelector(ICustodyToken.CustodyInsufficient.selector, payer, 500_000, 500_001)
        );
    }

    function test_anOrderForAnotherChainOrAnotherEscrowIsRefused() public {
        Payment memory o = payment(1000);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes32 elsewhere = escrow.paymentDigest(o);
        vm.chainId(here);
        vm.assertNotEq(elsewhere, escrow.paymentDigest(o));
        bytes memory error = abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, payer);
        payRefused(o, signed(lenderKey(5), elsewhere), error);

        LoanEscrow.Modules memory modules;
        LoanEscrow other =
            new LoanEscrow(EscrowBase.Parts(consortium, approvals, parties, token, workingDays, schedules), modules);
        payRefused(o, signed(lenderKey(5), other.paymentDigest(o)), error);
        // A module has no loans of its own.
        uint32 length = lengthOf(loan);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(o));
        address module = escrow.mandates();
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.LoanUnknown.selector, loan));
        ILoanEscrow(module).pay(o, length, signature);
    }

    function test_aRetryDoesNotActTwice() public {
        uint32 length = lengthOf(loan);
        pays(10);
        Payment memory o = payment(1000);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(o));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, length + 1, length));
        escrow.pay(o, length, signature);
    }

    // ------------------------------------------------------------------------------------------------------------ mandates

    function test_nothingIsTakenBeforeItIsDue() public {
        Mandate memory m = mandate(INSTALMENT);
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.NothingDue.selector, loan));
        closeThrough(FIRST - 1);
        vm.assertEq(take(m).amount, INSTALMENT);
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.NothingDue.selector, loan));
        vm.assertEq(token.balanceOf(payer), 500_000 - INSTALMENT);
    }

    function test_whatIsHeldForTheBorrowerIsNotTakenAgain() public {
        Terms memory t = baseTerms();
        inTranches(t, 400_000, START + 60);
        begin(t);
        uint128 first = uint128(rows()[0].principal) + rows()[0].interest;
        uint128 second = uint128(rows()[1].principal) + rows()[1].interest;
        pays(first + 500);
        closeThrough(rows()[1].dueDay - 1);
        vm.assertEq(take(mandate(500_000)).amount, second - 500);
        vm.assertEq(loanOf(loan).overpaid, 0);
    }

    function test_takesPenaltyInterestToo() public {
        begin(lateTerms(1, 0.07e9, true));
        closeThrough(FIRST + 9);
        Posted memory p = take(mandate(500_000));
        vm.assertEq(p.amount, INSTALMENT + 160);
        vm.assertEq(p.penalty, 160);
        vm.assertEq(loanOf(loan).penaltyDue, 0);
    }

    function test_theLimitIsForEachBusinessDate() public {
        Mandate memory m = mandate(50_000);
        closeThrough(FIRST - 1);
        vm.assertEq(take(m).amount, 50_000);
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.MandateLimit.selector, INSTALMENT - 50_000, uint128(0)));
        closeThrough(FIRST);
        vm.assertEq(take(m).amount, INSTALMENT - 50_000);
        // What was left of the day's limit does not pay what is not due.
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.NothingDue.selector, loan));
    }

    function test_takesAsFarAsTheBalanceGoes() public {
        Payment memory o = payment(499_000);
        bytes memory signature = signed(lenderKey(5), escrow.paymentDigest(o));
        (bytes32 mine, Terms memory t) = (loan, terms());
        begin(baseTerms());
        o.loan = loan;
        signature = signed(lenderKey(5), escrow.paymentDigest(o));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.pay(o, length, signature);
        vm.assertEq(t.principal, 500_000);
        loan = mine;
        closeThrough(FIRST - 1);
        vm.assertEq(take(mandate(INSTALMENT)).amount, 1000);
        takeRefused(
            mandate(INSTALMENT),
            abi.encodeWithSelector(ILoanEscrow.MandateLimit.selector, INSTALMENT - 1000, uint128(0))
        );
    }

    function test_anExpiredMandateTakesNothing() public {
        Mandate memory m = mandate(INSTALMENT);
        m.validThrough = FIRST - 1;
        closeThrough(FIRST - 1);
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, FIRST - 1, FIRST));
    }

    function test_aRevokedMandateTakesNothing() public {
        Mandate memory m = mandate(INSTALMENT);
        closeThrough(FIRST - 1);
        bytes32 digest = escrow.mandateDigest(m);
        uint32 length = lengthOf(loan);
        bytes memory foreign = signed(lenderKey(0), escrow.revocationDigest(digest));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, payer));
        escrow.revokeMandate(m, length, foreign);

        bytes memory own = signed(lenderKey(5), escrow.revocationDigest(digest));
        vm.prank(rival);
        escrow.revokeMandate(m, length, own);
        Recording memory e = entryAt(length + 1);
        vm.assertEq(uint256(e.kind), uint256(Entry.MandateRevoked));
        vm.assertEq(e.payload, abi.encode(digest, payer));
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, digest));
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderUsed.selector, digest));
        escrow.revokeMandate(m, length + 1, own);
    }

    function test_theMandatesOwnSignatureIsNoRevocation() public {
        Mandate memory m = mandate(INSTALMENT);
        bytes memory signature = signed(lenderKey(5), escrow.mandateDigest(m));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(ILoanEscrow.OrderSignatureInvalid.selector, payer));
        escrow.revokeMandate(m, length, signature);
    }

    function test_aMandateOfNothingIsNone() public {
        Mandate memory m = mandate(0);
        takeRefused(m, abi.encodeWithSelector(ILoanEscrow.OrderZero.selector));
    }

    // ------------------------------------------------------------------------------------------------------------ helpers

    function payment(uint128 amount) private returns (Payment memory) {
        return Payment(loan, payer, amount, bytes32(nextSalt++), START + 300);
    }

    function mandate(uint128 limit) private returns (Mandate memory) {
        return Mandate(loan, payer, limit, bytes32(nextSalt++), START + 300);
    }

    function take(Mandate memory m) private returns (Posted memory) {
        bytes memory signature = signed(lenderKey(5), escrow.mandateDigest(m));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.payByMandate(m, length, signature);
        Recording memory e = entryAt(length + 1);
        vm.assertEq(uint256(e.kind), uint256(Entry.PaidByMandate));
        return abi.decode(e.payload, (Posted));
    }

    function takeRefused(Mandate memory m, bytes memory error) private {
        bytes memory signature = signed(lenderKey(5), escrow.mandateDigest(m));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.payByMandate(m, length, signature);
    }

    function payRefused(Payment memory o, bytes memory signature, bytes memory error) private {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        vm.expectRevert(error);
        escrow.pay(o, length, signature);
    }

    function expired(uint32 validThrough) private view returns (bytes memory) {
        return abi.encodeWithSelector(ILoanEscrow.OrderExpired.selector, validThrough, today());
    }
}
