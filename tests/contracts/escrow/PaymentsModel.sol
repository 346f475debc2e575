// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Terms} from "../../../contracts/agreements/Terms.sol";
import {Posted} from "../../../contracts/escrow/ILoanEscrow.sol";
import {Row} from "../../../contracts/schedules/IRepaymentSchedules.sol";

/// @notice How payments are used, from docs/payments alone: what each row is paid of each kind is kept row by row, and every rule is
/// walked through in its order. Shares no code with the contracts.
library PaymentsModel {
    uint256 internal constant FEE = 0;
    uint256 internal constant INTEREST = 1;
    uint256 internal constant PRINCIPAL = 2;

    struct Account {
        Row[] rows;
        uint256[3][] paid;
        uint256 last;
        uint256 penaltyDue;
        uint256 overpaid;
        uint256 outstanding;
        uint256 interest;
        uint256 fees;
    }

    function begin(Row[] memory rows, uint256 start) internal pure returns (Account memory a) {
        a.rows = rows;
        a.paid = new uint256[3][](rows.length);
        a.last = start;
        for (uint256 i = 0; i < rows.length; ++i) {
            a.outstanding += rows[i].principal;
        }
    }

    function post(Account memory a, Terms memory t, uint256 amount, uint256 v) internal pure returns (Posted memory p) {
        p.amount = uint128(amount);
        p.valueDate = uint32(v);
        p.previousValueDate = uint32(a.last);
        p.accrued = uint128(accrual(a, t, v));
        a.penaltyDue += p.accrued;
        a.last = v;
        uint256 left = amount + a.overpaid;
        if (t.payments.penaltyFirst) left = payPenalty(a, p, left);
        if (t.payments.order == 0) {
            for (uint256 i = 0; i < a.rows.length; ++i) {
                if (a.rows[i].dueDay <= v) left = payRow(a, t, p, i, left);
            }
        } else {
            for (uint256 k = 0; k < 3; ++k) {
                for (uint256 i = 0; i < a.rows.length; ++i) {
                    if (a.rows[i].dueDay <= v) left = payKind(a, p, i, kindAt(t.payments.kinds, k), left);
                }
            }
        }
        if (!t.payments.penaltyFirst) left = payPenalty(a, p, left);
        for (uint256 i = 0; i < a.rows.length; ++i) {
            if (a.rows[i].dueDay > v) left = payRow(a, t, p, i, left);
        }
        a.overpaid = left;
        p.overpaid = uint128(left);
        a.outstanding -= p.principal;
        a.interest += p.interest + p.penalty;
        a.fees += p.fee;
    }

    function accrual(Account memory a, Terms memory t, uint256 v) internal pure returns (uint256) {
        if (t.payments.penaltyBase == 0) return 0;
        uint256 sum = 0;
        uint256 held = a.overpaid;
        for (uint256 i = 0; i < a.rows.length; ++i) {
            Row memory r = a.rows[i];
            if (r.dueDay >= v) continue;
            uint256 base = r.principal - a.paid[i][PRINCIPAL];
            if (t.payments.penaltyBase == 2) base += r.interest - a.paid[i][INTEREST];
            uint256 covered = base < held ? base : held;
            base -= covered;
            held -= covered;
            uint256 from = uint256(r.dueDay) + t.payments.graceDays;
            if (from < a.last) from = a.last;
            if (v > from) sum += base * (v - from);
        }
        uint256 rate = t.payments.penaltyRateNano;
        if (!t.payments.penaltyReplaces) rate += t.pricing.rateNano;
        uint256 year = t.pricing.dayCount == 1 || t.pricing.dayCount == 4 ? 365 : 360;
        return nearestEven(sum * rate, 1e9 * year);
    }

    function nextRow(Account memory a) internal pure returns (uint256 i) {
        while (i < a.rows.length && owed(a, i, 0) + owed(a, i, 1) + owed(a, i, 2) == 0) {
            ++i;
        }
    }

    /// @return sum paid of one kind towards the next row and those after it
    function ahead(Account memory a, uint256 kind) internal pure returns (uint256 sum) {
        for (uint256 i = nextRow(a); i < a.rows.length; ++i) {
            sum += a.paid[i][kind];
        }
    }

    function owed(Account memory a, uint256 i, uint256 kind) internal pure returns (uint256) {
        uint256 due = kind == FEE ? a.rows[i].fee : kind == INTEREST ? a.rows[i].interest : a.rows[i].principal;
        return due - a.paid[i][kind];
    }

    function payRow(Account memory a, Terms memory t, Posted memory p, uint256 i, uint256 left)
        private
        pure
        returns (uint256)
    {
        for (uint256 k = 0; k < 3; ++k) {
            left = payKind(a, p, i, kindAt(t.payments.kinds, k), left);
        }
        return left;
    }

    function payKind(Account memory a, Posted memory p, uint256 i, uint256 kind, uint256 left)
        private
        pure
        returns (uint256)
    {
        uint256 part = owed(a, i, kind);
        if (part > left) part = left;
        a.paid[i][kind] += part;
        if (kind == FEE) p.fee += uint128(part);
        if (kind == INTEREST) p.interest += uint128(part);
        if (kind == PRINCIPAL) p.principal += uint128(part);
        return left - part;
    }

    function payPenalty(Account memory a, Posted memory p, uint256 left) private pure returns (uint256) {
        uint256 part = a.penaltyDue < left ? a.penaltyDue : left;
        a.penaltyDue -= part;
        p.penalty += uint128(part);
        return left - part;
    }

    /// @notice The kinds in the order that `KindsOrder` number `order` names.
    function kindAt(uint8 order, uint256 place) internal pure returns (uint256) {
        bytes memory kinds = [
            bytes("\x00\x01\x02"),
            bytes("\x00\x02\x01"),
            bytes("\x01\x00\x02"),
            bytes("\x01\x02\x00"),
            bytes("\x02\x00\x01"),
            bytes("\x02\x01\x00")
        ][order];
        return uint8(kinds[place]);
    }

    function nearestEven(uint256 a, uint256 b) internal pure returns (uint256 q) {
        q = a / b;
        uint256 rest = a - q * b;
        if (rest > b - rest || (rest == b - rest && q % 2 == 1)) ++q;
    }
}
