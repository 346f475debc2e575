"""Every operation of the API as a call that either client sends. Made by `loan-ledger api write`; edit the routes instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal

from loan_ledger_client import models, wire
from loan_ledger_client.wire import Upload


def accept_document_grant(
    body: models.GrantBundle | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/documents:accept-grant",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.GrantBundle, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def add_client_secret(client_id: str) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/clients/{client_id}:add-secret", client_id=client_id),
        wire.json_of(models.ClientResource),
    )


def announce_replacement(
    name: str,
    body: models.ReplacementRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/replacement", name=name),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ReplacementRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def approve_foreign_action(
    body: models.ForeignApprovalRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/foreign-approvals",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ForeignApprovalRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def approve_proposal(
    body: models.ApprovalRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/approvals",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ApprovalRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def book_repayment(
    body: models.RepaymentRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/repayments",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.RepaymentRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def book_repayments(
    body: models.RepaymentBatchRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/repayments:batch",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.RepaymentBatchRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def cancel_loan(
    loan_id: str,
    body: models.CancelRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/cancel", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.CancelRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def claim_earnings(
    loan_id: str,
    body: models.LendersRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/claim", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.LendersRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def claim_fees(
    loan_id: str,
    body: models.FeeClaimRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/claim-fees", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.FeeClaimRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def close_day(
    body: models.DayEndRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/day-ends",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.DayEndRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def close_day_instead(
    body: models.DayEndRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/day-ends/instead",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.DayEndRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def close_drawing(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/close-drawing", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def close_loan(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/close", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def commit_document(
    loan_id: str,
    expected_history_length: int,
    *,
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | None = None,
    file: Upload | None = None,
    document_id: str | None = None,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/documents", loan_id=loan_id),
        wire.json_of(models.Accepted),
        data=wire.params_of(expected_history_length=expected_history_length, kind=kind, document_id=document_id),
        files={"file": file} if file is not None else None,
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def consent_to_replacement(
    name: str,
    body: models.ConsentRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/replacement/consent", name=name),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ConsentRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def create_client(body: models.ClientRequest | Mapping[str, Any]) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        "/v1/clients",
        wire.json_of(models.ClientResource),
        content=wire.body_of(models.ClientRequest, body),
    )


def create_webhook(
    body: models.WebhookRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        "/v1/webhooks",
        wire.json_of(models.Webhook),
        content=wire.body_of(models.WebhookRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def delete_webhook(
    webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "DELETE",
        wire.path_of("/v1/webhooks/{webhook_id}", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def disable_client(client_id: str) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/clients/{client_id}:disable", client_id=client_id),
        wire.json_of(models.ClientResource),
    )


def disable_person(person_id: str) -> wire.Call[models.PersonResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/people/{person_id}:disable", person_id=person_id),
        wire.json_of(models.PersonResource),
    )


def disburse_loan(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/disburse", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def draw_tranche(
    loan_id: str,
    body: models.DrawdownRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/drawdowns", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.DrawdownRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def enable_client(client_id: str) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/clients/{client_id}:enable", client_id=client_id),
        wire.json_of(models.ClientResource),
    )


def enable_person(person_id: str) -> wire.Call[models.PersonResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/people/{person_id}:enable", person_id=person_id),
        wire.json_of(models.PersonResource),
    )


def enrol_person(body: models.EnrolmentRequest | Mapping[str, Any]) -> wire.Call[models.EnrolledResource]:
    return wire.Call(
        "POST",
        "/v1/enrolments",
        wire.json_of(models.EnrolledResource),
        content=wire.body_of(models.EnrolmentRequest, body),
    )


def exchange_webhook_secret(
    webhook_id: str,
    body: models.SecretRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/secrets", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        content=wire.body_of(models.SecretRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def expire_loan(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/expire", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def freeze_party(
    name: str,
    body: models.FreezeRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/freeze", name=name),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.FreezeRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def get_account_statement(number: int) -> wire.Call[models.AccountStatement]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/account-statements/{number}", number=number),
        wire.json_of(models.AccountStatement),
    )


def get_audit_head() -> wire.Call[models.AuditHeadShown]:
    return wire.Call(
        "GET",
        "/v1/audit/head",
        wire.json_of(models.AuditHeadShown),
    )


def get_business_date(*, min_block: int | None = None) -> wire.Call[models.BusinessDate]:
    return wire.Call(
        "GET",
        "/v1/business-date",
        wire.json_of(models.BusinessDate),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_caller() -> wire.Call[models.CallerResource]:
    return wire.Call(
        "GET",
        "/v1/sessions:current",
        wire.json_of(models.CallerResource),
    )


def get_client(client_id: str) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/clients/{client_id}", client_id=client_id),
        wire.json_of(models.ClientResource),
    )


def get_custody(*, min_block: int | None = None) -> wire.Call[models.Custody]:
    return wire.Call(
        "GET",
        "/v1/custody",
        wire.json_of(models.Custody),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_document(document_id: str, *, min_block: int | None = None) -> wire.Call[models.Document]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/documents/{document_id}", document_id=document_id),
        wire.json_of(models.Document),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_document_content(document_id: str, *, min_block: int | None = None) -> wire.Call[bytes]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/documents/{document_id}/content", document_id=document_id),
        wire.bytes_of,
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_document_grant(document_id: str, reader: str) -> wire.Call[models.GrantBundle]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/documents/{document_id}/grants/{reader}", document_id=document_id, reader=reader),
        wire.json_of(models.GrantBundle),
    )


def get_exposures(*, min_block: int | None = None) -> wire.Call[models.Exposures]:
    return wire.Call(
        "GET",
        "/v1/exposures",
        wire.json_of(models.Exposures),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_liveness() -> wire.Call[models.Live]:
    return wire.Call(
        "GET",
        "/health/live",
        wire.json_of(models.Live),
    )


def get_loan(loan_id: str, *, min_block: int | None = None) -> wire.Call[models.Loan]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}", loan_id=loan_id),
        wire.json_of(models.Loan),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_arrears(
    loan_id: str, *, on: Date | None = None, min_block: int | None = None
) -> wire.Call[models.Arrears]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/arrears", loan_id=loan_id),
        wire.json_of(models.Arrears),
        params=wire.params_of(on=on),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_documents(loan_id: str, *, min_block: int | None = None) -> wire.Call[models.LoanDocuments]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/documents", loan_id=loan_id),
        wire.json_of(models.LoanDocuments),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_history(
    loan_id: str, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
) -> wire.Call[models.HistoryEntryResourcePage]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/history", loan_id=loan_id),
        wire.json_of(models.HistoryEntryResourcePage),
        params=wire.params_of(limit=limit, cursor=cursor),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_payoff(
    loan_id: str,
    *,
    on: Date | None = None,
    kind: Literal["TOTAL", "SHORTEN", "LOWER"] | None = None,
    min_block: int | None = None,
) -> wire.Call[models.Payoff]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/payoff", loan_id=loan_id),
        wire.json_of(models.Payoff),
        params=wire.params_of(on=on, kind=kind),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_positions(loan_id: str, *, min_block: int | None = None) -> wire.Call[models.Positions]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/positions", loan_id=loan_id),
        wire.json_of(models.Positions),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_loan_schedule(loan_id: str, *, min_block: int | None = None) -> wire.Call[models.Schedule]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/schedule", loan_id=loan_id),
        wire.json_of(models.Schedule),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_network(*, min_block: int | None = None) -> wire.Call[models.Network]:
    return wire.Call(
        "GET",
        "/v1/network",
        wire.json_of(models.Network),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_party(name: str, *, min_block: int | None = None) -> wire.Call[models.Party]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/parties/{name}", name=name),
        wire.json_of(models.Party),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_payable_by(calendar: int, day: Date, *, min_block: int | None = None) -> wire.Call[models.PayableBy]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/working-days/{calendar}/{day}", calendar=calendar, day=day),
        wire.json_of(models.PayableBy),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_payout_file(instruction_id: str) -> wire.Call[bytes]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/payout-instructions/{instruction_id}.xml", instruction_id=instruction_id),
        wire.bytes_of,
    )


def get_payout_instruction(instruction_id: str) -> wire.Call[models.PayoutInstruction]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/payout-instructions/{instruction_id}", instruction_id=instruction_id),
        wire.json_of(models.PayoutInstruction),
    )


def get_person(person_id: str) -> wire.Call[models.PersonResource]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/people/{person_id}", person_id=person_id),
        wire.json_of(models.PersonResource),
    )


def get_portfolio(party: str, *, min_block: int | None = None) -> wire.Call[models.Portfolio]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/portfolios/{party}", party=party),
        wire.json_of(models.Portfolio),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_proposal(proposal_id: str, *, min_block: int | None = None) -> wire.Call[models.Proposal]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/proposals/{proposal_id}", proposal_id=proposal_id),
        wire.json_of(models.Proposal),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_readiness() -> wire.Call[models.Ready]:
    return wire.Call(
        "GET",
        "/health/ready",
        wire.json_of(models.Ready),
    )


def get_reading_key() -> wire.Call[models.ReadingKey]:
    return wire.Call(
        "GET",
        "/v1/reading-key",
        wire.json_of(models.ReadingKey),
    )


def get_regime_profile(name_or_id: str, *, min_block: int | None = None) -> wire.Call[models.RegimeProfile]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/regime-profiles/{name_or_id}", name_or_id=name_or_id),
        wire.json_of(models.RegimeProfile),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_repayment(repayment_id: str) -> wire.Call[models.Repayment]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/repayments/{repayment_id}", repayment_id=repayment_id),
        wire.json_of(models.Repayment),
    )


def get_repayment_batch(batch_id: str) -> wire.Call[models.RepaymentBatch]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/repayment-batches/{batch_id}", batch_id=batch_id),
        wire.json_of(models.RepaymentBatch),
    )


def get_subject_exposures(party: str, *, min_block: int | None = None) -> wire.Call[models.SubjectExposures]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/exposures/{party}", party=party),
        wire.json_of(models.SubjectExposures),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_suspense() -> wire.Call[models.Suspense]:
    return wire.Call(
        "GET",
        "/v1/suspense",
        wire.json_of(models.Suspense),
    )


def get_transaction(transaction_id: str) -> wire.Call[models.Transaction]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/transactions/{transaction_id}", transaction_id=transaction_id),
        wire.json_of(models.Transaction),
    )


def get_webhook(webhook_id: str) -> wire.Call[models.Webhook]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/webhooks/{webhook_id}", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
    )


def get_withdrawal(withdrawal_id: str, *, min_block: int | None = None) -> wire.Call[models.WithdrawalResource]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/withdrawals/{withdrawal_id}", withdrawal_id=withdrawal_id),
        wire.json_of(models.WithdrawalResource),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def get_working_days(calendar: int, *, min_block: int | None = None) -> wire.Call[models.WorkingDays]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/working-days/{calendar}", calendar=calendar),
        wire.json_of(models.WorkingDays),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def instruct_payouts(
    body: models.PayoutInstructionRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/payout-instructions",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.PayoutInstructionRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def invite_person(body: models.PersonRequest | Mapping[str, Any]) -> wire.Call[models.InvitationResource]:
    return wire.Call(
        "POST",
        "/v1/people",
        wire.json_of(models.InvitationResource),
        content=wire.body_of(models.PersonRequest, body),
    )


def invite_person_again(person_id: str) -> wire.Call[models.InvitationResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/people/{person_id}:invite", person_id=person_id),
        wire.json_of(models.InvitationResource),
    )


def issue_access_token(
    grant_type: Literal["client_credentials"],
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    scope: str | None = None,
) -> wire.Call[Any]:
    return wire.Call(
        "POST",
        "/v1/oauth/token",
        wire.anything_of,
        data=wire.params_of(grant_type=grant_type, client_id=client_id, client_secret=client_secret, scope=scope),
    )


def keep_early_repayment(
    loan_id: str,
    body: models.EarlyRepaymentRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.EarlyRepaymentResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/early-repayments", loan_id=loan_id),
        wire.json_of(models.EarlyRepaymentResource),
        content=wire.body_of(models.EarlyRepaymentRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def keep_mandate(
    loan_id: str,
    body: models.MandateRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.MandateResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/mandates", loan_id=loan_id),
        wire.json_of(models.MandateResource),
        content=wire.body_of(models.MandateRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def list_account_statements(
    *, limit: int | None = None, cursor: str | None = None
) -> wire.Call[models.AccountStatementPage]:
    return wire.Call(
        "GET",
        "/v1/account-statements",
        wire.json_of(models.AccountStatementPage),
        params=wire.params_of(limit=limit, cursor=cursor),
    )


def list_approvals(
    *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
) -> wire.Call[models.OnLedgerPage]:
    return wire.Call(
        "GET",
        "/v1/approvals",
        wire.json_of(models.OnLedgerPage),
        params=wire.params_of(limit=limit, cursor=cursor),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_audit_records(
    *,
    limit: int | None = None,
    cursor: str | None = None,
    order: Literal["oldest_first", "newest_first"] | None = None,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    request_id: str | None = None,
    decision: str | None = None,
    since: DateTime | None = None,
    until: DateTime | None = None,
) -> wire.Call[models.AuditRecordShownPage]:
    return wire.Call(
        "GET",
        "/v1/audit",
        wire.json_of(models.AuditRecordShownPage),
        params=wire.params_of(
            limit=limit,
            cursor=cursor,
            order=order,
            actor=actor,
            action=action,
            subject=subject,
            request_id=request_id,
            decision=decision,
            since=since,
            until=until,
        ),
    )


def list_clients(*, cursor: str | None = None, limit: int | None = None) -> wire.Call[models.ClientResourcePage]:
    return wire.Call(
        "GET",
        "/v1/clients",
        wire.json_of(models.ClientResourcePage),
        params=wire.params_of(cursor=cursor, limit=limit),
    )


def list_day_ends(
    *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
) -> wire.Call[models.DayEndPage]:
    return wire.Call(
        "GET",
        "/v1/day-ends",
        wire.json_of(models.DayEndPage),
        params=wire.params_of(limit=limit, cursor=cursor),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_dead_letters(
    webhook_id: str, *, limit: int | None = None, cursor: str | None = None
) -> wire.Call[models.DeadLetterResourcePage]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/webhooks/{webhook_id}/dead-letters", webhook_id=webhook_id),
        wire.json_of(models.DeadLetterResourcePage),
        params=wire.params_of(limit=limit, cursor=cursor),
    )


def list_early_repayments(loan_id: str) -> wire.Call[models.EarlyRepayments]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/early-repayments", loan_id=loan_id),
        wire.json_of(models.EarlyRepayments),
    )


def list_errors() -> wire.Call[models.Errors]:
    return wire.Call(
        "GET",
        "/v1/errors",
        wire.json_of(models.Errors),
    )


def list_event_types() -> wire.Call[models.EventTypeList]:
    return wire.Call(
        "GET",
        "/v1/event-types",
        wire.json_of(models.EventTypeList),
    )


def list_events(
    *,
    after: str | None = None,
    limit: int | None = None,
    type: list[str] | None = None,
    loan: str | None = None,
    state: Literal["recorded", "confirmed"] | None = None,
) -> wire.Call[models.EventPage]:
    return wire.Call(
        "GET",
        "/v1/events",
        wire.json_of(models.EventPage),
        params=wire.params_of(after=after, limit=limit, type=type, loan=loan, state=state),
    )


def list_loans(
    *,
    limit: int | None = None,
    cursor: str | None = None,
    state: Literal["Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"]
    | None = None,
    number: str | None = None,
    borrower: str | None = None,
    min_block: int | None = None,
) -> wire.Call[models.LoanPage]:
    return wire.Call(
        "GET",
        "/v1/loans",
        wire.json_of(models.LoanPage),
        params=wire.params_of(limit=limit, cursor=cursor, state=state, number=number, borrower=borrower),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_mandates(loan_id: str, *, min_block: int | None = None) -> wire.Call[models.Mandates]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/loans/{loan_id}/mandates", loan_id=loan_id),
        wire.json_of(models.Mandates),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_parties(
    *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
) -> wire.Call[models.PartyPage]:
    return wire.Call(
        "GET",
        "/v1/parties",
        wire.json_of(models.PartyPage),
        params=wire.params_of(limit=limit, cursor=cursor),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_payout_instructions(
    *, limit: int | None = None, cursor: str | None = None
) -> wire.Call[models.PayoutInstructionPage]:
    return wire.Call(
        "GET",
        "/v1/payout-instructions",
        wire.json_of(models.PayoutInstructionPage),
        params=wire.params_of(limit=limit, cursor=cursor),
    )


def list_people(*, cursor: str | None = None, limit: int | None = None) -> wire.Call[models.PersonResourcePage]:
    return wire.Call(
        "GET",
        "/v1/people",
        wire.json_of(models.PersonResourcePage),
        params=wire.params_of(cursor=cursor, limit=limit),
    )


def list_proposals(
    *,
    limit: int | None = None,
    cursor: str | None = None,
    status: Literal["proposed", "approved", "withdrawn"] | None = None,
) -> wire.Call[models.ProposalPage]:
    return wire.Call(
        "GET",
        "/v1/proposals",
        wire.json_of(models.ProposalPage),
        params=wire.params_of(limit=limit, cursor=cursor, status=status),
    )


def list_regime_profiles(*, min_block: int | None = None) -> wire.Call[models.RegimeProfiles]:
    return wire.Call(
        "GET",
        "/v1/regime-profiles",
        wire.json_of(models.RegimeProfiles),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def list_repayments(
    *, loan: str | None = None, limit: int | None = None, cursor: str | None = None
) -> wire.Call[models.RepaymentPage]:
    return wire.Call(
        "GET",
        "/v1/repayments",
        wire.json_of(models.RepaymentPage),
        params=wire.params_of(loan=loan, limit=limit, cursor=cursor),
    )


def list_sessions(
    *, principal: str | None = None, cursor: str | None = None, limit: int | None = None
) -> wire.Call[models.SessionResourcePage]:
    return wire.Call(
        "GET",
        "/v1/sessions",
        wire.json_of(models.SessionResourcePage),
        params=wire.params_of(principal=principal, cursor=cursor, limit=limit),
    )


def list_token_keys() -> wire.Call[models.PublicKeys]:
    return wire.Call(
        "GET",
        "/v1/.well-known/jwks.json",
        wire.json_of(models.PublicKeys),
    )


def list_transactions(
    *,
    limit: int | None = None,
    cursor: str | None = None,
    status: Literal["queued", "signed", "sent", "mined", "final", "failed", "replaced"] | None = None,
    loan: str | None = None,
) -> wire.Call[models.TransactionPage]:
    return wire.Call(
        "GET",
        "/v1/transactions",
        wire.json_of(models.TransactionPage),
        params=wire.params_of(limit=limit, cursor=cursor, status=status, loan=loan),
    )


def list_webhooks(*, limit: int | None = None, cursor: str | None = None) -> wire.Call[models.WebhookPage]:
    return wire.Call(
        "GET",
        "/v1/webhooks",
        wire.json_of(models.WebhookPage),
        params=wire.params_of(limit=limit, cursor=cursor),
    )


def list_withdrawals(
    *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
) -> wire.Call[models.WithdrawalResourcePage]:
    return wire.Call(
        "GET",
        "/v1/withdrawals",
        wire.json_of(models.WithdrawalResourcePage),
        params=wire.params_of(limit=limit, cursor=cursor),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def match_suspense(
    statement: int,
    entry: int,
    body: models.SuspenseMatchRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/suspense/{statement}/{entry}/match", statement=statement, entry=entry),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.SuspenseMatchRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def open_running(
    loan_id: str,
    body: models.OpeningRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/opening", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.OpeningRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def pause_webhook(
    webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/pause", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def pay_by_mandate(
    loan_id: str,
    mandate_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/mandates/{mandate_id}/pay", loan_id=loan_id, mandate_id=mandate_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def pay_loan(
    loan_id: str,
    body: models.PaymentRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/payments", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.PaymentRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def post_account_statement(
    body: bytes, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/account-statements",
        wire.json_of(models.Accepted),
        content=body,
        media_type="application/xml",
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def prepare_drawdown(loan_id: str, body: models.DrawdownTerms | Mapping[str, Any]) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/drawdowns:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.DrawdownTerms, body),
    )


def prepare_early_repayment(
    loan_id: str, body: models.EarlyRepaymentTerms | Mapping[str, Any]
) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/early-repayments:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.EarlyRepaymentTerms, body),
    )


def prepare_enrolment(body: models.InvitationGiven | Mapping[str, Any]) -> wire.Call[models.EnrolmentOffer]:
    return wire.Call(
        "POST",
        "/v1/enrolments:prepare",
        wire.json_of(models.EnrolmentOffer),
        content=wire.body_of(models.InvitationGiven, body),
    )


def prepare_ethereum_sign_in(*, address: str, origin: str | None = None) -> wire.Call[models.EthereumMessage]:
    return wire.Call(
        "GET",
        "/v1/sessions:ethereum-message",
        wire.json_of(models.EthereumMessage),
        params=wire.params_of(address=address, origin=origin),
    )


def prepare_loan(body: models.PrepareRequest | Mapping[str, Any]) -> wire.Call[models.Prepared]:
    return wire.Call(
        "POST",
        "/v1/loans:prepare",
        wire.json_of(models.Prepared),
        content=wire.body_of(models.PrepareRequest, body),
    )


def prepare_mandate(loan_id: str, body: models.MandateTerms | Mapping[str, Any]) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/mandates:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.MandateTerms, body),
    )


def prepare_opening(loan_id: str, body: models.OpeningTerms | Mapping[str, Any]) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/opening:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.OpeningTerms, body),
    )


def prepare_passkey_sign_in() -> wire.Call[Any]:
    return wire.Call(
        "POST",
        "/v1/sessions:passkey-options",
        wire.anything_of,
    )


def prepare_payment(loan_id: str, body: models.PaymentTerms | Mapping[str, Any]) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/payments:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.PaymentTerms, body),
    )


def prepare_revocation(loan_id: str, mandate_id: str) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of(
            "/v1/loans/{loan_id}/mandates/{mandate_id}/revocation:prepare", loan_id=loan_id, mandate_id=mandate_id
        ),
        wire.json_of(models.PreparedOrder),
    )


def prepare_subscriptions(
    loan_id: str, body: models.SubscriptionsPrepareRequest | Mapping[str, Any]
) -> wire.Call[models.PreparedSubscriptions]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/subscriptions:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedSubscriptions),
        content=wire.body_of(models.SubscriptionsPrepareRequest, body),
    )


def prepare_transfer(loan_id: str, body: models.TransferTerms | Mapping[str, Any]) -> wire.Call[models.PreparedOrder]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/transfers:prepare", loan_id=loan_id),
        wire.json_of(models.PreparedOrder),
        content=wire.body_of(models.TransferTerms, body),
    )


def prepare_withdrawal(body: models.WithdrawalTerms | Mapping[str, Any]) -> wire.Call[models.PreparedWithdrawal]:
    return wire.Call(
        "POST",
        "/v1/withdrawals:prepare",
        wire.json_of(models.PreparedWithdrawal),
        content=wire.body_of(models.WithdrawalTerms, body),
    )


def propose_insertion(
    loan_id: str,
    body: models.InsertionRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/insertions", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.InsertionRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def propose_loan(
    body: models.ProposeRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/loans",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ProposeRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def propose_mint_cap(
    body: models.MintCapRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/custody/mint-cap",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.MintCapRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def propose_reversal(
    loan_id: str,
    body: models.ReversalRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/reversals", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.ReversalRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def publish_working_days(
    calendar: int,
    body: models.WorkingDaysRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/working-days/{calendar}", calendar=calendar),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.WorkingDaysRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def redeliver_dead_letters(
    webhook_id: str,
    body: models.RedeliveryRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/dead-letters/redeliveries", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        content=wire.body_of(models.RedeliveryRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def refresh_session(body: models.Refreshing | Mapping[str, Any]) -> wire.Call[models.TokenResource]:
    return wire.Call(
        "POST",
        "/v1/sessions:refresh",
        wire.json_of(models.TokenResource),
        content=wire.body_of(models.Refreshing, body),
    )


def refund_loan(
    loan_id: str,
    body: models.LendersRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/refund", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.LendersRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def register_party(
    body: models.PartyRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/parties",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.PartyRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def release_overpayment(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/release-overpayment", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def release_withdrawal(
    withdrawal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/withdrawals/{withdrawal_id}/release", withdrawal_id=withdrawal_id),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def replace_party(
    name: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/replacement/take-over", name=name),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def replay_webhook(
    webhook_id: str,
    body: models.ReplayRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/replay", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        content=wire.body_of(models.ReplayRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def request_withdrawal(
    body: models.WithdrawalRequest | Mapping[str, Any], *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/withdrawals",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.WithdrawalRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def resume_webhook(
    webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Webhook]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/resume", webhook_id=webhook_id),
        wire.json_of(models.Webhook),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def retire_client_secret(
    client_id: str, body: models.LabelRequest | Mapping[str, Any]
) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/clients/{client_id}:retire-secret", client_id=client_id),
        wire.json_of(models.ClientResource),
        content=wire.body_of(models.LabelRequest, body),
    )


def return_suspense(
    statement: int,
    entry: int,
    body: models.SuspenseReturnRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/suspense/{statement}/{entry}/return", statement=statement, entry=entry),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.SuspenseReturnRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def revoke_mandate(
    loan_id: str,
    mandate_id: str,
    body: models.RevocationRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/mandates/{mandate_id}/revoke", loan_id=loan_id, mandate_id=mandate_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.RevocationRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def revoke_session(session_id: str) -> wire.Call[models.Ended]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/sessions/{session_id}:revoke", session_id=session_id),
        wire.json_of(models.Ended),
    )


def send_proposal(
    proposal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/proposals/{proposal_id}/send", proposal_id=proposal_id),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def set_client_roles(client_id: str, body: models.RolesRequest | Mapping[str, Any]) -> wire.Call[models.ClientResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/clients/{client_id}:set-roles", client_id=client_id),
        wire.json_of(models.ClientResource),
        content=wire.body_of(models.RolesRequest, body),
    )


def set_person_roles(person_id: str, body: models.RolesRequest | Mapping[str, Any]) -> wire.Call[models.PersonResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/people/{person_id}:set-roles", person_id=person_id),
        wire.json_of(models.PersonResource),
        content=wire.body_of(models.RolesRequest, body),
    )


def set_regime_profile(
    body: models.RegimeProfileRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/regime-profiles",
        wire.json_of(models.Accepted),
        content=wire.body_of(models.RegimeProfileRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def show_foreign_action(body: models.ForeignActionRequest | Mapping[str, Any]) -> wire.Call[models.ShownAction]:
    return wire.Call(
        "POST",
        "/v1/approvals:prepare",
        wire.json_of(models.ShownAction),
        content=wire.body_of(models.ForeignActionRequest, body),
    )


def sign_in_by_ethereum(body: models.EthereumSignIn | Mapping[str, Any]) -> wire.Call[models.TokenResource]:
    return wire.Call(
        "POST",
        "/v1/sessions:ethereum",
        wire.json_of(models.TokenResource),
        content=wire.body_of(models.EthereumSignIn, body),
    )


def sign_in_by_passkey(body: models.PasskeySignIn | Mapping[str, Any]) -> wire.Call[models.TokenResource]:
    return wire.Call(
        "POST",
        "/v1/sessions:passkey",
        wire.json_of(models.TokenResource),
        content=wire.body_of(models.PasskeySignIn, body),
    )


def sign_in_by_password(body: models.PasswordSignIn | Mapping[str, Any]) -> wire.Call[models.TokenResource]:
    return wire.Call(
        "POST",
        "/v1/sessions:password",
        wire.json_of(models.TokenResource),
        content=wire.body_of(models.PasswordSignIn, body),
    )


def sign_out() -> wire.Call[models.Ended]:
    return wire.Call(
        "POST",
        "/v1/sessions:sign-out",
        wire.json_of(models.Ended),
    )


def step_session_up(body: models.StepUp | Mapping[str, Any]) -> wire.Call[models.CallerResource]:
    return wire.Call(
        "POST",
        "/v1/sessions:step-up",
        wire.json_of(models.CallerResource),
        content=wire.body_of(models.StepUp, body),
    )


def store_document(
    file: Upload,
    *,
    kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | None = None,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Document]:
    return wire.Call(
        "POST",
        "/v1/documents",
        wire.json_of(models.Document),
        data=wire.params_of(kind=kind),
        files={"file": file},
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def stream_events(
    *,
    after: str | None = None,
    type: list[str] | None = None,
    loan: str | None = None,
    state: Literal["recorded", "confirmed"] | None = None,
) -> wire.Call[bytes]:
    return wire.Call(
        "GET",
        "/v1/events/stream",
        wire.bytes_of,
        params=wire.params_of(after=after, type=type, loan=loan, state=state),
    )


def sweep_dust(
    loan_id: str,
    body: models.StepRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/sweep-dust", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.StepRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def take_subscriptions(
    loan_id: str,
    body: models.SubscriptionsRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/subscriptions", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.SubscriptionsRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def test_webhook(
    webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Delivered]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/webhooks/{webhook_id}/test", webhook_id=webhook_id),
        wire.json_of(models.Delivered),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def transfer_position(
    loan_id: str,
    body: models.TransferRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/loans/{loan_id}/transfers", loan_id=loan_id),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.TransferRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def unfreeze_party(
    name: str,
    body: models.FreezeRequest | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    wait: float | None = None,
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/unfreeze", name=name),
        wire.json_of(models.Accepted),
        content=wire.body_of(models.FreezeRequest, body),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def unlock_person(person_id: str) -> wire.Call[models.PersonResource]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/people/{person_id}:unlock", person_id=person_id),
        wire.json_of(models.PersonResource),
    )


def verify_document(document_id: str, *, min_block: int | None = None) -> wire.Call[models.Verification]:
    return wire.Call(
        "GET",
        wire.path_of("/v1/documents/{document_id}/verification", document_id=document_id),
        wire.json_of(models.Verification),
        headers=wire.params_of(**{"Ledger-Min-Block": min_block}),
    )


def vote_end_of_simulation(
    *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        "/v1/day-ends/end-simulation",
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def withdraw_approval(
    action: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/approvals/{action}/withdraw", action=action),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def withdraw_proposal(
    proposal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/proposals/{proposal_id}/withdraw", proposal_id=proposal_id),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )


def withdraw_replacement(
    name: str, *, idempotency_key: str | None = None, wait: float | None = None
) -> wire.Call[models.Accepted]:
    return wire.Call(
        "POST",
        wire.path_of("/v1/parties/{name}/replacement/withdraw", name=name),
        wire.json_of(models.Accepted),
        headers=wire.change_headers(idempotency_key, wait),
        wait=wait or 0.0,
    )
