"""What of a request's body the audit log shows: amounts, dates, ids on the ledger; never text that people write. Pure.

Names, account numbers, reasons and signatures stay out: the log is for ever, and its readers need them not. The
record's request hash commits to the whole body all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

SHOWN: Final = frozenset(
    {
        "action", "address", "borrower", "buyer", "calendar", "currency", "document_id", "effective_from",
        "effective_through", "entry", "expected_history_length", "holder", "instalments", "kind", "lender", "loan",
        "loan_id", "nonce", "payable_by", "payee", "payer", "profile", "rate_cap", "regime", "requested_date",
        "reversal_days", "role", "seller", "statement", "statement_hash", "subject", "table_hash", "target",
        "text_hash", "through", "valid_through", "value_date", "version", "withdrawal", "withdrawal_id",
    }
)  # fmt: skip
"""Names of fields whose values are shown; amounts always are."""

_MOST = 24
_DEPTH = 3


def details_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Name -> value of what is shown, nested ones with dots; of a list its length and the sum of its amounts."""
    found: dict[str, str] = {}
    for name, value in _shown(body, "", _DEPTH):
        if len(found) == _MOST:
            break
        found[name] = value
    return found


def _shown(body: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        place = path + name
        if _is_money(value):
            yield place, f"{value['amount']} {value['currency']}"
        elif isinstance(value, Mapping):
            if depth > 1:
                yield from _shown(value, place + ".", depth - 1)
        elif isinstance(value, list):
            yield place, str(len(value))
            yield from _sums(place, value)
        elif name in SHOWN and isinstance(value, str | int):
            yield place, str(value)


def _is_money(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {"amount", "currency"}


def _sums(place: str, items: list[Any]) -> Iterator[tuple[str, str]]:
    sums: dict[str, Decimal] = {}
    for item in items:
        money = item.get("amount") if isinstance(item, Mapping) else None
        if isinstance(money, Mapping) and _is_money(money):
            sums[money["currency"]] = sums.get(money["currency"], Decimal(0)) + Decimal(money["amount"])
    for currency, total in sums.items():
        yield f"{place}.total", f"{total} {currency}"
