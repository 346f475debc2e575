"""Registers parties at the bank's seat; shows at every seat what the ledger knows, at the bank's also who it is.

Subject id = HMAC-SHA256(the bank's secret, canonical JSON of {identity, platform}): keys sorted, no spaces, UTF-8, NFC.
Whoever lacks the secret can't test a guess; the regulator, given the secret, can recompute every id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Sequence

from sqlalchemy.orm import Session

from chain.bank.references import ReferenceKind, creditor_reference
from chain.ledger import calls
from chain.ledger.roles import Role
from gateway.changes import Plan, link
from gateway.database import now
from gateway.errors import NotFound, PartyExists, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedEvent
from gateway.money import money
from gateway.outbox.tables import OutboxTransaction
from gateway.pages import Page, page, text_cursor
from gateway.parties import repository
from gateway.parties.schemas import BankAccount, Identity, Party, PartyRequest
from gateway.parties.tables import PartyRecord
from gateway.seat import Seat

_KINDS = {1: "PERSON", 2: "ORGANISATION"}


def subject_of(secret: bytes, identity: Identity, platform: str) -> str:
    """The subject id of an identity on a platform, 0x hex."""
    named = {key: unicodedata.normalize("NFC", value) for key, value in identity.model_dump().items()}
    text = json.dumps(
        {"identity": named, "platform": platform}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return "0x" + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def plan_registration(seat: Seat, request: PartyRequest) -> Plan:
    """Registers the party on the ledger and keeps what the bank knows. Raises PartyExists."""
    seat.outbox.allow(("Parties", "register"))
    try:
        platform = seat.platform_member(request.platform).name
    except KeyError:
        raise RequestInvalid(reason=f"platform: there is no platform {request.platform!r}") from None
    subject = subject_of(seat.identity_secret(), request.identity, platform)
    call = calls.register_party(request.address, raw(subject), calls.PartyKind[request.kind])

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        if repository.conflicting(session, request.reference, request.address, subject) is not None:
            raise PartyExists(reference=request.reference)
        session.add(
            PartyRecord(
                reference=request.reference,
                platform=platform,
                address=request.address,
                subject=subject,
                kind=request.kind,
                identity=request.identity.model_dump(),
                account_number=request.account.number,
                account_name=request.account.name,
                deposit_reference=creditor_reference(ReferenceKind.DEPOSIT, platform, request.reference),
                created_at=now(),
            )
        )

    return Plan(link("party", request.reference, "parties"), [call], record=record)


def list_page(seat: Seat, cursor: str | None, limit: int) -> Page[Party]:
    """By reference at the bank, in the order of registration elsewhere."""
    with seat.database.read() as session:
        if seat.role is Role.BANK:
            records = repository.after(session, text_cursor(cursor), limit + 1)
            return page(records, limit, lambda row: _show_record(session, row), lambda row: row.reference)
        events = index.events(session, "PartyRegistered", text_cursor(cursor), limit + 1)
        return page(events, limit, _show_event, lambda row: row.position)


def get(seat: Seat, name: str) -> Party:
    """By reference (bank only), address or subject, with its balance. Raises NotFound."""
    with seat.database.read() as session:
        record = repository.by_reference(session, name) or repository.by_address(session, name)
        if record is None and name.startswith("0x"):
            record = repository.by_subject(session, name.lower())
        if record is not None:
            found = _show_record(session, record)
        else:
            events = index.party_events(session, account=name) or index.party_events(session, subject=name.lower())
            if not events:
                raise NotFound(resource="party", id=name)
            found = _show_event(events[0])
    balance = seat.node.ledger.balance_of(found.address)
    return found.model_copy(update={"balance": money(balance, seat.currency)})


def _show_record(session: Session, record: PartyRecord) -> Party:
    return Party(
        address=record.address,
        subject=record.subject,
        kind=record.kind,
        registered=bool(index.party_events(session, account=record.address)),
        balance=None,
        reference=record.reference,
        platform=record.platform,
        identity=Identity(**record.identity),
        account=BankAccount(number=record.account_number, name=record.account_name),
        deposit_reference=record.deposit_reference,
    )


def _show_event(event: IndexedEvent) -> Party:
    values = event.values
    kind = _KINDS[int(values["kind"])]
    return Party(address=values["account"], subject=values["subject"], kind=kind, registered=True, balance=None)
