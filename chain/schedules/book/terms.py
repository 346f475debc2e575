"""The terms of a loan of the book, read from a case and checked: what is not supported is refused by its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from chain.schedules.book.json_terms import Terms, choice, day, integer, number
from chain.schedules.book.money import BookRounding, Money
from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.life import Allocation, AllocationStep, Future, Processing, SequentialOrder, order_named


class Unit(Enum):
    """The unit in which periods are counted."""

    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"
    YEARS = "YEARS"


class Interest(Enum):
    """FLAT: on what was disbursed, for the whole term. DECLINING_BALANCE: on what is outstanding."""

    FLAT = "FLAT"
    DECLINING_BALANCE = "DECLINING_BALANCE"


class InterestPeriod(Enum):
    """DAILY: by the days of the period. SAME_AS_REPAYMENT_PERIOD: by whole repayment periods."""

    DAILY = "DAILY"
    SAME_AS_REPAYMENT_PERIOD = "SAME_AS_REPAYMENT_PERIOD"


class Amortization(Enum):
    """EQUAL_INSTALLMENTS: equal sums. EQUAL_PRINCIPAL: equal principal parts."""

    EQUAL_INSTALLMENTS = "EQUAL_INSTALLMENTS"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"


class ScheduleType(Enum):
    """CUMULATIVE: planned once. PROGRESSIVE: recomputed as money moves."""

    CUMULATIVE = "CUMULATIVE"
    PROGRESSIVE = "PROGRESSIVE"


class Reschedule(Enum):
    """What money in advance changes on a loan whose interest is recalculated."""

    RESCHEDULE_NEXT_REPAYMENTS = "1"
    REDUCE_NUMBER_OF_INSTALLMENTS = "2"
    REDUCE_EMI_AMOUNT = "3"
    ADJUST_LAST_UNPAID_PERIOD = "4"


class Rest(Enum):
    """The days on which a changed balance begins to count for interest."""

    SAME_AS_REPAYMENT = "1"
    DAILY = "2"


class PreClosure(Enum):
    """Until when interest is charged when a loan is paid off early."""

    TILL_PRE_CLOSE_DATE = "1"
    TILL_REST_FREQUENCY_DATE = "2"


@dataclass(frozen=True, slots=True)
class Recalculation:
    """Interest recalculation as money moves."""

    reschedule: Reschedule
    rest: Rest
    pre_closure: PreClosure


@dataclass(frozen=True, slots=True)
class BookTerms:
    """Terms of one loan. rate: nominal, a part of one (0.12). days_in_year: None for actual. month_of_30: every month
    counts 30 days. multiple: in minor units, None for none. down_payment: a part of one, None for none. precision:
    significant digits of intermediate results. schedule_start: the day from which periods count, None for the first
    disbursement. shifts: due dates that a reschedule moved, as (planned, moved to)."""

    rate: Decimal
    interest: Interest
    interest_period: InterestPeriod
    amortization: Amortization
    unit: Unit
    every: int
    count: int
    principal_grace: int
    interest_grace: int
    interest_free: int
    days_in_year: int | None
    month_of_30: bool
    money: Money
    multiple: int | None
    down_payment: Decimal | None
    down_payment_auto: bool
    schedule_type: ScheduleType
    recalculation: Recalculation | None
    precision: int
    schedule_start: date | None
    shifts: tuple[tuple[date, date], ...] = ()


_DAYS = {"ACTUAL": None, "DAYS_360": 360, "DAYS_364": 364, "DAYS_365": 365}
_MOST = 2_000
_PRECISION = 19  # significant digits of Fineract's MoneyHelper where the case names none


def parse_terms(terms: Terms) -> BookTerms:
    """The terms of a case, from its `inputs` or `loan`. Raises TermInvalid or TermUnsupported, naming the term."""
    money = Money(integer(terms, "currency_decimals", 2), choice(terms, "rounding", BookRounding))
    if terms.get("fixed_length") is not None:
        raise TermUnsupported(term="fixed_length", value=terms["fixed_length"])
    parsed = BookTerms(
        rate=number(terms, "annual_rate_percent") / 100,
        interest=choice(terms, "interest_type", Interest),
        interest_period=_interest_period(terms),
        amortization=choice(terms, "amortization", Amortization),
        unit=choice(terms, "repay_unit", Unit),
        every=integer(terms, "repay_every"),
        count=integer(terms, "n_repayments"),
        principal_grace=integer(terms, "grace_principal", 0),
        interest_grace=integer(terms, "grace_interest", 0),
        interest_free=integer(terms, "interest_free_periods", 0),
        days_in_year=_days(terms, "days_in_year", _DAYS),
        month_of_30=_days(terms, "days_in_month", {"ACTUAL": None, "DAYS_30": 30}) == 30,
        money=money,
        multiple=_multiple(terms, money),
        down_payment=None if terms.get("down_payment_percent") is None else number(terms, "down_payment_percent") / 100,
        down_payment_auto=terms.get("down_payment_auto") is True,
        schedule_type=choice(terms, "schedule_type", ScheduleType),
        recalculation=_recalculation(terms),
        precision=integer(terms, "intermediate_precision_digits", _PRECISION),
        schedule_start=day(terms, "schedule_start") if terms.get("schedule_start") is not None else None,
    )
    return _checked(parsed)


def parse_order(terms: Terms) -> SequentialOrder | Allocation:
    """The rule by which payments are spread: the strategy of a CUMULATIVE loan, the allocation of a PROGRESSIVE one."""
    listed = terms.get("payment_allocation_order")
    if choice(terms, "schedule_type", ScheduleType) is ScheduleType.CUMULATIVE:
        return order_named(str(terms.get("payment_strategy")))
    if terms.get("payment_strategy") not in {"ADVANCED_PAYMENT_ALLOCATION", "advanced-payment-allocation-strategy"}:
        raise TermUnsupported(term="payment_strategy", value=terms.get("payment_strategy"))
    if not isinstance(listed, list) or not listed:
        raise TermInvalid(term="payment_allocation_order", reason="a list was expected")
    return Allocation(
        steps=tuple(AllocationStep.parse(str(step)) for step in listed),
        processing=choice(terms, "schedule_processing", Processing),
        future=choice(terms, "future_installment_allocation", Future)
        if terms.get("future_installment_allocation") is not None
        else Future.NEXT_INSTALLMENT,
    )


def _interest_period(terms: Terms) -> InterestPeriod:
    if terms.get("interest_calc_period") is None:  # the form of progressive instalments: always by days
        return InterestPeriod.DAILY
    return choice(terms, "interest_calc_period", InterestPeriod)


def _days(terms: Terms, key: str, known: dict[str, int | None]) -> int | None:
    value = str(terms.get(key)).upper().replace("DAYS_", "DAYS").replace("DAYS", "DAYS_")
    if value not in known:
        raise TermUnsupported(term=key, value=terms.get(key))
    return known[value]


def _multiple(terms: Terms, money: Money) -> int | None:
    if terms.get("installment_multiple_of") is None:
        return None
    multiple = money.minor(number(terms, "installment_multiple_of"))
    return multiple if multiple > 1 else None


def _recalculation(terms: Terms) -> Recalculation | None:
    settings = terms.get("interest_recalc_settings")
    if terms.get("interest_recalculation") is not True:
        return None
    if not isinstance(settings, dict):
        raise TermInvalid(term="interest_recalc_settings", reason="an object was expected")
    compounding = str(settings.get("interestRecalculationCompoundingMethod"))
    if compounding not in {"0", "NONE"}:
        raise TermUnsupported(term="interestRecalculationCompoundingMethod", value=compounding)
    if str(settings.get("recalculationRestFrequencyInterval", "1")) != "1":
        raise TermUnsupported(
            term="recalculationRestFrequencyInterval", value=settings["recalculationRestFrequencyInterval"]
        )
    return Recalculation(
        choice(settings, "rescheduleStrategyMethod", Reschedule, dict(Reschedule.__members__)),
        choice(settings, "recalculationRestFrequencyType", Rest, dict(Rest.__members__)),
        choice(settings, "preClosureInterestCalculationStrategy", PreClosure, dict(PreClosure.__members__)),
    )


def _checked(terms: BookTerms) -> BookTerms:
    bounds = {"n_repayments": terms.count, "repay_every": terms.every, "intermediate_precision_digits": terms.precision}
    for key, value in bounds.items():
        if not 1 <= value <= _MOST:
            raise TermInvalid(term=key, reason=f"{value} is not from 1 to {_MOST}")
    if terms.rate < 0:
        raise TermInvalid(term="annual_rate_percent", reason="the rate is negative")
    if max(terms.principal_grace, terms.interest_grace, terms.interest_free) >= terms.count:
        raise TermInvalid(term="grace_principal", reason="grace as long as the loan leaves no instalment")
    if terms.schedule_type is ScheduleType.PROGRESSIVE:
        if terms.amortization is not Amortization.EQUAL_INSTALLMENTS:
            raise TermUnsupported(term="amortization", value=terms.amortization.value)
        if terms.interest is Interest.FLAT and terms.rate:
            raise TermUnsupported(term="interest_type", value="FLAT with PROGRESSIVE and a rate above 0")
        if max(terms.principal_grace, terms.interest_grace, terms.interest_free):
            raise TermUnsupported(term="grace_principal", value="grace with PROGRESSIVE")
    return terms
