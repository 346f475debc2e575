"""Reads the event log: pages above a position, as recorded or as confirmed. Decides nothing about who may see what.

As recorded: every event in its order, withdrawals too. As confirmed: up to the first event whose block is not confirmed
yet; what was withdrawn before it was confirmed is left out together with its withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.authorisation.sight import WHOLE, Sight, Whole
from gateway.events.tables import EventLog, EventRow
from gateway.events.types import CONFIRMED
from gateway.events.visibility import visible

# Made once: they are asked with every step of a follower, and cost more to build than to answer.
_withdrawal = aliased(EventRow)
_STANDS = not_(select(_withdrawal.seq).where(_withdrawal.withdraws == EventRow.seq).exists())
_UNCONFIRMED = select(_withdrawal.seq).where(
    _withdrawal.withdraws == EventRow.seq, _withdrawal.was_confirmed.is_(False)
)
_AS_CONFIRMED = (or_(EventRow.withdraws.is_(None), EventRow.was_confirmed.is_(True)), not_(_UNCONFIRMED.exists()))
_CONFIRMED_BLOCK = (
    select(EventRow.block).where(EventRow.type == CONFIRMED, _STANDS).order_by(EventRow.seq.desc()).limit(1)
)
_FIRST_ABOVE = select(func.min(EventRow.seq)).where(EventRow.block > bindparam("above"), _STANDS)
_HIGHEST = select(func.max(EventRow.block)).where(
    EventRow.block > bindparam("above"), EventRow.block <= bindparam("through")
)
_LAST = select(EventLog.last).where(EventLog.id == 1)


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
    return session.scalar(_LAST) or 0


def get(session: Session, number: int) -> EventRow | None:
    """By number."""
    return session.get(EventRow, number)


def page(session: Session, after: int, limit: int, selection: Selection) -> Sequence[EventRow]:
    """The next events above `after` that are asked for, at most `limit`."""
    query = select(EventRow).where(EventRow.seq > after)
    if selection.confirmed:
        bound = _first_unconfirmed(session)
        query = query.where(*_AS_CONFIRMED) if bound is None else query.where(*_AS_CONFIRMED, EventRow.seq < bound)
    return session.scalars(_selected(query, selection).order_by(EventRow.seq).limit(limit)).all()


def reach(session: Session, selection: Selection) -> int:
    """Number of the last event that may be read now: up to there a reader has seen all that it asked for."""
    if not selection.confirmed:
        return last(session)
    bound = _first_unconfirmed(session)
    return last(session) if bound is None else bound - 1


def confirmed_block(session: Session) -> int:
    """The block up to which the log says that all is confirmed; -1 before it has said so."""
    found = session.scalar(_CONFIRMED_BLOCK)
    return -1 if found is None else found


def highest_block(session: Session, above: int, through: int) -> int | None:
    """The highest block in the range that an event speaks of."""
    return session.scalar(_HIGHEST, {"above": above, "through": through})


def standing_above(session: Session, block: int) -> Sequence[EventRow]:
    """Events of blocks above `block` that were not withdrawn, newest first."""
    query = select(EventRow).where(EventRow.block > block, _STANDS)
    return session.scalars(query.order_by(EventRow.seq.desc())).all()


def standing_of(session: Session, subject: str, block: int) -> Sequence[EventRow]:
    """Events of `subject` in that block that were not withdrawn, newest first."""
    query = select(EventRow).where(EventRow.block == block, EventRow.subject == subject, _STANDS)
    return session.scalars(query.order_by(EventRow.seq.desc())).all()


def _first_unconfirmed(session: Session) -> int | None:
    return session.scalar(_FIRST_ABOVE, {"above": confirmed_block(session)})


def _selected(query: Select[EventRow], selection: Selection) -> Select[EventRow]:
    if selection.loan is not None:
        query = query.where(EventRow.loan == selection.loan)
    if not selection.plain:
        query = query.where(visible(selection.sight))
    if selection.types:
        query = query.where(EventRow.type.in_(sorted(selection.types)))
    return query
