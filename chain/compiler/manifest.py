"""`chain/abi/manifest.json`: ABIs and code hashes of the contracts, checked in.

Lets everything that only talks to deployed contracts work without a compiler, and lets a reader see in a change what it
does to the interfaces. Stale is an error, found by comparing it with the compiled contracts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_hash.auto import keccak

from chain.compiler.artifacts import Abi, Artifact, artifacts
from chain.compiler.errors import ManifestStale
from chain.toolchain import layout

FORMAT_VERSION: Final = 1
MANIFEST: Final = Path("chain") / "abi" / "manifest.json"


@dataclass(frozen=True)
class ContractEntry:
    """One contract: `0x`-prefixed keccak256 of its creation code and of its deployed code with immutables zero."""

    abi: Abi
    bytecode_hash: str
    deployed_bytecode_hash: str
    source: str


@dataclass(frozen=True)
class Manifest:
    """The whole file."""

    version: int
    contracts: Mapping[str, ContractEntry]


def _entry(compiled: Artifact) -> ContractEntry:
    return ContractEntry(
        abi=compiled.abi,
        bytecode_hash="0x" + keccak(compiled.bytecode).hex(),
        deployed_bytecode_hash="0x" + keccak(compiled.deployed_bytecode).hex(),
        source=compiled.source,
    )


def _current() -> Manifest:
    return Manifest(FORMAT_VERSION, {name: _entry(compiled) for name, compiled in artifacts().items()})


def _serialize(manifest: Manifest) -> str:
    """JSON with one ABI entry per line, so that a change shows as the lines it touches."""
    contracts = []
    for name, entry in manifest.contracts.items():
        abi = ",\n".join(f"        {json.dumps(item, sort_keys=True, separators=(',', ':'))}" for item in entry.abi)
        contracts.append(
            f"    {json.dumps(name)}: {{\n"
            f'      "source": {json.dumps(entry.source)},\n'
            f'      "bytecode_hash": "{entry.bytecode_hash}",\n'
            f'      "deployed_bytecode_hash": "{entry.deployed_bytecode_hash}",\n'
            f'      "abi": [\n{abi}\n      ]\n'
            "    }"
        )
    body = ",\n".join(contracts)
    return f'{{\n  "version": {manifest.version},\n  "contracts": {{\n{body}\n  }}\n}}\n'


def load_manifest() -> Manifest:
    """The manifest as checked in; needs no compiler."""
    stored = json.loads((layout.checkout() / MANIFEST).read_text(encoding="utf-8"))
    entries = {name: ContractEntry(**entry) for name, entry in stored["contracts"].items()}
    return Manifest(stored["version"], entries)


def write_manifest() -> bool:
    """Write the manifest of the contracts as they are now; False if it was up to date."""
    path = layout.checkout() / MANIFEST
    text = _serialize(_current())
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".partial")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return True


def check_manifest() -> None:
    """Raises ManifestStale, naming the contracts that differ, unless the manifest is exactly what would be written."""
    path = layout.checkout() / MANIFEST
    current = _current()
    if path.is_file() and path.read_text(encoding="utf-8") == _serialize(current):
        return
    stored = load_manifest().contracts if path.is_file() else {}
    names = sorted(set(stored) | set(current.contracts))
    different = [name for name in names if stored.get(name) != current.contracts.get(name)]
    raise ManifestStale(path=MANIFEST, differences=", ".join(different) or "its formatting")
