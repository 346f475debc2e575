"""The JSON form of an offer, read and checked: every unknown name and every malformed value is refused by its name.

Amounts are decimal text in currency units, rates are percent per year. `docs/schedules.md` lists the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.schedules.book.json_terms import Choice, Terms, children, choice, day, integer, number
from chain.schedules.costs import Flow
from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.ledger import DayCountRule, Method, Rounding, due_date
from chain.schedules.plan.floating import Fixing, Floating, rate_steps
from chain.schedules.plan.terms import InterestGrace, PlanTerms, RateStep, Tranche
from chain.schedules.plan.working_days import WEEKDAYS, WorkingDays, announced_by

OFFER_NAMES = {
    "annual_rate_percent", "balloon", "calendar", "calendar_as_of", "currency", "day_count", "decimals", "down_payment",
    "fees", "floating", "instalments", "interest_grace", "interest_grace_rule", "lpr_percent", "method", "multiple",
    "period_months", "principal", "principal_grace", "principals", "rounding", "start", "tranches", "weights",
}  # fmt: skip
_NO_MINOR_UNITS = {"JPY", "KRW", "VND"}


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """An offer as its file says it. decimals: of the currency. fees: paid by the borrower on top of the rows.
    working_days: where payable-by dates come from, None for none. lpr_nano: the LPR to check the cap against, or None.
    """

    plan: PlanTerms
    currency: str
    decimals: int
    fees: tuple[Flow, ...]
    working_days: WorkingDays | None
    lpr_nano: int | None


def parse_offer(terms: Terms) -> OfferTerms:
    """The offer of a file's object. Raises TermUnsupported or TermInvalid, naming the term."""
    unknown = sorted(set(terms) - OFFER_NAMES)
    if unknown:
        raise TermUnsupported(term=unknown[0], value=terms[unknown[0]])
    currency = str(terms.get("currency", "CNY"))
    decimals = integer(terms, "decimals", 0 if currency in _NO_MINOR_UNITS else 2)
    start = day(terms, "start")
    months, count = integer(terms, "period_months", 1), integer(terms, "instalments")
    if not (0 < months <= 1200 and 0 < count <= 1200):
        raise TermInvalid(term="instalments", reason="instalments and period_months must lie from 1 to 1200")
    plan = PlanTerms(
        principal=_minor(terms, "principal", decimals),
        rates=_rates(terms, start, due_date(start, months * count)),
        method=_lower(terms, "method", Method),
        day_count=_lower(terms, "day_count", DayCountRule) if "day_count" in terms else DayCountRule.MONTHS_12,
        instalments=count,
        period_months=months,
        start=start,
        rounding=_lower(terms, "rounding", Rounding) if "rounding" in terms else Rounding.HALF_EVEN,
        multiple=_minor(terms, "multiple", decimals) if "multiple" in terms else 1,
        principal_grace=integer(terms, "principal_grace", 0),
        interest_grace=integer(terms, "interest_grace", 0),
        interest_grace_rule=_grace_rule(terms),
        balloon=_minor(terms, "balloon", decimals) if "balloon" in terms else 0,
        down_payment=_minor(terms, "down_payment", decimals) if "down_payment" in terms else 0,
        tranches=tuple(Tranche(day(t, "day"), _minor(t, "amount", decimals)) for t in _list(terms, "tranches")),
        weights=_integers(terms, "weights", 0),
        principals=_integers(terms, "principals", decimals),
    )
    return OfferTerms(
        plan=plan,
        currency=currency,
        decimals=decimals,
        fees=tuple(Flow(day(fee, "day"), _minor(fee, "amount", decimals)) for fee in _list(terms, "fees")),
        working_days=_calendar(terms, start),
        lpr_nano=_nano(terms, "lpr_percent") if "lpr_percent" in terms else None,
    )


def _rates(terms: Terms, start: date, until: date) -> tuple[RateStep, ...]:
    floating = terms.get("floating")
    if floating is None:
        return (RateStep(start, _nano(terms, "annual_rate_percent")),)
    if "annual_rate_percent" in terms or not isinstance(floating, Mapping):
        raise TermInvalid(term="floating", reason="it is an object, and annual_rate_percent is then absent")
    months = integer(floating, "reset_months")
    rule = Floating(
        spread_nano=_nano(floating, "spread_percent"),
        reset_months=months,
        first_reset=day(floating, "first_reset") if "first_reset" in floating else due_date(start, months),
        floor_nano=_nano(floating, "floor_percent") if "floor_percent" in floating else None,
        cap_nano=_nano(floating, "cap_percent") if "cap_percent" in floating else None,
    )
    fixings = [Fixing(day(fixing, "published"), _nano(fixing, "percent")) for fixing in children(floating, "fixings")]
    return rate_steps(rule, fixings, start, until)


def _calendar(terms: Terms, start: date) -> WorkingDays | None:
    name = terms.get("calendar")
    if name is None:
        return None
    if name == "weekdays":
        return WEEKDAYS
    if name == "china":
        return announced_by(day(terms, "calendar_as_of") if "calendar_as_of" in terms else start)
    raise TermUnsupported(term="calendar", value=name)


def _grace_rule(terms: Terms) -> InterestGrace:
    return (
        _lower(terms, "interest_grace_rule", InterestGrace)
        if "interest_grace_rule" in terms
        else InterestGrace.DEFERRED
    )


def _lower(terms: Terms, key: str, kind: type[Choice]) -> Choice:
    """A term that is one of the lower-case values of `kind`."""
    return choice(terms, key, kind, {str(member.value).upper(): member for member in kind})


def _nano(terms: Terms, key: str) -> int:
    """A percent figure as a rate in 1e-9 per year; it must fit without rounding."""
    return _whole(number(terms, key).scaleb(7), key)


def _minor(terms: Terms, key: str, decimals: int) -> int:
    amount = _whole(number(terms, key).scaleb(decimals), key)
    if amount < 0:
        raise TermInvalid(term=key, reason="it is negative")
    return amount


def _whole(value: Decimal, key: str) -> int:
    if value != value.to_integral_value():
        raise TermInvalid(term=key, reason="it has more decimals than its unit")
    return int(value)


def _list(terms: Terms, key: str) -> list[Terms]:
    return children(terms, key) if key in terms else []


def _integers(terms: Terms, key: str, decimals: int) -> tuple[int, ...]:
    values = terms.get(key, [])
    if not isinstance(values, list):
        raise TermInvalid(term=key, reason="a list was expected")
    return tuple(_minor({key: value}, key, decimals) for value in values)
