"""Strict reading of the terms of one ACTUS contract (PAM, LAM, NAM, ANN).

Every key is honoured, known to carry no cash flow, or refused by its name: a term that this engine does not compute
never passes in silence. Source of names and defaults: ACTUS data dictionary and technical specification 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NoReturn

from chain.schedules import calendars, daycount
from chain.schedules.actus import readers
from chain.schedules.actus.readers import Reader, Unsupported
from chain.schedules.calendars import BusinessDayConvention, Calendar
from chain.schedules.dates import Cycle, Moment
from chain.schedules.errors import TermInvalid, TermUnsupported

ContractType = Literal["PAM", "LAM", "NAM", "ANN"]
InterestBase = Literal["NT", "NTIED", "NTL"]

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one contract. Amounts in its currency, rates as a ratio per year, absent terms None.

    `role` is R(CNTRL): 1 for the party that is owed the principal, -1 for the one that owes it.
    """

    contractType: ContractType
    contractRole: int
    currency: str
    statusDate: Moment
    initialExchangeDate: Moment
    notionalPrincipal: Decimal
    nominalInterestRate: Decimal | None = None
    dayCountConvention: str | None = None
    maturityDate: Moment | None = None
    amortizationDate: Moment | None = None
    accruedInterest: Decimal | None = None
    premiumDiscountAtIED: Decimal = ZERO
    purchaseDate: Moment | None = None
    priceAtPurchaseDate: Decimal | None = None
    terminationDate: Moment | None = None
    priceAtTerminationDate: Decimal | None = None
    calendar: Calendar = calendars.EVERY_DAY
    businessDayConvention: BusinessDayConvention | None = None
    endOfMonthConvention: bool = False
    cycleAnchorDateOfInterestPayment: Moment | None = None
    cycleOfInterestPayment: Cycle | None = None
    capitalizationEndDate: Moment | None = None
    cycleAnchorDateOfPrincipalRedemption: Moment | None = None
    cycleOfPrincipalRedemption: Cycle | None = None
    nextPrincipalRedemptionPayment: Decimal | None = None
    interestCalculationBase: InterestBase = "NT"
    interestCalculationBaseAmount: Decimal | None = None
    cycleAnchorDateOfInterestCalculationBase: Moment | None = None
    cycleOfInterestCalculationBase: Cycle | None = None
    cycleAnchorDateOfRateReset: Moment | None = None
    cycleOfRateReset: Cycle | None = None
    marketObjectCodeOfRateReset: str | None = None
    rateMultiplier: Decimal = ONE
    rateSpread: Decimal = ZERO
    nextResetRate: Decimal | None = None
    fixingDays: int = 0
    lifeCap: Decimal | None = None
    lifeFloor: Decimal | None = None
    periodCap: Decimal | None = None
    periodFloor: Decimal | None = None
    scalingEffect: tuple[bool, bool] = (False, False)
    marketObjectCodeOfScalingIndex: str | None = None
    scalingIndexAtContractDealDate: Decimal | None = None
    notionalScalingMultiplier: Decimal = ONE
    interestScalingMultiplier: Decimal = ONE
    cycleAnchorDateOfScalingIndex: Moment | None = None
    cycleOfScalingIndex: Cycle | None = None
    feeBasis: Literal["A", "N"] | None = None
    feeRate: Decimal | None = None
    feeAccrued: Decimal = ZERO
    cycleAnchorDateOfFee: Moment | None = None
    cycleOfFee: Cycle | None = None


_TYPES: dict[str, ContractType] = {"PAM": "PAM", "LAM": "LAM", "NAM": "NAM", "ANN": "ANN"}
_ROLES = {
    **dict.fromkeys(("RPA", "LG", "BUY", "RFL", "RF"), 1),
    **dict.fromkeys(("RPL", "ST", "SEL", "PFL", "PF"), -1),
}
_CALENDARS: dict[str, Calendar] = {
    **dict.fromkeys(("NC", "NoCalendar"), calendars.EVERY_DAY),
    **dict.fromkeys(("MF", "MondayToFriday"), calendars.MONDAY_TO_FRIDAY),
}
_BASES: dict[str, InterestBase] = {"NT": "NT", "NTIED": "NTIED", "NTL": "NTL"}

_READERS: dict[str, Reader] = {
    "contractType": readers.one_of(_TYPES),
    "contractRole": readers.one_of(_ROLES),
    "currency": readers.code,
    "statusDate": readers.moment,
    "initialExchangeDate": readers.moment,
    "notionalPrincipal": readers.not_negative,
    "nominalInterestRate": readers.number,
    "dayCountConvention": readers.one_of(daycount.CONVENTIONS),
    "maturityDate": readers.moment,
    "amortizationDate": readers.moment,
    "accruedInterest": readers.number,
    "premiumDiscountAtIED": readers.number,
    "purchaseDate": readers.moment,
    "priceAtPurchaseDate": readers.number,
    "terminationDate": readers.moment,
    "priceAtTerminationDate": readers.number,
    "calendar": readers.one_of(_CALENDARS),
    "businessDayConvention": readers.one_of(calendars.CONVENTIONS),
    "endOfMonthConvention": readers.one_of({"SD": False, "EOM": True}),
    "cycleAnchorDateOfInterestPayment": readers.moment,
    "cycleOfInterestPayment": readers.cycle,
    "capitalizationEndDate": readers.moment,
    "cycleAnchorDateOfPrincipalRedemption": readers.moment,
    "cycleOfPrincipalRedemption": readers.cycle,
    "nextPrincipalRedemptionPayment": readers.positive,
    "interestCalculationBase": readers.one_of(_BASES),
    "interestCalculationBaseAmount": readers.not_negative,
    "cycleAnchorDateOfInterestCalculationBase": readers.moment,
    "cycleOfInterestCalculationBase": readers.cycle,
    "cycleAnchorDateOfRateReset": readers.moment,
    "cycleOfRateReset": readers.cycle,
    "marketObjectCodeOfRateReset": readers.text,
    "rateMultiplier": readers.number,
    "rateSpread": readers.number,
    "nextResetRate": readers.number,
    "fixingDays": readers.days,
    "lifeCap": readers.number,
    "lifeFloor": readers.number,
    "periodCap": readers.number,
    "periodFloor": readers.number,
    "scalingEffect": readers.scaling_effect,
    "marketObjectCodeOfScalingIndex": readers.text,
    "scalingIndexAtContractDealDate": readers.positive,
    "notionalScalingMultiplier": readers.number,
    "interestScalingMultiplier": readers.number,
    "cycleAnchorDateOfScalingIndex": readers.moment,
    "cycleOfScalingIndex": readers.cycle,
    "feeBasis": readers.one_of({"A": "A", "N": "N"}),
    "feeRate": readers.number,
    "feeAccrued": readers.number,
    "cycleAnchorDateOfFee": readers.moment,
    "cycleOfFee": readers.cycle,
}

# They name parties and papers, value the contract, or speak of what happens after a missed payment: none changes the
# cash flows that were agreed.
_INFORMATIONAL = frozenset(
    {
        "contractID",
        "contractDealDate",
        "creatorID",
        "counterpartyID",
        "legalEntityIDRecordCreator",
        "legalEntityIDCounterparty",
        "marketObjectCode",
        "marketValueObserved",
        "seniority",
        "gracePeriod",
        "delinquencyPeriod",
        "scalingIndexAtStatusDate",
    }
)

# Terms whose one harmless value is the standard's default; any other value would need rules that are not here.
_ONLY = {
    "contractPerformance": ("PF",),
    "prepaymentEffect": ("N",),
    "penaltyType": ("O",),
    "cyclePointOfInterestPayment": ("E",),
    "cyclePointOfRateReset": ("B",),
    "delinquencyRate": ("0", "0.0"),
    "penaltyRate": ("0", "0.0"),
}

_PRINCIPAL = (
    "cycleAnchorDateOfPrincipalRedemption",
    "cycleOfPrincipalRedemption",
    "nextPrincipalRedemptionPayment",
)


def read_terms(raw: Mapping[str, object]) -> Terms:
    """The typed terms of one contract. Raises TermUnsupported or TermInvalid, which name the term."""
    values: dict[str, object] = {}
    for name, value in raw.items():
        if value is None or value in readers.ABSENT:
            continue
        reader = _READERS.get(name)
        if reader is None:
            _check_untyped(name, value, raw)
            continue
        try:
            values[name] = reader(value)
        except Unsupported:
            raise TermUnsupported(term=readers.shown(name), value=readers.shown(value)) from None
        except ValueError as reason:
            raise TermInvalid(term=name, reason=str(reason)) from None
    for name in ("contractType", "contractRole", "currency", "statusDate", "initialExchangeDate", "notionalPrincipal"):
        if name not in values:
            _missing(name)
    terms = Terms(**values)  # type: ignore[arg-type]  # each reader returns the type of its field
    _check_type(terms, values)
    _check_dates(terms)
    _check_together(terms)
    return terms


def _missing(name: str) -> NoReturn:
    raise TermInvalid(term=name, reason="it is missing")


def _check_untyped(name: str, value: object, raw: Mapping[str, object]) -> None:
    if name in _INFORMATIONAL:
        return
    if name == "settlementCurrency" and value == raw.get("currency"):
        return
    if str(value).strip() not in _ONLY.get(name, ()):
        raise TermUnsupported(term=readers.shown(name), value=readers.shown(value))


def _check_type(terms: Terms, values: Mapping[str, object]) -> None:
    """What each contract type must have, and what does not belong to it."""
    kind = terms.contractType
    foreign: tuple[str, ...] = ()
    if kind == "PAM":
        foreign = (*_PRINCIPAL, "amortizationDate", "interestCalculationBaseAmount")
        if terms.interestCalculationBase != "NT":
            foreign += ("interestCalculationBase",)
        if terms.maturityDate is None:
            _missing("maturityDate")
    else:
        foreign = ("amortizationDate",) if kind != "ANN" else ()
        if terms.cycleOfPrincipalRedemption is None:
            _missing("cycleOfPrincipalRedemption")
        known_end = terms.maturityDate is not None or terms.amortizationDate is not None
        if terms.nextPrincipalRedemptionPayment is None and (kind == "NAM" or not known_end):
            _missing("nextPrincipalRedemptionPayment" if kind == "NAM" else "maturityDate")
    for name in foreign:
        if name in values:
            raise TermUnsupported(term=name, value=f"{values[name]} of a {kind}")


def _check_dates(terms: Terms) -> None:
    start = terms.initialExchangeDate
    for name in ("maturityDate", "amortizationDate", "terminationDate", "purchaseDate"):
        when: Moment | None = getattr(terms, name)
        if when is not None and (when < start or (when == start and name in ("maturityDate", "amortizationDate"))):
            raise TermInvalid(term=name, reason="it lies before initialExchangeDate, or on it")


def _check_together(terms: Terms) -> None:
    """Terms that only mean something together."""
    accrues = bool(terms.nominalInterestRate) or terms.feeBasis == "N" or _resets(terms)
    if terms.dayCountConvention is None and accrues:
        _missing("dayCountConvention")
    _check_fees(terms)
    for date, price in (("purchaseDate", "priceAtPurchaseDate"), ("terminationDate", "priceAtTerminationDate")):
        if getattr(terms, date) is not None and getattr(terms, price) is None:
            _missing(price)
    if _resets(terms):
        if terms.nominalInterestRate is None:
            _missing("nominalInterestRate")
        if terms.marketObjectCodeOfRateReset is None and terms.nextResetRate is None:
            _missing("marketObjectCodeOfRateReset")
    elif terms.nextResetRate is not None:
        _missing("cycleAnchorDateOfRateReset")
    if terms.lifeCap is not None and terms.lifeFloor is not None and terms.lifeFloor > terms.lifeCap:
        raise TermInvalid(term="lifeFloor", reason="it lies above lifeCap")
    if terms.periodCap is not None and terms.periodCap < 0:
        raise TermInvalid(term="periodCap", reason="it must not be negative")
    _check_base(terms)
    _check_scaling(terms)


def _check_fees(terms: Terms) -> None:
    scheduled = terms.cycleOfFee is not None or terms.cycleAnchorDateOfFee is not None
    if scheduled and terms.feeRate is None:
        _missing("feeRate")
    if terms.feeRate is not None and terms.feeBasis is None:
        _missing("feeBasis")
    if terms.feeRate is not None and terms.feeBasis == "A" and not scheduled:
        _missing("cycleOfFee")


def _resets(terms: Terms) -> bool:
    return terms.cycleAnchorDateOfRateReset is not None or terms.cycleOfRateReset is not None


def _check_base(terms: Terms) -> None:
    amount, base = terms.interestCalculationBaseAmount, terms.interestCalculationBase
    if base == "NT" and amount is not None and amount != terms.notionalPrincipal:
        raise TermUnsupported(term="interestCalculationBaseAmount", value=f"{amount} with interestCalculationBase NT")
    anchor = terms.cycleAnchorDateOfInterestCalculationBase
    cycled = anchor is not None or terms.cycleOfInterestCalculationBase is not None
    if base == "NTIED" and cycled:
        raise TermUnsupported(term="cycleOfInterestCalculationBase", value="a cycle with interestCalculationBase NTIED")
    if base == "NTL" and not cycled:
        _missing("cycleOfInterestCalculationBase")


def _check_scaling(terms: Terms) -> None:
    if any(terms.scalingEffect):
        if terms.marketObjectCodeOfScalingIndex is None:
            _missing("marketObjectCodeOfScalingIndex")
        if terms.scalingIndexAtContractDealDate is None:
            _missing("scalingIndexAtContractDealDate")
        if terms.cycleAnchorDateOfScalingIndex is None and terms.cycleOfScalingIndex is None:
            _missing("cycleOfScalingIndex")
    for name, scaled in zip(
        ("interestScalingMultiplier", "notionalScalingMultiplier"), terms.scalingEffect, strict=True
    ):
        if not scaled and getattr(terms, name) != 1:
            raise TermUnsupported(term=name, value=f"{getattr(terms, name)} without its scalingEffect")
