"""The book's tables, which an independent calculation made, are those that the product builds for the same terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chain.schedules.ledger import (
    DayCountRule,
    Fee,
    FeeKind,
    Method,
    Row,
    Segment,
    TableRule,
    add_rows,
    build_segment,
    check_rate_cap,
)
from gateway.demo.book import courses
from gateway.demo.book.agreed import Application
from gateway.demo.book.expectation import Closed, Posting, Table
from gateway.demo.book.load import BookLoan, load_book

METHODS = {
    "equal-instalment": Method.EQUAL_INSTALMENT,
    "equal-principal": Method.EQUAL_PRINCIPAL,
    "interest-only-bullet": Method.INTEREST_ONLY,
    "single-payment": Method.SINGLE_PAYMENT,
    "custom": Method.CUSTOM,
}
DAY_COUNTS = {
    "1/12": DayCountRule.MONTHS_12,
    "A/365": DayCountRule.ACTUAL_365,
    "A/360": DayCountRule.ACTUAL_360,
    "30E/360": DayCountRule.THIRTY_360E,
    "A/A": DayCountRule.ACT_ACT,
}
BOOK = load_book()
CLOSED = [loan for loan in BOOK.loans if isinstance(loan.expected, Closed)]
COMPUTED = [loan for loan in CLOSED if loan.application.method != "custom"]


def rule_of(application: Application) -> TableRule:
    kinds = {"first-instalment": FeeKind.FIRST_INSTALMENT, "each-instalment": FeeKind.EACH_INSTALMENT}
    return TableRule(
        rate_nano=application.rate_nano,
        method=METHODS[application.method],
        day_count=DAY_COUNTS[application.day_count],
        instalments=application.instalments,
        period_months=application.period_months,
        fees=tuple(Fee(kinds[fee.kind], fee.amount) for fee in application.fees),
    )


def rows_of(table: Table) -> tuple[Row, ...]:
    return tuple(Row(row.due, row.principal, row.interest, row.fee) for row in table.rows)


def expected_of(loan: BookLoan) -> Closed:
    assert isinstance(loan.expected, Closed)
    return loan.expected


def start_of(loan: BookLoan) -> date:
    """The value date of the payout that stayed."""
    return next(p.value_date for p in expected_of(loan).payouts if p.bounced is None)


@pytest.mark.parametrize("loan", COMPUTED, ids=lambda loan: loan.application.reference)
def test_the_table_of_the_first_payout_is_the_only_right_one(loan: BookLoan) -> None:
    start = start_of(loan)
    whole = Segment(loan.application.first_tranche, start, start, first=0, level=0, fees=True)
    built = build_segment(rule_of(loan.application), whole)
    assert rows_of(expected_of(loan).tables[0]) == built
    check_rate_cap(built, start, loan.application.first_tranche, BOOK.header.regime.rate_cap_nano)


def test_rows_of_later_tranches_are_added_to_the_table() -> None:
    [loan] = [one for one in CLOSED if any(isinstance(event, courses.Drawdown) for event in one.events)]
    expected, rule, start = expected_of(loan), rule_of(loan.application), start_of(loan)
    running = rows_of(expected.tables[0])
    paid = [row.due for row in running if any(p.value_date >= row.due for p in expected.postings)]
    assert len(expected.payouts) == len(expected.tables) == 3
    for payout, table in zip(expected.payouts[1:], expected.tables[1:], strict=True):
        untouched = [i for i, row in enumerate(running) if row.due > payout.value_date]
        segment = Segment(payout.amount, start, payout.value_date, first=untouched[0], level=0, fees=False)
        running = add_rows(running, build_segment(rule, segment), untouched[0])
        assert rows_of(table) == running
    assert paid


@pytest.mark.parametrize(
    "loan", [one for one in CLOSED if len(one.expected.tables) == 2 and one.application.payment_rule.early]
)
def test_the_table_after_an_early_repayment_keeps_the_instalment_on_the_loans_own_grid(loan: BookLoan) -> None:
    expected, rule = expected_of(loan), rule_of(loan.application)
    before, after = expected.tables
    [early] = [p for p in expected.postings if p.how in ("shorten", "lower")]
    done: list[Posting] = [p for p in expected.postings if p.value_date <= early.value_date]
    balance = loan.application.principal - sum(p.principal for p in done)
    first = sum(row.due <= early.value_date for row in before.rows)
    kept = before.rows[first].principal + before.rows[first].interest
    segment = Segment(
        balance, start_of(loan), early.value_date, first, kept if early.how == "shorten" else 0, fees=True
    )
    assert rows_of(after) == build_segment(rule, segment)


def test_a_custom_table_is_the_one_that_was_agreed() -> None:
    [loan] = [one for one in CLOSED if one.application.method == "custom"]
    assert loan.application.table is not None
    agreed = tuple(Row(row.due, row.principal, row.interest) for row in loan.application.table)
    assert rows_of(expected_of(loan).tables[0]) == agreed


def test_a_changed_rate_gives_other_rows() -> None:
    loan, start = COMPUTED[0], start_of(COMPUTED[0])
    rule = rule_of(loan.application)
    whole = Segment(loan.application.first_tranche, start, start, first=0, level=0, fees=True)
    assert build_segment(replace(rule, rate_nano=rule.rate_nano + 10_000_000), whole) != build_segment(rule, whole)
