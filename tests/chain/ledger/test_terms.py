"""Terms: their ids, their JSON form and the signatures over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.errors import TermsInvalid
from chain.ledger.terms import (
    PLAIN_PAYMENTS,
    AllocationOrder,
    ContractText,
    DayCount,
    Fee,
    FeeKind,
    KindsOrder,
    Method,
    PaymentRule,
    PenaltyBase,
    Pricing,
    ScheduleRule,
    Terms,
    loan_id,
    regime_id,
)
from chain.ledger.typed_data import Domain, sign_typed, typed_data

DOMAIN = Domain(chain_id=1337, verifying_contract="0x" + "11" * 20)
KEY = "0x" + "42" * 32
BORROWER = Account.from_key(KEY).address

terms_strategy = st.builds(
    Terms,
    platform=st.just(Account.from_key("0x" + "43" * 32).address),
    borrower=st.just(BORROWER),
    currency=st.just("CNY"),
    principal=st.integers(1, 2**112 - 1),
    regime=st.binary(min_size=32, max_size=32),
    funding_deadline=st.dates(date(2000, 1, 1), date(2200, 1, 1)),
    text=st.builds(
        ContractText,
        number=st.text(min_size=1, max_size=40),
        salt=st.binary(min_size=32, max_size=32),
        text_hash=st.binary(min_size=32, max_size=32),
        cid_commitment=st.binary(min_size=32, max_size=32),
    ),
    pricing=st.builds(
        Pricing,
        rate_nano=st.integers(0, 2**64 - 1),
        day_count=st.sampled_from(DayCount),
        rate_shares=st.lists(st.integers(1, 65535), max_size=4).map(tuple),
    ),
    schedule=st.builds(
        ScheduleRule,
        method=st.sampled_from(Method),
        instalments=st.integers(1, 360),
        period_months=st.integers(1, 12),
        first_tranche=st.integers(1, 2**64 - 1),
        available_through=st.none() | st.dates(date(2000, 1, 1), date(2200, 1, 1)),
        table_hash=st.binary(min_size=32, max_size=32),
    ),
    payments=st.builds(
        PaymentRule,
        order=st.sampled_from(AllocationOrder),
        kinds=st.sampled_from(KindsOrder),
        penalty_first=st.booleans(),
        penalty_base=st.sampled_from(PenaltyBase),
        penalty_replaces=st.booleans(),
        penalty_rate_nano=st.integers(0, 2**64 - 1),
        grace_days=st.integers(0, 65535),
        early_kinds=st.integers(0, 7),
        early_fee_nano=st.integers(0, 2**64 - 1),
        calendar=st.integers(0, 65535),
    ),
    fees=st.lists(
        st.builds(Fee, kind=st.sampled_from(FeeKind), payee=st.just(BORROWER), amount=st.integers(1, 2**64)), max_size=4
    ).map(tuple),
)


@given(terms_strategy)
def test_json_and_abi_forms_give_the_same_terms_back(terms: Terms) -> None:
    assert Terms.from_json(terms.to_json()) == terms
    assert Terms.from_abi(terms.abi_tuple()) == terms


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every single value in plain JSON, by the way to it."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(part, (*at, key))
    else:
        yield at


def _other(value: Any) -> Any:
    """A value of the same form as `value`, but another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if value is None:
        return "2031-01-01"
    for names in (Method, DayCount, AllocationOrder, KindsOrder, PenaltyBase, FeeKind):
        if value in names.__members__:
            return next(name for name in names.__members__ if name != value)
    if value.isdecimal():
        return str(int(value) ^ 1)
    return "1999-01-01" if value.count("-") == 2 else value[:-1] + ("0" if value[-1] != "0" else "1")


@given(terms_strategy, st.data())
def test_any_change_anywhere_gives_another_id(terms: Terms, data: st.DataObject) -> None:
    raw = terms.to_json()
    path = data.draw(st.sampled_from(list(_paths(raw))))
    place = raw
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = _other(place[path[-1]])
    assert loan_id(Terms.from_json(raw), DOMAIN) != loan_id(terms, DOMAIN), path


@given(terms_strategy)
def test_the_same_terms_on_another_chain_or_contract_are_another_loan(terms: Terms) -> None:
    domains = (DOMAIN, replace(DOMAIN, chain_id=1338), replace(DOMAIN, verifying_contract="0x" + "12" * 20))
    assert len({loan_id(terms, domain) for domain in domains}) == 3


def test_the_id_is_the_one_that_the_agreements_contract_computes(book: Any) -> None:
    domain = book.contracts.domain("LoanAgreements")
    terms = Terms(
        platform=BORROWER,
        borrower=BORROWER,
        currency="CNY",
        principal=1_000_000,
        regime=regime_id("demo"),
        funding_deadline=date(2026, 1, 1),
        text=ContractText("A-1", b"\x01" * 32, b"\x02" * 32, b"\x03" * 32),
        pricing=Pricing(1, DayCount.ACT_ACT, (3, 1)),
        schedule=ScheduleRule(Method.EQUAL_PRINCIPAL, 12, 3, 500_000, date(2026, 6, 1)),
        payments=replace(PLAIN_PAYMENTS, penalty_base=PenaltyBase.INSTALMENT, penalty_rate_nano=7, calendar=2),
        fees=(Fee(FeeKind.EACH_INSTALMENT, BORROWER, 5), Fee(FeeKind.FIRST_INSTALMENT, BORROWER, 6)),
    )
    for one in (terms, replace(terms, fees=(), pricing=Pricing(1, DayCount.ACT_360))):
        assert book.ledger.view("LoanAgreements", "digest", one.abi_tuple()) == loan_id(one, domain)


@given(terms_strategy)
def test_the_signature_recovers_to_the_borrower_over_exactly_these_terms(terms: Terms) -> None:
    document = typed_data(terms, DOMAIN)
    signature = sign_typed(document, KEY)
    assert Account.recover_message(encode_typed_data(full_message=document), signature=signature) == BORROWER
    other = typed_data(replace(terms, principal=terms.principal ^ 1), DOMAIN)
    assert Account.recover_message(encode_typed_data(full_message=other), signature=signature) != BORROWER


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("principal", "-1"),
        ("principal", 1.5),
        ("principal", True),
        ("borrower", "0x12"),
        ("regime", "0x" + "zz" * 32),
        ("funding_deadline", "2026-02-30"),
        ("pricing", []),
        ("text", None),
        ("fees", {}),
        ("payments", "none"),
    ],
)
def test_bad_json_is_refused_naming_the_field(field: str, value: object) -> None:
    raw = Terms(
        platform=BORROWER,
        borrower=BORROWER,
        currency="CNY",
        principal=1,
        regime=regime_id("demo"),
        funding_deadline=date(2026, 1, 1),
        text=ContractText("A-1", b"\0" * 32, b"\0" * 32, b"\0" * 32),
        pricing=Pricing(1, DayCount.ACT_365),
        schedule=ScheduleRule(Method.EQUAL_INSTALMENT, 1, 1, 1),
        payments=PLAIN_PAYMENTS,
        fees=(),
    ).to_json()
    with pytest.raises(TermsInvalid, match=field):
        Terms.from_json({**raw, field: value})
    del raw[field]
    with pytest.raises(TermsInvalid, match=field):
        Terms.from_json(raw)


def test_a_bad_value_deep_inside_is_named_by_its_path() -> None:
    raw = {"kind": "EACH_INSTALMENT", "payee": BORROWER, "amount": "x"}
    whole = Terms(
        platform=BORROWER,
        borrower=BORROWER,
        currency="CNY",
        principal=1,
        regime=regime_id("demo"),
        funding_deadline=date(2026, 1, 1),
        text=ContractText("A-1", b"\0" * 32, b"\0" * 32, b"\0" * 32),
        pricing=Pricing(1, DayCount.ACT_365),
        schedule=ScheduleRule(Method.EQUAL_INSTALMENT, 1, 1, 1),
        payments=PLAIN_PAYMENTS,
        fees=(),
    ).to_json()
    with pytest.raises(TermsInvalid) as refused:
        Terms.from_json({**whole, "fees": [raw]})
    assert refused.value.params["field"] == "fees[0].amount"
