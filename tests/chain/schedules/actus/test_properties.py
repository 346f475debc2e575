"""What holds for every contract the engine computes, over generated terms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.actus import Event, evaluate
from chain.schedules.calendars import CONVENTIONS
from chain.schedules.dates import parse_moment

Build = Callable[..., dict[str, object]]
Terms = dict[str, object]

ORDER = {
    kind: place for place, kind in enumerate(("IED", "FP", "PR", "IP", "IPCI", "RRF", "RR", "PRF", "SC", "IPCB", "MD"))
}
NEGLIGIBLE = Decimal("1e-30")

rates = st.integers(0, 360_000).map(lambda millionths: str(Decimal(millionths) / 1_000_000))
amounts = st.integers(1, 10**12).map(lambda cents: str(Decimal(cents) / 100))
cycles = st.sampled_from(["P1ML0", "P1ML1", "P2WL1", "P3ML0", "P1QL1", "P10DL0", "P1YL1", "P1HL0"])


@st.composite
def terms(draw: st.DrawFn, kinds: tuple[str, ...] = ("PAM", "LAM", "NAM", "ANN")) -> Terms:
    kind = draw(st.sampled_from(kinds))
    start = draw(st.dates(date(2000, 1, 1), date(2040, 12, 31)))
    anchor = start + timedelta(days=draw(st.integers(0, 100)))
    end = anchor + timedelta(days=draw(st.integers(30, 1_500)))
    cycle = draw(cycles)
    notional = draw(amounts)
    chosen: Terms = {
        "contractType": kind,
        "contractRole": draw(st.sampled_from(["RPA", "RPL"])),
        "statusDate": str(start - timedelta(days=1)),
        "initialExchangeDate": str(start),
        "maturityDate": str(end) + draw(st.sampled_from(["", "T00:00", "T23:59:59"])),
        "notionalPrincipal": notional,
        "nominalInterestRate": draw(rates),
        "dayCountConvention": draw(st.sampled_from(["AA", "A360", "A365", "30E360", "30E360ISDA", "30360", "28E336"])),
        "endOfMonthConvention": draw(st.sampled_from(["SD", "EOM"])),
        "calendar": "MF",
        "businessDayConvention": draw(st.sampled_from(sorted(CONVENTIONS))),
        "cycleAnchorDateOfInterestPayment": str(anchor),
        "cycleOfInterestPayment": cycle,
    }
    if kind != "PAM":
        chosen |= {
            "cycleAnchorDateOfPrincipalRedemption": str(anchor),
            "cycleOfPrincipalRedemption": cycle,
            "nextPrincipalRedemptionPayment": None,
        }
    if kind == "NAM" or (kind == "LAM" and draw(st.booleans())):
        chosen["nextPrincipalRedemptionPayment"] = str(round(Decimal(notional) / draw(st.integers(1, 64)), 8))
    return chosen


def events_of(build: Build, chosen: Terms, **changes: object) -> list[Event]:
    return evaluate(build(str(chosen["contractType"]), **{**chosen, **changes}))


@given(chosen=terms())
def test_dates_rise_and_kinds_keep_the_standard_order(build: Build, chosen: Terms) -> None:
    keys = [(parse_moment(event.date), ORDER[event.kind]) for event in events_of(build, chosen)]
    assert keys == sorted(keys)
    assert events_of(build, chosen)[0].kind == "IED"
    assert events_of(build, chosen)[-1].kind == "MD"


@given(chosen=terms())
def test_what_is_redeemed_is_what_was_lent(build: Build, chosen: Terms) -> None:
    events = events_of(build, chosen)
    redeemed = sum(event.payoff for event in events if event.kind in ("PR", "MD"))
    assert abs(redeemed + events[0].payoff) <= NEGLIGIBLE * Decimal(str(chosen["notionalPrincipal"]))
    assert events[-1].notional_principal == events[-1].accrued_interest == 0


@given(chosen=terms(kinds=("PAM", "LAM", "ANN")))
def test_the_outstanding_never_changes_its_side(build: Build, chosen: Terms) -> None:
    sign = 1 if chosen["contractRole"] == "RPA" else -1
    slack = NEGLIGIBLE * Decimal(str(chosen["notionalPrincipal"]))
    for event in events_of(build, chosen):
        assert event.notional_principal * sign >= -slack
        assert event.payoff * sign >= -slack or event.kind in ("IED", "PR")


@given(chosen=terms(), factor=st.integers(2, 1_000))
def test_figures_scale_with_the_notional(build: Build, chosen: Terms, factor: int) -> None:
    payment = chosen.get("nextPrincipalRedemptionPayment")
    larger = events_of(
        build,
        chosen,
        notionalPrincipal=str(Decimal(str(chosen["notionalPrincipal"])) * factor),
        nextPrincipalRedemptionPayment=payment and str(Decimal(str(payment)) * factor),
    )
    for one, many in zip(events_of(build, chosen), larger, strict=True):
        tolerance = NEGLIGIBLE * factor * Decimal(str(chosen["notionalPrincipal"]))
        assert (one.date, one.kind) == (many.date, many.kind)
        assert abs(one.payoff * factor - many.payoff) <= tolerance
        assert abs(one.accrued_interest * factor - many.accrued_interest) <= tolerance


@given(chosen=terms())
def test_a_zero_rate_bears_no_interest(build: Build, chosen: Terms) -> None:
    events = events_of(build, chosen, nominalInterestRate="0")
    assert all(event.payoff == 0 for event in events if event.kind == "IP")
    assert all(event.accrued_interest == 0 for event in events)


@given(chosen=terms(kinds=("ANN",)))
def test_an_annuity_pays_the_same_at_every_date(build: Build, chosen: Terms) -> None:
    events = events_of(build, chosen)
    paid: dict[str, Decimal] = {}
    redemptions = {event.date for event in events if event.kind in ("PR", "MD")}
    for event in events[1:]:
        if event.date in redemptions:
            paid[event.date] = paid.get(event.date, Decimal(0)) + event.payoff
    if len(redemptions) == sum(event.kind in ("PR", "MD") for event in events):  # shifts can merge two dates
        amounts = list(paid.values())
        assert max(amounts) - min(amounts) <= NEGLIGIBLE * Decimal(str(chosen["notionalPrincipal"]))


@given(chosen=terms())
def test_capitalising_everything_moves_all_interest_to_maturity(build: Build, chosen: Terms) -> None:
    if chosen["contractType"] != "PAM":
        return
    events = events_of(build, chosen, capitalizationEndDate=chosen["maturityDate"])
    assert {event.kind for event in events} == {"IED", "IPCI", "MD"}
    assert [event.payoff for event in events[1:-1]] == [0] * (len(events) - 2)
    assert abs(events[-1].payoff) >= abs(events[0].payoff)


@given(chosen=terms(), share=st.integers(0, 100))
def test_a_stop_date_cuts_and_changes_nothing_before_it(build: Build, chosen: Terms, share: int) -> None:
    whole = events_of(build, chosen)
    stop = whole[len(whole) * share // 101].date
    cut = events_of(build, chosen, to=stop)
    assert cut == [event for event in whole if parse_moment(event.date) <= parse_moment(stop)]
