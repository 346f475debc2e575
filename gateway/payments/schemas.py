"""Payments, mandates and early repayments on the wire."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.fields import Address, Hash, Length, Signature
from gateway.loans.terms_schemas import EarlyName, Strict
from gateway.money import Money, PositiveMoney
from gateway.orders import OrderDay

_SIGNATURE = "0x" + "cd" * 65
_CNY = {"amount": "845.41", "currency": "CNY"}
_ORDER = {"salt": "0x" + "07" * 32, "valid_through": "2026-03-31"}
_PAYMENT = {"payer": "0x" + "11" * 20, "amount": _CNY} | _ORDER
_MANDATE = {"payer": "0x" + "11" * 20, "limit": _CNY} | _ORDER
_EARLY = {"kind": "TOTAL"} | _ORDER


class PaymentTerms(Strict):
    """A registered party's payment of the loan from its own custody tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_PAYMENT))

    payer: Address
    amount: PositiveMoney
    salt: Hash
    valid_through: OrderDay


class PaymentRequest(PaymentTerms):
    """The payment, signed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(_PAYMENT | {"expected_history_length": 9, "signature": _SIGNATURE}),
    )

    expected_history_length: Length
    signature: Signature


class MandateTerms(Strict):
    """Standing authority to pay what is due from the payer's tokens, until it is revoked. limit: for one day."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_MANDATE))

    payer: Address
    limit: PositiveMoney
    salt: Hash
    valid_through: OrderDay


class MandateRequest(MandateTerms):
    """The mandate, signed; kept at this seat, which pays by it when it is asked to."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples(_MANDATE | {"signature": _SIGNATURE})
    )

    signature: Signature


class RevocationRequest(Strict):
    """The payer's signature over the mandate's end."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"expected_history_length": 9, "signature": _SIGNATURE}),
    )

    expected_history_length: Length
    signature: Signature


class MandateResource(BaseModel):
    """A mandate that this seat keeps."""

    id: str = Field(description="Its digest, by which it is revoked.")
    loan: str
    payer: str
    limit: Money
    valid_through: date
    status: Literal["open", "revoked"]


class Mandates(BaseModel):
    """All mandates kept here for a loan."""

    items: list[MandateResource]


class EarlyRepaymentTerms(Strict):
    """The borrower's order for an early repayment: of all, keeping the instalment, or keeping the rows."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_EARLY))

    kind: EarlyName
    salt: Hash
    valid_through: OrderDay


class EarlyRepaymentRequest(EarlyRepaymentTerms):
    """The order, signed; the bank carries it out with the first receipt that suffices."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples(_EARLY | {"signature": _SIGNATURE})
    )

    signature: Signature


class EarlyRepaymentResource(BaseModel):
    """An order that waits for its receipt, or was carried out by one."""

    id: str
    loan: str
    kind: EarlyName
    valid_through: date
    status: Literal["open", "used", "expired", "refused"]
    statement: int | None
    entry: int | None


class EarlyRepayments(BaseModel):
    """All orders kept here for a loan, oldest first."""

    items: list[EarlyRepaymentResource]
