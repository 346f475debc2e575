"""CUMULATIVE schedules: interest and principal planned once from the terms and the disbursements.

Source of the rules: Apache Fineract, AbstractCumulativeLoanScheduleGenerator with its flat and declining children and
LoanApplicationTerms. The plan grows line by line; a disbursement inside a period raises the balance before that
period's line is made, and puts its down payment in front of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from chain.schedules.book.dates import spans
from chain.schedules.book.plan import Line, PlanEntry, Tranche
from chain.schedules.book.rates import PeriodRates
from chain.schedules.book.terms import Amortization, BookTerms, Interest
from chain.schedules.errors import TermInvalid


@dataclass(slots=True)
class Draft:
    """A plan while it is made. gross: all that was disbursed; net: that without down payments, which instalments repay.

    deferred: interest of grace periods, collected with the first instalment after them.
    """

    terms: BookTerms
    rates: PeriodRates
    entries: list[PlanEntry] = field(default_factory=list)
    gross: int = 0
    net: int = 0
    repaid: int = 0
    flat_interest: int = 0
    deferred: int = 0
    level: int = 0

    @property
    def outstanding(self) -> int:
        """Principal not yet planned for repayment."""
        return self.net - self.repaid

    def disburse(self, tranches: Sequence[Tranche]) -> None:
        """Show the tranches and then their down payments (a part of the tranche, rounded to the multiple)."""
        self.entries.extend(tranches)
        for tranche in tranches:
            self.gross += tranche.amount
            down = down_payment(self.terms, tranche.amount)
            if self.terms.down_payment is not None:
                self.entries.append(Line(tranche.day, tranche.day, down, 0, down_payment=True))
            self.net += tranche.amount - down

    def set_level(self, remaining: int) -> None:
        """Fix the equal instalment, or the equal principal part, for what is outstanding over `remaining` periods."""
        if self.terms.interest is Interest.FLAT:
            periods = self.terms.count - self.terms.principal_grace
            self.level = self.terms.money.multiple(self.terms.money.share(self.net, periods), self.terms.multiple)
        elif self.terms.amortization is Amortization.EQUAL_PRINCIPAL:
            share = self.terms.money.share(self.outstanding, remaining)
            self.level = self.terms.money.multiple(share, self.terms.multiple)
        else:
            self.level = self.rates.instalment(self.outstanding, remaining)

    def principal(self, number: int, interest: int) -> int:
        """Principal of the line `number`: what the level leaves after interest, the rest in the last line, none in
        principal grace."""
        if number == self.terms.count:
            return self.outstanding
        if number <= self.terms.principal_grace:
            return 0
        whole = self.terms.interest is Interest.DECLINING_BALANCE and self.terms.amortization is (
            Amortization.EQUAL_INSTALLMENTS
        )
        return max(0, min(self.level - interest if whole else self.level, self.outstanding))


def down_payment(terms: BookTerms, disbursed: int) -> int:
    """The down payment due with a disbursement, in minor units."""
    if terms.down_payment is None:
        return 0
    part = terms.money.rounded(terms.money.units(disbursed) * terms.down_payment)
    return terms.money.multiple(part, terms.multiple)


def periods_left(terms: BookTerms, number: int) -> int:
    """Periods in which principal is repaid, from the period `number` on."""
    return terms.count - max(number - 1, terms.principal_grace)


def grouped(tranches: Sequence[Tranche]) -> tuple[tuple[Tranche, ...], tuple[Tranche, ...]]:
    """The tranches of the first day, and those after it, in order of their days."""
    if not tranches:
        raise TermInvalid(term="events", reason="nothing was disbursed")
    ordered = sorted(tranches, key=lambda tranche: tranche.day)
    first = ordered[0].day
    return tuple(t for t in ordered if t.day == first), tuple(t for t in ordered if t.day > first)


def plan(terms: BookTerms, tranches: Sequence[Tranche]) -> tuple[PlanEntry, ...]:
    """The plan of a loan whose interest does not change as money moves."""
    draft = Draft(terms, PeriodRates(terms))
    first, later = grouped(tranches)
    draft.disburse(first)
    draft.set_level(periods_left(terms, 1))
    plan_spans = spans(terms, first[0].day)
    if later and later[-1].day > plan_spans[-1][1]:
        raise TermInvalid(term="events", reason=f"the disbursement of {later[-1].day} comes after the last due date")
    for number, (start, due) in enumerate(plan_spans, 1):
        segments: list[tuple[date, int]] = [(start, draft.outstanding)]
        for tranches_of_day in by_day(tranche for tranche in later if start < tranche.day <= due):
            draft.disburse(tranches_of_day)
            draft.set_level(periods_left(terms, number))
            segments.append((tranches_of_day[0].day, draft.outstanding))
        interest = _interest(draft, number, start, due, segments)
        principal = draft.principal(number, interest)
        draft.repaid += principal
        draft.entries.append(Line(start, due, principal, interest))
    return tuple(draft.entries)


def _interest(draft: Draft, number: int, start: date, due: date, segments: Sequence[tuple[date, int]]) -> int:
    """Interest of the line `number`: none in interest-free periods, put off in interest grace."""
    terms = draft.terms
    if number <= terms.interest_free:
        return 0
    if terms.interest is Interest.FLAT:
        charged = flat_interest(draft, number)
    else:
        charged = declining_interest(draft.rates, start, due, segments)
    if number <= terms.interest_grace:
        draft.deferred += charged
        return 0
    charged, draft.deferred = charged + draft.deferred, 0
    return charged


def flat_interest(draft: Draft, number: int) -> int:
    """An equal share of the whole term's interest on all that was disbursed, down payments included; the last line
    takes the rest."""
    terms, rates = draft.terms, draft.rates
    first = next(entry for entry in draft.entries if isinstance(entry, Tranche))
    term_rate = sum((rates.of(start, due, regular=True) for start, due in spans(terms, first.day)), Decimal(0))
    total = terms.money.rounded(terms.money.units(draft.gross) * term_rate)
    share = terms.money.share(total, terms.count - terms.interest_free)
    charged = total - draft.flat_interest if number == terms.count else share
    draft.flat_interest += charged
    return charged


def declining_interest(rates: PeriodRates, start: date, due: date, segments: Sequence[tuple[date, int]]) -> int:
    """Interest on the balance outstanding. segments: (day, balance from that day on), the first on `start`. Each
    stretch of unchanged balance is rounded by itself."""
    total = 0
    ends = [*(day for day, _ in segments[1:]), due]
    for (begin, balance), end in zip(segments, ends, strict=True):
        if end > begin:
            rate = rates.of(begin, end, regular=begin == start and end == due)
            total += rates.terms.money.rounded(rates.arithmetic.multiply(rates.terms.money.units(balance), rate))
    return total


def by_day(tranches: Iterable[Tranche]) -> list[tuple[Tranche, ...]]:
    """Tranches of one day together, in order of the days."""
    return [tuple(group) for _, group in groupby(tranches, key=lambda tranche: tranche.day)]
