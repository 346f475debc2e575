"""What parties sign: the digests are those of the contracts, and any change gives another."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from eth_abi import encode
from eth_account import Account
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger import orders as o
from chain.ledger.errors import OrderInvalid
from chain.ledger.solidity import Struct
from chain.ledger.terms import EarlyKind, Terms
from chain.ledger.typed_data import Domain, digest, sign, signer_of, typed_data

LOAN, SALT, DAY = b"\x01" * 32, b"\x02" * 32, date(2026, 1, 31)
A, B = "0x" + "11" * 20, "0x" + "22" * 20
DOMAIN = Domain(chain_id=1337, verifying_contract="0x" + "33" * 20)
KEY = "0x" + "42" * 32

# Each order and the view by which its contract answers its digest.
ORDERS: tuple[tuple[Struct, str, tuple[Any, ...] | None], ...] = (
    (o.Subscription(LOAN, A, 500, 2, SALT, DAY), "subscriptionDigest", None),
    (o.Drawdown(LOAN, 500, SALT, DAY), "drawdownDigest", None),
    (o.Payment(LOAN, A, 500, SALT, DAY), "paymentDigest", None),
    (o.Mandate(LOAN, A, 500, SALT, DAY), "mandateDigest", None),
    (o.MandateRevocation(LOAN), "revocationDigest", (LOAN,)),
    (o.EarlyRepayment(LOAN, EarlyKind.LOWER, SALT, DAY), "earlyRepaymentDigest", None),
    (o.PositionTransfer(LOAN, A, B, 7, 500, SALT, DAY), "transferDigest", None),
    (o.Opening(LOAN, 500, DAY, SALT, LOAN), "openingDigest", None),
    (o.Withdrawal(A, 500, SALT, DAY), "digest", None),
    (o.KeyRegistration(A, 2, 0b101, 500), "keyDigest", (A, 2, 0b101, 500)),
)


def test_every_order_has_the_digest_that_its_contract_computes(book: Any) -> None:
    for order, view, args in ORDERS:
        contract = o.ORDER_CONTRACTS[type(order)]
        on_chain = book.ledger.view(contract, view, *(args or (order.abi_tuple(),)))
        assert digest(order, book.contracts.domain_of(type(order))) == on_chain, type(order).__name__


def test_no_kind_of_order_is_missing_here() -> None:
    assert {type(order) for order, _, _ in ORDERS} == set(o.ORDER_CONTRACTS) - {Terms}


@pytest.mark.parametrize("order", [order for order, _, _ in ORDERS], ids=lambda order: type(order).__name__)
def test_a_signature_covers_every_field_the_chain_and_the_contract(order: Struct) -> None:
    signature = sign(order, DOMAIN, KEY)
    signer = Account.from_key(KEY).address
    assert signer_of(order, DOMAIN, signature) == signer
    for field in fields(order):  # type: ignore[arg-type]
        value = getattr(order, field.name)
        other: Any = {bytes: b"\x09" * 32, str: B if value == A else A, date: date(2027, 1, 1)}.get(type(value), 1)
        assert signer_of(replace(order, **{field.name: other}), DOMAIN, signature) != signer, field.name  # type: ignore[type-var]
    assert signer_of(order, replace(DOMAIN, chain_id=1338), signature) != signer
    assert signer_of(order, replace(DOMAIN, verifying_contract=A), signature) != signer


@pytest.mark.parametrize("order", [order for order, _, _ in ORDERS], ids=lambda order: type(order).__name__)
def test_orders_come_back_from_json_and_abi(order: Struct) -> None:
    assert type(order).from_json(order.to_json()) == order
    assert type(order).from_abi(order.abi_tuple()) == order


def test_the_digest_is_what_wallets_compute() -> None:
    order = o.Withdrawal(A, 500, SALT, DAY)
    # Hand-made from the EIP-712 text: keccak(0x1901 | domainSeparator | hashStruct).
    domain_type = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    separator = keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [domain_type, keccak(text="loan-ledger"), keccak(text="1"), 1337, DOMAIN.verifying_contract],
        )
    )
    kind = keccak(text="Withdrawal(address holder,uint128 amount,bytes32 salt,uint32 validThrough)")
    struct = keccak(encode(["bytes32", "address", "uint128", "bytes32", "uint32"], [kind, A, 500, SALT, 20484]))
    assert digest(order, DOMAIN) == keccak(b"\x19\x01" + separator + struct)


def test_a_document_lists_the_types_of_all_parts() -> None:
    document = typed_data(o.Withdrawal(A, 500, SALT, DAY), DOMAIN)
    assert set(document["types"]) == {"EIP712Domain", "Withdrawal"}
    assert document["message"] == {"holder": A, "amount": 500, "salt": "0x" + SALT.hex(), "validThrough": 20484}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loan", "0x12"),
        ("lender", "0x12"),
        ("amount", "-1"),
        ("amount", str(2**128)),
        ("amount", 1.5),
        ("lender_class", 256),
        ("lender_class", True),
        ("valid_through", "2026-02-30"),
        ("valid_through", "1969-12-31"),
    ],
)
def test_an_order_that_does_not_fit_is_refused_naming_the_field(field: str, value: object) -> None:
    raw = o.Subscription(LOAN, A, 500, 2, SALT, DAY).to_json()
    with pytest.raises(OrderInvalid, match=field):
        o.Subscription.from_json({**raw, field: value})
    del raw[field]
    with pytest.raises(OrderInvalid, match=field):
        o.Subscription.from_json(raw)


@given(st.integers(0, 2**32 - 1))
def test_days_that_no_calendar_has_are_read_as_the_last_one(number: int) -> None:
    read = o.Withdrawal.from_abi((A, 1, SALT, number)).valid_through
    assert read == date.max if number > 2_932_896 else (read - date(1970, 1, 1)).days == number
