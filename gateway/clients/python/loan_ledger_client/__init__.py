"""Typed client of a loan-ledger gateway.

`LedgerClient` and `AsyncLedgerClient` have one method per operation of the API. Changes carry an idempotency key by
default and are repeated with the same key when an answer was lost, so each takes effect once. Refusals are `Problem`s.
"""

from loan_ledger_client import codes, models
from loan_ledger_client.client import AsyncLedgerClient, LedgerClient
from loan_ledger_client.credentials import ClientCredentials, Token
from loan_ledger_client.money import cny, money
from loan_ledger_client.problems import GatewayGone, Problem
from loan_ledger_client.wire import Upload

__all__ = [
    "AsyncLedgerClient",
    "ClientCredentials",
    "GatewayGone",
    "LedgerClient",
    "Problem",
    "Token",
    "Upload",
    "cny",
    "codes",
    "models",
    "money",
]
