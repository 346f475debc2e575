"""Positions and parties on a real EVM: transfers, classes, freezes, lost keys, old books."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.orders import Opening, OpeningPosition, PositionTransfer, positions_hash
from chain.ledger.reader import State
from chain.ledger.schedule import build_rows, table_hash
from chain.ledger.terms import DayCount, Pricing
from chain.schedules.ledger import Row


def test_units_are_sold_with_what_they_earned_and_the_price_moves_in_the_same_step(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    stage.register("cleo")
    stage.deposit("cleo", 100_000)
    terms, start = stage.terms(), stage.today
    loan = stage.active(terms)
    row = build_rows(terms, start)[0]
    stage.close_day(row.due - timedelta(days=1))
    stage.collect(loan, row.total, row.due)
    order = PositionTransfer(
        loan, book.address("anna"), book.address("cleo"), 100_000, 95_000, stage.salt(), date(2026, 12, 31)
    )
    call = calls.transfer_position(order, stage.length(loan), book.sign("anna", order), book.sign("cleo", order))
    book.send("regulator", call)
    assert ledger.balance_of(book.address("anna")) == 95_000
    assert ledger.position(loan, stage.subject("cleo")).units == 100_000
    assert ledger.claimable(loan, stage.subject("cleo")) == 100_000 * row.total // 500_000
    assert ledger.positions(stage.subject("cleo")) == (loan,)
    stage.prove(loan)
    stage.claim(loan, "anna", "ben", "cleo")
    stage.prove(loan)


def test_classes_of_lenders_share_interest_by_their_weights_and_principal_by_units(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms = stage.terms(pricing=Pricing(50_000_000, DayCount.MONTHLY_12, (3, 1)))
    start = stage.today
    loan = stage.propose(terms)
    signed = [stage.subscription(loan, "anna", 300_001, 0), stage.subscription(loan, "ben", 199_999, 1)]
    book.send("platform", calls.subscribe(loan, stage.length(loan), signed))
    stage.pay_out(loan, terms)
    row = build_rows(terms, start)[0]
    stage.close_day(row.due - timedelta(days=1))
    stage.collect(loan, row.total, row.due)
    weighted = 300_001 * 3 + 199_999
    assert ledger.claimable(loan, stage.subject("anna")) == (
        300_001 * row.principal * weighted + row.interest * 3 * 300_001 * 500_000
    ) // (500_000 * weighted)
    stage.prove(loan)


def test_a_frozen_subject_is_not_paid_until_the_freeze_ends_and_both_need_two_keys(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms, start = stage.terms(), stage.today
    loan = stage.active(terms)
    row = build_rows(terms, start)[0]
    stage.close_day(row.due - timedelta(days=1))
    stage.collect(loan, row.total, row.due)
    subject = stage.subject("anna")
    with pytest.raises(ContractError) as alone:
        book.send("regulator", calls.freeze(subject, b"\x08" * 32))
    assert alone.value.code == "contract.ApprovalMissing"
    book.send_approved("regulator", "regulator second", calls.freeze(subject, b"\x08" * 32))
    assert ledger.frozen(subject)
    with pytest.raises(ContractError) as held:
        stage.claim(loan, "anna")
    assert held.value.code == "contract.PartiesFrozen"
    stage.claim(loan, "ben")
    book.send_approved("regulator", "regulator second", calls.unfreeze(subject, b"\x08" * 32))
    stage.claim(loan, "anna")
    stage.prove(loan)


def test_a_lost_key_is_replaced_after_notice_and_consent_and_its_tokens_move(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    subject, new = stage.subject("anna"), book.address("anna's new key")
    book.send("bank", calls.announce_replacement(subject, new, b"\x0a" * 32))
    announced = ledger.replacement(subject)
    assert (announced.account, announced.consented) == (new, False)
    book.send("regulator", calls.consent_replacement(subject, new))
    with pytest.raises(ContractError) as early:
        book.send("platform", calls.replace_party(subject))
    assert early.value.code == "contract.PartiesNoticeRunning"
    stage.close_day(announced.start - timedelta(days=1))
    book.send("platform", calls.replace_party(subject))
    assert ledger.account_of(subject) == new
    assert (ledger.balance_of(new), ledger.balance_of(book.address("anna"))) == (300_001, 0)
    assert ledger.replacement(subject) is None
    stage.lenders = {"anna's new key": 300_001, "ben": 199_999}
    loan = stage.active(stage.terms())
    assert ledger.position(loan, subject).units == 300_001


def test_a_running_loan_of_an_old_book_enters_with_all_signatures_and_its_fold_finds_the_positions(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms = stage.terms()
    loan = stage.propose(terms)
    rows = (Row(date(2026, 2, 1), 100_000, 900), Row(date(2026, 3, 1), 150_000, 600))
    positions = (
        OpeningPosition(book.address("anna"), 150_000, 0),
        OpeningPosition(book.address("ben"), 100_000, 0),
    )
    opening = Opening(loan, 250_000, date(2026, 1, 1), table_hash(rows), positions_hash(positions))
    signatures = [book.sign(name, opening) for name in ("anna", "ben")]
    call = calls.open_running(
        terms, stage.length(loan), opening, rows, positions, book.sign("borrower", opening), signatures
    )
    book.send_approved("platform", "bank second", call)
    record = ledger.loan(loan)
    assert (record.state, record.principal, record.cash) == (State.ACTIVE, 250_000, 0)
    stage.prove(loan)
    stage.close_day(date(2026, 1, 31))
    stage.collect(loan, rows[0].total, rows[0].due)
    stage.claim(loan)
    stage.prove(loan)
    assert {ledger.balance_of(book.address(n)) for n in ("anna", "ben")} == {300_001 + 60_540, 199_999 + 40_360}
