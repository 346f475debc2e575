"""Signs transactions for one seat, and refuses what its seat or key may not do before anything else is asked.

The policy is inside: role, scope, contract and function (`gateway.signing.policy`), amounts, second persons, gas and
fees (the key's limits); and every signature is recorded. Nothing here talks to the ledger's nodes. Where the key is, a
`KeyHolder` knows: in memory from an encrypted file, in an HSM, or at a remote signer. A key that can't be used is never
replaced by another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.orm import Session

from chain.ledger.amounts import Argument, Stored, Unlimited, place_of
from chain.ledger.calls import Call
from gateway.signing.errors import FeeCapReached, LimitExceeded, SignerUnavailable
from gateway.signing.limits import KeyLimits
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.second_person import require_approval
from gateway.signing.spending import FEE, GWEI, Spending, Use
from gateway.signing.stored_amounts import business_date, stored_amount
from gateway.signing.transactions import Signature, Signed, Unsigned, assemble, payload

__all__ = ["KeyHolder", "Policy", "PolicySigner", "SeatKey", "Signed", "Signer", "SigningBatch", "Unsigned"]

Record = Callable[[Session, SeatKey, Unsigned, Signed], None]


class Signer(Protocol):
    """What the outbox needs of a key."""

    @property
    def name(self) -> str:
        """What the seat calls the key."""

    @property
    def address(self) -> str:
        """The key's checksum address."""

    @property
    def problem(self) -> SignerUnavailable | None:
        """Why the key could not be used when last tried; None if it could, or was not tried."""

    def probe(self) -> SignerUnavailable | None:
        """Looks whether the key can be used now, at most once a second; may take seconds. Gives `problem`."""

    def sign(self, transaction: Unsigned, session: Session | None = None) -> Signed:
        """Signs one transaction within the one that stores it: a `batch` of one. See `SigningBatch.sign`."""

    def batch(self, session: Session) -> SigningBatch:
        """To sign several; limits are read from `session`."""


class KeyHolder(Protocol):
    """Holds one key and makes signatures with it."""

    def signature(self, payload: bytes) -> Signature:
        """Over keccak256(payload), verified to be the key's. Raises SignerUnavailable."""

    def probe(self) -> None:
        """Raises SignerUnavailable if the key can't be used now."""


class SigningBatch:
    """Signatures of one key that are stored together.

    `sign` only reads its session; `keep` counts and records, within the transaction that stores what was signed. What
    is not kept counts for nothing and must not be broadcast.
    """

    def __init__(self, signer: PolicySigner, session: Session | None) -> None:
        self._signer = signer
        self._session = session
        self._spending: Spending | None = None
        self._day: str | None = None
        self._signed: list[tuple[Unsigned, Signed]] = []

    def sign(self, transaction: Unsigned) -> Signed:
        """Signs what policy and limits give.

        Never signed: SeatNotAllowed, KeyNotAllowed, SigningRefused, LimitExceeded, and the contracts' ApprovalMissing
        for an amount that needs a second person. Later perhaps, without a nonce until then: SignerUnavailable,
        FeeCapReached.
        """
        signer, limits = self._signer, self._signer.key.limits
        call = signer.policy.check(transaction, signer.key)
        signer.check_fees(transaction)
        amount = self._amount(call, transaction, limits) if limits.about_amounts else 0
        use = self._count(call, transaction, amount, limits) if limits.counted else None
        signed = assemble(transaction, signer.signature(payload(transaction)), call)
        if use is not None:
            self._spent().add(use)
        self._signed.append((transaction, signed))
        return signed

    def keep(self, session: Session) -> None:
        """Counts and records what was signed, within the transaction that stores it: once, as the last thing done.

        Run again, if that transaction had to be run again, it does the same again.
        """
        if self._spending is not None:
            self._spending.keep(session)
        for transaction, signed in self._signed:
            self._signer.record(session, self._signer.key, transaction, signed)

    def _amount(self, call: Call, transaction: Unsigned, limits: KeyLimits) -> int:
        place = place_of(call.contract, call.function)
        if isinstance(place, Unlimited):
            return 0
        amount = place.read(call.args) if isinstance(place, Argument) else self._stored(call, place)
        if limits.per_call is not None and amount > limits.per_call:
            raise self._exceeded(call, f"{amount} minor units, at most {limits.per_call} in one call")
        if limits.two_keys_above is not None and amount > limits.two_keys_above:
            assert transaction.to is not None, "the policy refuses creations"
            policy = self._signer.policy
            consortium, sender = policy.contracts.consortium, self._signer.address
            require_approval(self._read(call), consortium, policy.role, sender, call, transaction.to, transaction.data)
        return amount

    def _stored(self, call: Call, place: Stored | None) -> int:
        found = None if place is None else stored_amount(self._read(call), place, call)
        if found is None:
            raise self._exceeded(call, "its amount is not known here, and the key has limits")
        return found

    def _count(self, call: Call, transaction: Unsigned, amount: int, limits: KeyLimits) -> Use:
        session, spent = self._read(call), self._spent()
        if self._day is None:
            self._day = business_date(session) if limits.per_business_date is not None else ""
        fee = -(-transaction.gas * transaction.gas_price // GWEI)
        today = datetime.now(UTC).date().isoformat()
        counted = amount if limits.per_business_date is not None else 0
        use = Use(transaction.nonce, f"{call.contract}.{call.function}", counted, self._day, fee, today)
        more, more_fee = spent.added_by(use)
        day = limits.per_business_date
        if day is not None and more and spent.total(use.what, use.amount_day) + more > day:
            before = spent.total(use.what, use.amount_day)
            raise self._exceeded(call, f"{amount} minor units after {before}, at most {day} on one business date")
        most, paid = limits.max_fee_per_day, spent.total(FEE, today)
        if most is not None and paid + more_fee > most // GWEI:
            reason = f"up to {fee} gwei after {paid} gwei today, at most {most // GWEI} gwei a day"
            raise FeeCapReached(key=self._signer.name, reason=reason)
        return use

    def _spent(self) -> Spending:
        if self._spending is None:
            assert self._session is not None, "counting asked for the session"
            self._spending = Spending(self._session, self._signer.address)
        return self._spending

    def _read(self, call: Call) -> Session:
        if self._session is None:
            raise self._exceeded(call, "the key has limits, and nothing to count them in was given")
        return self._session

    def _exceeded(self, call: Call, reason: str) -> LimitExceeded:
        return LimitExceeded(key=self._signer.name, contract=call.contract, function=call.function, reason=reason)


def no_record(_: Session, __: SeatKey, ___: Unsigned, ____: Signed) -> None:
    """Where nobody keeps a log."""


class PolicySigner:
    """Signs with one key, wherever it is held."""

    def __init__(self, policy: Policy, key: SeatKey, holder: KeyHolder, record: Record = no_record) -> None:
        self.policy = policy
        self.key = key
        self.record = record
        self._holder = holder
        self.problem: SignerUnavailable | None = None
        self._probed_at = datetime.min.replace(tzinfo=UTC)

    @property
    def name(self) -> str:
        """What the seat calls the key."""
        return self.key.name

    @property
    def address(self) -> str:
        """The key's checksum address."""
        return self.key.address

    def probe(self) -> SignerUnavailable | None:
        """Looks whether the key can be used now, at most once a second; may take seconds. Gives `problem`."""
        moment = datetime.now(UTC)
        if (moment - self._probed_at).total_seconds() >= 1:
            self._probed_at = moment
            try:
                self._holder.probe()
            except SignerUnavailable as gone:
                self.problem = gone
            else:
                self.problem = None
        return self.problem

    def sign(self, transaction: Unsigned, session: Session | None = None) -> Signed:
        """Signs one transaction within the one that stores it. See `SigningBatch.sign`."""
        batch = SigningBatch(self, session)
        signed = batch.sign(transaction)
        if session is not None:
            batch.keep(session)
        return signed

    def batch(self, session: Session) -> SigningBatch:
        """To sign several; limits are read from `session`."""
        return SigningBatch(self, session)

    def check_fees(self, transaction: Unsigned) -> None:
        """Raises FeeCapReached if gas or its price are above the key's limits."""
        limits = self.key.limits
        if transaction.gas > limits.max_gas:
            raise FeeCapReached(key=self.name, reason=f"{transaction.gas} gas, at most {limits.max_gas}")
        if transaction.gas_price > limits.max_gas_price:
            asked, most = transaction.gas_price, limits.max_gas_price
            raise FeeCapReached(key=self.name, reason=f"{asked} wei for a unit of gas, at most {most}")

    def signature(self, signed_bytes: bytes) -> Signature:
        """The key's signature over keccak256 of the bytes. Raises SignerUnavailable, and remembers it."""
        try:
            found = self._holder.signature(signed_bytes)
        except SignerUnavailable as gone:
            self.problem = gone
            raise
        self.problem = None
        return found
