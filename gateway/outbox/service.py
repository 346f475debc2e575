"""How the rest of the gateway puts calls into the outbox and waits for them.

`enqueue` refuses what the seat may not send before anything is stored or any node is asked. It writes within the
caller's transaction, so that a change and its transactions are stored together or not at all.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.ledger.calls import Call
from chain.ledger.contracts import Contracts
from gateway.auth.actors import SEAT_TENANT
from gateway.database import Database
from gateway.outbox import repository
from gateway.outbox.tables import OutboxTransaction
from gateway.signing.policy import Policy, SeatKey


class Outbox:
    """The sending side of a seat, without the thread that sends."""

    def __init__(self, database: Database, contracts: Contracts, policy: Policy) -> None:
        self._database = database
        self._contracts = contracts
        self._policy = policy
        self._changed = threading.Condition()
        self._version = 0
        self._closed = False
        self._wakers: list[tuple[str | None, threading.Event]] = []
        self._turns = itertools.count()

    def waker(self, sender: str | None = None) -> threading.Event:
        """An event that is set when the key has more to send, for one thread that clears it itself.

        Without a key it is set with every change of transactions or of the index.
        """
        event = threading.Event()
        self._wakers.append((sender, event))
        return event

    def allow(self, *calls: tuple[str, str]) -> None:
        """Raises SeatNotAllowed or KeyNotAllowed unless a key of this seat signs each of `calls`."""
        for contract, function in calls:
            self._policy.key_for(contract, function)

    def enqueue(
        self,
        session: Session,
        call: Call,
        principal: str,
        after: OutboxTransaction | None = None,
        behind_gas: int | None = None,
        tenant: str = SEAT_TENANT,
    ) -> OutboxTransaction:
        """Stores `call` as the next transaction, after `after` if given, for the key whose scopes give it.

        behind_gas, tenant: see `OutboxTransaction`. Raises SeatNotAllowed, KeyNotAllowed or SigningRefused.
        """
        key = self._key_for(call, after)
        return repository.insert(
            session,
            sender=key.address,
            contract=call.contract,
            function=call.function,
            to=self._contracts.address(call.contract),
            data=self._contracts.encode(call),
            loan=call.loan,
            after=None if after is None else after.seq,
            behind_gas=None if after is None else behind_gas,
            principal=principal,
            tenant=tenant,
        )

    def _key_for(self, call: Call, after: OutboxTransaction | None) -> SeatKey:
        """The key that signs the call: the same one for all of a loan, and for a chain; else one key after the other.

        Only keys whose limit reaches are taken, unless none does. Raises what `Policy.check_call` raises.
        """
        first = self._policy.check_call(call)
        able = [key for key in self._policy.keys_for(call.contract, call.function) if key.reaches(call)]
        if len(able) < 2:
            return first
        same = next((key for key in able if after is not None and key.address == after.sender), None)
        if same is not None:
            return same
        number = next(self._turns) if call.loan is None else int.from_bytes(keccak(call.loan)[:4], "big")
        return able[number % len(able)]

    def forget(self, waker: threading.Event) -> None:
        """Ends what `waker` began."""
        self._wakers = [(sender, one) for sender, one in self._wakers if one is not waker]

    def notify(self, *senders: str) -> None:
        """Says that there is more to send: wakes these keys' senders, all if none is named, and all who wait."""
        for sender, waker in self._wakers:
            if sender is not None and (not senders or sender in senders):
                waker.set()
        self.changed()

    def close(self) -> None:
        """Ends all waiting, now and from now on: the process is about to stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def changed(self) -> None:
        """Says that transactions or the index changed: wakes all who wait."""
        for sender, waker in self._wakers:
            if sender is None:
                waker.set()
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    @property
    def version(self) -> int:
        """Rises with every change of transactions or of the index."""
        with self._changed:
            return self._version

    def wait_beyond(self, version: int, seconds: float) -> None:
        """Returns once `version` is no longer the newest, after `seconds` at the latest."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version or self._closed, seconds)

    def wait(self, done: Callable[[Session], bool], seconds: float) -> bool:
        """Waits until `done` of a fresh snapshot, at most `seconds`. False if time ran out."""
        deadline = time.monotonic() + seconds
        while True:
            version = self.version
            with self._database.read() as session:
                if done(session):
                    return True
            left = deadline - time.monotonic()
            if left <= 0 or self._closed:
                return False
            self.wait_beyond(version, min(left, 1.0))

    def load(self, session: Session, seqs: Sequence[int]) -> Sequence[OutboxTransaction]:
        """The transactions of `seqs`, in order."""
        return repository.many(session, seqs)
