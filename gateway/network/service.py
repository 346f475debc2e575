"""Gathers what the seat knows of the ledger, and every error that any part declares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from chain.errors import LedgerError
from chain.ledger.errors import ContractError, contract_error_texts
from gateway.network.schemas import (
    ContractResource,
    ErrorResource,
    HeightsResource,
    MemberResource,
    Network,
    SeatResource,
)
from gateway.seat import Seat


def describe(seat: Seat) -> Network:
    """The ledger as this seat sees it."""
    consortium, heights = seat.consortium, seat.heights
    return Network(
        name=consortium.name,
        chain_id=consortium.chain_id,
        engine=consortium.engine,
        genesis_hash=consortium.genesis_hash,
        currency=consortium.currency,
        consortium_version=consortium.version,
        start_block=consortium.start_block,
        seat=SeatResource(
            name=seat.settings.seat,
            role=seat.role.value,
            address=seat.outbox.address,
            reading_key=seat.reading_key_hex(),
        ),
        members=[
            MemberResource(
                number=member.number,
                name=member.name,
                role=member.role.value,
                root=member.root,
                reading_key=member.reading_key,
            )
            for member in consortium.members
        ],
        contracts=[
            ContractResource(
                name=deployment.name,
                address=deployment.address,
                code_hash=deployment.code_hash,
                block=deployment.block,
            )
            for deployment in consortium.deployments.values()
        ],
        heights=HeightsResource(latest=heights.latest, confirmed=heights.confirmed, indexed=heights.indexed),
    )


@cache
def known_errors() -> tuple[ErrorResource, ...]:
    """Every declared error by code: of the gateway, the library and the contracts."""
    found = {
        kind.code: ErrorResource(code=kind.code, status=kind.status, en=kind.en, zh=kind.zh)
        for kind in _descendants(LedgerError)
        if isinstance(kind.__dict__.get("code"), str) and kind is not ContractError
    }
    found["internal"] = ErrorResource(code="internal", status=500, en=LedgerError.en, zh=LedgerError.zh)
    for name, text in contract_error_texts().items():
        code = f"contract.{name}"
        found[code] = ErrorResource(code=code, status=int(text.get("status", 409)), en=text["en"], zh=text["zh"])
    return tuple(found[code] for code in sorted(found))


def _descendants(kind: type[LedgerError]) -> Iterator[type[LedgerError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
