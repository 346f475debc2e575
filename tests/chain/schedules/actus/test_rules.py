"""Each rule of the engine on a contract small enough to work by hand: 1,200 at 12 percent, months of 30 days."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D

import pytest

from chain.schedules.actus import Event, as_json

Run = Callable[..., list[Event]]
Rows = Callable[..., list[tuple[str, str, D]]]
INDEX = "INDEX"


def kinds(events: list[Event]) -> list[str]:
    return [each.kind for each in events]


def near(value: D, expected: D | int) -> bool:
    return abs(value - expected) < D("1e-30")


def level(principal: D | int, months: int) -> D:
    """The textbook annuity at one percent a month."""
    return principal * D("0.01") / (1 - 1 / D("1.01") ** months)


def test_pam_pays_interest_each_month_and_principal_at_maturity(run: Run, rows: Rows) -> None:
    months = ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01"]
    expected = [("2024-01-01", "IED", -1200), *((month, "IP", 12) for month in months), ("2024-07-01", "MD", 1200)]
    assert rows(run("PAM")) == expected


def test_the_other_role_mirrors_every_figure(run: Run) -> None:
    for kind in ("PAM", "LAM", "NAM", "ANN"):
        for asset, liability in zip(run(kind), run(kind, contractRole="RPL"), strict=True):
            assert asset.payoff == -liability.payoff
            assert asset.notional_principal == -liability.notional_principal
            assert asset.accrued_interest == -liability.accrued_interest


def test_lam_redeems_in_equal_parts_given_or_computed(run: Run, rows: Rows) -> None:
    given = run("LAM")
    assert [payoff for _, _, payoff in rows(given, "PR")] == [200] * 5
    assert [payoff for _, _, payoff in rows(given, "IP")] == [12, 10, 8, 6, 4, 2]
    assert rows(run("LAM", nextPrincipalRedemptionPayment=None)) == rows(given)


def test_lam_never_redeems_more_than_is_left(run: Run, rows: Rows) -> None:
    events = run("LAM", nextPrincipalRedemptionPayment="500")
    assert [payoff for _, _, payoff in rows(events, "PR", "MD")] == [500, 500, 200, 0, 0, 0]


def test_lam_maturity_follows_from_the_payments(run: Run) -> None:
    assert run("LAM", maturityDate=None)[-1].date == "2024-07-01T00:00:00"
    assert run("LAM", maturityDate=None, nextPrincipalRedemptionPayment="500")[-1].date == "2024-04-01T00:00:00"


def test_lam_maturity_of_a_running_contract_counts_from_its_next_payment(run: Run) -> None:
    events = run("LAM", maturityDate=None, statusDate="2024-03-15", notionalPrincipal="800")
    assert [each.date[:10] for each in events if each.kind in ("PR", "MD")] == [
        "2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01",
    ]  # fmt: skip
    assert sum(each.payoff for each in events if each.kind in ("PR", "MD")) == 800


def test_nam_redeems_what_the_payment_leaves_after_interest(run: Run, rows: Rows) -> None:
    events = run("NAM")
    assert rows(events, "PR")[:2] == [("2024-02-01", "PR", 88), ("2024-03-01", "PR", D("88.88"))]
    assert rows(events, "IP")[:2] == [("2024-02-01", "IP", 12), ("2024-03-01", "IP", D("11.12"))]


def test_nam_adds_to_the_notional_when_the_payment_is_below_the_interest(run: Run) -> None:
    events = run("NAM", nextPrincipalRedemptionPayment="10")
    first = next(each for each in events if each.kind == "PR")
    assert (first.payoff, first.notional_principal) == (-2, 1202)


def test_ann_pays_level_instalments_that_redeem_exactly(run: Run) -> None:
    events = run("ANN")
    assert kinds(events)[:3] == ["IED", "PRF", "PR"]
    assert events[1].date == "2024-01-31T00:00:00"
    paid: dict[str, D] = {}
    for each in events[1:]:
        paid[each.date] = paid.get(each.date, D(0)) + each.payoff
    instalments = [amount for amount in paid.values() if amount]
    assert len(instalments) == 6
    assert all(near(amount, level(1200, 6)) for amount in instalments)


def test_ann_fixes_the_payment_anew_after_a_reset_off_the_payment_days(run: Run) -> None:
    events = run(
        "ANN",
        observed={INDEX: {"2024-03-16": "0.24"}},
        cycleAnchorDateOfRateReset="2024-03-16",
        marketObjectCodeOfRateReset=INDEX,
    )
    assert kinds(events)[6:8] == ["RR", "PRF"]
    after = [each for each in events if each.date > "2024-03-16T00:00:00"]
    paid = {each.date: sum(e.payoff for e in after if e.date == each.date) for each in after}
    amounts = list(paid.values())
    assert len(amounts) == 4
    assert max(amounts) - min(amounts) < D("1e-30")
    # What is owed on 1 April, half a month at each rate on the balance after two payments, then 2 percent a month.
    balance = (1200 * D("1.01") - level(1200, 6)) * D("1.01") - level(1200, 6)
    owed = balance * (1 + D("0.005") + D("0.01"))
    assert near(amounts[0], owed / (1 + 1 / D("1.02") + 1 / D("1.02") ** 2 + 1 / D("1.02") ** 3))


def test_ann_with_a_given_payment_lists_no_fixing_but_stays_level_after_a_reset(run: Run) -> None:
    reset = {"cycleAnchorDateOfRateReset": "2024-03-01", "marketObjectCodeOfRateReset": INDEX}
    observed = {INDEX: {"2024-03-01": "0.06"}}
    given = run("ANN", observed=observed, nextPrincipalRedemptionPayment=str(level(1200, 6))[:40], **reset)
    fixed = run("ANN", observed=observed, **reset)
    assert "PRF" not in kinds(given)
    assert near(given[-1].payoff, fixed[-1].payoff)


def test_ann_amortises_to_its_amortisation_date_and_balloons_at_maturity(run: Run) -> None:
    events = run("ANN", amortizationDate="2025-01-01")
    instalment = sum(each.payoff for each in events if each.date.startswith("2024-02-01"))
    assert near(instalment, level(1200, 12))
    still_owed = instalment * (1 - 1 / D("1.01") ** 6) / D("0.01")
    assert near(events[-1].payoff + events[-2].payoff - instalment, still_owed)


def test_a_first_redemption_on_the_exchange_day_needs_no_fixing_event(run: Run) -> None:
    first = "2024-01-01"
    events = run("ANN", cycleAnchorDateOfPrincipalRedemption=first, cycleAnchorDateOfInterestPayment=first)
    assert kinds(events)[:3] == ["IED", "PR", "IP"]
    assert near(events[1].payoff, events[-1].payoff + events[-2].payoff)


def test_interest_follows_the_redemptions_of_an_annuity_without_an_interest_cycle(run: Run, rows: Rows) -> None:
    bare = {"cycleAnchorDateOfInterestPayment": None, "cycleOfInterestPayment": None}
    assert rows(run("ANN", **bare)) == rows(run("ANN"))


def test_capitalised_interest_raises_the_notional_until_its_end_date(run: Run, rows: Rows) -> None:
    events = run("PAM", capitalizationEndDate="2024-03-16")
    assert rows(events, "IPCI") == [("2024-02-01", "IPCI", 0), ("2024-03-01", "IPCI", 0), ("2024-03-16", "IPCI", 0)]
    assert [each.notional_principal for each in events if each.kind == "IPCI"] == [1212, D("1224.12"), D("1230.2406")]
    assert rows(events, "IP")[0] == ("2024-04-01", "IP", D("6.151203"))
    assert events[-1].payoff == D("1230.2406")


def test_a_capitalisation_end_on_an_interest_date_leaves_one_event(run: Run, rows: Rows) -> None:
    assert rows(run("PAM", capitalizationEndDate="2024-03-01"), "IPCI", "IP")[:3] == [
        ("2024-02-01", "IPCI", 0), ("2024-03-01", "IPCI", 0), ("2024-04-01", "IP", D("12.2412")),
    ]  # fmt: skip


def test_a_capitalisation_beyond_maturity_capitalises_to_the_end(run: Run) -> None:
    events = run("PAM", capitalizationEndDate="2025-01-01")
    assert kinds(events) == ["IED", *["IPCI"] * 6, "MD"]
    assert events[-1].payoff == 1200 * D("1.01") ** 6


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, ["0.22", "0.02"]),
        ({"lifeCap": "0.15"}, ["0.15", "0.02"]),
        ({"lifeFloor": "0.05"}, ["0.22", "0.05"]),
        ({"periodCap": "0.01"}, ["0.13", "0.02"]),
        ({"periodFloor": "-0.05"}, ["0.22", "0.17"]),
        ({"periodFloor": "0.05"}, ["0.22", "0.17"]),
        ({"periodCap": "0.05", "lifeCap": "0.16"}, ["0.16", "0.02"]),
        ({"rateMultiplier": "0.5"}, ["0.12", "0.02"]),
        ({"rateSpread": "-0.01"}, ["0.19", "-0.01"]),
        ({"nextResetRate": "0.06"}, ["0.06", "0.02"]),
    ],
)
def test_a_reset_applies_multiplier_spread_and_bounds(run: Run, bounds: dict[str, str], expected: list[str]) -> None:
    terms = {
        "cycleAnchorDateOfRateReset": "2024-02-01",
        "cycleOfRateReset": "P2ML1",
        "marketObjectCodeOfRateReset": INDEX,
        "rateSpread": "0.02",
        **bounds,
    }
    observed = {INDEX: {"2024-02-01": "0.20", "2024-04-01": "0", "2024-06-01": "0.1"}}
    events = run("PAM", observed=observed, **terms)
    resets = [each for each in events if each.kind in ("RR", "RRF")]
    assert [each.nominal_interest_rate for each in resets[:2]] == [D(rate) for rate in expected]
    assert resets[0].kind == ("RRF" if "nextResetRate" in bounds else "RR")


def test_a_reset_reads_its_own_day_first_and_its_fixing_day_else(run: Run) -> None:
    terms = {"cycleAnchorDateOfRateReset": "2024-03-01", "marketObjectCodeOfRateReset": INDEX, "fixingDays": "P2D"}
    both = run("PAM", observed={INDEX: {"2024-02-28": "0.05", "2024-03-01": "0.07"}}, **terms)
    early = run("PAM", observed={INDEX: {"2024-02-28": "0.05", "2024-02-29": "0.06"}}, **terms)
    before = run("PAM", observed={INDEX: {"2024-02-28": "0.05"}}, **terms)
    rates = [
        next(each.nominal_interest_rate for each in events if each.kind == "RR") for events in (both, early, before)
    ]
    assert rates == [D("0.07"), D("0.05"), D("0.05")]


def test_a_moved_reset_reads_its_scheduled_day_first(run: Run) -> None:
    terms = {
        "cycleAnchorDateOfRateReset": "2024-06-01",  # a Saturday
        "marketObjectCodeOfRateReset": INDEX,
        "calendar": "MF",
        "businessDayConvention": "SCF",
    }
    for observed in ({"2024-06-01": "0.05", "2024-06-03": "0.07"}, {"2024-06-03": "0.05"}):
        reset = next(each for each in run("PAM", observed={INDEX: observed}, **terms) if each.kind == "RR")
        assert (reset.date, reset.nominal_interest_rate) == ("2024-06-03T00:00:00", D("0.05"))


def test_a_lagged_base_changes_only_on_its_own_dates(run: Run, rows: Rows) -> None:
    events = run(
        "LAM",
        interestCalculationBase="NTL",
        interestCalculationBaseAmount="1000",
        cycleAnchorDateOfInterestCalculationBase="2024-04-01",
        cycleOfInterestCalculationBase="P2ML1",
    )
    assert [payoff for _, _, payoff in rows(events, "IP")] == [10, 10, 10, 6, 6, 2]
    assert rows(events, "IPCB") == [("2024-04-01", "IPCB", 0), ("2024-06-01", "IPCB", 0)]


def test_a_base_fixed_at_the_exchange_never_changes(run: Run, rows: Rows) -> None:
    events = run("LAM", interestCalculationBase="NTIED")
    assert [payoff for _, _, payoff in rows(events, "IP")] == [12] * 6


@pytest.mark.parametrize(
    ("effect", "interest", "principal"),
    [("INO", "36", "600"), ("IN0", "36", "600"), ("IOO", "36", "200"), ("ONO", "12", "600"), ("000", "12", "200")],
)
def test_scaling_multiplies_what_its_effect_names(run: Run, effect: str, interest: str, principal: str) -> None:
    events = run(
        "LAM",
        observed={"CPI": {"2024-01-15": "300", "2024-04-15": "50"}},
        scalingEffect=effect,
        marketObjectCodeOfScalingIndex="CPI",
        scalingIndexAtContractDealDate="100",
        cycleAnchorDateOfScalingIndex="2024-01-15",
        cycleOfScalingIndex="P3ML1",
    )
    first = {each.kind: each.payoff for each in reversed(events)}
    assert (first["IP"], first["PR"]) == (D(interest), D(principal))
    assert ("SC" in first) == (effect != "000")
    assert events[-1].payoff == D(200) * (D("0.5") if effect[1] == "N" else 1)


def test_premium_and_accrued_interest_count_at_the_exchange(run: Run, rows: Rows) -> None:
    events = run("PAM", premiumDiscountAtIED="-50", accruedInterest="7")
    assert rows(events)[0] == ("2024-01-01", "IED", -1150)
    assert rows(events, "IP")[0] == ("2024-02-01", "IP", 19)


def test_an_interest_anchor_before_the_exchange_brings_its_interest_with_it(run: Run, rows: Rows) -> None:
    events = run("PAM", cycleAnchorDateOfInterestPayment="2023-12-16")
    assert events[0].accrued_interest == 6
    assert rows(events, "IP")[0] == ("2024-01-16", "IP", 12)


def test_a_purchase_hides_what_was_before_it_and_pays_price_and_accrual(run: Run, rows: Rows) -> None:
    events = run("LAM", purchaseDate="2024-03-16", priceAtPurchaseDate="900")
    assert rows(events)[0] == ("2024-03-16", "PRD", -904)
    assert (events[0].notional_principal, events[0].accrued_interest) == (800, 4)
    assert rows(events)[1:3] == [("2024-04-01", "PR", 200), ("2024-04-01", "IP", 8)]


def test_a_purchase_on_a_payment_day_comes_after_the_payment(run: Run, rows: Rows) -> None:
    assert rows(run("LAM", purchaseDate="2024-03-01", priceAtPurchaseDate="900"))[0] == ("2024-03-01", "PRD", -900)


def test_a_termination_pays_price_and_accrual_and_ends_everything(run: Run, rows: Rows) -> None:
    events = run("LAM", terminationDate="2024-03-16", priceAtTerminationDate="810")
    assert rows(events)[-1] == ("2024-03-16", "TD", 814)
    assert (events[-1].notional_principal, events[-1].accrued_interest) == (0, 0)
    liability = run("LAM", contractRole="RPL", terminationDate="2024-03-16", priceAtTerminationDate="810")
    assert liability[-1].payoff == -(810 - D(4))


def test_fees_on_the_notional_and_absolute_fees(run: Run, rows: Rows) -> None:
    cycle = {"cycleAnchorDateOfFee": "2024-02-01", "cycleOfFee": "P3ML1", "feeRate": "0.01"}
    relative = run("LAM", feeBasis="N", feeAccrued="5", **cycle)
    # 5 given, then 1200, 1000, 800, 600, 400 and 200 for a month each at one percent a year
    assert rows(relative, "FP") == [("2024-02-01", "FP", 6), ("2024-05-01", "FP", 2), ("2024-07-01", "FP", D("0.5"))]
    absolute = run("PAM", feeBasis="A", **{**cycle, "feeRate": "3"})
    assert rows(absolute, "FP") == [("2024-02-01", "FP", 3), ("2024-05-01", "FP", 3), ("2024-07-01", "FP", 3)]


def test_fees_without_a_cycle_are_paid_at_maturity(run: Run) -> None:
    assert run("PAM", feeBasis="N", feeRate="0.01")[-1].payoff == 1206


@pytest.mark.parametrize(
    ("convention", "dates", "interest"),
    [
        ("SCF", ["2024-06-03", "2024-09-02", "2024-12-02"], ["60.8", "35.6", "36"]),
        ("CSF", ["2024-06-03", "2024-09-02", "2024-12-02"], ["60", "36", "36"]),
        ("SCP", ["2024-05-31", "2024-08-30", "2024-11-29"], ["59.6", "36", "35.6"]),
        ("CSP", ["2024-05-31", "2024-08-30", "2024-11-29"], ["60", "36", "36"]),
        ("NOS", ["2024-06-01", "2024-09-01", "2024-12-01"], ["60", "36", "36"]),
    ],
)
def test_a_shift_moves_the_date_and_only_shift_calculate_the_interest(
    run: Run, convention: str, dates: list[str], interest: list[str]
) -> None:
    # 2024-06-01 is a Saturday, 2024-09-01 and 2024-12-01 are Sundays; 40 fen a day, in months of 30 days.
    events = run(
        "PAM",
        maturityDate="2024-12-01",
        cycleAnchorDateOfInterestPayment="2024-06-01",
        cycleOfInterestPayment="P3ML1",
        calendar="MF",
        businessDayConvention=convention,
    )
    payments = [each for each in events if each.kind == "IP"]
    assert [each.date[:10] for each in payments] == dates
    assert events[-1].date[:10] == dates[-1]
    assert [each.payoff for each in payments] == [D(amount) for amount in interest]


def test_an_end_of_day_maturity_earns_the_day_and_prints_as_given(run: Run) -> None:
    events = run("PAM", maturityDate="2024-06-30T23:59:59", dayCountConvention="A365")
    assert [each.date for each in events[-2:]] == ["2024-06-30T23:59:59"] * 2
    assert near(events[-2].payoff, D(1200) * D("0.12") * 30 / 365)


def test_a_running_contract_starts_from_its_status_date(run: Run, rows: Rows) -> None:
    events = run("LAM", statusDate="2024-03-16", notionalPrincipal="800")
    assert rows(events)[:2] == [("2024-04-01", "PR", 200), ("2024-04-01", "IP", 8)]
    given = run("LAM", statusDate="2024-03-16", notionalPrincipal="800", accruedInterest="5")
    assert rows(given, "IP")[0] == ("2024-04-01", "IP", 9)


def test_what_falls_on_the_status_date_is_past(run: Run, rows: Rows) -> None:
    events = run("LAM", statusDate="2024-03-01", notionalPrincipal="800")
    assert rows(events)[:2] == [("2024-04-01", "PR", 200), ("2024-04-01", "IP", 8)]


def test_the_last_day_asked_for_is_included_and_nothing_after_it(run: Run) -> None:
    whole, cut = run("LAM"), run("LAM", to="2024-03-01T00:00")
    assert cut == [each for each in whole if each.date <= "2024-03-01T00:00:00"]


def test_without_an_interest_rate_there_is_no_interest(run: Run) -> None:
    bare = run("PAM", nominalInterestRate=None, dayCountConvention=None)
    assert kinds(bare) == ["IED", "MD"]


def test_json_keeps_every_digit_as_plain_text(run: Run) -> None:
    third = as_json(run("PAM", dayCountConvention="A365")[1])
    assert third["payoff"].startswith("12.2301369863013698630136986301369863")
    assert third["accruedInterest"] == "0"
    assert as_json(run("PAM", notionalPrincipal="1.2E+6")[0])["payoff"] == "-1200000"
