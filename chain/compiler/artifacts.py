"""Compiles all contracts at once through py-solc-x and keeps the result in the cache folder.

Promises: the result belongs to the sources as they are now (keyed by their hash), and several processes that ask at the
same time compile once. Contracts without code (interfaces, abstract contracts) are left out.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from chain.compiler.errors import CompilationFailed, DuplicateContract, UnknownContract
from chain.compiler.sources import fingerprint, standard_json
from chain.toolchain import layout

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
# The entries' shape is the compiler's; web3 and eth-abi take them as they are.
Abi: TypeAlias = list[dict[str, Any]]

KEPT_RESULTS = 20


@dataclass(frozen=True)
class ImmutableReference:
    """A place in deployed code, in bytes, which the constructor fills in and the compiler leaves zero."""

    start: int
    length: int


@dataclass(frozen=True)
class Artifact:
    """One compiled contract. `source` is its file, relative to the checkout."""

    name: str
    source: str
    abi: Abi
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: tuple[ImmutableReference, ...]
    storage_layout: Mapping[str, Json]

    def without_immutables(self, code: bytes) -> bytes:
        """`code`, deployed code of this contract, with the immutable values set back to zero."""
        blank = bytearray(code)
        for reference in self.immutable_references:
            blank[reference.start : reference.start + reference.length] = bytes(reference.length)
        return bytes(blank)


_loaded: dict[str, Mapping[str, Artifact]] = {}


def artifacts() -> Mapping[str, Artifact]:
    """All contracts by name. Raises CompilationFailed, SourceMissing, DuplicateContract, ToolMissing."""
    key = fingerprint(layout.checkout())
    if key not in _loaded:
        _loaded[key] = MappingProxyType(_parse(_stored_output(key)))
    return _loaded[key]


def artifact(name: str) -> Artifact:
    """The contract `name`. Raises UnknownContract and what `artifacts` raises."""
    known = artifacts()
    if name not in known:
        raise UnknownContract(name=name)
    return known[name]


def _stored_output(key: str) -> dict[str, Json]:
    folder = layout.cache_dir() / "contracts"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{key}.json"
    if not file.is_file():
        with _locked(folder / "lock"):
            if not file.is_file():
                output = _compile(layout.checkout())
                unfinished = file.with_suffix(f".partial-{os.getpid()}")
                unfinished.write_text(json.dumps(output, separators=(",", ":")), encoding="utf-8")
                unfinished.replace(file)
                _forget_old_results(folder)
    stored: dict[str, Json] = json.loads(file.read_text(encoding="utf-8"))
    return stored


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old_results(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in newest_first[KEPT_RESULTS:]:
        file.unlink(missing_ok=True)


def _compile(root: Path) -> dict[str, Json]:
    """The compiler's output for the project's own contracts that have code: unit name -> contract name -> output."""
    solc = layout.binary("solc")
    os.environ.update(layout.contained_environment())
    # Only now: py-solc-x looks for a folder in the user's home when it is imported, unless the environment names one.
    import solcx  # noqa: PLC0415
    from solcx.exceptions import SolcError  # noqa: PLC0415

    try:
        output = solcx.compile_standard(standard_json(root), solc_binary=solc)
    except SolcError as error:
        raise CompilationFailed(output=error.message.strip()) from error
    own: dict[str, Json] = {}
    for unit, contracts in output["contracts"].items():
        if unit.startswith("contracts/"):
            with_code = {name: found for name, found in contracts.items() if found["evm"]["bytecode"]["object"]}
            if with_code:
                own[unit] = with_code
    return own


def _parse(output: Mapping[str, Json]) -> dict[str, Artifact]:
    found: dict[str, Artifact] = {}
    for unit, contracts in output.items():
        assert isinstance(contracts, dict)
        for name, parts in contracts.items():
            if name in found:
                raise DuplicateContract(name=name, first=found[name].source, second=unit)
            found[name] = _artifact(name, unit, parts)
    return dict(sorted(found.items()))


def _artifact(name: str, unit: str, parts: Json) -> Artifact:
    match parts:
        case {
            "abi": list(abi),
            "evm": {"bytecode": {"object": str(bytecode)}, "deployedBytecode": dict(deployed)},
            "storageLayout": dict(storage_layout),
        }:
            return Artifact(
                name=name,
                source=unit,
                abi=[entry for entry in abi if isinstance(entry, dict)],
                bytecode=bytes.fromhex(bytecode),
                deployed_bytecode=bytes.fromhex(str(deployed["object"])),
                immutable_references=_immutable_references(deployed.get("immutableReferences", {})),
                storage_layout=storage_layout,
            )
        case _:
            raise CompilationFailed(output=f"the compiler's output for {unit}:{name} lacks an expected part")


def _immutable_references(references: Json) -> tuple[ImmutableReference, ...]:
    """The places named in the compiler's mapping from the id of a variable to its places, sorted."""
    assert isinstance(references, dict)
    found: list[ImmutableReference] = []
    for places in references.values():
        assert isinstance(places, list)
        for place in places:
            match place:
                case {"start": int(start), "length": int(length)}:
                    found.append(ImmutableReference(start, length))
                case _:
                    raise CompilationFailed(
                        output=f"the compiler named an immutable reference without a place: {place}"
                    )
    return tuple(sorted(found, key=lambda reference: reference.start))
