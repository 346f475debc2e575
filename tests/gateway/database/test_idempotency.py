"""One key, one effect: over threads and processes, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from gateway import idempotency
from gateway.errors import KeyInProgress, KeyReused
from gateway.idempotency import Keys, Pruning, StoredAnswer
from gateway.leases import LeaseLost, Leases


@pytest.fixture
def processes(connect):
    """Two processes' view of one database."""
    databases = [connect(), connect()]
    databases[0].create_tables()
    return databases


def test_security_06_same_key_with_another_body_is_refused_and_in_flight_it_waits(processes):
    first, second = (Keys(database) for database in processes)
    with first.held("alice", "k1"):
        for keys in (first, second):
            with pytest.raises(KeyInProgress), keys.held("alice", "k1"):
                pass
            with keys.held("bob", "k1"), keys.held("alice", "k2"):
                pass
    with second.held("alice", "k1"), processes[1].write() as session:
        idempotency.store(session, "alice", "k1", "hash", {"answer": 1})
    with first.held("alice", "k1"), processes[0].read() as session:
        assert idempotency.stored(session, "alice", "k1", "hash") == {"answer": 1}
        with pytest.raises(KeyReused):
            idempotency.stored(session, "alice", "k1", "other hash")
        assert idempotency.stored(session, "bob", "k1", "hash") is None


def test_a_claim_ends_with_the_process_that_held_it(processes):
    first, second = (Keys(database) for database in processes)
    first.held("alice", "k1").__enter__()
    processes[0].close()
    with second.held("alice", "k1"):
        pass


def test_an_answer_is_stored_once_even_where_claims_are_lost(processes):
    effects, refused = [], []

    def request(number):
        def work(session):
            if idempotency.stored(session, "alice", "k1", "hash") is None:
                idempotency.store(session, "alice", "k1", "hash", {"by": number})
                effects.append(number)

        processes[number % 2].grouped(work)

    def store_blindly(number):
        try:
            processes[number % 2].grouped(lambda session: idempotency.store(session, "alice", "k2", "hash", {}))
            effects.append("blind")
        except KeyInProgress:
            refused.append(number)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(25) for act in (request, store_blindly)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(effects) == 2
    assert effects.count("blind") == 1
    assert len(refused) == 24


def test_answers_are_forgotten_after_the_stated_time_and_not_before(processes):
    database = processes[0]
    moment = datetime.now(UTC)
    ages = [timedelta(days=days) for days in (0, 1, 29, 31, 400)] + [timedelta(days=30, seconds=5)] * 600
    with database.write() as session:
        rows = [
            {"principal": "alice", "key": f"k{number}", "request_hash": "hash", "answer": {},
             "created_at": (moment - age).isoformat(timespec="microseconds")}
            for number, age in enumerate(ages)
        ]  # fmt: skip
        session.execute(insert(StoredAnswer), rows)
    lease = Leases(database, "me").take("pruning")
    pruning = Pruning(database, 30, lease)
    assert [pruning.step(), pruning.step(), pruning.step()] == [500, 102, 0]
    with database.read() as session:
        assert set(session.scalars(select(StoredAnswer.key))) == {"k0", "k1", "k2"}


def test_pruning_whose_lease_was_taken_over_forgets_nothing(processes):
    database = processes[0]
    with database.write() as session:
        session.execute(
            insert(StoredAnswer).values(
                principal="alice", key="old", request_hash="hash", answer={}, created_at="2001-01-01T00:00:00+00:00"
            )
        )
    lease = Leases(database, "me", seconds=0.0).take("pruning")
    assert Leases(processes[1], "other").take("pruning") is not None
    with pytest.raises(LeaseLost):
        Pruning(database, 30, lease).step()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(StoredAnswer)) == 1
