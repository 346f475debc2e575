"""Terms of a loan on the wire, as a platform states them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.examples import examples
from gateway.fields import Address, Hash
from gateway.money import NonNegativeMoney, PositiveMoney
from gateway.rates import RateText
from gateway.regime_profiles.schemas import RegimeName

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(9999, 12, 31))]
EarlyName = Literal["TOTAL", "SHORTEN", "LOWER"]
TERMS_EXAMPLE = {
    "borrower": "0x" + "11" * 20, "principal": {"amount": "5000.00", "currency": "CNY"},
    "regime": "cn-private-lending-2026", "funding_deadline": "2026-01-20",
    "text": {"number": "L01", "salt": "0x" + "01" * 32, "text_hash": "0x" + "02" * 32,
             "cid_commitment": "0x" + "03" * 32},
    "pricing": {"rate": "0.05", "per": "year", "day_count": "MONTHLY_12"},
    "schedule": {"method": "EQUAL_INSTALMENT", "instalments": 6, "period_months": 1},
    "payments": {"order": "HORIZONTAL", "kinds": "FEE_INTEREST_PRINCIPAL", "penalty_base": "INSTALMENT",
                 "penalty_rate": "0.03", "grace_days": 3, "early": ["TOTAL", "SHORTEN"], "early_fee": "0.01",
                 "calendar": 1},
    "fees": [{"kind": "FIRST_INSTALMENT", "payee": "0x" + "22" * 20,
              "amount": {"amount": "50.00", "currency": "CNY"}}],
}  # fmt: skip


class Strict(BaseModel):
    """A request's part: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextRequest(Strict):
    """The contract text that the parties read: take these from POST /v1/documents."""

    number: Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,64}$")] = Field(
        description="The platform's contract number, printable ASCII."
    )
    salt: Hash
    text_hash: Hash
    cid_commitment: Hash


class PricingRequest(Strict):
    """The nominal rate. A rate per month counts twelve times a year. rate_shares: a weight for each lender class."""

    rate: RateText
    per: Literal["year", "month"] = "year"
    day_count: Literal["MONTHLY_12", "ACT_365", "ACT_360", "THIRTY_360_E", "ACT_ACT"]
    rate_shares: Annotated[list[Annotated[int, Field(ge=1, le=65535)]], Field(max_length=4)] = []


class CustomRowRequest(Strict):
    """A row of a custom table."""

    due: Day
    principal: NonNegativeMoney
    interest: NonNegativeMoney
    fee: NonNegativeMoney


class ScheduleRequest(Strict):
    """How the principal is repaid. first_tranche and available_through: only if the loan is drawn in tranches.

    rows: for CUSTOM, and only then; the terms hold their hash. period_months is 0 for CUSTOM.
    """

    method: Literal["EQUAL_INSTALMENT", "INTEREST_ONLY_BULLET", "EQUAL_PRINCIPAL", "SINGLE_PAYMENT", "CUSTOM"]
    instalments: Annotated[int, Field(ge=1, le=360)]
    period_months: Annotated[int, Field(ge=0, le=360)] = 0
    first_tranche: PositiveMoney | None = None
    available_through: Day | None = None
    rows: Annotated[list[CustomRowRequest], Field(max_length=360)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.method == "CUSTOM") != (self.rows is not None):
            raise ValueError("rows go with CUSTOM, and CUSTOM with rows")
        if self.rows is not None and len(self.rows) != self.instalments:
            raise ValueError("as many rows as instalments")
        if (self.first_tranche is None) != (self.available_through is None):
            raise ValueError("first_tranche goes with available_through")
        return self


class PaymentsRequest(Strict):
    """How payments are used, what lateness costs and which early repayments are agreed. See docs/payments.

    early_fee: share of the principal repaid early. calendar: number of the working-day calendar, 0 for none.
    """

    order: Literal["HORIZONTAL", "VERTICAL"] = "HORIZONTAL"
    kinds: Literal[
        "FEE_INTEREST_PRINCIPAL", "FEE_PRINCIPAL_INTEREST", "INTEREST_FEE_PRINCIPAL", "INTEREST_PRINCIPAL_FEE",
        "PRINCIPAL_FEE_INTEREST", "PRINCIPAL_INTEREST_FEE",
    ] = "FEE_INTEREST_PRINCIPAL"  # fmt: skip
    penalty_first: bool = False
    penalty_base: Literal["NONE", "PRINCIPAL", "INSTALMENT"] = "NONE"
    penalty_replaces: bool = False
    penalty_rate: RateText = "0"
    grace_days: Annotated[int, Field(ge=0, le=3650)] = 0
    early: Annotated[list[EarlyName], Field(max_length=3)] = []
    early_fee: RateText = "0"
    calendar: Annotated[int, Field(ge=0, le=65535)] = 0


class FeeRequest(Strict):
    """A fee that a registered party earns with the first, or with each instalment."""

    kind: Literal["FIRST_INSTALMENT", "EACH_INSTALMENT"]
    payee: Address
    amount: PositiveMoney


class TermsRequest(Strict):
    """What borrower and lenders agree to; proposed by this seat's platform."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(TERMS_EXAMPLE))

    borrower: Address
    principal: PositiveMoney
    regime: RegimeName
    funding_deadline: Day
    text: TextRequest
    pricing: PricingRequest
    schedule: ScheduleRequest
    payments: PaymentsRequest = PaymentsRequest()
    fees: Annotated[list[FeeRequest], Field(max_length=4)] = []
