"""Ports are given out once, kept for every restart, and never given to two networks."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chain.runtime.ports import port
from chain.runtime.state import StateFolder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_purpose_keeps_its_port(tmp_path: Path) -> None:
    first = port(StateFolder(tmp_path / "net").create(), "node.http")
    assert port(StateFolder(tmp_path / "net"), "node.http") == first


def test_purposes_and_networks_never_share_a_port_even_before_anything_listens(tmp_path: Path) -> None:
    folders = [StateFolder(tmp_path / f"net{number}").create() for number in range(6)]
    with ThreadPoolExecutor(6) as workers:
        given = list(workers.map(lambda state: [port(state, f"p{number}") for number in range(10)], folders))
    every = [number for ports in given for number in ports]
    assert len(set(every)) == 60


def test_a_port_in_use_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        # Twice the busy one, then others until one is free: a neighbour may be in use as well.
        offered = iter([busy, busy, *(n for n in range(12_000, 32_768) if n != busy)])
        monkeypatch.setattr("chain.runtime.ports.random.randint", lambda _low, _high: next(offered))
        assert port(StateFolder(tmp_path / "net").create(), "node.http") != busy


def test_ports_of_a_deleted_network_are_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = StateFolder(tmp_path / "gone").create()
    number = port(gone, "node.http")
    gone.remove()
    monkeypatch.setattr("chain.runtime.ports.random.randint", lambda _low, _high: number)
    assert port(StateFolder(tmp_path / "net").create(), "node.http") == number


def test_a_damaged_reservation_file_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache" / "loan-ledger").mkdir(parents=True)
    (tmp_path / "cache" / "loan-ledger" / "ports.json").write_text("{")
    assert port(StateFolder(tmp_path / "net").create(), "node.http") > 0
