"""Proposals and approvals on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Hash
from gateway.transactions.schemas import Transaction

_ID = "7d0c6a4f3d3b4a0cb2a4a8cb3a2f1e55"
_ACTION = "0x" + "ac" * 32
ProposalId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
ContractName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,40}$")]
CallData = Annotated[
    str,
    StringConstraints(pattern=r"^0x([0-9a-fA-F]{2})+$", min_length=10, max_length=400_000),
    Field(description="Call data, 0x hex."),
]


class ApprovalRequest(BaseModel):
    """The second person's approval of a proposal, by the action that was shown.

    If what would be sent has changed since, nothing is approved and the answer names the new action.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"proposal": _ID, "action": _ACTION})
    )

    proposal: ProposalId
    action: Hash = Field(description="`action` of the proposal as the approver saw it.")


class ForeignActionRequest(BaseModel):
    """A call that another seat wants to send, to be shown before it is approved."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"contract": "LoanEscrow", "data": "0x" + "ab" * 36}),
    )

    contract: ContractName
    data: CallData


class ForeignApprovalRequest(ForeignActionRequest):
    """Approval of a call that another seat will send."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"contract": "LoanEscrow", "data": "0x" + "ab" * 36, "action": _ACTION}),
    )

    action: Hash = Field(description="As shown by /v1/approvals:prepare.")


class ShownAction(BaseModel):
    """A call in readable form."""

    action: str = Field(description="keccak256(abi.encode(target, call data)): what is approved on the ledger.")
    contract: str
    function: str
    target: str
    data: str
    arguments: dict[str, Any] = Field(description="By name; integers as strings, amounts in minor units.")


class Proposal(BaseModel):
    """An operation that waits for, or got, its second person."""

    model_config = ConfigDict(json_schema_extra=examples({
        "id": _ID, "kind": "reversal", "status": "proposed", "loan": "0x" + "ab" * 32, "proposer": "an",
        "approver": None,
        "created_at": "2026-02-07T02:00:00.000000+00:00", "decided_at": None, "lapses_at": None,
        "request_hash": "0x" + "4e" * 32,
        "readable": {"operation": "reverse a payment", "loan": "L01", "payment": "entry 9, value date 2026-02-06",
                     "amount": "845.41 CNY", "reason": "the payer's bank called it back"},
        "call": {"action": _ACTION, "contract": "LoanEscrow", "function": "rebook", "target": "0x" + "22" * 20,
                 "data": "0x" + "ab" * 36, "arguments": {}},
        "problem": None, "transactions": [],
    }))  # fmt: skip

    id: str
    kind: str
    status: Literal["proposed", "lapsed", "approved", "withdrawn", "done", "failed"] = Field(
        description="`approved`: its transactions are on their way. `lapsed`: nobody approved it in time."
    )
    loan: str | None
    proposer: str
    approver: str | None
    created_at: str
    decided_at: str | None
    lapses_at: str | None = Field(
        description="When it lapses at the latest; it does so before with the next day-end. Null: it does not lapse."
    )
    request_hash: str = Field(description="SHA-256 of the request as it was made and kept.")
    readable: dict[str, str] = Field(description="What it does, in words and figures.")
    call: ShownAction | None = Field(description="What would be sent now; null if it can't be carried out any more.")
    problem: str | None = Field(description="Why it can't be carried out now.")
    transactions: list[Transaction]


class OnLedger(BaseModel):
    """An approval as it stands on the ledger."""

    action: str
    by: str
    member: int
    valid_through: str
    state: Literal["open", "used", "withdrawn"]
    block: int
