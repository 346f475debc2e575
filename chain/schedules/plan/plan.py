"""Lender's plans: rows from terms with grace, balloon, tranches, steps, multiples, changing rates and custom tables.

One rounding per period; the last row takes what is left, so the principal parts add up to all that was disbursed. With
none of the additions the rows equal `ledger.build`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import Method, NegativeAmortisation, Period, Row, divide, periods, to_multiple
from chain.schedules.plan.interest import interest_of, rate_on
from chain.schedules.plan.terms import InterestGrace, PlanTerms, RateStep, Tranche


@dataclass(frozen=True, slots=True)
class _Run:
    """Periods still to be planned, their numbers from 1 over the whole loan, and the balance they start with."""

    terms: PlanTerms
    ahead: tuple[Period, ...]
    first: int
    balance: int

    def tranches(self, period: Period) -> tuple[Tranche, ...]:
        """Tranches paid out inside a period: after its start, up to and on its due date."""
        return tuple(tranche for tranche in self.terms.tranches if period.start < tranche.day <= period.due)


def plan(terms: PlanTerms) -> tuple[Row, ...]:
    """All rows, the down payment first where there is one (due on the start itself). Raises TermInvalid by the name of
    the term, NegativeAmortisation where an instalment can't cover its interest."""
    _check(terms)
    ahead = periods(terms.start, terms.instalments, terms.period_months, terms.day_count)
    if terms.method is Method.SINGLE_PAYMENT:
        ahead = (Period(ahead[0].start, ahead[-1].due, sum(p.numerator for p in ahead), ahead[0].denominator),)
    rows = rows_of(terms, ahead, terms.principal - terms.down_payment)
    down = (Row(terms.start, terms.down_payment, 0),) if terms.down_payment else ()
    return (*down, *rows)


def rows_of(
    terms: PlanTerms, ahead: tuple[Period, ...], balance: int, first: int = 1, level: int | None = None
) -> tuple[Row, ...]:
    """Rows that repay `balance` over the periods `ahead`, numbered from `first` for grace and weights. level: keep this
    instalment or principal part instead of finding one; the rows then end when nothing is left."""
    run = _Run(terms, ahead, first, balance)
    rows: list[Row] = []
    fixed, current = level is not None, level if level is not None else _level(run)
    deferred, before = 0, rate_on(terms.rates, ahead[0].start)
    for index, period in enumerate(ahead):
        inside, rate = run.tranches(period), rate_on(terms.rates, period.start)
        last = index == len(ahead) - 1
        if index and not fixed and (inside or rate != before):
            current = _level(replace(run, ahead=ahead[index:], first=first + index, balance=balance))
        before = rate
        charged = interest_of(balance, terms.rates, period, inside, terms.rounding)
        balance += sum(tranche.amount for tranche in inside)
        principal = balance if last else _principal(terms, first + index, current, charged, balance, period)
        if first + index <= terms.interest_grace:
            deferred += charged if terms.interest_grace_rule is InterestGrace.DEFERRED else 0
            charged = 0
        rows.append(Row(period.due, principal, charged + (deferred if charged or last else 0)))
        deferred = 0 if charged or last else deferred
        balance -= principal
        if fixed and not balance and not any(run.tranches(later) for later in ahead[index + 1 :]):
            break
    return tuple(rows)


def _level(run: _Run) -> int:
    """The instalment, or the principal part, for the periods ahead; 0 where the method has none."""
    terms = run.terms
    if terms.method is Method.EQUAL_PRINCIPAL:
        coming = sum(tranche.amount for tranche in run.tranches(run.ahead[0]))
        repaying = len(run.ahead) - max(0, terms.principal_grace - run.first + 1)
        share = divide(max(0, run.balance + coming - terms.balloon), max(1, repaying), terms.rounding)
        return to_multiple(share, terms.multiple, terms.rounding)
    if terms.method is not Method.EQUAL_INSTALMENT:
        return 0
    low, high = 0, max(1, run.balance // (len(run.ahead) * terms.multiple))
    while _left_over(run, high * terms.multiple) > 0:
        low, high = high + 1, high * 2
    while low < high:
        middle = (low + high) // 2
        if _left_over(run, middle * terms.multiple) > 0:
            low = middle + 1
        else:
            high = middle
    return low * terms.multiple


def _left_over(run: _Run, level: int) -> int:
    """How far the last instalment, without the balloon, is above what `level` lets it be. It falls as the level rises,
    also under rounding, so bisection finds the one smallest level. Only tranches of the first period are foreseen."""
    terms, balance = run.terms, run.balance
    charged = 0
    for index, period in enumerate(run.ahead):
        inside = run.tranches(period) if index == 0 else ()
        charged = interest_of(balance, _held(terms, run), period, inside, terms.rounding)
        balance += sum(tranche.amount for tranche in inside)
        if index < len(run.ahead) - 1 and run.first + index > terms.principal_grace:
            balance -= min(
                max(0, _weighted(terms, run.first + index, level) - charged), max(0, balance - terms.balloon)
            )
    return balance + charged - min(terms.balloon, balance) - _weighted(terms, run.first + len(run.ahead) - 1, level)


def _held(terms: PlanTerms, run: _Run) -> tuple[RateStep, ...]:
    """The rate as known in the first period ahead: later resets level anew when they come."""
    until = run.ahead[0].due
    return tuple(step for step in terms.rates if step.since < until) or terms.rates[:1]


def _weighted(terms: PlanTerms, number: int, level: int) -> int:
    if not terms.weights:
        return level
    return divide(level * terms.weights[number - 1], max(terms.weights), terms.rounding)


def _principal(terms: PlanTerms, number: int, level: int, charged: int, balance: int, period: Period) -> int:
    """Principal of a row that is not the last; what the balloon holds back is left for the last."""
    if terms.method is Method.CUSTOM:
        return terms.principals[number - 1]
    if number <= terms.principal_grace or terms.method in {Method.INTEREST_ONLY, Method.SINGLE_PAYMENT}:
        return 0
    free = max(0, balance - terms.balloon)
    if terms.method is Method.EQUAL_PRINCIPAL:
        return min(level, free)
    instalment = _weighted(terms, number, level)
    if not terms.weights and instalment < charged:
        raise NegativeAmortisation(instalment=instalment, interest=charged, due=period.due)
    return min(max(0, instalment - charged), free)


def _check(terms: PlanTerms) -> None:
    first = terms.start
    conditions: tuple[tuple[bool, str, str], ...] = (
        (terms.principal > 0, "principal", "it must be above 0"),
        (terms.multiple > 0, "multiple", "it must be above 0"),
        (
            bool(terms.rates) and all(step.rate_nano >= 0 for step in terms.rates),
            "rates",
            "one is needed, none negative",
        ),
        (0 <= terms.principal_grace < terms.instalments, "principal_grace", "it must leave an instalment"),
        (0 <= terms.interest_grace < terms.instalments, "interest_grace", "it must leave an instalment"),
        (0 <= terms.down_payment < terms.principal, "down_payment", "it must be below the principal"),
        (0 <= terms.balloon <= terms.principal - terms.down_payment, "balloon", "it is above what is left to repay"),
        (
            not terms.weights or (len(terms.weights) == terms.instalments and terms.weights[-1] > 0),
            "weights",
            "one per instalment, the last above 0",
        ),
        (all(weight >= 0 for weight in terms.weights), "weights", "none may be negative"),
        (
            all(first < tranche.day and tranche.amount > 0 for tranche in terms.tranches),
            "tranches",
            "each comes after the start and is above 0",
        ),
    )
    for holds, term, reason in conditions:
        if not holds:
            raise TermInvalid(term=term, reason=reason)
    _check_custom(terms)
    _check_last_tranche(terms, periods(first, terms.instalments, terms.period_months, terms.day_count)[-1].due)


def _check_custom(terms: PlanTerms) -> None:
    if terms.method is not Method.CUSTOM:
        return
    if len(terms.principals) != terms.instalments or min(terms.principals, default=-1) < 0:
        raise TermInvalid(term="principals", reason="one per instalment is needed, none negative")
    if sum(terms.principals) != terms.disbursed - terms.down_payment:
        raise TermInvalid(term="principals", reason=f"they add up to {sum(terms.principals)}, not to what is repaid")


def _check_last_tranche(terms: PlanTerms, last: date) -> None:
    if any(tranche.day >= last for tranche in terms.tranches):
        raise TermInvalid(term="tranches", reason="each must come before the last due date")
