"""What happened to a loan, in figures: read from a node through its history, and compared with what was expected.

Reads a node directly, not a gateway's index: the history is folded and must equal the head on chain, so a figure that
is missing, changed or added is found. A node that is killed and restarted meanwhile is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from chain.bank.amounts import text_from_minor
from chain.ledger.connection import node_error
from chain.ledger.errors import HistoryBroken, NodeUnreachable
from chain.ledger.history import Entry, check, payload_fields
from chain.ledger.reader import Ledger, State
from gateway.demo.book.load import BookLoan, Closed, Expired
from gateway.demo.client import PATIENCE, PAUSE
from gateway.demo.errors import NodeGone

_T = TypeVar("_T")


@dataclass(frozen=True)
class LoanFigures:
    """A loan's figures, minor units; lenders by address."""

    state: State
    principal: int
    paid: int
    interest: int
    repaid: int
    received: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    dust: int = 0


@dataclass(frozen=True)
class CustodyFigures:
    """Custody, minor units."""

    tokens: int
    suspense: int
    bank: int


@dataclass(frozen=True)
class PatientNode:
    """A node as the demo's last step reads it: not before it has `block`, and again if it goes away meanwhile.

    A node that is killed may come back a few blocks behind, until it has them again from the others.
    """

    ledger: Ledger
    block: int
    patience: float = PATIENCE

    def read(self, what: str, look: Callable[[Ledger], _T]) -> _T:
        """What `look` reads. Raises NodeGone after `patience` seconds, and at once whatever else is wrong."""
        end = time.monotonic() + self.patience
        while True:
            try:
                height = int(self.ledger.w3.eth.block_number)
                if height >= self.block:
                    return look(self.ledger)
                problem = f"it has block {height} and not yet {self.block}"
            except HistoryBroken:
                raise  # what is wrong with the history is the demo's finding
            except Exception as exc:
                error = node_error(exc)
                if not isinstance(error, NodeUnreachable):
                    raise error from exc
                problem = error.params["reason"]
            if time.monotonic() > end:
                url = getattr(self.ledger.w3.provider, "endpoint_uri", "")
                raise NodeGone(url=url, what=what, seconds=round(self.patience), problem=problem)
            time.sleep(PAUSE)

    def figures(self, loan: bytes) -> LoanFigures:
        """A loan's figures. Raises NodeGone and HistoryBroken."""
        return self.read(f"the history of loan 0x{loan.hex()}", lambda ledger: figures_from_node(ledger, loan))

    def supply(self) -> int:
        """All custody tokens, minor units. Raises NodeGone."""
        return self.read("the supply of custody tokens", lambda ledger: ledger.supply())


def figures_from_node(ledger: Ledger, loan: bytes) -> LoanFigures:
    """A loan's figures as its history on this node tells them. Raises HistoryBroken if head and entries differ."""
    entries = ledger.history(loan)
    head, _ = ledger.head(loan)
    check(loan, entries, head)
    record = ledger.loan(loan)
    paid = interest = repaid = dust = 0
    received: dict[str, int] = {}
    refunded: dict[str, int] = {}
    for entry in entries:
        values = payload_fields(entry)
        if entry.kind is Entry.PAYMENT_POSTED:
            paid += values["amount"]
            interest += values["interest"]
            repaid += values["principal"]
        elif entry.kind is Entry.CLAIMED:
            received[values["lender"]] = received.get(values["lender"], 0) + values["amount"]
        elif entry.kind is Entry.REFUNDED:
            refunded[values["lender"]] = refunded.get(values["lender"], 0) + values["amount"]
        elif entry.kind is Entry.DUST_SWEPT:
            dust += values["amount"]
    return LoanFigures(record.state, record.principal, paid, interest, repaid, received, refunded, dust)


def differences(loan: BookLoan, found: LoanFigures, lender_of: dict[str, str]) -> list[str]:
    """Where a loan's figures are not what the independent calculation says; empty if all agree."""
    expected = loan.expected
    wanted: dict[str, tuple[object, object]] = {
        "status": (expected.status, found.state.name.capitalize()),
        "principal": (expected.principal, found.principal),
    }
    received = {lender_of[address]: amount for address, amount in found.received.items()}
    refunded = {lender_of[address]: amount for address, amount in found.refunded.items()}
    if isinstance(expected, Closed):
        wanted |= {
            "paid": (expected.paid, found.paid),
            "interest": (expected.interest, found.interest),
            "dust": (expected.dust, found.dust),
        }
        wanted |= {f"received by {r.lender}": (r.received, received.pop(r.lender, 0)) for r in expected.lenders}
    elif isinstance(expected, Expired):
        wanted |= {f"refunded to {r.lender}": (r.amount, refunded.pop(r.lender, 0)) for r in expected.refunds}
    strangers = {**received, **refunded}
    wanted |= {f"paid to {lender}": (0, amount) for lender, amount in strangers.items()}
    return [
        f"{loan.application.reference}: {what}: expected {_shown(want)}, found {_shown(have)}"
        for what, (want, have) in wanted.items()
        if want != have
    ]


def _shown(value: object) -> str:
    return text_from_minor(value) if isinstance(value, int) else str(value)
