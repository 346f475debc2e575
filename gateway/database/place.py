"""Where a seat's database is: the setting `database_url` read as a file's path or a PostgreSQL server's address."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.database.backend import Backend
from gateway.database.errors import DatabaseUrlInvalid
from gateway.database.postgres import PostgresBackend
from gateway.database.sqlite import SqliteBackend

_POSTGRES = ("postgresql+psycopg", "postgresql", "postgres")


def backend_at(place: str | Path, password: str | None = None) -> Backend:
    """The database at `place`. Raises DatabaseUrlInvalid. Opens no connection."""
    if isinstance(place, Path) or "://" not in place:
        return SqliteBackend(Path(place))
    return PostgresBackend(server_url(place, password))


def server_url(place: str, password: str | None = None) -> URL:
    """The address of a PostgreSQL database, with `password` unless it is None. Raises DatabaseUrlInvalid."""
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise DatabaseUrlInvalid(reason="it can't be read as a URL") from None
    if url.drivername not in _POSTGRES:
        raise DatabaseUrlInvalid(reason=f"'{url.drivername}' is no database that a seat can use")
    if not url.database:
        raise DatabaseUrlInvalid(reason="it names no database")
    url = url.set(drivername=_POSTGRES[0])
    return url if password is None else url.set(password=password)
