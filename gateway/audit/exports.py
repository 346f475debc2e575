"""An audit log as a file: JSON lines, first what it is, then every record exactly as it is hashed.

Made to be verified elsewhere, without the seat: `loan-ledger audit verify --file` needs a node and the consortium file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from chain.audit.encoding import FORMAT, LoggedRecord
from gateway.audit.errors import AuditFileInvalid

_TYPES = {field.name: int if field.name == "seq" else str for field in fields(LoggedRecord)}


@dataclass(frozen=True)
class Heading:
    """Whose log it is. log: its name on chain; member: the organisation's name in the consortium file."""

    log: str
    member: str
    chain_id: int
    exported_at: str
    format: str = FORMAT


def lines(heading: Heading, records: Iterable[LoggedRecord]) -> Iterator[str]:
    """The file's lines."""
    yield json.dumps(asdict(heading), ensure_ascii=False)
    for record in records:
        yield json.dumps(asdict(record), ensure_ascii=False)


def read(path: Path) -> tuple[Heading, Iterator[LoggedRecord]]:
    """An exported log. Raises AuditFileInvalid, for a record when it is reached."""
    source = _objects(path)
    number, first = next(source, (1, {}))
    expected = {"log": str, "member": str, "chain_id": int, "exported_at": str, "format": str}
    _require(path, number, first, expected)
    heading = Heading(**first)
    if heading.format != FORMAT:
        raise AuditFileInvalid(path=path, line=number, reason=f"its format is '{heading.format}', not '{FORMAT}'")
    return heading, _records(path, source)


def _records(path: Path, source: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[LoggedRecord]:
    for number, found in source:
        _require(path, number, found, _TYPES)
        yield LoggedRecord(**found)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    found = json.loads(line)
                except ValueError:
                    raise AuditFileInvalid(path=path, line=number, reason="it is not JSON") from None
                if not isinstance(found, dict):
                    raise AuditFileInvalid(path=path, line=number, reason="it is not a JSON object")
                yield number, found
    except OSError as error:
        raise AuditFileInvalid(path=path, line=0, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise AuditFileInvalid(path=path, line=0, reason="it is not UTF-8 text") from None


def _require(path: Path, number: int, found: dict[str, Any], expected: Mapping[str, type]) -> None:
    if found.keys() != expected.keys():
        raise AuditFileInvalid(path=path, line=number, reason=f"its fields are not {', '.join(expected)}")
    for name, kind in expected.items():
        if type(found[name]) is not kind:
            raise AuditFileInvalid(path=path, line=number, reason=f"'{name}' is not of type {kind.__name__}")
