"""Figures that depend on a day: arrears, days past due, what repays the loan. Derived when asked for, never stored."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from chain.model.account import accrual, moved_to, pay_due
from chain.model.early import broken_interest, due_on, fee_for, payoff
from chain.model.terms import EarlyKind, Kind
from gateway.errors import EarlyKindNotAgreed, NotFound, RequestInvalid
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.loans.accounts import LoanAccount, account_of
from gateway.loans.figures_schemas import Arrears, OverdueRow, Payoff
from gateway.money import money
from gateway.seat import Seat

_OWING = ("Active",)


def arrears(seat: Seat, loan_id: str, on: date | None) -> Arrears:
    """What is due and overdue on a day; the business date if none is given. Raises NotFound, RequestInvalid."""
    day = on or seat.node.ledger.business_date()
    with seat.database.read() as session:
        loan = _loan(session, loan_id)
        if loan.state not in _OWING:
            return _nothing(loan, day)
        found = account_of(seat, session, loan)
    _after_last(found, day)
    account = found.account
    penalty = account.penalty_due + accrual(found.terms, account, day, found.payable_by)
    due, overdue = 0, 0
    rows = []
    past = 0
    for number, (row, owed) in enumerate(zip(account.rows, account.owed(), strict=True), account.offset + 1):
        unpaid = sum(owed.values())
        if row.due > day or unpaid == 0:
            continue
        due += unpaid
        payable = found.payable_by(row.due)
        days = max(0, (day - payable).days)
        if days == 0:
            continue
        overdue += unpaid
        past = past or days
        rows.append(
            OverdueRow(
                number=number,
                due=row.due,
                payable_by=payable,
                days_past_due=days,
                principal=money(owed[Kind.PRINCIPAL], loan.currency),
                interest=money(owed[Kind.INTEREST], loan.currency),
                fee=money(owed[Kind.FEE], loan.currency),
            )
        )
    return Arrears(
        loan=loan.id,
        on=day,
        days_past_due=past,
        due=money(due, loan.currency),
        overdue=money(overdue, loan.currency),
        penalty_due=money(penalty, loan.currency),
        held=money(account.overpaid, loan.currency),
        to_pay=money(max(0, due + penalty - account.overpaid), loan.currency),
        outstanding=money(account.outstanding, loan.currency),
        rows=rows,
    )


def payoff_quote(seat: Seat, loan_id: str, on: date | None, kind: EarlyKind) -> Payoff:
    """What an early repayment takes on a day. Raises NotFound, EarlyKindNotAgreed, RequestInvalid."""
    day = on or seat.node.ledger.business_date()
    with seat.database.read() as session:
        loan = _loan(session, loan_id)
        if loan.state not in _OWING:
            raise NotFound(resource="debt of loan", id=loan_id)
        found = account_of(seat, session, loan)
    if not found.terms.early_kinds & kind:
        raise EarlyKindNotAgreed(kind=kind.name, loan=loan_id)
    _after_last(found, day)
    whole = payoff(found.terms, found.account, day, found.payable_by)
    held = found.account.overpaid
    first = whole.due + whole.accrued
    # Less than all is repaid by the other kinds: at least one minor unit, and what the fee for it is.
    total = whole.total if kind is EarlyKind.TOTAL else first + 1 + fee_for(found.terms, 1)
    return Payoff(
        loan=loan.id,
        on=day,
        kind=kind.name,  # type: ignore[arg-type]
        due=money(whole.due, loan.currency),
        accrued=money(whole.accrued, loan.currency),
        principal=money(whole.principal, loan.currency),
        fee=money(whole.fee, loan.currency),
        held=money(held, loan.currency),
        amount=money(max(0, total - held), loan.currency),
    )


def needed_for(found: LoanAccount, day: date, kind: EarlyKind) -> int:
    """The least amount that carries an early repayment of `kind` out on `day`, minor units."""
    moved, _ = moved_to(found.terms, found.account, day, found.payable_by)
    due = due_on(moved, day)
    paid, _ = pay_due(found.terms, moved, day, due)
    interest = broken_interest(found.terms, paid, day)
    principal = paid.outstanding if kind is EarlyKind.TOTAL else 1
    return max(0, due + interest + principal + fee_for(found.terms, principal) - found.account.overpaid)


def _after_last(found: LoanAccount, day: date) -> None:
    if day < found.account.last:
        raise RequestInvalid(reason=f"on: the loan's last value date is {found.account.last}")
    if day > found.account.last + timedelta(days=366 * 40):
        raise RequestInvalid(reason="on: too far ahead")


def _nothing(loan: IndexedLoan, day: date) -> Arrears:
    zero = money(0, loan.currency)
    return Arrears(
        loan=loan.id, on=day, days_past_due=0, due=zero, overdue=zero, penalty_due=zero,
        held=money(loan.overpaid, loan.currency), to_pay=zero, outstanding=money(loan.outstanding, loan.currency),
        rows=[],
    )  # fmt: skip


def _loan(session: Session, loan: str) -> IndexedLoan:
    row = index.loan(session, loan)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return row
