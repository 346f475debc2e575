"""One running seat: its settings, keys, node, database, index and outbox, put together once and shared by all requests.

Starting it starts the threads that follow the chain and send; stopping it ends them in order. Holds a lock on the
database, so that two processes never send for one key.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chain.documents import DocumentStore, IpfsEndpoint
from chain.keys.keystore import address_of, keystore_file
from chain.keys.reader import ensure_reader_key
from chain.ledger.consortium import Consortium, Member
from chain.ledger.contracts import Contracts
from chain.ledger.roles import Role
from chain.ledger.typed_data import Domain
from chain.runtime.state import write_private
from gateway.auth.identity import Identity
from gateway.database import open_database
from gateway.errors import DatabaseInUse, RouteNotHere, SettingsInvalid
from gateway.idempotency import Keys
from gateway.indexer.follower import Follower
from gateway.node import Heights, Node
from gateway.outbox.service import Outbox
from gateway.outbox.worker import OutboxWorker, Pace
from gateway.settings import SeatSettings, seat_folder
from gateway.signing import open_signers, seat_keys
from gateway.signing.journal import record_signature
from gateway.signing.signer import Policy

_RPC_TIMEOUT = 10.0


class Desk(Protocol):
    """A seat's own work beyond requests, and what hinders it now."""

    problem: str | None


class Seat:
    """Everything a request may need."""

    def __init__(self, state: Path, settings: SeatSettings) -> None:
        self.settings = settings
        self.folder = seat_folder(state, settings.seat).absolute()
        self.consortium = Consortium.load(settings.consortium)
        self.contracts = Contracts(self.consortium)
        self.currency = self.consortium.currency
        self.member_names = {member.root: member.name for member in self.consortium.members}
        self._lock = _lock(self.folder / "gateway.db")
        self.database = open_database(settings)
        self.database.create_tables()
        self.identity = Identity(self.database, settings, self.folder, self.consortium.chain_id)
        self.keys = Keys()
        self.heights = Heights()
        self.node = Node(settings.rpc_url, self.contracts, _RPC_TIMEOUT)
        keys = seat_keys(settings, self.folder)
        if keys and settings.role is Role.OBSERVER:
            raise SettingsInvalid(seat=settings.seat, path=str(self.folder), reason="an observer has no signing key")
        self.policy = Policy(settings.seat, settings.role, self.consortium.chain_id, self.contracts, keys)
        self.signers = open_signers(settings, self.policy, self.folder, record_signature)
        self.outbox = Outbox(self.database, self.contracts, self.policy)
        self._root = address_of(self.folder) if keystore_file(self.folder) is not None else None
        self.reading_key: X25519PrivateKey = ensure_reader_key(self.folder)
        self._stoppers: list[Callable[[], None]] = []
        self.workers: list[OutboxWorker] = []
        self.desk: Desk | None = None

    # --- who and where

    @property
    def role(self) -> Role:
        """The seat's role."""
        return self.settings.role

    def require(self, *roles: Role) -> None:
        """Raises RouteNotHere unless this seat has one of `roles`."""
        if self.role not in roles:
            expected = " or ".join(role.value.lower() for role in roles)
            raise RouteNotHere(seat=self.settings.seat, role=self.role.value, expected=expected)

    def member(self) -> Member | None:
        """The consortium member that this seat acts for; None for an observer."""
        named = self.settings.member
        return next((m for m in self.consortium.members if m.name == named or m.root == self._root), None)

    def platform_member(self, name: str | None) -> Member:
        """The platform called `name`, or the first one. Raises KeyError."""
        for member in self.consortium.members:
            if member.role is Role.PLATFORM and name in (None, member.name):
                return member
        raise KeyError(name)

    def domain(self, contract: str) -> Domain:
        """The EIP-712 domain of one of the ledger's contracts."""
        return Domain(self.consortium.chain_id, self.contracts.address(contract))

    # --- keys and documents

    def readers(self) -> dict[str, X25519PublicKey]:
        """Reading keys of all who may read this seat's documents, by name, this seat's own included."""
        found = {member.name: member.reading_key for member in self.consortium.members if member.reading_key}
        found |= self.settings.readers
        keys = {name: X25519PublicKey.from_public_bytes(bytes.fromhex(key)) for name, key in found.items()}
        keys[self.reader_name] = self.reading_key.public_key()
        return keys

    @property
    def reader_name(self) -> str:
        """The name under which grants are made for this seat."""
        member = self.member()
        return self.settings.seat if member is None else member.name

    def reading_key_hex(self) -> str:
        """This seat's public reading key."""
        return self.reading_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def documents(self) -> DocumentStore:
        """The document store over this seat's IPFS nodes. Raises TooFewNodes if none are set."""
        return DocumentStore(
            [
                IpfsEndpoint(node.api_url, node.token_file.read_text().strip() if node.token_file else "")
                for node in self.settings.ipfs
            ]
        )

    def identity_secret(self) -> bytes:
        """The bank's secret for subject ids, made at first use."""
        self.require(Role.BANK)
        path = self.settings.identity_secret_file
        if not path.exists():
            write_private(path, secrets.token_hex(32).encode() + b"\n")
        return bytes.fromhex(path.read_text().strip())

    # --- life

    def start(self) -> None:
        """Starts following the chain and, for each key, sending."""
        follower = Follower(
            self.database,
            Node(self.settings.rpc_url, self.contracts, _RPC_TIMEOUT),
            self.heights,
            self.consortium.start_block,
            self.member_names,
            self.settings.poll_seconds,
            self.outbox.notify,
        )
        follower.start()
        self.on_stop(follower.stop)
        for signer in self.signers.values():
            worker = OutboxWorker(
                self.database,
                Node(self.settings.rpc_url, self.contracts, _RPC_TIMEOUT),
                self.heights,
                signer,
                self.outbox,
                self.consortium.chain_id,
                Pace(
                    self.settings.poll_seconds,
                    self.settings.resend_seconds,
                    self.settings.replace_seconds,
                    self.settings.fee_floor,
                ),
            )
            self.workers.append(worker)
            worker.start()
            self.on_stop(worker.stop)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Has `stop` called when the seat stops, the last one first."""
        self._stoppers.append(stop)

    def stop(self) -> None:
        """Ends all threads and closes the database."""
        while self._stoppers:
            self._stoppers.pop()()
        self.database.close()
        self._lock.close()


def _lock(database: Path) -> IO[bytes]:
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (database.with_name(database.name + ".lock")).open("wb")
    os.chmod(lock.fileno(), 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise DatabaseInUse(path=str(database)) from None
    return lock
