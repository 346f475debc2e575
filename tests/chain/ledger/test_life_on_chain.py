"""The whole life of a loan on a real EVM, through the facade: every number read back from the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chain.ledger import calls
from chain.ledger.errors import ContractError
from chain.ledger.history import Entry, payload
from chain.ledger.orders import Subscription, Withdrawal
from chain.ledger.payloads import PaymentPosted, Proposed, Subscribed
from chain.ledger.reader import Payout, State
from chain.ledger.records import WithdrawalRecord
from chain.ledger.schedule import build_rows
from chain.ledger.terms import DayCount, Pricing, loan_id
from chain.ledger.typed_data import digest, signer_of


def test_a_loan_lives_from_proposal_to_closing_and_every_unit_of_money_is_accounted_for(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    start = stage.today
    terms = stage.terms()
    loan = stage.propose(terms)
    assert ledger.loan(loan).state is State.PROPOSED
    stage.fund(loan)
    assert ledger.loan(loan).state is State.FUNDED
    stage.pay_out(loan, terms)
    rows = build_rows(terms, start)
    record = ledger.loan(loan)
    assert (record.state, record.payout, record.outstanding) == (State.ACTIVE, Payout.SETTLED, terms.principal)
    assert ledger.schedule(record.schedule) == rows
    assert ledger.supply() == 0
    assert ledger.exposure(stage.subject("borrower"), 1).outstanding == terms.principal
    stage.prove(loan)

    paid = 0
    for row in rows:
        stage.close_day(row.due - timedelta(days=1))
        stage.collect(loan, row.total, row.due)
        paid += row.total
    record = ledger.loan(loan)
    assert (record.state, record.outstanding, record.interest) == (State.REPAID, 0, paid - terms.principal)

    stage.claim(loan)
    received = {name: ledger.balance_of(book.address(name)) for name in stage.lenders}
    assert received == {name: units * paid // terms.principal for name, units in stage.lenders.items()}

    with pytest.raises(ContractError, match="may reverse"):
        book.send("platform", calls.close(loan, stage.length(loan)))
    stage.close_day(rows[-1].due + timedelta(days=3))
    book.send("platform", calls.close(loan, stage.length(loan)))
    stage.prove(loan)
    dust = paid - sum(received.values())
    assert dust == 1
    stage.claim(loan)
    book.send("platform", calls.sweep_dust(loan, stage.length(loan)))
    stage.prove(loan)
    assert ledger.reserve(1) == dust
    assert ledger.supply() == paid

    entries = ledger.history(loan)
    proposed = payload(entries[0])
    assert isinstance(proposed, Proposed)
    assert proposed.terms == terms
    posted = [v.posted for v in map(payload, entries) if isinstance(v, PaymentPosted)]
    assert [(p.principal, p.interest) for p in posted] == [(r.principal, r.interest) for r in rows]
    assert ledger.positions(stage.subject("anna")) == (loan,)


def test_lenders_signatures_can_be_checked_again_from_the_history_alone(stage: Any) -> None:
    loan = stage.propose(stage.terms())
    stage.fund(loan)
    subscribed = [v for v in map(payload, stage.book.ledger.history(loan)) if isinstance(v, Subscribed)]
    assert [(v.lender, v.amount) for v in subscribed] == [
        (stage.book.address(name), amount) for name, amount in stage.lenders.items()
    ]
    for v in subscribed:
        promise = Subscription(loan, v.lender, v.amount, v.lender_class, v.salt, v.valid_through)
        assert signer_of(promise, stage.book.contracts.domain_of(Subscription), v.signature) == v.lender


def test_a_withdrawal_that_the_bank_left_lying_goes_back_to_its_holder(stage: Any) -> None:
    book, anna = stage.book, stage.book.address("anna")
    order = Withdrawal(anna, 300_001, b"\x09" * 32, stage.today)
    book.send("platform", calls.request_withdrawal(order, book.sign("anna", order)))
    identifier = digest(order, book.contracts.domain_of(Withdrawal))
    with pytest.raises(ContractError) as early:
        book.send("platform", calls.release_withdrawal(identifier))
    assert early.value.code == "contract.WithdrawalStillValid"
    stage.close_day(stage.today)
    book.send("platform", calls.release_withdrawal(identifier))
    assert book.ledger.withdrawal(identifier) == WithdrawalRecord(Payout.RETURNED, anna, 300_001)
    assert book.ledger.balance_of(anna) == 300_001


def test_money_of_a_booked_withdrawal_that_came_back_is_the_holders_again(stage: Any) -> None:
    book, anna = stage.book, stage.book.address("anna")
    order = Withdrawal(anna, 1, b"\x09" * 32, stage.today)
    book.send("platform", calls.request_withdrawal(order, book.sign("anna", order)))
    identifier = digest(order, book.contracts.domain_of(Withdrawal))
    book.send("bank", calls.instruct_withdrawal(identifier, b"\x01" * 32))
    book.send("bank", calls.settle_withdrawal(identifier, stage.entry()))
    assert book.ledger.balance_of(anna) == 300_000
    book.send("bank", calls.bounce_withdrawal(identifier, stage.entry()))
    assert book.ledger.balance_of(anna) == 300_001


def test_terms_changed_after_signing_are_refused_by_name(stage: Any) -> None:
    signed = stage.terms()
    changed = replace(signed, funding_deadline=signed.funding_deadline - timedelta(days=1))
    with pytest.raises(ContractError) as refused:
        stage.book.send("platform", calls.propose(changed, stage.book.sign("borrower", signed)))
    assert refused.value.code == "contract.BorrowerSignatureInvalid"
    assert "0x" + loan_id(changed, stage.book.contracts.domain("LoanAgreements")).hex() in refused.value.message()


def test_a_rate_above_the_cap_is_refused_with_both_figures(stage: Any) -> None:
    with pytest.raises(ContractError) as refused:
        stage.propose(stage.terms(pricing=Pricing(600_000_000, DayCount.MONTHLY_12)))
    assert refused.value.code == "contract.RateAboveCap"
    assert refused.value.params == {"rate": 600_000_000, "cap": 240_000_000}


def test_an_unfunded_loan_expires_and_everyone_has_their_money_back(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan = stage.propose(stage.terms(principal=600_000))
    stage.fund(loan)
    assert ledger.balance_of(book.address("anna")) == 0
    with pytest.raises(ContractError) as early:
        book.send("platform", calls.expire(loan, stage.length(loan)))
    assert early.value.code == "contract.DeadlineNotPassed"
    stage.close_day(stage.today + timedelta(days=10))
    book.send("bank", calls.expire(loan, stage.length(loan)))
    book.send("regulator", calls.refund(loan, stage.length(loan), [book.address(n) for n in stage.lenders]))
    assert {n: ledger.balance_of(book.address(n)) for n in stage.lenders} == stage.lenders
    stage.prove(loan)


def test_a_payout_that_came_back_leaves_the_loan_as_if_never_paid(stage: Any) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms = stage.terms()
    loan = stage.active(terms)
    book.send("bank", calls.bounce_payout(loan, stage.length(loan), stage.today, stage.entry()))
    assert ledger.loan(loan).state is State.FUNDED
    assert ledger.exposure(stage.subject("borrower"), 1).outstanding == 0
    stage.prove(loan)
    stage.pay_out(loan, terms)
    stage.prove(loan)
    kinds = [e.kind for e in ledger.history(loan)]
    assert kinds.count(Entry.DISBURSED) == 2
    assert Entry.PAYOUT_BOUNCED in kinds


def test_a_repeated_request_with_the_same_expected_length_acts_once(stage: Any) -> None:
    terms = stage.terms()
    loan = stage.propose(terms)
    stage.fund(loan)
    call = calls.disburse(terms, loan, stage.length(loan), build_rows(terms, stage.today))
    stage.book.send("platform", call)
    with pytest.raises(ContractError) as again:
        stage.book.send("platform", call)
    assert again.value.code in ("contract.HistoryMoved", "contract.LoanState")


def test_a_bank_entry_counts_once(stage: Any) -> None:
    entry = stage.entry()
    stage.book.send("bank", calls.credit(stage.book.address("anna"), 5, entry))
    with pytest.raises(ContractError) as again:
        stage.book.send("bank", calls.credit(stage.book.address("ben"), 5, entry))
    assert again.value.code == "contract.CustodyEntryUsed"


def test_rows_that_are_not_the_only_right_ones_are_refused(stage: Any) -> None:
    terms = stage.terms()
    loan = stage.propose(terms)
    stage.fund(loan)
    rows = build_rows(terms, stage.today)
    wrong = (replace(rows[0], interest=rows[0].interest + 1), *rows[1:])
    with pytest.raises(ContractError) as refused:
        stage.book.send("platform", calls.disburse(terms, loan, stage.length(loan), wrong))
    assert refused.value.code == "contract.ScheduleInterest"


@pytest.mark.parametrize("seat", ["platform", "regulator", "deployer"])
def test_only_the_bank_mints(stage: Any, seat: str) -> None:
    with pytest.raises(ContractError) as refused:
        stage.book.send(seat, calls.credit(stage.book.address("anna"), 5, stage.entry()))
    assert refused.value.code == "contract.ConsortiumSeatNotAllowed"
