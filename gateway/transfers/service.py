"""Moves units with what they have earned from seller to buyer, against the price."""

from __future__ import annotations

from chain.ledger import calls
from chain.ledger.orders import PositionTransfer
from gateway.changes import Plan, loan_link
from gateway.errors import RequestInvalid
from gateway.fields import raw
from gateway.order_signatures import require_signature
from gateway.orders import PreparedOrder, minor_of, prepared
from gateway.seat import Seat
from gateway.transfers.schemas import TransferRequest, TransferTerms


def prepare(seat: Seat, loan: str, request: TransferTerms) -> PreparedOrder:
    """The document that seller and buyer sign. Changes nothing."""
    return prepared(seat, _transfer(seat, loan, request))


def plan_transfer(seat: Seat, loan: str, request: TransferRequest) -> Plan:
    """Carries the transfer out."""
    seat.outbox.allow(("LoanEscrow", "transferPosition"))
    order = _transfer(seat, loan, request)
    require_signature(seat, order, request.seller_signature, "seller_signature", order.seller)
    require_signature(seat, order, request.buyer_signature, "buyer_signature", order.buyer)
    call = calls.transfer_position(
        order,
        request.expected_history_length,
        raw(request.seller_signature),
        raw(request.buyer_signature),
    )
    return Plan(loan_link(loan), [call])


def _transfer(seat: Seat, loan: str, request: TransferTerms) -> PositionTransfer:
    if request.price.currency != seat.currency:
        raise RequestInvalid(reason=f"price.currency: the ledger's currency is {seat.currency}")
    return PositionTransfer(
        loan=raw(loan),
        seller=request.seller,
        buyer=request.buyer,
        units=minor_of(seat, "units", request.units),
        price=request.price.minor,
        salt=raw(request.salt),
        valid_through=request.valid_through,
    )
