"""Leases and duties: at most one process does a duty, its writes are fenced, and another one takes over."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from gateway import leases as leases_module
from gateway.duties import Duties, spread
from gateway.leases import LeaseLost, LeaseRow, Leases, is_gone, this_process

NAMES = [f"duty {number}" for number in range(7)]


@pytest.fixture
def processes(connect):
    databases = [connect(), connect()]
    databases[0].create_tables()
    return databases


class Recorded:
    """A duty that tells what runs: `running` names it while it does."""

    problem = None

    def __init__(self, name, running):
        self.name, self._running = name, running

    def start(self):
        self._running.append(self.name)

    def stop(self):
        self._running.remove(self.name)


def wait_for(condition, seconds=15.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


# --- leases


def test_a_lease_is_one_holders_until_it_runs_out(processes):
    first, second = Leases(processes[0], "first", 0.5), Leases(processes[1], "second", 0.5)
    lease = first.take("desk")
    assert lease is not None
    assert second.take("desk") is None
    assert first.take("desk") == lease
    time.sleep(0.3)
    processes[0].grouped(first.renew_within)
    time.sleep(0.3)
    assert second.take("desk") is None, "it was renewed"
    time.sleep(0.3)
    taken = second.take("desk")
    assert taken is not None
    assert taken.epoch == lease.epoch + 1
    assert first.take("desk") is None
    assert "desk" not in processes[0].grouped(first.renew_within), "who lost a lease can't renew it"


def test_a_write_under_a_lease_that_was_taken_over_stores_nothing(processes, notes):
    first, second = Leases(processes[0], "first", 0.0), Leases(processes[1], "second")
    lease = first.take("desk")
    with processes[0].write() as session:
        lease.assert_held(session)  # run out, but nobody has taken it: no harm can be done
        session.execute(insert(notes).values(text="in time"))
    assert second.take("desk") is not None

    def late(session):
        session.execute(insert(notes).values(text="too late"))
        lease.assert_held(session)

    with pytest.raises(LeaseLost):
        processes[0].grouped(late)
    with processes[1].read() as session:
        assert list(session.scalars(select(notes.c.text))) == ["in time"]


def test_a_lease_given_back_is_free_at_once_and_its_old_epoch_is_void(processes):
    first, second = Leases(processes[0], "first"), Leases(processes[1], "second")
    lease = first.take("desk")
    processes[0].grouped(lambda session: first.release_within(session, lease))
    again = second.take("desk")
    assert again is not None
    processes[0].grouped(lambda session: first.release_within(session, lease))  # late: changes nothing
    assert first.take("desk") is None


def test_of_many_who_take_a_lease_at_once_one_gets_it(processes):
    got = []

    def take(number):
        lease = Leases(processes[number % 2], f"holder {number}").take("desk")
        if lease is not None:
            got.append(lease)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 1


def test_a_lease_of_a_clock_that_went_back_does_not_last_for_ever(processes):
    with processes[0].write() as session:
        session.execute(insert(LeaseRow).values(name="desk", holder="gone", epoch=4, expires_at=9e12))
    lease = Leases(processes[0], "me").take("desk")
    assert lease is not None
    assert lease.epoch == 5


def test_a_holder_whose_process_was_killed_on_this_machine_is_known_to_be_gone_at_once(processes):
    code = "import time; from gateway.leases import this_process as me; print(me(), flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=_root()) as other:
        try:
            holder = other.stdout.readline().strip()
            assert not is_gone(holder)
            assert Leases(processes[0], holder, 9.0).take("desk") is not None
            assert Leases(processes[1], this_process()).take("desk") is None
        finally:
            other.kill()
        wait_for(lambda: is_gone(holder), 3.0)  # before it is waited for: a dead process's number stays until then
        assert Leases(processes[1], this_process()).take("desk") is not None


def test_processes_of_other_machines_are_never_taken_for_gone(monkeypatch):
    mine = this_process()
    assert not is_gone(mine)
    assert not is_gone("another boot:1/999999/5/aa")
    number = str(os.getpid())
    reused = mine.replace(f"/{number}/{mine.split('/')[2]}/", f"/{number}/1/")
    assert is_gone(reused), "the number was given to another process"
    monkeypatch.setattr(leases_module, "_machine", lambda: "elsewhere")
    assert not is_gone(mine)


# --- who does what


offers = st.dictionaries(
    st.sampled_from(["p1", "p2", "p3", "p4"]), st.frozensets(st.sampled_from(NAMES), max_size=7), min_size=1, max_size=4
)
held = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["p1", "p2", "p3", "p4", "p5"]))


@given(offers, held)
def test_every_duty_goes_to_one_process_that_can_do_it(offers, held):
    plan = spread(offers, held)
    assert set(plan) == frozenset().union(*offers.values())
    assert all(duty in offers[process] for duty, process in plan.items())
    assert spread(offers, plan) == plan, "nothing moves twice"


@given(st.sets(st.sampled_from(["p1", "p2", "p3", "p4"]), min_size=1), st.frozensets(st.sampled_from(NAMES)), held)
def test_processes_that_can_do_the_same_share_evenly_and_keep_what_they_have(processes, duties, held):
    plan = spread(dict.fromkeys(processes, duties), held)
    loads = [list(plan.values()).count(process) for process in processes]
    assert max(loads) - min(loads) <= 1
    kept = sum(1 for duty, process in plan.items() if held.get(duty) == process)
    before = [sum(1 for duty in duties if held.get(duty) == process) for process in processes]
    most = -(-len(duties) // len(processes))
    assert kept >= sum(min(count, most - 1) for count in before), "no process gives up more than it has too many"


def test_two_processes_share_the_duties_and_one_takes_over_what_the_other_leaves(processes):
    running = [[], []]
    duties = []
    for number, database in enumerate(processes):
        one = Duties(database)
        for name in ("indexer", "desk", "sender:1", "sender:2"):
            one.add(name, lambda lease, number=number: Recorded(lease.name, running[number]))
        duties.append(one)
    try:
        duties[0].start()
        assert len(running[0]) == 4
        duties[1].start()
        wait_for(lambda: len(running[0]) == len(running[1]) == 2)
        assert sorted(running[0] + running[1]) == ["desk", "indexer", "sender:1", "sender:2"]
        duties[0].stop()
        assert running[0] == []
        wait_for(lambda: len(running[1]) == 4, 4.0)
    finally:
        duties[1].stop()
    assert running == [[], []]


def test_a_duty_whose_lease_was_taken_over_is_ended(processes):
    running = []
    duties = Duties(processes[0])
    duties.add("desk", lambda lease: Recorded(lease.name, running))
    duties.start()
    try:
        with processes[1].write() as session:
            session.execute(
                update(LeaseRow).values(holder="another", epoch=LeaseRow.epoch + 1, expires_at=LeaseRow.expires_at - 3)
            )
        wait_for(lambda: not running, 4.0)
        assert duties.running == {}
        wait_for(lambda: running == ["desk"])  # the other one never renews it
    finally:
        duties.stop()


def test_a_duty_that_cannot_begin_says_why_and_is_tried_again(processes):
    attempts = []

    def make(lease):
        attempts.append(lease)
        if len(attempts) == 1:
            raise LeaseLost(name="the HSM")
        return Recorded(lease.name, [])

    duties = Duties(processes[0])
    duties.add("sender:1", make)
    duties.start()
    try:
        assert "the HSM" in duties.problems()["sender:1"]
        wait_for(lambda: not duties.problems(), 4.0)
        assert list(duties.running) == ["sender:1"]
    finally:
        duties.stop()


def _root():
    return Path(__file__).parents[3]
