"""One running seat: its settings, keys, node, database, index and outbox, put together once and shared by all requests.

Its duties (following the chain, sending for each key, the bank's desk) are done by one live process of the seat each,
of all that share its database. Stopping a seat ends its threads in order and hands its duties over.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

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
from gateway.duties import Duties
from gateway.duty_problems import DutyProblems
from gateway.errors import RouteNotHere, SettingsInvalid
from gateway.fenced import FencedDatabase
from gateway.heights import INDEXER, SharedHeights
from gateway.idempotency import PRUNING, Keys, Pruning
from gateway.indexer.follower import Follower
from gateway.leases import Lease
from gateway.migrations import upgrade
from gateway.node import Node
from gateway.outbox.chain import Chain, ChainIdentity
from gateway.outbox.line import Line, Pace
from gateway.outbox.sender import Sender
from gateway.outbox.service import Outbox
from gateway.outbox.simulation import GasBook
from gateway.settings import SeatSettings, seat_folder
from gateway.signing import open_signers, seat_keys
from gateway.signing.journal import record_signature
from gateway.signing.signer import Policy, Signer

_RPC_TIMEOUT = 10.0
_POOL = 4096  # what all keys of a seat have unmined together; geth's pool begins to drop at 5120


class Seat:
    """Everything a request may need."""

    def __init__(self, state: Path, settings: SeatSettings) -> None:
        self.settings = settings
        self.folder = seat_folder(state, settings.seat).absolute()
        self.consortium = Consortium.load(settings.consortium)
        self.contracts = Contracts(self.consortium)
        self.currency = self.consortium.currency
        self.member_names = {member.root: member.name for member in self.consortium.members}
        self.database = open_database(settings)
        upgrade(self.database)
        self.identity = Identity(self.database, settings, self.folder, self.consortium.chain_id)
        self.keys = Keys(self.database)
        self.heights = SharedHeights(self.database)
        self.duties = Duties(self.database)
        self.duty_problems = DutyProblems(self.database, self.duties)
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
        self.duties.add(INDEXER, self._follower)
        self.duties.add(PRUNING, lambda lease: Pruning(self.database, settings.idempotency_days, lease))
        self._chain = Chain(
            Node(settings.rpc_url, self.contracts, _RPC_TIMEOUT),
            ChainIdentity(self.consortium.chain_id, self.consortium.genesis_hash),
            settings.poll_seconds,
        )
        self._gas = GasBook()
        for signer in self.signers.values():
            self.duties.add(sender_duty(signer.address), partial(self._sender, signer))

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

    def start(self, *, works: bool) -> None:
        """Follows what other processes of the seat do, and takes a share of its duties if this one works."""
        self.database.on_change(self.outbox.notify)
        self.heights.start()
        self.on_stop(self.heights.stop)
        if not works:
            return
        self.duties.start()
        self.on_stop(self.duties.stop)
        self.duty_problems.start()
        self.on_stop(self.duty_problems.stop)

    def fenced(self, lease: Lease) -> Seat:
        """This seat as a duty of `lease` sees it: what it writes is stored only while the lease stands."""
        seat = copy.copy(self)
        seat.database = FencedDatabase(self.database, lease)  # type: ignore[assignment]  # all of it that duties use
        return seat

    def _follower(self, lease: Lease) -> Follower:
        return Follower(
            self.database,
            Node(self.settings.rpc_url, self.contracts, _RPC_TIMEOUT),
            self.heights.publisher(lease),
            self.consortium.start_block,
            self.member_names,
            self.settings.poll_seconds,
            self.outbox,
            lease,
        )

    def _sender(self, signer: Signer, lease: Lease) -> Sender:
        settings = self.settings
        pace = Pace(
            settings.poll_seconds,
            settings.resend_seconds,
            settings.replace_seconds,
            settings.fee_floor,
            max(16, min(settings.max_in_flight, _POOL // len(self.signers))),
        )
        line = Line(
            self.database, self._chain, self.heights, signer, self.outbox, self.consortium.chain_id, pace, lease
        )
        return Sender(line, self._gas)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Has `stop` called when the seat stops, the last one first."""
        self._stoppers.append(stop)

    def stop(self) -> None:
        """Ends all threads, hands the duties over and closes the database."""
        self.outbox.close()
        while self._stoppers:
            self._stoppers.pop()()
        self.database.close()


def sender_duty(address: str) -> str:
    """The name of the duty of sending for a key."""
    return f"sender:{address}"
