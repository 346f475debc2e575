"""Requests withdrawals and shows those on the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.orders import Withdrawal
from gateway.approvals.actions import Operation, builds
from gateway.approvals.releases import send_or_propose
from gateway.authorisation import sight as see
from gateway.authorisation.guard import Access
from gateway.authorisation.sight import Sight
from gateway.changes import Plan, link
from gateway.errors import NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedEvent
from gateway.money import money
from gateway.order_signatures import require_signature
from gateway.orders import typed
from gateway.pages import Page, page, text_cursor
from gateway.seat import Seat
from gateway.withdrawals.schemas import PreparedWithdrawal, WithdrawalRequest, WithdrawalResource, WithdrawalTerms

WITHDRAWAL: Final = "withdrawal"
_PAYOUTS = ("None", "Reserved", "Instructed", "Settled", "Returned")


def prepare(seat: Seat, request: WithdrawalTerms) -> PreparedWithdrawal:
    """The withdrawal's id and the document that the holder signs. Changes nothing."""
    identifier, document = typed(seat, _withdrawal(seat, request))
    return PreparedWithdrawal(withdrawal_id=identifier, typed_data=document)


def plan_request(seat: Seat, access: Access, request: WithdrawalRequest) -> Plan:
    """Reserves the holder's tokens for payout; above the seat's limit once another person has approved it."""
    seat.outbox.allow(("Withdrawals", "request"))
    order = _withdrawal(seat, request)
    require_signature(seat, order, request.signature, "signature", order.holder)
    identifier, _ = typed(seat, order)
    resource = link("withdrawal", identifier, "withdrawals")
    return send_or_propose(seat, access, WITHDRAWAL, request.model_dump(mode="json"), resource, None)


@builds(WITHDRAWAL)
def withdrawal(seat: Seat, _: Session, request: Mapping[str, Any]) -> Operation:
    """Reserves a holder's tokens for payout. request: WithdrawalRequest."""
    body = WithdrawalRequest.model_validate(request)
    readable = {
        "operation": "reserve a holder's tokens for payout",
        "holder": body.holder,
        "amount": f"{body.amount.amount} {body.amount.currency}",
    }
    call = calls.request_withdrawal(_withdrawal(seat, body), raw(body.signature))
    return Operation(call, readable, second_key=False)


def plan_release(seat: Seat, withdrawal_id: str) -> Plan:
    """Gives the holder the tokens of an order that the bank did not instruct while it was valid."""
    seat.outbox.allow(("Withdrawals", "release"))
    return Plan(link("withdrawal", withdrawal_id, "withdrawals"), [calls.release_withdrawal(raw(withdrawal_id))])


def get(seat: Seat, withdrawal_id: str) -> WithdrawalResource:
    """Raises NotFound."""
    with seat.database.read() as session:
        event = index.last_event(session, "WithdrawalMoved", withdrawal_id)
    if event is None:
        raise NotFound(resource="withdrawal", id=withdrawal_id)
    return _show(event, seat.currency)


def list_page(seat: Seat, sight: Sight, cursor: str | None, limit: int) -> Page[WithdrawalResource]:
    """Those that are seen, by their last move, oldest first."""
    with seat.database.read() as session:
        rows = index.last_of_each(session, "WithdrawalMoved", text_cursor(cursor), limit + 1, see.withdrawals(sight))
    return page(rows, limit, lambda row: _show(row, seat.currency), lambda row: row.position)


def payout_of(event: IndexedEvent) -> str:
    """The payout state that a WithdrawalMoved event left."""
    return _PAYOUTS[int(event.values["payout"])]


def _withdrawal(seat: Seat, request: WithdrawalTerms) -> Withdrawal:
    if request.amount.currency != seat.currency:
        raise RequestInvalid(reason=f"amount.currency: the ledger's currency is {seat.currency}")
    return Withdrawal(
        holder=request.holder,
        amount=request.amount.minor,
        salt=raw(request.salt),
        valid_through=request.valid_through,
    )


def _show(event: IndexedEvent, currency: str) -> WithdrawalResource:
    return WithdrawalResource(
        id=event.key,
        holder=event.values["holder"],
        amount=money(int(event.values["amount"]), currency),
        payout=payout_of(event),  # type: ignore[arg-type]
        block=event.block,
    )
