"""The trust root's second half, `consortium.json`: members, deployments with code hashes and validator checkpoints.

Versions are numbered and hash-linked. This is the first version's form, signed by all of its own members; a later one
is to be signed by a quorum of the previous members. Reads, writes and checks such files; never asks a node.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chain.ledger.errors import ConsortiumFileInvalid
from chain.ledger.roles import Role


@dataclass(frozen=True)
class Member:
    """A member as the contracts know it. `root` is a checksum address; `reading_key` the X25519 public key, hex."""

    number: int
    name: str
    role: Role
    root: str
    reading_key: str = ""


@dataclass(frozen=True)
class Deployment:
    """A deployed contract. `code_hash` is keccak256 of its runtime code, 0x hex."""

    name: str
    address: str
    code_hash: str
    block: int


@dataclass(frozen=True)
class Checkpoint:
    """The validators (sealers) that stood at `block`."""

    block: int
    block_hash: str
    validators: tuple[str, ...]


@dataclass(frozen=True)
class Consortium:
    """One version of the consortium. `previous` is the body hash of the version before, zero for the first."""

    version: int
    previous: str
    name: str
    chain_id: int
    genesis_hash: str
    engine: str
    currency: str
    start_block: int
    members: tuple[Member, ...]
    deployments: Mapping[str, Deployment]
    checkpoints: tuple[Checkpoint, ...]
    signatures: Mapping[str, str] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """The address of the contract deployed under `name`; KeyError if there is none."""
        return self.deployments[name].address

    def member(self, role: Role) -> Member:
        """The first member with `role`; KeyError if there is none."""
        for member in self.members:
            if member.role is role:
                return member
        raise KeyError(role)

    def body_hash(self) -> bytes:
        """keccak256 of the canonical JSON (sorted keys, no spaces, UTF-8) of everything but the signatures."""
        body = asdict(self)
        del body["signatures"]
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return bytes(keccak(text.encode()))

    def signed(self, keys: Sequence[str | bytes]) -> Consortium:
        """With the signatures (EIP-191 over the body hash) of members' root keys added."""
        message = encode_defunct(self.body_hash())
        added = {Account.from_key(key).address: _sign(message, key) for key in keys}
        return replace(self, signatures={**self.signatures, **added})

    def signers(self) -> frozenset[str]:
        """The members' roots whose signatures over this version are valid."""
        message = encode_defunct(self.body_hash())
        roots = {member.root for member in self.members}
        return frozenset(
            root
            for root, signature in self.signatures.items()
            if root in roots and Account.recover_message(message, signature=bytes.fromhex(signature[2:])) == root
        )

    def save(self, path: Path) -> None:
        """Writes the file whole or not at all."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        draft = path.with_name(path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Consortium:
        """Reads a file and checks it: every member of the first version must have signed it."""
        try:
            consortium = cls.parse(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ConsortiumFileInvalid(path=str(path), reason=f"{type(exc).__name__}: {exc}") from exc
        missing = {member.root for member in consortium.members} - consortium.signers()
        if missing:
            raise ConsortiumFileInvalid(path=str(path), reason=f"no valid signature of {', '.join(sorted(missing))}")
        return consortium

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Consortium:
        """From parsed JSON; ValueError, KeyError or TypeError where it does not fit."""
        return cls(
            version=int(raw["version"]),
            previous=str(raw["previous"]),
            name=str(raw["name"]),
            chain_id=int(raw["chain_id"]),
            genesis_hash=str(raw["genesis_hash"]),
            engine=str(raw["engine"]),
            currency=str(raw["currency"]),
            start_block=int(raw["start_block"]),
            members=tuple(
                Member(
                    number=int(m["number"]),
                    name=str(m["name"]),
                    role=Role(m["role"]),
                    root=to_checksum_address(m["root"]),
                    reading_key=str(m["reading_key"]),
                )
                for m in raw["members"]
            ),
            deployments={
                name: Deployment(
                    name=str(d["name"]),
                    address=to_checksum_address(d["address"]),
                    code_hash=str(d["code_hash"]),
                    block=int(d["block"]),
                )
                for name, d in raw["deployments"].items()
            },
            checkpoints=tuple(
                Checkpoint(
                    block=int(c["block"]),
                    block_hash=str(c["block_hash"]),
                    validators=tuple(to_checksum_address(v) for v in c["validators"]),
                )
                for c in raw["checkpoints"]
            ),
            signatures={to_checksum_address(k): str(v) for k, v in raw["signatures"].items()},
        )


def _sign(message: Any, key: str | bytes) -> str:
    return "0x" + bytes(Account.sign_message(message, key).signature).hex()
