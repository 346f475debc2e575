"""What a loan of the book calls for next, by its state and its course."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.demo.book.load import load_book
from gateway.demo.steps import TOWARDS_PAYOUT, Course, Step, next_step

BOOK = load_book()
ZERO = {"amount": "0.00", "currency": "CNY"}
DAY = date(2023, 10, 30)


def course(reference: str) -> Course:
    return Course(BOOK.loan(reference))


def loan(state: str, **more: Any) -> dict[str, Any]:
    amounts = ("principal_paid", "interest_paid", "penalty_paid", "fees_paid", "overpaid")
    return {
        "state": state, "payout": "None", "funding_deadline": "2023-11-20", "repaid_on": None,
        **dict.fromkeys(amounts, ZERO), **more,
    }  # fmt: skip


def step(
    of: Course, seen: dict[str, Any], today: date = DAY, positions: tuple[dict[str, Any], ...] = ()
) -> Step | None:
    return next_step(of, seen, positions, today, today, BOOK.header.regime.reversal_days)


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "CNY"}


def test_a_loan_is_subscribed_once_and_expires_after_its_deadline() -> None:
    one = course("L04")
    assert step(one, loan("Proposed")) == Step("subscriptions")
    one.subscribed = True
    assert step(one, loan("Funding")) is None
    assert step(one, loan("Funding"), date(2023, 11, 20)) is None
    assert step(one, loan("Funding"), date(2023, 11, 21)) == Step("expire")


def test_a_funded_loan_is_paid_out_unless_its_course_is_to_cancel_it() -> None:
    assert step(course("L01"), loan("Funded")) == Step("disburse")
    assert step(course("L17"), loan("Funded")) is None
    assert step(course("L17"), loan("Funded"), date(2023, 10, 31)) == Step("cancel", event=0)
    assert "disburse" in TOWARDS_PAYOUT


def test_a_later_tranche_waits_until_the_payout_before_is_booked() -> None:
    day = date(2023, 11, 1)
    assert step(course("L18"), loan("Active", payout="Settled"), day) == Step("drawdowns", event=1)
    assert step(course("L18"), loan("Active", payout="Instructed"), day) is None
    assert step(course("L18"), loan("Active", payout="Settled"), date(2023, 10, 31)) is None


def test_what_the_course_asked_for_is_not_asked_for_again() -> None:
    one = course("L12")
    day = date(2024, 1, 2)
    found = step(one, loan("Active", payout="Settled"), day)
    assert found == Step("claim", event=2)
    one.asked.add(2)
    assert step(one, loan("Active", payout="Settled"), day) is None


@pytest.mark.parametrize(("today", "path"), [(date(2024, 5, 3), None), (date(2024, 5, 4), "close")])
def test_a_repaid_loan_is_closed_when_its_reversal_window_has_passed(today: date, path: str | None) -> None:
    found = step(course("L01"), loan("Repaid", repaid_on="2024-04-30"), today)
    assert (found.path if found else None) == path


def test_a_closed_loan_pays_lenders_payees_and_borrower_before_its_dust_is_swept() -> None:
    one = course("L06")
    seen = loan("Closed", fees_paid=money("46.65"), overpaid=money("1.00"), interest_paid=money("10.02"))
    claimed = ({"claimed": money("10.00"), "refunded": False},)
    paths = []
    while (found := step(one, seen, positions=claimed)) is not None:
        paths.append(found.path)
        one.claimed = True
        if found.payee:
            one.fees_claimed.add(found.payee)
        if found.path == "release-overpayment":
            seen |= {"overpaid": ZERO}
        one.swept = found.path == "sweep-dust"
    assert paths == ["claim", "claim-fees", "claim-fees", "release-overpayment", "sweep-dust"]


def test_a_loan_without_dust_is_done_with_its_last_claim() -> None:
    one = course("L01")
    one.claimed = True
    assert step(one, loan("Closed"), positions=({"claimed": ZERO, "refunded": False},)) is None


def test_fees_of_the_first_instalment_are_paid_while_the_loan_runs() -> None:
    assert step(course("L06"), loan("Active", payout="Settled", fees_paid=money("35.55"))) == Step(
        "claim-fees", payee="P01"
    )
    assert step(course("L19"), loan("Active", payout="Settled", fees_paid=money("16.00"))) is None


def test_refunds_follow_a_cancelled_or_expired_loan() -> None:
    open_, done = ({"refunded": False},), ({"refunded": True},)
    assert step(course("L17"), loan("Cancelled"), positions=open_) == Step("refund")
    assert step(course("L04"), loan("Expired"), positions=done) is None
