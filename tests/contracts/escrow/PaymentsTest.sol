// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Posted, Rebooking, Receipt, Recording} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {Vm, vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";
import {PaymentsModel} from "./PaymentsModel.sol";

/// @notice One active loan and its payments.
abstract contract PaymentsTest is LifeTest {
    bytes32 internal loan;
    bytes private encodedTerms;
    bytes private encodedRows;

    /// @notice A loan of `t` with two lenders, paid out on the business date.
    function begin(Terms memory t) internal {
        Row[] memory table;
        (loan, table) = activeLoanOf(t, 2);
        encodedTerms = abi.encode(t);
        encodedRows = abi.encode(table);
    }

    function terms() internal view returns (Terms memory) {
        return abi.decode(encodedTerms, (Terms));
    }

    function rows() internal view returns (Row[] memory) {
        return abi.decode(encodedRows, (Row[]));
    }

    function lateTerms(uint8 base, uint64 rateNano, bool replaces) internal returns (Terms memory t) {
        t = baseTerms();
        t.payments.penaltyBase = base;
        t.payments.penaltyRateNano = rateNano;
        t.payments.penaltyReplaces = replaces;
    }

    /// @notice Fees: `once` with the first instalment, `each` with every one.
    function addFees(Terms memory t, uint128 once, uint128 each) internal {
        if (parties.accountOf(subjectOf(stranger)) == address(0)) register(stranger);
        t.fees = new Fee[](2);
        t.fees[0] = Fee(0, stranger, once);
        t.fees[1] = Fee(1, stranger, each);
    }

    // ----------------------------------------------------------------------------------------------------------- payments

    function receipt(uint128 amount, uint32 valueDate) internal returns (Receipt memory) {
        return Receipt(loan, lengthOf(loan), amount, valueDate, freshEntry());
    }

    function listed(Receipt memory r) internal pure returns (Receipt[] memory list) {
        list = new Receipt[](1);
        list[0] = r;
    }

    function sendReceipt(Receipt memory r) internal returns (Posted memory) {
        uint32 seq = lengthOf(loan) + 1;
        Receipt[] memory list = listed(r);
        vm.prank(bank);
        escrow.collect(list);
        return postedAt(seq);
    }

    function pays(uint128 amount, uint32 valueDate) internal returns (Posted memory) {
        return sendReceipt(receipt(amount, valueDate));
    }

    function pays(uint128 amount) internal returns (Posted memory) {
        return pays(amount, today());
    }

    function refused(Receipt memory r, bytes memory error) internal {
        Receipt[] memory list = listed(r);
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.collect(list);
    }

    function entryAt(uint32 seq) internal returns (Recording memory) {
        (, Recording[] memory tail) = tailOf(loan, seq);
        return tail[0];
    }

    function postedAt(uint32 seq) internal returns (Posted memory) {
        return abi.decode(entryAt(seq).payload, (Posted));
    }

    // -------------------------------------------------------------------------------------------------------- corrections

    function reversal(uint32 seq) internal returns (Rebooking memory) {
        (bytes32 head, Recording[] memory tail) = tailOf(loan, seq);
        return Rebooking(loan, head, seq, tail, true, freshEntry(), new Receipt[](0), "reason");
    }

    function insertion(uint32 seq, Receipt memory added) internal returns (Rebooking memory) {
        (bytes32 head, Recording[] memory tail) = tailOf(loan, seq);
        return Rebooking(loan, head, seq, tail, false, BankEntry(0, 0, 0), listed(added), "reason");
    }

    function rebook(Rebooking memory r) internal {
        withBothBankKeys(address(escrow), abi.encodeCall(ILoanEscrow.rebook, (r)));
    }

    function rebookRefused(Rebooking memory r, bytes memory error) internal {
        bytes memory data = abi.encodeCall(ILoanEscrow.rebook, (r));
        approveCall(bankSecond, address(escrow), data);
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.rebook(r);
        // What was taken back is recorded too.
        vm.getRecordedLogs();
    }

    // ---------------------------------------------------------------------------------------------------------- comparing

    function assertPosted(Posted memory a, Posted memory b) internal pure {
        vm.assertEq(a.amount, b.amount, "amount");
        vm.assertEq(a.fee, b.fee, "fee");
        vm.assertEq(a.penalty, b.penalty, "penalty");
        vm.assertEq(a.interest, b.interest, "interest");
        vm.assertEq(a.principal, b.principal, "principal");
        vm.assertEq(a.overpaid, b.overpaid, "overpaid");
        vm.assertEq(a.accrued, b.accrued, "accrued");
        vm.assertEq(a.valueDate, b.valueDate, "value date");
        vm.assertEq(a.previousValueDate, b.previousValueDate, "previous value date");
    }

    function assertAccount(PaymentsModel.Account memory a) internal view {
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.nextRow, PaymentsModel.nextRow(a), "next row");
        vm.assertEq(l.aheadFee, PaymentsModel.ahead(a, PaymentsModel.FEE), "ahead fee");
        vm.assertEq(l.aheadInterest, PaymentsModel.ahead(a, PaymentsModel.INTEREST), "ahead interest");
        vm.assertEq(l.aheadPrincipal, PaymentsModel.ahead(a, PaymentsModel.PRINCIPAL), "ahead principal");
        vm.assertEq(l.lastValueDate, a.last, "last value date");
        vm.assertEq(l.penaltyDue, a.penaltyDue, "penalty due");
        vm.assertEq(l.overpaid, a.overpaid, "overpaid");
        vm.assertEq(l.outstanding, a.outstanding, "outstanding");
        vm.assertEq(l.interest, a.interest, "interest");
        vm.assertEq(l.fees, a.fees, "fees");
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), l.platform).outstanding, a.outstanding, "exposure");
        vm.assertEq(escrow.exposureOfPlatform(l.platform).outstanding, a.outstanding, "exposure of the platform");
    }

    /// @notice All that payments decide of a loan; not its history and what its cash stands for.
    function assertSameAccount(ILoanEscrow.Loan memory a, ILoanEscrow.Loan memory b) internal pure {
        vm.assertEq(uint256(a.state), uint256(b.state), "state");
        vm.assertEq(a.schedule, b.schedule);
        vm.assertEq(a.offset, b.offset, "offset");
        vm.assertEq(a.rows, b.rows, "rows");
        vm.assertEq(a.start, b.start, "start");
        vm.assertEq(a.nextRow, b.nextRow, "next row");
        vm.assertEq(a.aheadFee, b.aheadFee, "ahead fee");
        vm.assertEq(a.aheadInterest, b.aheadInterest, "ahead interest");
        vm.assertEq(a.aheadPrincipal, b.aheadPrincipal, "ahead principal");
        vm.assertEq(a.lastValueDate, b.lastValueDate, "last value date");
        vm.assertEq(a.penaltyDue, b.penaltyDue, "penalty due");
        vm.assertEq(a.overpaid, b.overpaid, "overpaid");
        vm.assertEq(a.outstanding, b.outstanding, "outstanding");
        vm.assertEq(a.interest, b.interest, "interest");
        vm.assertEq(a.fees, b.fees, "fees");
    }
}
