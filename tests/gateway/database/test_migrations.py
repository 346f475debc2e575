"""The steps make exactly the declared tables, on both databases; what can't be known is refused."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import gateway.app  # noqa: F401  # declares all tables
from gateway.cli.app import run
from gateway.database import Table
from gateway.migrations import newest, standing, upgrade
from gateway.migrations.errors import SchemaNewer, SchemaUnknown

ROOT = Path(__file__).parents[3]


@pytest.fixture
def empty(connect, notes):
    """Opens a database without any table."""

    def opened():
        database = connect()
        with database.write() as session:
            notes.drop(session.connection(), checkfirst=True)
        return database

    return opened


def test_every_declared_table_is_known_to_the_steps():
    """A table in a module that the application doesn't load would be in no database."""
    declared = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        if re.search(r"^class \w+\(.*\bTable\):", source := path.read_text(), re.M):
            declared |= set(re.findall(r'^    __tablename__ = "(\w+)"', source, re.M))
    assert declared == set(Table.metadata.tables)


def test_the_steps_make_what_is_declared(empty):
    database = empty()
    upgrade(database)
    with database.read() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "target_metadata": Table.metadata}
        )
        differences = [
            difference
            for difference in compare_metadata(context, Table.metadata)
            if "alembic_version" not in repr(difference) and "test_notes" not in repr(difference)
        ]
    assert not differences, (
        "tables and steps differ; run: python -m gateway.migrations 'What changes', and look at what it wrote. "
        f"Missing in the steps: {differences}"
    )


def test_a_second_upgrade_has_nothing_to_do(empty):
    database = empty()
    assert (standing(database).found, standing(database).done) == ("none", False)
    assert upgrade(database).found == "none"
    assert upgrade(database).done
    assert standing(database).found == newest()


def test_processes_that_start_together_make_the_steps_once(empty):
    databases = [empty() for _ in range(4)]
    found = []
    threads = [threading.Thread(target=lambda one=one: found.append(upgrade(one).found)) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == sorted([newest()] * 3 + ["none"])


def test_a_step_that_fails_leaves_the_database_as_it_was(empty, monkeypatch):
    database = empty()
    with database.write() as session:
        session.execute(text("CREATE TABLE another_ones (id INTEGER)"))
    monkeypatch.setattr("alembic.op.create_index", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upgrade(database)
    monkeypatch.undo()
    with database.read() as session:
        assert set(inspect(session.connection()).get_table_names()) == {"another_ones"}
    assert upgrade(database).found == "none"


def test_a_database_from_before_the_steps_is_refused_and_kept(empty):
    database = empty()
    database.create_tables()
    for act in (upgrade, standing):
        with pytest.raises(SchemaUnknown, match="Move it away"):
            act(database)


def test_a_database_of_a_newer_version_is_refused(empty):
    database = empty()
    upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match="9999"):
        upgrade(database)


def test_an_operator_migrates_and_checks_by_the_command(tmp_path, capsys):
    seat = tmp_path / "bank"
    seat.mkdir()
    (seat / "settings.toml").write_text('seat = "bank"\nrole = "bank"\nrpc_url = "http://127.0.0.1:1"\n')

    def migrate(*flags):
        code = run(["gateway", "migrate", "--state", str(tmp_path), "--seat", "bank", *flags])
        output = capsys.readouterr()
        return code, json.loads(output.out), output.err

    code, report, talk = migrate("--check")
    assert (code, report["found"]) == (1, "none")
    assert "loan-ledger gateway migrate" in talk
    code, report, _ = migrate()
    assert (code, report["found"], report["changed"]) == (0, "none", True)
    code, report, _ = migrate("--check")
    assert (code, report["found"], report["needed"], report["changed"]) == (0, newest(), newest(), False)
