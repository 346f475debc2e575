"""What the engine will not compute is refused by the name of the term, whatever form it comes in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from chain.schedules.actus import Event, evaluate
from chain.schedules.errors import ScheduleError, TermInvalid, TermUnsupported

Build = Callable[..., dict[str, object]]
Run = Callable[..., list[Event]]

UNSUPPORTED = [
    ("PAM", {"contractType": "SWPPV"}, "contractType"),
    ("PAM", {"contractType": "LAX"}, "contractType"),
    ("PAM", {"contractRole": "GUA"}, "contractRole"),
    ("PAM", {"dayCountConvention": "B252"}, "dayCountConvention"),
    ("PAM", {"calendar": "TARGET"}, "calendar"),
    ("PAM", {"businessDayConvention": "NEAREST"}, "businessDayConvention"),
    ("PAM", {"endOfMonthConvention": "LAST"}, "endOfMonthConvention"),
    ("PAM", {"prepaymentEffect": "A"}, "prepaymentEffect"),
    ("PAM", {"penaltyType": "N"}, "penaltyType"),
    ("PAM", {"contractPerformance": "DF"}, "contractPerformance"),
    ("PAM", {"cyclePointOfInterestPayment": "B"}, "cyclePointOfInterestPayment"),
    ("PAM", {"settlementCurrency": "USD"}, "settlementCurrency"),
    ("PAM", {"nonPerformingDate": "2024-02-01"}, "nonPerformingDate"),
    ("PAM", {"scalingEffect": "XYZ"}, "scalingEffect"),
    ("PAM", {"someNewTerm": "1"}, "someNewTerm"),
    ("PAM", {"nextPrincipalRedemptionPayment": "5"}, "nextPrincipalRedemptionPayment"),
    ("PAM", {"interestCalculationBase": "NTL"}, "interestCalculationBase"),
    ("LAM", {"amortizationDate": "2024-06-01"}, "amortizationDate"),
    ("LAM", {"arrayCycleOfPrincipalRedemption": ["P1ML0"]}, "arrayCycleOfPrincipalRedemption"),
    ("LAM", {"interestCalculationBaseAmount": "7"}, "interestCalculationBaseAmount"),
    (
        "LAM",
        {"interestCalculationBase": "NTIED", "cycleOfInterestCalculationBase": "P1ML1"},
        "cycleOfInterestCalculationBase",
    ),
    ("LAM", {"notionalScalingMultiplier": "2"}, "notionalScalingMultiplier"),
]

INVALID = [
    ("PAM", {"notionalPrincipal": "many"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": "-1"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": "NaN"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": "Infinity"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": "1_000"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": "1e99"}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": True}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": ["1"]}, "notionalPrincipal"),
    ("PAM", {"notionalPrincipal": None}, "notionalPrincipal"),
    ("PAM", {"maturityDate": None}, "maturityDate"),
    ("PAM", {"maturityDate": "2024-01-01"}, "maturityDate"),
    ("PAM", {"maturityDate": "2024-02-30"}, "maturityDate"),
    ("PAM", {"maturityDate": 20240701}, "maturityDate"),
    ("PAM", {"currency": "C\tNY"}, "currency"),
    ("PAM", {"dayCountConvention": None}, "dayCountConvention"),
    ("PAM", {"cycleOfInterestPayment": "P1M"}, "cycleOfInterestPayment"),
    ("PAM", {"cycleOfInterestPayment": "P1DL1", "maturityDate": "2124-01-01"}, "cycleOfInterestPayment"),
    ("PAM", {"feeRate": "1"}, "feeBasis"),
    ("PAM", {"cycleOfFee": "P1ML1"}, "feeRate"),
    ("PAM", {"feeRate": "1", "feeBasis": "A"}, "cycleOfFee"),
    ("PAM", {"purchaseDate": "2024-03-01"}, "priceAtPurchaseDate"),
    ("PAM", {"terminationDate": "2024-03-01"}, "priceAtTerminationDate"),
    ("PAM", {"terminationDate": "2024-08-01", "priceAtTerminationDate": "1"}, "terminationDate"),
    ("PAM", {"purchaseDate": "2023-12-31", "priceAtPurchaseDate": "1"}, "purchaseDate"),
    ("PAM", {"cycleOfRateReset": "P1ML1"}, "marketObjectCodeOfRateReset"),
    ("PAM", {"cycleOfRateReset": "P1ML1", "marketObjectCodeOfRateReset": "X"}, "marketObjectCodeOfRateReset"),
    ("PAM", {"nextResetRate": "0.1"}, "cycleAnchorDateOfRateReset"),
    ("PAM", {"lifeCap": "0.1", "lifeFloor": "0.2"}, "lifeFloor"),
    ("PAM", {"scalingEffect": "INO"}, "marketObjectCodeOfScalingIndex"),
    ("LAM", {"cycleOfPrincipalRedemption": None}, "cycleOfPrincipalRedemption"),
    ("LAM", {"maturityDate": None, "nextPrincipalRedemptionPayment": None}, "maturityDate"),
    ("LAM", {"maturityDate": None, "nextPrincipalRedemptionPayment": "0.001"}, "nextPrincipalRedemptionPayment"),
    ("NAM", {"nextPrincipalRedemptionPayment": None}, "nextPrincipalRedemptionPayment"),
    ("NAM", {"maturityDate": None, "nextPrincipalRedemptionPayment": "12"}, "nextPrincipalRedemptionPayment"),
    ("NAM", {"interestCalculationBase": "NTL"}, "cycleOfInterestCalculationBase"),
    ("ANN", {"nominalInterestRate": "-60"}, "nominalInterestRate"),
    ("ANN", {"maturityDate": None}, "maturityDate"),
]


@pytest.mark.parametrize(("kind", "changes", "term"), UNSUPPORTED)
def test_an_unsupported_term_is_named(run: Run, kind: str, changes: dict[str, object], term: str) -> None:
    with pytest.raises(TermUnsupported) as caught:
        run(kind, **changes)
    assert caught.value.params["term"] == term
    assert term in str(caught.value)
    assert term in caught.value.message("zh")


@pytest.mark.parametrize(("kind", "changes", "term"), INVALID)
def test_an_invalid_term_is_named(run: Run, kind: str, changes: dict[str, object], term: str) -> None:
    with pytest.raises(TermInvalid) as caught:
        run(kind, **changes)
    assert caught.value.params["term"] == term


def test_parties_papers_and_defaults_change_nothing(run: Run) -> None:
    plain = run("PAM")
    assert plain == run(
        "PAM",
        creatorID="a",
        counterpartyID="b",
        seniority="S",
        marketObjectCode="c",
        contractPerformance="PF",
        prepaymentEffect="N",
        settlementCurrency="CNY",
        delinquencyRate="0",
        purchaseDate="",
    )


@pytest.mark.parametrize("value", [1200, 1200.0, Decimal(1200), "1200", "  1200 ", "1.2e3"])
def test_a_number_may_come_in_any_form(run: Run, value: object) -> None:
    assert run("PAM", notionalPrincipal=value) == run("PAM")


def test_a_float_is_read_as_it_was_written(run: Run) -> None:
    assert run("PAM", nominalInterestRate=0.1)[1].payoff == 10


@pytest.mark.parametrize(
    ("member", "value"),
    [("eventsObserved", [{"type": "PP"}]), ("to", "soon"), ("terms", "none"), ("extra", 1), ("dataObserved", [])],
)
def test_a_case_is_held_to_its_form(build: Build, member: str, value: object) -> None:
    case = build("PAM", cycleAnchorDateOfRateReset="2024-02-01", marketObjectCodeOfRateReset="X")
    case[member] = value
    with pytest.raises(ScheduleError) as caught:
        evaluate(case)
    assert caught.value.params["term"] == member


def test_an_observation_is_never_guessed_and_never_ambiguous(build: Build) -> None:
    case = build(
        "PAM",
        observed={"X": {"2024-01-31": "0.05", "2024-02-02": "0.05"}},
        cycleAnchorDateOfRateReset="2024-02-01",
        marketObjectCodeOfRateReset="X",
    )
    with pytest.raises(TermInvalid, match="X has no observation for 2024-02-01"):
        evaluate(case)
    twice = [{"timestamp": "2024-02-01", "value": "0.05"}, {"timestamp": "2024-02-01T00:00", "value": "0.06"}]
    case["dataObserved"] = {"X": {"identifier": "X", "data": twice}}
    with pytest.raises(TermInvalid, match="two values"):
        evaluate(case)


def test_a_huge_value_is_quoted_briefly(run: Run) -> None:
    with pytest.raises(TermUnsupported) as caught:
        run("PAM", someNewTerm="x" * 10_000)
    assert len(str(caught.value)) < 200
