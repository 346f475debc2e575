"""What the books must remember of a loan: the payments that still count, and the units with their principal.

Used by every book to undo payments exactly as the ledger undid them. Amounts are minor units.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from chain.journal.errors import PaymentUnknown
from chain.journal.events import PaymentKept, PaymentPosted, PaymentReversed, PaymentsUndone


@dataclass
class LoanBook:
    """units by lender; principal: repaid or returned undrawn so far."""

    payments: dict[int, PaymentPosted | PaymentKept] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    principal: int = 0

    @property
    def all_units(self) -> int:
        """Of all lenders."""
        return sum(self.units.values())

    def post(self, payment: PaymentPosted | PaymentKept) -> None:
        """A payment that counts from now on."""
        self.payments[payment.seq] = payment
        self.principal += payment.principal

    def undo(self, undone: PaymentsUndone | PaymentReversed) -> tuple[PaymentPosted | PaymentKept, ...]:
        """The payments that don't count any more, the last one first. Raises PaymentUnknown."""
        if undone.seq not in self.payments:
            raise PaymentUnknown(loan=undone.loan, seq=undone.seq)
        gone = sorted((seq for seq in self.payments if seq >= undone.seq), reverse=True)
        payments = tuple(self.payments.pop(seq) for seq in gone)
        self.principal -= sum(payment.principal for payment in payments)
        return payments
