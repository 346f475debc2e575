// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Fee, FeeKind, Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    Drawdown,
    ILoanEscrow,
    Opening,
    OpeningPosition,
    Payout,
    State,
    Subscription
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {LedgerGhosts} from "./LedgerGhosts.sol";

/// @notice Random steps from a proposal to the payout, in tranches too, and the ends before it.
abstract contract LoanSteps is LedgerGhosts {
    uint256 internal constant MAX_LOANS = 6;
    /// @dev Also lenders: payees of fees.
    uint256 internal constant PAYEE = 3;

    function proposeLoan(uint256 seed) external {
        if (loans.length == MAX_LOANS) return;
        Terms memory terms = baseTerms();
        terms.principal = uint128(50_000 + seed % 1_000_003);
        terms.schedule.instalments = uint16(1 + (seed >> 32) % 6);
        terms.schedule.periodMonths = uint16(1 + (seed >> 40) % 3);
        terms.schedule.method = uint8((seed >> 48) % 3);
        terms.schedule.firstTranche = terms.principal;
        terms.pricing.dayCount = uint8((seed >> 56) % 5);
        terms.pricing.rateNano = uint64((seed >> 64) % 0.06e9);
        terms.fundingDeadline = today() + uint32((seed >> 128) % 20);
        terms.payments.order = uint8((seed >> 136) % 2);
        terms.payments.kinds = uint8((seed >> 140) % 6);
        terms.payments.penaltyFirst = (seed >> 144) % 2 == 0;
        terms.payments.penaltyBase = uint8((seed >> 148) % 3);
        terms.payments.earlyKinds = terms.schedule.method == 1 ? 5 : 7;
        if (terms.payments.penaltyBase != 0) terms.payments.penaltyRateNano = 0.1e9;
        terms.payments.graceDays = uint16((seed >> 152) % 4);
        if ((seed >> 160) % 3 == 0) {
            terms.schedule.firstTranche = terms.principal / 2;
            terms.schedule.availableThrough = today() + uint32((seed >> 168) % 100);
        }
        if ((seed >> 176) % 2 == 0) {
            terms.pricing.rateShares = new uint16[](2);
            (terms.pricing.rateShares[0], terms.pricing.rateShares[1]) = (3, 1);
        }
        if ((seed >> 184) % 2 == 0) {
            terms.fees = new Fee[](2);
            terms.fees[0] = Fee(uint8(FeeKind.FirstInstalment), lenderAt(PAYEE), 20);
            terms.fees[1] = Fee(uint8(FeeKind.EachInstalment), lenderAt(PAYEE + 1), 5);
        }
        vm.recordLogs();
        bytes32 loan = propose(terms);
        loans.push(loan);
        Ghost storage g = ghosts[loan];
        g.terms = abi.encode(terms);
        g.authorised = terms.schedule.firstTranche;
        g.head = loan;
        absorb(loan);
    }

    /// @notice A proposed loan turns out to run in an old book.
    function openRunning(uint256 loanSeed, uint256 seed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Proposed, State.Proposed);
        if (!found || loanSeed % 2 != 0) return;
        Terms memory terms = termsOf(loan);
        uint72 outstanding = uint72(1000 + seed % (terms.principal - 1000));
        uint256 count = 1 + (seed >> 128) % terms.schedule.instalments;
        uint72 each = terms.fees.length == 0 ? 0 : 5;
        Row[] memory rows = new Row[](count);
        uint32 day = today() - uint32((seed >> 136) % 10);
        for (uint256 i = 0; i < count; ++i) {
            rows[i] = Row(
                day + uint32(1 + i * 31),
                i == count - 1 ? outstanding : outstanding / uint72(2),
                uint80(100 + (seed >> 144) % 100),
                each
            );
            outstanding -= rows[i].principal;
        }
        Opening memory opening = Opening(loan, 0, day, schedules.tableHash(rows), 0);
        for (uint256 i = 0; i < count; ++i) {
            opening.outstanding += rows[i].principal;
        }
        submitOpening(loan, terms, opening, rows, seed);
    }

    function submitOpening(bytes32 loan, Terms memory terms, Opening memory opening, Row[] memory rows, uint256 seed)
        private
    {
        OpeningPosition[] memory positions = new OpeningPosition[](2);
        uint128 part = opening.outstanding / 3;
        uint8 class = terms.pricing.rateShares.length == 2 ? 1 : 0;
        positions[0] = OpeningPosition(lenderAt(seed % LENDERS), part, 0);
        positions[1] = OpeningPosition(lenderAt((seed + 1) % LENDERS), opening.outstanding - part, class);
        opening.positionsHash = keccak256(abi.encode(positions));
        bytes32 digest = escrow.openingDigest(opening);
        bytes[] memory signatures = new bytes[](2);
        signatures[0] = signed(lenderKey(seed % LENDERS), digest);
        signatures[1] = signed(lenderKey((seed + 1) % LENDERS), digest);
        bytes memory data = abi.encodeCall(
            ILoanEscrow.openRunning,
            (terms, lengthOf(loan), opening, rows, positions, signed(BORROWER_KEY, digest), signatures)
        );
        approveCall(bankSecond, address(escrow), data);
        vm.recordLogs();
        send(platform, address(escrow), data);
        ghosts[loan].authorised = opening.outstanding;
        absorb(loan);
    }

    function subscribeSome(uint256 loanSeed, uint256 lenderSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Proposed, State.Funding);
        if (!found || today() > termsOf(loan).fundingDeadline) return;
        uint128 open = uint128(termsOf(loan).principal - ghosts[loan].subscribed);
        uint128 amount = amountSeed % 3 == 0 ? open : uint128(1 + amountSeed % open);
        uint256 lender = lenderSeed % LENDERS;
        depositTo(lenderAt(lender), amount);

        Subscription[] memory list = new Subscription[](1);
        list[0] = subscription(loan, lender, amount);
        // Each lender has its class: odd ones the second, where there is one.
        list[0].class = termsOf(loan).pricing.rateShares.length == 2 ? uint8(lender % 2) : 0;
        ILoanEscrow.Position memory held = escrow.positionOf(loan, subjectOf(lenderAt(lender)));
        if (held.units != 0) list[0].class = held.class;
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signed(lenderKey(lender), escrow.subscriptionDigest(list[0]));
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.subscribe(loan, length, list, signatures);
        absorb(loan);
    }

    function cancelLoan(uint256 loanSeed) external {
        if (loanSeed % 4 != 0) return;
        (bool found, bytes32 loan) = pick(loanSeed >> 8, State.Proposed, State.Funding);
        if (!found) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(platform);
        escrow.cancel(loan, length, "reason");
        absorb(loan);
    }

    function expireLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Proposed, State.Disbursing);
        if (!found || !mayExpire(loan)) return;
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.expire(loan, length);
        absorb(loan);
    }

    function refundLender(uint256 loanSeed, uint256 lenderSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Cancelled, State.Expired);
        if (!found) return;
        address lender = lenderAt(lenderSeed % LENDERS);
        ILoanEscrow.Position memory position = escrow.positionOf(loan, subjectOf(lender));
        if (position.units == 0) return;
        uint256 before = token.balanceOf(lender);
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.refund(loan, length, one(lender));
        uint256 got = token.balanceOf(lender) - before;
        if (position.numerator == 0) vm.assertEq(got, position.units, "whole subscription comes back");
        else vm.assertLe(got, position.units, "less what a reversal left missing");
        absorb(loan);
    }

    function disburseLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Funded, State.Funded);
        if (!found || overdue(loan)) return;
        Terms memory terms = termsOf(loan);
        vm.recordLogs();
        if (loanSeed % 3 == 0) {
            uint32 length = lengthOf(loan);
            Row[] memory rows = ScheduleModel.rows(terms, today());
            vm.prank(platform);
            escrow.disburse(terms, length, rows); // not instructed yet
        } else {
            disburseAndInstruct(loan, terms);
        }
        absorb(loan);
    }

    /// @notice The borrower draws a later tranche; the bank books or returns it in the step below.
    function drawTranche(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        Terms memory terms = termsOf(loan);
        ILoanEscrow.Loan memory l = loanOf(loan);
        uint128 undrawn = l.principal - l.called - l.undrawnReturned;
        uint16 first = firstUntouched(l);
        if (undrawn == 0 || today() > terms.schedule.availableThrough || onItsWay(l) || first == l.rows) return;
        uint128 amount = undrawn < 2000 || amountSeed % 3 == 0 ? undrawn : uint128(1000 + amountSeed % (undrawn - 1000));
        Drawdown memory d = Drawdown(loan, amount, bytes32(nextSalt++), today());
        bytes memory signature = signed(BORROWER_KEY, escrow.drawdownDigest(d));
        Row[] memory rows = ScheduleModel.rows(terms, Segment(amount, l.anchor, today(), first, 0, false));
        vm.recordLogs();
        vm.prank(platform);
        escrow.draw(terms, l.length, d, signature, rows);
        ghosts[loan].authorised += amount;
        absorb(loan);
    }

    function closeDrawing(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        Terms memory terms = termsOf(loan);
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (l.called + l.undrawnReturned == l.principal || onItsWay(l)) return;
        if (today() <= terms.schedule.availableThrough && loanSeed % 4 != 0) return;
        vm.recordLogs();
        vm.prank(platform);
        escrow.closeDrawing(terms, l.length);
        absorb(loan);
    }

    function returnLoansPayout(uint256 loanSeed) external {
        if (loanSeed % 4 != 0) return;
        (bool found, bytes32 loan) = pick(loanSeed >> 8, State.Disbursing, State.Active);
        if (!found || !onItsWay(loanOf(loan))) return;
        uint32 length = lengthOf(loan);
        uint256 before = loanOf(loan).called;
        vm.recordLogs();
        vm.prank(bank);
        escrow.returnPayout(loan, length, "account closed");
        if (ghosts[loan].state == State.Active) ghosts[loan].authorised -= before - loanOf(loan).called;
        absorb(loan);
    }

    function settleLoan(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Disbursing, State.Active);
        ILoanEscrow.Loan memory l = found ? loanOf(loan) : emptyLoan();
        if (!found || !onItsWay(l)) return;
        bool later = l.state == State.Active;
        uint16 first = later ? firstUntouched(l) : 0;
        // Too late for the bank: it returns the payout.
        if (later && first == l.rows) return;
        vm.recordLogs();
        if (l.payout == Payout.Reserved) {
            vm.prank(bank);
            escrow.instruct(loan, l.length, "pain.001");
        }
        Terms memory terms = termsOf(loan);
        if (!later) {
            settle(loan, terms);
        } else {
            uint128 amount = l.called - uint128(ghosts[loan].paidOut - ghosts[loan].bounced);
            Row[] memory rows = ScheduleModel.rows(terms, Segment(amount, l.anchor, today(), first, 0, false));
            BankEntry memory entry = freshEntry();
            (uint32 length, uint32 day) = (lengthOf(loan), today());
            vm.prank(bank);
            escrow.settle(terms, length, day, entry, rows);
        }
        absorb(loan);
    }

    /// @notice The only payout comes back before anything counts as paid.
    function bounceLoansPayout(uint256 loanSeed) external {
        if (loanSeed % 3 != 0) return;
        (bool found, bytes32 loan) = pick(loanSeed >> 8, State.Active, State.Active);
        if (!found) return;
        ILoanEscrow.Loan memory l = loanOf(loan);
        Terms memory terms = termsOf(loan);
        if (l.called != terms.schedule.firstTranche || seenOf(loan) != 1 || live[loan].length != 0) return;
        if (onItsWay(l) || l.undrawnReturned != 0) return;
        BankEntry memory entry = freshEntry();
        uint32 day = today();
        vm.recordLogs();
        vm.prank(bank);
        escrow.bouncePayout(loan, l.length, day, entry);
        absorb(loan);
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    /// @return number of payouts booked since the last one that bounced
    function seenOf(bytes32 loan) private view returns (uint256 number) {
        for (uint256 i = 0; i < entries[loan].length; ++i) {
            if (uint256(entries[loan][i].kind) == 10) ++number;
            if (uint256(entries[loan][i].kind) == 22) number = 0;
        }
    }

    function emptyLoan() private pure returns (ILoanEscrow.Loan memory l) {}

    function onItsWay(ILoanEscrow.Loan memory l) internal pure returns (bool) {
        return l.payout == Payout.Reserved || l.payout == Payout.Instructed;
    }

    function firstUntouched(ILoanEscrow.Loan memory l) internal view returns (uint16 index) {
        Row[] memory rows = schedules.rows(l.schedule);
        (uint256 fee, uint256 interest, uint256 principal) = (l.aheadFee, l.aheadInterest, l.aheadPrincipal);
        for (index = l.nextRow; index < l.rows; ++index) {
            Row memory row = rows[index - l.offset];
            if (fee + interest + principal == 0 && row.dueDay > today()) return index;
            fee = fee > row.fee ? fee - row.fee : 0;
            interest = interest > row.interest ? interest - row.interest : 0;
            principal = principal > row.principal ? principal - row.principal : 0;
        }
    }

    function overdue(bytes32 loan) internal view returns (bool) {
        return today() > termsOf(loan).fundingDeadline + 30;
    }

    function mayExpire(bytes32 loan) internal view returns (bool) {
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (l.state == State.Proposed || l.state == State.Funding) return today() > l.fundingDeadline;
        if (l.state == State.Disbursing && l.payout != Payout.Reserved) return false;
        return (l.state == State.Funded || l.state == State.Disbursing) && overdue(loan);
    }

    function depositTo(address holder, uint128 amount) internal {
        credit(holder, amount);
        credited += amount;
    }
}
