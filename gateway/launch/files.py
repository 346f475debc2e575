"""The files of a network's state folder that bringing it up writes and others read, as types. Reads and writes only.

`launch.json` says how the network is to be started, so that it comes up again the same way; `network.json` is the
public half of the trust root (genesis, nodes); each seat's `settings.toml` is its gateway's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from chain.engines.protocol import EngineName
from chain.ledger.roles import Role
from chain.runtime.state import StateFolder, write_private

LAUNCH_FILE: Final = "launch.json"
NETWORK_FILE: Final = "network.json"
CONSORTIUM_FILE: Final = "consortium.json"
ROLES: Final[Mapping[str, Role]] = {
    "platform": Role.PLATFORM,
    "bank": Role.BANK,
    "regulator": Role.REGULATOR,
    "observer": Role.OBSERVER,
}


@dataclass(frozen=True)
class Organisations:
    """The members' names, which stand in the consortium file and in payment references."""

    platform: str = "platform"
    bank: str = "bank"
    regulator: str = "regulator"

    def of(self, seat: str) -> str:
        """The name of the organisation at `seat`."""
        names: dict[str, str] = {"platform": self.platform, "bank": self.bank, "regulator": self.regulator}
        return names[seat]


@dataclass(frozen=True)
class CustodyEntry:
    """The custody account at the depository bank, and where its chain of account statements starts."""

    account: str
    holder: str
    bank: str
    currency: str
    first_sequence_number: int
    first_opening: str


@dataclass(frozen=True)
class Launch:
    """How a network is started. simulated: business dates may run ahead of the real date (devnets and tests only).

    hardfork, base_fee (wei per gas): anvil only. urls: nodes that others run, for the engine `rpc` only. custody: the
    gateway's own default if None.
    """

    engine: EngineName
    simulated: bool
    hardfork: Literal["berlin", "london"] = "berlin"
    base_fee: int | None = None
    urls: tuple[str, ...] = ()
    organisations: Organisations = Organisations()
    custody: CustodyEntry | None = None


@dataclass(frozen=True)
class NodeEntry:
    """A seat's node."""

    rpc: str


@dataclass(frozen=True)
class NetworkFile:
    """`network.json`: which chain it is and where the seats' nodes are."""

    name: str
    engine: EngineName
    chain_id: int
    genesis_hash: str
    nodes: Mapping[str, NodeEntry]
    simulated: bool


@dataclass(frozen=True)
class IpfsEntry:
    """One IPFS node: its API and the file with the API's token."""

    api_url: str
    token_file: Path


@dataclass(frozen=True)
class KeyEntry:
    """One of a seat's operational keys: where it lies and its scopes by name."""

    name: str
    folder: Path
    scopes: Sequence[str]


@dataclass(frozen=True)
class SeatEntry:
    """What a gateway must be told. readers: reading keys (hex) of readers outside the consortium file, by name.

    member: the organisation's name in the consortium file; None for an observer.
    """

    seat: str
    engine: EngineName
    rpc_url: str
    port: int
    ipfs: Sequence[IpfsEntry]
    member: str | None = None
    keys: Sequence[KeyEntry] = ()
    readers: Mapping[str, str] = field(default_factory=dict)
    custody: CustodyEntry | None = None


def write_settings(state: StateFolder, entry: SeatEntry) -> Path:
    """Writes `<seat>/settings.toml`."""
    lines = [
        "# Written by `loan-ledger network up`, each time. Override with LOAN_LEDGER_GATEWAY_* variables.",
        f"seat = {_toml(entry.seat)}",
        'mode = "dev"',
        f"role = {_toml(ROLES[entry.seat].value)}",
        f"engine = {_toml(entry.engine)}",
        f"rpc_url = {_toml(entry.rpc_url)}",
        'host = "127.0.0.1"',
        f"port = {entry.port}",
        'database_url = "gateway.db"',
        f'consortium = "../{CONSORTIUM_FILE}"',
        'identity_secret_file = "secrets/identity.key"',
    ]
    if entry.member is not None:
        lines.append(f"member = {_toml(entry.member)}")
    folder = state.seat(entry.seat)
    for key in entry.keys:
        lines += [
            "",
            "[[keys]]",
            f"name = {_toml(key.name)}",
            f"folder = {_toml(str(key.folder.relative_to(folder)))}",
            f"scopes = [{', '.join(_toml(scope) for scope in key.scopes)}]",
        ]
    for node in entry.ipfs:
        lines += ["", "[[ipfs]]", f"api_url = {_toml(node.api_url)}", f"token_file = {_toml(str(node.token_file))}"]
    if entry.custody is not None:
        lines += [
            "",
            "[custody_account]",
            *(f"{name} = {_toml(value)}" for name, value in asdict(entry.custody).items()),
        ]
    if entry.readers:
        lines += ["", "[readers]", *(f"{name} = {_toml(key)}" for name, key in entry.readers.items())]
    return write_private(state.seat(entry.seat) / "settings.toml", ("\n".join(lines) + "\n").encode())


def _toml(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string
