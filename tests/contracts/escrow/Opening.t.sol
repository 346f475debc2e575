// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../../../contracts/agreements/Terms.sol";
import {IApprovals} from "../../../contracts/consortium/IApprovals.sol";
import {Entry, ILoanEscrow, Opening, OpeningPosition, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {vm} from "../support/Vm.sol";
import {LifeTest} from "./LifeTest.sol";

/// @notice A loan of an old book: 500,000 once lent, 240,000 outstanding in three rows, two lenders.
contract OpeningTest is LifeTest {
    bytes32 private loan;

    struct Case {
        Opening opening;
        Row[] rows;
        OpeningPosition[] positions;
        bytes borrowerSignature;
        bytes[] lenderSignatures;
    }

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 2; ++i) {
            register(lenderAt(i));
        }
        Terms memory t = baseTerms();
        t.fees = new Fee[](2);
        t.fees[0] = fee(FeeKind.FirstInstalment, lenderAt(0), 500);
        t.fees[1] = fee(FeeKind.EachInstalment, lenderAt(0), 10);
        keep(t);
        loan = propose(t);
    }

    function test_theLoanIsActiveWithItsRowsUnitsAndExposureAndWithoutMoney() public {
        Case memory c = good();
        open(c);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Active));
        vm.assertEq(l.outstanding, 240_000);
        vm.assertEq(l.principal, 240_000);
        vm.assertEq(l.called, 240_000);
        vm.assertEq(l.cash, 0);
        vm.assertEq(l.rows, 3);
        vm.assertEq(l.start, START - 20);
        vm.assertEq(l.lastValueDate, START - 20);
        vm.assertEq(positionOf(loan, 0).units, 90_000);
        vm.assertEq(positionOf(loan, 1).units, 150_000);
        vm.assertEq(escrow.positionAt(subjectOf(lenderAt(1)), 0), loan);
        vm.assertEq(escrow.exposureOf(subjectOf(borrower), 1).outstanding, 240_000);
        vm.assertEq(token.totalSupply(), 0);
        vm.assertEq(keccak256(abi.encode(schedules.rows(l.schedule))), keccak256(abi.encode(c.rows)));
        vm.assertEq(uint256(lastEntry(loan).kind), uint256(Entry.OpenedRunning));
        vm.assertEq(
            lastEntry(loan).payload, abi.encode(c.opening, l.schedule, l.schedule.codehash, c.borrowerSignature)
        );
    }

    function test_itIsPaidClaimedAndClosedLikeAnyOther() public {
        Case memory c = good();
        open(c);
        uint128 all = totalOf(c.rows);
        collect(loan, all);
        assertState(loan, State.Repaid);
        closeThrough(today() + REVERSAL_DAYS);
        close(loan);
        claim(loan, lenderAt(0));
        claim(loan, lenderAt(1));
        claimFees(agreed(), loan, lenderAt(0));
        uint256 dust = loanOf(loan).cash;
        vm.assertLe(dust, 1);
        vm.assertEq(token.balanceOf(lenderAt(0)) + token.balanceOf(lenderAt(1)) + dust, all);
        vm.assertEq(escrow.exposureOfPlatform(1).outstanding, 0);
    }

    /// @notice Fees of the first instalment may be behind it, or still to come.
    function test_theFirstRowMayStillCarryTheFeesDueOnce() public {
        Case memory c = good();
        c.rows[0].fee = 510;
        resign(c);
        uint256 fresh = vm.snapshotState();
        open(c);
        collect(loan, totalOf(c.rows));
        claimFees(agreed(), loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), 530);
        vm.revertToState(fresh);
        open(good());
        collect(loan, totalOf(good().rows));
        claimFees(agreed(), loan, lenderAt(0));
        vm.assertEq(token.balanceOf(lenderAt(0)), 30);
    }

    function test_aRunningLoansPayoutNeverBounces() public {
        open(good());
        uint32 day = today();
        uint32 length = lengthOf(loan);
        vm.prank(bank);
        vm.expectPartialRevert(ILoanEscrow.LoanPayout.selector);
        escrow.bouncePayout(loan, length, day, freshEntry());
    }

    // -------------------------------------------------------------------------------------------------------- what is refused

    function test_needsTheBanksApproval() public {
        Case memory c = good();
        refusedAs(platform, c, false, IApprovals.ApprovalMissing.selector);
    }

    function test_onlyTheLoansPlatformOpensItAndOnlyWhileProposed() public {
        Case memory c = good();
        refusedAs(rival, c, true, ILoanEscrow.EscrowNotServicer.selector);
        send(platform, address(escrow), data(c));
        refusedAs(platform, c, true, ILoanEscrow.LoanState.selector);
    }

    function test_needsTheSignaturesOfTheBorrowerAndOfEveryLender() public {
        Case memory c = good();
        bytes memory right = c.borrowerSignature;
        c.borrowerSignature = c.lenderSignatures[0];
        refusedAs(platform, c, true, ILoanEscrow.OrderSignatureInvalid.selector);
        c.borrowerSignature = right;
        c.lenderSignatures[1] = c.lenderSignatures[0];
        refusedAs(platform, c, true, ILoanEscrow.OrderSignatureInvalid.selector);
        c.lenderSignatures = new bytes[](1);
        refusedAs(platform, c, true, ILoanEscrow.EscrowLengths.selector);
    }

    function test_rowsAndPositionsAreThoseThatWereSigned() public {
        Case memory c = good();
        c.rows[1].interest += 1;
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.positions[0].units -= 1;
        c.positions[1].units += 1;
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.positions[0].class = 1;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.SubscriptionClass.selector);
    }

    function test_sumsMustBeWhatIsOutstanding() public {
        Case memory c = good();
        c.rows[2].principal -= 1;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.positions[0].units -= 1;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.opening.outstanding = 500_001;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
    }

    function test_dueDaysRiseFromTheOpeningsDayAndFeesAreTheTerms() public {
        Case memory c = good();
        c.rows[0].dueDay = c.opening.lastValueDate;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.rows[2].dueDay = c.rows[1].dueDay;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.rows[1].fee = 11;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OpeningInvalid.selector);
        c = good();
        c.opening.lastValueDate = START + 1;
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.ValueDateInvalid.selector);
    }

    function test_anOpeningForAnotherLoanIsRefused() public {
        Case memory c = good();
        c.opening.loan = "other";
        resign(c);
        refusedAs(platform, c, true, ILoanEscrow.OrderWrongLoan.selector);
    }

    // ------------------------------------------------------------------------------------------------------------ building

    function good() private view returns (Case memory c) {
        c.rows = new Row[](3);
        c.rows[0] = Row(START - 1, 80_000, 1000, 10); // overdue by a day
        c.rows[1] = Row(START + 30, 80_000, 700, 10);
        c.rows[2] = Row(START + 60, 80_000, 300, 10);
        c.positions = new OpeningPosition[](2);
        c.positions[0] = OpeningPosition(lenderAt(0), 90_000, 0);
        c.positions[1] = OpeningPosition(lenderAt(1), 150_000, 0);
        c.opening = Opening(loan, 240_000, START - 20, 0, 0);
        resign(c);
    }

    function resign(Case memory c) private view {
        c.opening.tableHash = schedules.tableHash(c.rows);
        c.opening.positionsHash = keccak256(abi.encode(c.positions));
        bytes32 digest = escrow.openingDigest(c.opening);
        c.borrowerSignature = signed(BORROWER_KEY, digest);
        c.lenderSignatures = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) {
            c.lenderSignatures[i] = signed(lenderKey(i), digest);
        }
    }

    function data(Case memory c) private view returns (bytes memory) {
        return abi.encodeCall(
            ILoanEscrow.openRunning,
            (agreed(), lengthOf(loan), c.opening, c.rows, c.positions, c.borrowerSignature, c.lenderSignatures)
        );
    }

    function open(Case memory c) private {
        bytes memory call_ = data(c);
        approveCall(bankSecond, address(escrow), call_);
        send(platform, address(escrow), call_);
    }

    function refusedAs(address sender, Case memory c, bool approved, bytes4 error) private {
        bytes memory call_ = data(c);
        if (approved) approveCall(bankSecond, address(escrow), call_);
        vm.prank(sender);
        (bool done, bytes memory reason) = address(escrow).call(call_);
        vm.assertFalse(done);
        vm.assertEq(bytes32(bytes4(reason)), bytes32(error));
    }
}
