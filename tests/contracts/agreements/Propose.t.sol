// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILoanAgreements} from "../../../contracts/agreements/ILoanAgreements.sol";
import {LoanAgreements} from "../../../contracts/agreements/LoanAgreements.sol";
import {DayCount, Fee, FeeKind, Method, PenaltyBase, Terms} from "../../../contracts/agreements/Terms.sol";
import {IWorkingDays} from "../../../contracts/calendar/IWorkingDays.sol";
import {IConsortium, Scope} from "../../../contracts/consortium/IConsortium.sol";
import {Entry, ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {Vm, vm} from "../support/Vm.sol";

/// @notice A party that is a contract: it says yes to one digest.
contract SigningCompany {
    bytes32 public agreed;

    function agree(bytes32 digest) external {
        agreed = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == agreed ? this.isValidSignature.selector : bytes4(0);
    }
}

contract ProposeTest is LedgerTest {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    // ------------------------------------------------------------------------------------------------------- what is right

    function test_opensTheLoanUnderItsDigestAndRecordsTheLimitsUsed() public {
        Terms memory terms = baseTerms();
        bytes32 id = agreements.digest(terms);
        bytes memory signature = signed(BORROWER_KEY, id);
        bytes memory payload = abi.encode(terms, signature, RATE_CAP, REVERSAL_DAYS);
        bytes32 head = keccak256(abi.encode(id, id, uint32(1), START, Entry.Proposed, platform, keccak256(payload)));

        vm.expectEmit();
        emit ILoanEscrow.Recorded(id, 1, START, Entry.Proposed, platform, payload, head);
        vm.prank(platform);
        bytes32 loan = agreements.propose(terms, signature);

        vm.assertEq(loan, id);
        ILoanEscrow.Loan memory l = loanOf(loan);
        vm.assertEq(uint256(l.state), uint256(State.Proposed));
        vm.assertEq(l.head, head);
        vm.assertEq(l.length, 1);
        vm.assertEq(l.platform, 1);
        vm.assertEq(l.borrower, borrower);
        vm.assertEq(l.principal, terms.principal);
        vm.assertEq(l.rows, 6);
        vm.assertEq(l.reversalDays, REVERSAL_DAYS);
        vm.assertEq(l.fundingDeadline, terms.fundingDeadline);
    }

    /// @notice The digest written out by hand from EIP-712, type strings included.
    function test_idIsTheEip712DigestThatWalletsCompute() public {
        Terms memory t = signedTerms();
        bytes32 text = keccak256(
            abi.encode(
                keccak256("ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)"),
                keccak256(bytes(t.text.number)),
                t.text.salt,
                t.text.textHash,
                t.text.cidCommitment
            )
        );
        bytes32 pricing = keccak256(
            abi.encode(
                keccak256("Pricing(uint64 rateNano,uint8 dayCount,uint16[] rateShares)"),
                t.pricing.rateNano,
                t.pricing.dayCount,
                keccak256(abi.encode(uint256(100), uint256(65_535)))
            )
        );
        bytes32 rule = keccak256(
            abi.encode(
                keccak256(
                    "ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths,uint128 firstTranche,uint32 availableThrough,bytes32 tableHash)"
                ),
                t.schedule.method,
                t.schedule.instalments,
                t.schedule.periodMonths,
                t.schedule.firstTranche,
                t.schedule.availableThrough,
                t.schedule.tableHash
            )
        );
        bytes32 typeHash = keccak256(
            "Terms(uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule,PaymentRule payments,Fee[] fees)ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)Fee(uint8 kind,address payee,uint128 amount)PaymentRule(uint8 order,uint8 kinds,bool penaltyFirst,uint8 penaltyBase,bool penaltyReplaces,uint64 penaltyRateNano,uint16 graceDays,uint8 earlyKinds,uint64 earlyFeeNano,uint16 calendar)Pricing(uint64 rateNano,uint8 dayCount,uint16[] rateShares)ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths,uint128 firstTranche,uint32 availableThrough,bytes32 tableHash)"
        );
        bytes32 struct_ = keccak256(
            bytes.concat(
                abi.encode(typeHash, t.version, t.platform, t.borrower, t.currency, t.principal, t.regime),
                abi.encode(t.fundingDeadline, text, pricing, rule, paymentsHash(t), feesHash(t))
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("loan-ledger"),
                keccak256("1"),
                block.chainid,
                address(agreements)
            )
        );
        vm.assertEq(agreements.digest(t), keccak256(abi.encodePacked(hex"1901", domain, struct_)));
    }

    function test_operationalKeyOfThePlatformMayProposeIfItMayLend() public {
        address clerk = registerKey(platform, 0xC2, bits(Scope.Relay), 0);
        address key = registerKey(platform, 0xC3, bits(Scope.Lend), 0);
        Terms memory terms = baseTerms();
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        vm.prank(clerk);
        vm.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumScope.selector, clerk, uint8(Scope.Lend)));
        agreements.propose(terms, signature);
        vm.prank(key);
        assertState(agreements.propose(terms, signature), State.Proposed);
    }

    function test_companyThatIsAContractSignsByErc1271() public {
        SigningCompany company = new SigningCompany();
        vm.prank(bank);
        parties.register(address(company), "company", PartyKind.Organisation);
        Terms memory terms = baseTerms();
        terms.borrower = address(company);
        refused(
            terms,
            "",
            abi.encodeWithSelector(
                ILoanAgreements.BorrowerSignatureInvalid.selector, terms.borrower, agreements.digest(terms)
            )
        );
        company.agree(agreements.digest(terms));
        vm.prank(platform);
        assertState(agreements.propose(terms, ""), State.Proposed);
    }

    // ------------------------------------------------------------------------------------------------------ wrong by a field

    function test_refusesTermsOfAnotherPlatformOrAnOperationalKeyInItsPlace() public {
        Terms memory terms = baseTerms();
        terms.platform = rival;
        refused(terms, abi.encodeWithSelector(ILoanAgreements.TermsPlatform.selector, rival, platform));
        terms.platform = bank;
        refused(terms, abi.encodeWithSelector(ILoanAgreements.TermsPlatform.selector, bank, platform));
    }

    function test_refusesEachFieldOutOfItsRangeByName() public {
        Terms memory t = baseTerms();
        t.version = 2;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsVersion.selector, 2));
        t = baseTerms();
        t.currency = "USD";
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsCurrency.selector, bytes3("USD"), bytes3("CNY")));
        t = baseTerms();
        t.principal = 0;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPrincipal.selector, 0));
        t.principal = uint128(1) << 64;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPrincipal.selector, t.principal));
        t = baseTerms();
        t.fundingDeadline = START - 1;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsDeadline.selector, START - 1, START));
        t.fundingDeadline = START + 367;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsDeadline.selector, START + 367, START));
        t.fundingDeadline = type(uint32).max;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsDeadline.selector, type(uint32).max, START));
        t.fundingDeadline = START + 366;
        assertState(propose(t), State.Proposed);
        t = baseTerms();
        t.pricing.dayCount = 5;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsDayCount.selector, 5));
        t = baseTerms();
        t.schedule.method = 5;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsMethod.selector, 5));
        t = baseTerms();
        t.schedule.instalments = 0;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsInstalments.selector, 0));
        t.schedule.instalments = 361;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsInstalments.selector, 361));
        t = baseTerms();
        t.schedule.periodMonths = 0;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 0));
        t.schedule.periodMonths = 13;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 13));
    }

    function test_refusesAContractTextWithoutNumberSaltOrCommitments() public {
        bytes memory error = abi.encodeWithSelector(ILoanAgreements.TermsText.selector);
        Terms memory t = baseTerms();
        t.text.number = "";
        refused(t, error);
        t = baseTerms();
        t.text.salt = 0;
        refused(t, error);
        t = baseTerms();
        t.text.textHash = 0;
        refused(t, error);
        t = baseTerms();
        t.text.cidCommitment = 0;
        refused(t, error);
    }

    /// @notice What an index can't store or show would stop it for every loan.
    function test_contractNumberIsOneToSixtyFourPrintableAsciiCharacters() public {
        bytes memory error = abi.encodeWithSelector(ILoanAgreements.TermsText.selector);
        Terms memory t = baseTerms();
        bytes memory number = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            number[i] = bytes1(uint8(0x20 + i));
        }
        t.text.number = string(number);
        assertState(propose(t), State.Proposed);
        number = bytes("~ abc");
        for (uint256 value = 0; value < 256; ++value) {
            if (value >= 0x20 && value <= 0x7e) continue;
            number[2] = bytes1(uint8(value));
            t.text.number = string(number);
            refused(t, error);
        }
        t.text.number =
            string(bytes.concat(new bytes(0), "0123456789012345678901234567890123456789012345678901234567890123", "4"));
        refused(t, error);
    }

    function test_refusesEqualInstalmentsThatMightNotExist() public {
        Terms memory t = baseTerms();
        t.pricing.rateNano = 0.24e9;
        t.schedule.instalments = 151; // 12.58 years at 24 % is more than three times the principal
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsInstalments.selector, 151));
        t.schedule.instalments = 150;
        assertState(propose(t), State.Proposed);
        // Without an instalment to be found the bound is what a loan's fields hold: a hundred times the principal.
        vm.prank(regulator);
        regimes.set("wide", IRegimeProfiles.Profile(100e9, 0, START, START));
        t.regime = "wide";
        t.schedule.method = uint8(Method.InterestOnlyBullet);
        t.payments.earlyKinds = 5;
        t.pricing.rateNano = 3.333333333e9;
        t.schedule.instalments = 360;
        assertState(propose(t), State.Proposed);
        t.pricing.rateNano = 3.333333334e9;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsInstalments.selector, 360));
    }

    // ---------------------------------------------------------------------------------------------------- schedules, tranches

    function test_singlePaymentHasOneRowWithinThirtyYears() public {
        Terms memory t = baseTerms();
        t.schedule.method = uint8(Method.SinglePayment);
        t.payments.earlyKinds = 1;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsInstalments.selector, 6));
        t.schedule.instalments = 1;
        t.schedule.periodMonths = 361;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 361));
        t.schedule.periodMonths = 0;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 0));
        t.schedule.periodMonths = 360;
        assertState(propose(t), State.Proposed);
    }

    function test_customNamesItsTableAndNoOtherMethodDoes() public {
        Terms memory t = baseTerms();
        t.schedule.tableHash = "table";
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsTable.selector, t.schedule.method, bytes32("table")));
        t.schedule.method = uint8(Method.Custom);
        t.payments.earlyKinds = 1;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 1));
        t.schedule.periodMonths = 0;
        assertState(propose(t), State.Proposed);
        t.text.salt = "another loan";
        t.schedule.tableHash = 0;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsTable.selector, t.schedule.method, bytes32(0)));
        t.schedule.method = uint8(Method.EqualPrincipal);
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsPeriod.selector, 0));
    }

    function test_tranchesAreDrawnWithinTheLifeOfTheLoan() public {
        Terms memory t = baseTerms();
        refusedTranches(t, 0, 0);
        refusedTranches(t, 0, START);
        refusedTranches(t, t.principal + 1, START);
        refusedTranches(t, t.principal, START + 1); // nothing is left to draw
        refusedTranches(t, 1, 0);
        refusedTranches(t, 1, START - 1);
        refusedTranches(t, 1, START + 366 + 6 * 31 + 1);
        refusedTranches(t, 1, type(uint32).max);
        t.schedule.firstTranche = 1;
        t.schedule.availableThrough = START + 366 + 6 * 31;
        assertState(propose(t), State.Proposed);
        t.schedule.method = uint8(Method.Custom);
        t.schedule.periodMonths = 0;
        t.schedule.tableHash = "table";
        t.payments.earlyKinds = 1;
        refusedTranches(t, 1, START);
    }

    // ------------------------------------------------------------------------------------------------- classes, fees, payments

    function test_classesAreFourAtMostAndEachEarnsSomething() public {
        Terms memory t = baseTerms();
        t.pricing.rateShares = new uint16[](5);
        for (uint256 i = 0; i < 5; ++i) {
            t.pricing.rateShares[i] = 1;
        }
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsShares.selector, 4, 1));
        t.pricing.rateShares = new uint16[](4);
        t.pricing.rateShares[0] = type(uint16).max;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsShares.selector, 1, 0));
        t.pricing.rateShares[1] = 1;
        t.pricing.rateShares[2] = 2;
        t.pricing.rateShares[3] = 3;
        assertState(propose(t), State.Proposed);
    }

    function test_feesAreFourAtMostToRegisteredPayeesAndFitTheLoan() public {
        Terms memory t = baseTerms();
        t.fees = new Fee[](5);
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsFees.selector, 5, 0));
        t.fees = new Fee[](1);
        t.fees[0] = Fee(2, borrower, 1);
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsFee.selector, 0, 2, 1));
        t.fees[0] = Fee(0, borrower, 0);
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsFee.selector, 0, 0, 0));
        t.fees[0] = Fee(0, stranger, 1);
        refused(t, abi.encodeWithSelector(IParties.PartiesUnknown.selector, stranger));
        // Six times 2^39 / 6 and a bit is too much; once it is not.
        uint128 amount = (uint128(1) << 39) / 6 + 1;
        t.fees[0] = Fee(uint8(FeeKind.EachInstalment), borrower, amount);
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsFees.selector, 1, 6 * uint256(amount)));
        t.fees[0].amount = type(uint128).max;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsFees.selector, 1, 6 * uint256(type(uint128).max)));
        t.fees = new Fee[](4);
        register(lenderAt(0));
        for (uint256 i = 0; i < 4; ++i) {
            t.fees[i] = Fee(uint8(i % 2), i < 2 ? borrower : lenderAt(0), 100);
        }
        t.fees[0] = Fee(uint8(FeeKind.FirstInstalment), borrower, amount);
        assertState(propose(t), State.Proposed);
    }

    function test_refusesEachFieldOfThePaymentRuleOutOfItsRangeByName() public {
        Terms memory t = baseTerms();
        t.payments.order = 2;
        refusedPayment(t, "order", 2);
        t = baseTerms();
        t.payments.kinds = 6;
        refusedPayment(t, "kinds", 6);
        t = baseTerms();
        t.payments.penaltyBase = 3;
        refusedPayment(t, "penaltyBase", 3);
        t = baseTerms();
        t.payments.penaltyRateNano = 1;
        refusedPayment(t, "penaltyRateNano", 1); // no base
        t.payments.penaltyBase = uint8(PenaltyBase.Instalment);
        t.payments.penaltyRateNano = 1e9 + 1;
        refusedPayment(t, "penaltyRateNano", 1e9 + 1);
        t.payments.penaltyRateNano = 1e9;
        t.payments.graceDays = 91;
        refusedPayment(t, "graceDays", 91);
        t.payments.graceDays = 90;
        t.payments.earlyFeeNano = 1e9 + 1;
        refusedPayment(t, "earlyFeeNano", 1e9 + 1);
        t.payments.earlyFeeNano = 1e9;
        t.payments.calendar = 3;
        refused(t, abi.encodeWithSelector(IWorkingDays.WorkingDaysUnknown.selector, 3));
        vm.prank(regulator);
        workingDays.publish(3, START, 31, new uint256[](1));
        t.payments.order = 1;
        t.payments.kinds = 5;
        t.payments.penaltyFirst = true;
        t.payments.penaltyReplaces = true;
        assertState(propose(t), State.Proposed);
    }

    function test_earlyRepaymentsThatTheMethodCannotCarryOutAreRefused() public {
        uint8[5] memory allowed = [7, 5, 7, 1, 1];
        for (uint8 method = 0; method < 5; ++method) {
            for (uint256 kinds = 0; kinds < 256; kinds = kinds < 16 ? kinds + 1 : kinds * 2) {
                Terms memory t = baseTerms();
                t.schedule.method = method;
                if (method == uint8(Method.SinglePayment)) t.schedule.instalments = 1;
                if (method == uint8(Method.Custom)) {
                    t.schedule.periodMonths = 0;
                    t.schedule.tableHash = "table";
                }
                t.payments.earlyKinds = uint8(kinds);
                if (kinds & ~uint256(allowed[method]) == 0) assertState(propose(t), State.Proposed);
                else refusedPayment(t, "earlyKinds", kinds);
            }
        }
    }

    // ---------------------------------------------------------------------------------------------- what admitted terms need

    struct Offered {
        uint64 principal;
        uint64 rateNano;
        uint8 dayCount;
        uint8 method;
        uint16 instalments;
        uint16 periodMonths;
        uint64 firstTranche;
        uint40 fee;
        uint16 startsAfter;
    }

    /// @notice Whatever is admitted has a table on every day of payout, and fits the fields of a loan.
    function testFuzz_whatIsAdmittedHasATableThatFits(Offered memory o) public {
        vm.prank(regulator);
        regimes.set("wide", IRegimeProfiles.Profile(100e9, 0, START, START));
        Terms memory t = baseTerms();
        t.regime = "wide";
        t.payments.earlyKinds = 1;
        t.schedule.method = o.method % 4; // a custom table is what the borrower signed
        t.schedule.instalments = t.schedule.method == uint8(Method.SinglePayment) ? 1 : o.instalments % 362;
        t.schedule.periodMonths = o.periodMonths % (t.schedule.instalments == 1 ? 362 : 14);
        t.pricing.dayCount = o.dayCount % 5;
        // Around what the life of the loan allows.
        uint256 life = uint256(t.schedule.instalments) * t.schedule.periodMonths + 1;
        t.pricing.rateNano = uint64(o.rateNano % ((o.rateNano % 2 == 0 ? 36e9 : 1200e9) / life + 10));
        t.principal = o.principal % 4 == 0 ? type(uint64).max : o.principal;
        t.schedule.firstTranche = o.firstTranche % 2 == 0 ? t.principal : o.firstTranche;
        if (t.schedule.firstTranche != t.principal) t.schedule.availableThrough = START + 30;
        t.fees = new Fee[](1);
        t.fees[0] = Fee(uint8(o.fee % 2), borrower, o.fee % 3 == 0 ? o.fee : 1 + o.fee % 1e9);
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(t));
        vm.prank(platform);
        try agreements.propose(t, signature) {}
        catch {
            return;
        }

        uint32 start = START + o.startsAfter % 1500;
        Row[] memory rows = ScheduleModel.rows(t, start);
        schedules.verify(t, ScheduleModel.firstSegment(t, start), rows);
        uint256 interest;
        uint256 fees;
        for (uint256 i = 0; i < rows.length; ++i) {
            interest += rows[i].interest;
            fees += rows[i].fee;
        }
        vm.assertLt(interest, uint256(1) << 71);
        vm.assertLt(fees, uint256(1) << 39);
    }

    // -------------------------------------------------------------------------------------------------------------- limits

    /// @notice 0.05 a month is 0.6 a year.
    function test_refusesAMonthlyRateOfFivePerCentAndNamesTheCap() public {
        Terms memory terms = baseTerms();
        terms.pricing.rateNano = 0.6e9;
        refused(terms, abi.encodeWithSelector(ILoanAgreements.RateAboveCap.selector, 0.6e9, RATE_CAP));
    }

    function test_admitsARateAtTheCap() public {
        Terms memory terms = baseTerms();
        terms.pricing.rateNano = RATE_CAP;
        assertState(propose(terms), State.Proposed);
    }

    /// @notice 365 days of a year of 360: 23.67 % is 24 % and a little.
    function test_rateThatCountsByDaysOver360IsComparedAsItCounts() public {
        Terms memory terms = baseTerms();
        terms.pricing.dayCount = uint8(DayCount.Act360);
        terms.pricing.rateNano = 236_712_329; // * 365 / 360 = 240,000,000.24
        refused(terms, abi.encodeWithSelector(ILoanAgreements.RateAboveCap.selector, 240_000_001, RATE_CAP));
        terms.pricing.rateNano = 236_712_328;
        assertState(propose(terms), State.Proposed);
        terms.pricing.dayCount = uint8(DayCount.ActAct);
        terms.pricing.rateNano = 0.24e9 + 1;
        refused(terms, abi.encodeWithSelector(ILoanAgreements.RateAboveCap.selector, 0.24e9 + 1, RATE_CAP));
    }

    function test_refusesARegimeThatIsUnknownOrNotYetOrNoLongerEffective() public {
        Terms memory terms = baseTerms();
        terms.regime = "none";
        refused(terms, abi.encodeWithSelector(IRegimeProfiles.RegimeUnknown.selector, bytes32("none")));
        vm.startPrank(regulator);
        regimes.set("later", IRegimeProfiles.Profile(1e9, 0, START + 1, START + 1));
        regimes.set("past", IRegimeProfiles.Profile(1e9, 0, START - 1, START - 1));
        vm.stopPrank();
        terms.regime = "later";
        refused(terms, notEffective("later", START + 1));
        terms.regime = "past";
        refused(terms, notEffective("past", START - 1));
    }

    // ---------------------------------------------------------------------------------------------------------- signatures

    function test_refusesABorrowerThatTheBankHasNotRegistered() public {
        Terms memory terms = baseTerms();
        terms.borrower = vm.addr(0xB1);
        refused(terms, abi.encodeWithSelector(IParties.PartiesUnknown.selector, terms.borrower));
    }

    /// @notice A key that was lost signs no loan any more, while who registered late is known by the new one.
    function test_refusesABorrowersKeyThatWasReplaced() public {
        Terms memory terms = baseTerms();
        terms.fundingDeadline = START + 100;
        replaceAccount(subjectOf(borrower), lenderAt(7));
        refused(terms, abi.encodeWithSelector(IParties.PartiesReplaced.selector, borrower, lenderAt(7)));
        terms.borrower = lenderAt(7);
        bytes memory signature = signed(lenderKey(7), agreements.digest(terms));
        vm.prank(platform);
        assertState(agreements.propose(terms, signature), State.Proposed);
    }

    /// @notice Any change after signing is found.
    function test_refusesTermsChangedAfterSigning() public {
        Terms memory terms = baseTerms();
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        terms.principal += 1;
        terms.schedule.firstTranche += 1;
        refusedSignature(terms, signature);
        terms.principal -= 1;
        terms.schedule.firstTranche -= 1;
        terms.text.textHash ^= bytes32(uint256(1));
        refusedSignature(terms, signature);
        terms.text.textHash ^= bytes32(uint256(1));
        terms.payments.penaltyFirst = true;
        refusedSignature(terms, signature);
        terms.payments.penaltyFirst = false;
        terms.pricing.rateShares = new uint16[](1);
        terms.pricing.rateShares[0] = 1;
        refusedSignature(terms, signature);
        terms.pricing.rateShares = new uint16[](0);
        terms.fees = new Fee[](1);
        terms.fees[0] = Fee(0, borrower, 1);
        refusedSignature(terms, signature);
        terms.fees = new Fee[](0);
        vm.prank(platform);
        assertState(agreements.propose(terms, signature), State.Proposed);
    }

    function test_refusesSignaturesOfOthersMalleatedShortLongAndEmptyOnes() public {
        Terms memory terms = baseTerms();
        bytes32 digest = agreements.digest(terms);
        refusedSignature(terms, signed(lenderKey(0), digest));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(BORROWER_KEY, digest);
        bytes32 high = bytes32(CURVE_ORDER - uint256(s));
        refusedSignature(terms, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
        refusedSignature(terms, abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)))); // 64 bytes, ERC-2098
        refusedSignature(terms, abi.encodePacked(r, s, v, uint8(0)));
        refusedSignature(terms, abi.encodePacked(r, s, uint8(v - 27)));
        refusedSignature(terms, "");
        refusedSignature(terms, new bytes(65));
    }

    function test_refusesASignatureForAnotherChainOrAnotherContract() public {
        Terms memory terms = baseTerms();
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        bytes memory elsewhere = signed(BORROWER_KEY, agreements.digest(terms));
        vm.chainId(here);
        refusedSignature(terms, elsewhere);

        LoanAgreements other = new LoanAgreements(consortium, parties, token, regimes, escrow, workingDays);
        refusedSignature(terms, signed(BORROWER_KEY, other.digest(terms)));
    }

    // ----------------------------------------------------------------------------------------------------------- single use

    function test_refusesAnIdASecondTimeEvenAfterCancelling() public {
        (bytes32 loan, Terms memory terms) = proposedLoan();
        refused(terms, abi.encodeWithSelector(ILoanEscrow.LoanExists.selector, loan));
        vm.prank(platform);
        escrow.cancel(loan, 1, "withdrawn");
        refused(terms, abi.encodeWithSelector(ILoanEscrow.LoanExists.selector, loan));
    }

    // ----------------------------------------------------------------------------------------------------------- internals

    /// @notice Terms with every list filled.
    function signedTerms() private returns (Terms memory t) {
        t = baseTerms();
        t.pricing.rateShares = new uint16[](2);
        t.pricing.rateShares[0] = 100;
        t.pricing.rateShares[1] = 65_535;
        t.fees = new Fee[](2);
        t.fees[0] = Fee(0, borrower, 12);
        t.fees[1] = Fee(1, platform, 34);
        t.payments.penaltyFirst = true;
        t.payments.penaltyRateNano = 5;
        t.payments.calendar = 6;
    }

    function paymentsHash(Terms memory t) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "PaymentRule(uint8 order,uint8 kinds,bool penaltyFirst,uint8 penaltyBase,bool penaltyReplaces,uint64 penaltyRateNano,uint16 graceDays,uint8 earlyKinds,uint64 earlyFeeNano,uint16 calendar)"
        );
        return keccak256(
            bytes.concat(
                abi.encode(
                    typeHash, t.payments.order, t.payments.kinds, t.payments.penaltyFirst, t.payments.penaltyBase
                ),
                abi.encode(t.payments.penaltyReplaces, t.payments.penaltyRateNano, t.payments.graceDays),
                abi.encode(t.payments.earlyKinds, t.payments.earlyFeeNano, t.payments.calendar)
            )
        );
    }

    function feesHash(Terms memory t) private pure returns (bytes32) {
        bytes32 typeHash = keccak256("Fee(uint8 kind,address payee,uint128 amount)");
        return keccak256(
            abi.encode(
                keccak256(abi.encode(typeHash, t.fees[0].kind, t.fees[0].payee, t.fees[0].amount)),
                keccak256(abi.encode(typeHash, t.fees[1].kind, t.fees[1].payee, t.fees[1].amount))
            )
        );
    }

    function refusedPayment(Terms memory terms, bytes32 field, uint256 given) private {
        refused(terms, abi.encodeWithSelector(ILoanAgreements.TermsPayment.selector, field, given));
    }

    function refusedTranches(Terms memory terms, uint128 firstTranche, uint32 availableThrough) private {
        terms.schedule.firstTranche = firstTranche;
        terms.schedule.availableThrough = availableThrough;
        refused(terms, abi.encodeWithSelector(ILoanAgreements.TermsTranches.selector, firstTranche, availableThrough));
    }

    function notEffective(bytes32 id, uint32 day) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRegimeProfiles.RegimeNotEffective.selector, id, START, day, day);
    }

    function refused(Terms memory terms, bytes memory error) private {
        refused(terms, signed(BORROWER_KEY, agreements.digest(terms)), error);
    }

    function refusedSignature(Terms memory terms, bytes memory signature) private {
        refused(
            terms,
            signature,
            abi.encodeWithSelector(
                ILoanAgreements.BorrowerSignatureInvalid.selector, terms.borrower, agreements.digest(terms)
            )
        );
    }

    function refused(Terms memory terms, bytes memory signature, bytes memory error) private {
        vm.prank(platform);
        vm.expectRevert(error);
        agreements.propose(terms, signature);
    }
}
