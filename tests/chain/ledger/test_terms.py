"""Terms: their ids, their JSON form and the signatures over them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.errors import TermsInvalid
from chain.ledger.terms import (
    ContractText,
    DayCount,
    Domain,
    Method,
    Pricing,
    ScheduleRule,
    Subscription,
    Terms,
    loan_id,
    regime_id,
    sign_typed,
    subscription_typed_data,
    terms_typed_data,
    typed_digest,
)

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
    pricing=st.builds(Pricing, rate_nano=st.integers(0, 2**64 - 1), day_count=st.sampled_from(DayCount)),
    schedule=st.builds(
        ScheduleRule,
        method=st.sampled_from(Method),
        instalments=st.integers(1, 360),
        period_months=st.integers(1, 12),
    ),
)


@given(terms_strategy)
def test_json_and_abi_forms_give_the_same_terms_back(terms: Terms) -> None:
    assert Terms.from_json(terms.to_json()) == terms
    assert Terms.from_abi(terms.abi_tuple()) == terms


@given(terms_strategy, st.sampled_from(["principal", "regime", "funding_deadline", "pricing", "chain", "contract"]))
def test_any_change_gives_another_id(terms: Terms, what: str) -> None:
    changed, domain = terms, DOMAIN
    if what == "principal":
        changed = replace(terms, principal=terms.principal ^ 1)
    elif what == "regime":
        changed = replace(terms, regime=bytes([terms.regime[0] ^ 1]) + terms.regime[1:])
    elif what == "funding_deadline":
        changed = replace(terms, funding_deadline=terms.funding_deadline.replace(year=1999))
    elif what == "pricing":
        changed = replace(terms, pricing=replace(terms.pricing, rate_nano=terms.pricing.rate_nano ^ 1))
    elif what == "chain":
        domain = replace(DOMAIN, chain_id=1338)
    else:
        domain = replace(DOMAIN, verifying_contract="0x" + "12" * 20)
    assert loan_id(changed, domain) != loan_id(terms, DOMAIN)


@given(terms_strategy)
def test_the_signature_recovers_to_the_borrower_over_exactly_these_terms(terms: Terms) -> None:
    document = terms_typed_data(terms, DOMAIN)
    signature = sign_typed(document, KEY)
    assert Account.recover_message(encode_typed_data(full_message=document), signature=signature) == BORROWER
    other = terms_typed_data(replace(terms, principal=terms.principal ^ 1), DOMAIN)
    assert Account.recover_message(encode_typed_data(full_message=other), signature=signature) != BORROWER


def test_the_digest_is_what_wallets_compute() -> None:
    subscription = Subscription(b"\x01" * 32, BORROWER, 500, b"\x02" * 32, date(2026, 1, 31))
    document = subscription_typed_data(subscription, DOMAIN)
    # Hand-made from the EIP-712 text: keccak(0x1901 | domainSeparator | hashStruct).
    from eth_abi import encode
    from eth_utils import keccak

    domain_type = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    separator = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [domain_type, keccak(text="loan-ledger"), keccak(text="1"), 1337, DOMAIN.verifying_contract],
        )
    )
    kind = keccak(text="Subscription(bytes32 loan,address lender,uint128 amount,bytes32 salt,uint32 validThrough)")
    struct = keccak(
        encode(
            ["bytes32", "bytes32", "address", "uint128", "bytes32", "uint32"],
            [kind, b"\x01" * 32, BORROWER, 500, b"\x02" * 32, 20484],
        )
    )
    assert typed_digest(document) == keccak(b"\x19\x01" + separator + struct)


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
        schedule=ScheduleRule(Method.EQUAL_INSTALMENT, 1, 1),
    ).to_json()
    with pytest.raises(TermsInvalid, match=field):
        Terms.from_json({**raw, field: value})
    del raw[field]
    with pytest.raises(TermsInvalid, match=field):
        Terms.from_json(raw)
