// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {BankEntry} from "../../../contracts/escrow/ICustodyToken.sol";
import {
    EarlyRepayment,
    Entry,
    ILoanEscrow,
    Mandate,
    Payment,
    PositionTransfer,
    Posted,
    Rebooking,
    Receipt,
    Recording,
    State
} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row, Segment} from "../../../contracts/schedules/IRepaymentSchedules.sol";
import {ScheduleModel} from "../support/ScheduleModel.sol";
import {vm} from "../support/Vm.sol";
import {LoanSteps} from "./LoanSteps.sol";

/// @notice Random steps of running loans: payments of all kinds, what undoes them, sales, claims and the end.
abstract contract MoneySteps is LoanSteps {
    BankEntry[] internal suspendedEntries;

    // ----------------------------------------------------------------------------------------------------------- payments

    /// @notice One payment, or two of the same loan in one batch; sometimes all that is owed and more.
    function pay(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        uint128 amount = amountFor(loan, amountSeed);
        // The second one must still find the loan active, whatever is held for the borrower.
        ILoanEscrow.Loan memory l = loanOf(loan);
        bool two = amountSeed % 2 == 0 && amount + l.overpaid < l.outstanding / 2;
        uint32 length = lengthOf(loan);
        Receipt[] memory receipts = new Receipt[](two ? 2 : 1);
        receipts[0] = receiptFor(loan, length, amount);
        if (two) receipts[1] = receiptFor(loan, length + 1, 1 + amount / 7);
        vm.recordLogs();
        vm.prank(bank);
        escrow.collect(receipts);
        absorb(loan);
    }

    /// @notice The borrower, or somebody for it, pays from its own custody tokens.
    function payFromAccount(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        uint128 amount = amountFor(loan, amountSeed);
        depositTo(borrower, amount);
        uint32 length = lengthOf(loan);
        Payment memory p = Payment(loan, borrower, amount, bytes32(nextSalt++), today());
        bytes memory signature = signed(BORROWER_KEY, escrow.paymentDigest(p));
        vm.recordLogs();
        vm.prank(rival);
        escrow.pay(p, length, signature);
        absorb(loan);
    }

    function payByMandate(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        uint128 limit = amountFor(loan, amountSeed);
        depositTo(borrower, limit);
        Mandate memory m = Mandate(loan, borrower, limit, bytes32(nextSalt++), today());
        bytes memory signature = signed(BORROWER_KEY, escrow.mandateDigest(m));
        uint32 length = lengthOf(loan);
        bytes32 digest = escrow.mandateDigest(m);
        vm.recordLogs();
        vm.prank(rival);
        try escrow.payByMandate(m, length, signature) {}
        catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == ILoanEscrow.NothingDue.selector, "mandate refused");
        }
        absorb(loan);
        length = lengthOf(loan);
        signature = signed(BORROWER_KEY, escrow.revocationDigest(digest));
        vm.recordLogs();
        vm.prank(rival);
        escrow.revokeMandate(m, length, signature);
        absorb(loan);
    }

    /// @notice Early repayment in total, or in part with smaller instalments afterwards.
    function repayEarly(uint256 loanSeed, uint256 amountSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        Terms memory terms = termsOf(loan);
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (l.called + l.undrawnReturned != l.principal || onItsWay(l) || drawable(l, terms)) return;
        bool total = amountSeed % 2 == 0 || seenOpening(loan) || l.rows != terms.schedule.instalments;
        if (!total && l.outstanding < 1000) return;
        EarlyRepayment memory order = EarlyRepayment(loan, total ? 1 : 4, bytes32(nextSalt++), today());
        uint128 needed = tryEarly(terms, order, new Row[](0), 1);
        if (total) {
            // It names what is due first, then all that is owed.
            for (uint256 i = 0; i < 2 && needed != 0; ++i) {
                needed = tryEarly(terms, order, new Row[](0), needed + uint128(amountSeed % 50));
            }
            vm.assertEq(needed, 0, "an early repayment names what it needs");
        } else if (needed != 0) {
            // Only when nothing is due before: then all beyond what is needed is principal.
            Row[] memory table = schedules.rows(l.schedule);
            if (l.nextRow == l.rows || l.penaltyDue != 0 || table[l.nextRow - l.offset].dueDay <= today()) return;
            uint128 extra = 1 + uint128((amountSeed >> 8) % (l.outstanding / 4));
            Segment memory s = Segment(l.outstanding - extra, l.anchor, today(), l.nextRow, 0, true);
            // It named what repays one minor unit.
            needed = tryEarly(terms, order, ScheduleModel.rows(terms, s), needed - 1 + extra);
            vm.assertEq(needed, 0, "enough for a part");
        }
    }

    /// @return needed what the ledger says it needs; 0 if it was repaid
    function tryEarly(Terms memory terms, EarlyRepayment memory order, Row[] memory rows, uint128 amount)
        private
        returns (uint128 needed)
    {
        bytes32 loan = order.loan;
        Receipt memory receipt = receiptFor(loan, lengthOf(loan), amount);
        bytes memory signature = signed(BORROWER_KEY, escrow.earlyRepaymentDigest(order));
        bytes memory data = abi.encodeCall(ILoanEscrow.repayEarly, (terms, receipt, order, signature, rows));
        vm.recordLogs();
        vm.prank(bank);
        (bool done, bytes memory reason) = address(escrow).call(data);
        absorb(loan);
        if (done) return 0;
        if (bytes4(reason) != ILoanEscrow.EarlyTooSmall.selector) {
            // A part needs rows, which the first try does not give: money was held that is enough already.
            vm.assertTrue(order.kind != 1 && amount == 1, "early repayment refused");
            return 0;
        }
        assembly ("memory-safe") {
            needed := mload(add(reason, 68))
        }
    }

    // -------------------------------------------------------------------------------------------------------- corrections

    /// @notice The bank reverses any payment that counts, or finds one that should have counted before it.
    function rebook(uint256 loanSeed, uint256 seed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Repaid);
        if (!found || live[loan].length == 0) return;
        bool reverse = seed % 3 != 0;
        Live storage target = live[loan][(seed >> 8) % live[loan].length];
        Rebooking memory r;
        r.loan = loan;
        r.seq = target.seq;
        r.head = r.seq == 1 ? loan : heads[loan][r.seq - 2];
        r.tail = new Recording[](entries[loan].length - (r.seq - 1));
        for (uint256 i = 0; i < r.tail.length; ++i) {
            r.tail[i] = entries[loan][r.seq - 1 + i];
        }
        r.reverse = reverse;
        r.reasonHash = "reason";
        uint128 added = uint128(1 + (seed >> 64) % 20_000);
        if (reverse) {
            r.entry = freshEntry();
        } else {
            r.added = new Receipt[](1);
            r.added[0] = receiptFor(loan, 0, added);
            r.added[0].valueDate = target.posted.previousValueDate;
        }
        bytes memory data = abi.encodeCall(ILoanEscrow.rebook, (r));
        approveCall(bankSecond, address(escrow), data);
        vm.recordLogs();
        vm.prank(bank);
        (bool done, bytes memory reason) = address(escrow).call(data);
        if (!done) {
            bytes4 error = bytes4(reason);
            vm.assertTrue(
                error == ILoanEscrow.RebookingAfterEarlyRepayment.selector
                    || error == ILoanEscrow.RebookingNoPayment.selector,
                "rebooking refused"
            );
        }
        absorb(loan);
    }

    // ----------------------------------------------------------------------------------------------------------- suspense

    function suspendCredit(uint256 amountSeed) external {
        uint128 amount = uint128(1 + amountSeed % 100_000);
        suspendedEntries.push(suspend(amount));
        suspendedTotal += amount;
    }

    function matchSuspense(uint256 seed, uint256 loanSeed) external {
        if (suspendedEntries.length == 0) return;
        uint256 index = seed % suspendedEntries.length;
        BankEntry memory entry = suspendedEntries[index];
        (uint128 amount,,) = token.suspended(entry.statementNo, entry.entryNo);
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if ((seed >> 8) % 3 == 0) {
            withBothBankKeys(address(token), abi.encodeCall(token.returnSuspense, (entry, freshEntry())));
        } else if (!found || (seed >> 8) % 3 == 1) {
            withBothBankKeys(address(token), abi.encodeCall(token.creditSuspense, (lenderAt(0), amount, entry)));
            credited += amount;
        } else {
            Receipt memory receipt = Receipt(loan, lengthOf(loan), amount, today(), entry);
            bytes memory data = abi.encodeCall(ILoanEscrow.collectSuspense, (receipt));
            approveCall(bankSecond, address(escrow), data);
            vm.recordLogs();
            send(bank, address(escrow), data);
            absorb(loan);
        }
        suspendedTotal -= amount;
        suspendedEntries[index] = suspendedEntries[suspendedEntries.length - 1];
        suspendedEntries.pop();
    }

    // ---------------------------------------------------------------------------------------------------- sales and claims

    function sellUnits(uint256 loanSeed, uint256 seed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Active);
        if (!found) return;
        (uint256 seller, uint256 buyer) = (seed % LENDERS, (seed >> 8) % LENDERS);
        ILoanEscrow.Position memory s = escrow.positionOf(loan, subjectOf(lenderAt(seller)));
        ILoanEscrow.Position memory b = escrow.positionOf(loan, subjectOf(lenderAt(buyer)));
        if (seller == buyer || s.units == 0 || (b.units != 0 && b.class != s.class)) return;
        uint128 units = (seed >> 16) % 3 == 0 ? 1 : uint128(1 + (seed >> 24) % s.units);
        uint128 price = uint128((seed >> 96) % 5000);
        if (price != 0) depositTo(lenderAt(buyer), price);
        PositionTransfer memory t =
            PositionTransfer(loan, lenderAt(seller), lenderAt(buyer), units, price, bytes32(nextSalt++), today());
        submitSale(t, seller, buyer);
        int256 sum = numeratorOf(loan, seller) + numeratorOf(loan, buyer);
        vm.assertTrue(sum == s.numerator + b.numerator, "a sale changed what is owed");
    }

    function submitSale(PositionTransfer memory t, uint256 seller, uint256 buyer) private {
        bytes32 digest = escrow.transferDigest(t);
        bytes memory from = signed(lenderKey(seller), digest);
        bytes memory to = signed(lenderKey(buyer), digest);
        uint32 length = lengthOf(t.loan);
        vm.recordLogs();
        vm.prank(rival);
        escrow.transferPosition(t, length, from, to);
        absorb(t.loan);
    }

    function numeratorOf(bytes32 loan, uint256 index) private view returns (int256) {
        return escrow.positionOf(loan, subjectOf(lenderAt(index))).numerator;
    }

    function claimFor(uint256 loanSeed, uint256 lenderSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Closed);
        if (!found) return;
        address lender = lenderAt(lenderSeed % LENDERS);
        uint128 amount = escrow.claimable(loan, subjectOf(lender));
        if (amount == 0) return;
        uint256 before = token.balanceOf(lender);
        vm.recordLogs();
        claim(loan, lender);
        vm.assertEq(token.balanceOf(lender), before + amount, "what was claimable arrives");
        absorb(loan);
    }

    function claimFeesFor(uint256 loanSeed, uint256 payeeSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Active, State.Closed);
        if (found) tryClaimFees(loan, lenderAt(PAYEE + payeeSeed % 2));
    }

    function tryClaimFees(bytes32 loan, address payee) private {
        Terms memory terms = termsOf(loan);
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(rival);
        try escrow.claimFees(terms, length, payee) {}
        catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == ILoanEscrow.NothingToClaim.selector, "fees refused");
        }
        absorb(loan);
    }

    /// @notice Closes a repaid loan, lets everybody claim and sweeps the dust.
    function finish(uint256 loanSeed) external {
        (bool found, bytes32 loan) = pick(loanSeed, State.Repaid, State.Repaid);
        if (!found || loanSeed % 2 == 0) return;
        closeBooks(today() + REVERSAL_DAYS);
        uint32 length = lengthOf(loan);
        vm.recordLogs();
        vm.prank(guarantor);
        escrow.close(loan, length);
        absorb(loan);
        for (uint256 i = 0; i < LENDERS; ++i) {
            if (escrow.positionOf(loan, subjectOf(lenderAt(i))).units == 0) continue;
            (, uint32 expected) = escrow.history(loan);
            vm.recordLogs();
            vm.prank(rival);
            try escrow.claim(loan, expected, one(lenderAt(i))) {}
            catch {
                vm.assertEq(loanOf(loan).cash, 0, "refused though there is cash");
            }
            absorb(loan);
        }
        tryClaimFees(loan, lenderAt(PAYEE));
        tryClaimFees(loan, lenderAt(PAYEE + 1));
        sweepRest(loan);
    }

    function sweepRest(bytes32 loan) private {
        vm.recordLogs();
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (l.overpaid != 0 && l.cash != 0) {
            vm.prank(rival);
            escrow.releaseOverpayment(loan, l.length);
            absorb(loan);
        }
        l = loanOf(loan);
        if (l.cash == 0 || l.overpaid != 0) return;
        vm.recordLogs();
        vm.prank(rival);
        try escrow.sweepDust(loan, l.length) {}
        catch (bytes memory reason) {
            vm.assertTrue(bytes4(reason) == ILoanEscrow.ClaimsOpen.selector, "dust refused");
        }
        absorb(loan);
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    function amountFor(bytes32 loan, uint256 seed) private view returns (uint128) {
        ILoanEscrow.Loan memory l = loanOf(loan);
        if (seed % 7 == 0) return l.outstanding + l.outstanding / 10 + 500; // all, and probably too much
        if (seed % 7 < 3 && l.nextRow < l.rows) {
            Row memory row = schedules.row(l.schedule, l.nextRow - l.offset);
            return 1 + uint128(row.principal) + row.interest + row.fee;
        }
        return uint128(1 + (seed >> 8) % (l.outstanding + 1));
    }

    function drawable(ILoanEscrow.Loan memory l, Terms memory terms) private pure returns (bool) {
        return terms.schedule.firstTranche != terms.principal && l.undrawnReturned == 0 && l.called != l.principal;
    }

    function seenOpening(bytes32 loan) private view returns (bool) {
        return entries[loan].length > 1 && entries[loan][1].kind == Entry.OpenedRunning;
    }

    function closeBooks(uint32 through) internal virtual;
}
