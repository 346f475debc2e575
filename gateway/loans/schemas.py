"""Loans on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Address, Hash, Length, Signature
from gateway.loans.terms_schemas import TERMS_EXAMPLE, Day, Strict, TermsRequest
from gateway.money import Money, PositiveMoney

_ID = "0x" + "ab" * 32
_CNY = "CNY"
StateName = Literal["Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"]


class PrepareRequest(Strict):
    """Terms to be signed."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({"terms": TERMS_EXAMPLE}))

    terms: TermsRequest


class Prepared(BaseModel):
    """What the borrower signs."""

    loan_id: str = Field(description="The loan's id: the digest that the signature is over.")
    typed_data: dict[str, Any] = Field(description="The EIP-712 document for the borrower's wallet.")
    terms: dict[str, Any] = Field(description="The terms as they stand on the ledger; principal in minor units.")


class ProposeRequest(Strict):
    """Terms and the borrower's signature over them."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"terms": TERMS_EXAMPLE, "borrower_signature": "0x" + "cd" * 65}),
    )

    terms: TermsRequest
    borrower_signature: Signature


class SubscriptionTerms(Strict):
    """What a lender promises."""

    lender: Address
    amount: PositiveMoney
    lender_class: Annotated[int, Field(ge=0, le=3, description="The class that the lender is in, from 0.")] = 0
    salt: Hash
    valid_through: Day


class SubscriptionsPrepareRequest(Strict):
    """Subscriptions to be signed."""

    subscriptions: Annotated[list[SubscriptionTerms], Field(min_length=1, max_length=100)]


class PreparedSubscription(BaseModel):
    """What one lender signs."""

    lender: str
    typed_data: dict[str, Any]


class PreparedSubscriptions(BaseModel):
    """In the order asked for."""

    items: list[PreparedSubscription]


class SubscriptionRequest(SubscriptionTerms):
    """A lender's signed promise."""

    signature: Signature


class SubscriptionsRequest(Strict):
    """Signed subscriptions, taken together or not at all."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({
        "expected_history_length": 1,
        "subscriptions": [{
            "lender": "0x" + "11" * 20, "amount": {"amount": "2500.00", "currency": _CNY}, "salt": "0x" + "04" * 32,
            "valid_through": "2026-01-20", "signature": "0x" + "cd" * 65,
        }],
    }))  # fmt: skip

    expected_history_length: Length
    subscriptions: Annotated[list[SubscriptionRequest], Field(min_length=1, max_length=100)]


class StepRequest(Strict):
    """A step that needs nothing but the loan's history length."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({"expected_history_length": 4}))

    expected_history_length: Length


class CancelRequest(StepRequest):
    """Why a loan is cancelled; only the reason's hash goes on the ledger."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"expected_history_length": 3, "reason": "the borrower withdrew"}),
    )

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class FeeClaimRequest(StepRequest):
    """Which payee of fees is paid."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"expected_history_length": 9, "payee": "0x" + "11" * 20}),
    )

    payee: Address


class LendersRequest(StepRequest):
    """For whom; all who have something to get if left out."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            {"expected_history_length": 9}, {"expected_history_length": 9, "lenders": ["0x" + "11" * 20]}
        ),
    )

    lenders: Annotated[list[Address], Field(min_length=1, max_length=200)] | None = None


class HistoryHead(BaseModel):
    """Where the loan's history stands."""

    length: int = Field(description="Pass it as expected_history_length.")
    head: str
    last_block: int
    confirmed: bool = Field(description="Whether the last entry is confirmed.")


class PaymentRuleResource(BaseModel):
    """How payments are used, what lateness costs and which early repayments are agreed."""

    order: str
    kinds: str
    penalty_first: bool
    penalty_base: str
    penalty_replaces: bool
    penalty_rate: str
    grace_days: int
    early: list[str]
    early_fee: str
    calendar: int


class FeeResource(BaseModel):
    """A fee and who earns it."""

    kind: str
    payee: str
    amount: Money


class LoanTermsResource(BaseModel):
    """The agreed terms in readable form."""

    regime: str
    rate: str = Field(description="Nominal annual rate.")
    day_count: str
    rate_shares: list[int] = Field(description="By class of lenders; empty: one class.")
    method: str
    instalments: int
    period_months: int
    first_tranche: Money
    available_through: date | None
    table_hash: str | None
    payments: PaymentRuleResource
    fees: list[FeeResource]
    text_hash: str
    cid_commitment: str


class Loan(BaseModel):
    """A loan as its history makes it."""

    model_config = ConfigDict(json_schema_extra=examples({
        "id": _ID, "number": "L01", "platform": "0x" + "22" * 20, "borrower": "0x" + "11" * 20, "state": "Active",
        "payout": "Settled", "repayment_reference": "RF45L0123456789012345",
        "principal": {"amount": "5000.00", "currency": _CNY}, "subscribed": {"amount": "5000.00", "currency": _CNY},
        "drawn": {"amount": "5000.00", "currency": _CNY}, "undrawn_returned": {"amount": "0.00", "currency": _CNY},
        "outstanding": {"amount": "4175.42", "currency": _CNY}, "interest_paid": {"amount": "20.83", "currency": _CNY},
        "principal_paid": {"amount": "824.58", "currency": _CNY}, "penalty_paid": {"amount": "0.00", "currency": _CNY},
        "fees_paid": {"amount": "0.00", "currency": _CNY}, "overpaid": {"amount": "0.00", "currency": _CNY},
        "bank_claim": {"amount": "0.00", "currency": _CNY}, "paid": {"amount": "845.41", "currency": _CNY},
        "funding_deadline": "2026-01-20", "start": "2026-01-06", "last_value_date": "2026-02-06", "repaid_on": None,
        "terms": {"regime": "0x" + "05" * 32, "rate": "0.05", "day_count": "MONTHLY_12", "rate_shares": [],
                  "method": "EQUAL_INSTALMENT", "instalments": 6, "period_months": 1,
                  "first_tranche": {"amount": "5000.00", "currency": _CNY}, "available_through": None,
                  "table_hash": None, "fees": [], "text_hash": "0x" + "02" * 32, "cid_commitment": "0x" + "03" * 32,
                  "payments": {"order": "HORIZONTAL", "kinds": "FEE_INTEREST_PRINCIPAL", "penalty_first": False,
                               "penalty_base": "NONE", "penalty_replaces": False, "penalty_rate": "0",
                               "grace_days": 0, "early": [], "early_fee": "0", "calendar": 0}},
        "history": {"length": 8, "head": "0x" + "06" * 32, "last_block": 140, "confirmed": True},
    }))  # fmt: skip

    id: str
    number: str = Field(description="The platform's contract number.")
    platform: str
    borrower: str
    state: StateName
    payout: Literal["None", "Reserved", "Instructed", "Settled", "Returned"]
    repayment_reference: str = Field(description="What the borrower writes on repayments (ISO 11649).")
    principal: Money
    subscribed: Money
    drawn: Money = Field(description="Principal paid out to the borrower.")
    undrawn_returned: Money = Field(description="Principal never drawn, given back to the units.")
    outstanding: Money = Field(description="Principal called and not yet repaid.")
    interest_paid: Money = Field(description="With fees for early repayment, which lenders earn too.")
    principal_paid: Money
    penalty_paid: Money
    fees_paid: Money
    overpaid: Money = Field(description="Held for the borrower; used first by the next payment.")
    bank_claim: Money = Field(description="What a reversal could not take back; the next money meets it first.")
    paid: Money = Field(description="Principal, interest, penalty interest and fees.")
    funding_deadline: date
    start: date | None = Field(description="Value date of the payout: interest starts here.")
    last_value_date: date | None
    repaid_on: date | None
    terms: LoanTermsResource
    history: HistoryHead
    unreadable: str | None = Field(
        default=None,
        description="Set if a history entry can't be read: which and why. The figures are without such entries.",
    )


class HistoryEntryResource(BaseModel):
    """One entry of a loan's history."""

    seq: int
    day: date
    kind: str
    actor: str
    payload: str = Field(description="As recorded, 0x hex; head' folds its hash.")
    values: dict[str, Any] = Field(
        description="The payload by name: amounts with their currency. Empty if it can't be read."
    )
    head: str
    block: int
    tx: str
    confirmed: bool


class Row(BaseModel):
    """One instalment and how far it is paid: each kind meets the oldest row first."""

    number: int = Field(description="In the loan's whole table, from 1.")
    due: date
    payable_by: date = Field(description="The first working day at or after it.")
    principal: Money
    interest: Money
    fee: Money
    total: Money
    paid: Money
    settled: bool


class Schedule(BaseModel):
    """The running table. start: the day from which interest of its first row counts."""

    start: date
    rows: list[Row]
    total: Money
    paid: Money
    remaining: Money


class Position(BaseModel):
    """What one lender holds in a loan. lender: the address that stands for the subject now."""

    lender: str
    subject: str
    lender_class: int
    units: Money = Field(description="Minor units of principal that it holds.")
    claimed: Money
    claimable: Money = Field(description="Earned and not yet claimed, as far as the loan's cash goes.")
    owed: Money = Field(
        description="Earned less claimed, rounded down; below zero after a reversal of what it claimed."
    )
    refunded: bool


class Positions(BaseModel):
    """By subject."""

    items: list[Position]


class DocumentOnLoan(BaseModel):
    """A document committed to a loan."""

    document_id: str
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"]
    size: int
    content_hash: str
    cid_commitment: str
    seq: int = Field(description="Its entry in the loan's history.")


class LoanDocuments(BaseModel):
    """In the order in which they were committed."""

    items: list[DocumentOnLoan]
