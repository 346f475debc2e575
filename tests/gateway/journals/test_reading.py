from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from chain.journal import events as happened
from chain.ledger.days import day_number
from chain.ledger.history import HistoryEntry
from chain.ledger.logs import LogRecord
from chain.ledger.orders import OpeningPosition
from gateway.journals.errors import LogsIncomplete
from gateway.journals.reading import journal_events

ANN = "0x" + "a1" * 20
SUBJECT = b"\1" * 32


def record(event: str, tx: int, **values: Any) -> LogRecord:
    return LogRecord("CustodyToken", event, values, tx, bytes(32), tx.to_bytes(32), 0)


def no_positions(entry: HistoryEntry) -> Iterable[OpeningPosition]:
    raise AssertionError(f"no loan of an old book: {entry}")


def closed(tx: int, through: date) -> LogRecord:
    return record("DayClosed", tx, through=day_number(through), businessDate=day_number(through) + 1)


REGISTERED = record("PartyRegistered", 1, account=ANN, subject=SUBJECT, kind=1)
FIRST = date(2024, 1, 5)


def test_events_carry_the_business_date_that_stood_when_they_happened() -> None:
    found = journal_events(
        [
            REGISTERED,
            record("Credited", 2, to=ANN, amount=500),
            closed(3, FIRST),
            record("Credited", 4, to=ANN, amount=7),
        ],
        no_positions,
    )
    party = "0x" + SUBJECT.hex()
    assert found == (happened.Deposited("2024-01-05", party, 500), happened.Deposited("2024-01-06", party, 7))


def test_money_is_the_partys_after_its_key_was_replaced() -> None:
    other = "0x" + "b2" * 20
    replaced = record("PartyReplaced", 2, subject=SUBJECT, former=ANN, account=other)
    found = journal_events(
        [closed(1, FIRST), REGISTERED, replaced, record("Credited", 3, to=other, amount=9)], no_positions
    )
    assert found == (happened.Deposited("2024-01-06", "0x" + SUBJECT.hex(), 9),)


def test_suspense_that_is_matched_to_a_party_is_its_deposit() -> None:
    entry = {"statementNo": 3, "entryNo": 2}
    found = journal_events(
        [
            closed(1, FIRST),
            REGISTERED,
            record("Suspended", 2, amount=88, **entry),
            record("SuspenseMatched", 3, to=ANN, amount=88, **entry),
        ],
        no_positions,
    )
    party = "0x" + SUBJECT.hex()
    assert found == (
        happened.Suspended("2024-01-06", 88),
        happened.Deposited("2024-01-06", party, 88, from_suspense=True),
    )


def test_a_withdrawal_that_came_back_before_and_after_it_was_booked() -> None:
    def moved(tx: int, number: int, payout: int) -> LogRecord:
        return record("WithdrawalMoved", tx, id=bytes([number]) * 32, payout=payout, holder=ANN, amount=5)

    steps = [moved(2, 1, 1), moved(3, 1, 4), moved(4, 2, 1), moved(5, 2, 3), moved(6, 2, 4)]
    found = journal_events([closed(1, FIRST), REGISTERED, *steps], no_positions)
    assert [type(event) for event in found] == [
        happened.WithdrawalReserved,
        happened.WithdrawalReturned,
        happened.WithdrawalReserved,
        happened.WithdrawalSettled,
        happened.WithdrawalReturned,
    ]
    assert [event.booked for event in found if isinstance(event, happened.WithdrawalReturned)] == [False, True]


def test_money_that_met_a_claim_of_no_loan_shows_that_logs_are_missing() -> None:
    with pytest.raises(LogsIncomplete):
        journal_events([closed(1, FIRST), record("ClaimMet", 2, amount=5)], no_positions)
