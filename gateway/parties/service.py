"""Registers parties at the bank's seat; shows at every seat what the ledger knows, at the bank's also who it is.

Subject id = HMAC-SHA256(the bank's secret, canonical JSON of {identity, platform}): keys sorted, no spaces, UTF-8, NFC.
Whoever lacks the secret can't test a guess; the regulator, given the secret, can recompute every id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.bank.references import ReferenceKind, creditor_reference
from chain.ledger import calls
from chain.ledger.roles import Role
from gateway.approvals.actions import Operation, builds
from gateway.approvals.service import plan_proposal
from gateway.authorisation import sight as see
from gateway.authorisation.sight import Sight, Whole
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
from gateway.parties.schemas import (
    BankAccount,
    ConsentRequest,
    FreezeRequest,
    Identity,
    Party,
    PartyRequest,
    ReplacementRequest,
    ReplacementResource,
)
from gateway.parties.tables import PartyRecord
from gateway.seat import Seat

FREEZE, UNFREEZE = "freeze", "unfreeze"
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


def list_page(seat: Seat, sight: Sight, cursor: str | None, limit: int) -> Page[Party]:
    """Those that are seen; by reference for the bank itself, in the order of registration for all others."""
    with seat.database.read() as session:
        if seat.role is Role.BANK and isinstance(sight, Whole):
            records = repository.after(session, text_cursor(cursor), limit + 1)
            return page(records, limit, lambda row: _show_record(session, row), lambda row: row.reference)
        events = index.events(session, "PartyRegistered", text_cursor(cursor), limit + 1, see.parties(sight))
        return page(events, limit, lambda row: _show_event(session, row), lambda row: row.position)


def get(seat: Seat, sight: Sight, name: str) -> Party:
    """By reference (for the bank itself), address or subject, with its balance. Raises NotFound.

    Who a party is, and its account, are for the bank itself only.
    """
    with seat.database.read() as session:
        record = _record(session, name) if isinstance(sight, Whole) else None
        if record is not None:
            found = _show_record(session, record)
        else:
            subject = index.subject_of(session, name)
            events = [] if subject is None else index.party_events(session, subject=subject)
            if not events:
                raise NotFound(resource="party", id=name)
            found = _show_event(session, events[0])
        address = index.account_of(session, found.subject) or found.address
    ledger = seat.node.ledger
    announced = ledger.replacement(raw(found.subject)) if found.registered else None
    return found.model_copy(
        update={
            "address": address,
            "balance": money(ledger.balance_of(address), seat.currency),
            "replacement": None
            if announced is None or announced.start is None
            else ReplacementResource(
                address=announced.account, takes_over_from=announced.start, consented=announced.consented
            ),
        }
    )


def _record(session: Session, name: str) -> PartyRecord | None:
    found = repository.by_reference(session, name) or repository.by_address(session, name)
    if found is None and name.startswith("0x"):
        return repository.by_subject(session, name.lower())
    return found


def plan_freeze(seat: Seat, party: str, request: FreezeRequest, principal: str, kind: str) -> Plan:
    """Proposes to hold, or free, a party's payouts; a second person at the regulator approves. Raises NotFound."""
    seat.require(Role.REGULATOR)
    body = {"subject": _subject(seat, party), "order": request.order, "salt": secrets.token_hex(16)}
    return plan_proposal(seat, kind, body, principal)


@builds(FREEZE)
def freeze(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Holds a subject's payouts."""
    call = calls.freeze(raw(request["subject"]), _order_hash(request))
    return Operation(call, _readable("hold all payouts of a party", session, request))


@builds(UNFREEZE)
def unfreeze(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Frees a subject's payouts."""
    call = calls.unfreeze(raw(request["subject"]), _order_hash(request))
    return Operation(call, _readable("free all payouts of a party", session, request))


def plan_announcement(seat: Seat, party: str, request: ReplacementRequest) -> Plan:
    """Bank: announces that another address shall stand for the party. Raises NotFound."""
    seat.outbox.allow(("Parties", "announceReplacement"))
    subject = _subject(seat, party)
    reason = bytes(keccak(text=f"{secrets.token_hex(16)} {request.reason}"))
    return Plan(link("party", subject, "parties"), [calls.announce_replacement(raw(subject), request.address, reason)])


def plan_consent(seat: Seat, party: str, request: ConsentRequest) -> Plan:
    """Regulator: consents to exactly this announcement. Raises NotFound."""
    seat.outbox.allow(("Parties", "consentReplacement"))
    subject = _subject(seat, party)
    return Plan(link("party", subject, "parties"), [calls.consent_replacement(raw(subject), request.address)])


def plan_withdrawal(seat: Seat, party: str) -> Plan:
    """Bank or regulator: takes an announcement back. Raises NotFound."""
    seat.outbox.allow(("Parties", "withdrawReplacement"))
    subject = _subject(seat, party)
    return Plan(link("party", subject, "parties"), [calls.withdraw_replacement(raw(subject))])


def plan_replacement(seat: Seat, party: str) -> Plan:
    """Any seat: has the announced address take over, once notice and consent are complete. Raises NotFound."""
    seat.outbox.allow(("Parties", "replace"))
    subject = _subject(seat, party)
    return Plan(link("party", subject, "parties"), [calls.replace_party(raw(subject))])


def _subject(seat: Seat, party: str) -> str:
    with seat.database.read() as session:
        record = repository.by_reference(session, party)
        subject = record.subject if record is not None else index.subject_of(session, party)
    if subject is None:
        raise NotFound(resource="party", id=party)
    return subject


def _order_hash(request: Mapping[str, Any]) -> bytes:
    return bytes(keccak(text=f"{request['salt']} {request['order']}"))


def _readable(operation: str, session: Session, request: Mapping[str, Any]) -> dict[str, str]:
    subject = request["subject"]
    return {
        "operation": operation,
        "subject": subject,
        "address": index.account_of(session, subject) or "unknown",
        "order": request["order"],
    }


def _frozen(session: Session, subject: str) -> bool:
    held, freed = (index.last_event(session, name, subject) for name in ("SubjectFrozen", "SubjectReleased"))
    return held is not None and (freed is None or freed.position < held.position)


def _show_record(session: Session, record: PartyRecord) -> Party:
    return Party(
        address=record.address,
        subject=record.subject,
        kind=record.kind,
        frozen=_frozen(session, record.subject),
        registered=bool(index.party_events(session, account=record.address)),
        balance=None,
        reference=record.reference,
        platform=record.platform,
        identity=Identity(**record.identity),
        account=BankAccount(number=record.account_number, name=record.account_name),
        deposit_reference=record.deposit_reference,
    )


def _show_event(session: Session, event: IndexedEvent) -> Party:
    values = event.values
    return Party(
        address=index.account_of(session, values["subject"]) or values["account"],
        subject=values["subject"],
        kind=_KINDS[int(values["kind"])],
        frozen=_frozen(session, values["subject"]),
        registered=True,
        balance=None,
    )
