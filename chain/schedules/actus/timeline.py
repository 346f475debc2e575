"""When things happen in a contract: its maturity and its sorted event keys.

An event key is one integer: event moment, kind in the order of the standard within a moment, and the scheduled moment,
which differs where a business day convention moved the event. Integers sort and compare fast.
Source: contract schedules of ACTUS technical specification 1.1; event sequence of the ACTUS event dictionary.
"""

from __future__ import annotations

from decimal import ROUND_CEILING
from typing import NewType

from chain.schedules.actus.terms import Terms
from chain.schedules.calendars import shift_moment
from chain.schedules.dates import (
    MAX_DATES,
    Cycle,
    Day,
    Moment,
    accrual_day,
    cycle_moments,
    shift_cycles,
)
from chain.schedules.daycount import DayCount
from chain.schedules.errors import TermInvalid

EventKey = NewType("EventKey", int)

IED, FP, PR, IP, IPCI, RRF, RR, PRF, PRD, TD, SC, IPCB, MD = range(1, 14)
KIND_NAMES = ("", "IED", "FP", "PR", "IP", "IPCI", "RRF", "RR", "PRF", "PRD", "TD", "SC", "IPCB", "MD")
LAST_KIND = 31

_DAY = 2  # one day in moments


def event_key(moment: Moment, kind: int, scheduled: Moment | None = None) -> EventKey:
    """The sortable integer of an event; scheduled: where it was before it was moved."""
    return EventKey(moment << 32 | kind << 24 | (moment if scheduled is None else scheduled))


def key_parts(key: EventKey) -> tuple[Moment, int, Moment]:
    """Event moment, kind, and scheduled moment."""
    return Moment(key >> 32), key >> 24 & 0xFF, Moment(key & 0xFFFFFF)


def moments_of(
    terms: Terms, name: str, anchor: Moment | None, cycle: Cycle | None, end: Moment, *, with_end: bool
) -> list[Moment]:
    """S(s, T, c) with s = the anchor, or IED + one cycle without one; `name` is the cycle's term, for errors."""
    if anchor is None:
        if cycle is None:
            return [end] if with_end else []
        anchor = shift_cycles(terms.initialExchangeDate, cycle, 1, end_of_month=terms.endOfMonthConvention)
    try:
        return cycle_moments(anchor, end, cycle, end_of_month=terms.endOfMonthConvention, with_end=with_end)
    except ValueError as reason:
        raise TermInvalid(term=name, reason=str(reason)) from None


def redemption_anchor(terms: Terms) -> Moment:
    """PRANX, or IED plus one cycle of principal redemption."""
    if terms.cycleAnchorDateOfPrincipalRedemption is not None:
        return terms.cycleAnchorDateOfPrincipalRedemption
    assert terms.cycleOfPrincipalRedemption is not None
    start, eom = terms.initialExchangeDate, terms.endOfMonthConvention
    return shift_cycles(start, terms.cycleOfPrincipalRedemption, 1, end_of_month=eom)


def maturity(terms: Terms, count: DayCount) -> Moment:
    """Maturity date, amortisation date, or the date the given payments redeem the notional by.

    LAM: n = ceil(NT / PRNXT) payments; NAM, ANN: n = ceil(NT / (PRNXT - NT * IPNR * Y(s, s + PRCL))), the first of
    them at the first redemption date after the status date. Source: maturity of LAM and NAM, specification 1.1.
    """
    given = terms.maturityDate if terms.maturityDate is not None else terms.amortizationDate
    if given is not None:
        return given
    cycle, payment = terms.cycleOfPrincipalRedemption, terms.nextPrincipalRedemptionPayment
    assert cycle is not None
    assert payment is not None
    anchor, eom = redemption_anchor(terms), terms.endOfMonthConvention
    past = 0
    if anchor <= terms.statusDate:
        until = Moment(terms.statusDate + 1)
        unstubbed = Cycle(cycle.length, cycle.in_months, long_stub=False)
        past = len(cycle_moments(anchor, until, unstubbed, end_of_month=eom, with_end=False))
    first = shift_cycles(anchor, cycle, max(past - 1, 0), end_of_month=eom)
    redeemed = payment
    if terms.contractType != "LAM" and terms.nominalInterestRate:
        second = shift_cycles(anchor, cycle, max(past - 1, 0) + 1, end_of_month=eom)
        units = count.between(accrual_day(first), accrual_day(second))
        redeemed = payment - terms.notionalPrincipal * terms.nominalInterestRate * units / count.units
    if redeemed <= 0:
        raise TermInvalid(term="nextPrincipalRedemptionPayment", reason="it never redeems the notional")
    periods = (terms.notionalPrincipal / redeemed).to_integral_value(ROUND_CEILING)
    if periods > MAX_DATES:
        raise TermInvalid(term="nextPrincipalRedemptionPayment", reason=f"it needs more than {MAX_DATES} payments")
    return shift_cycles(anchor, cycle, past + max(int(periods), 1) - 1, end_of_month=eom)


def redemption_moments(terms: Terms, end: Moment, *, with_end: bool) -> list[Moment]:
    """The scheduled principal redemptions before `end`, and `end` itself if asked for."""
    cycle = terms.cycleOfPrincipalRedemption
    return moments_of(terms, "cycleOfPrincipalRedemption", redemption_anchor(terms), cycle, end, with_end=with_end)


def calculates_unmoved(terms: Terms) -> bool:
    """Whether interest is computed with scheduled dates although events move (calculate/shift conventions)."""
    return terms.businessDayConvention is not None and not terms.businessDayConvention.calculate_shifted


def computed_day(terms: Terms, scheduled: Moment) -> Day:
    """The day that interest is computed with for a date of a cycle."""
    if terms.businessDayConvention is None or calculates_unmoved(terms):
        return accrual_day(scheduled)
    return accrual_day(_shifted(terms, scheduled))


def _shifted(terms: Terms, moment: Moment) -> Moment:
    assert terms.businessDayConvention is not None
    return shift_moment(moment, terms.calendar, terms.businessDayConvention.direction)


def _cyclic(terms: Terms, kind: int, moments: list[Moment]) -> list[EventKey]:
    """Keys of cycle dates, moved off holidays by the business day convention."""
    if terms.businessDayConvention is None:
        return [event_key(each, kind) for each in moments]
    return [event_key(_shifted(terms, each), kind, each) for each in moments]


def interest_moments(terms: Terms, end: Moment) -> list[Moment]:
    """The scheduled interest dates, maturity included. NAM, ANN: with each redemption where no cycle is given."""
    anchor, cycle = terms.cycleAnchorDateOfInterestPayment, terms.cycleOfInterestPayment
    if cycle is None and terms.contractType in ("NAM", "ANN"):
        cycle = terms.cycleOfPrincipalRedemption
        anchor = redemption_anchor(terms) if anchor is None else anchor
    return moments_of(terms, "cycleOfInterestPayment", anchor, cycle, end, with_end=True)


def _interest(terms: Terms, end: Moment) -> list[EventKey]:
    """IP from the cycle and at maturity; up to and on capitalizationEndDate they are IPCI, with one on that date."""
    capitalised = terms.capitalizationEndDate
    if capitalised is not None:
        capitalised = min(capitalised, end)
    if terms.nominalInterestRate is None:
        return [] if capitalised is None else _cyclic(terms, IPCI, [capitalised])
    moments = interest_moments(terms, end)
    if capitalised is None:
        return _cyclic(terms, IP, moments)
    before = [each for each in moments if each < capitalised]
    after = [each for each in moments if each > capitalised]
    return _cyclic(terms, IPCI, [*before, capitalised]) + _cyclic(terms, IP, after)


def _rate_resets(terms: Terms, end: Moment) -> list[EventKey]:
    """RR from the cycle; the first still to come is RRF given a nextResetRate; a PRF with each in an ANN."""
    anchor, cycle = terms.cycleAnchorDateOfRateReset, terms.cycleOfRateReset
    keys = _cyclic(terms, RR, moments_of(terms, "cycleOfRateReset", anchor, cycle, end, with_end=False))
    first = _first_key(terms)
    if terms.nextResetRate is not None:
        for place, key in enumerate(keys):
            if key >= first:
                moment, _, scheduled = key_parts(key)
                keys[place] = event_key(moment, RRF, scheduled)
                break
    if terms.contractType == "ANN" and terms.nextPrincipalRedemptionPayment is None:
        keys += [event_key(moment, PRF, scheduled) for moment, _, scheduled in map(key_parts, keys)]
    return keys


def _principal(terms: Terms, end: Moment) -> list[EventKey]:
    """PR from the cycle, before maturity; the first PRF of an ANN without a given payment, a day before the anchor."""
    keys = _cyclic(terms, PR, redemption_moments(terms, end, with_end=False))
    if terms.contractType == "ANN" and terms.nextPrincipalRedemptionPayment is None:
        keys.append(event_key(first_fixing(terms), PRF))
    return keys


def first_fixing(terms: Terms) -> Moment:
    """When an annuity's payment is first fixed: the day before the first redemption, even one moved to earlier."""
    first = redemption_anchor(terms)
    if terms.businessDayConvention is not None:
        first = min(first, _shifted(terms, first))
    return Moment(first - _DAY)


def _bases(terms: Terms, end: Moment) -> list[EventKey]:
    anchor, cycle = terms.cycleAnchorDateOfInterestCalculationBase, terms.cycleOfInterestCalculationBase
    name = "cycleOfInterestCalculationBase"
    return _cyclic(terms, IPCB, moments_of(terms, name, anchor, cycle, end, with_end=False))


def _first_key(terms: Terms) -> EventKey:
    """Nothing happens before the initial exchange, and what is on the status date or before it is past."""
    return max(event_key(terms.initialExchangeDate, IED), event_key(terms.statusDate, LAST_KIND))


def event_keys(terms: Terms, end: Moment, until: Moment | None) -> list[EventKey]:
    """All events after the status date, from IED on, up to maturity, termination and `until`, in order.

    Dates of cycles and the maturity move by the business day convention; single agreed dates do not.
    """
    last = _cyclic(terms, MD, [end])[0]
    keys = [event_key(terms.initialExchangeDate, IED), last, *_interest(terms, end)]
    if terms.contractType != "PAM":
        keys += _principal(terms, end)
        if terms.interestCalculationBase == "NTL":
            keys += _bases(terms, end)
    if terms.cycleOfRateReset is not None or terms.cycleAnchorDateOfRateReset is not None:
        keys += _rate_resets(terms, end)
    if terms.feeRate is not None and (terms.cycleOfFee is not None or terms.cycleAnchorDateOfFee is not None):
        fees = moments_of(terms, "cycleOfFee", terms.cycleAnchorDateOfFee, terms.cycleOfFee, end, with_end=True)
        keys += _cyclic(terms, FP, fees)
    if any(terms.scalingEffect):
        anchor, cycle = terms.cycleAnchorDateOfScalingIndex, terms.cycleOfScalingIndex
        scalings = moments_of(terms, "cycleOfScalingIndex", anchor, cycle, end, with_end=False)
        keys += _cyclic(terms, SC, scalings)
    if terms.purchaseDate is not None:
        keys.append(event_key(terms.purchaseDate, PRD))
    if terms.terminationDate is not None:
        keys.append(event_key(terms.terminationDate, TD))
        last = min(last, keys[-1])
    if until is not None:
        last = min(last, event_key(until, LAST_KIND))
    first = _first_key(terms)
    kept = [key for key in keys if first <= key <= last]
    kept.sort()
    return kept


def redemption_days(terms: Terms, end: Moment) -> list[Day]:
    """The days that interest is computed with at the redemptions still to come, the one at `end` included."""
    first = _first_key(terms)
    keys = _cyclic(terms, PR, redemption_moments(terms, end, with_end=True))
    return [computed_day(terms, key_parts(key)[2]) for key in keys if key >= first]
