"""The whole life of a loan on a real EVM, through the facade: every number read back from the chain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from web3 import Web3

from chain.ledger import calls
from chain.ledger.calls import BankEntry, PartyKind, Profile, Receipt
from chain.ledger.days import day_of
from chain.ledger.errors import ContractError
from chain.ledger.history import Entry, check, payload_fields
from chain.ledger.reader import Payout, State
from chain.ledger.schedule import build_rows
from chain.ledger.terms import (
    ContractText,
    DayCount,
    Domain,
    Method,
    Pricing,
    ScheduleRule,
    Subscription,
    Terms,
    Withdrawal,
    loan_id,
    regime_id,
    sign_typed,
    subscription_typed_data,
    terms_typed_data,
    typed_digest,
    withdrawal_typed_data,
)

REGIME = regime_id("test-2026")
START = date(2026, 1, 5)


@dataclass
class Stage:
    """A ledger with a regime, a borrower and lenders with money."""

    book: Any
    lenders: dict[str, int]
    entries: int = 0

    def entry(self) -> BankEntry:
        self.entries += 1
        return BankEntry(1, self.entries, Web3.keccak(text=str(self.entries)))

    def subject(self, name: str) -> bytes:
        return bytes(Web3.keccak(text=f"subject {name}"))

    def terms(self, **changes: Any) -> Terms:
        terms = Terms(
            platform=self.book.address("platform"),
            borrower=self.book.address("borrower"),
            currency="CNY",
            principal=sum(self.lenders.values()),
            regime=REGIME,
            funding_deadline=START + timedelta(days=10),
            text=ContractText("T-1", b"\x01" * 32, b"\x02" * 32, b"\x03" * 32),
            pricing=Pricing(50_000_000, DayCount.MONTHLY_12),
            schedule=ScheduleRule(Method.EQUAL_INSTALMENT, 6, 1),
        )
        return replace(terms, **changes)

    def domain(self, contract: str) -> Domain:
        return Domain(self.book.consortium.chain_id, self.book.consortium.address(contract))

    def propose(self, terms: Terms, signer: str = "borrower") -> bytes:
        document = terms_typed_data(terms, self.domain("LoanAgreements"))
        self.book.send("platform", calls.propose(terms, sign_typed(document, self.book.key(signer))))
        return loan_id(terms, self.domain("LoanAgreements"))

    def subscription(self, loan: bytes, lender: str, amount: int) -> tuple[Subscription, bytes]:
        subscription = Subscription(
            loan, self.book.address(lender), amount, Web3.keccak(text=lender), START + timedelta(days=10)
        )
        document = subscription_typed_data(subscription, self.domain("LoanEscrow"))
        return subscription, sign_typed(document, self.book.key(lender))

    def fund(self, loan: bytes) -> None:
        signed = [self.subscription(loan, lender, amount) for lender, amount in self.lenders.items()]
        self.book.send("platform", calls.subscribe(loan, self.length(loan), signed))

    def length(self, loan: bytes) -> int:
        return int(self.book.ledger.head(loan)[1])

    def close_day(self, through: date) -> None:
        booked = self.book.ledger.supply()
        digest = Web3.keccak(text=through.isoformat())
        self.book.send("bank", calls.attest(through, digest, booked, 0, 0))
        self.book.send("bank", calls.close_day(through, digest))


@pytest.fixture
def stage(book: Any) -> Stage:
    stage = Stage(book, {"anna": 300_001, "ben": 199_999})
    profile = Profile(240_000_000, 2, date(2026, 1, 1), date(2026, 12, 31))
    book.send("regulator", calls.set_profile(REGIME, profile))
    for name in ("borrower", *stage.lenders):
        book.send("bank", calls.register_party(book.address(name), stage.subject(name), PartyKind.PERSON))
    for name, amount in stage.lenders.items():
        book.send("bank", calls.credit(book.address(name), amount, stage.entry()))
    return stage


def test_a_loan_lives_from_proposal_to_closing_and_every_unit_of_money_is_accounted_for(stage: Stage) -> None:
    book, ledger = stage.book, stage.book.ledger
    terms = stage.terms()
    loan = stage.propose(terms)
    assert ledger.loan(loan).state is State.PROPOSED
    stage.fund(loan)
    assert ledger.loan(loan).state is State.FUNDED
    book.send("platform", calls.disburse(loan, stage.length(loan)))
    book.send("bank", calls.instruct(loan, stage.length(loan), b"\x05" * 32))
    rows = build_rows(terms, START)
    book.send("bank", calls.settle(terms, loan, stage.length(loan), START, stage.entry(), rows))
    record = ledger.loan(loan)
    assert (record.state, record.payout, record.outstanding) == (State.ACTIVE, Payout.SETTLED, terms.principal)
    assert ledger.schedule(record.schedule) == rows
    assert ledger.supply() == 0

    paid = 0
    for row in rows:
        stage.close_day(row.due - timedelta(days=1))
        receipt = Receipt(loan, stage.length(loan), row.principal + row.interest, row.due, stage.entry())
        book.send("bank", calls.collect([receipt]))
        paid += receipt.amount
    record = ledger.loan(loan)
    assert (record.state, record.outstanding, record.distributed) == (State.REPAID, 0, paid)

    book.send("platform", calls.claim(loan, stage.length(loan), [book.address(name) for name in stage.lenders]))
    received = {name: ledger.balance_of(book.address(name)) for name in stage.lenders}
    assert received == {name: units * paid // terms.principal for name, units in stage.lenders.items()}

    with pytest.raises(ContractError, match="may reverse"):
        book.send("platform", calls.close(loan, stage.length(loan)))
    stage.close_day(rows[-1].due + timedelta(days=3))
    book.send("platform", calls.close(loan, stage.length(loan)))
    dust = paid - sum(received.values())
    if dust:
        book.send("platform", calls.sweep_dust(loan, stage.length(loan)))
    assert ledger.reserve(1) == dust
    assert ledger.supply() == paid

    entries = ledger.history(loan)
    head, length = ledger.head(loan)
    assert (check(loan, entries), len(entries)) == (head, length)
    assert Terms.from_abi(payload_fields(entries[0])["terms"]) == terms
    posted = [payload_fields(e) for e in entries if e.kind is Entry.PAYMENT_POSTED]
    assert [(p["principal"], p["interest"]) for p in posted] == [(r.principal, r.interest) for r in rows]


def test_lenders_signatures_can_be_checked_again_from_the_history_alone(stage: Stage) -> None:
    loan = stage.propose(stage.terms())
    stage.fund(loan)
    subscribed = [payload_fields(e) for e in stage.book.ledger.history(loan) if e.kind is Entry.SUBSCRIBED]
    assert [(v["lender"], v["amount"]) for v in subscribed] == [
        (stage.book.address(name), amount) for name, amount in stage.lenders.items()
    ]
    for v in subscribed:
        promise = Subscription(loan, v["lender"], v["amount"], v["salt"], day_of(v["validThrough"]))
        document = subscription_typed_data(promise, stage.domain("LoanEscrow"))
        assert (
            Account.recover_message(encode_typed_data(full_message=document), signature=v["signature"]) == v["lender"]
        )


def test_a_withdrawal_that_the_bank_left_lying_goes_back_to_its_holder(stage: Stage) -> None:
    book, anna = stage.book, stage.book.address("anna")
    order = Withdrawal(anna, 300_001, b"\x09" * 32, START)
    document = withdrawal_typed_data(order, stage.domain("Withdrawals"))
    book.send("platform", calls.request_withdrawal(order, sign_typed(document, book.key("anna"))))
    identifier = typed_digest(document)
    with pytest.raises(ContractError) as early:
        book.send("platform", calls.release_withdrawal(identifier))
    assert early.value.code == "contract.WithdrawalStillValid"
    stage.close_day(START)
    book.send("platform", calls.release_withdrawal(identifier))
    assert book.ledger.withdrawal(identifier) == (Payout.RETURNED, anna, 300_001)
    assert book.ledger.balance_of(anna) == 300_001


def test_terms_changed_after_signing_are_refused_by_name(stage: Stage) -> None:
    signed = stage.terms()
    document = terms_typed_data(signed, stage.domain("LoanAgreements"))
    signature = sign_typed(document, stage.book.key("borrower"))
    changed = replace(signed, principal=signed.principal + 1)
    with pytest.raises(ContractError) as refused:
        stage.book.send("platform", calls.propose(changed, signature))
    assert refused.value.code == "contract.BorrowerSignatureInvalid"
    assert "0x" + loan_id(changed, stage.domain("LoanAgreements")).hex() in refused.value.message()


def test_a_rate_above_the_cap_is_refused_with_both_figures(stage: Stage) -> None:
    with pytest.raises(ContractError) as refused:
        stage.propose(stage.terms(pricing=Pricing(600_000_000, DayCount.MONTHLY_12)))
    assert refused.value.code == "contract.RateAboveCap"
    assert refused.value.params == {"rate": 600_000_000, "cap": 240_000_000}


def test_an_unfunded_loan_expires_and_everyone_has_their_money_back(stage: Stage) -> None:
    book, ledger = stage.book, stage.book.ledger
    loan = stage.propose(stage.terms(principal=600_000))
    stage.fund(loan)
    assert ledger.balance_of(book.address("anna")) == 0
    with pytest.raises(ContractError) as early:
        book.send("platform", calls.expire(loan, stage.length(loan)))
    assert early.value.code == "contract.DeadlineNotPassed"
    stage.close_day(START + timedelta(days=10))
    book.send("bank", calls.expire(loan, stage.length(loan)))
    book.send("regulator", calls.refund(loan, stage.length(loan), [book.address(n) for n in stage.lenders]))
    assert {n: ledger.balance_of(book.address(n)) for n in stage.lenders} == stage.lenders
    assert check(loan, ledger.history(loan)) == ledger.head(loan)[0]


def test_a_repeated_request_with_the_same_expected_length_acts_once(stage: Stage) -> None:
    loan = stage.propose(stage.terms())
    stage.fund(loan)
    length = stage.length(loan)
    stage.book.send("platform", calls.disburse(loan, length))
    with pytest.raises(ContractError) as again:
        stage.book.send("platform", calls.disburse(loan, length))
    assert again.value.code in ("contract.HistoryMoved", "contract.LoanState")


def test_a_bank_entry_counts_once(stage: Stage) -> None:
    entry = stage.entry()
    stage.book.send("bank", calls.credit(stage.book.address("anna"), 5, entry))
    with pytest.raises(ContractError) as again:
        stage.book.send("bank", calls.credit(stage.book.address("ben"), 5, entry))
    assert again.value.code == "contract.CustodyEntryUsed"


def test_rows_that_are_not_the_only_right_ones_are_refused(stage: Stage) -> None:
    terms = stage.terms()
    loan = stage.propose(terms)
    stage.fund(loan)
    stage.book.send("platform", calls.disburse(loan, stage.length(loan)))
    stage.book.send("bank", calls.instruct(loan, stage.length(loan), b"\x05" * 32))
    rows = build_rows(terms, START)
    wrong = (replace(rows[0], interest=rows[0].interest + 1), *rows[1:])
    with pytest.raises(ContractError) as refused:
        stage.book.send("bank", calls.settle(terms, loan, stage.length(loan), START, stage.entry(), wrong))
    assert refused.value.code == "contract.ScheduleInterest"


@pytest.mark.parametrize("seat", ["platform", "regulator", "deployer"])
def test_only_the_bank_mints(stage: Stage, seat: str) -> None:
    with pytest.raises(ContractError) as refused:
        stage.book.send(seat, calls.credit(stage.book.address("anna"), 5, stage.entry()))
    assert refused.value.code == "contract.ConsortiumSeatNotAllowed"
