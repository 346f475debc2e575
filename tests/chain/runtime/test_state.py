"""State folders: closed to others, written atomically, read as a type or refused by name."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chain.runtime.errors import (
    StateFileInvalid,
    StateFileMissing,
    StateFolderForeign,
    StateFolderMissing,
    StateFolderTaken,
    StateFolderUnsafe,
)
from chain.runtime.logs import open_log, rotate, tail
from chain.runtime.plan import Plan, ServiceSpec
from chain.runtime.state import MARK_FILE, StateFolder, write_private


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


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Somebody's folder, with names in it that a network uses too."""
    folder = tmp_path / "theirs"
    (folder / "bank").mkdir(parents=True)
    (folder / "services.json").write_text("{}")
    (folder / "bank" / "thesis.txt").write_text("the only copy")
    folder.chmod(0o755)
    return folder


@pytest.mark.parametrize("act", ["create", "require", "remove"])
def test_a_folder_of_others_is_refused_and_left_as_it_is(foreign: Path, act: str) -> None:
    with pytest.raises(StateFolderForeign, match="not a network's folder"):
        getattr(StateFolder(foreign), act)()
    assert sorted(path.name for path in foreign.rglob("*")) == ["bank", "services.json", "thesis.txt"]
    assert (foreign / "bank" / "thesis.txt").read_text() == "the only copy"
    assert mode(foreign) == 0o755


def test_only_a_new_or_empty_folder_takes_a_new_network(tmp_path: Path, foreign: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        assert StateFolder(tmp_path / name).create_new().require().marked
        with pytest.raises(StateFolderTaken):
            StateFolder(tmp_path / name).create_new()
    with pytest.raises(StateFolderTaken):
        StateFolder(foreign).create_new()


def test_of_many_callers_at_once_one_gets_the_new_folder_and_all_may_use_it(tmp_path: Path) -> None:
    def make(_: int) -> bool:
        try:
            StateFolder(tmp_path / "net").create_new()
        except StateFolderTaken:
            StateFolder(tmp_path / "net").create()
            return False
        return True

    with ThreadPoolExecutor(8) as callers:
        assert sum(callers.map(make, range(32))) == 1


def test_a_network_is_removed_whole_and_links_in_it_are_not_followed(tmp_path: Path, foreign: Path) -> None:
    state = StateFolder(tmp_path / "net").create()
    state.write("x.json", 1)
    state.seat("bank").joinpath("key").touch()
    (state.path / "link").symlink_to(foreign)
    state.remove()
    assert not state.path.exists()
    assert (foreign / "bank" / "thesis.txt").exists()


def test_a_link_to_a_network_is_not_removed(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "net").create()
    (tmp_path / "link").symlink_to(state.path)
    with pytest.raises(StateFolderUnsafe, match="symbolic link"):
        StateFolder(tmp_path / "link").remove()
    assert state.marked


def test_a_removal_that_was_interrupted_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StateFolder(tmp_path / "net").create()
    state.seat("bank")
    with monkeypatch.context() as broken:
        broken.setattr("shutil.rmtree", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            state.remove()
    state.remove()
    assert not state.path.exists()


def test_a_network_made_before_there_was_a_mark_is_still_known(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "net").create()
    (state.path / MARK_FILE).unlink()
    for name in ("launch.json", "services.json", "ports.json"):
        state.write(name, {})
    assert state.create().require().path == state.path
    assert state.has(MARK_FILE)


def test_an_empty_folder_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(StateFolderMissing):
        StateFolder(tmp_path).require()


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
