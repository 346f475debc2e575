// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {LoanAgreements} from "../../../contracts/agreements/LoanAgreements.sol";
import {ContractText, DayCount, Method, Pricing, ScheduleRule, Terms} from "../../../contracts/agreements/Terms.sol";
import {Calendar} from "../../../contracts/calendar/Calendar.sol";
import {Consortium} from "../../../contracts/consortium/Consortium.sol";
import {Role} from "../../../contracts/consortium/IConsortium.sol";
import {DocumentCommitments} from "../../../contracts/documents/DocumentCommitments.sol";
import {CustodyToken} from "../../../contracts/escrow/CustodyToken.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {ILoanEscrow, Receipt, State, Subscription} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Withdrawal} from "../../../contracts/escrow/IWithdrawals.sol";
import {LoanEscrow} from "../../../contracts/escrow/LoanEscrow.sol";
import {Withdrawals} from "../../../contracts/escrow/Withdrawals.sol";
import {PartyKind} from "../../../contracts/parties/IParties.sol";
import {Parties} from "../../../contracts/parties/Parties.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {RepaymentSchedules} from "../../../contracts/schedules/RepaymentSchedules.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {RegimeProfiles} from "../../../contracts/supervision/RegimeProfiles.sol";
import {ScheduleModel} from "./ScheduleModel.sol";
import {vm} from "./Vm.sol";

/// @notice A whole ledger on a fresh chain, with one member for each role, and the steps that most tests start from.
abstract contract LedgerTest {
    uint32 internal constant START = 20_454; // 2026-01-01
    bytes32 internal constant REGIME = "CN-test";
    uint64 internal constant RATE_CAP = 0.24e9;
    uint16 internal constant REVERSAL_DAYS = 5;

    address internal platform = vm.addr(0xA1);
    address internal bank = vm.addr(0xA2);
    address internal regulator = vm.addr(0xA3);
    address internal arbitrator = vm.addr(0xA4);
    address internal guarantor = vm.addr(0xA5);
    address internal observer = vm.addr(0xA6);
    address internal rival = vm.addr(0xA7); // another platform
    address internal stranger = vm.addr(0xA8);

    uint256 internal constant BORROWER_KEY = 0xB0;
    address internal borrower = vm.addr(BORROWER_KEY);

    Consortium internal consortium;
    Parties internal parties;
    CustodyToken internal token;
    Calendar internal calendar;
    RegimeProfiles internal regimes;
    RepaymentSchedules internal schedules;
    LoanEscrow internal escrow;
    LoanAgreements internal agreements;
    Withdrawals internal withdrawals;
    DocumentCommitments internal documents;

    uint16 internal nextEntry = 1;
    uint256 internal nextSalt = 1;

    function setUp() public virtual {
        deploy(true);
    }

    function deploy(bool simulated) internal {
        consortium = new Consortium();
        consortium.admit(platform, Role.Platform, "platform");
        consortium.admit(bank, Role.Bank, "bank");
        consortium.admit(regulator, Role.Regulator, "regulator");
        consortium.admit(arbitrator, Role.Arbitrator, "arbitrator");
        consortium.admit(guarantor, Role.Guarantor, "guarantor");
        consortium.admit(observer, Role.Observer, "observer");
        consortium.admit(rival, Role.Platform, "rival");

        parties = new Parties(consortium);
        token = new CustodyToken(consortium, parties, "Custody CNY", "CNY");
        calendar = new Calendar(consortium, token, START, simulated);
        regimes = new RegimeProfiles(consortium);
        schedules = new RepaymentSchedules();
        escrow = new LoanEscrow(consortium, parties, token, calendar, schedules);
        agreements = new LoanAgreements(consortium, parties, token, calendar, regimes, escrow);
        withdrawals = new Withdrawals(consortium, parties, token, calendar);
        documents = new DocumentCommitments(consortium, escrow);

        consortium.recordDeployment("Parties", address(parties), false);
        consortium.recordDeployment("CustodyToken", address(token), false);
        consortium.recordDeployment("Calendar", address(calendar), false);
        consortium.recordDeployment("RegimeProfiles", address(regimes), false);
        consortium.recordDeployment("RepaymentSchedules", address(schedules), false);
        consortium.recordDeployment("LoanEscrow", address(escrow), true);
        consortium.recordDeployment("LoanAgreements", address(agreements), true);
        consortium.recordDeployment("Withdrawals", address(withdrawals), true);
        consortium.recordDeployment("DocumentCommitments", address(documents), true);
        consortium.renounce();

        vm.prank(regulator);
        regimes.set(REGIME, IRegimeProfiles.Profile(RATE_CAP, REVERSAL_DAYS, START, START + 3650));
        vm.prank(bank);
        parties.register(borrower, subjectOf(borrower), PartyKind.Person);
    }

    // ------------------------------------------------------------------------------------------------------------ parties

    function lenderKey(uint256 index) internal pure returns (uint256) {
        return 0x10000 + index;
    }

    function lenderAt(uint256 index) internal pure returns (address) {
        return vm.addr(lenderKey(index));
    }

    function subjectOf(address account) internal pure returns (bytes32) {
        return keccak256(abi.encode("subject", account));
    }

    function register(address account) internal {
        vm.prank(bank);
        parties.register(account, subjectOf(account), PartyKind.Person);
    }

    /// @notice Registers lender `index` and credits a deposit to it.
    function fundedLender(uint256 index, uint128 amount) internal returns (address lender) {
        lender = lenderAt(index);
        if (parties.accountOf(subjectOf(lender)) == address(0)) register(lender);
        credit(lender, amount);
    }

    function credit(address to, uint128 amount) internal {
        BankEntry memory entry = freshEntry();
        vm.prank(bank);
        token.credit(to, amount, entry);
    }

    function freshEntry() internal returns (BankEntry memory) {
        uint16 number = nextEntry++;
        return BankEntry(1, number, keccak256(abi.encode("entry", number)));
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
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
            pricing: Pricing({rateNano: 0.05e9, dayCount: uint8(DayCount.Monthly12)}),
            schedule: ScheduleRule({method: uint8(Method.EqualInstalment), instalments: 6, periodMonths: 1})
        });
    }

    function propose(Terms memory terms) internal returns (bytes32 loan) {
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        vm.prank(platform);
        return agreements.propose(terms, signature);
    }

    function subscription(bytes32 loan, uint256 index, uint128 amount) internal returns (Subscription memory) {
        return Subscription(loan, lenderAt(index), amount, bytes32(nextSalt++), today() + 10);
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
        disburseAndInstruct(loan);
    }

    function disburseAndInstruct(bytes32 loan) internal {
        uint32 length = lengthOf(loan);
        vm.prank(platform);
        escrow.disburse(loan, length);
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

    // --------------------------------------------------------------------------------------------------------------- days

    function today() internal view returns (uint32) {
        return calendar.businessDate();
    }

    /// @notice Attests that nothing is missing, then closes all days up to `through`.
    function closeThrough(uint32 through) internal {
        bytes32 statement = keccak256(abi.encode("statement", through));
        uint128 supply = uint128(token.totalSupply());
        vm.startPrank(bank);
        token.attest(through, statement, supply, 0, 0);
        calendar.closeDay(through, statement);
        vm.stopPrank();
    }

    /// @notice Leaves `missing` minor units missing at the attestation of the running day.
    function attestShortfall(uint128 missing) internal {
        uint128 supply = uint128(token.totalSupply());
        uint32 day = today();
        vm.prank(bank);
        token.attest(day, keccak256("short"), supply - missing, 0, 0);
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
            total += uint128(rows[i].principal) + rows[i].interest;
        }
    }

    function one(address account) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }

    function many(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = lenderAt(i);
        }
    }
}
