"""Events of the ledger, from the indexer: published with the blocks that hold them, withdrawn when a block goes.

An event is published when its block is indexed, confirmed or not. `ledger.confirmed` says up to which block all is
confirmed by the engine's rule. If a reorganisation takes blocks away, each event of theirs is withdrawn, newest first,
`ledger.confirmed` too; what the new blocks hold is published anew.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from chain.ledger.history import HistoryEntry
from chain.ledger.reader import LogRecord
from chain.ledger.solidity import Struct
from gateway.events import repository
from gateway.events.service import EVERYONE, SEAT, publish, withdraw
from gateway.events.types import CONFIRMED, event_types
from gateway.events.values import struct_values


def entry_recorded(session: Session, entry: HistoryEntry, values: Struct | None, currency: str) -> None:
    """Publishes a history entry. values: its payload; None if it can't be read."""
    loan = "0x" + entry.loan.hex()
    kind = event_types().history[entry.kind]
    data = {
        "seq": entry.seq,
        "kind": entry.kind.name,
        "day": entry.day.isoformat(),
        "actor": entry.actor,
        "head": "0x" + entry.head.hex(),
        "tx": "0x" + entry.tx.hex(),
        "values": None if values is None else struct_values(values, currency),
    }
    publish(session, kind.name, f"loans/{loan}", data, SEAT, loan=loan, block=entry.block)


def event_recorded(session: Session, record: LogRecord, currency: str, own: Collection[str] = ()) -> None:
    """Publishes another event of the contracts, if it has a type. own: addresses of the contracts themselves, whose
    credits and debits are told by the loans' histories."""
    kind = event_types().contract.get(record.event)
    if kind is None:
        return
    holder = record.values.get("to" if record.event == "Credited" else "from")
    if record.event in ("Credited", "Debited") and holder in own:
        return
    data = {field.name: field.convert(record.values[field.source], currency) for field in kind.fields}
    about = next((data[name] for name in ("subject", "id", "action", "through", "account") if name in data), "")
    subject = f"{kind.name.partition('.')[0]}/{about}"
    publish(session, kind.name, subject, data, EVERYONE if kind.everyone else SEAT, block=record.block)


def to_confirm(session: Session, confirmed: int) -> int | None:
    """The highest block, at most `confirmed`, of events that nothing has confirmed yet; None if there are none."""
    return repository.highest_block(session, repository.confirmed_block(session), confirmed)


def confirm(session: Session, block: int) -> None:
    """Publishes that all events of blocks up to `block` are confirmed."""
    publish(session, CONFIRMED, f"blocks/{block}", {"block": block}, EVERYONE, block=block)


def withdraw_above(session: Session, block: int) -> int:
    """Withdraws all events of blocks above `block`; returns how many."""
    confirmed = repository.confirmed_block(session)
    rows = repository.standing_above(session, block)
    for row in rows:
        assert row.block is not None, "only events of blocks were read"
        withdraw(session, row, was_confirmed=row.block <= confirmed)
    return len(rows)
