"""Runs the steps of `versions` that a database lacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from gateway.database import Database, Table
from gateway.migrations.errors import SchemaNewer, SchemaUnknown

_NONE = "none"


@dataclass(frozen=True)
class Standing:
    """Which step a database has (`none` for an empty one), and which one this version needs."""

    found: str
    needed: str

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.found == self.needed


def upgrade(database: Database) -> Standing:
    """Makes the steps that are missing; how the database stood before. Raises SchemaUnknown, SchemaNewer."""
    with database.read() as session:
        before = _standing(session.connection(), database.name)
    if before.done:
        return before
    with database.write() as session:
        connection = session.connection()
        before = _standing(connection, database.name)  # another process may have been faster
        if not before.done:
            if database.dialect == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))  # a step may rewrite a long table
            command.upgrade(config(connection), "head")
    return before


def standing(database: Database) -> Standing:
    """How the database stands; changes nothing. Raises SchemaUnknown, SchemaNewer."""
    with database.read() as session:
        return _standing(session.connection(), database.name)


def current(connection: Connection) -> str | None:
    """The last step made; None if there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The last step that this version knows."""
    head = ScriptDirectory.from_config(config()).get_current_head()
    assert head is not None, "there is a first step"
    return head


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, for `connection`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _standing(connection: Connection, name: str) -> Standing:
    found, needed = current(connection), newest()
    if found is None:
        if set(inspect(connection).get_table_names()) & set(Table.metadata.tables):
            raise SchemaUnknown(name=name)
        return Standing(_NONE, needed)
    try:
        ScriptDirectory.from_config(config()).get_revision(found)
    except CommandError:
        raise SchemaNewer(name=name, found=found, known=needed) from None
    return Standing(found, needed)
