"""Runs the programs of the set-up: output to a log file, interruptible, with the machine's own network settings.

Proxies, indexes and certificates that the user has configured are passed on to the programs that would not see them by
themselves; nothing about registries is written here. What the programs write stays inside the product's cache folder.
"""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chain.toolchain.errors import StepFailed
from chain.toolchain.layout import cache_dir

TAIL_LINES = 25


class ProcessGroup:
    """The child processes of one set-up, each in its own session, so that all can be ended at an interrupt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[str]] = set()
        self._cancelled = False

    def run(
        self,
        step: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
    ) -> None:
        """Run `command` in `folder` and wait. Its output is appended to the step's log. Raises StepFailed."""
        log = log_file(step)
        words = [str(word) for word in command]
        with log.open("a", encoding="utf-8") as out:
            out.write("$ " + " ".join(words) + "\n")
            out.flush()
            try:
                with self._lock:
                    if self._cancelled:
                        raise StepFailed(step=step, reason="interrupted", log=log)
                    process = subprocess.Popen(  # noqa: S603 - the commands are this package's own
                        words,
                        cwd=folder,
                        env=dict(environment),
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                        encoding="utf-8",
                        errors="replace",
                        start_new_session=True,
                    )
                    self._live.add(process)
            except OSError as error:
                raise StepFailed(step=step, reason=f"{words[0]} could not be started ({error})", log=log) from error
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    out.write(line)
                    if line.strip():
                        on_line(line.strip())
                code = process.wait()
            finally:
                with self._lock:
                    self._live.discard(process)
        if code != 0:
            raise StepFailed(step=step, reason=f"{Path(words[0]).name} ended with code {code}", log=log)

    def cancel(self) -> None:
        """End all running processes and let none start any more."""
        with self._lock:
            self._cancelled = True
            for process in self._live:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGTERM)


def log_file(step: str) -> Path:
    """The log of step `step`; its folder exists afterwards."""
    folder = cache_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{step}.log"


def log_tail(step: str) -> str:
    """The last lines of the log of `step`."""
    log = log_file(step)
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:])


def pip_settings(python: Path) -> dict[str, str]:
    """What the user configured for pip (files and environment): names like `index-url`, `cert`; the last one wins."""
    answer = subprocess.run(  # noqa: S603
        [str(python), "-m", "pip", "--disable-pip-version-check", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    settings: dict[str, str] = {}
    for line in answer.stdout.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            settings[name.rpartition(".")[2]] = value.strip("'\"")
    return settings


def _certificates(settings: Mapping[str, str]) -> str | None:
    candidates = (os.environ.get("SSL_CERT_FILE"), settings.get("cert"), ssl.get_default_verify_paths().cafile)
    return next((found for found in candidates if found and Path(found).is_file()), None)


def install_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for pip, uv and npm: the user's own, plus what uv and node would not find out by themselves."""
    environment = dict(os.environ)
    # A caller's virtual environment or interpreter flags must not decide where things are installed.
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "NODE_OPTIONS"):
        environment.pop(name, None)
    root = cache_dir()
    environment |= {
        "PIP_CACHE_DIR": str(root / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "UV_CACHE_DIR": str(root / "uv"),
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "npm_config_cache": str(root / "npm"),
        "npm_config_update_notifier": "false",
    }
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    for variable, name in (("UV_DEFAULT_INDEX", "index-url"), ("UV_INDEX", "extra-index-url")):
        if name in settings:
            environment.setdefault(variable, settings[name])
    certificates = _certificates(settings)
    if certificates is not None:
        environment.setdefault("SSL_CERT_FILE", certificates)
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    return environment


def go_environment() -> dict[str, str]:
    """The environment for go: the user's own, with modules, builds and telemetry inside the cache folder."""
    environment = dict(os.environ)
    root = cache_dir() / "go"
    configured = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    environment |= {
        "GOPATH": str(root / "path"),
        "GOMODCACHE": str(root / "mod"),
        "GOCACHE": str(root / "build"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        # Go writes its counters beside the user's settings: move those, keep the settings.
        "XDG_CONFIG_HOME": str(root / "config"),
        "GOENV": os.environ.get("GOENV", str(Path(configured) / "go" / "env")),
    }
    # A GOROOT set for another Go would make this one use the wrong standard library; each finds its own.
    environment.pop("GOROOT", None)
    return environment
