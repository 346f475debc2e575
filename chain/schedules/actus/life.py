"""Payoff and state transition functions of PAM, LAM, NAM and ANN, one function per event kind.

State variables are signed by the role, as in the standard: what the creator of the record is owed is positive. A PAM
is computed as a contract whose interest calculation base is its notional, which makes its functions those of the
amortisers. Each function moves the state to the event and returns the payoff. Source: POF and STF tables of ACTUS
technical specification 1.1, named in each docstring.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal

from chain.schedules.actus.observations import Observations
from chain.schedules.actus.terms import ONE, ZERO, Terms
from chain.schedules.calendars import shift_moment
from chain.schedules.dates import Day, Moment, accrual_day
from chain.schedules.daycount import DayCount
from chain.schedules.errors import TermInvalid

_NO_DAYS: list[Day] = []


class Life:
    """The mutable state of one contract while its events run: Nt, Ipnr, Ipac, Ipcb, Prnxt, Feac, Nsc, Isc at day Sd."""

    __slots__ = (
        "accrued",
        "base",
        "day",
        "fees",
        "follows_notional",
        "interest_scaling",
        "notional",
        "notional_scaling",
        "observations",
        "payment",
        "payment_days",
        "rate",
        "role",
        "terms",
        "units",
        "units_between",
    )

    def __init__(self, terms: Terms, count: DayCount, observations: Observations) -> None:
        self.terms = terms
        self.units_between = count.between
        self.units = count.units
        self.observations = observations
        self.role = terms.contractRole
        self.follows_notional = terms.interestCalculationBase == "NT"
        self.day = accrual_day(terms.statusDate)
        self.notional = self.base = self.rate = self.accrued = ZERO
        self.fees = terms.feeAccrued * self.role
        self.payment = terms.nextPrincipalRedemptionPayment or ZERO
        self.payment_days = _NO_DAYS
        scales_interest, scales_notional = terms.scalingEffect
        self.interest_scaling = terms.interestScalingMultiplier if scales_interest else ONE
        self.notional_scaling = terms.notionalScalingMultiplier if scales_notional else ONE

    def accrue(self, day: Day) -> None:
        """Ipac += Y(Sd, t) * Ipnr * Ipcb and, for fees on the notional, Feac += Y(Sd, t) * Nt * FER."""
        if day != self.day:
            units = self.units_between(self.day, day)
            self.accrued += self.base * self.rate * units / self.units
            terms = self.terms
            if terms.feeBasis == "N" and terms.feeRate is not None:
                self.fees += self.notional * terms.feeRate * units / self.units
            self.day = day

    def set_notional(self, notional: Decimal) -> None:
        """Nt, and Ipcb with it where the base is the notional (IPCB = NT)."""
        self.notional = notional
        if self.follows_notional:
            self.base = notional

    def open(self) -> None:
        """Nt = R(CNTRL) * NT, Ipnr = IPNR, Ipcb = Nt, or R(CNTRL) * IPCBA where the base is lagged or fixed."""
        terms = self.terms
        self.notional = self.base = terms.notionalPrincipal * self.role
        if not self.follows_notional and terms.interestCalculationBaseAmount is not None:
            self.base = terms.interestCalculationBaseAmount * self.role
        if terms.nominalInterestRate is not None:
            self.rate = terms.nominalInterestRate

    def given_accrual(self) -> Decimal | None:
        """IPAC: as it is signed in a PAM (STF_IED_PAM), with the role's sign in the amortisers (STF_IED_LAM)."""
        given = self.terms.accruedInterest
        if given is None or self.terms.contractType == "PAM":
            return given
        return given * self.role

    def resume(self, last_interest: Day | None) -> None:
        """State at the status date of a contract already exchanged: Ipac = IPAC, else accrued since the last interest
        date not after the status date, else nothing. Source: state initialisation table of each contract type."""
        self.open()
        given = self.given_accrual()
        if given is not None:
            self.accrued = given
        elif last_interest is not None:
            status, self.day = self.day, last_interest
            self.accrue(status)

    def observe(self, term: str, code: str, scheduled: Moment, fixing_days: int = 0) -> Decimal:
        """O_rf: the value on the scheduled day, else on the day it was moved to, else on its fixing day.

        Raises TermInvalid naming `term` where none of them was observed.
        """
        terms, days = self.terms, [scheduled]
        if terms.businessDayConvention is not None:
            days.append(shift_moment(scheduled, terms.calendar, terms.businessDayConvention.direction))
        if fixing_days:
            days.append(Moment(scheduled - 2 * fixing_days))
        return self.observations.value(term, code, days)

    def fix_payment(self, first: int) -> None:
        """Prnxt = A: the level payment at each of `payment_days[first:]` that redeems notional and accrued interest.

        With n notional, a accrued, r rate, f_i = 1 + r * Y(t_i, t_i+1) over the payment days:
        A = (n * (1 + r * Y(Sd, t_1)) + a) * product(f) / (1 + sum of the products f_i..f_m-1 for every i).
        Exact for any spacing of the dates. Source: annuity amount function A(s, T, n, a, r), specification 1.1.
        """
        days: Sequence[Day] = self.payment_days
        if first >= len(days):
            return
        rate, year, between, previous = self.rate, self.units, self.units_between, days[first]
        owed = self.notional + self.notional * rate * between(self.day, previous) / year + self.accrued
        product = weight = ONE
        for day in days[first + 1 :]:
            factor = 1 + rate * between(previous, day) / year
            product *= factor
            weight = weight * factor + 1
            previous = day
        if weight <= 0 or product <= 0:
            raise TermInvalid(term="nominalInterestRate", reason="no level payment exists at so negative a rate")
        self.payment = owed * self.role * product / weight


def initial_exchange(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_IED_PAM: R(CNTRL) * -1 * (NT + PDIED). STF_IED: Ipac = IPAC, else from IPANX if that is earlier, else 0."""
    terms = life.terms
    life.open()
    given, anchor = life.given_accrual(), terms.cycleAnchorDateOfInterestPayment
    life.day = day
    if given is not None:
        life.accrued = given
    elif anchor is not None and anchor < scheduled:
        life.day = accrual_day(anchor)
        life.accrue(day)
        life.fees = terms.feeAccrued * life.role
    if terms.contractType == "ANN" and terms.nextPrincipalRedemptionPayment is None:
        # Covers a first redemption on the exchange day itself, whose fixing day lies before the contract.
        life.fix_payment(bisect_left(life.payment_days, day))
    return -life.role * (terms.notionalPrincipal + terms.premiumDiscountAtIED)


def interest_payment(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_IP_LAM: Isc * (Ipac + Y * Ipnr * Ipcb). STF_IP_PAM: Ipac = 0."""
    life.accrue(day)
    payoff = life.interest_scaling * life.accrued
    life.accrued = ZERO
    return payoff


def capitalisation(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_IPCI_PAM: 0. STF_IPCI_LAM: Nt += Ipac + Y * Ipnr * Ipcb, Ipac = 0."""
    life.accrue(day)
    life.set_notional(life.notional + life.accrued)
    life.accrued = ZERO
    return ZERO


def linear_redemption(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_PR_LAM: Nsc * R(CNTRL) * min(|Nt|, Prnxt). STF_PR_LAM: Nt less that."""
    life.accrue(day)
    redeemed = min(life.payment, life.notional * life.role) * life.role
    life.set_notional(life.notional - redeemed)
    return life.notional_scaling * redeemed


def annuity_redemption(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_PR_NAM: Nsc * R(CNTRL) * min(|Nt|, Prnxt - |Ipac + Y * Ipnr * Ipcb|); below zero it adds to the notional."""
    life.accrue(day)
    due = life.payment - life.accrued * life.role
    redeemed = min(due, life.notional * life.role) * life.role
    life.set_notional(life.notional - redeemed)
    return life.notional_scaling * redeemed


def _reset(life: Life, day: Day, rate: Decimal) -> Decimal:
    life.accrue(day)
    life.rate = rate
    terms = life.terms
    if terms.contractType == "ANN" and terms.nextPrincipalRedemptionPayment is not None:
        life.fix_payment(bisect_right(life.payment_days, day))
    return ZERO


def rate_reset(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """STF_RR_PAM: Ipnr becomes RRMLT * O_rf + RRSP, within the period cap and floor, then the life cap and floor.

    The period floor bounds the fall of the rate in one reset; its sign does not matter.
    STF_RR_ANN: an annuity whose payment was given fixes it anew.
    """
    terms = life.terms
    code = terms.marketObjectCodeOfRateReset
    if code is None:
        raise TermInvalid(term="marketObjectCodeOfRateReset", reason="it is missing")
    observed = life.observe("marketObjectCodeOfRateReset", code, scheduled, terms.fixingDays)
    rate = observed * terms.rateMultiplier + terms.rateSpread
    if terms.periodFloor is not None:
        rate = max(rate, life.rate - abs(terms.periodFloor))
    if terms.periodCap is not None:
        rate = min(rate, life.rate + terms.periodCap)
    if terms.lifeFloor is not None:
        rate = max(rate, terms.lifeFloor)
    if terms.lifeCap is not None:
        rate = min(rate, terms.lifeCap)
    return _reset(life, day, rate)


def fixed_rate_reset(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """STF_RRF_PAM: Ipnr = RRNXT, the rate already known for the next reset."""
    return _reset(life, day, life.terms.nextResetRate or ZERO)


def payment_fixing(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """STF_PRF_ANN: Prnxt = A over the redemption dates still to come."""
    life.accrue(day)
    life.fix_payment(bisect_right(life.payment_days, day))
    return ZERO


def base_fixing(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """STF_IPCB_LAM: Ipcb = Nt."""
    life.accrue(day)
    life.base = life.notional
    return ZERO


def scaling(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """STF_SC_PAM: Isc and Nsc, where the effect names them, become the index over its value at the deal date."""
    terms = life.terms
    life.accrue(day)
    code, reference = terms.marketObjectCodeOfScalingIndex, terms.scalingIndexAtContractDealDate
    assert code is not None
    assert reference is not None
    scale = life.observe("marketObjectCodeOfScalingIndex", code, scheduled) / reference
    scales_interest, scales_notional = terms.scalingEffect
    if scales_interest:
        life.interest_scaling = scale
    if scales_notional:
        life.notional_scaling = scale
    return ZERO


def fee_payment(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_FP_PAM: R(CNTRL) * FER for an absolute fee, else Feac + Y * Nt * FER. STF_FP_PAM: Feac = 0."""
    life.accrue(day)
    rate = life.terms.feeRate or ZERO
    payoff = rate * life.role if life.terms.feeBasis == "A" else life.fees
    life.fees = ZERO
    return payoff


def purchase(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_PRD_LAM: R(CNTRL) * -1 * (PPRD + Ipac + Y * Ipnr * Ipcb); the buyer keeps the accrued interest."""
    life.accrue(day)
    return -life.role * ((life.terms.priceAtPurchaseDate or ZERO) + life.accrued)


def termination(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_TD_LAM: R(CNTRL) * (PTD + Ipac + Y * Ipnr * Ipcb). STF_TD_PAM: nothing remains."""
    life.accrue(day)
    payoff = life.role * ((life.terms.priceAtTerminationDate or ZERO) + life.accrued)
    life.notional = life.base = life.accrued = life.fees = ZERO
    return payoff


def at_maturity(life: Life, day: Day, scheduled: Moment) -> Decimal:
    """POF_MD_PAM: Nsc * Nt + Isc * Ipac + Feac. STF_MD_PAM: nothing remains."""
    life.accrue(day)
    payoff = life.notional_scaling * life.notional + life.interest_scaling * life.accrued + life.fees
    life.notional = life.base = life.accrued = life.fees = ZERO
    return payoff


Step = Callable[[Life, Day, Moment], Decimal]
