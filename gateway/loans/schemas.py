"""Loans on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Address, Hash, Length, Signature
from gateway.money import Money, PositiveMoney
from gateway.rates import RateText
from gateway.regime_profiles.schemas import RegimeName

_DAY = Annotated[date, Field(ge=date(1970, 1, 1), le=date(9999, 12, 31))]
_TERMS = {
    "borrower": "0x" + "11" * 20, "principal": {"amount": "5000.00", "currency": "CNY"},
    "regime": "cn-private-lending-2026", "funding_deadline": "2026-01-20",
    "text": {"number": "L01", "salt": "0x" + "01" * 32, "text_hash": "0x" + "02" * 32,
             "cid_commitment": "0x" + "03" * 32},
    "pricing": {"rate": "0.05", "per": "year", "day_count": "MONTHLY_12"},
    "schedule": {"method": "EQUAL_INSTALMENT", "instalments": 6, "period_months": 1},
}  # fmt: skip
_ID = "0x" + "ab" * 32
_CNY = "CNY"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextRequest(_Strict):
    """The contract text that the parties read: take these from POST /v1/documents."""

    number: Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,64}$")] = Field(
        description="The platform's contract number, printable ASCII."
    )
    salt: Hash
    text_hash: Hash
    cid_commitment: Hash


class PricingRequest(_Strict):
    """The nominal rate. A rate per month counts twelve times a year."""

    rate: RateText
    per: Literal["year", "month"] = "year"
    day_count: Literal["MONTHLY_12", "ACT_365", "ACT_360"]


class ScheduleRequest(_Strict):
    """How the principal is repaid."""

    method: Literal["EQUAL_INSTALMENT", "INTEREST_ONLY_BULLET"]
    instalments: Annotated[int, Field(ge=1, le=360)]
    period_months: Annotated[int, Field(ge=1, le=12)]


class TermsRequest(_Strict):
    """What borrower and lenders agree to; proposed by this seat's platform."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_TERMS))

    borrower: Address
    principal: PositiveMoney
    regime: RegimeName
    funding_deadline: _DAY
    text: TextRequest
    pricing: PricingRequest
    schedule: ScheduleRequest


class PrepareRequest(_Strict):
    """Terms to be signed."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({"terms": _TERMS}))

    terms: TermsRequest


class Prepared(BaseModel):
    """What the borrower signs."""

    loan_id: str = Field(description="The loan's id: the digest that the signature is over.")
    typed_data: dict[str, Any] = Field(description="The EIP-712 document for the borrower's wallet.")
    terms: dict[str, Any] = Field(description="The terms as they stand on the ledger; principal in minor units.")


class ProposeRequest(_Strict):
    """Terms and the borrower's signature over them."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"terms": _TERMS, "borrower_signature": "0x" + "cd" * 65}),
    )

    terms: TermsRequest
    borrower_signature: Signature


class SubscriptionTerms(_Strict):
    """What a lender promises."""

    lender: Address
    amount: PositiveMoney
    salt: Hash
    valid_through: _DAY


class SubscriptionsPrepareRequest(_Strict):
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


class SubscriptionsRequest(_Strict):
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


class StepRequest(_Strict):
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


class LoanTermsResource(BaseModel):
    """The agreed terms in readable form."""

    regime: str
    rate: str = Field(description="Nominal annual rate.")
    day_count: str
    method: str
    instalments: int
    period_months: int
    text_hash: str
    cid_commitment: str


class Loan(BaseModel):
    """A loan as its history makes it."""

    model_config = ConfigDict(json_schema_extra=examples({
        "id": _ID, "number": "L01", "platform": "0x" + "22" * 20, "borrower": "0x" + "11" * 20, "state": "Active",
        "payout": "Settled", "repayment_reference": "RF45L0123456789012345",
        "principal": {"amount": "5000.00", "currency": _CNY}, "subscribed": {"amount": "5000.00", "currency": _CNY},
        "outstanding": {"amount": "4175.42", "currency": _CNY}, "interest_paid": {"amount": "20.83", "currency": _CNY},
        "principal_paid": {"amount": "824.58", "currency": _CNY}, "paid": {"amount": "845.41", "currency": _CNY},
        "funding_deadline": "2026-01-20", "start": "2026-01-06", "last_value_date": "2026-02-06", "repaid_on": None,
        "terms": {"regime": "0x" + "05" * 32, "rate": "0.05", "day_count": "MONTHLY_12", "method": "EQUAL_INSTALMENT",
                  "instalments": 6, "period_months": 1, "text_hash": "0x" + "02" * 32,
                  "cid_commitment": "0x" + "03" * 32},
        "history": {"length": 8, "head": "0x" + "06" * 32, "last_block": 140, "confirmed": True},
    }))  # fmt: skip

    id: str
    number: str = Field(description="The platform's contract number.")
    platform: str
    borrower: str
    state: Literal["Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"]
    payout: Literal["None", "Reserved", "Instructed", "Settled", "Returned"]
    repayment_reference: str = Field(description="What the borrower writes on repayments (ISO 11649).")
    principal: Money
    subscribed: Money
    outstanding: Money = Field(description="Principal not yet repaid.")
    interest_paid: Money
    principal_paid: Money
    paid: Money
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
        description="The payload decoded; amounts in minor units as strings. Empty if it can't be decoded."
    )
    head: str
    block: int
    tx: str
    confirmed: bool


class Row(BaseModel):
    """One instalment and how far it is paid: oldest first, within it interest before principal."""

    number: int
    due: date
    principal: Money
    interest: Money
    total: Money
    paid: Money
    settled: bool


class Schedule(BaseModel):
    """The only right rows for the loan's terms and start."""

    start: date
    rows: list[Row]
    total: Money
    paid: Money
    remaining: Money


class Position(BaseModel):
    """What one lender holds in a loan."""

    lender: str
    subject: str
    units: Money = Field(description="Also what was subscribed.")
    claimed: Money
    claimable: Money = Field(description="Earned and not yet claimed.")
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
