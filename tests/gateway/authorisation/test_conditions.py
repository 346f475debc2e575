"""Amounts, hours and whose person it is: the conditions of a change, on values alone."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.approvals.service import same_person
from gateway.auth.actors import Actor
from gateway.authorisation.conditions import amount_of, limit_of, values_at
from gateway.authorisation.hours import WorkingHours
from gateway.authorisation.permissions import table
from gateway.settings import SeatSettings

RULES = table().rules
AMOUNTS = st.integers(1, 10**14)


def cny(minor: int) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "currency": "CNY"}


def settings(**more) -> SeatSettings:
    return SeatSettings(seat="bank", role="bank", rpc_url="http://127.0.0.1:1", **more)


def client(*roles: str) -> Actor:
    return Actor("client:acme", "client", "seat", frozenset(roles))


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_the_amount_of_a_batch_is_the_sum_of_its_items(amounts):
    body = {"items": [{"amount": cny(minor), "loan": "0x"} for minor in amounts]}
    assert amount_of(RULES["POST", "/v1/repayments:batch"], body) == sum(amounts)


@given(AMOUNTS)
def test_the_amount_of_a_proposal_is_its_principal_and_not_its_parts(minor):
    body = {"terms": {"principal": cny(minor), "fees": [{"amount": cny(5)}]}}
    assert amount_of(RULES["POST", "/v1/loans"], body) == minor


def test_a_change_without_an_amount_has_none():
    assert amount_of(RULES["POST", "/v1/day-ends"], {"through": "2026-01-05"}) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)
    )
)
def test_looking_for_values_in_any_body_finds_or_finds_nothing(body):
    if isinstance(body, dict):
        assert isinstance(values_at(body, "a.b"), list)


@pytest.mark.parametrize(
    ("limits", "roles", "limit"),
    [
        ({}, ("booking",), None),
        ({"booking": 5}, ("booking",), 5),
        ({"booking": 5, "lending": 9}, ("booking", "lending"), 9),
        ({"booking": 5}, ("booking", "lending"), None),
        ({"booking": 5, "client:acme": 2}, ("booking",), 2),
        ({"client:acme": 2}, ("booking",), 2),
        ({"client:other": 2}, ("booking",), None),
    ],
)
def test_an_actor_s_own_limit_comes_before_that_of_its_roles(limits, roles, limit):
    assert limit_of(settings(amount_limits=limits), client(*roles)) == limit


SHANGHAI = WorkingHours(start=time(8), end=time(18), zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), True),  # Monday, 08:00 in Shanghai
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 9, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 10, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 6, 16, 0, tzinfo=UTC), False),  # Saturday there
    ],
)
def test_hours_are_those_of_their_zone(moment, inside):
    assert SHANGHAI.contain(moment) is inside


def test_hours_may_go_over_midnight():
    night = WorkingHours(start=time(22), end=time(6))
    assert night.contain(datetime(2026, 3, 2, 23, tzinfo=UTC))
    assert night.contain(datetime(2026, 3, 2, 5, tzinfo=UTC))
    assert not night.contain(datetime(2026, 3, 2, 12, tzinfo=UTC))


def test_an_unknown_zone_is_refused_when_the_settings_are_read():
    with pytest.raises(ValueError, match="time zone"):
        settings(working_hours={"booking": {"start": "08:00", "end": "18:00", "zone": "Asia/Atlantis"}})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("operator:an", "operator:an", True),
        ("operator:an", "person:an", True),
        ("operator:An", "person:an", True),
        ("operator:an", "operator:bo", False),
        ("person:an", "client:acme", False),
        ("an", "an", True),
        ("an", "bo", False),
    ],
)
def test_one_name_by_two_kinds_of_token_is_one_person(one, other, same):
    assert same_person(one, other) is same
