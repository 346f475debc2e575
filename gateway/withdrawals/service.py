"""Requests withdrawals and shows those on the ledger."""

from __future__ import annotations

from chain.ledger import calls
from chain.ledger.orders import Withdrawal
from gateway.changes import Plan, link
from gateway.errors import NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedEvent
from gateway.money import money
from gateway.orders import typed
from gateway.pages import Page, page, text_cursor
from gateway.seat import Seat
from gateway.withdrawals.schemas import PreparedWithdrawal, WithdrawalRequest, WithdrawalResource, WithdrawalTerms

_PAYOUTS = ("None", "Reserved", "Instructed", "Settled", "Returned")


def prepare(seat: Seat, request: WithdrawalTerms) -> PreparedWithdrawal:
    """The withdrawal's id and the document that the holder signs. Changes nothing."""
    identifier, document = typed(seat, _withdrawal(seat, request))
    return PreparedWithdrawal(withdrawal_id=identifier, typed_data=document)


def plan_request(seat: Seat, request: WithdrawalRequest) -> Plan:
    """Reserves the holder's tokens for payout."""
    seat.outbox.allow(("Withdrawals", "request"))
    withdrawal = _withdrawal(seat, request)
    identifier, _ = typed(seat, withdrawal)
    return Plan(
        link("withdrawal", identifier, "withdrawals"),
        [calls.request_withdrawal(withdrawal, raw(request.signature))],
    )


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


def list_page(seat: Seat, cursor: str | None, limit: int) -> Page[WithdrawalResource]:
    """By their last move, oldest first."""
    with seat.database.read() as session:
        rows = index.last_of_each(session, "WithdrawalMoved", text_cursor(cursor), limit + 1)
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
