"""Rules of the book's loans on cases of our own: refused terms, orders, tranches, recalculation, what always holds."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.book import replay_book, schedule_book

LOAN = {
    "applied_principal": "1000",
    "annual_rate_percent": "12",
    "interest_type": "DECLINING_BALANCE",
    "interest_calc_period": "DAILY",
    "amortization": "EQUAL_INSTALLMENTS",
    "repay_every": "1",
    "repay_unit": "MONTHS",
    "n_repayments": "6",
    "payment_strategy": "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER",
    "days_in_year": "ACTUAL",
    "days_in_month": "ACTUAL",
    "currency_decimals": 2,
    "installment_multiple_of": None,
    "down_payment_percent": None,
    "down_payment_auto": None,
    "schedule_type": "CUMULATIVE",
    "schedule_processing": None,
    "interest_recalculation": False,
    "interest_recalc_settings": None,
    "payment_allocation_order": None,
    "rounding": "HALF_EVEN",
}
RECALCULATED = {
    **LOAN,
    "interest_recalculation": True,
    "interest_recalc_settings": {
        "rescheduleStrategyMethod": "REDUCE_EMI_AMOUNT",
        "interestRecalculationCompoundingMethod": "NONE",
        "recalculationRestFrequencyType": "DAILY",
        "recalculationRestFrequencyInterval": "1",
        "preClosureInterestCalculationStrategy": "TILL_PRE_CLOSE_DATE",
    },
}
PROGRESSIVE = {
    **LOAN,
    "schedule_type": "PROGRESSIVE",
    "schedule_processing": "HORIZONTAL",
    "payment_strategy": "ADVANCED_PAYMENT_ALLOCATION",
    "payment_allocation_order": [
        f"{timing}_{kind}"
        for timing in ("PAST_DUE", "DUE", "IN_ADVANCE")
        for kind in ("PENALTY", "FEE", "PRINCIPAL", "INTEREST")
    ],
}
FOLLOWING = {
    **PROGRESSIVE,
    "days_in_year": "DAYS_360",
    "days_in_month": "DAYS_30",
    "annual_rate_percent": "7",
    "interest_recalculation": True,
    "interest_recalc_settings": {
        **RECALCULATED["interest_recalc_settings"],
        "rescheduleStrategyMethod": "ADJUST_LAST_UNPAID_PERIOD",
    },
}
INTEREST_FREE = {"annual_rate_percent": "0"}
DISBURSED = {"type": "disburse", "date": "2024-01-01", "amount": "1000"}


def repay(day: str, amount: object) -> dict:
    return {"type": "repay", "date": day, "amount": str(amount)}


def charge(due: str, amount: object, kind: str = "fee") -> dict:
    return {"type": "charge", "due_date": due, "amount": str(amount), "kind": kind}


def table(loan: dict, *events: dict, business_date: str | None = None) -> list[dict]:
    moved = [{"type": "business_date", "date": business_date}] if business_date else []
    happened = [DISBURSED, *moved, *events]
    case = {"id": "case", "loan": loan, "events": happened, "checkpoints": [{"after_event": len(happened)}]}
    result = replay_book([case])["case"]
    assert isinstance(result, list), result
    return result[0]


def column(rows: list[dict], name: str) -> list[Decimal]:
    return [Decimal(row[name]) for row in rows if row["nr"]]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"payment_strategy": "heavensfamily-strategy"}, "payment_strategy"),
        ({"days_in_year": "DAYS_361"}, "days_in_year"),
        ({"repay_unit": "FORTNIGHTS"}, "repay_unit"),
        ({"fixed_length": "10"}, "fixed_length"),
        ({"rounding": "SOMEHOW"}, "rounding"),
        ({"n_repayments": "0"}, "n_repayments"),
        ({"n_repayments": "1000000000"}, "n_repayments"),
        ({"annual_rate_percent": "much"}, "annual_rate_percent"),
        ({"annual_rate_percent": "1e999999999"}, "annual_rate_percent"),
        ({"schedule_type": "PROGRESSIVE", "payment_strategy": "mifos-standard-strategy"}, "payment_strategy"),
    ],
)
def test_term_that_is_not_supported_is_named_and_stops_no_other_case(change, named):
    cases = [{"id": "bad", "inputs": {**LOAN, **change, "events": [DISBURSED]}}]
    cases.append({"id": "good", "inputs": {**LOAN, "events": [DISBURSED]}})
    results = schedule_book(cases)
    assert named in results["bad"]["error"]
    assert len(results["good"]) == 7


def test_unknown_event_is_named():
    case = {"id": "x", "loan": LOAN, "events": [DISBURSED, {"type": "sell"}], "checkpoints": [{"after_event": 2}]}
    assert "sell" in replay_book([case])["x"]["error"]


def test_instalment_multiple_rounds_the_instalment_and_the_last_takes_the_rest():
    rows = table({**LOAN, "installment_multiple_of": 1})
    dues = column(rows, "due")
    assert len(set(dues[:-1])) == 1
    assert dues[0] == dues[0].to_integral_value()
    assert sum(column(rows, "principal")) == 1000


def test_down_payment_paid_by_itself_is_met_on_the_day_of_the_disbursement():
    rows = table({**LOAN, "down_payment_percent": "25", "down_payment_auto": True})
    assert rows[1]["principal"] == "250.0"
    assert rows[1]["paid_date"] == "2024-01-01"
    assert sum(column(rows, "principal")) == 1000


def test_interest_of_a_tranche_counts_from_its_own_day():
    later = {"type": "disburse", "date": "2024-01-16", "amount": "500"}
    rows = table({**LOAN, "days_in_year": "DAYS_360"}, later)
    # 1000 for 15 days and 1500 for 16 days, each stretch rounded
    assert column(rows, "interest")[0] == Decimal("5.00") + Decimal("8.00")


def test_principal_grace_pays_interest_only():
    rows = table({**LOAN, "grace_principal": "2"})
    assert column(rows, "principal")[:2] == [0, 0]
    assert sum(column(rows, "principal")) == 1000


def test_overpayment_covers_the_next_down_payment_before_a_new_one_is_taken():
    loan = {**PROGRESSIVE, **INTEREST_FREE, "down_payment_percent": "25", "down_payment_auto": True}
    more = {"type": "disburse", "date": "2024-01-20", "amount": "400"}
    rows = table(loan, repay("2024-01-10", 800), more)
    assert sum(column(rows, "paid")) == 250 + 800 + 50  # 50 of the down payment of 100 came from the overpayment


def test_vertical_processing_meets_a_future_penalty_before_the_next_principal():
    horizontal = {**PROGRESSIVE, **INTEREST_FREE, "n_repayments": "2"}
    events = (charge("2024-04-01", 20, "penalty"), repay("2024-01-10", 100))
    assert column(table(horizontal, *events), "paid") == [100, 0, 0]
    vertical = {**horizontal, "schedule_processing": "VERTICAL"}
    assert column(table(vertical, *events), "paid") == [80, 0, 20]


def test_early_money_beyond_the_instalment_lowers_the_next_instalments_or_their_number_or_skips_them():
    def dues(strategy: str) -> list[Decimal]:
        loan = copy.deepcopy(RECALCULATED)
        loan["interest_recalc_settings"]["rescheduleStrategyMethod"] = strategy
        return column(table(loan, repay("2024-02-01", 500), business_date="2024-02-01"), "due")

    lower, fewer, skipped = (
        dues("REDUCE_EMI_AMOUNT"),
        dues("REDUCE_NUMBER_OF_INSTALLMENTS"),
        dues("RESCHEDULE_NEXT_REPAYMENTS"),
    )
    assert lower[0] == fewer[0] == skipped[0] == 500
    assert len(lower) == 6
    assert lower[1] < fewer[1]
    assert len(fewer) < 6
    assert skipped[1] < 10  # only interest


def test_overdue_principal_bears_interest_until_it_is_paid():
    on_time = table(RECALCULATED, repay("2024-02-01", "172.55"), business_date="2024-02-01")
    late = table(RECALCULATED, repay("2024-02-11", "172.55"), business_date="2024-02-11")
    assert column(late, "interest")[1] > column(on_time, "interest")[1]


def test_progressive_payment_before_its_due_date_moves_the_rest_of_the_interest_to_the_next_instalment():
    rows = table(FOLLOWING, repay("2024-02-01", "170.08"), repay("2024-02-15", "170.08"))
    interest = column(rows, "interest")
    # 14 of 29 days of February's interest are due, the other 15 days (on what is left) go to March
    assert interest[1] == Decimal("2.35")
    assert interest[2] == Decimal("2.02") + Decimal("3.90")
    assert sum(column(rows, "principal")) == 1000


days = st.integers(min_value=0, max_value=200).map(lambda shift: date(2024, 1, 1) + timedelta(days=shift))
EVERY_KIND = [LOAN, RECALCULATED, {**PROGRESSIVE, **INTEREST_FREE}, PROGRESSIVE, FOLLOWING]
receipts = st.lists(st.tuples(days, st.integers(min_value=1, max_value=60_000)), max_size=5)


@given(receipts, st.sampled_from(EVERY_KIND), st.booleans())
def test_principal_dates_and_paid_money_are_conserved_whatever_is_paid(paid, loan, in_vertical):
    loan = {**loan, "schedule_processing": "VERTICAL"} if in_vertical and loan["schedule_processing"] else loan
    paid = sorted(paid)
    today = str(max([day for day, _ in paid], default=date(2024, 1, 1)))
    events = [repay(str(day), Decimal(amount).scaleb(-2)) for day, amount in paid]
    rows = table(loan, *events, business_date=today)
    assert sum(column(rows, "principal")) == 1000
    assert all(
        amount >= 0 for name in ("principal", "interest", "outstanding", "balance") for amount in column(rows, name)
    )
    assert column(rows, "balance")[-1] == 0
    due_dates = [row["date"] for row in rows if row["nr"]]
    assert due_dates == sorted(due_dates)
    owed, got = sum(column(rows, "due")), Decimal(sum(amount for _, amount in paid)).scaleb(-2)
    assert sum(column(rows, "paid")) == min(owed, got)


@given(
    days,
    st.integers(2, 90_000),
    st.integers(1, 90_000),
    st.sampled_from(EVERY_KIND),
)
def test_splitting_a_payment_in_two_on_one_day_changes_nothing(day, amount, part, loan):
    part = min(part, amount - 1)
    whole = table(loan, repay(str(day), Decimal(amount).scaleb(-2)), business_date=str(day))
    pieces = (repay(str(day), Decimal(piece).scaleb(-2)) for piece in (part, amount - part))
    halves = table(loan, *pieces, business_date=str(day))
    assert whole == halves
