// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICalendar} from "../calendar/ICalendar.sol";
import {IConsortium} from "../consortium/IConsortium.sol";
import {SeatGuard} from "../consortium/SeatGuard.sol";
import {ICustodyToken} from "../escrow/ICustodyToken.sol";
import {ILoanEscrow} from "../escrow/ILoanEscrow.sol";
import {IParties} from "../parties/IParties.sol";
import {PartySignature} from "../parties/PartySignature.sol";
import {IRegimeProfiles} from "../supervision/IRegimeProfiles.sol";
import {ILoanAgreements} from "./ILoanAgreements.sol";
import {ContractText, DayCount, Method, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title See ILoanAgreements.
contract LoanAgreements is ILoanAgreements, SeatGuard, EIP712 {
    uint16 private constant VERSION = 1;
    /// @notice Keeps every amount of a loan, interest included, below 2^112, which schedule rows hold.
    uint128 public constant MAX_PRINCIPAL = type(uint96).max;
    uint16 public constant MAX_INSTALMENTS = 360;
    uint16 public constant MAX_PERIOD_MONTHS = 12;
    uint32 public constant MAX_FUNDING_DAYS = 366;
    uint256 public constant MAX_NUMBER_LENGTH = 64;
    /// @notice Nominal rate times years of a loan in equal instalments, 1e-9.
    uint256 public constant MAX_LIFE_INTEREST_NANO = 3e9;

    IParties public immutable parties;
    ICustodyToken public immutable token;
    ICalendar public immutable calendar;
    IRegimeProfiles public immutable regimes;
    ILoanEscrow public immutable escrow;

    constructor(
        IConsortium consortium_,
        IParties parties_,
        ICustodyToken token_,
        ICalendar calendar_,
        IRegimeProfiles regimes_,
        ILoanEscrow escrow_
    ) SeatGuard(consortium_) EIP712("loan-ledger", "1") {
        parties = parties_;
        token = token_;
        calendar = calendar_;
        regimes = regimes_;
        escrow = escrow_;
    }

    /// @inheritdoc ILoanAgreements
    function propose(Terms calldata terms, bytes calldata borrowerSignature) external returns (bytes32 loan) {
        uint16 platform = _requireSeat(PLATFORM);
        require(terms.platform == consortium.member(platform).root, TermsPlatform(terms.platform, msg.sender));
        uint32 today = calendar.businessDate();
        _checkTerms(terms, today);
        IRegimeProfiles.Profile memory profile = regimes.effective(terms.regime, today);
        require(
            terms.pricing.rateNano <= profile.rateCapNano, RateAboveCap(terms.pricing.rateNano, profile.rateCapNano)
        );
        // Reverts for an unregistered borrower.
        // slither-disable-next-line unused-return
        parties.party(terms.borrower);
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
        require(terms.schedule.method <= uint8(type(Method).max), TermsMethod(terms.schedule.method));
        uint256 count = terms.schedule.instalments;
        require(count != 0 && count <= MAX_INSTALMENTS, TermsInstalments(terms.schedule.instalments));
        uint256 months = terms.schedule.periodMonths;
        require(months != 0 && months <= MAX_PERIOD_MONTHS, TermsPeriod(terms.schedule.periodMonths));
        // Equal instalments need a schedule that exists whatever the day of the payout, or a booked payout could not be settled.
        // Interest over the whole life, rate * years, up to 3 keeps the instalment above the interest of the longest period: 31
        // days against 30.4 on average.
        require(
            Method(terms.schedule.method) != Method.EqualInstalment
                || uint256(terms.pricing.rateNano) * count * months <= MAX_LIFE_INTEREST_NANO * 12,
            TermsInstalments(terms.schedule.instalments)
        );
        _checkText(terms.text);
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
