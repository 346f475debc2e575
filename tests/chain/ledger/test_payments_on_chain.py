"""Payments on a real EVM: fees, penalty interest, own tokens, mandates, early repayments, tranches, custom tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.history import Entry, payload
from chain.ledger.orders import Drawdown, EarlyRepayment, Mandate, MandateRevocation, Payment
from chain.ledger.payloads import EarlyRepaid, PaymentPosted
from chain.ledger.reader import State
from chain.ledger.schedule import build_rows, build_segment_rows, table_hash
from chain.ledger.structs import Segment
from chain.ledger.terms import (
    PLAIN_PAYMENTS,
    DayCount,
    EarlyKind,
    Fee,
    FeeKind,
    Method,
    PenaltyBase,
    Pricing,
    ScheduleRule,
)
from chain.ledger.typed_data import digest
from chain.schedules.ledger import Row

YEAR = 365 * 1_000_000_000


def test_fees_are_paid_with_their_rows_and_go_to_their_payee(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    agent = book.address("agent")
    fees = (Fee(FeeKind.FIRST_INSTALMENT, agent, 700), Fee(FeeKind.EACH_INSTALMENT, agent, 30))
    terms = stage.terms(fees=fees)
    start = stage.today
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    assert [row.fee for row in rows] == [730, 30, 30, 30, 30, 30]
    stage.close_day(rows[0].due)
    stage.collect(loan, rows[0].total, rows[0].due)
    assert ledger.loan(loan).fees == 730
    book.send("regulator", calls.claim_fees(terms, loan, stage.length(loan), agent))
    assert ledger.balance_of(agent) == 730
    stage.prove(loan)
    with pytest.raises(ContractError) as again:
        book.send("regulator", calls.claim_fees(terms, loan, stage.length(loan), agent))
    assert again.value.code == "contract.NothingToClaim"


def test_a_late_payment_meets_penalty_interest_for_the_days_after_grace_on_the_calendar(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    start = stage.today
    first_due = date(2026, 2, 5)
    # Banks don't work on the due day and the two days after it.
    days = [first_due <= start + timedelta(days=1 + n) <= first_due + timedelta(days=2) for n in range(300)]
    book.send("regulator", calls.publish_working_days(7, start + timedelta(days=1), days))
    assert ledger.payable_by(7, first_due) == date(2026, 2, 8)
    assert not ledger.is_working_day(7, first_due)
    rule = replace(
        PLAIN_PAYMENTS, penalty_base=PenaltyBase.PRINCIPAL, penalty_rate_nano=100_000_000, grace_days=2, calendar=7
    )
    terms = stage.terms(payments=rule, pricing=Pricing(50_000_000, DayCount.ACT_365))
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    paid_on = date(2026, 2, 20)
    stage.close_day(paid_on)
    late_days = (paid_on - date(2026, 2, 10)).days
    owed = round(rows[0].principal * 150_000_000 * late_days / YEAR)
    seq = stage.collect(loan, rows[0].total + owed, paid_on)
    posted = payload(ledger.history(loan)[seq - 1])
    assert isinstance(posted, PaymentPosted)
    assert (posted.posted.accrued, posted.posted.penalty, posted.posted.overpaid) == (owed, owed, 0)
    assert ledger.loan(loan).next_row == 1
    stage.prove(loan)


def test_a_party_pays_from_its_own_tokens_and_only_once(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan = stage.active(stage.terms())
    stage.deposit("borrower", 90_000)
    order = Payment(loan, book.address("borrower"), 80_000, stage.salt(), stage.today)
    signature = book.sign("borrower", order)
    book.send("regulator", calls.pay(order, stage.length(loan), signature))
    assert ledger.balance_of(book.address("borrower")) == 10_000
    assert ledger.loan(loan).cash == 80_000
    stage.prove(loan)
    with pytest.raises(ContractError) as again:
        book.send("regulator", calls.pay(order, stage.length(loan), signature))
    assert again.value.code == "contract.OrderUsed"


def test_a_mandate_takes_what_is_due_up_to_its_limit_until_it_is_revoked(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms = stage.terms()
    start = stage.today
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    stage.deposit("borrower", 200_000)
    mandate = Mandate(loan, book.address("borrower"), 100_000, stage.salt(), date(2026, 12, 31))
    signature = book.sign("borrower", mandate)
    with pytest.raises(ContractError) as early:
        book.send("platform desk", calls.pay_by_mandate(mandate, stage.length(loan), signature))
    assert early.value.code == "contract.NothingDue"
    stage.close_day(rows[0].due - timedelta(days=1))
    book.send("platform desk", calls.pay_by_mandate(mandate, stage.length(loan), signature))
    assert ledger.loan(loan).next_row == 1
    stage.close_day(rows[2].due - timedelta(days=1))
    book.send("platform desk", calls.pay_by_mandate(mandate, stage.length(loan), signature))
    assert ledger.balance_of(book.address("borrower")) == 200_000 - rows[0].total - 100_000
    stage.prove(loan)
    revocation = MandateRevocation(digest(mandate, book.contracts.domain_of(Mandate)))
    book.send("bank", calls.revoke_mandate(mandate, stage.length(loan), book.sign("borrower", revocation)))
    stage.close_day(rows[3].due - timedelta(days=1))
    with pytest.raises(ContractError) as revoked:
        book.send("platform desk", calls.pay_by_mandate(mandate, stage.length(loan), signature))
    assert revoked.value.code == "contract.OrderUsed"
    assert ledger.history(loan)[-1].kind is Entry.MANDATE_REVOKED


def test_an_early_repayment_in_total_ends_the_loan_and_keeps_the_rest_for_the_borrower(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    rule = replace(PLAIN_PAYMENTS, early_kinds=EarlyKind.TOTAL, early_fee_nano=10_000_000)
    terms = stage.terms(payments=rule, pricing=Pricing(50_000_000, DayCount.ACT_365))
    loan = stage.active(terms)
    stage.close_day(stage.today + timedelta(days=9))
    order = EarlyRepayment(loan, EarlyKind.TOTAL, stage.salt(), date(2026, 12, 31))
    receipt = stage.receipt(loan, 520_000, stage.today)
    book.send("bank", calls.repay_early(terms, receipt, order, book.sign("borrower", order), ()))
    record = ledger.loan(loan)
    accrued = round(500_000 * 50_000_000 * 10 / YEAR)
    assert (record.state, record.interest) == (State.REPAID, accrued + 5_000)
    assert record.overpaid == 520_000 - 500_000 - accrued - 5_000
    stage.prove(loan)
    stage.claim(loan)
    stage.close_day(stage.today + timedelta(days=3))
    book.send("platform", calls.close(loan, stage.length(loan)))
    book.send("platform", calls.release_overpayment(loan, stage.length(loan)))
    assert ledger.balance_of(book.address("borrower")) == record.overpaid
    stage.prove(loan)


def test_a_smaller_early_repayment_lowers_the_instalments_and_the_new_table_is_recomputed(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    rule = replace(PLAIN_PAYMENTS, early_kinds=EarlyKind.LOWER | EarlyKind.SHORTEN)
    terms = stage.terms(payments=rule)
    start = stage.today
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    stage.close_day(rows[0].due - timedelta(days=1))
    outstanding = terms.principal - rows[0].principal - 100_000
    lower = Segment(outstanding, start, stage.today, 1, 0, fees=True)
    remaining = build_segment_rows(terms, lower)
    order = EarlyRepayment(loan, EarlyKind.LOWER, stage.salt(), date(2026, 12, 31))
    receipt = stage.receipt(loan, rows[0].total + 100_000, stage.today)
    book.send("bank", calls.repay_early(terms, receipt, order, book.sign("borrower", order), remaining))
    record = ledger.loan(loan)
    assert (record.offset, record.next_row, record.rows, record.outstanding) == (1, 1, 6, outstanding)
    assert ledger.schedule(record.schedule) == remaining
    values = payload(ledger.history(loan)[-1])
    assert isinstance(values, EarlyRepaid)
    assert (values.early.prepaid, values.before.rows) == (100_000, 6)
    stage.prove(loan)


def test_a_loan_is_drawn_in_tranches_and_what_is_not_drawn_goes_back(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    start = stage.today
    rule = ScheduleRule(Method.EQUAL_PRINCIPAL, 6, 1, 200_000, available_through=date(2026, 4, 30))
    terms = stage.terms(schedule=rule)
    loan = stage.active(terms)
    rows = build_rows(terms, start)
    stage.close_day(rows[0].due - timedelta(days=1))
    stage.collect(loan, rows[0].total, rows[0].due)
    second = Segment(150_000, start, stage.today, 1, 0, fees=False)
    added = build_segment_rows(terms, second)
    order = Drawdown(loan, 150_000, stage.salt(), date(2026, 4, 30))
    book.send("platform", calls.draw(terms, stage.length(loan), order, book.sign("borrower", order), added))
    stage.prove(loan)
    book.send("bank", calls.instruct(loan, stage.length(loan), b"\x05" * 32))
    book.send("bank", calls.settle(terms, loan, stage.length(loan), stage.today, stage.entry(), added))
    record = ledger.loan(loan)
    assert (record.called, record.outstanding) == (350_000, 350_000 - rows[0].principal)
    table = ledger.schedule(record.schedule)
    assert [r.principal for r in table[1:]] == [a.principal + b.principal for a, b in zip(rows[1:], added, strict=True)]
    book.send("platform", calls.close_drawing(terms, loan, stage.length(loan)))
    assert ledger.loan(loan).undrawn_returned == 150_000
    stage.claim(loan)
    stage.prove(loan)


def test_a_custom_table_is_the_one_whose_hash_was_signed(stage: Any) -> None:
    ledger = stage.book.ledger
    rows = (Row(date(2026, 3, 1), 100_000, 4_000), Row(date(2026, 9, 30), 400_000, 12_345))
    rule = ScheduleRule(Method.CUSTOM, 2, 0, 500_000, table_hash=table_hash(rows))
    terms = stage.terms(schedule=rule)
    loan = stage.propose(terms)
    stage.fund(loan)
    other = (rows[0], replace(rows[1], interest=12_346))
    with pytest.raises(ContractError) as refused:
        stage.book.send("platform", calls.disburse(terms, loan, stage.length(loan), other))
    assert refused.value.code == "contract.ScheduleTableHash"
    stage.book.send("platform", calls.disburse(terms, loan, stage.length(loan), rows))
    stage.book.send("bank", calls.instruct(loan, stage.length(loan), b"\x05" * 32))
    stage.book.send("bank", calls.settle(terms, loan, stage.length(loan), stage.today, stage.entry(), rows))
    assert ledger.schedule(ledger.loan(loan).schedule) == rows
