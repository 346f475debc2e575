"""How often somebody may call: per principal and route, whoever they say they are and however deep the route lies."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from gateway.app import create_app
from gateway.auth.peers import peer_address, peer_key
from gateway.auth.rate_limits import SIGN_IN_ROUTES
from gateway.auth.rate_window import MemoryWindow
from gateway.auth.service import issue_token
from gateway.authorisation.permissions import table
from gateway.settings import SeatSettings, load_settings

LIMITS = {"auth_rate_anonymous": "5/minute", "auth_rate_client": "8/minute", "auth_rate_sign_in": "3/minute"}
PROXY = ipaddress.ip_network("10.0.0.0/8")


@pytest.fixture(scope="module")
def state(make_ledger):
    return make_ledger().state


@pytest.fixture
def serve_limited(state) -> Iterator[Callable[..., Callable[..., TestClient]]]:
    """The platform's application with strict limits, and with routers in routers; gives clients by their address."""
    stops: list[Callable[[], None]] = []

    def make(**changes: Any) -> Callable[..., TestClient]:
        settings = load_settings(state, "platform").model_copy(update=LIMITS | changes)
        app = create_app(state, settings)
        inner, middle, outer = APIRouter(), APIRouter(), APIRouter()

        @inner.get("/deep/{thing}/of/{other}")
        def deep(thing: str, other: str) -> str:
            return thing + other

        middle.include_router(inner, prefix="/middle/{place}")
        outer.include_router(middle, prefix="/outer")
        app.include_router(outer, prefix="/v1")
        stops.append(app.state.seat.stop)
        return lambda address="203.0.113.9": TestClient(app, client=(address, 1234))

    yield make
    for stop in stops:
        stop()


def statuses(client: TestClient, count: int, path: str = "/v1/loans/0x{:064x}", **more: Any) -> list[int]:
    return [client.get(path.format(number), **more).status_code for number in range(count)]


def test_security_19_rate_limit_on_nested_routers(serve_limited):
    """Other ids in the path are the same route, three routers deep; other routes have limits of their own."""
    at = serve_limited()
    client = at()
    nested = [client.get(f"/v1/outer/middle/{n}/deep/a{n}/of/b{n}").status_code for n in range(8)]
    assert nested[5:] == [429] * 3
    assert 429 not in nested[:5]
    refused = client.get("/v1/outer/middle/x/deep/y/of/z")
    assert refused.json()["params"]["route"] == "/v1/outer/middle/{place}/deep/{thing}/of/{other}"
    assert statuses(client, 7) == [401] * 5 + [429] * 2
    unknown = [client.get(f"/v1/nothing/{secrets.token_hex(4)}/{'x/' * n}").status_code for n in range(8)]
    assert unknown == [404] * 5 + [429] * 3


def test_security_19_spoofed_forwarding_headers_change_nothing(serve_limited):
    client = serve_limited()()
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP")
    spoofed = [
        client.get(
            f"/v1/loans/0x{n:064x}",
            headers={name: f"for=198.51.100.{n}" if name == "Forwarded" else f"198.51.100.{n}" for name in names},
        ).status_code
        for n in range(8)
    ]
    assert spoofed == [401] * 5 + [429] * 3


def test_security_19_behind_a_trusted_proxy_the_last_untrusted_address_counts(serve_limited):
    """What the caller wrote itself stands left of what the proxy added, and is not looked at."""
    at = serve_limited(auth_trusted_proxies=(PROXY,))
    proxy = at("10.1.2.3")
    one = [
        statuses(proxy, 1, headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.50, 10.9.9.9"})[0] for n in range(7)
    ]
    assert one == [401] * 5 + [429] * 2
    assert statuses(proxy, 1, headers={"X-Forwarded-For": "203.0.113.51"}) == [401]
    direct = [statuses(at("198.51.100.77"), 1, headers={"X-Forwarded-For": f"10.0.0.{n}"})[0] for n in range(7)]
    assert direct == [401] * 5 + [429] * 2


def test_who_is_signed_in_is_counted_by_name_and_not_by_address(serve_limited, state):
    at = serve_limited()
    token = {"Authorization": f"Bearer {issue_token(state, 'platform', 'first')}"}
    assert statuses(at(), 7) == [401] * 5 + [429] * 2
    found = [statuses(at(f"203.0.113.{n}"), 1, "/v1/network", headers=token)[0] for n in range(10)]
    assert found == [200] * 8 + [429] * 2
    other = {"Authorization": f"Bearer {issue_token(state, 'platform', 'second')}"}
    assert statuses(at(), 1, "/v1/network", headers=other) == [200]


def test_wrong_tokens_are_counted_by_address(serve_limited):
    client = serve_limited()()
    wrong = [
        statuses(client, 1, headers={"Authorization": f"Bearer llt_{secrets.token_urlsafe(32)}"})[0] for _ in range(7)
    ]
    assert wrong == [401] * 5 + [429] * 2


def test_sign_in_routes_are_strict_even_with_a_token(serve_limited, state):
    client = serve_limited()()
    token = {"Authorization": f"Bearer {issue_token(state, 'platform', 'guesser')}"}
    body = {"name": "li.wei", "password": "wrong wrong wrong", "code": "123456"}
    found = [client.post("/v1/sessions:password", json=body, headers=token).status_code for _ in range(5)]
    assert found == [401] * 3 + [429] * 2


def test_the_strict_routes_are_all_that_give_tokens_without_one():
    public = {path for (_, path), rule in table().rules.items() if rule.public and path.startswith("/v1/")}
    assert public - SIGN_IN_ROUTES == {"/v1/.well-known/jwks.json"}


def test_a_refusal_says_when_to_come_back_and_takes_no_body(serve_limited):
    client = serve_limited()()
    statuses(client, 5, "/v1/network")
    refused = client.get("/v1/network")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "request.too_many"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"route";q=5;w=60'
    assert refused.headers["ratelimit"].startswith('"route";r=0;t=')


def test_health_checks_are_free(serve_limited):
    assert set(statuses(serve_limited()(), 30, "/health/live")) == {200}


def test_the_usual_limit_lets_a_client_make_three_hundred_calls_a_second():
    rate = parse(SeatSettings.model_fields["auth_rate_client"].default)
    assert rate.amount / rate.get_expiry() >= 600


def test_a_moving_window_lets_in_again_when_the_oldest_hit_is_over():
    limiter, rate = MovingWindowRateLimiter(MemoryWindow()), parse("3/second")
    began = time.monotonic()
    assert [limiter.hit(rate, "a") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(rate, "b")
    while not limiter.hit(rate, "a"):
        time.sleep(0.01)
    assert time.monotonic() - began >= 1


def test_counting_a_call_costs_microseconds_and_no_thread():
    limiter, rate = MovingWindowRateLimiter(MemoryWindow()), parse("6000/10 seconds")
    began = time.process_time()
    for _ in range(6000):
        limiter.hit(rate, "client:a", "POST", "/v1/repayments")
    assert (time.process_time() - began) / 6000 < 0.00005


def scope(address: str, forwarded: str | None = None) -> dict[str, Any]:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode("latin-1", "replace"))]
    return {"client": (address, 1), "headers": headers}


@given(st.text(max_size=60))
def test_no_header_makes_a_direct_caller_somebody_else(text):
    settings = SeatSettings(seat="x", role="bank", rpc_url="http://x", auth_trusted_proxies=(PROXY,))
    assert peer_address(scope("203.0.113.9", text), settings) == "203.0.113.9"


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_a_proxys_caller_is_the_one_that_it_names(address):
    settings = SeatSettings(seat="x", role="bank", rpc_url="http://x", auth_trusted_proxies=(PROXY,))
    if address in PROXY if address.version == 4 else address.ipv4_mapped:
        return
    assert peer_address(scope("10.0.0.1", f"1.2.3.4, {address}"), settings) == str(address)


def test_one_callers_whole_ipv6_network_is_counted_together():
    assert peer_key("2001:db8:1:2::1") == peer_key("2001:db8:1:2:ffff::9") != peer_key("2001:db8:1:3::1")
    assert peer_key("192.0.2.1") != peer_key("192.0.2.2")
