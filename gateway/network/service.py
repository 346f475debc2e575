"""Gathers what the seat knows of the ledger, and every error that any part declares."""

from __future__ import annotations

from functools import cache

from chain.error_registry import registered
from gateway.error_modules import ERROR_MODULES
from gateway.network.schemas import (
    ContractResource,
    ErrorResource,
    HeightsResource,
    KeyResource,
    MemberResource,
    Network,
    SeatResource,
)
from gateway.seat import Seat


def describe(seat: Seat) -> Network:
    """The ledger as this seat sees it."""
    consortium, heights, member = seat.consortium, seat.heights, seat.member()
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
            address=None if member is None else member.root,
            keys=[
                KeyResource(name=key.name, address=key.address, scopes=sorted(scope.name for scope in key.scopes))
                for key in seat.policy.keys
            ],
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
    """Every declared error by code: of the gateway, its commands, the library and the contracts."""
    return tuple(
        ErrorResource(code=e.code, status=e.status, en=e.en, zh=e.zh, selector=e.selector)
        for e in registered(ERROR_MODULES).values()
    )
