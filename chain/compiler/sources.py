"""The Solidity sources of the checkout and the compiler's input made of them.

Promises the same input as forge makes from `foundry.toml`, whose settings are read from that file, so that both give
the same bytecode. Reads files only; compiles nothing.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from chain.compiler.errors import SourceMissing
from chain.toolchain import layout

_COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)
# An import is a statement of its own: it stands first or after the end of another.
_IMPORT = re.compile(r"""(?:^|(?<=[;}]))\s*import\b[^;"']*["']([^"']+)["'][^;]*;""")


@dataclass(frozen=True)
class Settings:
    """What the contracts are compiled with. `remappings` are (prefix, target) pairs."""

    evm_version: str
    optimizer_runs: int
    via_ir: bool
    bytecode_hash: str
    append_cbor: bool
    remappings: tuple[tuple[str, str], ...]


def settings(root: Path) -> Settings:
    """The settings of the default profile of `foundry.toml`."""
    with (root / "foundry.toml").open("rb") as file:
        profile = tomllib.load(file)["profile"]["default"]
    pairs = (remapping.split("=", 1) for remapping in profile["remappings"])
    return Settings(
        evm_version=profile["evm_version"],
        optimizer_runs=profile["optimizer_runs"],
        via_ir=profile["via_ir"],
        bytecode_hash=profile["bytecode_hash"],
        append_cbor=profile["cbor_metadata"],
        remappings=tuple((prefix, target) for prefix, target in pairs),
    )


def own_sources(root: Path) -> list[Path]:
    """The project's own Solidity files, sorted; not those of libraries, tests or build folders."""
    folder = root / "contracts"
    built = {folder / "out", folder / "cache"}
    return sorted(file for file in folder.rglob("*.sol") if built.isdisjoint(file.parents))


def imports(source: str) -> list[str]:
    """The paths that a Solidity source imports, as written there."""

    def blank_comments(found: re.Match[str]) -> str:
        return found[0] if found[0][0] in "\"'" else " "

    return _IMPORT.findall(_COMMENT_OR_STRING.sub(blank_comments, source))


def _unit_name(path: str, importer: str, chosen: Settings) -> str:
    if path.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))
    # Solidity's rule: the longest prefix wins.
    matching = [(prefix, target) for prefix, target in chosen.remappings if path.startswith(prefix)]
    if not matching:
        return path
    prefix, target = max(matching, key=lambda pair: len(pair[0]))
    return target + path[len(prefix) :]


def all_sources(root: Path, chosen: Settings) -> dict[str, str]:
    """Unit name -> content of the project's files and of everything they import. Raises SourceMissing."""
    found: dict[str, str] = {}
    waiting = [(file.relative_to(root).as_posix(), "") for file in own_sources(root)]
    while waiting:
        name, importer = waiting.pop()
        if name in found:
            continue
        file = root / name
        if not file.is_file():
            raise SourceMissing(importer=importer, path=name)
        found[name] = file.read_text(encoding="utf-8")
        waiting += [(_unit_name(path, name, chosen), name) for path in imports(found[name])]
    return dict(sorted(found.items()))


def standard_json(root: Path) -> dict[str, object]:
    """The compiler's input for all contracts. Raises SourceMissing."""
    chosen = settings(root)
    outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"]
    return {
        "language": "Solidity",
        "sources": {name: {"content": content} for name, content in all_sources(root, chosen).items()},
        "settings": {
            "remappings": [f"{prefix}={target}" for prefix, target in chosen.remappings],
            "optimizer": {"enabled": True, "runs": chosen.optimizer_runs},
            "metadata": {
                "useLiteralContent": False,
                "bytecodeHash": chosen.bytecode_hash,
                "appendCBOR": chosen.append_cbor,
            },
            "outputSelection": {"*": {"*": [*outputs, "evm.deployedBytecode.immutableReferences"]}},
            "evmVersion": chosen.evm_version,
            "viaIR": chosen.via_ir,
            "libraries": {},
        },
    }


def fingerprint(root: Path) -> str:
    """32 hex digits over all that decides the compiler's output. Library files are known by the npm lock file."""
    state = sha256(f"{layout.SOLC_LONG_VERSION} {_OUTPUT_FORMAT}\n".encode())
    for name, content in _inputs(root):
        state.update(json.dumps([name, len(content)]).encode())
        state.update(content)
    return state.hexdigest()[:32]


# To be raised when what is kept of the compiler's output changes.
_OUTPUT_FORMAT = 1


def _inputs(root: Path) -> Iterator[tuple[str, bytes]]:
    for file in (*own_sources(root), root / "foundry.toml", root / "package-lock.json"):
        yield file.relative_to(root).as_posix(), file.read_bytes()
