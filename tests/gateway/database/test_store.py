"""What `Database` promises on both databases: snapshots, one write after the other, group commit, wake-ups."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import IntegrityError, InternalError


def texts(database, notes):
    with database.read() as session:
        return set(session.scalars(select(notes.c.text)))


def note(notes, text):
    return lambda session: session.execute(insert(notes).values(text=text)).inserted_primary_key[0]


def in_threads(count, act):
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_read_sees_one_moment(database, notes):
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(notes)) == 0
        with database.write() as other:
            note(notes, "later")(other)
        assert session.scalar(select(func.count()).select_from(notes)) == 0
    assert texts(database, notes) == {"later"}


def test_a_read_keeps_nothing_that_was_written_in_it(database, notes):
    with contextlib.suppress(InternalError), database.read() as session:  # PostgreSQL refuses it at once
        note(notes, "lost")(session)
    assert texts(database, notes) == set()


def test_a_write_that_raises_stores_nothing_and_the_next_one_works(database, notes):
    def fail():
        with database.write() as session:
            note(notes, "lost")(session)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.write() as session:
        note(notes, "kept")(session)
    assert texts(database, notes) == {"kept"}


def test_what_a_write_has_read_stands_until_its_commit_whichever_process_writes(connect, notes):
    processes = [connect(), connect()]

    def count_up(number):
        for _ in range(10):
            with processes[number % 2].write() as session:
                counted = session.scalar(select(func.count()).select_from(notes))
                time.sleep(0.001)
                note(notes, f"number {counted}")(session)  # a lost update would give a number twice, which is refused

    in_threads(6, count_up)
    assert texts(processes[0], notes) == {f"number {number}" for number in range(60)}


def test_a_write_within_a_write_of_the_same_thread_is_refused_instead_of_waiting_for_itself(database, notes):
    with database.write():
        with pytest.raises(RuntimeError, match="a write within a write"), database.write():
            pass
        with pytest.raises(RuntimeError, match="a write within a write"):
            database.grouped(note(notes, "never"))
    assert database.grouped(note(notes, "afterwards"))


def test_grouped_work_is_there_once_it_returns_and_its_result_with_it(connect, notes):
    database, other = connect(), connect()
    key = database.grouped(note(notes, "kept"))
    assert isinstance(key, int)
    assert texts(other, notes) == {"kept"}


def test_work_that_fails_undoes_only_itself(database, notes):
    errors, kept = [], []
    database.grouped(note(notes, "taken"))
    gate = threading.Event()
    slow = database.submit(lambda _: gate.wait(30))  # so that the others gather into one group

    def act(number):
        try:
            if number % 3 == 0:
                database.grouped(note(notes, "taken"))
            elif number % 3 == 1:
                database.grouped(lambda session: (note(notes, f"undone {number}")(session), {}["missing"]))
            else:
                kept.append(database.grouped(note(notes, f"kept {number}")))
        except (IntegrityError, KeyError) as error:
            errors.append(type(error))

    waker = threading.Timer(0.5, gate.set)
    waker.start()
    in_threads(30, act)
    slow.result()
    assert sorted(error.__name__ for error in errors) == ["IntegrityError"] * 10 + ["KeyError"] * 10
    assert len(set(kept)) == 10
    assert texts(database, notes) == {"taken"} | {f"kept {number}" for number in range(2, 30, 3)}


def test_works_of_one_group_see_each_other(database, notes):
    gate = threading.Event()
    first = database.submit(lambda _: gate.wait(30))

    def once(session):
        if session.scalar(select(notes.c.id).where(notes.c.text == "one effect")) is None:
            note(notes, "one effect")(session)
            return True
        return False

    many = [database.submit(once) for _ in range(50)]
    gate.set()
    first.result()
    assert sum(future.result() for future in many) == 1


def test_slow_work_is_committed_without_waiting_for_those_behind_it(database, notes):
    gate = threading.Event()
    database.submit(lambda _: gate.wait(30))

    def slow(session):
        time.sleep(0.2)
        return note(notes, "slow")(session)

    slow_one = database.submit(slow)

    def look(_):
        time.sleep(0.1)
        return slow_one.done()

    behind = database.submit(look)
    gate.set()
    assert behind.result(10), "the slow one was answered before the one behind it had ended"


def test_work_of_many_threads_shares_a_commit(database, notes):
    commits = []
    event.listen(database._backend.writer, "commit", commits.append)
    in_threads(16, lambda number: [database.grouped(note(notes, f"{number} {step}")) for step in range(20)])
    assert len(texts(database, notes)) == 320
    assert len(commits) <= 160, "each commit served two pieces of work and more"
    for step in range(5):
        with database.write() as session:
            note(notes, f"alone {step}")(session)
    assert len(commits) <= 165


@pytest.mark.parametrize("refuse", ["INSERT INTO test_notes (text) VALUES ('taken')", None])
def test_a_commit_that_its_listeners_refuse_stores_nothing_and_says_what_they_said(database, notes, refuse):
    database.grouped(note(notes, "taken"))

    armed = threading.Event()
    armed.set()

    def listener(connection):
        if not armed.is_set():
            return
        if refuse is None:
            raise KeyError("what the listener says")
        connection.exec_driver_sql(refuse)

    event.listen(database._backend.writer, "commit", listener)
    for act in (lambda: database.grouped(note(notes, "lost")), lambda: write(database, notes, "lost")):
        with pytest.raises(KeyError if refuse is None else IntegrityError):
            act()
        assert texts(database, notes) == {"taken"}
    armed.clear()
    assert database.grouped(note(notes, "afterwards"))


def write(database, notes, text):
    with database.write() as session:
        note(notes, text)(session)


def test_other_processes_commits_are_heard_and_own_ones_are_not(connect, notes):
    mine, other = connect(), connect()
    heard = threading.Event()
    mine.on_change(heard.set)
    time.sleep(0.3)
    heard.clear()
    with mine.write() as session:
        note(notes, "my own")(session)
    mine.grouped(note(notes, "mine too"))
    assert not heard.wait(0.3)
    other.grouped(note(notes, "another's"))
    assert heard.wait(2)
    heard.clear()
    with other.write() as session:
        note(notes, "one more")(session)
    assert heard.wait(2)


def test_what_was_submitted_is_stored_before_the_database_closes(connect, notes):
    database = connect()
    futures = [database.submit(note(notes, f"last {number}")) for number in range(20)]
    database.close()
    assert all(future.done() for future in futures)
    assert len(texts(connect(), notes)) == 20
