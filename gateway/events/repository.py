"""Reads the event log: pages above a position, as recorded or as confirmed. Decides nothing about who may see what.

As recorded: every event in its order, withdrawals too. As confirmed: up to the first event whose block is not confirmed
yet; what was withdrawn before it was confirmed is left out together with its withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.authorisation.sight import WHOLE, Sight, Whole
from gateway.events.tables import EventLog, EventRow
from gateway.events.types import CONFIRMED
from gateway.events.visibility import visible


@dataclass(frozen=True)
class Selection:
    """Which events are asked for. types: with those of withdrawals; none for all. sight: of who asks.

    confirmed: as confirmed, not as recorded.
    """

    types: frozenset[str] = frozenset()
    loan: str | None = None
    sight: Sight = WHOLE
    confirmed: bool = False

    @property
    def plain(self) -> bool:
        """Whether `takes` can tell without the database."""
        return isinstance(self.sight, Whole)

    def takes(self, row: EventRow) -> bool:
        """Whether an event that was read from the log is asked for; who asks sees it."""
        if self.loan is not None and row.loan != self.loan:
            return False
        return not self.types or row.type in self.types


def last(session: Session) -> int:
    """Number of the newest event; 0 if there is none."""
    return session.scalar(select(EventLog.last).where(EventLog.id == 1)) or 0


def get(session: Session, number: int) -> EventRow | None:
    """By number."""
    return session.get(EventRow, number)


def page(session: Session, after: int, limit: int, selection: Selection) -> Sequence[EventRow]:
    """The next events above `after` that are asked for, at most `limit`."""
    query = select(EventRow).where(EventRow.seq > after)
    if selection.confirmed:
        query = _as_confirmed(session, query)
    return session.scalars(_selected(query, selection).order_by(EventRow.seq).limit(limit)).all()


def reach(session: Session, selection: Selection) -> int:
    """Number of the last event that may be read now: up to there a reader has seen all that it asked for."""
    if not selection.confirmed:
        return last(session)
    bound = _first_unconfirmed(session)
    return last(session) if bound is None else bound - 1


def confirmed_block(session: Session) -> int:
    """The block up to which the log says that all is confirmed; -1 before it has said so."""
    withdrawal = aliased(EventRow)
    query = select(EventRow.block).where(
        EventRow.type == CONFIRMED, not_(select(withdrawal.seq).where(withdrawal.withdraws == EventRow.seq).exists())
    )
    found = session.scalar(query.order_by(EventRow.seq.desc()).limit(1))
    return -1 if found is None else found


def highest_block(session: Session, above: int, through: int) -> int | None:
    """The highest block in the range that an event speaks of."""
    query = select(func.max(EventRow.block)).where(EventRow.block > above, EventRow.block <= through)
    return session.scalar(query)


def standing_above(session: Session, block: int) -> Sequence[EventRow]:
    """Events of blocks above `block` that were not withdrawn, newest first."""
    withdrawal = aliased(EventRow)
    query = select(EventRow).where(
        EventRow.block > block, not_(select(withdrawal.seq).where(withdrawal.withdraws == EventRow.seq).exists())
    )
    return session.scalars(query.order_by(EventRow.seq.desc())).all()


def standing_of(session: Session, subject: str, block: int) -> Sequence[EventRow]:
    """Events of `subject` in that block that were not withdrawn, newest first."""
    withdrawal = aliased(EventRow)
    query = select(EventRow).where(
        EventRow.block == block,
        EventRow.subject == subject,
        not_(select(withdrawal.seq).where(withdrawal.withdraws == EventRow.seq).exists()),
    )
    return session.scalars(query.order_by(EventRow.seq.desc())).all()


def _first_unconfirmed(session: Session) -> int | None:
    withdrawal = aliased(EventRow)
    query = select(func.min(EventRow.seq)).where(
        EventRow.block > confirmed_block(session),
        not_(select(withdrawal.seq).where(withdrawal.withdraws == EventRow.seq).exists()),
    )
    return session.scalar(query)


def _as_confirmed(session: Session, query: Select[EventRow]) -> Select[EventRow]:
    bound = _first_unconfirmed(session)
    if bound is not None:
        query = query.where(EventRow.seq < bound)
    withdrawal = aliased(EventRow)
    never = select(withdrawal.seq).where(withdrawal.withdraws == EventRow.seq, withdrawal.was_confirmed.is_(False))
    return query.where(or_(EventRow.withdraws.is_(None), EventRow.was_confirmed.is_(True)), not_(never.exists()))


def _selected(query: Select[EventRow], selection: Selection) -> Select[EventRow]:
    if selection.loan is not None:
        query = query.where(EventRow.loan == selection.loan)
    if not selection.plain:
        query = query.where(visible(selection.sight))
    if selection.types:
        query = query.where(EventRow.type.in_(sorted(selection.types)))
    return query
