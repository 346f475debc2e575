"""The log itself: an event exists exactly if its cause was committed, and who reads by number misses none."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from gateway.authorisation.sight import OfTenant
from gateway.database import Database
from gateway.events import ledger, repository
from gateway.events.reading import chosen_types, event_id, number_of, wire
from gateway.events.repository import Selection
from gateway.events.service import EVERYONE, publish, withdraw
from gateway.indexer.tables import IndexedBlock

ALL = Selection()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a database is, and its password."""
    if request.param == "sqlite":
        return tmp_path / "events.db", None
    made = request.getfixturevalue("postgres")
    return made.url, made.password


@pytest.fixture
def database(place):
    database = Database.open(*place)
    database.create_tables()
    yield database
    database.close()


def _publish(session, text, **more):
    publish(session, "webhook.test", "webhooks/x", {"webhook": text}, **more)


def _within(database, work):
    with database.write() as session:
        work(session)


def _seen(database, after=0, selection=ALL, limit=1000):
    with database.read() as session:
        return list(repository.page(session, after, limit, selection))


def test_events_get_numbers_without_holes_in_the_order_of_their_commits(database):
    for number in range(5):
        with database.write() as session:
            for part in range(number):
                _publish(session, f"{number}.{part}")
    rows = _seen(database)
    assert [row.seq for row in rows] == list(range(1, 11))
    assert [row.data for row in rows] == [
        f'{{"webhook":"{number}.{part}"}}' for number in range(5) for part in range(number)
    ]


def test_what_is_rolled_back_was_never_an_event(database):
    def lost(session):
        _publish(session, "lost")
        raise ZeroDivisionError

    for attempt in (database.grouped, lambda work: _within(database, work)):
        with pytest.raises(ZeroDivisionError):
            attempt(lost)
    with database.write() as session:
        _publish(session, "before")
        for kept in (True, False):
            inner = session.begin_nested()
            _publish(session, f"inner {kept}")
            deeper = session.begin_nested()
            _publish(session, f"deeper {kept}")
            deeper.commit()
            inner.commit() if kept else inner.rollback()
        inner = session.begin_nested()
        deeper = session.begin_nested()
        _publish(session, "gone")
        deeper.rollback()
        _publish(session, "stays")
        inner.commit()
        _publish(session, "after")
    told = [row.data.split('"')[3] for row in _seen(database)]
    assert told == ["before", "inner True", "deeper True", "stays", "after"]
    assert [row.seq for row in _seen(database)] == [1, 2, 3, 4, 5]


def test_works_of_one_group_commit_publish_each_for_itself(database):
    def work(number):
        def run(session):
            _publish(session, str(number))
            if number % 3 == 0:
                raise ZeroDivisionError

        return run

    futures = [database.submit(work(number)) for number in range(60)]
    failed = {number for number, future in enumerate(futures) if future.exception() is not None}
    assert failed == {number for number in range(60) if number % 3 == 0}
    rows = _seen(database)
    assert [row.data.split('"')[3] for row in rows] == [str(n) for n in range(60) if n not in failed]
    assert [row.seq for row in rows] == list(range(1, 41))


def test_a_reader_beside_many_writers_of_two_processes_misses_none(database, place):
    """Readers follow by number while transactions of many lengths commit; every page continues the one before."""
    other = Database.open(*place)
    writers, each = (6, 25) if isinstance(place[0], str) else (3, 8)
    done = threading.Event()

    def write(which, source):
        pause = random.Random(which)
        for number in range(each):
            with (other if which % 2 else database).write() as session:
                _publish(session, f"{source} {number}")
                if pause.random() < 0.3:
                    done.wait(0.002)
                _publish(session, f"{source} {number}b")

    read: dict[int, list[int]] = {0: [], 1: []}

    def follow(which):
        source = other if which else database
        while True:
            ended = done.is_set()
            rows = _seen(source, read[which][-1] if read[which] else 0, limit=7)
            read[which] += [row.seq for row in rows]
            if ended and not rows:
                return

    threads = [threading.Thread(target=write, args=(n, f"w{n}")) for n in range(writers)]
    readers = [threading.Thread(target=follow, args=(n,)) for n in range(2)]
    for thread in (*threads, *readers):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    other.close()
    expected = list(range(1, writers * each * 2 + 1))
    assert read == {0: expected, 1: expected}


def test_a_transaction_that_began_first_and_commits_last_is_numbered_last(postgres):
    """Transactions of PostgreSQL may overlap; even without the lock that the gateway's writes take, order is kept."""
    database = Database.open(postgres.url, postgres.password)
    database.create_tables()
    engine = create_engine(postgres.url, connect_args={"password": postgres.password})
    early, late = Session(engine), Session(engine)
    early.execute(insert(IndexedBlock).values(number=1, hash="0x"))
    _publish(early, "early")
    _publish(late, "late")
    late.commit()
    assert [(row.seq, row.data) for row in _seen(database)] == [(1, '{"webhook":"late"}')]
    early.commit()
    assert [(row.seq, row.data) for row in _seen(database, 1)] == [(2, '{"webhook":"early"}')]
    early.close()
    late.close()
    engine.dispose()
    database.close()


def _confirmed(database, after=0):
    return [(row.type, row.data) for row in _seen(database, after, Selection(confirmed=True))]


def test_confirmed_events_come_in_the_order_of_the_recorded_ones_and_never_too_early(database):
    with database.write() as session:
        _publish(session, "of block 5", block=5)
        _publish(session, "of no block")
        _publish(session, "of block 7", block=7)
    assert _confirmed(database) == []
    with database.write() as session:
        assert ledger.to_confirm(session, 4) is None
        assert ledger.to_confirm(session, 6) == 5
        ledger.confirm(session, 5)
    with database.read() as session:
        assert ledger.to_confirm(session, 6) is None
    assert [data for _, data in _confirmed(database)] == ['{"webhook":"of block 5"}', '{"webhook":"of no block"}']
    with database.write() as session:
        ledger.confirm(session, 7)
    shown = _confirmed(database)
    assert [kind for kind, _ in shown] == ["webhook.test"] * 3 + ["ledger.confirmed"] * 2
    assert [row.seq for row in _seen(database, selection=Selection(confirmed=True))] == [1, 2, 3, 4, 5]


def test_what_is_withdrawn_before_it_is_confirmed_is_no_confirmed_event(database):
    with database.write() as session:
        _publish(session, "stays", block=5)
        _publish(session, "goes", block=6)
        _publish(session, "goes too", block=7)
    with database.write() as session:
        assert ledger.withdraw_above(session, 5) == 2
        _publish(session, "new", block=6)
        ledger.confirm(session, 6)
    assert [row.type for row in _seen(database)] == [
        *["webhook.test"] * 3, "webhook.test.withdrawn", "webhook.test.withdrawn", "webhook.test", "ledger.confirmed",
    ]  # fmt: skip
    withdrawn = [row for row in _seen(database) if row.withdraws is not None]
    assert [(row.withdraws, row.data) for row in withdrawn] == [
        (3, '{"webhook":"goes too"}'),
        (2, '{"webhook":"goes"}'),
    ]
    assert [data for _, data in _confirmed(database)][:2] == ['{"webhook":"stays"}', '{"webhook":"new"}']


def test_what_was_confirmed_and_is_withdrawn_all_the_same_is_withdrawn_for_all(database):
    with database.write() as session:
        _publish(session, "sure", block=5)
        ledger.confirm(session, 5)
    with database.write() as session:
        ledger.withdraw_above(session, 4)
        _publish(session, "again", block=5)
    with database.read() as session:
        assert repository.confirmed_block(session) == -1
    types = ["webhook.test", "ledger.confirmed", "ledger.confirmed.withdrawn", "webhook.test.withdrawn"]
    assert [kind for kind, _ in _confirmed(database)] == types
    with database.write() as session:
        ledger.confirm(session, 6)
    assert [kind for kind, _ in _confirmed(database)] == [*types, "webhook.test", "ledger.confirmed"]


def test_an_event_is_withdrawn_once_however_often_it_is_asked_for(database):
    with database.write() as session:
        _publish(session, "goes", block=6)
    [row] = _seen(database)
    for _ in range(2):
        with database.write() as session:
            withdraw(session, row, was_confirmed=False)
            withdraw(session, row, was_confirmed=False)
    assert [row.withdraws for row in _seen(database)] == [None, 1]


def test_a_tenant_sees_its_own_events_and_those_of_everybody(database):
    with database.write() as session:
        for tenant in ("seat", "acme", "other", EVERYONE):
            _publish(session, tenant, tenant=tenant)
    told = [row.tenant for row in _seen(database, selection=Selection(sight=OfTenant("acme")))]
    assert told == ["acme", EVERYONE]
    assert len(_seen(database)) == 4


def test_types_are_chosen_with_their_withdrawals(database):
    with database.write() as session:
        _publish(session, "goes", block=6)
        publish(session, "node.lagging", "node", {"problem": "x"})
    with database.write() as session:
        ledger.withdraw_above(session, 0)
    chosen = Selection(types=chosen_types(["webhook.*"]))
    assert [row.type for row in _seen(database, selection=chosen)] == ["webhook.test", "webhook.test.withdrawn"]
    assert all(chosen.takes(row) == (row.type != "node.lagging") for row in _seen(database))
    assert [row.type for row in _seen(database, selection=replace(chosen, types=chosen_types(["node.lagging"])))] == [
        "node.lagging"
    ]


def test_an_id_leads_back_to_its_number(database):
    assert number_of(event_id("0a1b2c3d", 12), "0a1b2c3d") == 12
    with database.write() as session:
        _publish(session, 'quotes " and 中文')
    [row] = _seen(database)
    shown = json.loads(wire(row, "0a1b2c3d"))
    assert shown["id"] == "evt_0a1b2c3d_1"
    assert shown["data"] == {"webhook": 'quotes " and 中文'}
