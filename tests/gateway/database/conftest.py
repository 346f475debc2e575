"""Databases for the tests of the seat's storage: everything here is held on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Integer, String
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Database, Table


class Note(Table):
    """A table of the tests' own."""

    __tablename__ = "test_notes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    text: Mapped[str] = mapped_column(String(100), unique=True)


NOTES: Any = Note.__table__
Table.metadata.remove(NOTES)  # no seat has it


@pytest.fixture(params=["sqlite", "postgresql"])
def connect(request: pytest.FixtureRequest, tmp_path) -> Iterator[Callable[[], Database]]:
    """Opens one database, as one process after the other would; with the table of notes."""
    opened: list[Database] = []
    place: tuple[Any, ...] = (tmp_path / "seat.db",)
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        place = (postgres.url, postgres.password)

    def connect() -> Database:
        database = Database.open(*place)
        with database.write() as session:
            NOTES.create(session.connection(), checkfirst=True)
        opened.append(database)
        return database

    yield connect
    for database in opened:
        database.close()


@pytest.fixture
def database(connect: Callable[[], Database]) -> Database:
    return connect()


@pytest.fixture(scope="session")
def notes() -> SqlTable:
    return NOTES
