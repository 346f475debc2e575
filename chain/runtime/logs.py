"""Service logs: appended by the processes themselves, kept small by copying and cutting, read by their tail.

A process writes straight to its log, so nothing it said is lost when the supervisor dies. When the file is larger than
`LIMIT_BYTES` the supervisor copies it to `<name>.log.1` (and that to `.2`) and cuts it; lines written in between may be
lost.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

LIMIT_BYTES: Final = 16 * 1024 * 1024
_KEPT: Final = 2


def open_log(path: Path) -> int:
    """A descriptor that appends to the log at `path`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def rotate(path: Path, limit: int = LIMIT_BYTES) -> bool:
    """Moves the log's content aside if it is larger than `limit` bytes. True if it did."""
    try:
        if path.stat().st_size <= limit:
            return False
    except FileNotFoundError:
        return False
    for number in range(_KEPT, 1, -1):
        older = path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    first = path.with_name(f"{path.name}.1")
    shutil.copyfile(path, first)
    first.chmod(0o600)
    os.truncate(path, 0)
    return True


def tail(path: Path, lines: int) -> str:
    """The last `lines` lines of a log; empty if there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 400 * lines))
            content = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(content.splitlines()[-lines:])
