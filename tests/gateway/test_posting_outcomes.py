"""What becomes of statement entries when the ledger refuses their transaction: the bad one stands alone, no other."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.account_statements import outcomes, receipts
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.database import Database
from gateway.outbox import repository as outbox
from gateway.outbox.tables import Status

ERROR = {"code": "contract.LoanState", "status": 409, "en": "not active", "zh": "", "params": {}}


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "gateway.db")
    made.create_tables()
    return made


def _rows(session, count):
    rows = [
        StatementEntryRow(
            statement=1, entry=number, servicer_reference=f"R{number}", booked=True, amount=100, credit=True,
            kind="credit", value_date=date(2026, 1, 5), counterparty={}, meaning="LoanReceipt",
            target=f"0x{number:064x}", posting=Posting.PENDING, suspending=False, split=0, tries=0,
        )
        for number in range(1, count + 1)
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return rows


def _send(session, rows):
    """Sends batches as the desk does, by how often they were halved."""
    sent = []
    for split in sorted({row.split for row in rows}):
        size = max(1, receipts.CHUNK >> split)
        items = [row for row in rows if row.split == split]
        for start in range(0, len(items), size):
            transaction = outbox.insert(
                session, sender="0x" + "11" * 20, contract="LoanEscrow", function="collect", to="0x" + "22" * 20,
                data=b"", loan=None, after=None, principal="p",
            )  # fmt: skip
            batch = items[start : start + size]
            for row in batch:
                row.transaction, row.posting = transaction.seq, Posting.SENT
            sent.append((transaction, batch))
    return sent


def test_a_refused_batch_is_halved_until_the_bad_receipt_stands_alone(database):
    bad = {7, 31}
    with database.write() as session:
        rows = _rows(session, 50)
        rounds = transactions = 0
        while pending := [row for row in rows if row.posting == Posting.PENDING]:
            rounds += 1
            for transaction, batch in _send(session, pending):
                transactions += 1
                if bad & {row.entry for row in batch}:
                    transaction.status, transaction.error = Status.FAILED, ERROR
                else:
                    transaction.status, transaction.block = Status.FINAL, 1
            session.flush()
            outcomes.take(session, rows, 1, "p")
        assert {row.entry for row in rows if row.posting == Posting.UNPLACED} == bad
        assert all(row.posting == Posting.POSTED for row in rows if row.entry not in bad)
        assert all(row.detail["reason"] == "contract.LoanState" for row in rows if row.entry in bad)
        assert rounds <= 7
        assert transactions < 50


def test_an_entry_that_needs_a_second_key_is_proposed_and_not_left_in_suspense(database):
    with database.write() as session:
        [row] = _rows(session, 1)
        [(transaction, _)] = _send(session, [row])
        transaction.status, transaction.error = Status.FAILED, ERROR | {"code": "contract.ApprovalMissing"}
        session.flush()
        outcomes.take(session, [row], 1, "an")
        assert row.posting == Posting.PROPOSED
        assert row.proposal is not None


def test_an_entry_is_posted_only_once_its_block_is_indexed(database):
    with database.write() as session:
        [row] = _rows(session, 1)
        [(transaction, _)] = _send(session, [row])
        transaction.status, transaction.block = Status.MINED, 8
        session.flush()
        assert not outcomes.take(session, [row], 7, "p")
        assert outcomes.take(session, [row], 8, "p")
        assert row.posting == Posting.POSTED
