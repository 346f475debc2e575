"""Repayment tables: rows as code on the ledger holds them, rows to send, and custom tables that this seat was given.

Code never changes, so what was read once is kept. Custom rows stand in the terms only as a hash: the platform keeps
them, every other seat takes them from the platform's request for disbursement, which holds them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.ledger.history import Entry
from chain.ledger.schedule import Row, build_rows, pack_rows, rows_from_abi, table_hash, unpack_rows
from chain.ledger.terms import Method, Terms
from gateway.database import Table
from gateway.errors import CustomTableUnknown
from gateway.indexer.hexes import hex_of
from gateway.indexer.tables import IndexedEntry
from gateway.seat import Seat


class CustomTable(Table):
    """The rows behind a table hash, packed as code holds them."""

    __tablename__ = "custom_tables"

    hash: Mapped[str] = mapped_column(String(66), primary_key=True)
    rows: Mapped[bytes] = mapped_column(LargeBinary)


_lock = threading.Lock()
_code: dict[tuple[str, str], tuple[Row, ...]] = {}


def rows_at(seat: Seat, pointer: str) -> tuple[Row, ...]:
    """The rows in the code at `pointer`."""
    key = (seat.consortium.genesis_hash, pointer)
    with _lock:
        found = _code.get(key)
    if found is None:
        found = seat.node.ledger.schedule(pointer)
        with _lock:
            _code[key] = found
    return found


def keep_custom(session: Session, rows: Sequence[Row]) -> None:
    """Keeps the rows of a custom table under their hash."""
    session.merge(CustomTable(hash=hex_of(table_hash(rows)), rows=pack_rows(rows)))


def first_rows(seat: Seat, session: Session, loan: str, terms: Terms, start: date) -> tuple[Row, ...]:
    """The rows of the first payout on value date `start`: computed, or the custom table. Raises CustomTableUnknown."""
    if terms.schedule.method is not Method.CUSTOM:
        return build_rows(terms, start)
    kept = session.get(CustomTable, hex_of(terms.schedule.table_hash))
    if kept is not None:
        return unpack_rows(kept.rows)
    return _requested_rows(seat, session, loan, terms)


def _requested_rows(seat: Seat, session: Session, loan: str, terms: Terms) -> tuple[Row, ...]:
    query = select(IndexedEntry).where(
        IndexedEntry.loan == loan, IndexedEntry.kind == int(Entry.DISBURSEMENT_REQUESTED)
    )
    for entry in session.scalars(query.order_by(IndexedEntry.seq.desc())):
        to, data = seat.node.transaction_input(entry.tx)
        call = None if to is None else seat.contracts.decode_call(to, data)
        if call is not None and call.function == "disburse":
            rows = rows_from_abi(call.args[2])
            if table_hash(rows) == terms.schedule.table_hash:
                return rows
    raise CustomTableUnknown(loan=loan, hash=hex_of(terms.schedule.table_hash))
