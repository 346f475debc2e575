"""The PROGRESSIVE instalment model: equal instalments over periods whose balance and rate may change on any day.

Source of the rules: Apache Fineract, ProgressiveEMICalculator, ProgressiveLoanInterestScheduleModel, RepaymentPeriod
and InterestPeriod. Interest is rounded to minor units for each stretch of unchanged balance; the equal instalment is
balance * product(1 + f) / fn with fn = 1 + (1 + f2) * (1 + (1 + f3) * ...), in the digits the terms name; the last
unpaid instalment takes the rest, and where that differs from the others by more than half a minor unit per period the
instalment is moved by the difference spread over the periods.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal
from itertools import pairwise

from chain.schedules.book.dates import spans
from chain.schedules.book.terms import BookTerms, Unit
from chain.schedules.errors import TermInvalid


@dataclass(slots=True)
class ModelPeriod:
    """One repayment period. changes: balance changes by day, in minor units, on which interest is cut (0 cuts too).

    opening: balance carried in from the period before. disbursed: the part of `changes` that was paid out.
    """

    start: date
    due: date
    changes: dict[date, int] = field(default_factory=dict)
    disbursed: int = 0
    emi: int = 0
    paid_principal: int = 0
    paid_interest: int = 0
    opening: int = 0
    carried_interest: int = 0
    calculated_interest: int = 0

    @property
    def interest(self) -> int:
        """Interest due: at most what the instalment leaves after principal already paid, at least what was paid."""
        return max(self.paid_interest, min(self.calculated_interest, self.emi - self.paid_principal))

    @property
    def principal(self) -> int:
        """Principal due: the instalment without its interest, at least what was paid."""
        return max(self.paid_principal, self.emi - self.interest)

    @property
    def paid(self) -> int:
        """Principal and interest paid so far."""
        return self.paid_principal + self.paid_interest

    @property
    def closing(self) -> int:
        """Balance at the due date, as if what is due then is paid."""
        return max(0, self.opening + sum(self.changes.values()) - self.principal + self.paid_principal)


class InstalmentModel:
    """All periods of a loan. Amounts in minor units, rates as parts of one."""

    def __init__(self, terms: BookTerms, start: date) -> None:
        self.terms = terms
        self.arithmetic: Context = terms.money.context(terms.precision)
        self.periods = [ModelPeriod(first, due) for first, due in spans(terms, start)]
        self.rate_changes: list[tuple[date, Decimal]] = []

    def disburse(self, day: date, amount: int) -> None:
        """Pay out `amount` on `day` and level the instalments from the period it falls in; on a due date, from the
        next."""
        period = self._at(day)
        period.changes[day] = period.changes.get(day, 0) + amount
        period.disbursed += amount
        self._level_from(self._effective(period, day))

    def change_rate(self, day: date, rate: Decimal) -> None:
        """A new nominal rate for interest from `day` on; it counts from the end of the day before, like Fineract's."""
        since = day - timedelta(days=1)
        self.rate_changes.append((since, rate))
        period = self._at(since)
        period.changes.setdefault(since, 0)
        self._level_from(self._effective(period, since))

    def correct(self, day: date, amount: int) -> None:
        """Change the balance that bears interest from `day` on, leaving the instalments but the last unpaid one."""
        period = self._at(day)
        period.changes[day] = period.changes.get(day, 0) + amount
        self._refresh()
        self._close_last()

    def pay(self, due: date, day: date, principal: int, interest: int) -> None:
        """Book a payment made on `day` for the period due on `due`."""
        period = next(period for period in self.periods if period.due == due)
        period.paid_principal += principal
        period.paid_interest += interest
        if principal:  # what is paid late counts from the due date: overdue principal is corrected by itself
            counted = min(due, day)
            at = self._at(counted)
            at.changes[counted] = at.changes.get(counted, 0) - principal
        self._refresh()
        self._close_last()

    def payable(self, due: date, day: date) -> tuple[int, int]:
        """Principal and interest of the period due on `due` when it is paid on `day`: interest up to that day only."""
        cut = deepcopy(self)
        cut._refresh(until=day)
        period = next(period for period in cut.periods if period.due == due)
        left = sum(each.disbursed - each.paid_principal for each in self.periods)
        return min(period.principal, period.paid_principal + left), period.interest

    def accrued(self, period: ModelPeriod, until: date) -> int:
        """Interest of the period from its start to `until`, each stretch of unchanged balance rounded by itself."""
        days = sorted({day for day in period.changes if day < until} | {period.start, until})
        balance, total = period.opening + period.changes.get(period.start, 0), 0
        if period is not self.periods[0]:  # a change on the first day belongs to the period before, but for the first
            balance = period.opening
        for begin, end in pairwise(days):
            if begin != period.start:
                balance += period.changes[begin]
            factor = self._factor(period, begin, end)
            total += self.terms.money.rounded(self.arithmetic.multiply(self.terms.money.units(balance), factor))
        return total

    def _at(self, day: date) -> ModelPeriod:
        for index, period in enumerate(self.periods):
            if (period.start < day or (index == 0 and period.start == day)) and day <= period.due:
                return period
        raise TermInvalid(term="events", reason=f"{day} lies outside the periods of the loan")

    def _effective(self, period: ModelPeriod, day: date) -> int:
        index = self.periods.index(period)
        return min(index + 1, len(self.periods) - 1) if day == period.due else index

    def _level_from(self, first: int) -> None:
        related = self.periods[first:]
        self._refresh()
        level = self._equal_instalment(first)
        for period in related:
            if level >= period.paid:
                period.emi = level
        self._refresh()
        self._close_last()
        self._spread_difference(first)

    def _equal_instalment(self, first: int) -> int:
        multiply, add = self.arithmetic.multiply, self.arithmetic.add
        growth, annuity = Decimal(1), Decimal(1)
        for position, period in enumerate(self.periods[first:]):
            factor = add(Decimal(1), self._period_factor(period))
            growth = multiply(growth, factor)
            if position:
                annuity = add(multiply(annuity, factor), Decimal(1))
        period = self.periods[first]
        balance = period.disbursed + (self.periods[first - 1].closing if first else 0)
        units = self.terms.money.units(balance)
        exact = self.arithmetic.divide(multiply(growth, units), annuity)
        return self.terms.money.multiple(self.terms.money.rounded(exact), self.terms.multiple)

    def _spread_difference(self, first: int) -> None:
        related = self.periods[first:]
        before = _difference(related)
        spread = len(related) // 2
        if not spread or abs(before) * 100 <= spread * 10**self.terms.money.decimals:
            return
        reference = next(
            (early.emi for early, late in reversed(list(pairwise(related))) if _open(early, late)), related[0].emi
        )
        uncountable = sum(1 for period in related if reference < period.paid)
        moved = self.terms.money.share(before, max(1, len(related) - uncountable))
        adjusted = self.terms.money.multiple(reference + moved, self.terms.multiple)
        if adjusted == reference:
            return
        trial = deepcopy(self)
        for period in trial.periods[first:]:
            if adjusted >= period.paid:
                period.emi = adjusted
        trial._refresh()
        trial._close_last()
        if abs(_difference(trial.periods[first:])) < abs(before):
            self.periods = trial.periods

    def _refresh(self, until: date = date.max) -> None:
        """Balances and interest of all periods anew; `until` ends all interest on that day."""
        opening, carried = 0, 0
        for period in self.periods:
            period.opening, period.carried_interest = opening, carried
            period.calculated_interest = carried + self.accrued(period, max(period.start, min(period.due, until)))
            opening = period.closing
            carried = period.calculated_interest - period.interest

    def _close_last(self) -> None:
        """The last unpaid instalment takes what the others leave of the principal and the interest. Interest that was
        held back by a small instalment may then become due, so this is done until nothing is left."""
        for _ in range(4 * len(self.periods)):
            left = self._unplanned()
            if not left:
                break
            unpaid = [period for period in self.periods if not period.emi or period.emi != period.paid]
            period = unpaid[-1] if unpaid else self.periods[-1]
            period.emi = max(period.paid, period.emi + left)  # no instalment falls below what is paid on it
        self._refresh()

    def _unplanned(self) -> int:
        """Principal and interest that no instalment takes yet."""
        self._refresh()
        due = sum(period.disbursed + period.interest for period in self.periods)
        return due - sum(period.emi for period in self.periods)

    def _period_factor(self, period: ModelPeriod) -> Decimal:
        days = sorted({*period.changes, period.start, period.due})
        total = Decimal(0)
        for begin, end in pairwise(days):
            total = self.arithmetic.add(total, self._factor(period, begin, end))
        return total

    def _factor(self, period: ModelPeriod, begin: date, end: date) -> Decimal:
        """Interest per unit of balance from `begin` to `end`. Source: rateFactorByRepaymentPeriod and, where an ACTUAL
        year ends inside, calculatePeriodFractions of ProgressiveEMICalculator."""
        multiply, divide = self.arithmetic.multiply, self.arithmetic.divide
        rate = self._rate_on(begin)
        actual, whole = Decimal((end - begin).days), Decimal((period.due - period.start).days)
        if self.terms.days_in_year is None and begin.year != end.year:
            return multiply(rate, self._year_fractions(begin, end))
        year = Decimal(self.terms.days_in_year or _year_days(period.start.year))
        if self.terms.unit is Unit.MONTHS and self.terms.month_of_30:
            unit_days = Decimal(30 * self.terms.every)
        else:
            unit_days = whole
        fraction = divide(unit_days, year)
        factor = divide(multiply(multiply(rate, fraction), actual), whole)
        return round(factor, self.terms.precision)

    def _year_fractions(self, begin: date, end: date) -> Decimal:
        total, cursor = Decimal(0), begin
        while cursor < end:
            until = min(end, date(cursor.year, 12, 31)) if cursor < date(cursor.year, 12, 31) else end
            year = cursor.year if cursor < date(cursor.year, 12, 31) else cursor.year + 1
            if until.year > year:
                until = date(year, 12, 31)
            total = self.arithmetic.add(
                total, self.arithmetic.divide(Decimal((until - cursor).days), Decimal(_year_days(year)))
            )
            cursor = until
        return total

    def _rate_on(self, day: date) -> Decimal:
        rate = self.terms.rate
        for since, changed in sorted(self.rate_changes, key=lambda change: change[0]):
            if since <= day:
                rate = changed
        return rate


def _open(early: ModelPeriod, late: ModelPeriod) -> bool:
    return early.emi != early.paid and late.emi != late.paid


def _difference(periods: list[ModelPeriod]) -> int:
    for early, late in reversed(list(pairwise(periods))):
        if _open(early, late):
            return late.emi - early.emi
    return 0


def _year_days(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days
