"""Reads and writes of webhooks. Decides nothing; never commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gateway.auth.actors import SEAT_TENANT
from gateway.webhooks.tables import DeadLetter, WebhookRow

DELETED = "deleted"


def of_tenant(session: Session, tenant: str, before: int | None, limit: int) -> Sequence[WebhookRow]:
    """Those of the tenant that were not deleted, newest first; the seat's own people see all."""
    query = select(WebhookRow).where(WebhookRow.status != DELETED)
    if tenant != SEAT_TENANT:
        query = query.where(WebhookRow.tenant == tenant)
    if before is not None:
        query = query.where(WebhookRow.seq < before)
    return session.scalars(query.order_by(WebhookRow.seq.desc()).limit(limit)).all()


def count(session: Session, tenant: str) -> int:
    """How many the tenant has."""
    query = select(func.count()).select_from(WebhookRow)
    return session.scalar(query.where(WebhookRow.tenant == tenant, WebhookRow.status != DELETED)) or 0


def by_id(session: Session, identifier: str, tenant: str) -> WebhookRow | None:
    """By the id that the API shows, if the tenant sees it."""
    query = select(WebhookRow).where(WebhookRow.id == identifier)
    if tenant != SEAT_TENANT:
        query = query.where(WebhookRow.tenant == tenant)
    return session.scalar(query)


def active(session: Session) -> Sequence[WebhookRow]:
    """Those to deliver to."""
    return session.scalars(select(WebhookRow).where(WebhookRow.status == "active")).all()


def stands(session: Session, seq: int, turn: int) -> bool:
    """Whether nobody has changed what is delivered since `turn`; locks it until the commit."""
    locked = (
        update(WebhookRow)
        .where(WebhookRow.seq == seq, WebhookRow.turn == turn, WebhookRow.status == "active")
        .values(turn=turn)
        .returning(WebhookRow.seq)
    )
    return session.execute(locked.execution_options(synchronize_session=False)).first() is not None


def goes_on(session: Session, seq: int, course: int) -> bool:
    """Whether nobody has set its cursor since `course`; locks it until the commit."""
    locked = (
        update(WebhookRow)
        .where(WebhookRow.seq == seq, WebhookRow.course == course)
        .values(course=course)
        .returning(WebhookRow.seq)
    )
    return session.execute(locked.execution_options(synchronize_session=False)).first() is not None


def is_of_turn(session: Session, seq: int, turn: int) -> bool:
    """Whether the webhook is active, and unchanged since `turn`."""
    query = select(WebhookRow.turn).where(WebhookRow.seq == seq, WebhookRow.status == "active")
    return session.scalar(query) == turn


def note(session: Session, seq: int, **values: object) -> None:
    """Sets columns of one."""
    change = update(WebhookRow).where(WebhookRow.seq == seq).values(**values)
    session.execute(change.execution_options(synchronize_session=False))


# --- dead letters


def add_dead_letter(session: Session, letter: DeadLetter) -> None:
    """Adds it, or notes a new failure of one that is there."""
    session.merge(letter)
    session.flush()


def dead_letters(session: Session, webhook: int, after: int, limit: int) -> Sequence[DeadLetter]:
    """Of a webhook, in the order of their events."""
    query = select(DeadLetter).where(DeadLetter.webhook == webhook, DeadLetter.event > after)
    return session.scalars(query.order_by(DeadLetter.event).limit(limit)).all()


def count_dead_letters(session: Session, webhooks: Sequence[int]) -> dict[int, int]:
    """How many each has."""
    query = (
        select(DeadLetter.webhook, func.count()).where(DeadLetter.webhook.in_(webhooks)).group_by(DeadLetter.webhook)
    )
    return {int(webhook): int(number) for webhook, number in session.execute(query.group_by(DeadLetter.webhook))}


def ask_again(session: Session, webhook: int, events: Sequence[int] | None) -> None:
    """Has dead letters delivered again; all if none are named."""
    change = update(DeadLetter).where(DeadLetter.webhook == webhook).values(status="asked")
    if events is not None:
        change = change.where(DeadLetter.event.in_(events))
    session.execute(change.execution_options(synchronize_session=False))


def asked(session: Session, webhook: int | None = None) -> Sequence[tuple[int, int, int]]:
    """Webhook, event and attempts of dead letters that are to be delivered again, in the order of their events."""
    query = select(DeadLetter.webhook, DeadLetter.event, DeadLetter.attempts).where(DeadLetter.status == "asked")
    if webhook is not None:
        query = query.where(DeadLetter.webhook == webhook)
    rows = session.execute(query.order_by(DeadLetter.event).limit(1000))
    return [(int(row[0]), int(row[1]), int(row[2])) for row in rows]


def bury(session: Session, webhook: int, event: int) -> None:
    """The dead letter was delivered: it is none any more."""
    session.execute(delete(DeadLetter).where(DeadLetter.webhook == webhook, DeadLetter.event == event))
