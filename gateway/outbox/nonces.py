"""Gives calls their nonces: signs them one after the other, above all that chain and outbox know, and stores them.

Signing may be slow (a hardware key, a remote signer), so it is done before the transaction that stores its results;
that one stores nothing if a nonce was given out meanwhile or the key was lost to another process, and what was signed
is then thrown away unsent. A nonce is so given out only together with a stored transaction that uses it: no gaps.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.errors import ContractError
from gateway.errors import KeyNotAllowed, SeatNotAllowed, SigningRefused
from gateway.node import Offer
from gateway.outbox import repository, states
from gateway.outbox.errors import NonceMoved
from gateway.outbox.flights import Flight
from gateway.outbox.line import Line
from gateway.outbox.simulation import Passed
from gateway.outbox.states import Failure, SignedCall
from gateway.outbox.tables import Status
from gateway.signing.errors import FeeCapReached, SignerUnavailable
from gateway.signing.signer import SigningBatch, Unsigned

log = structlog.get_logger()

NEVER_SIGNED: tuple[type[LedgerError], ...] = (SeatNotAllowed, KeyNotAllowed, SigningRefused, ContractError)


def sign(line: Line, ready: Sequence[Passed], offer: Offer) -> list[Flight]:
    """Signs and stores the calls, in order; gives those that may now be sent.

    What can't be signed now (the key is away, its fees of the day are used up) stays queued, and what stands behind it
    too. Raises NonceMoved or LeaseLost with nothing stored, and what the node's failure is.
    """
    fees = offer.fees(line.pace.fee_floor)
    counted = line.node.transaction_count(line.address)
    signed: list[SignedCall] = []
    flights: list[Flight] = []
    failed: list[Failure] = []
    with line.database.read() as reading:
        free = repository.next_free_nonce(reading, line.address)
        first = nonce = max(counted, free)
        batch = line.signer.batch(reading)
        for passed in ready:
            call, gas = passed.call, min(passed.gas, offer.gas_limit)
            try:
                made = signed_call(line, batch, call.seq, call.id, nonce, call.to, call.data, gas, fees)
            except NEVER_SIGNED as error:
                log.warning("signature refused", transaction=call.id, code=error.code)
                failed.append(Failure(call.seq, call.id, error))
                continue
            except (SignerUnavailable, FeeCapReached) as error:
                line.problem = error.message()
                log.warning("outbox waits", key=line.signer.name, code=error.code, reason=str(error))
                break
            nonce += 1
            signed.append(made)
            flights.append(
                Flight(
                    seq=call.seq, id=call.id, status=Status.SIGNED, nonce=made.nonce, to=call.to, data=call.data,
                    attempts=[made.hash], raw=made.raw, gas=gas, fees=fees, contract=call.contract,
                    function=call.function,
                )
            )  # fmt: skip
    if not signed and not failed:
        return []

    def store(session: Session) -> None:
        seqs = [one.seq for one in signed]
        moved = repository.next_free_nonce(session, line.address) > first
        if moved or len(repository.still_queued(session, seqs)) != len(seqs):
            raise NonceMoved(nonce=first, address=line.address)
        states.note_signed(session, signed)
        states.note_failed(session, failed)
        batch.keep(session)

    line.store(store)
    for flight in flights:
        line.flights.add(flight)
    return flights


def signed_call(
    line: Line,
    batch: SigningBatch,
    seq: int,
    identifier: str,
    nonce: int,
    to: str,
    data: str,
    gas: int,
    fees: dict[str, int],
) -> SignedCall:
    """One signature. Raises what the signer raises."""
    made = batch.sign(Unsigned(line.chain_id, nonce, to, bytes.fromhex(data[2:]), gas, fees, reference=identifier))
    return SignedCall(seq, identifier, nonce, made.hash, made.raw, gas, fees)
