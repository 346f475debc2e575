"""Interest rates of one period of a CUMULATIVE loan, and its equal instalment.

Source of the rules: Apache Fineract, LoanApplicationTerms.periodicInterestRate, calculatePeriodsInOneYear,
pmtForInstallment and FinanicalFunctions.pmt. ACTUAL days in the year count 365, also in leap years
(DefaultPaymentPeriodsInOneYearCalculator).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chain.schedules.book.dates import units_between
from chain.schedules.book.terms import BookTerms, InterestPeriod, Unit

_UNITS_IN_YEAR = {Unit.WEEKS: 52, Unit.MONTHS: 12, Unit.YEARS: 1}
_UNIT_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 30, Unit.YEARS: 365}


class PeriodRates:
    """The rates of a loan's periods, computed with the digits that its terms name."""

    def __init__(self, terms: BookTerms) -> None:
        self.terms = terms
        self.arithmetic = terms.money.context(terms.precision)
        year = terms.days_in_year or 365
        by_days = terms.interest_period is InterestPeriod.DAILY or terms.unit is Unit.DAYS
        units = year if by_days else _UNITS_IN_YEAR[terms.unit]
        self.unit_rate = self.arithmetic.divide(terms.rate, Decimal(units))

    def of(self, start: date, end: date, *, regular: bool) -> Decimal:
        """The rate from `start` to `end`, as a part of one. regular: the dates are one whole repayment period."""
        multiply = self.arithmetic.multiply
        if self.terms.interest_period is InterestPeriod.DAILY:
            if self.terms.month_of_30 and regular and self.terms.unit is Unit.MONTHS:
                return multiply(self.unit_rate, Decimal(30 * self.terms.every))
            return multiply(self.unit_rate, Decimal((end - start).days))
        if regular:
            return multiply(self.unit_rate, Decimal(self.terms.every))
        return multiply(self.unit_rate, units_between(self.terms, start, end, self.arithmetic))

    def instalment(self, balance: int, periods: int) -> int:
        """The equal instalment for `balance` over `periods`, in minor units, rounded to the terms' multiple. Months of
        a DAILY loan count 30 days here, whatever the terms say for interest itself."""
        money = self.terms.money
        rate = self._level_rate()
        if not rate:
            exact = self.arithmetic.divide(money.units(balance), Decimal(periods))
        else:
            discount = self.arithmetic.power(self.arithmetic.add(Decimal(1), rate), -periods)
            exact = self.arithmetic.divide(
                self.arithmetic.multiply(money.units(balance), rate), self.arithmetic.subtract(Decimal(1), discount)
            )
        if self.terms.multiple is None:
            return money.rounded(exact)
        multiple = money.units(self.terms.multiple)
        return int((exact / multiple).to_integral_value(money.rounding.mode)) * self.terms.multiple

    def _level_rate(self) -> Decimal:
        if self.terms.interest_period is InterestPeriod.DAILY:
            return self.arithmetic.multiply(self.unit_rate, Decimal(_UNIT_DAYS[self.terms.unit] * self.terms.every))
        return self.arithmetic.multiply(self.unit_rate, Decimal(self.terms.every))
