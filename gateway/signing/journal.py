"""Writes every signature into the audit log, within the transaction that stores what was signed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.audit.records import GATEWAY, SEAT_TENANT, SIGNED, Record
from gateway.audit.service import append
from gateway.signing.policy import SeatKey
from gateway.signing.transactions import Signed, Unsigned


def record_signature(session: Session, key: SeatKey, transaction: Unsigned, signed: Signed) -> None:
    """Which key signed which call, with which nonce and at which price at most."""
    details = {
        "key": key.name,
        "address": key.address,
        "call": f"{signed.call.contract}.{signed.call.function}",
        "hash": signed.hash,
        "nonce": str(transaction.nonce),
        "gas": str(transaction.gas),
        "gas_price": str(transaction.gas_price),
    }
    subject = f"transaction:{transaction.reference}" if transaction.reference else f"signature:{signed.hash}"
    named = (transaction.reference,) if transaction.reference else ()
    append(session, Record(GATEWAY, SEAT_TENANT, "sign", subject, SIGNED, details, named))
