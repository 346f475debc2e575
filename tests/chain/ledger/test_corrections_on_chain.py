"""Corrections on a real EVM: reversals, payments put in, suspense, and the fold that follows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.history import Entry, recordings
from chain.ledger.reader import State
from chain.ledger.schedule import build_rows
from chain.ledger.structs import NO_ENTRY, BankEntry, Rebooking, Receipt


def _rebooking(stage: Any, loan: bytes, seq: int, entry: BankEntry, added: tuple[Receipt, ...]) -> Rebooking:
    entries = stage.book.ledger.history(loan)
    return Rebooking(
        loan=loan,
        head=entries[seq - 2].head,
        seq=seq,
        tail=recordings(entries[seq - 1 :]),
        reverse=not added,
        entry=entry,
        added=added,
        reason_hash=b"\x06" * 32,
    )


def _paying(stage: Any, instalments: int) -> tuple[bytes, Any, list[int]]:
    """A loan that paid its first instalments, and their entries' numbers."""
    terms, start = stage.terms(), stage.today
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    seqs = []
    for row in rows[:instalments]:
        stage.close_day(row.due - timedelta(days=1))
        seqs.append(stage.collect(loan, row.total, row.due))
    return loan, rows, seqs


def test_reversing_a_middle_payment_keeps_the_later_ones_and_needs_a_second_key(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan, rows, seqs = _paying(stage, 3)
    call = calls.rebook(_rebooking(stage, loan, seqs[1], stage.entry(), ()))
    with pytest.raises(ContractError) as alone:
        book.send("bank", call)
    assert alone.value.code == "contract.ApprovalMissing"
    book.send_approved("bank", "bank second", call)
    record = ledger.loan(loan)
    assert (record.next_row, record.last_value_date) == (2, rows[2].due)
    assert record.outstanding == 500_000 - rows[0].principal - rows[1].principal
    kinds = [e.kind for e in ledger.history(loan)][-2:]
    assert kinds == [Entry.PAYMENT_REVERSED, Entry.PAYMENT_KEPT]
    state = ledger.state(loan)
    assert [(b.seq, b.counts, b.stands_for) for b in state.payments] == [
        (seqs[0], True, None),
        (seqs[1], False, None),
        (seqs[2], False, None),
        (seqs[2] + 2, True, seqs[2]),
    ]
    stage.prove(loan)


def test_what_lenders_have_claimed_of_a_reversed_payment_is_the_banks_claim_until_later_money_meets_it(
    stage: Any,
) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan, rows, seqs = _paying(stage, 1)
    stage.claim(loan)
    left = ledger.loan(loan).cash
    call = calls.rebook(_rebooking(stage, loan, seqs[0], stage.entry(), ()))
    book.send_approved("bank", "bank second", call)
    assert ledger.loan(loan).bank_claim == ledger.bank_claims() == rows[0].total - left
    assert ledger.state(loan).owed(stage.subject("anna")) < 0
    stage.prove(loan)
    stage.collect(loan, rows[0].total, rows[0].due)
    assert ledger.loan(loan).bank_claim == ledger.bank_claims() == 0
    stage.prove(loan)


def test_a_payment_of_an_earlier_value_date_is_put_in_before_the_later_ones(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan, rows, seqs = _paying(stage, 2)
    earlier = stage.receipt(loan, 10_000, rows[0].due + timedelta(days=3))
    call = calls.rebook(_rebooking(stage, loan, seqs[1], NO_ENTRY, (earlier,)))
    book.send_approved("bank", "bank second", call)
    kinds = [e.kind for e in ledger.history(loan)][-3:]
    assert kinds == [Entry.PAYMENTS_UNDONE, Entry.PAYMENT_POSTED, Entry.PAYMENT_KEPT]
    stage.prove(loan)


def test_a_loan_repaid_by_a_reversed_payment_is_active_again(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan, _, seqs = _paying(stage, 6)
    assert ledger.loan(loan).state is State.REPAID
    call = calls.rebook(_rebooking(stage, loan, seqs[5], stage.entry(), ()))
    book.send_approved("bank", "bank second", call)
    record = ledger.loan(loan)
    assert (record.state, record.repaid_on, record.next_row) == (State.ACTIVE, None, 5)
    stage.prove(loan)


def test_suspended_money_is_matched_to_a_loan_or_a_party_or_returned_by_two_keys(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan, _, _ = _paying(stage, 1)
    first, second, third = stage.entry(), stage.entry(), stage.entry()
    for entry, amount in ((first, 500), (second, 70), (third, 9)):
        book.send("bank clerk", calls.suspend(entry, amount, stage.today, b"\x07" * 32))
    assert ledger.suspense() == 579
    assert ledger.suspended(1, first.entry_no).amount == 500
    receipt = Receipt(loan, stage.length(loan), 500, stage.today, first)
    with pytest.raises(ContractError) as alone:
        book.send("bank", calls.collect_suspense(receipt))
    assert alone.value.code == "contract.ApprovalMissing"
    book.send_approved("bank", "bank second", calls.collect_suspense(receipt))
    book.send_approved("bank", "bank second", calls.credit_suspense(book.address("anna"), 70, second))
    book.send_approved("bank", "bank second", calls.return_suspense(third, stage.entry()))
    assert (ledger.suspense(), ledger.suspended(1, first.entry_no)) == (0, None)
    assert ledger.balance_of(book.address("anna")) == 70
    stage.prove(loan)
