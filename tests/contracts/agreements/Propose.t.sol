// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ILoanAgreements} from "../../../contracts/agreements/ILoanAgreements.sol";
import {LoanAgreements} from "../../../contracts/agreements/LoanAgreements.sol";
import {Method, Terms} from "../../../contracts/agreements/Terms.sol";
import {Entry, ILoanEscrow, State} from "../../../contracts/escrow/ILoanEscrow.sol";
import {IParties, PartyKind} from "../../../contracts/parties/IParties.sol";
import {IRegimeProfiles} from "../../../contracts/supervision/IRegimeProfiles.sol";
import {LedgerTest} from "../support/LedgerTest.sol";
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
        Terms memory t = baseTerms();
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
            abi.encode(keccak256("Pricing(uint64 rateNano,uint8 dayCount)"), t.pricing.rateNano, t.pricing.dayCount)
        );
        bytes32 rule = keccak256(
            abi.encode(
                keccak256("ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths)"),
                t.schedule.method,
                t.schedule.instalments,
                t.schedule.periodMonths
            )
        );
        bytes32 typeHash = keccak256(
            "Terms(uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule)ContractText(string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment)Pricing(uint64 rateNano,uint8 dayCount)ScheduleRule(uint8 method,uint16 instalments,uint16 periodMonths)"
        );
        bytes32 struct_ = keccak256(
            bytes.concat(
                abi.encode(typeHash, t.version, t.platform, t.borrower, t.currency, t.principal, t.regime),
                abi.encode(t.fundingDeadline, text, pricing, rule)
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

    function test_operationalKeyOfThePlatformMayPropose() public {
        address key = vm.addr(0xC3);
        vm.prank(platform);
        consortium.registerKey(key);
        Terms memory terms = baseTerms();
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
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
        t.principal = uint128(1) << 96;
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
        t.pricing.dayCount = 3;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsDayCount.selector, 3));
        t = baseTerms();
        t.schedule.method = 2;
        refused(t, abi.encodeWithSelector(ILoanAgreements.TermsMethod.selector, 2));
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
        // Interest only has no such bound.
        t.schedule.instalments = 360;
        t.schedule.method = uint8(Method.InterestOnlyBullet);
        t.pricing.rateNano = 0.24e9;
        assertState(propose(t), State.Proposed);
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

    /// @notice Any change after signing is found.
    function test_refusesTermsChangedAfterSigning() public {
        Terms memory terms = baseTerms();
        bytes memory signature = signed(BORROWER_KEY, agreements.digest(terms));
        terms.principal += 1;
        refusedSignature(terms, signature);
        terms.principal -= 1;
        terms.text.textHash ^= bytes32(uint256(1));
        refusedSignature(terms, signature);
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

        LoanAgreements other = new LoanAgreements(consortium, parties, token, calendar, regimes, escrow);
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
