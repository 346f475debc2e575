"""State folders: closed to others, written atomically, read as a type or refused by name."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from chain.runtime.errors import StateFileInvalid, StateFileMissing, StateFolderMissing, StateFolderUnsafe
from chain.runtime.logs import open_log, rotate, tail
from chain.runtime.plan import Plan, ServiceSpec
from chain.runtime.state import StateFolder, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_closed_to_others(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "a" / "net").create()
    file = state.write("x.json", {"a": 1})
    assert (mode(state.path), mode(state.seat("bank")), mode(file)) == (0o700, 0o700, 0o600)


def test_an_open_folder_is_closed_when_taken_over(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir(mode=0o755)
    assert mode(StateFolder(tmp_path / "net").create().path) == 0o700


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "net").symlink_to(tmp_path / "real")
    with pytest.raises(StateFolderUnsafe, match="symbolic link"):
        StateFolder(tmp_path / "net").create()


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("")
    with pytest.raises(StateFolderUnsafe, match="in the way"):
        StateFolder(tmp_path / "net").create()


def test_a_missing_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StateFolderMissing, match=r"net; start one with: loan-ledger network up"):
        StateFolder(tmp_path / "net").require()


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "net").create()
    plan = Plan((ServiceSpec("a", ("/bin/x", "y"), env={"K": "v"}, ports={"http": 1}, passes=("P",)),))
    state.write("services.json", plan)
    assert state.read("services.json", Plan) == plan


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateFileMissing, match=r"services\.json is missing"):
        StateFolder(tmp_path / "net").create().read("services.json", Plan)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"services": [{"name": "a"}]}', "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    state = StateFolder(tmp_path / "net").create()
    (state.path / "services.json").write_text(content)
    with pytest.raises(StateFileInvalid, match=r"services\.json is damaged"):
        state.read("services.json", Plan)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "value"
    contents = {b"a" * 100_000, b"b" * 200_000}
    write_private(path, b"a" * 100_000)
    done = threading.Event()

    def write() -> None:
        for number in range(40):
            write_private(path, b"a" * 100_000 if number % 2 else b"b" * 200_000)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_large_log_is_moved_aside_and_goes_on(tmp_path: Path) -> None:
    import os

    path = tmp_path / "logs" / "a.log"
    output = open_log(path)
    for number in range(3):
        os.write(output, f"{number}".encode() * 100)
        assert rotate(path, limit=50)
        assert path.stat().st_size == 0
    assert not rotate(path, limit=50)
    os.write(output, b"one\ntwo\nthree\n")
    os.close(output)
    assert tail(path, 2) == "two\nthree"
    assert path.with_name("a.log.1").read_text() == "2" * 100
    assert path.with_name("a.log.2").read_text() == "1" * 100
    assert not path.with_name("a.log.3").exists()
