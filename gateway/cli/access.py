"""`loan-ledger access`: who may call a seat - its machine clients, people and sessions - changed in the seat's folder.

Works on the seat's database, whether its gateway runs or not; a running one sees every change at once. A secret or an
invitation is shown once, on stdout; everything else goes to stderr.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.auth import clients, epoch, people, sessions
from gateway.auth.actors import operator
from gateway.auth.errors import PrincipalUnknown
from gateway.auth.identity import Identity
from gateway.auth.journal import note
from gateway.auth.opaque import withdraw
from gateway.auth.schemas import show_client, show_invitation, show_person, show_session
from gateway.auth.tables import AuthPerson, AuthSession
from gateway.authorisation.permissions import table
from gateway.database import open_database
from gateway.migrations import upgrade
from gateway.settings import load_settings, seat_folder

app = typer.Typer(help="Show and change who may call a seat.", no_args_is_help=True)
_clients = typer.Typer(help="Machine clients of organisations.", no_args_is_help=True)
_people = typer.Typer(help="People.", no_args_is_help=True)
_sessions = typer.Typer(help="What is open now.", no_args_is_help=True)
_keys = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)
app.add_typer(_clients, name="client")
app.add_typer(_people, name="person")
app.add_typer(_sessions, name="session")
app.add_typer(_keys, name="key")

State = Annotated[Path, typer.Option("--state", envvar="LOAN_LEDGER_STATE", help="The network's state folder.")]
Seat = Annotated[str, typer.Option("--seat", help="Which seat.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Name = Annotated[str, typer.Argument(help="Its name.")]
RoleNames = Annotated[list[str], typer.Option("--role", help="A role; may be given several times.")]
Tenant = Annotated[str, typer.Option("--tenant", help="The organisation; 'seat' is the seat's own.")]
_BY: Final = operator("command line")
_ALL: Final = 10_000
_talk = Console(stderr=True, highlight=False)
_T = TypeVar("_T")


@_clients.command("create")
def create_client(
    name: Name,
    state: State,
    seat: Seat,
    role: RoleNames,
    tenant: Tenant = "seat",
    certificate: Annotated[
        str | None, typer.Option("--certificate", help="SHA-256 of its certificate, instead of a secret.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a client and show its secret."""
    _say(_write(state, seat, lambda session, _: _created(session, name, tenant, role, certificate)), as_json)


@_clients.command("list")
def list_clients(state: State, seat: Seat, as_json: AsJson = False) -> None:
    """All clients."""
    with _open(state, seat) as identity, identity.database.read() as session:
        rows = clients.many(session, _BY, "", _ALL)
        _list([show_client(row, clients.labels(session, row.id)).model_dump(mode="json") for row in rows], as_json)


@_clients.command("add-secret")
def add_secret(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Give a client a second secret and show it."""
    _say(
        _write(state, seat, lambda session, _: _client(session, name, clients.add_secret(session, _BY, name))), as_json
    )


@_clients.command("retire-secret")
def retire_secret(
    name: Name,
    label: Annotated[str, typer.Argument(help="The secret's first characters, as `list` shows them.")],
    state: State,
    seat: Seat,
    as_json: AsJson = False,
) -> None:
    """End one of a client's secrets, and its open tokens."""

    def work(session: Session, _: Identity) -> dict[str, Any]:
        clients.retire_secret(session, _BY, name, label)
        return _client(session, name)

    _say(_write(state, seat, work), as_json)


@_clients.command("set-roles")
def set_client_roles(name: Name, state: State, seat: Seat, role: RoleNames, as_json: AsJson = False) -> None:
    """Give a client other roles; its open tokens end."""
    _say(_write(state, seat, lambda session, _: _changed_client(session, name, roles=role)), as_json)


@_clients.command("disable")
def disable_client(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Shut a client out, at once."""
    _say(_write(state, seat, lambda session, _: _changed_client(session, name, disabled=True)), as_json)


@_clients.command("enable")
def enable_client(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Let a client in again."""
    _say(_write(state, seat, lambda session, _: _changed_client(session, name, disabled=False)), as_json)


@app.command("invite")
def invite(
    name: Name,
    state: State,
    seat: Seat,
    role: Annotated[list[str] | None, typer.Option("--role", help="For a new person: a role.")] = None,
    tenant: Tenant = "seat",
    as_json: AsJson = False,
) -> None:
    """Invite a person, new or one who has lost its factors, and show the code that sets them."""

    def work(session: Session, identity: Identity) -> dict[str, Any]:
        if session.get(AuthPerson, name) is None:
            made = people.create(session, identity, _BY, name, tenant, role or [], _known())
        else:
            made = people.invite(session, identity, _BY, name)
        return show_invitation(made).model_dump(mode="json")

    _say(_write(state, seat, work), as_json)


@_people.command("list")
def list_people(state: State, seat: Seat, as_json: AsJson = False) -> None:
    """All people."""
    with _open(state, seat) as identity, identity.database.read() as session:
        rows = people.many(session, _BY, "", _ALL)
        _list([show_person(row, people.factors(session, row)).model_dump(mode="json") for row in rows], as_json)


@_people.command("set-roles")
def set_person_roles(name: Name, state: State, seat: Seat, role: RoleNames, as_json: AsJson = False) -> None:
    """Give a person other roles; its sessions end."""
    _say(_write(state, seat, lambda session, _: _changed_person(session, name, roles=role)), as_json)


@_people.command("disable")
def disable_person(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Shut a person out, at once."""
    _say(_write(state, seat, lambda session, _: _changed_person(session, name, disabled=True)), as_json)


@_people.command("enable")
def enable_person(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Let a person in again."""
    _say(_write(state, seat, lambda session, _: _changed_person(session, name, disabled=False)), as_json)


@_people.command("unlock")
def unlock_person(name: Name, state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Let a person try again who was locked out after failed sign-ins."""

    def work(session: Session, _: Identity) -> dict[str, Any]:
        people.unlock(session, _BY, name)
        return _person(session, name)

    _say(_write(state, seat, work), as_json)


@_sessions.command("list")
def list_sessions(
    state: State,
    seat: Seat,
    principal: Annotated[
        str | None, typer.Option("--principal", help="Only of this one, such as person:li.wei.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sessions that are open now."""
    query = select(AuthSession).where(AuthSession.ended_at.is_(None), AuthSession.ends_at > int(time.time()))
    if principal is not None:
        query = query.where(AuthSession.principal == principal)
    with _open(state, seat) as identity, identity.database.read() as session:
        rows = session.scalars(query.order_by(AuthSession.created_at)).all()
        _list([show_session(row).model_dump(mode="json") for row in rows], as_json)


@_sessions.command("revoke")
def revoke_session(
    session_id: Annotated[str, typer.Argument(help="A session's id, or a principal such as client:core-banking.")],
    state: State,
    seat: Seat,
    as_json: AsJson = False,
) -> None:
    """End a session, or all of a principal (an operator's token too); their tokens stop working at once."""

    def work(session: Session, _: Identity) -> dict[str, Any]:
        now = int(time.time())
        kind, *name = session_id.split(":", 1)
        if kind == "operator" and name:
            note(session, "revoke", session_id, actor=_BY.id)
            return {"ended": int(withdraw(session, name[0]))}
        if ":" in session_id:
            return {"ended": sessions.end_all(session, session_id, "revoked", now, actor=_BY.id)}
        row = session.get(AuthSession, session_id)
        if row is None:
            raise PrincipalUnknown(kind="session", id=session_id)
        sessions.end(session, row, "revoked", now, actor=_BY.id)
        return {"ended": 1}

    _say(_write(state, seat, work), as_json)


@_keys.command("rotate")
def rotate_key(state: State, seat: Seat, as_json: AsJson = False) -> None:
    """Sign access tokens with a new key from now on; those of the key before stay valid until they end."""
    with _open(state, seat) as identity:
        identity.keys.rotate()
        _say({"keys": [key.id for key in identity.keys.published()]}, as_json)


@contextmanager
def _open(state: Path, seat: str) -> Iterator[Identity]:
    settings = load_settings(state, seat)
    database = open_database(settings)
    try:
        upgrade(database)
        yield Identity(database, settings, seat_folder(state, seat).absolute(), chain_id=0)
    finally:
        database.close()


def _write(state: Path, seat: str, work: Callable[[Session, Identity], _T]) -> _T:
    with _open(state, seat) as identity:
        with identity.database.write() as session:
            done = work(session, identity)
        epoch.settle()
        return done


def _known() -> frozenset[str]:
    return frozenset(table().roles)


def _created(session: Session, name: str, tenant: str, roles: Sequence[str], certificate: str | None) -> dict[str, Any]:
    return _client(session, name, clients.create(session, _BY, name, tenant, roles, _known(), certificate))


def _changed_client(session: Session, name: str, **change: Any) -> dict[str, Any]:
    clients.change(session, _BY, name, known=_known(), **change)
    return _client(session, name)


def _changed_person(session: Session, name: str, **change: Any) -> dict[str, Any]:
    people.change(session, _BY, name, known=_known(), **change)
    return _person(session, name)


def _client(session: Session, name: str, new: clients.NewSecret | None = None) -> dict[str, Any]:
    row = clients.get(session, _BY, name)
    return show_client(row, clients.labels(session, name), new).model_dump(mode="json")


def _person(session: Session, name: str) -> dict[str, Any]:
    row = people.get(session, _BY, name)
    return show_person(row, people.factors(session, row)).model_dump(mode="json")


def _say(found: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        if name in ("secret", "invitation") and value is not None:
            _talk.print(f"{name}, shown this once:")
            print(value)
        elif value not in (None, []):
            _talk.print(f"  {name:12} {escape(_text(value))}", soft_wrap=True)


def _list(found: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"items": found}, ensure_ascii=False))
        return
    if not found:
        _talk.print("There are none.")
        return
    columns = [name for name in found[0] if any(row[name] not in (None, []) for row in found)]
    grid = Grid(*columns)
    for row in found:
        grid.add_row(*(escape(_text(row[name])) for name in columns))
    _talk.print(grid)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
