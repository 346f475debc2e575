"""Prepare, sign and submit in one step, for parties whose signer is at hand.

Each asks the gateway for the document, has it signed and sends it with what was prepared. What runs over days, or in a
wallet elsewhere, uses the operations themselves.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from loan_ledger_client import models
from loan_ledger_client.operations import Operations
from loan_ledger_client.signing import PartySigner


def fresh_salt() -> str:
    """What makes an order one of its own."""
    return "0x" + secrets.token_hex(32)


def step(client: Operations, loan_id: str) -> Mapping[str, Any]:
    """What every step of a loan holds: how much of its history was seen when it was decided."""
    return {"expected_history_length": client.get_loan(loan_id).history.length}


def propose(client: Operations, terms: models.TermsRequest, borrower: PartySigner, *, wait: float | None = None) -> str:
    """Has the borrower sign the terms and proposes the loan; gives its id. Raises Problem."""
    prepared = client.prepare_loan(models.PrepareRequest(terms=terms))
    signature = borrower.sign(prepared.typed_data)
    client.propose_loan(models.ProposeRequest(terms=terms, borrower_signature=signature), wait=wait)
    return prepared.loan_id


def subscribe(
    client: Operations,
    loan_id: str,
    lender: PartySigner,
    amount: models.PositiveMoney,
    *,
    through: date,
    wait: float | None = None,
) -> models.Accepted:
    """Has a lender sign a subscription, good through a day, and takes it into escrow. Raises Problem."""
    terms = models.SubscriptionTerms(lender=lender.address, amount=amount, salt=fresh_salt(), valid_through=through)
    prepared = client.prepare_subscriptions(loan_id, models.SubscriptionsPrepareRequest(subscriptions=[terms]))
    signature = lender.sign(prepared.items[0].typed_data)
    signed = terms.model_dump(exclude_unset=True) | {"signature": signature}
    return client.take_subscriptions(loan_id, {**step(client, loan_id), "subscriptions": [signed]}, wait=wait)


def pay(
    client: Operations,
    loan_id: str,
    payer: PartySigner,
    amount: models.PositiveMoney,
    *,
    through: date,
    wait: float | None = None,
) -> models.Accepted:
    """Has a party sign a payment from its custody tokens, and pays the loan. Raises Problem."""
    terms = models.PaymentTerms(payer=payer.address, amount=amount, salt=fresh_salt(), valid_through=through)
    prepared = client.prepare_payment(loan_id, terms)
    signed = terms.model_dump(exclude_unset=True) | {"signature": payer.sign(prepared.typed_data)}
    return client.pay_loan(loan_id, {**step(client, loan_id), **signed}, wait=wait)


def withdraw(
    client: Operations,
    holder: PartySigner,
    amount: models.PositiveMoney,
    *,
    through: date,
    wait: float | None = None,
) -> models.Accepted:
    """Has a holder sign a withdrawal to its bank account, and reserves the tokens. Raises Problem."""
    terms = models.WithdrawalTerms(holder=holder.address, amount=amount, salt=fresh_salt(), valid_through=through)
    prepared = client.prepare_withdrawal(terms)
    signed = terms.model_dump(exclude_unset=True) | {"signature": holder.sign(prepared.typed_data)}
    return client.request_withdrawal(signed, wait=wait)
