"""A loan's account with its borrower on any day, worked out by the reference model from the index's postings.

Nothing here is stored: arrears, penalty interest and payoff figures follow from the running table, what was paid
towards it and the day that is asked for. Rows come from the ledger's code, payable-by days from its working-day
calendars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from chain.ledger.history import Entry, payload
from chain.ledger.payloads import EarlyRepaid
from chain.ledger.schedule import table_rule
from chain.ledger.terms import Terms
from chain.model.account import Account, PayableBy
from chain.model.terms import KINDS_ORDERS, Allocation, EarlyKind, Kind, LoanTerms, PayeeFee, PenaltyBase
from chain.schedules.ledger import Row
from gateway.errors import NotFound
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan, IndexedPayment
from gateway.loans.tables import rows_at
from gateway.loans.working_days import payable_by
from gateway.seat import Seat


@dataclass(frozen=True)
class LoanAccount:
    """The account as it stood after the last posting, with what is needed to carry it on."""

    terms: LoanTerms
    account: Account
    payable_by: PayableBy


@dataclass(frozen=True)
class _Running:
    """The running table: its rows, their place in the whole table, and what counted towards it when it began."""

    rows: tuple[Row, ...]
    offset: int
    start: date
    since: int
    fee_ahead: int


def model_terms(terms: Terms) -> LoanTerms:
    """The agreed terms as the reference model takes them."""
    rule = table_rule(terms)
    payments = terms.payments
    return LoanTerms(
        platform=terms.platform,
        borrower=terms.borrower,
        principal=terms.principal,
        funding_deadline=terms.funding_deadline,
        rate_nano=rule.rate_nano,
        day_count=rule.day_count,
        method=rule.method,
        instalments=rule.instalments,
        period_months=rule.period_months,
        first_tranche=terms.schedule.first_tranche,
        available_through=terms.schedule.available_through,
        rate_shares=terms.pricing.rate_shares or (1,),
        order=Allocation(int(payments.order)),
        kinds=KINDS_ORDERS[int(payments.kinds)],
        penalty_first=payments.penalty_first,
        penalty_base=PenaltyBase(int(payments.penalty_base)),
        penalty_replaces=payments.penalty_replaces,
        penalty_rate_nano=payments.penalty_rate_nano,
        grace_days=payments.grace_days,
        early_kinds=EarlyKind(payments.early_kinds),
        early_fee_nano=payments.early_fee_nano,
        calendar=payments.calendar,
        fees=tuple(PayeeFee(fee, named.payee) for fee, named in zip(rule.fees, terms.fees, strict=True)),
    )


def account_of(seat: Seat, session: Session, loan: IndexedLoan) -> LoanAccount:
    """The loan's account. Raises NotFound before its first payout is booked."""
    if loan.start is None or loan.schedule is None or loan.last_value_date is None:
        raise NotFound(resource="schedule of loan", id=loan.id)
    terms = Terms.from_json(loan.terms)
    payments = [payment for payment in index.payments(session, loan.id) if payment.undone_by is None]
    running = _running(seat, session, loan, payments)
    counting = [payment for payment in payments if payment.seq > running.since]
    paid = (
        (Kind.FEE, running.fee_ahead + sum(payment.fee for payment in counting)),
        (Kind.INTEREST, sum(payment.interest for payment in counting)),
        (Kind.PRINCIPAL, sum(payment.principal for payment in counting)),
    )
    account = Account(
        rows=running.rows,
        offset=running.offset,
        start=running.start,
        anchor=loan.start,
        last=loan.last_value_date,
        drawn=loan.called - loan.in_payout,
        drawable=loan.drawable,
        paid=paid,
        penalty_due=sum(payment.accrued - payment.penalty for payment in payments),
        overpaid=loan.overpaid,
        fees=loan.fees_paid,
        earned=loan.interest_paid + loan.penalty_paid,
        repaid=loan.principal_paid,
    )
    calendar = terms.payments.calendar
    return LoanAccount(model_terms(terms), account, lambda day: payable_by(seat, calendar, day))


def _running(seat: Seat, session: Session, loan: IndexedLoan, payments: Sequence[IndexedPayment]) -> _Running:
    assert loan.start is not None and loan.schedule is not None, "a booked payout has both"  # noqa: PT018
    early = [payment for payment in payments if payment.kind == int(Entry.EARLY_REPAID)]
    if not early:
        return _Running(rows_at(seat, loan.schedule), 0, loan.start, 0, 0)
    last = early[-1]
    before = _running_before(seat, session, loan, payments, last)
    values = _early_values(session, loan.id, last.seq)
    if not values.early.rows:  # all is repaid: the table before, met in full, is the last there was
        return before
    counted = [payment for payment in payments if before.since < payment.seq <= last.seq]
    fees = before.fee_ahead + sum(payment.fee for payment in counted)
    passed = before.rows[: values.early.first - before.offset]
    return _Running(
        rows_at(seat, values.early.schedule),
        values.early.first,
        last.value_date,
        last.seq,
        fees - sum(row.fee for row in passed),
    )


def _running_before(
    seat: Seat, session: Session, loan: IndexedLoan, payments: Sequence[IndexedPayment], last: IndexedPayment
) -> _Running:
    """The table that an early repayment ended."""
    assert loan.start is not None, "a booked payout has a start"
    assert last.schedule_before is not None, "an early repayment ends a table"
    earlier = [payment for payment in payments if payment.seq < last.seq]
    if any(payment.kind == int(Entry.EARLY_REPAID) for payment in earlier):
        return _running(seat, session, loan, earlier)
    return _Running(rows_at(seat, last.schedule_before), 0, loan.start, 0, 0)


def _early_values(session: Session, loan: str, seq: int) -> EarlyRepaid:
    row = index.entry(session, loan, seq)
    assert row is not None, "a payment has its entry"
    values = payload(index.history_entry(row))
    assert isinstance(values, EarlyRepaid), "the payment is an early repayment"
    return values
