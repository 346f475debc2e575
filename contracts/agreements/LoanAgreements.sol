// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IWorkingDays} from "../calendar/IWorkingDays.sol";
import {IConsortium, Scope} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {ICustodyToken} from "../escrow/ICustodyToken.sol";
import {ILoanEscrow} from "../escrow/ILoanEscrow.sol";
import {IParties} from "../parties/IParties.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {IRegimeProfiles} from "../supervision/IRegimeProfiles.sol";
import {ILoanAgreements} from "./ILoanAgreements.sol";
import {
    AllocationOrder,
    ContractText,
    DayCount,
    Fee,
    FeeKind,
    KindsOrder,
    Method,
    PaymentRule,
    PenaltyBase,
    ScheduleRule,
    Terms
} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title See ILoanAgreements.
contract LoanAgreements is ILoanAgreements, SeatGuard, EIP712 {
    uint16 private constant VERSION = 1;
    /// @notice What a loan's fields in escrow hold.
    uint128 public constant MAX_PRINCIPAL = type(uint64).max;
    uint16 public constant MAX_INSTALMENTS = 360;
    uint16 public constant MAX_PERIOD_MONTHS = 12;
    /// @notice SinglePayment: the whole life.
    uint16 public constant MAX_LIFE_MONTHS = 360;
    uint32 public constant MAX_FUNDING_DAYS = 366;
    uint256 public constant MAX_NUMBER_LENGTH = 64;
    /// @notice Nominal rate times years of a loan in equal instalments, 1e-9.
    uint256 public constant MAX_LEVEL_LIFE_NANO = 3e9;
    /// @notice Nominal rate times years of any other loan, 1e-9: interest of the longest day count and of a broken period stays below
    /// 2^72 for every principal.
    uint256 public constant MAX_LIFE_NANO = 100e9;
    uint256 public constant MAX_CLASSES = 4;
    uint256 public constant MAX_FEES = 4;
    /// @notice All fees over the agreed instalments, minor units: half of what a loan holds, because a shortened table may have a row
    /// more than was left.
    uint256 public constant MAX_FEE_TOTAL = uint256(1) << 39;
    uint64 public constant MAX_PENALTY_RATE_NANO = 1e9;
    uint16 public constant MAX_GRACE_DAYS = 90;
    /// @notice A fee on early repayment is at most what is repaid.
    uint64 public constant MAX_EARLY_FEE_NANO = 1e9;

    // Early repayments: total 1, shorten 2, lower 4.
    uint8 private constant EARLY_TOTAL = 1;
    uint8 private constant EARLY_TOTAL_OR_LOWER = 5;
    uint8 private constant EARLY_ALL = 7;

    IParties public immutable parties;
    ICustodyToken public immutable token;
    IRegimeProfiles public immutable regimes;
    ILoanEscrow public immutable escrow;
    IWorkingDays public immutable workingDays;

    constructor(
        IConsortium consortium_,
        IParties parties_,
        ICustodyToken token_,
        IRegimeProfiles regimes_,
        ILoanEscrow escrow_,
        IWorkingDays workingDays_
    ) SeatGuard(consortium_) EIP712("loan-ledger", "1") {
        parties = parties_;
        token = token_;
        regimes = regimes_;
        escrow = escrow_;
        workingDays = workingDays_;
    }

    /// @inheritdoc ILoanAgreements
    function propose(Terms calldata terms, bytes calldata borrowerSignature) external returns (bytes32 loan) {
        // A key's limit is for money that is booked or instructed; a proposal moves none.
        // slither-disable-next-line unused-return
        (uint16 platform, uint32 today,) = _requireSeat(PLATFORM, Scope.Lend);
        require(terms.platform == consortium.member(platform).root, TermsPlatform(terms.platform, msg.sender));
        _checkTerms(terms, today);
        IRegimeProfiles.Profile memory profile = regimes.effective(terms.regime, today);
        _checkRate(terms, profile.rateCapNano);
        // Reverts for an unregistered borrower and for a key that was replaced: a lost key borrows nothing.
        // slither-disable-next-line unused-return
        parties.signer(terms.borrower);
        loan = digest(terms);
        require(
            PartySignature.isValid(terms.borrower, loan, borrowerSignature),
            BorrowerSignatureInvalid(terms.borrower, loan)
        );

        // Ids are single-use: the escrow refuses one it has seen.
        escrow.open(loan, terms, borrowerSignature, platform, profile.rateCapNano, profile.reversalDays, msg.sender);
    }

    /// @inheritdoc ILoanAgreements
    function digest(Terms calldata terms) public view returns (bytes32 loan) {
        return _hashTypedDataV4(TermsHash.hash(terms));
    }

    /// @dev The nominal comparison refuses before anyone has subscribed; all payments are discounted at the cap before the payout.
    function _checkRate(Terms calldata terms, uint64 cap) private pure {
        uint256 rate = terms.pricing.rateNano;
        if (DayCount(terms.pricing.dayCount) == DayCount.Act360) rate = (rate * 365 + 359) / 360;
        // Only an error's value is cut, and only beyond 2^64.
        // forge-lint: disable-next-line(unsafe-typecast)
        require(rate <= cap, RateAboveCap(rate > type(uint64).max ? type(uint64).max : uint64(rate), cap));
    }

    function _checkTerms(Terms calldata terms, uint32 today) private view {
        require(terms.version == VERSION, TermsVersion(terms.version));
        bytes3 currency = token.currency();
        require(terms.currency == currency, TermsCurrency(terms.currency, currency));
        require(terms.principal != 0 && terms.principal <= MAX_PRINCIPAL, TermsPrincipal(terms.principal));
        require(
            terms.fundingDeadline >= today && terms.fundingDeadline - today <= MAX_FUNDING_DAYS,
            TermsDeadline(terms.fundingDeadline, today)
        );
        require(terms.pricing.dayCount <= uint8(type(DayCount).max), TermsDayCount(terms.pricing.dayCount));
        _checkShares(terms.pricing.rateShares);
        _checkSchedule(terms, today);
        _checkPayments(terms.payments, Method(terms.schedule.method));
        _checkFees(terms);
        _checkText(terms.text);
    }

    function _checkShares(uint16[] calldata shares) private pure {
        for (uint256 i = 0; i < shares.length; ++i) {
            require(i < MAX_CLASSES && shares[i] != 0, TermsShares(i, shares[i]));
        }
    }

    function _checkSchedule(Terms calldata terms, uint32 today) private pure {
        ScheduleRule calldata rule = terms.schedule;
        require(rule.method <= uint8(type(Method).max), TermsMethod(rule.method));
        Method method = Method(rule.method);
        bool custom = method == Method.Custom;
        bool single = method == Method.SinglePayment;
        uint256 count = rule.instalments;
        require(count != 0 && count <= (single ? 1 : MAX_INSTALMENTS), TermsInstalments(rule.instalments));
        uint256 months = rule.periodMonths;
        require(
            custom ? months == 0 : months != 0 && months <= (single ? MAX_LIFE_MONTHS : MAX_PERIOD_MONTHS),
            TermsPeriod(rule.periodMonths)
        );
        // A schedule must exist whatever the day of the payout, and fit, or a booked payout could not be settled. Interest over the
        // whole life, rate * years, up to 3 keeps an equal instalment above the interest of the longest period: 31 days against 30.4
        // on average.
        uint256 most = method == Method.EqualInstalment ? MAX_LEVEL_LIFE_NANO : MAX_LIFE_NANO;
        require(uint256(terms.pricing.rateNano) * count * months <= most * 12, TermsInstalments(rule.instalments));
        require((rule.tableHash != 0) == custom, TermsTable(rule.method, rule.tableHash));
        if (rule.firstTranche == terms.principal) {
            require(rule.availableThrough == 0, TermsTranches(rule.firstTranche, rule.availableThrough));
        } else {
            // Lenders' money that isn't drawn waits no longer than the loan could live.
            uint256 lastDay = today + MAX_FUNDING_DAYS + 31 * count * months;
            require(
                rule.firstTranche != 0 && rule.firstTranche < terms.principal && !custom
                    && rule.availableThrough >= today && rule.availableThrough <= lastDay,
                TermsTranches(rule.firstTranche, rule.availableThrough)
            );
        }
    }

    function _checkPayments(PaymentRule calldata rule, Method method) private view {
        require(rule.order <= uint8(type(AllocationOrder).max), TermsPayment("order", rule.order));
        require(rule.kinds <= uint8(type(KindsOrder).max), TermsPayment("kinds", rule.kinds));
        require(rule.penaltyBase <= uint8(type(PenaltyBase).max), TermsPayment("penaltyBase", rule.penaltyBase));
        // A rate without a base would read as if it were charged.
        uint64 most = PenaltyBase(rule.penaltyBase) == PenaltyBase.None ? 0 : MAX_PENALTY_RATE_NANO;
        require(rule.penaltyRateNano <= most, TermsPayment("penaltyRateNano", rule.penaltyRateNano));
        require(rule.graceDays <= MAX_GRACE_DAYS, TermsPayment("graceDays", rule.graceDays));
        uint8 allowed = EARLY_ALL;
        // Nothing is kept at a level where principal is due at once, and no rule makes another table of a single payment or of a
        // table that was signed row by row.
        if (method == Method.InterestOnlyBullet) allowed = EARLY_TOTAL_OR_LOWER;
        else if (method == Method.SinglePayment || method == Method.Custom) allowed = EARLY_TOTAL;
        require(rule.earlyKinds & ~allowed == 0, TermsPayment("earlyKinds", rule.earlyKinds));
        require(rule.earlyFeeNano <= MAX_EARLY_FEE_NANO, TermsPayment("earlyFeeNano", rule.earlyFeeNano));
        if (rule.calendar != 0) {
            // slither-disable-next-line unused-return
            (,, uint32 version) = workingDays.published(rule.calendar);
            require(version != 0, IWorkingDays.WorkingDaysUnknown(rule.calendar));
        }
    }

    function _checkFees(Terms calldata terms) private view {
        uint256 count = terms.fees.length;
        require(count <= MAX_FEES, TermsFees(count, 0));
        uint256 total = 0;
        for (uint256 i = 0; i < count; ++i) {
            Fee calldata fee = terms.fees[i];
            require(fee.kind <= uint8(type(FeeKind).max) && fee.amount != 0, TermsFee(i, fee.kind, fee.amount));
            // At most 4 payees; reverts for an unregistered one.
            // slither-disable-next-line unused-return,calls-loop
            parties.party(fee.payee);
            uint256 times = FeeKind(fee.kind) == FeeKind.EachInstalment ? terms.schedule.instalments : 1;
            total += times * fee.amount;
        }
        require(total < MAX_FEE_TOTAL, TermsFees(count, total));
    }

    function _checkText(ContractText calldata text) private pure {
        bytes calldata number = bytes(text.number);
        require(
            number.length != 0 && number.length <= MAX_NUMBER_LENGTH && text.salt != 0 && text.textHash != 0
                && text.cidCommitment != 0,
            TermsText()
        );
        // Printable ASCII, space included: every member's index must be able to store and show it.
        for (uint256 i = 0; i < number.length; ++i) {
            require(number[i] >= 0x20 && number[i] <= 0x7e, TermsText());
        }
    }
}
