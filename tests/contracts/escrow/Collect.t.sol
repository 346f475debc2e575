// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {BankEntry, ICustodyToken} from "../../../contracts/escrow/ICustodyToken.sol";
import {Entry, ILoanEscrow, Posted, Receipt, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

contract CollectTest is LedgerTest {
    bytes32 private loan;
    Row[] private rows;

    function setUp() public override {
        super.setUp();
        Row[] memory table;
        (loan,, table) = activeLoan(3);
        for (uint256 i = 0; i < table.length; ++i) {
            rows.push(table[i]);
        }
    }

    /// @notice 5,000.00 yuan at 5 % a year over 6 months: the table by hand. Interest of the first month 500000 * 0.05 / 12 =
    /// 2083.33; the instalment 84,552.88 rounds up to a whole minor unit.
    function test_tableOfTheBaseLoanAsByHand() public view {
        vm.assertEq(rows[0].interest, 2083);
        vm.assertEq(uint256(rows[0].principal) + rows[0].interest, 84_553);
        vm.assertEq(rows[1].interest, 1740); // 417,530 * 0.05 / 12 = 1739.71
        vm.assertEq(totalOf(rows), 507_317);
    }

    function test_exactInstalmentPaysTheRowInterestFirst() public {
        collect(loan, 84_553);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(l.nextRow, 1);
        vm.assertEq(l.aheadInterest + l.aheadPrincipal, 0);
        vm.assertEq(l.outstanding, 500_000 - 82_470);
        vm.assertEq(l.interest, 2083);
        vm.assertEq(l.cash, 84_553);
        vm.assertEq(token.balanceOf(address(escrow)), 84_553);
    }

    function test_partialMoneyPaysInterestBeforePrincipal() public {
        collect(loan, 2000);
        vm.assertEq(loanOf(loan).outstanding, 500_000);
        vm.assertEq(loanOf(loan).aheadInterest, 2000);
        (uint128 interest, uint128 principal) = collectAndSplit(100);
        vm.assertEq(interest, 83);
        vm.assertEq(principal, 17);
        vm.assertEq(loanOf(loan).nextRow, 0);
    }

    function test_earlyMoneyGoesToTheNextRowsInOrder() public {
        (uint128 interest, uint128 principal) = collectAndSplit(84_553 + 1740 + 10);
        vm.assertEq(interest, 2083 + 1740);
        vm.assertEq(principal, 82_470 + 10);
        vm.assertEq(loanOf(loan).nextRow, 1);
        vm.assertEq(loanOf(loan).aheadInterest, 1740);
        vm.assertEq(loanOf(loan).aheadPrincipal, 10);
    }

    function test_lastCentMakesTheLoanRepaid() public {
        collect(loan, 507_316);
        assertState(loan, State.Active);
        collect(loan, 1);
        assertState(loan, State.Repaid);
        vm.assertEq(loanOf(loan).outstanding, 0);
        vm.assertEq(loanOf(loan).nextRow, 6);
    }

    function test_refusesNothingAnUnknownLoanAndALengthNotReached() public {
        uint32 length = lengthOf(loan);
        refused(receiptFor(loan, length, 0), abi.encodeWithSelector(ILoanEscrow.PaymentZero.selector));
        refused(receiptFor("none", 0, 1), abi.encodeWithSelector(ILoanEscrow.LoanUnknown.selector, bytes32("none")));
        refused(
            receiptFor(loan, length + 1, 1),
            abi.encodeWithSelector(ILoanEscrow.HistoryMoved.selector, loan, length, length + 1)
        );
    }

    /// @notice Other seats can't hold a booked receipt up by writing before it; the entry still counts once.
    function test_postsAReceiptThoughOthersWroteFirstButNotTwice() public {
        Receipt memory r = receiptFor(loan, lengthOf(loan), 84_553);
        vm.prank(platform);
        documents.commit(loan, r.expectedLength, "id", "cid", "hash", 1, 1);
        send(r);
        vm.assertEq(loanOf(loan).nextRow, 1);
        refused(r, abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, r.entry.entryNo));
        vm.assertEq(loanOf(loan).cash, 84_553);
    }

    function test_refusesMoneyForALoanThatIsNotActive() public {
        (bytes32 other,) = fundedLoan(1);
        refused(
            receiptFor(other, 3, 1),
            abi.encodeWithSelector(ILoanEscrow.LoanState.selector, other, State.Funded, State.Active)
        );
    }

    function test_valueDateLiesBetweenTheLastOneAndToday() public {
        closeThrough(START + 9);
        uint32 length = lengthOf(loan);
        Receipt memory r = receiptFor(loan, length, 10);
        r.valueDate = START + 11;
        refused(r, invalidDate(START + 11, START, START + 10));
        r.valueDate = START - 1;
        refused(r, invalidDate(START - 1, START, START + 10));
        r.valueDate = START + 5; // a late entry counts on its own day
        send(r);
        vm.assertEq(loanOf(loan).lastValueDate, START + 5);
        r = receiptFor(loan, length + 1, 10);
        r.valueDate = START + 4;
        refused(r, invalidDate(START + 4, START + 5, START + 10));
    }

    function test_refusesAnEntryUsedBeforeAndUsedTwiceInABatch() public {
        uint32 length = lengthOf(loan);
        Receipt memory r = receiptFor(loan, length, 10);
        r.entry = BankEntry(1, 1, "other");
        refused(r, abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, 1));
        Receipt[] memory two = new Receipt[](2);
        two[0] = receiptFor(loan, length, 10);
        two[1] = receiptFor(loan, length + 1, 10);
        two[1].entry = two[0].entry;
        vm.prank(bank);
        vm.expectRevert(abi.encodeWithSelector(ICustodyToken.CustodyEntryUsed.selector, 1, two[0].entry.entryNo));
        escrow.collect(two);
        vm.assertEq(lengthOf(loan), length);
    }

    function test_repaymentsCountDuringAShortfall() public {
        fundedLender(0, 1000);
        attestShortfall(500);
        collect(loan, 84_553);
        claim(loan, lenderAt(0));
        vm.assertEq(loanOf(loan).nextRow, 1);
    }

    function test_rowsWithoutAnythingToPayCountAsPaid() public {
        Terms memory terms = baseTerms();
        terms.schedule.method = uint8(Method.InterestOnlyBullet);
        terms.payments.earlyKinds = 1;
        terms.pricing.rateNano = 0;
        bytes32 free = propose(terms);
        fund(free, terms, 1);
        disburseAndInstruct(free, terms);
        settle(free, terms);
        vm.assertEq(loanOf(free).nextRow, 5);
        collect(free, 1);
        vm.assertEq(loanOf(free).nextRow, 5);
        collect(free, 499_999);
        assertState(free, State.Repaid);
    }

    /// @notice A day's payment in two pieces leaves the same balances as in one.
    function testFuzz_splittingAPaymentChangesNothing(uint256 amount, uint256 cut) public {
        amount = 2 + amount % (507_317 - 1);
        cut = 1 + cut % (amount - 1);
        uint256 before = vm.snapshotState();
        collect(loan, uint128(amount));
        ILoanEscrow.Loan memory whole = loanOf(loan);
        vm.revertToState(before);
        collect(loan, uint128(cut));
        if (loanOf(loan).state == State.Active) collect(loan, uint128(amount - cut));
        ILoanEscrow.Loan memory split = loanOf(loan);
        vm.assertEq(whole.nextRow, split.nextRow);
        vm.assertEq(whole.aheadInterest, split.aheadInterest);
        vm.assertEq(whole.aheadPrincipal, split.aheadPrincipal);
        vm.assertEq(whole.outstanding, split.outstanding);
        vm.assertEq(whole.interest, split.interest);
        vm.assertEq(uint256(whole.state), uint256(split.state));
    }

    // ------------------------------------------------------------------------------------------------- limits and registers

    function test_amountsAboveTheKeysLimitNeedASecondKey() public {
        address clerk = registerKey(bank, 0xC1, bits(Scope.Book), 1000);
        Receipt[] memory list = new Receipt[](2);
        list[0] = receiptFor(loan, lengthOf(loan), 1000);
        list[1] = receiptFor(loan, lengthOf(loan), 1001);
        bytes memory data = abi.encodeCall(ILoanEscrow.collect, (list));
        bytes32 action = keccak256(abi.encode(address(escrow), data));
        vm.prank(clerk);
        vm.expectRevert(abi.encodeWithSelector(IApprovals.ApprovalMissing.selector, action));
        escrow.collect(list);
        approveCall(bankSecond, address(escrow), data);
        vm.prank(clerk);
        escrow.collect(list);
        vm.assertEq(loanOf(loan).cash, 2001);
        // Up to the limit one key is enough, however many receipts it takes.
        list[0] = receiptFor(loan, lengthOf(loan), 400);
        list[1] = receiptFor(loan, lengthOf(loan), 600);
        vm.prank(clerk);
        escrow.collect(list);
        vm.assertEq(loanOf(loan).cash, 3001);
    }

    function test_onlyBookingKeysOfTheBankCollect() public {
        address other = registerKey(bank, 0xC2, bits(Scope.Attest), 0);
        Receipt[] memory list = new Receipt[](1);
        list[0] = receiptFor(loan, lengthOf(loan), 1000);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, other, uint8(Scope.Book)));
        escrow.collect(list);
        vm.prank(platform);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumSeatNotAllowed.selector, platform, 1));
        escrow.collect(list);
    }

    function test_exposureFallsWithPrincipalOnly() public {
        collect(loan, 2083);
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).outstanding, 500_000);
        collect(loan, 82_470);
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).outstanding, 417_530);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 417_530);
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).loans, 1);
    }

    function collectAndSplit(uint128 amount) private returns (uint128 interest, uint128 principal) {
        vm.recordLogs();
        collect(loan, amount);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ILoanEscrow.Recorded.selector) continue;
            if (Entry(uint256(logs[i].topics[2])) != Entry.PaymentPosted) continue;
            (,,, bytes memory payload,) = abi.decode(logs[i].data, (uint32, uint32, address, bytes, bytes32));
            (Posted memory p,) = abi.decode(payload, (Posted, BankEntry));
            vm.assertEq(p.amount, amount);
            (interest, principal) = (p.interest, p.principal);
        }
    }

    function refused(Receipt memory receipt, bytes memory error) private {
        Receipt[] memory receipts = new Receipt[](1);
        receipts[0] = receipt;
        vm.prank(bank);
        vm.expectRevert(error);
        escrow.collect(receipts);
    }

    function send(Receipt memory receipt) private {
        Receipt[] memory receipts = new Receipt[](1);
        receipts[0] = receipt;
        vm.prank(bank);
        escrow.collect(receipts);
    }

    function invalidDate(uint32 given, uint32 from, uint32 to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanEscrow.ValueDateInvalid.selector, given, from, to);
    }
}
