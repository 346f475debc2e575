"""Server-sent events over real connections: nothing missed, nobody delayed, no thread held."""

from __future__ import annotations

import random
import socket
import threading
import time

import psutil
import pytest
from waiting import until

from gateway.auth.service import issue_token


@pytest.fixture(scope="module")
def told(make_ledger, serve, publisher_for, impatient):
    """An observer's seat, and who publishes at it."""
    ledger = make_ledger(extra=impatient)
    client = serve(ledger, "observer")
    return ledger, client, publisher_for(ledger)


def test_a_stream_goes_on_where_the_pages_end(told, read_stream):
    _, client, publisher = told
    publisher.publish(5)
    page = client.get("/v1/events?type=webhook.test&limit=3")
    stream = read_stream(client, f"?type=webhook.test&after={page['next_cursor']}")
    until(lambda: len(stream.events) == 2)
    fresh = publisher.publish(2)
    began = time.monotonic()
    until(lambda: stream.told[2:] == fresh)
    assert time.monotonic() - began < 5
    assert page["items"] + stream.events == client.get("/v1/events?type=webhook.test&limit=200")["items"]


def test_without_a_cursor_a_stream_begins_now(told, read_stream):
    _, client, publisher = told
    publisher.publish(3)
    time.sleep(0.3)
    stream = read_stream(client)
    until(lambda: stream.signs)
    fresh = publisher.publish()
    until(lambda: stream.told)
    assert stream.told == fresh


def test_who_comes_back_with_the_last_id_misses_nothing_and_sees_nothing_twice(told, read_stream):
    _, client, publisher = told
    stream = read_stream(client)
    until(lambda: stream.ids)
    published, chance = [], random.Random(7)
    done = threading.Event()

    def write():
        for _ in range(60):
            published.extend(publisher.publish(chance.randint(1, 5)))
            time.sleep(chance.random() / 50)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        time.sleep(chance.random() / 3)
        stream.leave()
        seen += stream.told
        stream = read_stream(client, last=stream.ids[-1] if stream.ids else stream.last)
    writer.join()
    until(lambda: len(seen) + len(stream.told) >= len(published))
    assert seen + stream.told == published


def test_a_quiet_streams_position_moves_on(told, read_stream):
    """What was not asked for need not be looked through again when the reader comes back."""
    _, client, publisher = told
    stream = read_stream(client, "?type=loan.*")
    publisher.publish(4)
    latest = until(lambda: client.get("/v1/events?after=now")["next_cursor"])
    until(lambda: stream.ids and stream.ids[-1] == latest)
    assert stream.events == []


def test_a_reader_that_takes_nothing_is_cut_off_and_delays_nobody(told, read_stream):
    _, client, publisher = told
    cursor = client.get("/v1/events?after=now")["next_cursor"]
    swift = read_stream(client, f"?after={cursor}")
    host, port = client.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        lines = [f"GET /v1/events/stream?after={cursor} HTTP/1.1", "Host: x", f"Authorization: Bearer {client.token}"]
        stuck.sendall("\r\n".join([*lines, "", ""]).encode())
        published, slowest = [], 0.0
        for _ in range(10):
            began = time.monotonic()
            published += publisher.publish(8, size=100_000)
            until(lambda: swift.told == published)  # noqa: B023
            slowest = max(slowest, time.monotonic() - began)
        assert swift.told == published
        assert slowest < 10
        time.sleep(2.5)  # it took nothing for longer than `stall_seconds`
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        stuck.settimeout(20)
        taken = b""
        while part := stuck.recv(1 << 20):  # ends: the gateway has closed the connection
            taken += part
    assert 0 < len(taken) < sum(map(len, published))
    last = [line for line in taken.split(b"\n") if line.startswith(b"id: ")]
    ids = [line[4:].decode().strip() for line in last[:-1]]
    again = read_stream(client, last=ids[-1])
    known = client.get("/v1/events", params={"after": cursor, "limit": 200})["items"]
    expected = len(published) - next(n for n, event in enumerate(known, 1) if event["id"] == ids[-1])
    until(lambda: len(again.told) >= expected)
    assert again.told == published[-expected:]


def test_a_stream_ends_when_its_token_does(told, read_stream):
    ledger, client, _ = told
    token = issue_token(ledger.state, "observer", "leaver")
    leaver = type(client)(client.url, token)
    stream = read_stream(leaver)
    until(lambda: stream.signs > 2)
    assert not stream.ended.is_set()
    issue_token(ledger.state, "observer", "leaver")
    assert stream.ended.wait(5)
    assert stream.refused["code"] == "auth.token_unknown"
    assert read_stream(leaver).status == 401


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_tell_the_same_without_a_thread_for_each_reader(
    make_ledger, gateway_process, publisher_for, read_stream, impatient, request, kind
):
    made = request.getfixturevalue("postgres") if kind == "postgresql" else None
    ledger = make_ledger(extra=f"{impatient}\n{made.settings() if made else ''}")
    first, second = gateway_process(ledger, "observer"), gateway_process(ledger, "observer")
    clients = []
    for process in (first, second):
        process.start()
        url = f"http://127.0.0.1:{process.port}"
        clients.append(type(ledger.clients["observer"])(url, ledger.clients["observer"].token))
    publisher = publisher_for(ledger, password=made.password if made else None)
    few = [read_stream(client) for client in clients]
    until(lambda: all(stream.signs or stream.ended.is_set() for stream in few))
    assert [stream.refused for stream in few] == [None, None]
    threads = psutil.Process(first.process.pid).num_threads()
    many = [read_stream(clients[0]) for _ in range(19)]
    refused = clients[0].http.get("/v1/events/stream")
    assert (refused.status_code, refused.json()["code"]) == (503, "event.too_many_streams")
    published = [text for _ in range(10) for text in publisher.publish(3)]
    for stream in (*few, *many):
        until(lambda stream=stream: len(stream.told) >= len(published))
        assert stream.told == published
    assert psutil.Process(first.process.pid).num_threads() - threads < 10
    assert [event["id"] for event in few[0].events] == [event["id"] for event in few[1].events]
    began = time.monotonic()
    first.stop()  # open streams do not hold it up
    assert time.monotonic() - began < 9  # a server waits ten seconds for responses that go on
    assert all(stream.ended.wait(5) for stream in many)
    more = publisher.publish(2)
    until(lambda: few[1].told[-2:] == more)
