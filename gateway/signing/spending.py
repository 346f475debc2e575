"""Adds up what a key has signed, per function and business date, and what it has cost, per day.

`Spending` reads what the database holds and adds what has been signed since; `keep` writes that within the transaction
that stores the signed transactions, so both stand or neither. A nonce counts once, for the most that was signed with
it: raising a price is not signing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gateway.signing.tables import SigningSum, SigningUse

FEE: Final = "fee"
GWEI: Final = 10**9
_KEEP_USE = text(
    "INSERT INTO signing_uses (key, nonce, what, amount, amount_day, fee, fee_day)"
    " VALUES (:key, :nonce, :what, :amount, :amount_day, :fee, :fee_day)"
    " ON CONFLICT (key, nonce) DO UPDATE SET what = excluded.what, amount = excluded.amount,"
    " amount_day = excluded.amount_day, fee = excluded.fee, fee_day = excluded.fee_day"
)
_KEEP_SUM = text(
    "INSERT INTO signing_sums (key, what, day, total) VALUES (:key, :what, :day, :added)"
    " ON CONFLICT (key, what, day) DO UPDATE SET total = signing_sums.total + excluded.total"
)


@dataclass(frozen=True)
class Use:
    """What one signature counts for: `amount` minor units of `what` on `amount_day`, `fee` gwei on `fee_day`."""

    nonce: int
    what: str
    amount: int
    amount_day: str
    fee: int
    fee_day: str


class Spending:
    """What one key has signed, as it stood in `session` and since."""

    def __init__(self, session: Session, key: str) -> None:
        self._session = session
        self._key = key
        self._highest = session.scalar(select(func.max(SigningUse.nonce)).where(SigningUse.key == key))
        self._sums: dict[tuple[str, str], int] = {}
        self._added: dict[tuple[str, str], int] = {}
        self._uses: dict[int, Use] = {}

    def total(self, what: str, day: str) -> int:
        """Signed so far of `what` on `day`."""
        place = what, day
        if place not in self._sums:
            row = self._session.get(SigningSum, (self._key, what, day))
            self._sums[place] = 0 if row is None else row.total
        return self._sums[place] + self._added.get(place, 0)

    def added_by(self, use: Use) -> tuple[int, int]:
        """What `use` adds to the amount and to the fee of its days, beyond what its nonce counts for already."""
        before = self._before(use.nonce)
        same = before is not None and (before.what, before.amount_day) == (use.what, use.amount_day)
        amount = max(0, use.amount - before.amount) if before is not None and same else use.amount
        paid = before is not None and before.fee_day == use.fee_day
        fee = max(0, use.fee - before.fee) if before is not None and paid else use.fee
        return amount, fee

    def add(self, use: Use) -> None:
        """Counts a signature."""
        amount, fee = self.added_by(use)
        before = self._before(use.nonce)
        for place, more in (((use.what, use.amount_day), amount), ((FEE, use.fee_day), fee)):
            self._added[place] = self._added.get(place, 0) + more
        if before is not None:
            same = (before.what, before.amount_day) == (use.what, use.amount_day)
            most = max(before.amount, use.amount) if same else use.amount
            paid = max(before.fee, use.fee) if before.fee_day == use.fee_day else use.fee
            use = Use(use.nonce, use.what, most, use.amount_day, paid, use.fee_day)
        self._uses[use.nonce] = use

    def keep(self, session: Session) -> None:
        """Writes what was added. The last thing done here; again, if the transaction had to be run again."""
        if self._uses:
            session.execute(_KEEP_USE, [{"key": self._key, **vars(use)} for use in self._uses.values()])
        sums = [
            {"key": self._key, "what": what, "day": day, "added": added}
            for (what, day), added in sorted(self._added.items())
            if added
        ]
        if sums:
            session.execute(_KEEP_SUM, sums)

    def _before(self, nonce: int) -> Use | None:
        if nonce in self._uses:
            return self._uses[nonce]
        if self._highest is None or nonce > self._highest:
            return None
        row = self._session.get(SigningUse, (self._key, nonce), populate_existing=True)
        if row is None:
            return None
        return Use(nonce, row.what, row.amount, row.amount_day, row.fee, row.fee_day)
