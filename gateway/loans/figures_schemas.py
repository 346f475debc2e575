"""Arrears and payoff figures on the wire."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.loans.terms_schemas import EarlyName
from gateway.money import Money

_ZERO = {"amount": "0.00", "currency": "CNY"}


class OverdueRow(BaseModel):
    """What an instalment past its payable-by day still owes."""

    number: int
    due: date
    payable_by: date
    days_past_due: int
    principal: Money
    interest: Money
    fee: Money


class Arrears(BaseModel):
    """What is due and overdue on a day, reckoned from terms, table and postings."""

    model_config = ConfigDict(json_schema_extra=examples({
        "loan": "0x" + "ab" * 32, "on": "2026-03-10", "days_past_due": 4, "due": _ZERO, "overdue": _ZERO,
        "penalty_due": _ZERO, "held": _ZERO, "to_pay": _ZERO, "outstanding": _ZERO, "rows": [],
    }))  # fmt: skip

    loan: str
    on: date
    days_past_due: int = Field(description="Since the payable-by day of the oldest instalment that is not paid.")
    due: Money = Field(description="Of instalments due on the day, fee, interest and principal.")
    overdue: Money = Field(description="The part of it whose payable-by day has passed.")
    penalty_due: Money = Field(description="With what has accrued up to the day.")
    held: Money = Field(description="Overpaid before; joins the next payment.")
    to_pay: Money = Field(description="Due and penalty interest less what is held: one exact amount.")
    outstanding: Money
    rows: list[OverdueRow]


class Payoff(BaseModel):
    """What an early repayment takes on a day."""

    model_config = ConfigDict(json_schema_extra=examples({
        "loan": "0x" + "ab" * 32, "on": "2026-03-10", "kind": "TOTAL", "due": _ZERO, "accrued": _ZERO,
        "principal": _ZERO, "fee": _ZERO, "held": _ZERO, "amount": _ZERO,
    }))  # fmt: skip

    loan: str
    on: date
    kind: EarlyName
    due: Money = Field(description="Penalty interest and instalments due on the day.")
    accrued: Money = Field(description="Interest since the last due day, less what was paid ahead.")
    principal: Money = Field(description="Outstanding after what is due is paid.")
    fee: Money = Field(description="For repaying all of the principal early.")
    held: Money = Field(description="Overpaid before; counts towards the amount.")
    amount: Money = Field(description="TOTAL: what repays the loan. Otherwise: the least that has an effect.")
