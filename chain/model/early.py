"""Early repayment on the borrower's order: what it costs on a day, what it repays and the table that follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from chain.model.account import Account, PayableBy, Posted, amount_of, moved_to, pay_due, posted_between
from chain.model.errors import require
from chain.model.terms import EarlyKind, Kind, LoanTerms
from chain.schedules.ledger import NANO, Method, Rounding, Row, Segment, accrued, build_segment, divide


@dataclass(frozen=True, slots=True)
class Early:
    """Parts of a posting: accrued interest since the last due day, principal repaid early and the fee for it, in minor
    units; the table that follows and the number of its first row."""

    accrued: int
    prepaid: int
    fee: int
    rows: tuple[Row, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Payoff:
    """What a total early repayment on a day takes: penalty interest and rows due, interest accrued, principal, fee."""

    due: int
    accrued: int
    principal: int
    fee: int

    @property
    def total(self) -> int:
        """All of it, in minor units."""
        return self.due + self.accrued + self.principal + self.fee


def payoff(terms: LoanTerms, account: Account, day: date, payable_by: PayableBy) -> Payoff:
    """What repays the loan on `day`, before money held for the borrower is counted."""
    account, _ = moved_to(terms, account, day, payable_by)
    due = due_on(account, day)
    account, _ = pay_due(terms, account, day, due)
    interest = broken_interest(terms, account, day)
    return Payoff(due, interest, account.outstanding, fee_for(terms, account.outstanding))


def due_on(account: Account, day: date) -> int:
    """Penalty interest due and what is unpaid of the rows due on `day`."""
    rows = zip(account.rows, account.owed(), strict=True)
    return account.penalty_due + sum(sum(owed.values()) for row, owed in rows if row.due <= day)


def fee_for(terms: LoanTerms, principal: int) -> int:
    """The fee for repaying principal early, rounded half-even."""
    return divide(principal * terms.early_fee_nano, NANO, Rounding.HALF_EVEN)


def broken_interest(terms: LoanTerms, account: Account, day: date) -> int:
    """Interest since the last due day, or the table's start, less what was paid ahead; rows due are paid already."""
    since = max((row.due for row in account.rows if row.due <= day), default=account.start)
    before_next = account.rows[: account.next_row - account.offset]
    if before_next and before_next[-1].due > day:
        return 0  # the next row's period has not begun
    whole = accrued(terms.rule, account.outstanding, since, day)
    following = account.rows[account.next_row - account.offset :]
    if terms.in_tranches and following:  # part of it may have been drawn within the period, which the row knows
        whole = min(whole, following[0].interest)
    return max(0, whole - account.ahead(Kind.INTEREST))


def repay_early(
    terms: LoanTerms, account: Account, day: date, amount: int, kind: EarlyKind, payable_by: PayableBy
) -> tuple[Account, Posted, Early]:
    """An early repayment of `amount` on value date `day`. Refused with EarlyTooSmall if it does not cover what comes
    first."""
    before = account
    account, late = moved_to(terms, account, day, payable_by)
    money, due = amount + account.overpaid, due_on(account, day)
    require(money >= due, "EarlyTooSmall", amount=amount, needed=due)
    account, money = pay_due(terms, replace(account, overpaid=0), day, money)
    interest = broken_interest(terms, account, day)
    money -= interest
    total = kind is EarlyKind.TOTAL
    prepaid = account.outstanding if total else largest(terms, money, account.outstanding - 1)
    fee = fee_for(terms, prepaid)
    enough = money >= prepaid + fee and (prepaid > 0 or total)
    require(enough, "EarlyTooSmall", amount=amount)
    table, first = account, account.next_row
    account = replace(
        account,
        earned=account.earned + interest + fee,
        repaid=account.repaid + prepaid,
        overpaid=money - prepaid - fee,
    )
    if total:
        paid = tuple((of, sum(amount_of(row, of) for row in table.rows)) for of in Kind)
        account = replace(account, paid=paid)  # nothing is owed by any row any more
        return account, posted_between(before, account, amount, late), Early(interest, prepaid, fee, (), 0)
    level = kept_level(terms, table) if kind is EarlyKind.SHORTEN else 0
    rows = build_segment(terms.rule, Segment(account.outstanding, account.anchor, day, first, level))
    account = replace(account, rows=rows, offset=first, start=day, paid=((Kind.FEE, table.ahead(Kind.FEE)),))
    return account, posted_between(before, account, amount, late), Early(interest, prepaid, fee, rows, first)


def largest(terms: LoanTerms, money: int, limit: int) -> int:
    """The largest principal whose fee can be paid too, at most `limit` minor units."""
    low, high = 0, max(0, min(money, limit))
    while low < high:
        middle = (low + high + 1) // 2
        if middle + fee_for(terms, middle) <= money:
            low = middle
        else:
            high = middle - 1
    return low


def kept_level(terms: LoanTerms, table: Account) -> int:
    """The instalment, or the part of principal, that the table before paid with its next row."""
    index = min(table.next_row - table.offset, max(0, len(table.rows) - 2))
    row = table.rows[index]
    principal = amount_of(row, Kind.PRINCIPAL)
    level = principal if terms.method is Method.EQUAL_PRINCIPAL else principal + amount_of(row, Kind.INTEREST)
    require(level > 0, "ScheduleLevel", level=level)
    return level
