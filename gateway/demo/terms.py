"""The book's applications as the gateway's API takes them: terms of a loan, with every decision stated."""

from __future__ import annotations

from chain.bank.amounts import text_from_minor
from gateway.demo.book.agreed import Application
from gateway.demo.client import Json
from gateway.demo.seats import Wallets

_METHODS = {
    "equal-instalment": "EQUAL_INSTALMENT",
    "interest-only-bullet": "INTEREST_ONLY_BULLET",
    "equal-principal": "EQUAL_PRINCIPAL",
    "single-payment": "SINGLE_PAYMENT",
    "custom": "CUSTOM",
}
_DAY_COUNTS = {
    "1/12": "MONTHLY_12",
    "A/365": "ACT_365",
    "A/360": "ACT_360",
    "30E/360": "THIRTY_360_E",
    "A/A": "ACT_ACT",
}


def terms_request(application: Application, text: Json, wallets: Wallets) -> Json:
    """`TermsRequest` of /v1/loans. `text`: the stored contract text, as /v1/documents answered."""
    currency = application.currency
    return {
        "borrower": wallets.address(application.borrower),
        "principal": money(application.principal, currency),
        "regime": application.regime,
        "funding_deadline": application.funding_deadline.isoformat(),
        "text": {
            "number": application.contract_number,
            "salt": text["salt"],
            "text_hash": text["text_hash"],
            "cid_commitment": text["cid_commitment"],
        },
        "pricing": {
            "rate": str(application.rate),
            "per": application.rate_period,
            "day_count": _DAY_COUNTS[application.day_count],
            "rate_shares": list(application.rate_shares),
        },
        "schedule": _schedule(application),
        "payments": _payments(application),
        "fees": [
            {"kind": _upper(fee.kind), "payee": wallets.address(fee.payee), "amount": money(fee.amount, currency)}
            for fee in application.fees
        ],
    }


def _schedule(application: Application) -> Json:
    currency = application.currency
    schedule: Json = {
        "method": _METHODS[application.method],
        "instalments": application.instalments,
        "period_months": application.period_months,
    }
    if application.available_through is not None:
        schedule["first_tranche"] = money(application.first_tranche, currency)
        schedule["available_through"] = application.available_through.isoformat()
    if application.table is not None:
        schedule["rows"] = [
            {
                "due": row.due.isoformat(),
                "principal": money(row.principal, currency),
                "interest": money(row.interest, currency),
                "fee": money(0, currency),
            }
            for row in application.table
        ]
    return schedule


def _payments(application: Application) -> Json:
    rule = application.payment_rule
    return {
        "order": _upper(rule.order),
        "kinds": _upper(rule.kinds),
        "penalty_first": rule.penalty_first,
        "penalty_base": _upper(rule.penalty_base),
        "penalty_replaces": rule.penalty_replaces,
        "penalty_rate": str(rule.penalty_rate),
        "grace_days": rule.grace_days,
        "early": [_upper(kind) for kind in rule.early],
        "early_fee": str(rule.early_fee),
        "calendar": rule.calendar,
    }


def money(minor: int, currency: str) -> Json:
    """Money on the wire."""
    return {"amount": text_from_minor(minor), "currency": currency}


def _upper(word: str) -> str:
    return word.upper().replace("-", "_")
