"""How a change request becomes stored work: refuse early, prepare, then store answer and transactions in one commit.

A service gives a `Plan`: the calls to send and what else to record. `Change.carry_out` holds the idempotency key,
stores all at once, and answers 202, or waits as asked by `Prefer: wait=N` and answers 200 when final, or the problem.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.calls import Call
from gateway import idempotency
from gateway.access import AccessDep
from gateway.audit import service as audit
from gateway.audit.details import details_of
from gateway.audit.records import ACCEPTED, Record
from gateway.audit.refusals import action_of
from gateway.authorisation import conditions, tenants
from gateway.authorisation.guard import Access
from gateway.authorisation.sight import Whole
from gateway.errors import KeyMissing
from gateway.outbox import repository
from gateway.outbox.tables import ENDS, OutboxTransaction, Status
from gateway.problems import language_of, problem_response
from gateway.seat import Seat
from gateway.signing.availability import require_available
from gateway.tracing.transactions import remember
from gateway.transactions.schemas import Accepted, ResourceLink, show

MAX_WAIT = 60.0
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Followed:
    """A resource that sends its transactions by and by: which they are, and whether it has finished."""

    transactions: Callable[[Session, str], Sequence[int]]
    finished: Callable[[Session, str], bool]


@dataclass(frozen=True)
class Plan:
    """What a change does: `calls` to send (in a chain, if each needs the one before), and what to `record` with them.

    behind_gas: send the chained calls right behind each other with this much gas, not waiting for the one before to be
    mined; only for calls that the contract itself refuses if the one before fails.
    after: outbox seq of a transaction that the first call has to follow. notify: called after the commit. followed: the
    resource sends its transactions itself, see `Followed`. body: the answer (201) of a change that sends nothing.
    """

    resource: ResourceLink
    calls: Sequence[Call] = ()
    chained: bool = False
    behind_gas: int | None = None
    after: int | None = None
    record: Callable[[Session, Sequence[OutboxTransaction]], None] | None = None
    notify: Callable[[], None] | None = None
    followed: bool = False
    body: BaseModel | None = None


def link(kind: str, identifier: str, collection: str) -> ResourceLink:
    """A link to one resource."""
    return ResourceLink(type=kind, id=identifier, href=f"/v1/{collection}/{identifier}")


def loan_link(loan: str) -> ResourceLink:
    """A link to a loan."""
    return link("loan", loan, "loans")


@dataclass(frozen=True)
class _Stored:
    """An answer as it was stored. plan: what was done for it; None if it was given before. senders: keys that send."""

    answer: dict[str, Any]
    plan: Plan | None
    senders: tuple[str, ...] = ()


class Change:
    """One change request: who asks (`principal`) at which seat, under which key, how long they wait."""

    def __init__(self, request: Request, seat: Seat, access: Access, key: str, wait: float) -> None:
        self._request = request
        self.seat = seat
        self._access = access
        self.principal = access.actor.id
        self._key = key
        self._wait = wait

    def carry_out(self, body: BaseModel | None, plan: Callable[[], Plan], *content: bytes) -> Response:
        """Carries out what `plan` gives, unless this key was answered before. content: uploads, part of the request."""
        values, fingerprint = self._asked(body, *content)
        conditions.check(self.seat.database, self.seat.settings, self._access, values)
        replayed = True
        with self.seat.keys.held(self.principal, self._key):
            with self.seat.database.read() as session:
                answer = idempotency.stored(session, self.principal, self._key, fingerprint)
            if answer is None:
                planned = plan()
                require_available(self.seat.signers, self.seat.policy, planned.calls)
                work = partial(self._store, lambda _: planned, fingerprint, values)
                answer, replayed = self._told(self.seat.database.grouped(work))
        return self._answered(answer, replayed)

    async def accept(self, body: BaseModel, plan: Callable[[Session], Plan]) -> Response:
        """As `carry_out`, for routes that are called hundreds of times a second: no thread of its own waits.

        `plan` runs in the thread that commits, whose time is everybody's: it may read its session and nothing else.
        """
        seat = self.seat
        if seat.database.dialect != "sqlite" or not isinstance(self._access.sight, Whole):

            def planned() -> Plan:
                with seat.database.read() as session:
                    return plan(session)

            return await anyio.to_thread.run_sync(self.carry_out, body, planned)  # what is asked before takes time
        values, fingerprint = self._asked(body)
        conditions.check(seat.database, seat.settings, self._access, values)
        with seat.keys.held(self.principal, self._key):
            work = partial(self._store, plan, fingerprint, values)
            answer, replayed = self._told(await asyncio.wrap_future(seat.database.submit(work)))
        if self._wait > 0:
            return await anyio.to_thread.run_sync(self._answered, answer, replayed)
        return self._answered(answer, replayed)

    def _asked(self, body: BaseModel | None, *content: bytes) -> tuple[dict[str, Any], str]:
        """The body's values, and the hash of all that makes the request this one."""
        values = {} if body is None else body.model_dump(mode="json")
        text = "" if body is None else json.dumps(values, sort_keys=True)
        path = f"{self._request.method} {self._request.url.path}"
        return values, idempotency.request_hash(path.encode(), text.encode(), *content)

    def _answered(self, answer: dict[str, Any], replayed: bool) -> Response:
        if answer["made"]:
            return self._respond(answer["body"], 201, replayed, answer["href"])
        if self._wait > 0:
            return self._answer_after_wait(answer, replayed)
        return self._respond(answer["body"], 202, replayed, answer["href"])

    def _told(self, stored: _Stored) -> tuple[dict[str, Any], bool]:
        """After the commit: wakes who has to know. Gives the answer, and whether it was given before."""
        if stored.plan is None:
            return stored.answer, True
        self.seat.outbox.notify(*stored.senders)
        if stored.plan.notify is not None:
            stored.plan.notify()
        return stored.answer, False

    def _store(
        self, planned: Callable[[Session], Plan], fingerprint: str, values: dict[str, Any], session: Session
    ) -> _Stored:
        """Stores it all, unless the key has an answer already."""
        seat = self.seat
        earlier = idempotency.stored(session, self.principal, self._key, fingerprint)
        if earlier is not None:
            return _Stored(earlier, None)
        plan = planned(session)
        tenant = self._access.actor.tenant
        tenants.adopt(session, plan.resource.type, plan.resource.id, tenant)
        rows: list[OutboxTransaction] = []
        first = None if plan.after is None else repository.get(session, plan.after)
        for call in plan.calls:
            after = rows[-1] if plan.chained and rows else first
            rows.append(seat.outbox.enqueue(session, call, self.principal, after, plan.behind_gas, tenant))
        if plan.record is not None:
            plan.record(session, rows)
        remember(session, self._request.app.state.tracing, rows)
        body = plan.body or Accepted(resource=plan.resource, transactions=[show(row) for row in rows])
        answer: dict[str, Any] = {
            "body": body.model_dump(mode="json"),
            "made": plan.body is not None,
            "href": plan.resource.href,
            "seqs": [row.seq for row in rows],
            "followed": plan.followed,
        }
        idempotency.store(session, self.principal, self._key, fingerprint, answer)
        audit.append(session, self._record(plan, rows, fingerprint, values))
        return _Stored(answer, plan, tuple({row.sender for row in rows}))

    def _record(
        self, plan: Plan, rows: Sequence[OutboxTransaction], fingerprint: str, values: dict[str, Any]
    ) -> Record:
        details = details_of(values)
        if plan.calls:
            details["calls"] = ", ".join(dict.fromkeys(f"{call.contract}.{call.function}" for call in plan.calls))
        return Record(
            self.principal,
            self._access.actor.tenant,
            action_of(self._request),
            f"{plan.resource.type}:{plan.resource.id}",
            ACCEPTED,
            details,
            tuple(row.id for row in rows),
            fingerprint,
        )

    def _answer_after_wait(self, answer: dict[str, Any], replayed: bool) -> Response:
        resource = ResourceLink(**answer["body"]["resource"])
        followed = self._request.app.state.followed[resource.type] if answer["followed"] else None

        def done(session: Session) -> bool:
            if followed is not None:
                return bool(followed.finished(session, resource.id))
            return all(row.status in ENDS for row in repository.many(session, answer["seqs"]))

        finished = self.seat.outbox.wait(done, self._wait)
        with self.seat.database.read() as session:
            seqs = followed.transactions(session, resource.id) if followed is not None else answer["seqs"]
            rows = repository.many(session, seqs)
        last = max((row.block or 0 for row in rows), default=0)
        self.seat.heights.wait_indexed(last, min(self._wait, 10.0))
        language = language_of(self._request)
        transactions = [show(row, language) for row in rows]
        failed = next((row for row in rows if row.status == Status.FAILED), None)
        if failed is not None and followed is None:
            return self._failed(failed, [t.model_dump(mode="json") for t in transactions])
        body = Accepted(resource=resource, transactions=transactions)
        return self._respond(body.model_dump(mode="json"), 200 if finished else 202, replayed, resource.href)

    def _failed(self, row: OutboxTransaction, transactions: list[dict[str, Any]]) -> Response:
        assert row.error is not None, "a failed transaction has its reason"
        return problem_response(StoredError(row.error), self._request, transactions=transactions)

    def _respond(self, body: dict[str, Any], status: int, replayed: bool, location: str) -> Response:
        headers = {"Location": location}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        if self._wait > 0:
            headers["Preference-Applied"] = f"wait={self._wait:g}"
        return JSONResponse(body, status_code=status, headers=headers)


class StoredError(LedgerError):
    """An error that happened earlier, as the outbox kept it."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self.code = stored["code"]  # type: ignore[misc]
        self.status = stored["status"]  # type: ignore[misc]
        self._stored = stored
        super().__init__()
        self.params = stored["params"]

    def message(self, language: str = "en") -> str:
        """The stored text."""
        return str(self._stored[language])


async def get_change(
    request: Request,
    access: AccessDep,
    idempotency_key: Annotated[
        str | None,
        Header(description="Fresh per intent, 1 to 200 printable characters; the same again gives the first answer."),
    ] = None,
    prefer: Annotated[
        str | None, Header(description="`wait=N`: answer when final, after N seconds (at most 60) at the latest.")
    ] = None,
) -> Change:
    """The change that the request asks for. Raises KeyMissing."""
    if idempotency_key is None or not _KEY.fullmatch(idempotency_key):
        raise KeyMissing()
    return Change(request, request.app.state.seat, access, idempotency_key, _wait_of(prefer))


def _wait_of(prefer: str | None) -> float:
    found = re.search(r"(?:^|[,;\s])wait=([0-9]{1,4})(?:$|[,;\s])", prefer or "")
    return 0.0 if found is None else min(float(found[1]), MAX_WAIT)


ChangeDep = Annotated[Change, Depends(get_change)]
