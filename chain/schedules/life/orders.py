"""Payment orders that go through the instalments one after the other: which kinds a payment meets.

Each order meets one instalment whole, oldest first, before it goes on. The names are Apache Fineract's
(LoanRepaymentScheduleTransactionProcessor implementations); the rule of each is given beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chain.schedules.errors import TermUnsupported
from chain.schedules.life.instalments import Instalment, Kind

_P, _F, _I, _C = Kind.PENALTY, Kind.FEE, Kind.INTEREST, Kind.PRINCIPAL


@dataclass(frozen=True, slots=True)
class SequentialOrder:
    """The order of kinds on an instalment that is due or overdue, and on one that is paid in advance.

    overdue_first: kinds that are met on all overdue instalments and the current one before any other kind is (RBI:
    RBILoanRepaymentScheduleTransactionProcessor); empty for none.
    """

    name: str
    due: tuple[Kind, ...]
    advance: tuple[Kind, ...]
    overdue_first: tuple[Kind, ...] = ()

    def pay(self, instalments: tuple[Instalment, ...], amount: int, day: date) -> tuple[tuple[Instalment, ...], int]:
        """The instalments after a payment, and what was left over (more than everything owed)."""
        lines, left = list(instalments), amount
        for index, line in enumerate(lines if self.overdue_first else ()):
            if left and (line.due < day or line.start < day <= line.due):
                lines[index], used = line.pay(self.overdue_first, left, day)
                left -= used
        for index, line in enumerate(lines):
            if not left:
                break
            lines[index], used = line.pay(self.advance if day < line.due else self.due, left, day)
            left -= used
        return tuple(lines), left


def _same(name: str, *kinds: Kind) -> SequentialOrder:
    return SequentialOrder(name, kinds, kinds)


_MIFOS = _same("PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER", _P, _F, _I, _C)
_INTEREST_FIRST = _same("INTEREST_PRINCIPAL_PENALTIES_FEES_ORDER", _I, _C, _P, _F)
_PRINCIPAL_FIRST = _same("PRINCIPAL_INTEREST_PENALTIES_FEES_ORDER", _C, _I, _P, _F)
_DUE_THEN_PRINCIPAL = SequentialOrder(
    "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST", (_P, _F, _I, _C), (_C, _P, _F, _I)
)
_DUE_FEES_LAST = _same("DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE", _P, _I, _C, _F)
_RBI = SequentialOrder("OVERDUE_DUE_FEE_INT_PRINCIPAL", (_P, _F, _I, _C), (_P, _F, _I, _C), overdue_first=(_P, _F, _I))

ORDERS: dict[str, SequentialOrder] = {
    order.name: order
    for order in (_MIFOS, _INTEREST_FIRST, _PRINCIPAL_FIRST, _DUE_THEN_PRINCIPAL, _DUE_FEES_LAST, _RBI)
}
"""The orders by the name of Fineract's feature files."""

_CODES = {
    "MIFOS_STANDARD_STRATEGY": _MIFOS,
    "INTEREST_PRINCIPAL_PENALTIES_FEES_ORDER_STRATEGY": _INTEREST_FIRST,
    "PRINCIPAL_INTEREST_PENALTIES_FEES_ORDER_STRATEGY": _PRINCIPAL_FIRST,
    "RBI_INDIA_STRATEGY": _RBI,
    _DUE_THEN_PRINCIPAL.name + "_STRATEGY": _DUE_THEN_PRINCIPAL,
    _DUE_FEES_LAST.name + "_STRATEGY": _DUE_FEES_LAST,
}


def order_named(name: str) -> SequentialOrder:
    """The order by its enumeration name or by Fineract's strategy code ("mifos-standard-strategy"); TermUnsupported
    names the term for one that is not known."""
    key = name.strip().upper().replace("-", "_")
    order = ORDERS.get(key) or _CODES.get(key)
    if order is None:
        raise TermUnsupported(term="payment_strategy", value=name)
    return order
