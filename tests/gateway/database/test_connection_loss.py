"""A database server that restarts: typed errors while it is away, nothing lost or doubled, work goes on by itself."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import event, func, insert, select

from gateway.database import Database
from gateway.database.errors import CommitUnknown, DatabaseUnavailable
from gateway.duties import Duties


@pytest.fixture
def server(start_postgres):
    return start_postgres()


@pytest.fixture
def opened(server, notes):
    """A database on a server of its own."""
    database = Database.open(server.database(), server.password)
    with database.write() as session:
        notes.create(session.connection())
    yield database
    database.close()


def count(database, notes):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(notes))


def store(database, notes, text):
    return database.grouped(lambda session: session.execute(insert(notes).values(text=text)).inserted_primary_key)


def eventually(act, seconds=20.0):
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except DatabaseUnavailable:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_without_a_server_nothing_opens_and_the_error_says_so(server):
    url = server.database()
    server.stop(at_once=True)
    with pytest.raises(DatabaseUnavailable) as refused:
        Database.open(url, server.password)
    assert refused.value.status == 503
    assert server.password not in refused.value.message()


def test_after_a_restart_reads_writes_and_wake_ups_go_on_by_themselves(opened, server, notes):
    heard = threading.Event()
    opened.on_change(heard.set)
    store(opened, notes, "before")
    server.stop(at_once=True)
    for act in (lambda: store(opened, notes, "away"), lambda: count(opened, notes)):
        with pytest.raises(DatabaseUnavailable):
            act()
    with pytest.raises(DatabaseUnavailable), opened.write():
        pass
    server.start()
    assert store(opened, notes, "after"), "the first write after the restart works"
    assert eventually(lambda: count(opened, notes)) == 2
    heard.clear()
    time.sleep(1.5)
    other = Database.open(str(opened._backend.writer.url.set(password=None)), server.password)
    store(other, notes, "another's")
    assert heard.wait(5)
    other.close()


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_whose_connection_is_lost_is_looked_up(opened, server, notes, committed):
    """The server is cut off right before or right after it commits; either way the answer is the truth."""
    name = server_of(opened)

    def cut(connection):
        if committed:
            connection.connection.driver_connection.commit()
        with server.connect(name) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%'"
            )

    event.listen(opened._backend.writer, "commit", cut, once=True)
    if committed:
        assert store(opened, notes, "kept")
    else:
        with pytest.raises(DatabaseUnavailable):
            store(opened, notes, "lost")
    assert eventually(lambda: count(opened, notes)) == int(committed)


def test_a_commit_that_nobody_can_tell_of_is_said_to_be_unknown(opened, server, notes):
    event.listen(opened._backend.writer, "commit", lambda _: server.stop(at_once=True), once=True)
    with pytest.raises(CommitUnknown) as unknown:
        store(opened, notes, "who knows")
    assert "Idempotency-Key" in unknown.value.message()
    server.start()
    assert eventually(lambda: count(opened, notes)) in (0, 1)


def test_every_write_is_there_once_or_was_refused_while_the_server_restarts_again_and_again(opened, server, notes):
    stored, unknown, end = [], [], threading.Event()

    def write(number):
        step = 0
        while not end.is_set():
            step += 1
            text = f"{number} {step}"
            try:
                store(opened, notes, text)
                stored.append(text)
            except CommitUnknown:
                unknown.append(text)
            except DatabaseUnavailable:
                time.sleep(0.02)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for at_once in (True, False, True):
        time.sleep(0.4)
        server.restart(at_once=at_once)
    time.sleep(0.4)
    end.set()
    for thread in threads:
        thread.join(30)
    with opened.read() as session:
        found = set(session.scalars(select(notes.c.text)))
    assert len(stored) > 50
    assert set(stored) <= found, "nothing that was answered is lost"
    assert found <= set(stored) | set(unknown), "nothing that was refused is there"


def test_duties_outlive_a_restart_of_the_server(opened, server):
    opened.create_tables()

    class Idle:
        name, problem = "desk", None

        def start(self):
            pass

        def stop(self):
            pass

    duties = Duties(opened)
    duties.add("desk", lambda _: Idle())
    duties.start()
    try:
        before = duties.running["desk"]
        server.restart(at_once=True)
        time.sleep(2.0)
        assert duties.running["desk"] is before
        assert set(eventually(duties.holders)) == {"desk"}
    finally:
        duties.stop()


def server_of(database):
    return str(database._backend.writer.url.database)
