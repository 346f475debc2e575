"""Runs one ACTUS contract from its terms and observations to its events.

Promise: results are exact to far below 1e-8 (fifty significant digits in every step, no binary floats), the same input
gives the same output, and what is not supported raises an error that names the term.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, DivisionByZero, InvalidOperation, Overflow, localcontext

from chain.schedules.actus import life as rules
from chain.schedules.actus import readers
from chain.schedules.actus import timeline as at
from chain.schedules.actus.events import Event
from chain.schedules.actus.life import Life, Step
from chain.schedules.actus.observations import Observations
from chain.schedules.actus.terms import Terms, read_terms
from chain.schedules.dates import Moment, accrual_day, moment_text
from chain.schedules.daycount import DayCount, day_count
from chain.schedules.errors import TermInvalid, TermUnsupported

ARITHMETIC = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])

_CASE_KEYS = frozenset({"identifier", "terms", "to", "dataObserved", "eventsObserved", "results"})
_NO_INTEREST = DayCount(1, lambda start, end: 0)


def _steps(redemption: Step) -> tuple[Step, ...]:
    """The rule of each event kind, in the numbering of the timeline; the first place is not used."""
    return (
        rules.payment_fixing,
        rules.initial_exchange,
        rules.fee_payment,
        redemption,
        rules.interest_payment,
        rules.capitalisation,
        rules.fixed_rate_reset,
        rules.rate_reset,
        rules.payment_fixing,
        rules.purchase,
        rules.termination,
        rules.scaling,
        rules.base_fixing,
        rules.at_maturity,
    )


_STEPS = {
    "PAM": _steps(rules.linear_redemption),
    "LAM": _steps(rules.linear_redemption),
    "NAM": _steps(rules.annuity_redemption),
    "ANN": _steps(rules.annuity_redemption),
}


def evaluate(case: Mapping[str, object]) -> list[Event]:
    """The events of one case `{identifier, terms, to, dataObserved, eventsObserved, results}`; results are not read.

    Raises TermUnsupported or TermInvalid, which name the term.
    """
    for key in case:
        if key not in _CASE_KEYS:
            raise TermUnsupported(term=readers.shown(key), value=readers.shown(case[key]))
    if case.get("eventsObserved"):
        raise TermUnsupported(term="eventsObserved", value=readers.shown(case["eventsObserved"]))
    raw = case.get("terms")
    if not isinstance(raw, Mapping):
        raise TermInvalid(term="terms", reason="it must be an object of terms by name")
    with localcontext(ARITHMETIC):
        return run(read_terms(raw), Observations(case.get("dataObserved")), _until(case.get("to")))


def _until(to: object) -> Moment | None:
    if to is None or to in readers.ABSENT:
        return None
    try:
        return readers.moment(to)
    except ValueError as reason:
        raise TermInvalid(term="to", reason=str(reason)) from None


def run(terms: Terms, observations: Observations, until: Moment | None) -> list[Event]:
    """The events of one contract, up to and on `until`. To be called within the `ARITHMETIC` context."""
    count = _count(terms, terms.maturityDate)
    end = at.maturity(terms, count)
    if terms.maturityDate is None:
        count = _count(terms, end)
    for name in ("purchaseDate", "terminationDate"):
        when: Moment | None = getattr(terms, name)
        if when is not None and when > end:
            raise TermInvalid(term=name, reason="it lies after the maturity")
    life = Life(terms, count, observations)
    _prepare_payment(life, end)
    if terms.initialExchangeDate <= terms.statusDate:
        _resume(life, end)
    hidden = at.event_key(terms.purchaseDate, at.PRD) if terms.purchaseDate is not None else 0
    steps, currency, kinds = _STEPS[terms.contractType], terms.currency, at.KIND_NAMES
    unmoved = at.calculates_unmoved(terms)
    events: list[Event] = []
    for key in at.event_keys(terms, end, until):
        moment, kind, scheduled = at.key_parts(key)
        payoff = steps[kind](life, accrual_day(scheduled if unmoved else moment), scheduled)
        if key >= hidden:
            state = (life.notional, life.rate, life.accrued)
            events.append(Event(moment_text(moment), kinds[kind], payoff, currency, *state))
    return events


def _count(terms: Terms, maturity: Moment | None) -> DayCount:
    if terms.dayCountConvention is None:
        return _NO_INTEREST
    return day_count(terms.dayCountConvention, None if maturity is None else accrual_day(maturity))


def _prepare_payment(life: Life, end: Moment) -> None:
    """Prnxt of a LAM without one: NT in equal parts; for an ANN, the days its level payment is computed over."""
    terms = life.terms
    if terms.contractType == "LAM" and terms.nextPrincipalRedemptionPayment is None:
        life.payment = terms.notionalPrincipal / max(len(at.redemption_days(terms, end)), 1)
    elif terms.contractType == "ANN":
        last = end if terms.amortizationDate is None else terms.amortizationDate
        life.payment_days = at.redemption_days(terms, last)


def _resume(life: Life, end: Moment) -> None:
    """State at the status date of a contract that was exchanged before it."""
    terms = life.terms
    past = [each for each in at.interest_moments(terms, end) if each <= terms.statusDate]
    life.resume(at.computed_day(terms, past[-1]) if past else None)
    fixes = terms.contractType == "ANN" and terms.nextPrincipalRedemptionPayment is None
    if fixes and at.first_fixing(terms) <= terms.statusDate:
        rules.payment_fixing(life, life.day, terms.statusDate)
