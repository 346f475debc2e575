"""/v1/clients and /v1/people: who may call at all, for administrators.

These changes are no transactions and take no Idempotency-Key: the administrator chooses the id, so the same request
twice is refused the second time, and a secret is never stored to be answered again.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.access import ActorDep, SeatDep
from gateway.auth import clients, epoch, people
from gateway.auth.actors import Actor
from gateway.auth.errors import PrincipalExists, PrincipalUnfit, PrincipalUnknown, SecretSlotsFull
from gateway.auth.schemas import (
    ClientRequest,
    ClientResource,
    InvitationResource,
    LabelRequest,
    PersonRequest,
    PersonResource,
    RolesRequest,
    show_client,
    show_invitation,
    show_person,
)
from gateway.authorisation.permissions import table
from gateway.pages import Cursor, Limit, Page, page, text_cursor
from gateway.problems import responses
from gateway.seat import Seat

router = APIRouter(tags=["access"])
ClientId = Annotated[str, Path(max_length=60)]
PersonId = Annotated[str, Path(max_length=60)]


def known_roles() -> frozenset[str]:
    """All roles of the table."""
    return frozenset(table().roles)


@router.get("/clients", responses=responses())
def list_clients(seat: SeatDep, actor: ActorDep, cursor: Cursor = None, limit: Limit = 50) -> Page[ClientResource]:
    """Machine clients, by id."""
    with seat.database.read() as session:
        rows = clients.many(session, actor, text_cursor(cursor), limit + 1)
        return page(rows, limit, lambda row: show_client(row, clients.labels(session, row.id)), lambda row: row.id)


@router.post("/clients", status_code=201, responses=responses(PrincipalExists, PrincipalUnfit))
def create_client(seat: SeatDep, actor: ActorDep, body: ClientRequest) -> ClientResource:
    """Make a client; its secret is shown in this answer only."""
    with seat.database.write() as session:
        made = clients.create(session, actor, body.id, body.tenant, body.roles, known_roles(), body.certificate)
        return show_client(clients.get(session, actor, body.id), clients.labels(session, body.id), made)


@router.get("/clients/{client_id}", responses=responses(PrincipalUnknown))
def get_client(seat: SeatDep, actor: ActorDep, client_id: ClientId) -> ClientResource:
    """One client."""
    with seat.database.read() as session:
        return show_client(clients.get(session, actor, client_id), clients.labels(session, client_id))


@router.post("/clients/{client_id}:add-secret", responses=responses(PrincipalUnknown, SecretSlotsFull, PrincipalUnfit))
def add_client_secret(seat: SeatDep, actor: ActorDep, client_id: ClientId) -> ClientResource:
    """A second secret, so that the client can change over before the first is retired."""
    with seat.database.write() as session:
        made = clients.add_secret(session, actor, client_id)
        return show_client(clients.get(session, actor, client_id), clients.labels(session, client_id), made)


@router.post("/clients/{client_id}:retire-secret", responses=responses(PrincipalUnknown))
def retire_client_secret(seat: SeatDep, actor: ActorDep, client_id: ClientId, body: LabelRequest) -> ClientResource:
    """End one secret, and every token that the client holds."""
    with seat.database.write() as session:
        clients.retire_secret(session, actor, client_id, body.label)
        shown = show_client(clients.get(session, actor, client_id), clients.labels(session, client_id))
    epoch.settle()
    return shown


@router.post("/clients/{client_id}:set-roles", responses=responses(PrincipalUnknown, PrincipalUnfit))
def set_client_roles(seat: SeatDep, actor: ActorDep, client_id: ClientId, body: RolesRequest) -> ClientResource:
    """Other roles; every token that the client holds ends."""
    return _changed_client(seat, actor, client_id, roles=body.roles)


@router.post("/clients/{client_id}:disable", responses=responses(PrincipalUnknown))
def disable_client(seat: SeatDep, actor: ActorDep, client_id: ClientId) -> ClientResource:
    """No access any more, at once."""
    return _changed_client(seat, actor, client_id, disabled=True)


@router.post("/clients/{client_id}:enable", responses=responses(PrincipalUnknown))
def enable_client(seat: SeatDep, actor: ActorDep, client_id: ClientId) -> ClientResource:
    """Access again, with the secrets it had."""
    return _changed_client(seat, actor, client_id, disabled=False)


@router.get("/people", responses=responses())
def list_people(seat: SeatDep, actor: ActorDep, cursor: Cursor = None, limit: Limit = 50) -> Page[PersonResource]:
    """People, by id."""
    with seat.database.read() as session:
        rows = people.many(session, actor, text_cursor(cursor), limit + 1)
        return page(rows, limit, lambda row: show_person(row, people.factors(session, row)), lambda row: row.id)


@router.post("/people", status_code=201, responses=responses(PrincipalExists, PrincipalUnfit))
def invite_person(seat: SeatDep, actor: ActorDep, body: PersonRequest) -> InvitationResource:
    """Make a person and its invitation, which is shown in this answer only and works once."""
    with seat.database.write() as session:
        return show_invitation(
            people.create(session, seat.identity, actor, body.id, body.tenant, body.roles, known_roles())
        )


@router.get("/people/{person_id}", responses=responses(PrincipalUnknown))
def get_person(seat: SeatDep, actor: ActorDep, person_id: PersonId) -> PersonResource:
    """One person."""
    with seat.database.read() as session:
        row = people.get(session, actor, person_id)
        return show_person(row, people.factors(session, row))


@router.post("/people/{person_id}:invite", responses=responses(PrincipalUnknown))
def invite_person_again(seat: SeatDep, actor: ActorDep, person_id: PersonId) -> InvitationResource:
    """A new invitation, for somebody who lost its factors; they work until the invitation is taken."""
    with seat.database.write() as session:
        return show_invitation(people.invite(session, seat.identity, actor, person_id))


@router.post("/people/{person_id}:unlock", responses=responses(PrincipalUnknown))
def unlock_person(seat: SeatDep, actor: ActorDep, person_id: PersonId) -> PersonResource:
    """Let somebody who was locked out after failed sign-ins try again."""
    with seat.database.write() as session:
        people.unlock(session, actor, person_id)
        row = people.get(session, actor, person_id)
        return show_person(row, people.factors(session, row))


@router.post("/people/{person_id}:set-roles", responses=responses(PrincipalUnknown, PrincipalUnfit))
def set_person_roles(seat: SeatDep, actor: ActorDep, person_id: PersonId, body: RolesRequest) -> PersonResource:
    """Other roles; every session of the person ends."""
    return _changed_person(seat, actor, person_id, roles=body.roles)


@router.post("/people/{person_id}:disable", responses=responses(PrincipalUnknown))
def disable_person(seat: SeatDep, actor: ActorDep, person_id: PersonId) -> PersonResource:
    """No access any more, at once."""
    return _changed_person(seat, actor, person_id, disabled=True)


@router.post("/people/{person_id}:enable", responses=responses(PrincipalUnknown))
def enable_person(seat: SeatDep, actor: ActorDep, person_id: PersonId) -> PersonResource:
    """Access again, with the factors it had."""
    return _changed_person(seat, actor, person_id, disabled=False)


def _changed_client(
    seat: Seat, actor: Actor, name: str, *, roles: list[str] | None = None, disabled: bool | None = None
) -> ClientResource:
    with seat.database.write() as session:
        row = clients.change(session, actor, name, roles=roles, known=known_roles(), disabled=disabled)
        shown = show_client(row, clients.labels(session, name))
    epoch.settle()
    return shown


def _changed_person(
    seat: Seat, actor: Actor, name: str, *, roles: list[str] | None = None, disabled: bool | None = None
) -> PersonResource:
    with seat.database.write() as session:
        row = people.change(session, actor, name, roles=roles, known=known_roles(), disabled=disabled)
        shown = show_person(row, people.factors(session, row))
    epoch.settle()
    return shown
