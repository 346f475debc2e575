"""Where results go: regular files whole and with the rights of the umask, everything else as it is."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gateway.cli.output_files import OutputUnwritable, write_output
from gateway.cli.schedule_actus import run_actus

ROOT = Path(__file__).parents[3]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A file of one case, which answers with an error."""
    path = tmp_path / "cases.json"
    path.write_text('{"one": {}}')
    return path


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_rights_that_the_umask_leaves(tmp_path: Path, umask: int, expected: int) -> None:
    before = os.umask(umask)
    try:
        write_output(tmp_path / "r.json", "{}")
    finally:
        os.umask(before)
    assert mode(tmp_path / "r.json") == expected


def test_a_file_that_was_there_keeps_its_rights_and_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    path.chmod(0o640)
    with path.open() as reader:
        write_output(path, "new 贷")
        assert reader.read() == "old"  # whoever reads it goes on reading the old one
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("new 贷", 0o640)
    assert os.listdir(tmp_path) == ["r.json"]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    for name in ("there.json", "not-yet.json"):
        link = tmp_path / name
        link.symlink_to(tmp_path / "far" / name)
        write_output(link, b"1")
        assert link.is_symlink()
        assert (tmp_path / "far" / name).read_bytes() == b"1"


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (Path("/dev/null"), tmp_path / "link"):
        write_output(path, "gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert (tmp_path / "link").is_symlink()


def test_a_named_pipe_carries_all_to_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_output(pipe, b"x" * 300_000)
    reader.join(10)
    assert read == [b"x" * 300_000]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_results_go_to_stdout_and_what_is_there_stays(tmp_path: Path, name: str, kind: str) -> None:
    code = f"from pathlib import Path; from gateway.cli.output_files import write_output as w; w(Path({name!r}), 'ab')"
    command = [sys.executable, "-c", f"{code}; w(Path({name!r}), 'cd')"]
    if kind == "pipe":
        assert subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout == b"abcd"
        return
    kept = tmp_path / "kept"
    kept.write_text("before ")
    with kept.open("a") as output:
        subprocess.run(command, cwd=ROOT, stdout=output, check=True)
    assert kept.read_text() == "before abcd"


def test_a_missing_folder_and_a_folder_instead_of_a_file_are_told(tmp_path: Path, cases: Path) -> None:
    for path in (tmp_path / "nowhere" / "r.json", tmp_path, cases / "r.json"):
        with pytest.raises(OutputUnwritable, match=r"can't be written: .*folder that exists") as told:
            run_actus(cases, path)
        assert told.value.exit_code == 4
    assert os.listdir(tmp_path) == ["cases.json"]


def test_a_folder_without_the_right_to_write_is_told() -> None:
    # The kernel's own folder: not even root may make files in it.
    with pytest.raises(OutputUnwritable, match=r"Permission denied|not permitted|Read-only"):
        write_output(Path("/sys/r.json"), "{}")


def test_the_commands_tell_it_as_one_json_object(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from gateway.cli.app import run

    offer = tmp_path / "offer.json"
    terms = {"principal": "1.00", "annual_rate_percent": "1", "method": "equal_instalment", "instalments": 1}
    offer.write_text(json.dumps({**terms, "start": "2026-01-31"}))
    for option, name in (("--csv", "r.csv"), ("--plot", "r.png")):
        assert run(["schedule", str(offer), "--json", option, str(tmp_path / "nowhere" / name)]) == 4
        assert json.loads(capfd.readouterr().out)["error"]["code"] == "output.unwritable"
