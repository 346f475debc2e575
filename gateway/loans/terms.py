"""From terms as a platform states them to terms as the ledger takes them, and back to readable form."""

from __future__ import annotations

from collections.abc import Iterable

from chain.ledger.schedule import Row, table_hash
from chain.ledger.terms import (
    AllocationOrder,
    ContractText,
    DayCount,
    EarlyKind,
    Fee,
    FeeKind,
    KindsOrder,
    Method,
    PaymentRule,
    PenaltyBase,
    Pricing,
    ScheduleRule,
    Terms,
    regime_id,
)
from gateway.errors import RequestInvalid, SeatNotAllowed
from gateway.fields import raw
from gateway.loans.terms_schemas import PaymentsRequest, ScheduleRequest, TermsRequest
from gateway.money import NonNegativeMoney, PositiveMoney
from gateway.rates import nano_of
from gateway.seat import Seat

_MONTHS = 12
_MAX_RATE_NANO = 2**64 - 1


def terms_of(seat: Seat, request: TermsRequest) -> Terms:
    """The terms as the ledger takes them; this seat's member is the platform."""
    member = seat.member()
    if member is None:
        raise SeatNotAllowed(
            seat=seat.settings.seat, role=seat.role.value, contract="LoanAgreements", function="propose"
        )
    _check_currencies(seat, request)
    per_year = _MONTHS if request.pricing.per == "month" else 1
    return Terms(
        platform=member.root,
        borrower=request.borrower,
        currency=request.principal.currency,
        principal=request.principal.minor,
        regime=regime_id(request.regime),
        funding_deadline=request.funding_deadline,
        text=ContractText(
            number=request.text.number,
            salt=raw(request.text.salt),
            text_hash=raw(request.text.text_hash),
            cid_commitment=raw(request.text.cid_commitment),
        ),
        pricing=Pricing(
            rate_nano=_nano("pricing.rate", request.pricing.rate, per_year),
            day_count=DayCount[request.pricing.day_count],
            rate_shares=tuple(request.pricing.rate_shares),
        ),
        schedule=_schedule(request.schedule, request.principal.minor),
        payments=_payments(request.payments),
        fees=tuple(Fee(FeeKind[fee.kind], fee.payee, fee.amount.minor) for fee in request.fees),
    )


def custom_rows(request: ScheduleRequest) -> tuple[Row, ...]:
    """The rows of a custom table, in the order given; none for other methods."""
    return tuple(Row(row.due, row.principal.minor, row.interest.minor, row.fee.minor) for row in request.rows or ())


def _schedule(request: ScheduleRequest, principal: int) -> ScheduleRule:
    rows = custom_rows(request)
    return ScheduleRule(
        method=Method[request.method],
        instalments=request.instalments,
        period_months=request.period_months,
        first_tranche=principal if request.first_tranche is None else request.first_tranche.minor,
        available_through=request.available_through,
        table_hash=table_hash(rows) if rows else bytes(32),
    )


def _payments(request: PaymentsRequest) -> PaymentRule:
    return PaymentRule(
        order=AllocationOrder[request.order],
        kinds=KindsOrder[request.kinds],
        penalty_first=request.penalty_first,
        penalty_base=PenaltyBase[request.penalty_base],
        penalty_replaces=request.penalty_replaces,
        penalty_rate_nano=_nano("payments.penalty_rate", request.penalty_rate),
        grace_days=request.grace_days,
        early_kinds=sum({int(EarlyKind[name]) for name in request.early}),
        early_fee_nano=_nano("payments.early_fee", request.early_fee),
        calendar=request.calendar,
    )


def _nano(field: str, text: str, times: int = 1) -> int:
    nano = nano_of(text) * times
    if nano > _MAX_RATE_NANO:
        raise RequestInvalid(reason=f"{field}: too high to be written")
    return nano


def _check_currencies(seat: Seat, request: TermsRequest) -> None:
    amounts: Iterable[tuple[str, PositiveMoney | NonNegativeMoney | None]] = [
        ("principal", request.principal),
        ("schedule.first_tranche", request.schedule.first_tranche),
        *((f"fees.{number}.amount", fee.amount) for number, fee in enumerate(request.fees)),
        *(
            (f"schedule.rows.{number}", amount)
            for number, row in enumerate(request.schedule.rows or ())
            for amount in (row.principal, row.interest, row.fee)
        ),
    ]
    for field, amount in amounts:
        if amount is not None and amount.currency != seat.currency:
            raise RequestInvalid(reason=f"{field}.currency: the ledger's currency is {seat.currency}")
