"""The chain under load: threads, processes, groups and rolled-back work give one whole log, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from chain.audit.verification import Anchored, verify
from gateway.audit import repository, service
from gateway.audit.anchoring import Last, Log, is_due
from gateway.audit.details import details_of
from gateway.audit.records import Record
from gateway.audit.refusals import Refusals
from gateway.auth.actors import operator
from gateway.database import Database
from gateway.errors import DayEndNotReady, TokenUnknown
from gateway.outbox.tables import Status

WRITER = """
import sys
from gateway.audit import service
from gateway.audit.records import Record
from gateway.database import Database

database = Database.open(sys.argv[1], sys.argv[2] or None)
for number in range(int(sys.argv[4])):
    record = Record(sys.argv[3], "seat", "test", f"n:{number}", "accepted")
    database.grouped(lambda session: service.append(session, record))
database.close()
"""


def record(actor: str = "operator:ada", subject: str = "loan:0x1", **more) -> Record:
    return Record(actor, "seat", "book_repayment", subject, "accepted", {"amount": "5.00 CNY", "备注": "元"}, **more)


def log(database: Database):
    with database.read() as session:
        return list(repository.everything(session)), Anchored(*service.head(session))


def whole(database: Database):
    records, head = log(database)
    verdict = verify(records, [], head)
    assert verdict.whole, verdict.broken
    assert len(records) == head.length
    return records


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "seat.db"), ""
    made = request.getfixturevalue("postgres")
    return made.url, made.password


@pytest.fixture
def database(place):
    opened = Database.open(place[0], place[1] or None)
    opened.create_tables()
    yield opened
    opened.close()


def test_work_that_is_rolled_back_leaves_no_record_and_no_gap(database):
    class Undo(Exception):
        pass

    with database.write() as session:
        service.append(session, record(subject="kept:1"))
        with suppress(Undo), session.begin_nested():
            service.append(session, record(subject="undone"))
            with session.begin_nested():
                service.append(session, record(subject="undone too"))
            raise Undo
        with session.begin_nested():
            service.append(session, record(subject="kept:2"))
    with suppress(Undo), database.write() as session:
        service.append(session, record(subject="never"))
        raise Undo
    with database.write() as session:
        service.append_all(session, [record(subject="kept:3"), record(subject="kept:4")])
    assert [found.subject for found in whole(database)] == ["kept:1", "kept:2", "kept:3", "kept:4"]


def test_groups_of_many_threads_give_one_whole_log_without_what_failed(database):
    def work(number: int) -> None:
        def change(session):
            service.append(session, record(f"operator:{number}"))
            if number % 5 == 0:
                raise DayEndNotReady(through="2026-01-05", reason="a test")

        for _ in range(4):
            try:
                database.grouped(change)
            except DayEndNotReady:
                assert number % 5 == 0

    with ThreadPoolExecutor(25) as pool:
        list(pool.map(work, range(50)))
    actors = Counter(found.actor for found in whole(database))
    assert actors == {f"operator:{number}": 4 for number in range(50) if number % 5}


def test_processes_append_to_one_log_at_once(database, place):
    command = [sys.executable, "-c", WRITER, place[0], place[1]]
    writers = [subprocess.Popen([*command, f"process:{number}", "40"]) for number in range(3)]
    for number in range(40):
        database.grouped(lambda session, number=number: service.append(session, record(subject=f"own:{number}")))
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    actors = Counter(found.actor for found in whole(database))
    assert actors == {"operator:ada": 40, "process:0": 40, "process:1": 40, "process:2": 40}


def test_texts_that_are_too_long_or_that_no_database_keeps_are_cut_and_still_verify(database):
    with database.write() as session:
        service.append(session, Record("x" * 5000, "\0", "a" * 101, "\ud800", "元" * 200, {"k": "v" * 1000}))
    [found] = whole(database)
    assert (len(found.actor), found.tenant, found.subject, len(found.decision)) == (200, "\ufffd", "?", 100)
    assert found.actor.endswith("…")


def test_an_append_costs_little(database):
    """Well below the 0.2 ms that a request may spend on it, as everything else is going on in a group."""
    one = record(transactions=("0123456789abcdef0123456789abcdef",), request_hash="ab" * 32)
    began = time.process_time()
    with database.write() as session:
        for _ in range(2000):
            service.append(session, one)
    assert (time.process_time() - began) / 2000 < 0.0002


# --- refusals


def _request(method="POST", actor=None):
    def close_day():
        """An endpoint."""

    scope = {
        "type": "http",
        "method": method,
        "path": "/v1/day-ends",
        "headers": [],
        "endpoint": close_day,
        "state": {},
    }
    if actor is not None:
        scope["state"]["actor"] = operator(actor)
    return Request(scope)


def test_a_flood_of_refusals_is_two_records(database):
    refusals = Refusals(database, minute=0.5)
    refusals.start()
    error = DayEndNotReady(through="2026-01-05", reason="a test")
    for _ in range(3000):
        refusals.note(_request(actor="ada"), error)
    time.sleep(0.8)
    refusals.stop()
    found = whole(database)
    assert found[0].decision == "refused:day_end.not_ready"
    assert found[0].actor == "operator:ada"
    assert len(found) <= 5
    counted = [json.loads(one.details).get("more", "1") for one in found]
    assert sum(map(int, counted)) == 3000


def test_a_flood_of_different_refusals_is_bounded_too_and_counted(database):
    refusals = Refusals(database)
    for number in range(1000):
        refusals.note(_request(actor=f"user-{number}"), TokenUnknown())
    for number in range(1000):
        refusals.note(_request(method=f"M{number}"), TokenUnknown())
        refusals.note(_request(), DayEndNotReady(through=str(number), reason="x"))
    refusals.stop()
    found = whole(database)
    assert len(found) < 200
    known = [one for one in found if one.actor == "various"]
    assert len(known) == 1
    assert '"more":"880"' in known[0].details


def test_reads_that_are_refused_are_no_records_unless_the_caller_was_not_let_in(database):
    refusals = Refusals(database)
    refusals.note(_request("GET", actor="ada"), DayEndNotReady(through="1", reason="x"))
    refusals.note(_request("GET"), TokenUnknown())
    refusals.stop()
    assert [one.decision for one in whole(database)] == ["refused:auth.token_unknown"]


def test_a_database_that_is_away_hinders_no_refusal_and_loses_no_count(place, tmp_path):
    away = Database.open(tmp_path / "away.db")
    away.create_tables()
    away.close()
    refusals = Refusals(away)
    for _ in range(5):
        refusals.note(_request(actor="ada"), TokenUnknown())
    [counted] = refusals._kinds.values()
    assert counted.more == 5


# --- what is shown, and when it is anchored


def test_details_hold_amounts_dates_and_ids_and_nothing_that_people_write():
    body = {
        "loan": "0xab", "value_date": "2026-01-05", "reason": "she called", "identity": {"name": "Ada"},
        "terms": {"principal": {"amount": "5000.00", "currency": "CNY"}, "text": {"salt": "0x01"}},
        "payments": [{"amount": {"amount": amount, "currency": "CNY"}} for amount in ("0.10", "0.20")],
        "account": {"number": "6222", "name": "Ada"}, "signature": "0xff", "memo": None,
    }  # fmt: skip
    assert details_of(body) == {
        "loan": "0xab",
        "value_date": "2026-01-05",
        "terms.principal": "5000.00 CNY",
        "payments": "2",
        "payments.total": "0.30 CNY",
    }


NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def last(hours: float, day: int = 20458, status: Status | None = Status.FINAL) -> Last:
    return Last(10, NOON - timedelta(hours=hours), day, status, "")


@pytest.mark.parametrize(
    ("log", "last", "due"),
    [
        (Log(0, 0, None), None, False),  # nothing was recorded
        (Log(5, 0, NOON - timedelta(hours=1)), None, False),  # no day was closed yet
        (Log(5, 0, NOON - timedelta(hours=25)), None, True),  # but a day has gone by
        (Log(5, 20458, NOON), None, True),
        (Log(15, 20458, NOON), last(23), False),
        (Log(15, 20459, NOON), last(1), True),  # a day was closed
        (Log(15, 20458, NOON), last(24), True),  # none was, for a day
        (Log(15, 20459, None), last(48), False),  # only the anchoring itself was recorded since
        (Log(15, 20459, NOON), last(0.001), False),  # simulated dates race
        (Log(15, 20459, NOON), last(30, status=Status.SENT), False),  # the last one is on its way
        (Log(15, 20459, NOON), last(0.5, status=Status.FAILED), False),
        (Log(15, 20458, NOON), last(1, status=Status.FAILED), True),
    ],
)
def test_a_head_is_anchored_after_each_closed_day_and_every_day(log, last, due):
    assert is_due(log, last, NOON) is due


def test_threads_of_one_process_and_the_event_loop_share_the_count(database):
    refusals = Refusals(database)
    threads = [threading.Thread(target=refusals.note, args=(_request(actor="ada"), TokenUnknown())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals.stop()
    assert len(whole(database)) == 2
