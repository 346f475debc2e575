"""The supervisor with real processes: restarts, clean ends, leftovers, and strangers left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chain.runtime.errors import ServiceKeepsFailing, ServiceNotReady, ServiceUnknown
from chain.runtime.leftovers import clear_leftovers
from chain.runtime.plan import Owner, ProcessIdentity, RuntimeReport, ServiceReport, ServiceSpec
from chain.runtime.processes import alive, identify
from chain.runtime.state import MARK_FILE, RUNTIME_FILE, StateFolder
from chain.runtime.supervisor import add, service, start, status, stop, this_process, wait_ready

pytestmark = [pytest.mark.network, pytest.mark.timeout(60)]
Build = Callable[..., ServiceSpec]
Eventually = Callable[..., None]


def identity_of(state: StateFolder, name: str) -> ProcessIdentity:
    report = service(state, name)
    assert report.pid is not None
    assert report.start_time is not None
    return ProcessIdentity(report.pid, report.start_time)


def test_a_killed_service_is_back_on_its_port_within_two_seconds(state: StateFolder, listener: Build) -> None:
    start(state, [listener(state)])
    wait_ready(state, ["listener"], 10)
    before = service(state, "listener")
    os.kill(identity_of(state, "listener").pid, signal.SIGKILL)
    began = time.monotonic()
    while service(state, "listener").pid in (before.pid, None):
        assert time.monotonic() - began < 2.0
        time.sleep(0.01)
    wait_ready(state, ["listener"], 2.0 - (time.monotonic() - began))
    after = service(state, "listener")
    assert (after.ports, after.restarts, after.exit) == (before.ports, 1, -signal.SIGKILL)


def test_stop_ends_every_service_and_the_supervisor(state: StateFolder, listener: Build) -> None:
    start(state, [listener(state, "a"), listener(state, "b")])
    wait_ready(state, ["a", "b"], 10)
    processes = [identity_of(state, "a"), identity_of(state, "b"), status(state).daemon]
    assert stop(state) is True
    assert not any(process is not None and alive(process) for process in processes)
    assert status(state) == RuntimeReport(daemon=None)
    assert stop(state) is False


def test_starting_again_leaves_what_runs_alone(state: StateFolder, listener: Build) -> None:
    start(state, [listener(state)])
    wait_ready(state, ["listener"], 10)
    before = (status(state).daemon, identity_of(state, "listener"))
    start(state, [listener(state)])
    add(state, [listener(state)])
    time.sleep(0.3)
    assert (status(state).daemon, identity_of(state, "listener")) == before


def test_services_are_added_replaced_and_removed_by_the_plan(
    state: StateFolder, listener: Build, script: Build, eventually: Eventually
) -> None:
    start(state, [listener(state, "a")])
    add(state, [listener(state, "b")])
    wait_ready(state, ["a", "b"], 10)
    kept, replaced = identity_of(state, "a"), identity_of(state, "b")
    add(state, [script("b", "import time; time.sleep(60)")])
    eventually(lambda: service(state, "b").pid not in (replaced.pid, None))
    start(state, [listener(state, "a")])
    eventually(lambda: set(status(state).services) == {"a"})
    assert identity_of(state, "a") == kept


def test_killing_the_supervisor_ends_its_services_and_the_next_start_brings_them_back(
    state: StateFolder, listener: Build, eventually: Eventually
) -> None:
    start(state, [listener(state)])
    wait_ready(state, ["listener"], 10)
    before, daemon = identity_of(state, "listener"), status(state).daemon
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)
    eventually(lambda: not alive(before))
    assert status(state).daemon is None
    start(state, [listener(state)])
    wait_ready(state, ["listener"], 10)
    assert service(state, "listener").ports == {"tcp": next(iter(listener(state).ports.values()))}


def test_a_service_that_outlives_its_killed_supervisor_is_cleared(
    state: StateFolder, script: Build, eventually: Eventually
) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    start(state, [script("stubborn", stubborn)])
    eventually(lambda: "deaf" in state.log("stubborn").read_text())
    left, daemon = identity_of(state, "stubborn"), status(state).daemon
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)
    eventually(lambda: not alive(daemon))
    assert alive(left)
    assert stop(state) is True
    assert not alive(left)


def test_a_stranger_that_got_the_process_id_is_left_alone(state: StateFolder, stray: Callable[[], int]) -> None:
    stranger = identify(stray())
    assert stranger is not None
    for start_time, ended in (("somewhen else", ()), (stranger.start_time, ("x",))):
        report = ServiceReport("x", "running", stranger.pid, start_time, {}, "", 0)
        state.write(RUNTIME_FILE, RuntimeReport(None, {"x": report}))
        assert alive(stranger)
        assert clear_leftovers(state) == ended
    assert not alive(stranger)


def test_a_supervisor_with_another_start_time_is_not_signalled(state: StateFolder, stray: Callable[[], int]) -> None:
    stranger = identify(stray())
    assert stranger is not None
    state.write(RUNTIME_FILE, RuntimeReport(ProcessIdentity(stranger.pid, "somewhen else")))
    assert stop(state) is False
    assert alive(stranger)


def test_a_service_deaf_to_sigterm_is_killed_after_its_time(
    state: StateFolder, script: Build, eventually: Eventually
) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    start(state, [script("deaf", deaf, stop_seconds=0.5)])
    eventually(lambda: "deaf" in state.log("deaf").read_text())
    process = identity_of(state, "deaf")
    began = time.monotonic()
    stop(state)
    assert not alive(process)
    assert 0.4 < time.monotonic() - began < 5.0


def test_what_a_service_started_ends_with_it(state: StateFolder, script: Build, eventually: Eventually) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['/bin/sleep', '60']).pid, flush=True); time.sleep(60)"
    start(state, [script("parent", code)])
    eventually(lambda: state.log("parent").exists() and state.log("parent").read_text().endswith("\n"))
    grandchild = identify(int(state.log("parent").read_text()))
    assert grandchild is not None
    stop(state)
    eventually(lambda: not alive(grandchild))


def test_a_service_that_keeps_failing_is_reported_with_its_last_words(state: StateFolder, script: Build) -> None:
    start(state, [script("broken", "import sys; sys.exit('the disk is on fire')", ready="file:///nowhere")])
    with pytest.raises(ServiceKeepsFailing, match="the disk is on fire"):
        wait_ready(state, ["broken"], 20)


def test_a_program_that_is_not_there_is_reported(state: StateFolder) -> None:
    start(state, [ServiceSpec("absent", ("/nowhere/geth",), ready="file:///nowhere")])
    with pytest.raises(ServiceKeepsFailing, match="can't start /nowhere/geth"):
        wait_ready(state, ["absent"], 20)


def test_a_service_that_runs_but_never_answers_is_reported(state: StateFolder, script: Build) -> None:
    start(state, [script("mute", "print('hm', flush=True); import time; time.sleep(60)", ready="file:///nowhere")])
    with pytest.raises(ServiceNotReady, match=r"mute was not ready after 1 s \(running\)"):
        wait_ready(state, ["mute"], 1)


def test_an_unknown_service_is_named(state: StateFolder, listener: Build) -> None:
    start(state, [listener(state)])
    with pytest.raises(ServiceUnknown, match="'geth'; it has: listener"):
        wait_ready(state, ["geth"], 1)


def test_the_network_ends_with_its_owner_and_takes_its_state_along(
    state: StateFolder, listener: Build, stray: Callable[[], int], eventually: Eventually
) -> None:
    owner = identify(stray())
    assert owner is not None
    start(state, [listener(state)], Owner(owner, remove_state=True))
    wait_ready(state, ["listener"], 10)
    process, daemon = identity_of(state, "listener"), status(state).daemon
    os.kill(owner.pid, signal.SIGKILL)
    assert daemon is not None
    eventually(lambda: not alive(process) and not alive(daemon))
    assert not state.path.exists()


def test_a_network_without_owner_outlives_the_program_that_started_it(
    state: StateFolder, listener: Build, eventually: Eventually
) -> None:
    spec = listener(state)
    code = (
        "import sys, pathlib; from chain.runtime.state import StateFolder; from chain.runtime.plan import ServiceSpec;"
        "from chain.runtime.supervisor import start;"
        f"start(StateFolder(pathlib.Path({str(state.path)!r})), [ServiceSpec('listener', {tuple(spec.argv)!r})])"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
    add(state, [spec])
    wait_ready(state, ["listener"], 10)
    assert status(state).daemon is not None


def test_passphrases_of_other_seats_are_withheld(
    state: StateFolder, script: Build, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    monkeypatch.setenv("LOAN_LEDGER_PASSPHRASE_BANK", "b")
    monkeypatch.setenv("LOAN_LEDGER_PASSPHRASE_PLATFORM", "p")
    code = "import os, time; print(sorted(k for k in os.environ if 'PASSPHRASE' in k), flush=True); time.sleep(60)"
    start(state, [script("bank", code, passes=("LOAN_LEDGER_PASSPHRASE_BANK",))])
    eventually(lambda: state.log("bank").exists() and "\n" in state.log("bank").read_text())
    assert state.log("bank").read_text().strip() == "['LOAN_LEDGER_PASSPHRASE_BANK']"


def test_several_starts_at_once_make_one_supervisor(state: StateFolder, listener: Build) -> None:
    spec = listener(state)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: start(state, [spec]), range(4)))
    wait_ready(state, ["listener"], 10)
    assert state.log("supervisor").read_text().count("running for") == 1
    assert service(state, "listener").restarts == 0


def test_two_networks_run_side_by_side_and_end_alone(tmp_path: Path, listener: Build) -> None:
    states = [StateFolder(tmp_path / name).create() for name in ("one", "two")]
    try:
        for folder in states:
            start(folder, [listener(folder)])
        for folder in states:
            wait_ready(folder, ["listener"], 10)
        stop(states[0])
        wait_ready(states[1], ["listener"], 1)
    finally:
        for folder in states:
            stop(folder)


def test_this_process_is_alive() -> None:
    assert alive(this_process())


def test_a_supervisor_refuses_a_folder_that_holds_no_network(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("the only copy")
    command = [sys.executable, "-m", "chain.runtime.daemon", "--state", str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert answer.returncode == 2
    assert "not a network's folder" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_lost_its_mark_survives_its_owner(
    state: StateFolder, listener: Build, eventually: Eventually
) -> None:
    owner = subprocess.Popen(["/bin/sleep", "60"])
    identity = identify(owner.pid)
    assert identity is not None
    start(state, [listener(state)], Owner(identity, remove_state=True))
    wait_ready(state, ["listener"], 10)
    daemon = status(state).daemon
    assert daemon is not None
    (state.path / MARK_FILE).unlink()
    owner.kill()
    owner.wait()
    eventually(lambda: not alive(daemon))
    assert "its folder stays" in state.log("supervisor").read_text()
    (state.path / MARK_FILE).touch()
