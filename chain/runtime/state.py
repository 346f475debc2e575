"""The state folder of one network: its paths, and how its files are written and read.

Promises: a folder that holds things of others is neither used, changed nor deleted (a mark tells); the folder and those
in it are mode 0700, files 0600; a write is atomic and on disk when the call returns; a read gives the type asked for or
a typed error naming the file. Does not decide what the files say.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from chain.runtime.errors import (
    StateFileInvalid,
    StateFileMissing,
    StateFolderForeign,
    StateFolderMissing,
    StateFolderTaken,
    StateFolderUnsafe,
)

MARK_FILE: Final = ".loan-ledger-network"
PLAN_FILE: Final = "services.json"
RUNTIME_FILE: Final = "runtime.json"
PORTS_FILE: Final = "ports.json"
_MARK: Final = b"loan-ledger keeps a network here. `loan-ledger network down --remove` deletes this folder.\n"
# Networks made before there was a mark have all of these.
_UNMARKED: Final = ("launch.json", PLAN_FILE, PORTS_FILE)

T = TypeVar("T")


_ADAPTERS: Final[dict[object, TypeAdapter[object]]] = {}


def _adapter(kind: type[object]) -> TypeAdapter[object]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


@dataclass(frozen=True)
class StateFolder:
    """A network's folder, `.loan-ledger/<network>` by default. `path` is absolute."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(os.path.abspath(self.path)))

    @property
    def marked(self) -> bool:
        """Whether a network was made in this folder; without that nothing in it is ours."""
        return self.has(MARK_FILE) or all(map(self.has, _UNMARKED))

    def last_made(self) -> float:
        """When the network was last brought up, seconds since 1970; 0 if none was."""
        mark = next((name for name in (MARK_FILE, PLAN_FILE) if self.has(name)), None)
        return 0.0 if mark is None else (self.path / mark).stat().st_mtime

    @property
    def free(self) -> bool:
        """Whether a new network may be made here: nothing is there, or an empty folder."""
        try:
            return not os.listdir(self.path)
        except OSError:
            return not os.path.lexists(self.path)

    def create(self) -> StateFolder:
        """Makes the folder if it is missing, marks it and closes it to others.

        Raises StateFolderUnsafe, StateFolderForeign.
        """
        self._make()
        # Looked at again: another caller may have marked it, and begun to fill it, in between.
        if not (self.marked or self.free or self.marked):
            raise StateFolderForeign(path=self.path, mark=MARK_FILE)
        self.path.chmod(0o700)
        self._write_mark(0)
        return self

    def create_new(self) -> StateFolder:
        """As `create`, for a network that must be new: of several callers at once one gets the folder.

        Raises StateFolderUnsafe, StateFolderTaken.
        """
        self._make()
        if not self.free:
            raise StateFolderTaken(path=self.path)
        try:
            self._write_mark(os.O_EXCL)
        except FileExistsError as exc:
            raise StateFolderTaken(path=self.path) from exc
        self.path.chmod(0o700)
        return self

    def _make(self) -> None:
        if self.path.is_symlink():
            raise StateFolderUnsafe(path=self.path, reason="it is a symbolic link")
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as exc:
            raise StateFolderUnsafe(path=self.path, reason="a file is in the way") from exc
        except OSError as exc:
            raise StateFolderUnsafe(path=self.path, reason=exc.strerror) from exc
        if self.path.stat().st_uid != os.getuid():
            raise StateFolderUnsafe(path=self.path, reason="it belongs to another user")

    def _write_mark(self, flags: int) -> None:
        # In place, not by a temporary file: an empty folder must never seem to hold something else.
        mark = os.open(self.path / MARK_FILE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600)
        try:
            os.write(mark, _MARK)
        finally:
            os.close(mark)

    def require(self) -> StateFolder:
        """This folder, if it holds a network. Raises StateFolderMissing, StateFolderForeign."""
        if not self.marked:
            if os.path.isdir(self.path) and not self.free:
                raise StateFolderForeign(path=self.path, mark=MARK_FILE)
            raise StateFolderMissing(path=self.path)
        return self

    def folder(self, *parts: str) -> Path:
        """A folder inside, made with mode 0700 if missing."""
        path = self.path
        for part in parts:
            path = path / part
            path.mkdir(mode=0o700, exist_ok=True)
        return path

    def seat(self, name: str) -> Path:
        """The folder of one seat: settings, keystore, secrets, database."""
        return self.folder(name)

    def log(self, service: str) -> Path:
        """The log file of a service; the file may not exist yet."""
        return self.path / "logs" / f"{service}.log"

    def write(self, name: str, value: object) -> Path:
        """Writes `value` (dataclasses, mappings, lists, plain values) as JSON to `name`, atomically."""
        return write_private(self.path / name, _adapter(type(value)).dump_json(value, indent=1) + b"\n")

    def read(self, name: str, kind: type[T]) -> T:
        """The file `name` as a `kind`. Raises StateFileMissing, StateFileInvalid."""
        path = self.path / name
        try:
            content = path.read_bytes()
        except FileNotFoundError as exc:
            raise StateFileMissing(path=path) from exc
        try:
            return cast(T, _adapter(kind).validate_json(content))
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StateFileInvalid(path=path, reason=f"{where}: {first['msg']}" if where else first["msg"]) from exc

    def has(self, name: str) -> bool:
        """Whether the file `name` is there."""
        return os.path.isfile(self.path / name)  # False also where the folder can't be looked into

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Holds the lock `name` of this folder, waiting for it; it ends with the process too."""
        with open(self.path / f"{name}.lock", "w") as lock:
            os.chmod(lock.fileno(), 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def remove(self) -> None:
        """Deletes the folder and all in it. The network must be stopped.

        Raises StateFolderMissing, StateFolderForeign, StateFolderUnsafe, and deletes nothing then.
        """
        self.require()
        if self.path.is_symlink():
            raise StateFolderUnsafe(path=self.path, reason="it is a symbolic link")
        self._write_mark(0)  # and it goes last: what an interrupted removal leaves can be removed later
        for entry in os.scandir(self.path):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.name != MARK_FILE:
                os.unlink(entry.path)
        shutil.rmtree(self.path)


def write_private(path: Path, content: bytes) -> Path:
    """Writes `content` to `path` with mode 0600, atomically and durably (file and folder are synced)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
