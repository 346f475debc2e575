// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {LoanAgreements} from "../../../contracts/agreements/LoanAgreements.sol";
import {
    ContractText,
    DayCount,
    Fee,
    Method,
    PaymentRule,
    Pricing,
    ScheduleRule,
    Terms
} from "../../../contracts/agreements/Terms.sol";
import {WorkingDays} from "../../../contracts/calendar/WorkingDays.sol";
import {DocumentCommitments} from "../../../contracts/documents/DocumentCommitments.sol";
import {Corrections} from "../../../contracts/escrow/Corrections.sol";
import {Disbursements} from "../../../contracts/escrow/Disbursements.sol";
import {EarlyRepayments} from "../../../contracts/escrow/EarlyRepayments.sol";
import {EscrowBase} from "../../../contracts/escrow/EscrowBase.sol";
import {Funding} from "../../../contracts/escrow/Funding.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {ILoanEscrow, Receipt, State, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {LoanEscrow} from "../../../contracts/escrow/LoanEscrow.sol";
import {Mandates} from "../../../contracts/escrow/Mandates.sol";
import {Openings} from "../../../contracts/escrow/Openings.sol";
import {Positions} from "../../../contracts/escrow/Positions.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {RepaymentSchedules} from "../../../contracts/schedules/RepaymentSchedules.sol";
import {AuditAnchors} from "../../../contracts/supervision/AuditAnchors.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {RegimeProfiles} from "../../../contracts/supervision/RegimeProfiles.sol";
import {CoreTest} from "./CoreTest.sol";
import {ScheduleModel} from "./ScheduleModel.sol";
import {vm} from "./Vm.sol";

/// @notice A whole ledger on a fresh chain, and the steps that most tests of loans start from.
abstract contract LedgerTest is CoreTest {
    bytes32 internal constant REGIME = "CN-test";
    uint64 internal constant RATE_CAP = 0.24e9;
    uint16 internal constant REVERSAL_DAYS = 5;

    WorkingDays internal workingDays;
    RegimeProfiles internal regimes;
    RepaymentSchedules internal schedules;
    LoanEscrow internal escrow;
    LoanAgreements internal agreements;
    DocumentCommitments internal documents;
    AuditAnchors internal auditAnchors;

    uint256 internal nextSalt = 1;

    function deployLoans() internal override {
        workingDays = new WorkingDays(consortium);
        regimes = new RegimeProfiles(consortium);
        schedules = new RepaymentSchedules();
        EscrowBase.Parts memory parts = EscrowBase.Parts(consortium, approvals, parties, token, workingDays, schedules);
        escrow = new LoanEscrow(
            parts,
            LoanEscrow.Modules({
                funding: address(new Funding(parts)),
                openings: address(new Openings(parts)),
                disbursements: address(new Disbursements(parts)),
                mandates: address(new Mandates(parts)),
                corrections: address(new Corrections(parts)),
                earlyRepayments: address(new EarlyRepayments(parts)),
                positions: address(new Positions(parts))
            })
        );
        agreements = new LoanAgreements(consortium, parties, token, regimes, escrow, workingDays);
        documents = new DocumentCommitments(consortium, escrow);
        auditAnchors = new AuditAnchors(consortium);
    }

    function recordLoans() internal override {
        consortium.recordDeployment("WorkingDays", address(workingDays), false);
        consortium.recordDeployment("RegimeProfiles", address(regimes), false);
        consortium.recordDeployment("RepaymentSchedules", address(schedules), false);
        consortium.recordDeployment("LoanEscrow", address(escrow), true);
        consortium.recordDeployment("LoanAgreements", address(agreements), true);
        consortium.recordDeployment("DocumentCommitments", address(documents), true);
        consortium.recordDeployment("AuditAnchors", address(auditAnchors), false);
        vm.prank(regulator);
        regimes.set(REGIME, IRegimeProfiles.Profile(RATE_CAP, REVERSAL_DAYS, START, START + 3650));
    }

    // -------------------------------------------------------------------------------------------------------------- loans

    /// @notice 5,000.00 yuan, 6 monthly equal instalments, 5 % a year, fresh salt.
    function baseTerms() internal returns (Terms memory) {
        return Terms({
            version: 1,
            platform: platform,
            borrower: borrower,
            currency: "CNY",
            principal: 500_000,
            regime: REGIME,
            fundingDeadline: START + 10,
            text: ContractText({
                number: "C-001", salt: bytes32(nextSalt++), textHash: keccak256("text"), cidCommitment: keccak256("cid")
            }),
            pricing: Pricing({rateNano: 0.05e9, dayCount: uint8(DayCount.Monthly12), rateShares: new uint16[](0)}),
            schedule: ScheduleRule({
                method: uint8(Method.EqualInstalment),
                instalments: 6,
                periodMonths: 1,
                firstTranche: 500_000,
                availableThrough: 0,
                tableHash: 0
            }),
            payments: PaymentRule({
                order: 0,
                kinds: 0,
                penaltyFirst: false,
                penaltyBase: 0,
                penaltyReplaces: false,
                penaltyRateNano: 0,
                graceDays: 0,
                earlyKinds: 7,
                earlyFeeNano: 0,
                calendar: 0
            }),
            fees: new Fee[](0)
        });
    }

    function propose(Terms memory terms) internal returns (bytes32 loan) {
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        vm.prank(platform);
        return agreements.propose(terms, signature);
    }

    function subscription(bytes32 loan, uint256 index, uint128 amount) internal returns (Subscription memory) {
        return Subscription(loan, lenderAt(index), amount, 0, bytes32(nextSalt++), today() + 10);
    }

    /// @notice Lender `index` subscribes by a message of its own, sent by the rival platform: any seat relays.
    function subscribe(bytes32 loan, uint256 index, uint128 amount) internal {
        Subscription[] memory subscriptions = new Subscription[](1);
        subscriptions[0] = subscription(loan, index, amount);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signed(lenderKey(index), escrow.subscriptionDigest(subscriptions[0]));
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.subscribe(loan, length, subscriptions, signatures);
    }

    function proposedLoan() internal returns (bytes32 loan, Terms memory terms) {
        terms = baseTerms();
        loan = propose(terms);
    }

    /// @notice A loan of `baseTerms` funded by `count` lenders in nearly equal parts.
    function fundedLoan(uint256 count) internal returns (bytes32 loan, Terms memory terms) {
        (loan, terms) = proposedLoan();
        fund(loan, terms, count);
    }

    function fund(bytes32 loan, Terms memory terms, uint256 count) internal {
        uint128 left = terms.principal;
        for (uint256 i = 0; i < count; ++i) {
            uint128 amount = i == count - 1 ? left : uint128(terms.principal / count);
            fundedLender(i, amount);
            subscribe(loan, i, amount);
            left -= amount;
        }
    }

    function instructedLoan(uint256 count) internal returns (bytes32 loan, Terms memory terms) {
        (loan, terms) = fundedLoan(count);
        disburseAndInstruct(loan, terms);
    }

    function disburseAndInstruct(bytes32 loan, Terms memory terms) internal {
        uint32 length = lengthOf(loan);
        Row[] memory rows = ScheduleModel.rows(terms, today());
        vm.prank(platform);
        escrow.disburse(terms, length, rows);
        vm.prank(bank);
        escrow.instruct(loan, length + 1, keccak256("pain.001"));
    }

    function activeLoan(uint256 count) internal returns (bytes32 loan, Terms memory terms, Row[] memory rows) {
        (loan, terms) = instructedLoan(count);
        rows = settle(loan, terms);
    }

    function settle(bytes32 loan, Terms memory terms) internal returns (Row[] memory rows) {
        rows = ScheduleModel.rows(terms, today());
        uint32 length = lengthOf(loan);
        BankEntry memory entry = freshEntry();
        uint32 valueDate = today();
        vm.prank(bank);
        escrow.settle(terms, length, valueDate, entry, rows);
    }

    function collect(bytes32 loan, uint128 amount) internal {
        Receipt[] memory receipts = new Receipt[](1);
        receipts[0] = receiptFor(loan, lengthOf(loan), amount);
        vm.prank(bank);
        escrow.collect(receipts);
    }

    function receiptFor(bytes32 loan, uint32 length, uint128 amount) internal returns (Receipt memory) {
        return Receipt(loan, length, amount, today(), freshEntry());
    }

    function claim(bytes32 loan, address lender) internal {
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.claim(loan, length, one(lender));
    }

    function repaidLoan(uint256 count) internal returns (bytes32 loan, Terms memory terms, Row[] memory rows) {
        (loan, terms, rows) = activeLoan(count);
        collect(loan, totalOf(rows));
    }

    function closedLoan(uint256 count) internal returns (bytes32 loan, Terms memory terms, Row[] memory rows) {
        (loan, terms, rows) = repaidLoan(count);
        closeThrough(today() + REVERSAL_DAYS);
        uint32 length = lengthOf(loan);
        vm.prank(rival);
        escrow.close(loan, length);
    }

    // ------------------------------------------------------------------------------------------------------------- reading

    function lengthOf(bytes32 loan) internal view returns (uint32 length) {
        (, length) = escrow.history(loan);
    }

    function loanOf(bytes32 loan) internal view returns (ILoanEscrow.Loan memory) {
        return escrow.loanOf(loan);
    }

    function assertState(bytes32 loan, State expected) internal view {
        vm.assertEq(uint256(loanOf(loan).state), uint256(expected), "state");
    }

    function totalOf(Row[] memory rows) internal pure returns (uint128 total) {
        for (uint256 i = 0; i < rows.length; ++i) {
            total += uint128(rows[i].principal) + rows[i].interest + rows[i].fee;
        }
    }
}
