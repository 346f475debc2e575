"""The rows in which the peer shows a schedule in life: a row per disbursement, a numbered row per instalment."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from chain.schedules.book.money import Money
from chain.schedules.book.plan import Line, PlanEntry, Tranche
from chain.schedules.life import Instalment, Kind, Parts

Row = dict[str, str | None]
Entry = Tranche | Instalment


def table(entries: Iterable[Entry], money: Money) -> list[Row]:
    """The rows, amounts as decimal text in currency units. `days` counts from the start of the instalment's period."""
    rows: list[Row] = []
    balance = number = 0
    for entry in entries:
        if isinstance(entry, Tranche):
            balance += entry.amount
            rows.append(_disbursement(entry, money))
        else:
            number += 1
            balance -= entry.owed.principal
            rows.append(_instalment(entry, number, balance, money))
    return rows


def entries_of(plan: Iterable[PlanEntry]) -> list[Entry]:
    """A plan with its lines as instalments on which nothing is paid."""
    return [instalment(entry) if isinstance(entry, Line) else entry for entry in plan]


def instalment(line: Line) -> Instalment:
    """A planned line as an instalment on which nothing is paid."""
    return Instalment(
        start=line.start,
        due=line.due,
        owed=Parts(interest=line.interest, principal=line.principal),
        down_payment=line.down_payment,
    )


def _disbursement(tranche: Tranche, money: Money) -> Row:
    return {
        "nr": None,
        "days": None,
        "date": tranche.day.isoformat(),
        "paid_date": None,
        "balance": _text(tranche.amount, money),
        "principal": None,
        "interest": None,
        "fees": _text(0, money),
        "penalties": None,
        "due": _text(0, money),
        "paid": _text(0, money),
        "in_advance": None,
        "late": None,
        "outstanding": None,
    }


def _instalment(line: Instalment, number: int, balance: int, money: Money) -> Row:
    return {
        "nr": str(number),
        "days": str((line.due - line.start).days),
        "date": line.due.isoformat(),
        "paid_date": line.met_on.isoformat() if line.met_on else None,
        "balance": _text(balance, money),
        "principal": _text(line.owed.of(Kind.PRINCIPAL), money),
        "interest": _text(line.owed.of(Kind.INTEREST), money),
        "fees": _text(line.owed.of(Kind.FEE), money),
        "penalties": _text(line.owed.of(Kind.PENALTY), money),
        "due": _text(line.owed.total, money),
        "paid": _text(line.paid.total, money),
        "in_advance": _text(line.in_advance, money),
        "late": _text(line.late, money),
        "outstanding": _text(line.unpaid, money),
    }


def _text(minor: int, money: Money) -> str:
    """Currency units with at least one decimal and no trailing zeros after it, as the peer writes them."""
    whole, _, part = str(Decimal(minor).scaleb(-money.decimals)).partition(".")
    return f"{whole}.{part.rstrip('0') or '0'}"
