"""Changes of a loan in life: a new schedule from the current state. The old rows stay what they were.

The state after a row is (balance, the periods ahead). Money that comes between two due dates pays the interest up to
its day first; what is left lowers the balance. The next period then starts on that day, worth its share of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import Method, Period, Row, periods
from chain.schedules.ledger.rounding import round_fraction
from chain.schedules.plan.interest import factor
from chain.schedules.plan.plan import rows_of
from chain.schedules.plan.terms import PlanTerms, RateStep


class Effect(Enum):
    """What money in advance changes."""

    SHORTEN_TERM = "shorten_term"  # 缩短期限: the instalment stays, the loan ends earlier
    LOWER_INSTALMENT = "lower_instalment"  # 减少月供: the due dates stay, the instalment is levelled anew


@dataclass(frozen=True, slots=True)
class State:
    """A loan whose rows up to `since` are paid. ahead: the periods still to come, the first from `since`. number: the
    number of the first of them. level: the instalment (or principal part) that holds now."""

    terms: PlanTerms
    balance: int
    ahead: tuple[Period, ...]
    number: int
    level: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a change on `day` collects at once, and the rows from then on."""

    day: date
    principal: int
    interest: int
    rows: tuple[Row, ...]


def state_after(terms: PlanTerms, rows: tuple[Row, ...], paid: int) -> State:
    """The state when the first `paid` of the plan's rows (the down payment not counted) are paid."""
    ahead = periods(terms.start, terms.instalments, terms.period_months, terms.day_count)
    regular = tuple(row for row in rows if row.due > terms.start)
    if not 0 <= paid < len(ahead) or len(regular) != len(ahead):
        raise TermInvalid(term="paid", reason=f"{paid} of {len(regular)} rows leaves no state to change")
    since = ahead[paid].start
    disbursed = terms.principal + sum(tranche.amount for tranche in terms.tranches if tranche.day <= since)
    repaid = sum(row.principal for row in rows if row.due <= since)
    following = regular[max(paid, terms.principal_grace) : -1] or regular[-1:]
    level = following[0].principal if terms.method is Method.EQUAL_PRINCIPAL else following[0].amount
    return State(terms, disbursed - repaid, ahead[paid:], paid + 1, level)


def repay_early(state: State, day: date, amount: int, effect: Effect) -> Settlement:
    """Receive `amount` on `day`, on or after the state's day and before the next due date. Interest up to the day is
    collected first, the rest repays principal; more than both is refused with TermInvalid (it would be credit)."""
    period = state.ahead[0]
    _inside(state, day)
    interest = _accrued(state, day)
    principal = amount - interest
    if not 0 < principal <= state.balance:
        raise TermInvalid(term="amount", reason=f"it must be above {interest} and at most {interest + state.balance}")
    rest = state.balance - principal
    if not rest:
        return Settlement(day, principal, interest, ())
    ahead = (_rest_of(period, day), *state.ahead[1:])
    level = state.level if effect is Effect.SHORTEN_TERM else None
    if state.terms.method in {Method.INTEREST_ONLY, Method.SINGLE_PAYMENT}:
        level = None
    return Settlement(day, principal, interest, rows_of(state.terms, ahead, rest, state.number, level))


def pay_off(state: State, day: date) -> Settlement:
    """What ends the loan on `day`: the balance and the interest up to that day."""
    _inside(state, day)
    return Settlement(day, state.balance, _accrued(state, day), ())


def reset_rate(state: State, since: date, rate_nano: int) -> tuple[Row, ...]:
    """The rows from the state on when the nominal rate changes on `since`; equal instalments are levelled anew from the
    first period that starts with the new rate."""
    steps = tuple(step for step in state.terms.rates if step.since < since)
    terms = replace(state.terms, rates=(*steps, RateStep(since, rate_nano)) if steps else (RateStep(since, rate_nano),))
    return rows_of(terms, state.ahead, state.balance, state.number)


def restructure(state: State, terms: PlanTerms) -> tuple[Row, ...]:
    """The rows of new terms for what is owed now. `terms.principal` must be the balance and `terms.start` the state's
    day, so that nothing is forgiven or added unseen. Signed by borrower and lenders, or ordered."""
    if terms.principal != state.balance or terms.start != state.ahead[0].start or terms.down_payment or terms.tranches:
        raise TermInvalid(
            term="principal", reason=f"new terms must start on {state.ahead[0].start} with the balance {state.balance}"
        )
    ahead = periods(terms.start, terms.instalments, terms.period_months, terms.day_count)
    return rows_of(terms, ahead, state.balance)


def _inside(state: State, day: date) -> None:
    period = state.ahead[0]
    if not period.start <= day < period.due:
        raise TermInvalid(term="day", reason=f"{day} is not from {period.start} to before {period.due}")


def _accrued(state: State, day: date) -> int:
    """Interest from the state's day to `day`, rounded once. What of the period is left is rounded in its own row."""
    period = state.ahead[0]
    until = factor(state.terms.rates, period, period.start) - factor(state.terms.rates, period, day)
    return round_fraction(state.balance * until, state.terms.rounding)


def _rest_of(period: Period, day: date) -> Period:
    whole = Fraction(period.numerator, period.denominator)
    rest = whole * Fraction((period.due - day).days, (period.due - period.start).days)
    return Period(day, period.due, rest.numerator, rest.denominator)
