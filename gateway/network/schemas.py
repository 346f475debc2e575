"""The ledger and this seat on the wire."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples


class MemberResource(BaseModel):
    """A member of the consortium."""

    number: int
    name: str
    role: str
    root: str
    reading_key: str = Field(description="X25519 public key for document grants, hex.")


class ContractResource(BaseModel):
    """A deployed contract."""

    name: str
    address: str
    code_hash: str
    block: int


class KeyResource(BaseModel):
    """One of the seat's signing keys and what it may be used for."""

    name: str
    address: str
    scopes: list[str]


class SeatResource(BaseModel):
    """This seat. address: its member's root; keys: those that sign here."""

    name: str
    role: str
    address: str | None
    keys: list[KeyResource]
    reading_key: str


class HeightsResource(BaseModel):
    """How far the seat sees: the node's latest block, the highest confirmed one, and what is indexed."""

    latest: int
    confirmed: int
    indexed: int


class Network(BaseModel):
    """The ledger as this seat sees it."""

    model_config = ConfigDict(json_schema_extra=examples({
        "name": "devnet", "chain_id": 20260, "engine": "clique", "genesis_hash": "0x" + "12" * 32, "currency": "CNY",
        "consortium_version": 1, "start_block": 4,
        "seat": {"name": "platform", "role": "PLATFORM", "address": "0x" + "11" * 20, "reading_key": "ab" * 32,
                 "keys": [{"name": "lending", "address": "0x" + "44" * 20, "scopes": ["LEND", "RELAY"]}]},
        "members": [{"number": 1, "name": "platform", "role": "PLATFORM", "root": "0x" + "11" * 20,
                     "reading_key": "ab" * 32}],
        "contracts": [{"name": "LoanEscrow", "address": "0x" + "22" * 20, "code_hash": "0x" + "33" * 32, "block": 5}],
        "heights": {"latest": 120, "confirmed": 118, "indexed": 120},
    }))  # fmt: skip

    name: str
    chain_id: int
    engine: str
    genesis_hash: str
    currency: str
    consortium_version: int
    start_block: int
    seat: SeatResource
    members: list[MemberResource]
    contracts: list[ContractResource]
    heights: HeightsResource


class BusinessDate(BaseModel):
    """The ledger's day. Simulated mode lets it run ahead of the local date; never in production."""

    model_config = ConfigDict(json_schema_extra=examples({"business_date": "2026-01-05", "simulated": True}))

    business_date: date
    simulated: bool


class ReadingKey(BaseModel):
    """The key to which documents are granted at this seat."""

    reader: str
    public_key: str = Field(description="X25519, hex.")


class ErrorResource(BaseModel):
    """One error that any route or command may give."""

    model_config = ConfigDict(json_schema_extra=examples({
        "code": "contract.RateAboveCap", "status": 422, "en": "The rate {rate} is above the cap {cap}.",
        "zh": "利率 {rate} 高于上限 {cap}。",
    }))  # fmt: skip

    code: str
    status: int
    en: str
    zh: str
    selector: str | None = Field(default=None, description="Of the Solidity error, if a contract raises it.")


class Errors(BaseModel):
    """All errors, by code."""

    items: list[ErrorResource]
