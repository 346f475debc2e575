"""Every operation of the API as a method. Made by `loan-ledger api write`; edit the routes instead."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from datetime import date as Date
from datetime import datetime as DateTime
from typing import Any, Literal, TypeVar

from loan_ledger_client import calls, models, wire
from loan_ledger_client.wire import Upload

T = TypeVar("T")


class AsyncOperations(ABC):
    """The operations, sent by `send`."""

    @abstractmethod
    async def send(self, call: wire.Call[T]) -> T:
        """Sends a call and reads its answer."""

    async def accept_document_grant(
        self,
        body: models.GrantBundle | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Keep a grant that another seat made for this one.

        Problems of its own: documents.cid_commitment_mismatch, documents.cid_invalid, documents.ciphertext_altered,
        documents.ciphertext_invalid, documents.content_mismatch, documents.endpoint_invalid,
        documents.grant_invalid, documents.grant_mismatch, documents.node_refused, documents.node_unreachable,
        documents.not_pinned, documents.size_mismatch, documents.stored_bytes_corrupt, documents.too_few_nodes,
        documents.too_large, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.accept_document_grant(body, idempotency_key=idempotency_key, wait=wait))

    async def add_client_secret(self, client_id: str) -> models.ClientResource:
        """A second secret, so that the client can change over before the first is retired.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.add_client_secret(client_id))

    async def announce_replacement(
        self,
        name: str,
        body: models.ReplacementRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: announce the address that shall stand for a party whose key is lost.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesAccountInUse, contract.PartiesInvalid, contract.PartiesSubjectUnknown, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.announce_replacement(name, body, idempotency_key=idempotency_key, wait=wait))

    async def approve_foreign_action(
        self,
        body: models.ForeignApprovalRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Approve a call that another seat will send, as it was shown.

        Problems of its own: approval.same_person, contract.ApprovalExists, contract.ConsortiumScope,
        contract.ConsortiumSeatNotAllowed, proposal.decided, proposal.moved, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.approve_foreign_action(body, idempotency_key=idempotency_key, wait=wait))

    async def approve_proposal(
        self,
        body: models.ApprovalRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Another person than the proposer: approve a proposal as it was shown; the operation is sent right after.

        Problems of its own: approval.same_person, contract.ApprovalExists, contract.ApprovalExpired,
        contract.ApprovalMissing, contract.ApprovalOwn, contract.ApprovalRevoked, contract.ConsortiumScope,
        contract.ConsortiumSeatNotAllowed, contract.CustodyAboveClaims, contract.CustodyBurnedAboveAmount,
        contract.CustodyEntryUsed, contract.CustodyInsufficient, contract.CustodyMintCap, contract.CustodyNotLedger,
        contract.CustodyNotSuspended, contract.CustodyShortfall, contract.CustodySuspenseAmount,
        contract.CustodyZeroAmount, contract.DeadlinePassed, contract.DisbursementOverdue,
        contract.DrawdownAboveUndrawn, contract.DrawdownTooLate, contract.EscrowLengths, contract.EscrowNotServicer,
        contract.HistoryMoved, contract.LoanPayout, contract.LoanState, contract.LoanUnknown,
        contract.OpeningInvalid, contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed,
        contract.OrderWrongLoan, contract.OrderZero, contract.PartiesFrozen, contract.PartiesNotFrozen,
        contract.PartiesReplaced, contract.PartiesSubjectUnknown, contract.PartiesUnknown, contract.PaymentZero,
        contract.RebookingAfterEarlyRepayment, contract.RebookingHistory, contract.RebookingNoPayment,
        contract.RebookingNothing, contract.ReversalWindowClosed, contract.ScheduleAboveRateCap,
        contract.ScheduleDueDay, contract.ScheduleFee, contract.ScheduleInstalmentNotSmallest,
        contract.ScheduleInterest, contract.ScheduleLevel, contract.SchedulePrincipal,
        contract.SchedulePrincipalSum, contract.ScheduleRowCount, contract.ScheduleTableHash,
        contract.ScheduleTooLarge, contract.SubscriptionClass, contract.TermsMismatch, contract.ValueDateInvalid,
        contract.WithdrawalExpired, contract.WithdrawalPayout, contract.WithdrawalSignatureInvalid,
        contract.WithdrawalUsed, contract.WithdrawalZero, contract.WorkingDaysUnknown, correction.impossible,
        history.unreadable, loan.custom_table_unknown, node.refused, node.reverted, node.unreachable,
        proposal.decided, proposal.lapsed, proposal.moved, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused, suspense.not_there.
        """
        return await self.send(calls.approve_proposal(body, idempotency_key=idempotency_key, wait=wait))

    async def book_repayment(
        self,
        body: models.RepaymentRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: book a repayment of a loan as it comes in, before its account statement.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyEntryUsed, contract.CustodyInsufficient,
        contract.CustodyNotLedger, contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.PaymentZero, contract.ValueDateInvalid, contract.WorkingDaysUnknown,
        repayment.entry_booked, repayment.statement_taken, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.book_repayment(body, idempotency_key=idempotency_key, wait=wait))

    async def book_repayments(
        self,
        body: models.RepaymentBatchRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: book many repayments in few transactions; each item has a result of its own, none spoils another.

        `Prefer: wait=N` waits until every item has come to an end.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyEntryUsed, contract.CustodyInsufficient,
        contract.CustodyNotLedger, contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.PaymentZero, contract.ValueDateInvalid, contract.WorkingDaysUnknown,
        repayment.entry_booked, repayment.statement_taken, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.book_repayments(body, idempotency_key=idempotency_key, wait=wait))

    async def cancel_loan(
        self,
        loan_id: str,
        body: models.CancelRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform: end the loan before disbursement is requested.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.EscrowNotServicer, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.cancel_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def claim_earnings(
        self,
        loan_id: str,
        body: models.LendersRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: pay lenders what their units have earned.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.NothingToClaim, contract.PartiesFrozen, contract.PartiesUnknown,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.claim_earnings(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def claim_fees(
        self,
        loan_id: str,
        body: models.FeeClaimRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: pay a payee of fees what was collected for it.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.HistoryMoved, contract.LoanUnknown,
        contract.NothingToClaim, contract.PartiesFrozen, contract.PartiesUnknown, contract.TermsMismatch,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.claim_fees(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def close_day(
        self,
        body: models.DayEndRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: attest the day's balance and close the day; the business date moves on.

        Problems of its own: contract.CalendarAheadOfTime, contract.CalendarDayClosed, contract.CalendarNotAttested,
        contract.CalendarSupplyMoved, contract.ConsortiumNotCalendar, contract.ConsortiumScope,
        contract.ConsortiumSeatNotAllowed, contract.CustodyAttestedBefore, contract.CustodyDayTooFar,
        contract.CustodySuspenseMismatch, contract.CustodyUnexplainedSurplus, day_end.not_ready, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.close_day(body, idempotency_key=idempotency_key, wait=wait))

    async def close_day_instead(
        self,
        body: models.DayEndRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Close days in a silent bank's place: the regulator alone, members by vote. Never past the local date.

        Problems of its own: contract.CalendarAheadOfTime, contract.CalendarAlreadyVoted,
        contract.CalendarBankNotSilent, contract.CalendarDayClosed, contract.ConsortiumNotCalendar,
        contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.close_day_instead(body, idempotency_key=idempotency_key, wait=wait))

    async def close_drawing(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform, later any seat: give what was not drawn back to the lenders.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.DrawdownAboveUndrawn, contract.DrawingOpen, contract.HistoryMoved, contract.LoanPayout,
        contract.LoanState, contract.LoanUnknown, contract.TermsMismatch, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.close_drawing(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def close_loan(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: close a repaid loan once its reversal window has passed.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, contract.HistoryMoved,
        contract.LoanState, contract.LoanUnknown, contract.ReversalWindowOpen, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.close_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def commit_document(
        self,
        loan_id: str,
        expected_history_length: int,
        *,
        kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | None = None,
        file: Upload | None = None,
        document_id: str | None = None,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Commit a document to the loan's history: a new one, or one stored before.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, contract.DocumentExists,
        contract.DocumentInvalid, contract.EntryReserved, contract.EscrowNotLedger, contract.EscrowNotServicer,
        contract.HistoryMoved, contract.LoanUnknown, documents.cid_invalid, documents.cid_mismatch,
        documents.endpoint_invalid, documents.no_readers, documents.node_refused, documents.node_unreachable,
        documents.nodes_not_connected, documents.not_pinned, documents.stored_bytes_corrupt,
        documents.too_few_nodes, documents.too_large, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(
            calls.commit_document(
                loan_id,
                expected_history_length,
                kind=kind,
                file=file,
                document_id=document_id,
                idempotency_key=idempotency_key,
                wait=wait,
            )
        )

    async def consent_to_replacement(
        self,
        name: str,
        body: models.ConsentRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Regulator: consent to exactly this announcement.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesNoReplacement, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.consent_to_replacement(name, body, idempotency_key=idempotency_key, wait=wait))

    async def create_client(self, body: models.ClientRequest | Mapping[str, Any]) -> models.ClientResource:
        """Make a client; its secret is shown in this answer only.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.create_client(body))

    async def create_webhook(
        self,
        body: models.WebhookRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Webhook:
        """Deliver events to an address, signed, in their order, each at least once. The answer shows the secret once.

        Problems of its own: event.other_log, event.type_unknown, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused, webhook.too_many, webhook.url_refused.
        """
        return await self.send(calls.create_webhook(body, idempotency_key=idempotency_key, wait=wait))

    async def delete_webhook(
        self, webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Webhook:
        """Deliver nothing more, for good.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused, webhook.deleted.
        """
        return await self.send(calls.delete_webhook(webhook_id, idempotency_key=idempotency_key, wait=wait))

    async def disable_client(self, client_id: str) -> models.ClientResource:
        """No access any more, at once.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.disable_client(client_id))

    async def disable_person(self, person_id: str) -> models.PersonResource:
        """No access any more, at once.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.disable_person(person_id))

    async def disburse_loan(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform: ask the bank to pay the first tranche out; above the seat's limit a second person approves.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.DisbursementOverdue, contract.EscrowNotServicer, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.ScheduleAboveRateCap, contract.ScheduleDueDay, contract.ScheduleFee,
        contract.ScheduleInstalmentNotSmallest, contract.ScheduleInterest, contract.ScheduleLevel,
        contract.SchedulePrincipal, contract.SchedulePrincipalSum, contract.ScheduleRowCount,
        contract.ScheduleTableHash, contract.ScheduleTooLarge, contract.TermsMismatch, loan.custom_table_unknown,
        node.refused, node.reverted, node.unreachable, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.disburse_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def draw_tranche(
        self,
        loan_id: str,
        body: models.DrawdownRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform: ask the bank to pay a later tranche out, on the borrower's signature.

        Above the seat's limit a second person approves, unless the borrower itself asks.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, contract.DeadlinePassed,
        contract.DrawdownAboveUndrawn, contract.DrawdownTooLate, contract.EscrowNotServicer, contract.HistoryMoved,
        contract.LoanPayout, contract.LoanState, contract.LoanUnknown, contract.OrderExpired,
        contract.OrderSignatureInvalid, contract.OrderUsed, contract.OrderWrongLoan, contract.OrderZero,
        contract.PartiesReplaced, contract.PartiesUnknown, contract.ScheduleAboveRateCap, contract.ScheduleDueDay,
        contract.ScheduleFee, contract.ScheduleInstalmentNotSmallest, contract.ScheduleInterest,
        contract.ScheduleLevel, contract.SchedulePrincipal, contract.SchedulePrincipalSum,
        contract.ScheduleRowCount, contract.ScheduleTableHash, contract.ScheduleTooLarge, contract.TermsMismatch,
        history.unreadable, node.refused, node.reverted, node.unreachable, order.signer_wrong, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.draw_tranche(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def enable_client(self, client_id: str) -> models.ClientResource:
        """Access again, with the secrets it had.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.enable_client(client_id))

    async def enable_person(self, person_id: str) -> models.PersonResource:
        """Access again, with the factors it had.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.enable_person(person_id))

    async def enrol_person(self, body: models.EnrolmentRequest | Mapping[str, Any]) -> models.EnrolledResource:
        """Take an invitation: sets the person's factors, ends what it had before, and signs it in."""
        return await self.send(calls.enrol_person(body))

    async def exchange_webhook_secret(
        self,
        webhook_id: str,
        body: models.SecretRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Webhook:
        """A new secret, shown once; until the old one ends, deliveries carry a signature of each.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused, webhook.deleted.
        """
        return await self.send(
            calls.exchange_webhook_secret(webhook_id, body, idempotency_key=idempotency_key, wait=wait)
        )

    async def expire_loan(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: end a loan not funded by its deadline.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.DeadlineNotPassed, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.expire_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def freeze_party(
        self,
        name: str,
        body: models.FreezeRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Regulator: propose to hold a party's claims, refunds, withdrawals and transfers; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesFrozen, contract.PartiesSubjectUnknown, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.freeze_party(name, body, idempotency_key=idempotency_key, wait=wait))

    async def get_account_statement(self, number: int) -> models.AccountStatement:
        """One statement with its entries and their transactions.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_account_statement(number))

    async def get_audit_head(self) -> models.AuditHeadShown:
        """How long the log is, and how far it is anchored on chain.

        Problems of its own: node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_audit_head())

    async def get_business_date(self, *, min_block: int | None = None) -> models.BusinessDate:
        """The ledger's day, read from the seat's node.

        Problems of its own: index.behind, node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_business_date(min_block=min_block))

    async def get_caller(self) -> models.CallerResource:
        """Who the access token stands for.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_caller())

    async def get_client(self, client_id: str) -> models.ClientResource:
        """One client.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_client(client_id))

    async def get_custody(self, *, min_block: int | None = None) -> models.Custody:
        """Custody tokens against the bank's last day-end.

        Problems of its own: index.behind, node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_custody(min_block=min_block))

    async def get_document(self, document_id: str, *, min_block: int | None = None) -> models.Document:
        """What this seat keeps of a document.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_document(document_id, min_block=min_block))

    async def get_document_content(self, document_id: str, *, min_block: int | None = None) -> bytes:
        """The document, fetched, verified against the ledger's commitment and decrypted.

        Problems of its own: document.no_grant, documents.cid_commitment_mismatch, documents.cid_invalid,
        documents.cid_mismatch, documents.ciphertext_altered, documents.ciphertext_invalid,
        documents.content_mismatch, documents.endpoint_invalid, documents.grant_invalid, documents.grant_mismatch,
        documents.node_refused, documents.node_unreachable, documents.not_pinned, documents.size_mismatch,
        documents.stored_bytes_corrupt, documents.too_few_nodes, documents.too_large, index.behind,
        resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_document_content(document_id, min_block=min_block))

    async def get_document_grant(self, document_id: str, reader: str) -> models.GrantBundle:
        """All that another reader needs to open the document; pass it to that reader's seat. A party gets its own.

        Problems of its own: document.no_grant, documents.grant_invalid, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_document_grant(document_id, reader))

    async def get_exposures(self, *, min_block: int | None = None) -> models.Exposures:
        """What platforms have lent and not got back: all, or of the loans that the caller may see.

        Problems of its own: index.behind, node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_exposures(min_block=min_block))

    async def get_liveness(self) -> models.Live:
        """200 while the process lives."""
        return await self.send(calls.get_liveness())

    async def get_loan(self, loan_id: str, *, min_block: int | None = None) -> models.Loan:
        """One loan from this seat's own index.

        Problems of its own: history.unreadable, index.behind, loan.unreadable, node.refused, node.reverted,
        node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan(loan_id, min_block=min_block))

    async def get_loan_arrears(
        self, loan_id: str, *, on: Date | None = None, min_block: int | None = None
    ) -> models.Arrears:
        """What is due, overdue and owed in penalty interest on a day, and how many days past due the loan is.

        Problems of its own: history.unreadable, index.behind, node.refused, node.reverted, node.unreachable,
        resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_arrears(loan_id, on=on, min_block=min_block))

    async def get_loan_documents(self, loan_id: str, *, min_block: int | None = None) -> models.LoanDocuments:
        """Documents committed to the loan.

        Problems of its own: index.behind, loan.unreadable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_documents(loan_id, min_block=min_block))

    async def get_loan_history(
        self, loan_id: str, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
    ) -> models.HistoryEntryResourcePage:
        """The loan's history chain in order.

        Problems of its own: history.unreadable, index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_history(loan_id, limit=limit, cursor=cursor, min_block=min_block))

    async def every_loan_history(
        self, loan_id: str, *, limit: int | None = None, min_block: int | None = None
    ) -> AsyncIterator[models.HistoryEntryResource]:
        """The items of all pages of `get_loan_history`."""
        cursor: str | None = None
        while True:
            page = await self.get_loan_history(loan_id, cursor=cursor, limit=limit, min_block=min_block)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def get_loan_payoff(
        self,
        loan_id: str,
        *,
        on: Date | None = None,
        kind: Literal["TOTAL", "SHORTEN", "LOWER"] | None = None,
        min_block: int | None = None,
    ) -> models.Payoff:
        """What an early repayment takes on a day, to the cent.

        Problems of its own: history.unreadable, index.behind, loan.early_not_agreed, node.refused, node.reverted,
        node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_payoff(loan_id, on=on, kind=kind, min_block=min_block))

    async def get_loan_positions(self, loan_id: str, *, min_block: int | None = None) -> models.Positions:
        """What each lender holds and can claim.

        Problems of its own: index.behind, loan.unreadable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_positions(loan_id, min_block=min_block))

    async def get_loan_schedule(self, loan_id: str, *, min_block: int | None = None) -> models.Schedule:
        """Recomputed from terms and start, with what is paid.

        Problems of its own: history.unreadable, index.behind, loan.unreadable, node.refused, node.reverted,
        node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_loan_schedule(loan_id, min_block=min_block))

    async def get_network(self, *, min_block: int | None = None) -> models.Network:
        """Members, contracts, this seat and how far it sees.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_network(min_block=min_block))

    async def get_party(self, name: str, *, min_block: int | None = None) -> models.Party:
        """By the platform's reference (at the bank), address or subject; with its custody balance.

        Problems of its own: index.behind, node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_party(name, min_block=min_block))

    async def get_payable_by(self, calendar: int, day: Date, *, min_block: int | None = None) -> models.PayableBy:
        """The first working day at or after a day.

        Problems of its own: index.behind, node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_payable_by(calendar, day, min_block=min_block))

    async def get_payout_file(self, instruction_id: str) -> bytes:
        """The pain.001 file, once all its payouts are instructed on the ledger.

        Problems of its own: payout_instruction.not_instructed, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_payout_file(instruction_id))

    async def get_payout_instruction(self, instruction_id: str) -> models.PayoutInstruction:
        """One order and its payouts.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_payout_instruction(instruction_id))

    async def get_person(self, person_id: str) -> models.PersonResource:
        """One person.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_person(person_id))

    async def get_portfolio(self, party: str, *, min_block: int | None = None) -> models.Portfolio:
        """One lender's positions, by subject or address; those in loans that the caller may see.

        Problems of its own: index.behind, node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_portfolio(party, min_block=min_block))

    async def get_proposal(self, proposal_id: str, *, min_block: int | None = None) -> models.Proposal:
        """What would be sent now, in words, figures and arguments; its `action` is what an approver approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyBurnedAboveAmount, contract.CustodyEntryUsed,
        contract.CustodyInsufficient, contract.CustodyMintCap, contract.CustodyNotLedger,
        contract.CustodyNotSuspended, contract.CustodyShortfall, contract.CustodySuspenseAmount,
        contract.CustodyZeroAmount, contract.DeadlinePassed, contract.DisbursementOverdue,
        contract.DrawdownAboveUndrawn, contract.DrawdownTooLate, contract.EscrowLengths, contract.EscrowNotServicer,
        contract.HistoryMoved, contract.LoanPayout, contract.LoanState, contract.LoanUnknown,
        contract.OpeningInvalid, contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed,
        contract.OrderWrongLoan, contract.OrderZero, contract.PartiesFrozen, contract.PartiesNotFrozen,
        contract.PartiesReplaced, contract.PartiesSubjectUnknown, contract.PartiesUnknown, contract.PaymentZero,
        contract.RebookingAfterEarlyRepayment, contract.RebookingHistory, contract.RebookingNoPayment,
        contract.RebookingNothing, contract.ReversalWindowClosed, contract.ScheduleAboveRateCap,
        contract.ScheduleDueDay, contract.ScheduleFee, contract.ScheduleInstalmentNotSmallest,
        contract.ScheduleInterest, contract.ScheduleLevel, contract.SchedulePrincipal,
        contract.SchedulePrincipalSum, contract.ScheduleRowCount, contract.ScheduleTableHash,
        contract.ScheduleTooLarge, contract.SubscriptionClass, contract.TermsMismatch, contract.ValueDateInvalid,
        contract.WithdrawalExpired, contract.WithdrawalPayout, contract.WithdrawalSignatureInvalid,
        contract.WithdrawalUsed, contract.WithdrawalZero, contract.WorkingDaysUnknown, correction.impossible,
        history.unreadable, index.behind, loan.custom_table_unknown, node.refused, node.reverted, node.unreachable,
        resource.not_found, seat.no_such_service, suspense.not_there.
        """
        return await self.send(calls.get_proposal(proposal_id, min_block=min_block))

    async def get_readiness(self) -> models.Ready:
        """200 if node, index, outbox, keys and desk work and the index is near the head; else 503 with what is wrong.

        Problems of its own: documents.endpoint_invalid, documents.node_refused, documents.not_pinned,
        documents.stored_bytes_corrupt, node.refused, node.reverted.
        """
        return await self.send(calls.get_readiness())

    async def get_reading_key(self) -> models.ReadingKey:
        """The public key under which this seat reads documents.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_reading_key())

    async def get_regime_profile(self, name_or_id: str, *, min_block: int | None = None) -> models.RegimeProfile:
        """By id or name.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_regime_profile(name_or_id, min_block=min_block))

    async def get_repayment(self, repayment_id: str) -> models.Repayment:
        """One repayment and what became of it.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_repayment(repayment_id))

    async def get_repayment_batch(self, batch_id: str) -> models.RepaymentBatch:
        """The repayments of one request, each with its result.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_repayment_batch(batch_id))

    async def get_subject_exposures(self, party: str, *, min_block: int | None = None) -> models.SubjectExposures:
        """What one borrower owes, by subject or address; at the platform, or in the loans, that the caller may see.

        Problems of its own: index.behind, node.refused, node.reverted, node.unreachable, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.get_subject_exposures(party, min_block=min_block))

    async def get_suspense(self) -> models.Suspense:
        """Booked money that belongs to nobody yet.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_suspense())

    async def get_transaction(self, transaction_id: str) -> models.Transaction:
        """One transaction with everything that was signed for it.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_transaction(transaction_id))

    async def get_webhook(self, webhook_id: str) -> models.Webhook:
        """One webhook, how far it was delivered and what hinders it.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_webhook(webhook_id))

    async def get_withdrawal(self, withdrawal_id: str, *, min_block: int | None = None) -> models.WithdrawalResource:
        """One withdrawal.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_withdrawal(withdrawal_id, min_block=min_block))

    async def get_working_days(self, calendar: int, *, min_block: int | None = None) -> models.WorkingDays:
        """What is published of a calendar.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.get_working_days(calendar, min_block=min_block))

    async def instruct_payouts(
        self,
        body: models.PayoutInstructionRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: order all reserved payouts and withdrawals in one pain.001 file and note them as instructed.

        Problems of its own: bank.file_too_large, bank.instruction_invalid, bank.schema, bank.xml_forbidden,
        bank.xml_malformed, node.refused, node.reverted, node.unreachable, payout_instruction.empty,
        payout_instruction.payee_unknown, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.instruct_payouts(body, idempotency_key=idempotency_key, wait=wait))

    async def invite_person(self, body: models.PersonRequest | Mapping[str, Any]) -> models.InvitationResource:
        """Make a person and its invitation, which is shown in this answer only and works once.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.invite_person(body))

    async def invite_person_again(self, person_id: str) -> models.InvitationResource:
        """A new invitation, for somebody who lost its factors; they work until the invitation is taken.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.invite_person_again(person_id))

    async def issue_access_token(
        self,
        grant_type: Literal["client_credentials"],
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
    ) -> Any:
        """An access token for a machine client, for as many of its roles as `scope` names, else all."""
        return await self.send(
            calls.issue_access_token(grant_type, client_id=client_id, client_secret=client_secret, scope=scope)
        )

    async def keep_early_repayment(
        self,
        loan_id: str,
        body: models.EarlyRepaymentRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.EarlyRepaymentResource:
        """Bank: keep the borrower's order; the first receipt that suffices carries it out.

        Problems of its own: loan.early_not_agreed, node.refused, node.reverted, node.unreachable,
        order.signer_wrong, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.keep_early_repayment(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def keep_mandate(
        self,
        loan_id: str,
        body: models.MandateRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.MandateResource:
        """Any seat: keep a payer's mandate, to pay by it later.

        Problems of its own: node.refused, node.reverted, node.unreachable, order.signer_wrong, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.keep_mandate(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def list_account_statements(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AccountStatementPage:
        """Newest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_account_statements(limit=limit, cursor=cursor))

    async def every_account_statements(self, *, limit: int | None = None) -> AsyncIterator[models.AccountStatement]:
        """The items of all pages of `list_account_statements`."""
        cursor: str | None = None
        while True:
            page = await self.list_account_statements(cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_approvals(
        self, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
    ) -> models.OnLedgerPage:
        """Approvals on the ledger, of all members, oldest first.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_approvals(limit=limit, cursor=cursor, min_block=min_block))

    async def every_approvals(
        self, *, limit: int | None = None, min_block: int | None = None
    ) -> AsyncIterator[models.OnLedger]:
        """The items of all pages of `list_approvals`."""
        cursor: str | None = None
        while True:
            page = await self.list_approvals(cursor=cursor, limit=limit, min_block=min_block)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_audit_records(
        self,
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
    ) -> models.AuditRecordShownPage:
        """What was done and refused at this seat, by whom, and with which transactions.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(
            calls.list_audit_records(
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
            )
        )

    async def every_audit_records(
        self,
        *,
        limit: int | None = None,
        order: Literal["oldest_first", "newest_first"] | None = None,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        request_id: str | None = None,
        decision: str | None = None,
        since: DateTime | None = None,
        until: DateTime | None = None,
    ) -> AsyncIterator[models.AuditRecordShown]:
        """The items of all pages of `list_audit_records`."""
        cursor: str | None = None
        while True:
            page = await self.list_audit_records(
                cursor=cursor,
                limit=limit,
                order=order,
                actor=actor,
                action=action,
                subject=subject,
                request_id=request_id,
                decision=decision,
                since=since,
                until=until,
            )
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_clients(self, *, cursor: str | None = None, limit: int | None = None) -> models.ClientResourcePage:
        """Machine clients, by id.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_clients(cursor=cursor, limit=limit))

    async def every_clients(self, *, limit: int | None = None) -> AsyncIterator[models.ClientResource]:
        """The items of all pages of `list_clients`."""
        cursor: str | None = None
        while True:
            page = await self.list_clients(cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_day_ends(
        self, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
    ) -> models.DayEndPage:
        """Closed days, oldest first.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_day_ends(limit=limit, cursor=cursor, min_block=min_block))

    async def every_day_ends(
        self, *, limit: int | None = None, min_block: int | None = None
    ) -> AsyncIterator[models.DayEnd]:
        """The items of all pages of `list_day_ends`."""
        cursor: str | None = None
        while True:
            page = await self.list_day_ends(cursor=cursor, limit=limit, min_block=min_block)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_dead_letters(
        self, webhook_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.DeadLetterResourcePage:
        """Events that the address did not take, oldest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_dead_letters(webhook_id, limit=limit, cursor=cursor))

    async def every_dead_letters(
        self, webhook_id: str, *, limit: int | None = None
    ) -> AsyncIterator[models.DeadLetterResource]:
        """The items of all pages of `list_dead_letters`."""
        cursor: str | None = None
        while True:
            page = await self.list_dead_letters(webhook_id, cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_early_repayments(self, loan_id: str) -> models.EarlyRepayments:
        """Bank: orders kept for the loan, and what became of them; of parties, its borrower sees them.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_early_repayments(loan_id))

    async def list_errors(self) -> models.Errors:
        """Every error code with its HTTP status and texts.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_errors())

    async def list_event_types(self) -> models.EventTypeList:
        """Every type of event, what it means, and the schema of its data.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_event_types())

    async def list_events(
        self,
        *,
        after: str | None = None,
        limit: int | None = None,
        type: list[str] | None = None,
        loan: str | None = None,
        state: Literal["recorded", "confirmed"] | None = None,
    ) -> models.EventPage:
        """Events above a cursor, oldest first; without a cursor from the first one on.

        `next_cursor` leads on for ever: asked again later, it gives what has happened since.

        Problems of its own: event.other_log, event.type_unknown, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_events(after=after, limit=limit, type=type, loan=loan, state=state))

    async def list_loans(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        state: Literal[
            "Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"
        ]
        | None = None,
        number: str | None = None,
        borrower: str | None = None,
        min_block: int | None = None,
    ) -> models.LoanPage:
        """In the order in which they were proposed.

        Problems of its own: history.unreadable, index.behind, loan.unreadable, node.refused, node.reverted,
        node.unreachable, resource.not_found, seat.no_such_service.
        """
        return await self.send(
            calls.list_loans(
                limit=limit, cursor=cursor, state=state, number=number, borrower=borrower, min_block=min_block
            )
        )

    async def every_loans(
        self,
        *,
        limit: int | None = None,
        state: Literal[
            "Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired"
        ]
        | None = None,
        number: str | None = None,
        borrower: str | None = None,
        min_block: int | None = None,
    ) -> AsyncIterator[models.Loan]:
        """The items of all pages of `list_loans`."""
        cursor: str | None = None
        while True:
            page = await self.list_loans(
                cursor=cursor, limit=limit, state=state, number=number, borrower=borrower, min_block=min_block
            )
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_mandates(self, loan_id: str, *, min_block: int | None = None) -> models.Mandates:
        """Mandates that this seat keeps for the loan; a party sees its own.

        Problems of its own: history.unreadable, index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_mandates(loan_id, min_block=min_block))

    async def list_parties(
        self, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
    ) -> models.PartyPage:
        """All registered parties; for another organisation than the seat's, those of its loans.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_parties(limit=limit, cursor=cursor, min_block=min_block))

    async def every_parties(
        self, *, limit: int | None = None, min_block: int | None = None
    ) -> AsyncIterator[models.Party]:
        """The items of all pages of `list_parties`."""
        cursor: str | None = None
        while True:
            page = await self.list_parties(cursor=cursor, limit=limit, min_block=min_block)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_payout_instructions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.PayoutInstructionPage:
        """Newest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_payout_instructions(limit=limit, cursor=cursor))

    async def every_payout_instructions(self, *, limit: int | None = None) -> AsyncIterator[models.PayoutInstruction]:
        """The items of all pages of `list_payout_instructions`."""
        cursor: str | None = None
        while True:
            page = await self.list_payout_instructions(cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_people(self, *, cursor: str | None = None, limit: int | None = None) -> models.PersonResourcePage:
        """People, by id.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_people(cursor=cursor, limit=limit))

    async def every_people(self, *, limit: int | None = None) -> AsyncIterator[models.PersonResource]:
        """The items of all pages of `list_people`."""
        cursor: str | None = None
        while True:
            page = await self.list_people(cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_proposals(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Literal["proposed", "approved", "withdrawn"] | None = None,
    ) -> models.ProposalPage:
        """Operations of this seat that need, or got, a second person; newest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_proposals(limit=limit, cursor=cursor, status=status))

    async def every_proposals(
        self, *, limit: int | None = None, status: Literal["proposed", "approved", "withdrawn"] | None = None
    ) -> AsyncIterator[models.Proposal]:
        """The items of all pages of `list_proposals`."""
        cursor: str | None = None
        while True:
            page = await self.list_proposals(cursor=cursor, limit=limit, status=status)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_regime_profiles(self, *, min_block: int | None = None) -> models.RegimeProfiles:
        """Oldest first.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_regime_profiles(min_block=min_block))

    async def list_repayments(
        self, *, loan: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> models.RepaymentPage:
        """Newest first, of all loans or one.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_repayments(loan=loan, limit=limit, cursor=cursor))

    async def every_repayments(
        self, *, loan: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.Repayment]:
        """The items of all pages of `list_repayments`."""
        cursor: str | None = None
        while True:
            page = await self.list_repayments(cursor=cursor, loan=loan, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_sessions(
        self, *, principal: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> models.SessionResourcePage:
        """The caller's own open sessions; an administrator sees all of its organisation's.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_sessions(principal=principal, cursor=cursor, limit=limit))

    async def every_sessions(
        self, *, principal: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.SessionResource]:
        """The items of all pages of `list_sessions`."""
        cursor: str | None = None
        while True:
            page = await self.list_sessions(cursor=cursor, principal=principal, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_token_keys(self) -> models.PublicKeys:
        """The public keys with which others can verify this seat's access tokens."""
        return await self.send(calls.list_token_keys())

    async def list_transactions(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Literal["queued", "signed", "sent", "mined", "final", "failed", "replaced"] | None = None,
        loan: str | None = None,
    ) -> models.TransactionPage:
        """Newest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_transactions(limit=limit, cursor=cursor, status=status, loan=loan))

    async def every_transactions(
        self,
        *,
        limit: int | None = None,
        status: Literal["queued", "signed", "sent", "mined", "final", "failed", "replaced"] | None = None,
        loan: str | None = None,
    ) -> AsyncIterator[models.Transaction]:
        """The items of all pages of `list_transactions`."""
        cursor: str | None = None
        while True:
            page = await self.list_transactions(cursor=cursor, limit=limit, status=status, loan=loan)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_webhooks(self, *, limit: int | None = None, cursor: str | None = None) -> models.WebhookPage:
        """Newest first.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_webhooks(limit=limit, cursor=cursor))

    async def every_webhooks(self, *, limit: int | None = None) -> AsyncIterator[models.Webhook]:
        """The items of all pages of `list_webhooks`."""
        cursor: str | None = None
        while True:
            page = await self.list_webhooks(cursor=cursor, limit=limit)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def list_withdrawals(
        self, *, limit: int | None = None, cursor: str | None = None, min_block: int | None = None
    ) -> models.WithdrawalResourcePage:
        """By their last move.

        Problems of its own: index.behind, resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.list_withdrawals(limit=limit, cursor=cursor, min_block=min_block))

    async def every_withdrawals(
        self, *, limit: int | None = None, min_block: int | None = None
    ) -> AsyncIterator[models.WithdrawalResource]:
        """The items of all pages of `list_withdrawals`."""
        cursor: str | None = None
        while True:
            page = await self.list_withdrawals(cursor=cursor, limit=limit, min_block=min_block)
            for item in page.items:
                yield item
            cursor = page.next_cursor
            if cursor is None:
                return

    async def match_suspense(
        self,
        statement: int,
        entry: int,
        body: models.SuspenseMatchRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: propose whose money a credit in suspense is; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyInsufficient, contract.CustodyMintCap,
        contract.CustodyNotLedger, contract.CustodyNotSuspended, contract.CustodyShortfall,
        contract.CustodySuspenseAmount, contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.PartiesReplaced, contract.PartiesUnknown, contract.PaymentZero,
        contract.ValueDateInvalid, contract.WorkingDaysUnknown, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused, suspense.not_there.
        """
        return await self.send(calls.match_suspense(statement, entry, body, idempotency_key=idempotency_key, wait=wait))

    async def open_running(
        self,
        loan_id: str,
        body: models.OpeningRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform: keep the signed opening of a running loan.

        The bank approves its action (`POST /v1/foreign-approvals` at the bank's seat); then `POST /v1/proposals/{id}/send`.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.EscrowLengths, contract.EscrowNotServicer, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.OpeningInvalid, contract.OrderExpired, contract.OrderSignatureInvalid,
        contract.OrderUsed, contract.OrderWrongLoan, contract.OrderZero, contract.PartiesReplaced,
        contract.PartiesUnknown, contract.SubscriptionClass, contract.TermsMismatch, contract.ValueDateInvalid,
        node.refused, node.reverted, node.unreachable, order.signer_wrong, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.open_running(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def pause_webhook(
        self, webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Webhook:
        """Deliver nothing until it is resumed; nothing is lost meanwhile.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused, webhook.deleted.
        """
        return await self.send(calls.pause_webhook(webhook_id, idempotency_key=idempotency_key, wait=wait))

    async def pay_by_mandate(
        self,
        loan_id: str,
        mandate_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: pay what is due now, up to the mandate and the payer's balance.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyInsufficient, contract.CustodyNotLedger,
        contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        contract.MandateLimit, contract.NothingDue, contract.OrderExpired, contract.OrderSignatureInvalid,
        contract.OrderUsed, contract.OrderZero, contract.PartiesFrozen, contract.PartiesReplaced,
        contract.PartiesUnknown, contract.WorkingDaysUnknown, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(
            calls.pay_by_mandate(loan_id, mandate_id, body, idempotency_key=idempotency_key, wait=wait)
        )

    async def pay_loan(
        self,
        loan_id: str,
        body: models.PaymentRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: pay the loan from a party's own custody tokens, on its signature.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyInsufficient, contract.CustodyNotLedger,
        contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed, contract.OrderZero,
        contract.PartiesFrozen, contract.PartiesReplaced, contract.PartiesUnknown, contract.WorkingDaysUnknown,
        node.refused, node.reverted, node.unreachable, order.signer_wrong, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.pay_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def post_account_statement(
        self, body: bytes, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Bank: take in an account statement (camt.053), whole or not at all, and post every booked entry once.

        `Prefer: wait=N` waits until all its transactions are final. The same file again changes nothing.

        Problems of its own: bank.balance_mismatch, bank.currency, bank.details_mismatch, bank.entry_already_posted,
        bank.entry_booked_later, bank.entry_duplicate, bank.entry_status, bank.entry_without_date,
        bank.entry_without_reference, bank.file_too_large, bank.foreign_account, bank.message_type,
        bank.opening_mismatch, bank.pages_incomplete, bank.schema, bank.sequence_gap, bank.sequence_repeated,
        bank.several_statements, bank.statement_ambiguous, bank.statement_date, bank.statement_incomplete,
        bank.xml_forbidden, bank.xml_malformed, node.refused, node.reverted, node.unreachable,
        repayment.entry_differs, repayment.not_stated, repayment.under_way, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.post_account_statement(body, idempotency_key=idempotency_key, wait=wait))

    async def prepare_drawdown(
        self, loan_id: str, body: models.DrawdownTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that the borrower signs for a later tranche. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_drawdown(loan_id, body))

    async def prepare_early_repayment(
        self, loan_id: str, body: models.EarlyRepaymentTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that the borrower signs. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_early_repayment(loan_id, body))

    async def prepare_enrolment(self, body: models.InvitationGiven | Mapping[str, Any]) -> models.EnrolmentOffer:
        """What an invited person needs to set its factors. The invitation stays open."""
        return await self.send(calls.prepare_enrolment(body))

    async def prepare_ethereum_sign_in(self, *, address: str, origin: str | None = None) -> models.EthereumMessage:
        """The message (ERC-4361) that the party's key has to sign; it works once, within 5 minutes."""
        return await self.send(calls.prepare_ethereum_sign_in(address=address, origin=origin))

    async def prepare_loan(self, body: models.PrepareRequest | Mapping[str, Any]) -> models.Prepared:
        """Platform: the document that the borrower signs, and the loan's id. Changes nothing.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, terms.invalid.
        """
        return await self.send(calls.prepare_loan(body))

    async def prepare_mandate(
        self, loan_id: str, body: models.MandateTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that a payer signs. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_mandate(loan_id, body))

    async def prepare_opening(
        self, loan_id: str, body: models.OpeningTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that borrower and lenders sign. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_opening(loan_id, body))

    async def prepare_passkey_sign_in(self) -> Any:
        """What a browser's `navigator.credentials.get` needs; also for stepping up by passkey."""
        return await self.send(calls.prepare_passkey_sign_in())

    async def prepare_payment(
        self, loan_id: str, body: models.PaymentTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that a payer signs to pay from its own custody tokens. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_payment(loan_id, body))

    async def prepare_revocation(self, loan_id: str, mandate_id: str) -> models.PreparedOrder:
        """The document by whose signature the payer ends the mandate. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_revocation(loan_id, mandate_id))

    async def prepare_subscriptions(
        self, loan_id: str, body: models.SubscriptionsPrepareRequest | Mapping[str, Any]
    ) -> models.PreparedSubscriptions:
        """The documents that lenders sign. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_subscriptions(loan_id, body))

    async def prepare_transfer(
        self, loan_id: str, body: models.TransferTerms | Mapping[str, Any]
    ) -> models.PreparedOrder:
        """The document that seller and buyer both sign. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_transfer(loan_id, body))

    async def prepare_withdrawal(self, body: models.WithdrawalTerms | Mapping[str, Any]) -> models.PreparedWithdrawal:
        """The document that the holder signs. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.prepare_withdrawal(body))

    async def propose_insertion(
        self,
        loan_id: str,
        body: models.InsertionRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: propose to put booked credits of earlier value dates in; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyBurnedAboveAmount, contract.CustodyEntryUsed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.CustodyZeroAmount, contract.HistoryMoved,
        contract.LoanState, contract.LoanUnknown, contract.OrderWrongLoan, contract.PaymentZero,
        contract.RebookingAfterEarlyRepayment, contract.RebookingHistory, contract.RebookingNoPayment,
        contract.RebookingNothing, contract.ReversalWindowClosed, contract.ValueDateInvalid,
        contract.WorkingDaysUnknown, correction.impossible, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.propose_insertion(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def propose_loan(
        self,
        body: models.ProposeRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Platform: propose a loan with the borrower's signature.

        Problems of its own: contract.BorrowerSignatureInvalid, contract.ConsortiumScope,
        contract.ConsortiumSeatNotAllowed, contract.PartiesReplaced, contract.PartiesUnknown, contract.RateAboveCap,
        contract.RegimeNotEffective, contract.RegimeUnknown, contract.TermsCurrency, contract.TermsDayCount,
        contract.TermsDeadline, contract.TermsFee, contract.TermsFees, contract.TermsInstalments,
        contract.TermsMethod, contract.TermsPayment, contract.TermsPeriod, contract.TermsPlatform,
        contract.TermsPrincipal, contract.TermsShares, contract.TermsTable, contract.TermsText,
        contract.TermsTranches, contract.TermsVersion, contract.WorkingDaysUnknown, node.refused, node.reverted,
        node.unreachable, order.signer_wrong, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.propose_loan(body, idempotency_key=idempotency_key, wait=wait))

    async def propose_mint_cap(
        self,
        body: models.MintCapRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: propose how far deposits may raise the supply between day-ends; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.propose_mint_cap(body, idempotency_key=idempotency_key, wait=wait))

    async def propose_reversal(
        self,
        loan_id: str,
        body: models.ReversalRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: propose to reverse a payment by a booked debit; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyBurnedAboveAmount, contract.CustodyEntryUsed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.CustodyZeroAmount, contract.HistoryMoved,
        contract.LoanState, contract.LoanUnknown, contract.OrderWrongLoan, contract.PaymentZero,
        contract.RebookingAfterEarlyRepayment, contract.RebookingHistory, contract.RebookingNoPayment,
        contract.RebookingNothing, contract.ReversalWindowClosed, contract.ValueDateInvalid,
        contract.WorkingDaysUnknown, correction.impossible, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.propose_reversal(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def publish_working_days(
        self,
        calendar: int,
        body: models.WorkingDaysRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Regulator: publish the next days of a calendar. What is published never changes.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.WorkingDaysLength, contract.WorkingDaysRange, contract.WorkingDaysUnknown, resource.not_found,
        seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.publish_working_days(calendar, body, idempotency_key=idempotency_key, wait=wait))

    async def redeliver_dead_letters(
        self,
        webhook_id: str,
        body: models.RedeliveryRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Webhook:
        """Deliver dead letters once more, before anything newer; what fails again stays a dead letter.

        Problems of its own: event.other_log, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused, webhook.deleted.
        """
        return await self.send(
            calls.redeliver_dead_letters(webhook_id, body, idempotency_key=idempotency_key, wait=wait)
        )

    async def refresh_session(self, body: models.Refreshing | Mapping[str, Any]) -> models.TokenResource:
        """The next tokens. A refresh token works once; used twice it ends the session."""
        return await self.send(calls.refresh_session(body))

    async def refund_loan(
        self,
        loan_id: str,
        body: models.LendersRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: give subscriptions of a cancelled or expired loan back.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyInsufficient, contract.CustodyNotLedger,
        contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        contract.NothingToRefund, contract.PartiesFrozen, contract.PartiesUnknown, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.refund_loan(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def register_party(
        self,
        body: models.PartyRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: register a party's signing address after the bank's checks.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesAccountInUse, contract.PartiesInvalid, contract.PartiesSubjectInUse, party.exists,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.register_party(body, idempotency_key=idempotency_key, wait=wait))

    async def release_overpayment(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: pay the borrower what it overpaid, once the loan is closed.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.NothingToClaim, contract.PartiesFrozen, contract.PartiesUnknown,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.release_overpayment(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def release_withdrawal(
        self, withdrawal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Any seat: give the holder the tokens of an order that the bank did not instruct while it was valid.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.WithdrawalPayout,
        contract.WithdrawalStillValid, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.release_withdrawal(withdrawal_id, idempotency_key=idempotency_key, wait=wait))

    async def replace_party(
        self, name: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Any seat: have the announced address take over, with its custody tokens, once notice and consent are complete.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyNotParties, contract.PartiesAccountInUse, contract.PartiesInvalid,
        contract.PartiesNoReplacement, contract.PartiesNotConsented, contract.PartiesNoticeRunning,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.replace_party(name, idempotency_key=idempotency_key, wait=wait))

    async def replay_webhook(
        self,
        webhook_id: str,
        body: models.ReplayRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Webhook:
        """Deliver again everything behind an event, with the ids that it had.

        Problems of its own: event.other_log, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused, webhook.deleted.
        """
        return await self.send(calls.replay_webhook(webhook_id, body, idempotency_key=idempotency_key, wait=wait))

    async def request_withdrawal(
        self,
        body: models.WithdrawalRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: reserve a holder's tokens for payout to its bank account.

        Above the seat's limit a second person approves, unless the holder itself asks.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.PartiesFrozen, contract.PartiesReplaced,
        contract.PartiesUnknown, contract.WithdrawalExpired, contract.WithdrawalSignatureInvalid,
        contract.WithdrawalUsed, contract.WithdrawalZero, node.refused, node.reverted, node.unreachable,
        order.signer_wrong, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.request_withdrawal(body, idempotency_key=idempotency_key, wait=wait))

    async def resume_webhook(
        self, webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Webhook:
        """Go on where it was paused or held; what was to be tried later is tried now.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused, webhook.deleted.
        """
        return await self.send(calls.resume_webhook(webhook_id, idempotency_key=idempotency_key, wait=wait))

    async def retire_client_secret(
        self, client_id: str, body: models.LabelRequest | Mapping[str, Any]
    ) -> models.ClientResource:
        """End one secret, and every token that the client holds.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.retire_client_secret(client_id, body))

    async def return_suspense(
        self,
        statement: int,
        entry: int,
        body: models.SuspenseReturnRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Bank: propose that a credit in suspense went back by a booked debit; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyEntryUsed, contract.CustodyNotSuspended, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused, suspense.not_there.
        """
        return await self.send(
            calls.return_suspense(statement, entry, body, idempotency_key=idempotency_key, wait=wait)
        )

    async def revoke_mandate(
        self,
        loan_id: str,
        mandate_id: str,
        body: models.RevocationRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: end a mandate, on the payer's signature.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, contract.HistoryMoved,
        contract.LoanUnknown, contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed,
        contract.PartiesReplaced, contract.PartiesUnknown, node.refused, node.reverted, node.unreachable,
        order.signer_wrong, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(
            calls.revoke_mandate(loan_id, mandate_id, body, idempotency_key=idempotency_key, wait=wait)
        )

    async def revoke_session(self, session_id: str) -> models.Ended:
        """End a session of one's own, or as an administrator anybody's. Its tokens stop working at once, everywhere.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.revoke_session(session_id))

    async def send_proposal(
        self, proposal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Send an operation that another organisation has approved on the ledger, such as the opening of a running loan.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyBurnedAboveAmount, contract.CustodyEntryUsed,
        contract.CustodyInsufficient, contract.CustodyMintCap, contract.CustodyNotLedger,
        contract.CustodyNotSuspended, contract.CustodyShortfall, contract.CustodySuspenseAmount,
        contract.CustodyZeroAmount, contract.DeadlinePassed, contract.DisbursementOverdue,
        contract.DrawdownAboveUndrawn, contract.DrawdownTooLate, contract.EscrowLengths, contract.EscrowNotServicer,
        contract.HistoryMoved, contract.LoanPayout, contract.LoanState, contract.LoanUnknown,
        contract.OpeningInvalid, contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed,
        contract.OrderWrongLoan, contract.OrderZero, contract.PartiesFrozen, contract.PartiesNotFrozen,
        contract.PartiesReplaced, contract.PartiesSubjectUnknown, contract.PartiesUnknown, contract.PaymentZero,
        contract.RebookingAfterEarlyRepayment, contract.RebookingHistory, contract.RebookingNoPayment,
        contract.RebookingNothing, contract.ReversalWindowClosed, contract.ScheduleAboveRateCap,
        contract.ScheduleDueDay, contract.ScheduleFee, contract.ScheduleInstalmentNotSmallest,
        contract.ScheduleInterest, contract.ScheduleLevel, contract.SchedulePrincipal,
        contract.SchedulePrincipalSum, contract.ScheduleRowCount, contract.ScheduleTableHash,
        contract.ScheduleTooLarge, contract.SubscriptionClass, contract.TermsMismatch, contract.ValueDateInvalid,
        contract.WithdrawalExpired, contract.WithdrawalPayout, contract.WithdrawalSignatureInvalid,
        contract.WithdrawalUsed, contract.WithdrawalZero, contract.WorkingDaysUnknown, correction.impossible,
        history.unreadable, loan.custom_table_unknown, node.refused, node.reverted, node.unreachable,
        proposal.approval_needed, proposal.decided, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused, suspense.not_there.
        """
        return await self.send(calls.send_proposal(proposal_id, idempotency_key=idempotency_key, wait=wait))

    async def set_client_roles(
        self, client_id: str, body: models.RolesRequest | Mapping[str, Any]
    ) -> models.ClientResource:
        """Other roles; every token that the client holds ends.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.set_client_roles(client_id, body))

    async def set_person_roles(
        self, person_id: str, body: models.RolesRequest | Mapping[str, Any]
    ) -> models.PersonResource:
        """Other roles; every session of the person ends.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.set_person_roles(person_id, body))

    async def set_regime_profile(
        self,
        body: models.RegimeProfileRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Regulator: set limits for new loans.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed, contract.RegimeExists,
        contract.RegimeInvalid, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.set_regime_profile(body, idempotency_key=idempotency_key, wait=wait))

    async def show_foreign_action(self, body: models.ForeignActionRequest | Mapping[str, Any]) -> models.ShownAction:
        """A call that another seat wants to send, in readable form. Changes nothing.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.show_foreign_action(body))

    async def sign_in_by_ethereum(self, body: models.EthereumSignIn | Mapping[str, Any]) -> models.TokenResource:
        """Sign a borrower or lender in by the key of its party."""
        return await self.send(calls.sign_in_by_ethereum(body))

    async def sign_in_by_passkey(self, body: models.PasskeySignIn | Mapping[str, Any]) -> models.TokenResource:
        """Sign a person in by passkey."""
        return await self.send(calls.sign_in_by_passkey(body))

    async def sign_in_by_password(self, body: models.PasswordSignIn | Mapping[str, Any]) -> models.TokenResource:
        """Sign a person in by password and a code of the authenticator app (or a recovery code)."""
        return await self.send(calls.sign_in_by_password(body))

    async def sign_out(self) -> models.Ended:
        """End the session that asks; its tokens stop working at once.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.sign_out())

    async def step_session_up(self, body: models.StepUp | Mapping[str, Any]) -> models.CallerResource:
        """Prove a second factor anew, for actions that need a fresh one. The access token in use stays valid.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.step_session_up(body))

    async def store_document(
        self,
        file: Upload,
        *,
        kind: Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"] | None = None,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Document:
        """Encrypt a document and keep it at both IPFS nodes, before any loan: its salt and hashes go into the terms.

        Problems of its own: documents.cid_invalid, documents.cid_mismatch, documents.endpoint_invalid,
        documents.no_readers, documents.node_refused, documents.node_unreachable, documents.nodes_not_connected,
        documents.not_pinned, documents.stored_bytes_corrupt, documents.too_few_nodes, documents.too_large,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.store_document(file, kind=kind, idempotency_key=idempotency_key, wait=wait))

    async def stream_events(
        self,
        *,
        after: str | None = None,
        type: list[str] | None = None,
        loan: str | None = None,
        state: Literal["recorded", "confirmed"] | None = None,
    ) -> bytes:
        """Server-sent events: those above the cursor, then each new one as it comes about; without a cursor from now on.

        A client that comes back with `Last-Event-ID` misses nothing. One that takes nothing for a while is cut off.

        Problems of its own: event.other_log, event.too_many_streams, event.type_unknown, resource.not_found,
        seat.no_such_service.
        """
        return await self.send(calls.stream_events(after=after, type=type, loan=loan, state=state))

    async def sweep_dust(
        self,
        loan_id: str,
        body: models.StepRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: move a closed loan's dust to the platform's risk reserve.

        Problems of its own: contract.ClaimsOpen, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyAboveClaims, contract.CustodyInsufficient, contract.CustodyNotLedger,
        contract.CustodyZeroAmount, contract.HistoryMoved, contract.LoanState, contract.LoanUnknown,
        contract.NothingToClaim, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.sweep_dust(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def take_subscriptions(
        self,
        loan_id: str,
        body: models.SubscriptionsRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: take lenders' signed subscriptions into escrow.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.DeadlinePassed, contract.EscrowLengths,
        contract.HistoryMoved, contract.LoanState, contract.LoanUnknown, contract.OrderExpired,
        contract.OrderSignatureInvalid, contract.OrderUsed, contract.OrderWrongLoan, contract.OrderZero,
        contract.PartiesFrozen, contract.PartiesReplaced, contract.PartiesUnknown, contract.SubscriptionAboveNeed,
        contract.SubscriptionClass, node.refused, node.reverted, node.unreachable, order.signer_wrong,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.take_subscriptions(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def test_webhook(
        self, webhook_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Delivered:
        """Post a `webhook.test` event now, and say what came of it.

        Problems of its own: resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused, webhook.deleted.
        """
        return await self.send(calls.test_webhook(webhook_id, idempotency_key=idempotency_key, wait=wait))

    async def transfer_position(
        self,
        loan_id: str,
        body: models.TransferRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Any seat: move units, with what they have earned, from seller to buyer against the price.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.CustodyInsufficient, contract.CustodyNotLedger, contract.HistoryMoved, contract.LoanState,
        contract.LoanUnknown, contract.OrderExpired, contract.OrderSignatureInvalid, contract.OrderUsed,
        contract.OrderZero, contract.PartiesFrozen, contract.PartiesReplaced, contract.PartiesUnknown,
        contract.SubscriptionClass, contract.TransferSelf, contract.TransferUnits, node.refused, node.reverted,
        node.unreachable, order.signer_wrong, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.transfer_position(loan_id, body, idempotency_key=idempotency_key, wait=wait))

    async def unfreeze_party(
        self,
        name: str,
        body: models.FreezeRequest | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        wait: float | None = None,
    ) -> models.Accepted:
        """Regulator: propose to free a party's payouts; a second person approves.

        Problems of its own: contract.ApprovalExpired, contract.ApprovalMissing, contract.ApprovalOwn,
        contract.ApprovalRevoked, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesNotFrozen, contract.PartiesSubjectUnknown, resource.not_found, seat.no_key,
        seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.unfreeze_party(name, body, idempotency_key=idempotency_key, wait=wait))

    async def unlock_person(self, person_id: str) -> models.PersonResource:
        """Let somebody who was locked out after failed sign-ins try again.

        Problems of its own: resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.unlock_person(person_id))

    async def verify_document(self, document_id: str, *, min_block: int | None = None) -> models.Verification:
        """Check every stored copy and the content against the ledger's commitment; a problem names what is off.

        Problems of its own: document.no_grant, documents.cid_commitment_mismatch, documents.cid_invalid,
        documents.cid_mismatch, documents.ciphertext_altered, documents.ciphertext_invalid,
        documents.content_mismatch, documents.endpoint_invalid, documents.grant_invalid, documents.grant_mismatch,
        documents.node_refused, documents.node_unreachable, documents.not_pinned, documents.size_mismatch,
        documents.stored_bytes_corrupt, documents.too_few_nodes, documents.too_large, index.behind,
        resource.not_found, seat.no_such_service.
        """
        return await self.send(calls.verify_document(document_id, min_block=min_block))

    async def vote_end_of_simulation(
        self, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Any seat: this member's vote to end simulated mode; once more than half have voted it ends for good.

        Problems of its own: contract.CalendarAlreadyVoted, contract.CalendarNotSimulated, contract.ConsortiumScope,
        contract.ConsortiumSeatNotAllowed, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.vote_end_of_simulation(idempotency_key=idempotency_key, wait=wait))

    async def withdraw_approval(
        self, action: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Any seat: take this member's approval of a call back, as long as nobody has used it.

        Problems of its own: contract.ApprovalMissing, contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.withdraw_approval(action, idempotency_key=idempotency_key, wait=wait))

    async def withdraw_proposal(
        self, proposal_id: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Take a proposal back that nobody has approved.

        Problems of its own: proposal.decided, resource.not_found, seat.no_key, seat.no_such_service,
        seat.not_allowed, seat.signing_refused.
        """
        return await self.send(calls.withdraw_proposal(proposal_id, idempotency_key=idempotency_key, wait=wait))

    async def withdraw_replacement(
        self, name: str, *, idempotency_key: str | None = None, wait: float | None = None
    ) -> models.Accepted:
        """Bank or regulator: take an announcement back.

        Problems of its own: contract.ConsortiumScope, contract.ConsortiumSeatNotAllowed,
        contract.PartiesNoReplacement, resource.not_found, seat.no_key, seat.no_such_service, seat.not_allowed,
        seat.signing_refused.
        """
        return await self.send(calls.withdraw_replacement(name, idempotency_key=idempotency_key, wait=wait))
