"""Writing what a command was asked to write to a file: whole or not at all where that is a file, else straight to it.

A regular file, also one behind a link, is replaced in one step and keeps its rights; a new one gets those that the
umask leaves. What is no regular file (`/dev/stdout`, `/dev/null`, a named pipe) is written to as it is.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import ClassVar, Final

from chain.errors import ExitCode, LedgerError

_OPEN_FILES: Final = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
"""Where names stand for files that are open; such a file must not be replaced by another."""


class OutputUnwritable(LedgerError):
    """A file can't be written: no such folder, no right to, no space."""

    code: ClassVar[str] = "output.unwritable"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.ENVIRONMENT
    en: ClassVar[str] = "{path} can't be written: {reason}. Name a file in a folder that exists and you may write to."
    zh: ClassVar[str] = "无法写入 {path}：{reason}。请指定一个已存在且可写的目录中的文件。"


def write_output(path: Path, content: str | bytes) -> None:
    """Writes `content`, text as UTF-8, to `path`. A crash leaves a regular file as it was. Raises OutputUnwritable."""
    data = content.encode() if isinstance(content, str) else content
    try:
        if os.path.abspath(path).startswith(_OPEN_FILES) or (path.exists() and not path.is_file()):
            _write_open(path, data)
        else:
            _replace(path.resolve(), data)
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise OutputUnwritable(path=path, reason=reason) from error


def _write_open(path: Path, data: bytes) -> None:
    """As it is. Where that is this process's own stdout or stderr, through it: it keeps its place."""
    found = path.stat()
    for own in (1, 2):
        if os.path.samestat(found, os.fstat(own)):
            _write_all(os.dup(own), data)
            return
    _write_all(os.open(path, os.O_WRONLY), data)


def _replace(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # the umask takes its part
    try:
        if target.exists():
            os.fchmod(handle, stat.S_IMODE(target.stat().st_mode))
        _write_all(handle, data)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_all(handle: int, data: bytes) -> None:
    with os.fdopen(handle, "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
