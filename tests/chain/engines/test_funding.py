"""Top-ups on chains of others: enough for everybody, out of what is there, or a plain refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.engines.errors import FundsMissing
from chain.engines.funding import NEEDED_GAS, TARGET_GAS, shares

NAMES = ("deployer", "platform", "bank", "regulator")
BALANCES = st.fixed_dictionaries({name: st.integers(0, 10**12) for name in NAMES})


def test_nothing_moves_where_gas_is_free() -> None:
    assert shares(dict.fromkeys(NAMES, 0), price=0) == ()


def test_nothing_moves_where_all_have_enough() -> None:
    assert shares(dict.fromkeys(NAMES, TARGET_GAS), price=1) == ()


def test_the_richest_tops_up_the_others_to_the_target() -> None:
    moved = shares({"deployer": 0, "platform": 0, "bank": 10 * TARGET_GAS, "regulator": TARGET_GAS - 1}, price=1)
    assert {(step.source, step.to, step.wei) for step in moved} == {
        ("bank", "deployer", TARGET_GAS),
        ("bank", "platform", TARGET_GAS),
    }


def test_little_is_shared_evenly() -> None:
    moved = shares({"deployer": 4 * NEEDED_GAS + 100_000, "platform": 0, "bank": 0, "regulator": 0}, price=1)
    assert len({step.wei for step in moved}) == 1
    assert all(step.wei >= NEEDED_GAS for step in moved)


def test_somebody_with_half_of_it_already_gets_nothing_when_little_is_there() -> None:
    half = TARGET_GAS // 2
    moved = shares({"deployer": half, "platform": half - 1, "bank": 0, "regulator": 0}, price=1)
    assert {step.to for step in moved} == {"bank", "regulator"}


def test_too_little_is_refused_with_account_and_need() -> None:
    with pytest.raises(FundsMissing, match=f"has 5 wei but needs {NEEDED_GAS * 3} wei"):
        shares({"deployer": 5, "platform": 5, "bank": 5, "regulator": 5}, price=3)


@given(balances=BALANCES, price=st.integers(1, 2_000))
def test_after_the_transfers_everybody_can_pay_or_nothing_moves(balances: dict[str, int], price: int) -> None:
    try:
        moved = shares(balances, price)
    except FundsMissing:
        needed = NEEDED_GAS * price
        lacking = sum(max(0, needed - wei) for wei in balances.values())
        spare = max(balances.values()) - needed - 3 * 21_000 * price
        assert lacking > spare - len(NAMES)  # even the richest could not fill the others up
        return
    after = dict(balances)
    for step in moved:
        assert step.wei > 0
        after[step.source] -= step.wei + 21_000 * price
        after[step.to] += step.wei
    assert sum(after.values()) == sum(balances.values()) - len(moved) * 21_000 * price
    assert all(wei >= NEEDED_GAS * price for wei in after.values())
