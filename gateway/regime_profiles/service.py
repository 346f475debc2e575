"""Sets profiles at the regulator's seat and shows those on the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.days import day_of
from chain.ledger.terms import regime_id
from gateway.changes import Plan, link
from gateway.errors import NotFound
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.indexer.tables import IndexedEvent
from gateway.outbox.tables import OutboxTransaction
from gateway.rates import nano_of, rate_text
from gateway.regime_profiles.schemas import RegimeProfile, RegimeProfileRequest
from gateway.regime_profiles.tables import RegimeNameRow
from gateway.seat import Seat


def plan_set(seat: Seat, request: RegimeProfileRequest) -> Plan:
    """Sets the profile, once."""
    seat.outbox.allow(("RegimeProfiles", "set"))
    identifier = regime_id(request.name)
    profile = calls.Profile(
        rate_cap_nano=nano_of(request.rate_cap),
        reversal_days=request.reversal_days,
        effective_from=request.effective_from,
        effective_through=request.effective_through,
    )

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        session.merge(RegimeNameRow(id=hex_of(identifier), name=request.name))

    return Plan(
        link("regime_profile", hex_of(identifier), "regime-profiles"),
        [calls.set_profile(identifier, profile)],
        record=record,
    )


def list_all(seat: Seat) -> list[RegimeProfile]:
    """All profiles, oldest first."""
    with seat.database.read() as session:
        return [_show(session, event) for event in index.events(session, "ProfileSet")]


def get(seat: Seat, name_or_id: str) -> RegimeProfile:
    """By id or by name. Raises NotFound."""
    identifier = name_or_id if name_or_id.startswith("0x") else hex_of(regime_id(name_or_id))
    with seat.database.read() as session:
        event = index.last_event(session, "ProfileSet", identifier.lower())
        if event is None:
            raise NotFound(resource="regime profile", id=name_or_id)
        return _show(session, event)


def _show(session: Session, event: IndexedEvent) -> RegimeProfile:
    named = session.get(RegimeNameRow, event.key)
    return RegimeProfile(
        id=event.key,
        name=None if named is None else named.name,
        rate_cap=rate_text(int(event.values["rateCapNano"])),
        reversal_days=int(event.values["reversalDays"]),
        effective_from=day_of(int(event.values["effectiveFrom"])),
        effective_through=day_of(int(event.values["effectiveThrough"])),
    )
