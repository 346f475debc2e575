// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {Receipt} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice Whole transactions (21,000 and call data included) of the steps that happen most, each under its budget.
/// forge-config: default.isolate = true
contract PayPathGasTest is LedgerTest {
    function setUp() public override {
        super.setUp();
        // The first entry of a statement opens a slot for 256 entries; measure the usual case.
        fundedLender(999, 1);
    }

    function test_collectOnePaymentWithOneLender() public {
        assertWithin("collect, 1 lender", collectInstalments(1, 1), 105_000);
    }

    function test_collectOnePaymentCostsTheSameWithHundredLenders() public {
        assertWithin("collect, 100 lenders", collectInstalments(1, 100), 105_000);
    }

    function test_collectFiftyLoansInOneTransaction() public {
        assertWithin("collect, 50 loans, per payment", collectInstalments(50, 1) / 50, 60_000);
    }

    function test_claimOfOneLender() public {
        (bytes32 loan,, Row[] memory rows) = activeLoan(2);
        collect(loan, uint128(rows[0].principal) + rows[0].interest);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.claim(loan, length, one(lenderAt(0)));
        assertWithin("claim, first of a lender", vm.lastCallGas().gasTotalUsed, 160_000);
    }

    /// @notice The usual case: the borrower has an account at the platform, from a loan before.
    function test_proposeBaseTerms() public {
        propose(baseTerms());
        Terms memory terms = baseTerms();
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        vm.prank(platform);
        agreements.propose(terms, signature);
        assertWithin("propose, borrower known", vm.lastCallGas().gasTotalUsed, 330_000);
    }

    function test_subscribeOfOneLender() public {
        (bytes32 loan, Terms memory terms) = proposedLoan();
        fundedLender(0, terms.principal);
        subscribe(loan, 0, terms.principal);
        vm.lastCallGas();
    }

    function test_settleTwelveRows() public {
        Terms memory terms = baseTerms();
        terms.schedule.instalments = 12;
        bytes32 loan = propose(terms);
        fund(loan, terms, 1);
        disburseAndInstruct(loan, terms);
        Row[] memory rows = ScheduleModel.rows(terms, today());
        uint32 length = lengthOf(loan);
        uint32 valueDate = today();
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        escrow.settle(terms, length, valueDate, entry, rows);
        assertWithin("settle, 12 rows", vm.lastCallGas().gasTotalUsed, 330_000);
    }

    /// @return gas of one transaction that collects the second instalment of each of `loans` loans
    function collectInstalments(uint256 loans, uint256 lenders) private returns (uint256 gas) {
        Receipt[] memory receipts = new Receipt[](loans);
        for (uint256 i = 0; i < loans; ++i) {
            (bytes32 loan,, Row[] memory rows) = activeLoan(lenders);
            collect(loan, uint128(rows[0].principal) + rows[0].interest);
            receipts[i] = receiptFor(loan, lengthOf(loan), uint128(rows[1].principal) + rows[1].interest);
        }
        vm.prank(bank);
        escrow.collect(receipts);
        return vm.lastCallGas().gasTotalUsed;
    }

    function assertWithin(string memory what, uint256 gas, uint256 budget) private {
        // Kept in tests/contracts/gas/snapshots: a change that costs more or less shows there.
        vm.snapshotValue("transactions", what, gas);
        vm.assertLe(gas, budget, what);
    }
}
