"""A real HSM in software (SoftHSM) with tokens of its own, and a ledger's contracts without a chain."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils import to_checksum_address

from chain.keys.secrets import SecretPlace
from chain.ledger.consortium import Consortium, Deployment, Member
from chain.ledger.contracts import Contracts, manifest
from chain.ledger.roles import Role
from chain.toolchain.layout import softhsm_module

PIN = "4711-0815"


@dataclass
class Hsm:
    """SoftHSM with a folder of its own; `away` and `back` take it off the machine and bring it again."""

    folder: Path
    module: Path
    made: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def token(self) -> str:
        """A fresh token's label."""
        label = f"ledger-{len(self.made)}"
        self.made.append(label)
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | self.environment)
        return label

    def away(self) -> None:
        (self.folder / "tokens").rename(self.folder / "gone")

    def back(self) -> None:
        if (self.folder / "gone").exists():
            (self.folder / "gone").rename(self.folder / "tokens")


@pytest.fixture(scope="session")
def _hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hsm]:
    module = softhsm_module()
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is missing; install it with: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    hsm = Hsm(folder, module)
    os.environ |= hsm.environment
    yield hsm
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def hsm(_hsm: Hsm) -> Iterator[Hsm]:
    """The machine's HSM; back in place after the test."""
    yield _hsm
    _hsm.back()


@pytest.fixture
def pin(tmp_path: Path) -> SecretPlace:
    """Where the tokens' PIN is."""
    path = tmp_path / "pin"
    path.write_text(PIN + "\n")
    path.chmod(0o600)
    return SecretPlace("file", str(path))


@pytest.fixture(scope="session")
def deployed() -> Contracts:
    """All contracts at addresses of their own, of a consortium with one member of each role."""
    deployments = {
        name: Deployment(name, to_checksum_address(f"0x{number:040x}"), "0x" + "00" * 32, 0)
        for number, name in enumerate(manifest()["contracts"], start=0x1000)
    }
    members = tuple(
        Member(number, role.value.lower(), role, str(Account.from_key(f"0x{number:064x}").address))
        for number, role in enumerate(Role, start=1)
    )
    consortium = Consortium(1, "", "test", 1337, "0x" + "00" * 32, "rpc", "CNY", 0, members, deployments, ())
    return Contracts(consortium)


@pytest.fixture
def private_file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file that only its owner may read."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write
