"""Requests that are too large, too slow, packed or too deep are refused, and cost the gateway no memory."""

from __future__ import annotations

import gzip
import json
import socket
import time
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

MEGABYTE = 1024 * 1024
FLAT = 48 * MEGABYTE


@pytest.fixture(scope="module")
def gateway(make_ledger, gateway_processes):
    """A gateway in a process of its own, whose memory can be watched; bodies have to arrive within two seconds."""
    process = gateway_processes(make_ledger(extra="body_seconds = 2.0"), "bank")
    process.start()
    client = process.ledger.clients["bank"]
    for _ in range(20):
        client.http.get("/v1/transactions")
    yield process
    process.stop()


def _memory(gateway):
    process = psutil.Process(gateway.process.pid)
    return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))


def _headers(gateway, **more):
    token = gateway.ledger.clients["bank"].token
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": "big", "Content-Type": "application/json"} | more


def _post(gateway, content, **headers):
    url = gateway.ledger.clients["bank"].url
    return httpx.post(f"{url}/v1/parties", content=content, headers=_headers(gateway, **headers), trust_env=False)


def _problem(answer):
    return answer.status_code, answer.json()["code"]


def _endless(megabytes):
    for _ in range(megabytes):
        yield b"x" * MEGABYTE


def test_security_16_oversized_slow_gzip_bomb_and_deep_json_with_flat_memory(gateway):
    before = _memory(gateway)
    url = gateway.ledger.clients["bank"].url
    assert _problem(_post(gateway, b"x" * (2 * MEGABYTE))) == (413, "request.too_large")
    with httpx.Client(trust_env=False) as http:  # no length is declared: refused while it arrives
        try:
            answer = http.post(f"{url}/v1/parties", content=_endless(300), headers=_headers(gateway))
            assert _problem(answer) == (413, "request.too_large")
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            pass  # answered and closed before all was sent
    bomb = gzip.compress(b"[" * (200 * MEGABYTE), 9)
    packed = {"Content-Encoding": "gzip"}
    assert _problem(_post(gateway, bomb, **packed)) == (415, "request.encoding_not_taken")
    for deep in (b"[" * (MEGABYTE - 1), b'{"a":' * 200_000, b"[" * 400_000 + b"]" * 400_000):
        status, code = _problem(_post(gateway, deep))
        assert status == 422
        assert code in ("request.too_deep", "request.invalid")
    assert _memory(gateway) - before < FLAT
    assert httpx.get(f"{url}/health/live", trust_env=False).status_code == 200


def _connection(gateway):
    parts = urlsplit(gateway.ledger.clients["bank"].url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def test_a_body_that_trickles_is_refused_in_time(gateway):
    with _connection(gateway) as trickling:
        head = "".join(f"{name}: {value}\r\n" for name, value in _headers(gateway).items())
        trickling.sendall(f"POST /v1/parties HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 1000\r\n\r\n".encode())
        began = time.monotonic()
        trickling.sendall(b"{")
        answer = b"".join(iter(lambda: trickling.recv(65536), b""))  # until the gateway closes the connection
        assert time.monotonic() - began < 15
    assert b" 408 " in answer.split(b"\r\n")[0]
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["code"] == "request.too_slow"


def _wait_closed(connection):
    """Whatever is said before, the other side ends the connection."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass


@pytest.mark.slow
def test_a_head_that_trickles_or_never_ends_loses_its_connection(gateway):
    with _connection(gateway) as slow, _connection(gateway) as long:
        slow.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        long.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 200_000)
        began = time.monotonic()
        _wait_closed(long)
        assert time.monotonic() - began < 5
        _wait_closed(slow)
        assert time.monotonic() - began < 20


def test_an_ordinary_connection_is_used_again_and_again(gateway):
    with _connection(gateway) as kept:
        for _ in range(5):
            kept.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                answer += kept.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
