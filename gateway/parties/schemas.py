"""Parties on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Address
from gateway.money import Money

_EXAMPLE = {
    "reference": "P01", "platform": "platform", "address": "0x" + "11" * 20, "kind": "PERSON",
    "identity": {"name": "Zhang San", "document_type": "CN-ID", "document_number": "110101199001011234",
                 "country": "CN"},
    "account": {"number": "6222020200112233445", "name": "Zhang San"},
}  # fmt: skip

Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(description="The platform's own number."),
]


class Identity(BaseModel):
    """Who the party is; the subject id is a keyed hash over all of it and the platform."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=140, strip_whitespace=True)]
    document_type: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{2,20}$")]
    document_number: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{4,40}$")]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"


class BankAccount(BaseModel):
    """The party's own bank account: money is taken from it only and paid to it only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4,34}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=140, strip_whitespace=True)]


class PartyRequest(BaseModel):
    """A party that the bank has checked. platform: a member's name; the only platform if left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples(_EXAMPLE))

    reference: Reference
    platform: str | None = None
    address: Address
    kind: Literal["PERSON", "ORGANISATION"]
    identity: Identity
    account: BankAccount


class FreezeRequest(BaseModel):
    """The order by which a party's payouts are held or freed; only its salted hash goes on the ledger."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"order": "court order 2026-17 of 2026-03-02"})
    )

    order: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ReplacementRequest(BaseModel):
    """The address that shall stand for a party whose key is lost."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"address": "0x" + "33" * 20, "reason": "the phone was lost"}),
    )

    address: Address
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ConsentRequest(BaseModel):
    """The regulator's consent to exactly this announcement."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({"address": "0x" + "33" * 20}))

    address: Address


class ReplacementResource(BaseModel):
    """An announced replacement."""

    address: str
    takes_over_from: date = Field(description="First business date on which it may take over.")
    consented: bool


class Party(BaseModel):
    """A party. Reference, identity, account and deposit reference are shown at the bank's seat only."""

    model_config = ConfigDict(json_schema_extra=examples(
        _EXAMPLE | {"subject": "0x" + "ab" * 32, "registered": True, "deposit_reference": "RF45D0123456789012345",
                    "balance": {"amount": "1500.00", "currency": "CNY"}}))  # fmt: skip

    address: str = Field(description="Stands for the subject now.")
    subject: str
    kind: str
    frozen: bool = Field(default=False, description="Whether the regulator holds its payouts.")
    replacement: ReplacementResource | None = Field(default=None, description="Announced; for a single party only.")
    registered: bool = Field(description="Whether the ledger has it.")
    balance: Money | None = Field(description="Custody tokens; given for a single party only.")
    reference: str | None = None
    platform: str | None = None
    identity: Identity | None = None
    account: BankAccount | None = None
    deposit_reference: str | None = Field(default=None, description="What the party writes on deposits into custody.")
