// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AllocationOrder, DayCount, PaymentRule, PenaltyBase, Pricing, Terms} from "../agreements/Terms.sol";
import {TermsHash} from "../agreements/TermsHash.sol";
import {EscrowBase} from "./EscrowBase.sol";
import {Entry, ILoanEscrow, State} from "./ILoanEscrow.sol";

/// @title Part of the escrow: a proposed loan enters with what postings need of its terms.
abstract contract Proposals is EscrowBase {
    using SafeCast for uint256;

    /// @notice See ILoanEscrow.
    function open(
        bytes32 loan,
        Terms calldata terms,
        bytes calldata borrowerSignature,
        uint16 platform,
        uint64 rateCapNano,
        uint16 reversalDays,
        address actor
    ) external {
        require(consortium.isLedger(msg.sender), ILoanEscrow.EscrowNotLedger(msg.sender));
        LoanSlots storage l = _loans[loan];
        require(l.state == State.None, ILoanEscrow.LoanExists(loan));
        bytes32 termsHash = TermsHash.hash(terms);
        require(_loanByTerms[termsHash] == 0, ILoanEscrow.LoanExists(_loanByTerms[termsHash]));

        _loanByTerms[termsHash] = loan;
        l.state = State.Proposed;
        l.platform = platform;
        l.rows = terms.schedule.instalments;
        l.reversalDays = reversalDays;
        l.account = _openAccount(parties.party(terms.borrower).subject, platform);
        l.flags = _flags(terms.payments, terms.schedule.firstTranche != terms.principal);
        l.head = loan;
        l.borrower = terms.borrower;
        l.principal = uint256(terms.principal).toUint64();
        l.fundingDeadline = uint256(terms.fundingDeadline).toUint24();
        l.rateCapNano = rateCapNano;
        if (terms.schedule.firstTranche != terms.principal) {
            l.lastDrawDay = uint256(terms.schedule.availableThrough).toUint24();
        }
        _keepRules(l, terms.payments, terms.pricing);

        bytes memory payload = abi.encode(terms, borrowerSignature, rateCapNano, reversalDays);
        _record(l, loan, consortium.businessDate(), Entry.Proposed, actor, payload);
    }

    /// @dev The number under which a borrower's exposure at a platform is kept.
    function _openAccount(bytes32 subject, uint16 platform) private returns (uint32 account) {
        account = _accounts[subject][platform];
        if (account == 0) {
            account = ++_lastAccount;
            _accounts[subject][platform] = account;
        }
        ++_exposures[account].loans;
        ++_platformExposures[platform].loans;
    }

    function _flags(PaymentRule calldata rule, bool drawable) private pure returns (uint16 flags) {
        flags = uint16(rule.kinds) << KINDS_SHIFT;
        if (rule.order == uint8(AllocationOrder.Vertical)) flags |= VERTICAL;
        if (rule.penaltyFirst) flags |= PENALTY_FIRST;
        if (rule.penaltyBase != uint8(PenaltyBase.None)) flags |= HAS_PENALTY;
        if (drawable) flags |= DRAWABLE;
    }

    function _keepRules(LoanSlots storage l, PaymentRule calldata rule, Pricing calldata pricing) private {
        if (rule.penaltyBase != uint8(PenaltyBase.None)) {
            uint256 rate = uint256(rule.penaltyRateNano) + (rule.penaltyReplaces ? 0 : pricing.rateNano);
            l.penaltyRateNano = rate.toUint64();
            l.penaltyBase = rule.penaltyBase;
            l.graceDays = rule.graceDays;
            l.calendar = rule.calendar;
            bool of365 = pricing.dayCount == uint8(DayCount.Act365) || pricing.dayCount == uint8(DayCount.ActAct);
            l.penaltyDayBase = of365 ? 365 : 360;
        }
        if (pricing.rateShares.length == 0) {
            l.rateShares[0] = 1;
        } else {
            // slither-disable-next-line uninitialized-local
            uint16[4] memory shares;
            for (uint256 i = 0; i < pricing.rateShares.length; ++i) {
                shares[i] = pricing.rateShares[i];
            }
            l.rateShares = shares;
        }
    }
}
