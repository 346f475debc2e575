"""Keeps proposals, shows what would be sent, and on a second person's approval sends approval and operation.

The two people are two actors of the seat that are not known to be the same person by two tokens; where the ledger asks
for two keys, they are two keys of its member. A proposal is built anew whenever it
is shown or approved: nobody approves what has changed since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.orm import Session

from chain.errors import Language, LedgerError
from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.contracts import action_of
from chain.ledger.days import day_of
from gateway.approvals import repository
from gateway.approvals.actions import Operation, arguments, build
from gateway.approvals.schemas import (
    ApprovalRequest,
    ForeignActionRequest,
    ForeignApprovalRequest,
    OnLedger,
    Proposal,
    ShownAction,
)
from gateway.approvals.tables import ProposalRow
from gateway.authorisation.errors import ApprovalNeeded, ProposalLapsed
from gateway.authorisation.objects import seen
from gateway.authorisation.sight import Sight
from gateway.changes import Plan, link
from gateway.database import now
from gateway.errors import ApprovalByProposer, NotFound, ProposalDecided, ProposalMoved, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.indexer.tables import IndexedEvent
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.pages import Page, number_cursor, page, text_cursor
from gateway.seat import Seat
from gateway.transactions.schemas import show

_STANDS: Final = timedelta(days=1)


def plan_proposal(
    seat: Seat,
    kind: str,
    request: Mapping[str, Any],
    principal: str,
    loan: str | None = None,
    *,
    lapses: bool = False,
) -> Plan:
    """Keeps the operation until another person approves it. Raises what is wrong with it already now."""
    with seat.database.read() as session:
        operation = build(seat, session, kind, request)
    seat.policy.check_call(operation.call)
    identifier = uuid4().hex

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        until = (datetime.now(UTC) + _STANDS).isoformat(timespec="microseconds") if lapses else None
        session.add(
            ProposalRow(
                id=identifier, kind=kind, request=dict(request), loan=loan, status="proposed", proposer=principal,
                created_at=now(), lapses_at=until, lapses_after=repository.last_day_end(session) if lapses else None,
            )
        )  # fmt: skip

    return Plan(link("proposal", identifier, "proposals"), record=record)


def plan_approval(seat: Seat, request: ApprovalRequest, principal: str, sight: Sight) -> Plan:
    """Approves on the ledger, where it asks for a second key, and sends the operation right after.

    Raises NotFound, ProposalDecided, ProposalLapsed, ApprovalByProposer, ProposalMoved.
    """
    with seat.database.read() as session:
        if not seen(session, sight, "proposal", request.proposal):
            raise NotFound(resource="proposal", id=request.proposal)
        row = _row(session, request.proposal)
        _require_open(session, row)
        if same_person(row.proposer, principal):
            raise ApprovalByProposer(principal=principal, id=row.id)
        operation = build(seat, session, row.kind, row.request)
    action = seat.contracts.action(operation.call)
    if hex_of(action) != request.action:
        raise ProposalMoved(id=row.id, shown=request.action, now=hex_of(action))

    def record(session: Session, rows: Sequence[OutboxTransaction]) -> None:
        fresh = _row(session, row.id)
        _require_open(session, fresh)
        fresh.status, fresh.approver, fresh.decided_at, fresh.action = "approved", principal, now(), request.action
        fresh.approval = rows[0].seq if operation.second_key else None
        fresh.operation = rows[-1].seq

    sent = [calls.approve(action), operation.call] if operation.second_key else [operation.call]
    return Plan(link("proposal", row.id, "proposals"), sent, chained=True, record=record)


def plan_withdrawal(seat: Seat, identifier: str) -> Plan:
    """Takes a proposal back that nobody has approved. Raises NotFound, ProposalDecided."""
    with seat.database.read() as session:
        _row(session, identifier)

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        fresh = _row(session, identifier)
        if fresh.status != "proposed":
            raise ProposalDecided(id=identifier, status=fresh.status)
        fresh.status, fresh.decided_at = "withdrawn", now()

    return Plan(link("proposal", identifier, "proposals"), record=record)


def plan_sending(seat: Seat, identifier: str) -> Plan:
    """Sends what another organisation's key has approved on the ledger; again, if it had not the first time.

    Raises NotFound, ProposalDecided.
    """
    with seat.database.read() as session:
        row = _row(session, identifier)
        sent = outbox.many(session, [] if row.operation is None else [row.operation])
        status = _status(row, sent)
        if status not in ("proposed", "failed") or row.approver is not None:
            raise ProposalDecided(id=identifier, status=status)
        operation = build(seat, session, row.kind, row.request)
        if not operation.second_key:
            raise ApprovalNeeded(id=identifier)

    def record(session: Session, rows: Sequence[OutboxTransaction]) -> None:
        fresh = _row(session, identifier)
        fresh.status, fresh.decided_at, fresh.operation = "approved", now(), rows[0].seq

    return Plan(link("proposal", identifier, "proposals"), [operation.call], record=record)


def plan_foreign_approval(seat: Seat, request: ForeignApprovalRequest) -> Plan:
    """Approves a call that another seat will send. Raises ProposalMoved if the action is not the one shown."""
    shown = show_foreign(seat, request)
    if shown.action != request.action:
        raise ProposalMoved(id=shown.function, shown=request.action, now=shown.action)
    return Plan(link("approval", shown.action, "approvals"), [calls.approve(raw(shown.action))])


def plan_approval_withdrawal(seat: Seat, action: str) -> Plan:
    """Takes this member's approval of a call back, as long as nobody has used it."""
    seat.outbox.allow(("Approvals", "withdraw"))
    return Plan(link("approval", action, "approvals"), [calls.withdraw_approval(raw(action))])


def show_foreign(seat: Seat, request: ForeignActionRequest) -> ShownAction:
    """A call of another seat, decoded. Raises RequestInvalid if it is none of the ledger's contracts' functions."""
    if request.contract not in seat.consortium.deployments:
        raise RequestInvalid(reason=f"contract: there is no {request.contract!r}")
    target = seat.contracts.address(request.contract)
    call = seat.contracts.decode_call(target, raw(request.data))
    if call is None:
        raise RequestInvalid(reason=f"data: no call of {request.contract}")
    return _shown(seat, call, action_of(target, raw(request.data)))


def get(seat: Seat, identifier: str, language: Language = "en") -> Proposal:
    """As it would be sent now. Raises NotFound."""
    with seat.database.read() as session:
        return _show(seat, session, _row(session, identifier), language)


def list_page(seat: Seat, sight: Sight, cursor: str | None, limit: int, status: str | None) -> Page[Proposal]:
    """Those that are seen, newest first."""
    with seat.database.read() as session:
        rows = repository.newest_first(session, sight, number_cursor(cursor), limit + 1, status)
        return page(rows, limit, lambda row: _show(seat, session, row, "en"), lambda row: row.seq)


def on_ledger(seat: Seat, cursor: str | None, limit: int) -> Page[OnLedger]:
    """Approvals of all members, oldest first."""
    with seat.database.read() as session:
        rows = index.events(session, "Approved", text_cursor(cursor), limit + 1)
        return page(rows, limit, lambda row: _on_ledger(session, row), lambda row: row.position)


def request_hash(row: ProposalRow) -> str:
    """SHA-256 of the request as it was made and kept: of its JSON with sorted keys, the kind first."""
    text = json.dumps([row.kind, row.request], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "0x" + hashlib.sha256(text.encode()).hexdigest()


def same_person(one: str, other: str) -> bool:
    """Whether two actor ids are known to be one person: the same id, or the same name by another kind of token."""
    return one.split(":", 1)[-1].casefold() == other.split(":", 1)[-1].casefold()


def _require_open(session: Session, row: ProposalRow) -> None:
    if row.status != "proposed":
        raise ProposalDecided(id=row.id, status=row.status)
    reason = repository.lapsed(session, row)
    if reason is not None:
        raise ProposalLapsed(id=row.id, reason=reason)


def _row(session: Session, identifier: str) -> ProposalRow:
    row = repository.by_id(session, identifier)
    if row is None:
        raise NotFound(resource="proposal", id=identifier)
    return row


def _show(seat: Seat, session: Session, row: ProposalRow, language: Language) -> Proposal:
    transactions = outbox.many(session, [seq for seq in (row.approval, row.operation) if seq is not None])
    operation, problem = _built(seat, session, row, language)
    return Proposal(
        id=row.id,
        kind=row.kind,
        status=_status(row, transactions, lapsed=repository.lapsed(session, row) is not None),  # type: ignore[arg-type]
        loan=row.loan,
        proposer=row.proposer,
        approver=row.approver,
        created_at=row.created_at,
        decided_at=row.decided_at,
        lapses_at=row.lapses_at,
        request_hash=request_hash(row),
        readable={} if operation is None else dict(operation.readable),
        call=None if operation is None else _shown(seat, operation.call, seat.contracts.action(operation.call)),
        problem=problem,
        transactions=[show(transaction, language) for transaction in transactions],
    )


def _built(seat: Seat, session: Session, row: ProposalRow, language: Language) -> tuple[Operation | None, str | None]:
    """What would be sent, or why nothing can be; nothing at all once it was decided."""
    if row.status != "proposed":
        return None, None
    try:
        return build(seat, session, row.kind, row.request), None
    except LedgerError as error:
        return None, error.message(language)


def _status(row: ProposalRow, transactions: Sequence[OutboxTransaction], *, lapsed: bool = False) -> str:
    if row.status != "approved":
        return "lapsed" if lapsed else row.status
    if any(t.status == Status.FAILED for t in transactions):
        return "failed"
    return "done" if all(t.status == Status.FINAL for t in transactions) else "approved"


def _shown(seat: Seat, call: Call, action: bytes) -> ShownAction:
    return ShownAction(
        action=hex_of(action),
        contract=call.contract,
        function=call.function,
        target=seat.contracts.address(call.contract),
        data=hex_of(seat.contracts.encode(call)),
        arguments=arguments(call),
    )


def _on_ledger(session: Session, event: IndexedEvent) -> OnLedger:
    used = index.last_event(session, "ApprovalUsed", event.key)
    withdrawn = index.last_event(session, "ApprovalWithdrawn", event.key)
    if used is not None and used.position > event.position:
        state = "used"
    elif withdrawn is not None and withdrawn.position > event.position:
        state = "withdrawn"
    else:
        state = "open"
    return OnLedger(
        action=event.key,
        by=event.values["by"],
        member=int(event.values["member"]),
        valid_through=day_of(int(event.values["validThrough"])).isoformat(),
        state=state,  # type: ignore[arg-type]
        block=event.block,
    )
