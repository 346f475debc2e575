"""A loan's account with its borrower: what each row owes, what a payment is used for, what has accrued.

Written from docs/payments in the plainest way: an account is the list of what happened since the payout, and every
figure is worked out from that list. Nothing is updated in place; there is no shortcut to agree with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from chain.model.terms import Allocation, Kind, LoanTerms, PenaltyBase
from chain.schedules.ledger import NANO, Row

PayableBy = Callable[[date], date]


@dataclass(frozen=True, slots=True)
class Posted:
    """How one payment was used, in minor units. amount + overpayment held before = fee + penalty + interest + principal
    + overpaid. overpaid: held for the borrower afterwards. accrued: penalty interest that became due since `previous`,
    the value date before. interest and principal include what an early repayment used beyond the rows."""

    amount: int
    fee: int
    penalty: int
    interest: int
    principal: int
    overpaid: int
    accrued: int
    value_date: date
    previous: date


@dataclass(frozen=True, slots=True)
class Account:
    """rows: the running table, its first row numbered `offset` in the loan's whole table, interest counting from
    `start`. paid: what counts towards the table, by kind. last: the last value date. drawn, repaid: principal. earned:
    interest, penalty interest and early fees of the units. drawable: whether later tranches may still be drawn."""

    rows: tuple[Row, ...]
    offset: int
    start: date
    anchor: date
    last: date
    drawn: int
    drawable: bool
    paid: tuple[tuple[Kind, int], ...] = ()
    penalty_due: int = 0
    overpaid: int = 0
    fees: int = 0
    earned: int = 0
    repaid: int = 0

    @property
    def outstanding(self) -> int:
        """Principal drawn and not yet repaid."""
        return self.drawn - self.repaid

    def paid_of(self, kind: Kind) -> int:
        """What counts towards the running table's rows of one kind."""
        return sum(amount for of, amount in self.paid if of is kind)

    @property
    def next_row(self) -> int:
        """Number, in the loan's whole table, of the first row that is not paid."""
        return self.offset + next(
            (index for index, owed in enumerate(self.owed()) if any(owed.values())), len(self.rows)
        )

    @property
    def settled(self) -> bool:
        """All rows paid, no penalty interest due and nothing to be drawn any more."""
        return self.next_row == self.offset + len(self.rows) and not self.penalty_due and not self.drawable

    def owed(self) -> list[dict[Kind, int]]:
        """What each row still owes: payments meet the oldest row first, kind by kind."""
        unpaid: list[dict[Kind, int]] = [{} for _ in self.rows]
        for kind in Kind:
            left = self.paid_of(kind)
            for row, owes in zip(self.rows, unpaid, strict=True):
                met = min(left, amount_of(row, kind))
                owes[kind] = amount_of(row, kind) - met
                left -= met
        return unpaid

    def ahead(self, kind: Kind) -> int:
        """What was paid towards rows from the next row on."""
        before = self.rows[: self.next_row - self.offset]
        return self.paid_of(kind) - sum(amount_of(row, kind) for row in before)


def amount_of(row: Row, kind: Kind) -> int:
    """What a row is due of one kind when nothing is paid."""
    if kind is Kind.FEE:
        return row.fee
    return row.interest if kind is Kind.INTEREST else row.principal


def accrual(terms: LoanTerms, account: Account, day: date, payable_by: PayableBy) -> int:
    """Penalty interest from the last value date to `day`, in minor units: one rounding, over all rows overdue."""
    if terms.penalty_base is PenaltyBase.NONE:
        return 0
    total, held = Fraction(0), account.overpaid
    for row, owed in zip(account.rows, account.owed(), strict=True):
        if row.due < day:
            base = owed[Kind.PRINCIPAL]
            base += owed[Kind.INTEREST] if terms.penalty_base is PenaltyBase.INSTALMENT else 0
            covered = min(base, held)  # what the loan holds for the borrower is not late
            base, held = base - covered, held - covered
            since = max(account.last, payable_by(row.due) + timedelta(days=terms.grace_days))
            total += base * max(0, (day - since).days)
    return round(total * terms.penalty_rate / (NANO * terms.penalty_year))


def moved_to(terms: LoanTerms, account: Account, day: date, payable_by: PayableBy) -> tuple[Account, int]:
    """The account on value date `day`, and the penalty interest that joined what is due."""
    accrued = accrual(terms, account, day, payable_by)
    return replace(account, last=day, penalty_due=account.penalty_due + accrued), accrued


def post(terms: LoanTerms, account: Account, day: date, amount: int, payable_by: PayableBy) -> tuple[Account, Posted]:
    """A payment of `amount` on value date `day`, used in the terms' order."""
    before = account
    account, accrued = moved_to(terms, account, day, payable_by)
    money = amount + account.overpaid
    account = replace(account, overpaid=0)
    for part in (_penalty, _due, _early) if terms.penalty_first else (_due, _penalty, _early):
        account, money = part(terms, account, day, money)
    account = replace(account, overpaid=money)
    return account, posted_between(before, account, amount, accrued)


def posted_between(before: Account, after: Account, amount: int, accrued: int) -> Posted:
    """How a payment was used, from the account before and after."""
    penalty = before.penalty_due + accrued - after.penalty_due
    return Posted(
        amount=amount,
        fee=after.fees - before.fees,
        penalty=penalty,
        interest=after.earned - before.earned - penalty,
        principal=after.repaid - before.repaid,
        overpaid=after.overpaid,
        accrued=accrued,
        value_date=after.last,
        previous=before.last,
    )


def pay_due(terms: LoanTerms, account: Account, day: date, money: int) -> tuple[Account, int]:
    """Penalty interest and the rows due, in the terms' order; what is left."""
    for part in (_penalty, _due) if terms.penalty_first else (_due, _penalty):
        account, money = part(terms, account, day, money)
    return account, money


def _penalty(_terms: LoanTerms, account: Account, _day: date, money: int) -> tuple[Account, int]:
    used = min(money, account.penalty_due)
    return replace(account, penalty_due=account.penalty_due - used, earned=account.earned + used), money - used


def _due(terms: LoanTerms, account: Account, day: date, money: int) -> tuple[Account, int]:
    rows = [index for index, row in enumerate(account.rows) if row.due <= day]
    if terms.order is Allocation.HORIZONTAL:
        sequence = [(index, kind) for index in rows for kind in terms.kinds]
    else:
        sequence = [(index, kind) for kind in terms.kinds for index in rows]
    return _meet(account, sequence, money)


def _early(terms: LoanTerms, account: Account, day: date, money: int) -> tuple[Account, int]:
    rows = [index for index, row in enumerate(account.rows) if row.due > day]
    if account.drawable:
        rows = [index for index in rows[:1] if index != len(account.rows) - 1]
    return _meet(account, [(index, kind) for index in rows for kind in terms.kinds], money)


def _meet(account: Account, sequence: list[tuple[int, Kind]], money: int) -> tuple[Account, int]:
    """Uses money for what the rows owe, one kind of one row after the other."""
    owed = account.owed()
    paid = {kind: account.paid_of(kind) for kind in Kind}
    used = dict.fromkeys(Kind, 0)
    for index, kind in sequence:
        met = min(money, owed[index][kind])
        used[kind] += met
        money -= met
    account = replace(
        account,
        paid=tuple((kind, paid[kind] + used[kind]) for kind in Kind),
        fees=account.fees + used[Kind.FEE],
        earned=account.earned + used[Kind.INTEREST],
        repaid=account.repaid + used[Kind.PRINCIPAL],
    )
    return account, money
