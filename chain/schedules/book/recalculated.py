"""CUMULATIVE schedules whose interest is recalculated as money moves.

Source of the rules: Apache Fineract, AbstractCumulativeLoanScheduleGenerator with interest recalculation on:
- money in advance lowers the balance that bears interest from its own day (DAILY rest) or from the next due date;
- what it brings beyond the instalment's principal goes to the principal of that instalment, and then the reschedule
  strategy decides: lower instalments, fewer instalments, or the next ones skipped until it is used up;
- principal overdue on the business date bears interest from its due date until the business date;
- lines due before the day of the movement that caused the recalculation stay as they were planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from chain.schedules.book.cumulative import Draft, by_day, declining_interest, down_payment, grouped, periods_left
from chain.schedules.book.dates import due as due_date
from chain.schedules.book.dates import spans
from chain.schedules.book.plan import Line, PlanEntry, Receipt, Tranche
from chain.schedules.book.rates import PeriodRates
from chain.schedules.book.tables import instalment
from chain.schedules.book.terms import Amortization, BookTerms, Interest, Recalculation, Reschedule, Rest
from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.life import Instalment, Kind, SequentialOrder


@dataclass(slots=True)
class _Walk:
    """State of one recalculation. effects: (day, change) of the balance that bears interest. advance: money in advance
    that still shortens the next instalments (RESCHEDULE_NEXT_REPAYMENTS)."""

    draft: Draft
    settings: Recalculation
    start: date
    pending: list[Receipt]
    lines: tuple[Instalment, ...] = ()
    effects: list[tuple[date, int]] = field(default_factory=list)
    advance: int = 0


def recalculated_plan(
    terms: BookTerms,
    tranches: Sequence[Tranche],
    receipts: Sequence[Receipt],
    order: SequentialOrder,
    today: date,
    kept: Sequence[Line],
) -> tuple[PlanEntry, ...]:
    """The plan as of `today`. kept: the lines of the plan before that are due before the causing movement's day."""
    settings = terms.recalculation
    if settings is None:
        raise TermInvalid(term="interest_recalculation", reason="it is off")
    if terms.interest is not Interest.DECLINING_BALANCE or terms.amortization is not Amortization.EQUAL_INSTALLMENTS:
        raise TermUnsupported(term="interest_recalculation", value="with flat interest or equal principal")
    if settings.reschedule is Reschedule.ADJUST_LAST_UNPAID_PERIOD:
        raise TermUnsupported(term="rescheduleStrategyMethod", value="ADJUST_LAST_UNPAID_PERIOD with CUMULATIVE")
    first, later = grouped(tranches)
    draft = Draft(terms, PeriodRates(terms))
    draft.disburse(first)
    draft.set_level(periods_left(terms, 1))
    walk = _Walk(draft, settings, first[0].day, sorted(receipts, key=lambda receipt: receipt.day))
    walk.effects.append((first[0].day, draft.outstanding))
    walk.lines = tuple(instalment(entry) for entry in draft.entries if isinstance(entry, Line))
    last = walk.start
    for number, (start, due) in enumerate(spans(terms, walk.start), 1):
        if not draft.outstanding and not any(tranche.day > start for tranche in later):
            break
        for group in by_day(tranche for tranche in later if start < tranche.day <= due):
            before = draft.outstanding
            draft.disburse(group)
            draft.set_level(periods_left(terms, number))
            walk.effects.append((group[0].day, draft.outstanding - before))
            walk.lines += tuple(_down_payments(terms, group))
        _line(walk, order, number, start, due, today, next((line for line in kept if line.due == due), None))
        last = due
    _after_maturity(walk, order, last, today)
    return tuple(draft.entries)


def _down_payments(terms: BookTerms, group: Sequence[Tranche]) -> list[Instalment]:
    if terms.down_payment is None:
        return []
    return [
        instalment(Line(tranche.day, tranche.day, down_payment(terms, tranche.amount), 0, down_payment=True))
        for tranche in group
    ]


def _line(
    walk: _Walk, order: SequentialOrder, number: int, start: date, due: date, today: date, kept: Line | None
) -> None:
    """Plan one line: money of the days before its due date first, then the line, then money of the due date."""
    draft = walk.draft
    early = 0
    for receipt in _take(walk, due - timedelta(days=1)):
        left = min(_receive(walk, order, receipt), draft.outstanding - early)
        early += left
        if left:
            walk.effects.append((_rest_day(walk, receipt.day), -left))
    interest = (
        kept.interest if kept else declining_interest(draft.rates, start, due, _balances(walk, start, due, today))
    )
    principal = draft.principal(number, interest)
    used = min(walk.advance, principal)
    principal, walk.advance = principal - used, walk.advance - used
    if early > principal:
        walk.advance += early - principal
        principal = min(early, draft.outstanding)
        _apply_strategy(walk, number, draft.repaid + principal)
    line = instalment(Line(start, due, principal, interest))
    line = replace(line, paid=line.paid.plus(Kind.PRINCIPAL, early))
    walk.effects.append((due, -(principal - early)))
    walk.lines += (line,)
    principal = _due_day(walk, order, number, due, principal)
    if kept:
        walk.effects.append((due, principal - kept.principal))
        principal = kept.principal
    draft.repaid += principal
    draft.entries.append(Line(start, due, principal, interest))
    late = walk.lines[-1].outstanding(Kind.PRINCIPAL)
    if late > 0 and _rest_day(walk, due) < today:
        walk.effects.append((_rest_day(walk, due), late))


def _receive(walk: _Walk, order: SequentialOrder, receipt: Receipt) -> int:
    """Meet the lines planned so far and return what they do not need. Overdue principal stops bearing interest."""
    before = _overdue(walk, receipt.day)
    walk.lines, left = order.pay(walk.lines, receipt.amount, receipt.day)
    met = before - _overdue(walk, receipt.day)
    if met:
        walk.effects.append((_rest_day(walk, receipt.day), -met))
    return left


def _due_day(walk: _Walk, order: SequentialOrder, number: int, due: date, principal: int) -> int:
    """Money that comes on the due date itself: what the line does not need raises its principal."""
    draft = walk.draft
    for receipt in _take(walk, due):
        left = min(_receive(walk, order, receipt), draft.outstanding - principal)
        if left <= 0:
            continue
        principal += left
        line = walk.lines[-1]
        walk.lines = (
            *walk.lines[:-1],
            replace(line, owed=line.owed.plus(Kind.PRINCIPAL, left), paid=line.paid.plus(Kind.PRINCIPAL, left)),
        )
        walk.effects.append((_rest_day(walk, receipt.day), -left))
        walk.advance += left
        _apply_strategy(walk, number, draft.repaid + principal)
    return principal


def _apply_strategy(walk: _Walk, number: int, repaid: int) -> None:
    """What money in advance changes in the lines after `number`. Source: applyEarlyPaymentStrategy."""
    if walk.settings.reschedule is Reschedule.RESCHEDULE_NEXT_REPAYMENTS:
        return
    walk.advance = 0
    left = walk.draft.net - repaid
    if walk.settings.reschedule is Reschedule.REDUCE_EMI_AMOUNT and left > 0 and number < walk.draft.terms.count:
        walk.draft.level = walk.draft.rates.instalment(left, periods_left(walk.draft.terms, number + 1))


def _take(walk: _Walk, until: date) -> list[Receipt]:
    """The receipts not yet met that count up to and on `until`."""
    taken = [receipt for receipt in walk.pending if receipt.day <= until]
    walk.pending = [receipt for receipt in walk.pending if receipt.day > until]
    return taken


def _rest_day(walk: _Walk, day: date) -> date:
    """The day on which a movement of `day` begins to count: that day, or the due date on or after it."""
    if walk.settings.rest is Rest.DAILY:
        return day
    number = 0
    while due_date(walk.draft.terms, walk.start, number) < day:
        number += 1
    return due_date(walk.draft.terms, walk.start, number)


def _balances(walk: _Walk, start: date, due: date, today: date) -> list[tuple[date, int]]:
    """The balance that bears interest from `start`, and after each change of it up to `due`. What is overdue on `today`
    counts until that day, as if it were paid then. Source: updateLatePaymentsToMap."""
    effects = [*walk.effects, (_rest_day(walk, today), -_overdue(walk, today))]
    days = sorted({day for day, change in effects if start < day <= due and change})
    balance = sum(change for day, change in effects if day <= start)
    segments = [(start, balance)]
    for day in days:
        balance += sum(change for on, change in effects if on == day)
        segments.append((day, balance))
    return segments


def _overdue(walk: _Walk, day: date) -> int:
    """Principal of the lines planned so far that is overdue on `day` and not paid."""
    return sum(
        line.outstanding(Kind.PRINCIPAL)
        for line in walk.lines
        if not line.down_payment and _rest_day(walk, line.due) < day
    )


def _after_maturity(walk: _Walk, order: SequentialOrder, last: date, today: date) -> None:
    """Interest-only lines for a loan that is overdue beyond its last due date, up to `today`. Source:
    addInterestOnlyRepaymentScheduleForCurrentDate."""
    if walk.draft.outstanding:
        return
    terms, start = walk.draft.terms, last
    number = next(count for count in range(terms.count + 1) if due_date(terms, walk.start, count) == last)
    while start < today and _overdue(walk, start + timedelta(days=1)):
        number += 1
        end = min(due_date(terms, walk.start, number), today)
        for receipt in _take(walk, end):
            _receive(walk, order, receipt)
        interest = declining_interest(walk.draft.rates, start, end, _balances(walk, start, end, today))
        if interest:
            walk.draft.entries.append(Line(start, end, 0, interest, extra=True))
        start = end
