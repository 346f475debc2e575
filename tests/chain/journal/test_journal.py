"""The journals balance whatever happens, and say what the money really is."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.journal import JOURNALS, JournalEntry, JournalUnbalanced, Line, balances, closing_balances, journal
from chain.journal import events as happened
from chain.journal.entries import total
from chain.journal.errors import MemberUnknown, PaymentUnknown
from chain.journal.export import as_csv, as_data

MEMBERS = tuple(JOURNALS)
_RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200
)


@_RELAXED
@given(data=st.data())
def test_every_entry_and_every_day_balances_in_every_members_journal(data: st.DataObject, lives: Any) -> None:
    life = data.draw(lives)
    for member in MEMBERS:
        entries = journal(member, life.events)
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            assert sum(line.debit for line in entry.lines) == sum(line.credit for line in entry.lines) > 0
            assert all(line.debit == 0 or line.credit == 0 for line in entry.lines)
        for found in closing_balances(entries).values():
            assert sum(found.values()) == 0


@_RELAXED
@given(data=st.data())
def test_the_banks_journal_says_what_is_at_the_bank_and_whose_it_is(data: st.DataObject, lives: Any) -> None:
    life = data.draw(lives)
    found = balances(journal("bank", life.events))
    assert found.get("custody_cash", 0) == life.bank
    assert -found.get("suspense", 0) == life.suspense
    assert total(found, "bank_claims") == life.claims
    parties = {"borrower", "ann", "bob", "cy"}
    assert {p: -found.get(f"party_tokens:{p}", 0) for p in parties} == {p: life.tokens.get(p, 0) for p in parties}
    assert -total(found, "risk_reserve") == life.tokens.get("reserve", 0)
    assert -total(found, "withdrawals_in_progress") == life.tokens.get("in progress", 0)
    assert total(found, "rebooking") == 0
    for loan, cash in life.cash.items():
        owed = ("loan_funds", "lenders_payable", "fees_payable", "overpayments")
        assert -sum(found.get(f"{kind}:{loan}", 0) for kind in owed) == cash


@_RELAXED
@given(data=st.data())
def test_the_platforms_journal_says_what_each_loan_holds(data: st.DataObject, lives: Any) -> None:
    life = data.draw(lives)
    found = balances(journal("platform", life.events))
    for loan, cash in life.cash.items():
        assert found.get(f"escrow_cash:{loan}", 0) == cash
        lent = sum(e.amount for e in life.events if isinstance(e, happened.PaidOut) and e.loan == loan)
        repaid = sum(payment.principal for payment in life.posted[loan])
        assert found.get(f"loans_receivable:{loan}", 0) == lent - repaid
        assert found.get(f"lenders_capital:{loan}", 0) == repaid - lent
    assert found.get("reserve_cash", 0) == life.tokens.get("reserve", 0)


@_RELAXED
@given(data=st.data())
def test_the_lenders_journal_has_their_tokens_and_no_income_below_zero(data: st.DataObject, lives: Any) -> None:
    life = data.draw(lives)
    entries = journal("lenders", life.events)
    found = balances(entries)
    for lender in ("ann", "bob", "cy"):
        assert found.get(f"tokens:{lender}", 0) == life.tokens.get(lender, 0)
    assert all(
        line.debit == 0 for entry in entries for line in entry.lines if line.account.startswith("interest_income")
    )
    assert all(balance >= 0 for account, balance in found.items() if account.startswith("positions"))


@_RELAXED
@given(data=st.data())
def test_undoing_payments_and_posting_them_again_as_they_were_changes_no_balance(
    data: st.DataObject, lives: Any
) -> None:
    life = data.draw(lives)
    loan = data.draw(st.sampled_from(sorted(life.posted)))
    tail = life.posted[loan]
    if not tail:
        return
    again = [
        happened.PaymentKept(
            life.today,
            loan,
            life.seq + n,
            p.seq,
            p.amount,
            p.fee,
            p.penalty,
            p.interest,
            p.principal,
            p.held,
            p.overpaid,
        )
        for n, p in enumerate(tail, start=1)
    ]
    redone = [*life.events, happened.PaymentsUndone(life.today, loan, tail[0].seq), *again]
    for member in MEMBERS:
        assert balances(journal(member, redone)) == balances(journal(member, life.events))


def _posted(seq: int, amount: int, *, interest: int, principal: int = 0) -> happened.PaymentPosted:
    split = {"fee": 0, "penalty": 0, "interest": interest, "principal": principal, "held": 0, "overpaid": 0}
    return happened.PaymentPosted("2024-01-02", "loan", seq, happened.Source.BANK, "", amount, **split)


@pytest.fixture
def reversed_after_claim() -> list[happened.Event]:
    """Two lenders of 100.00 and 50.01; 9.00 of interest is claimed, reversed, and paid again."""
    return [
        happened.Deposited("2024-01-01", "ann", 10_000),
        happened.Deposited("2024-01-01", "bob", 5_001),
        happened.Subscribed("2024-01-01", "loan", "ann", 10_000),
        happened.Subscribed("2024-01-01", "loan", "bob", 5_001),
        happened.PaidOut("2024-01-01", "loan", 15_001),
        _posted(4, 900, interest=900),
        happened.Claimed("2024-01-02", "loan", "ann", 599),
        happened.Claimed("2024-01-02", "loan", "bob", 300),
        happened.PaymentReversed("2024-01-03", "loan", 4, 900, 1),
    ]


def test_a_reversal_after_claims_is_the_banks_claim_and_takes_nothing_from_lenders(
    reversed_after_claim: list[happened.Event],
) -> None:
    bank = balances(journal("bank", reversed_after_claim))
    assert bank == {"bank_claims:loan": 899, "party_tokens:ann": -599, "party_tokens:bob": -300}
    lenders = balances(journal("lenders", reversed_after_claim))
    assert (lenders["tokens:ann"], lenders["interest_income:ann"]) == (599, -599)


def test_the_next_payment_meets_the_banks_claim_first(reversed_after_claim: list[happened.Event]) -> None:
    paid = [*reversed_after_claim, _posted(6, 900, interest=900), happened.ClaimMet("2024-01-04", "loan", 899)]
    bank = balances(journal("bank", paid))
    assert bank == {
        "custody_cash": 900,
        "lenders_payable:loan": -1,
        "party_tokens:ann": -599,
        "party_tokens:bob": -300,
    }


def test_a_claim_returns_capital_before_it_is_income() -> None:
    events: list[happened.Event] = [
        happened.Deposited("2024-01-01", "ann", 10_000),
        happened.Subscribed("2024-01-01", "loan", "ann", 10_000),
        happened.PaidOut("2024-01-01", "loan", 10_000),
        _posted(3, 2_600, interest=100, principal=2_500),
        happened.Claimed("2024-01-02", "loan", "ann", 2_600),
    ]
    found = balances(journal("lenders", events))
    assert found["positions:loan:ann"] == 7_500
    assert found["interest_income:ann"] == -100


def test_sold_units_leave_at_book_value_and_the_price_difference_is_the_sellers_gain() -> None:
    events: list[happened.Event] = [
        happened.Deposited("2024-01-01", "ann", 10_000),
        happened.Deposited("2024-01-01", "bob", 4_100),
        happened.Subscribed("2024-01-01", "loan", "ann", 10_000),
        happened.PaidOut("2024-01-01", "loan", 10_000),
        happened.PositionTransferred("2024-01-02", "loan", "ann", "bob", 4_000, 4_100),
    ]
    found = balances(journal("lenders", events))
    assert (found["positions:loan:ann"], found["positions:loan:bob"]) == (6_000, 4_000)
    assert (found["trading_result:ann"], found["trading_result:bob"]) == (-100, 100)
    assert found["tokens:ann"] == 4_100
    assert "tokens:bob" not in found


def test_a_correction_of_an_unknown_payment_is_refused(reversed_after_claim: list[happened.Event]) -> None:
    with pytest.raises(PaymentUnknown):
        journal("bank", [*reversed_after_claim, happened.PaymentsUndone("2024-01-04", "loan", 4)])


def test_an_unbalanced_entry_cannot_be_made() -> None:
    with pytest.raises(JournalUnbalanced):
        JournalEntry(1, "2024-01-01", "Deposited", "", (Line("a", 2, 0), Line("b", 0, 1)))


def test_an_unknown_member_is_refused_with_those_there_are() -> None:
    with pytest.raises(MemberUnknown, match="bank, platform, lenders"):
        journal("auditor", [])


@_RELAXED
@given(data=st.data())
def test_the_csv_and_the_json_say_the_same_and_balance(data: st.DataObject, lives: Any) -> None:
    life = data.draw(lives)
    for member in MEMBERS:
        entries = journal(member, life.events)
        rows = list(csv.DictReader(io.StringIO(as_csv(entries))))
        assert sum(Decimal(row["debit"]) for row in rows) == sum(Decimal(row["credit"]) for row in rows)
        found = json.loads(json.dumps(as_data(entries, closing_balances(entries))))
        lines = [line for entry in found["entries"] for line in entry["lines"]]
        assert [(row["account"], row["debit"], row["credit"]) for row in rows] == [
            (line["account"], line["debit"], line["credit"]) for line in lines
        ]
        for closing in found["closing_balances"].values():
            assert sum(map(Decimal, closing.values())) == 0
