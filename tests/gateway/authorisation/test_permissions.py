"""The table of permissions: complete, without contradiction, and what it decides for each caller. No network."""

from __future__ import annotations

import copy
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import Request
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

import gateway.authorisation
from chain.ledger.roles import Role
from gateway.app import routes_only
from gateway.auth.actors import PARTY_ROLES, Actor
from gateway.authorisation.decisions import granted, require_fresh_factor, require_sending
from gateway.authorisation.errors import (
    AccessRefused,
    OwnOrganisationOnly,
    PermissionMissing,
    RouteNotListed,
    StepUpRequired,
)
from gateway.authorisation.gates import gates_of
from gateway.authorisation.guard import confirm
from gateway.authorisation.page import renewed
from gateway.authorisation.permissions import Table, TableInvalid, parse, table
from gateway.errors import RouteNotHere
from gateway.money import NonNegativeMoney, PositiveMoney

FILE = Path(gateway.authorisation.__file__).with_name("permissions.toml")
APP = routes_only()
ROUTES = list(iter_route_contexts(APP.routes))
GATES = gates_of(APP.routes, table(), Role.PLATFORM)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def actor(*roles: str, kind: str = "client", tenant: str = "seat", **more: Any) -> Actor:
    return Actor(f"{kind}:x", kind, tenant, frozenset(roles), **more)


def gate(method: str, path: str):
    return next(g for g in GATES.all() if (g.method, g.path) == (method, path))


# --- complete


def test_every_route_of_the_application_is_in_the_table_and_nothing_else():
    routes = {(m, r.path_format) for r in ROUTES for m in r.methods or () if m != "HEAD"}
    assert routes - set(table().rules) == set()
    assert set(table().rules) - routes == set()


def test_every_role_and_permission_says_what_it_is_for_in_both_languages():
    for said in (*table().roles.values(), *table().permissions.values()):
        assert len(said.en) > 10
        assert any("\u4e00" <= char <= "\u9fff" for char in said.zh), said


def test_every_permission_is_used_by_a_route_or_is_about_sight():
    used = {permission.name for rule in table().rules.values() for permission in rule.permissions}
    assert set(table().permissions) - used == {"ledger.read_all"}


def test_public_is_what_is_needed_before_signing_in_and_nothing_more():
    public = {path for (_, path), rule in table().rules.items() if rule.public}
    signing_in = (
        "/v1/sessions:",
        "/v1/enrolments",
        "/v1/oauth/",
        "/v1/.well-known/",
        "/look/sign-",
        "/look/enrol",
        "/look/static/",
    )
    assert {path for path in public if not path.startswith((*signing_in, "/health/", "/docs"))} == {"/openapi.json"}


def test_every_change_with_an_amount_says_where_it_is():
    for route in ROUTES:
        body = getattr(getattr(getattr(route, "body_field", None), "field_info", None), "annotation", None)
        if isinstance(body, type) and issubclass(body, BaseModel) and _holds_money(body):
            rule = table().rules["POST", route.path_format]
            no_limit = not rule.changes or any(p.name in ("bank.limit",) for p in rule.permissions)
            assert no_limit or rule.amount is not None, route.path_format


def _holds_money(model: type[BaseModel]) -> bool:
    found = list(model.model_fields.values())
    kinds = [kind for field in found for kind in (field.annotation, *get_args(field.annotation))]
    return any(isinstance(kind, type) and issubclass(kind, PositiveMoney | NonNegativeMoney) for kind in kinds) or any(
        _holds_money(kind) for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)
    )


def test_a_party_changes_only_what_names_it_as_its_own():
    for found in GATES.all():
        if found.rule is None or found.rule.public or not found.rule.changes:
            continue
        try:
            by = granted(found, actor(*PARTY_ROLES, kind="party", tenant="party:x", address="0x"))
        except AccessRefused:
            continue
        assert found.rule.own is not None or by.name == "account.own", found.path


def test_no_role_but_the_administrators_may_make_clients_and_people():
    assert table().roles_with("access.manage") == ("admin",)


@pytest.mark.parametrize("page", ["docs/access.md", "docs/zh/access.md"])
def test_the_documentation_shows_this_table(page):
    text = (Path(__file__).parents[3] / page).read_text("utf-8")
    assert renewed(text, "zh" if "/zh/" in page else "en") == text, (
        "write it anew: python -m gateway.authorisation.page"
    )


# --- without contradiction


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("roles", "reading", "permissions"), ["loans.fly"], "loans.fly"),
        (("routes", "GET /v1/loans", "permission"), "loans.fly", "loans.fly"),
        (("routes", "GET /v1/loans", "amont"), "amount", "amont"),
        (("routes", "GET /v1/loans/{lone_id}"), {"permission": "loans.read"}, "lone_id"),
        (("routes", "GET /v1/x/{number}"), {"permission": "loans.read"}, "own organisation"),
        (("parameters", "loan_id"), "lone", "lone"),
    ],
)
def test_a_table_that_contradicts_itself_is_not_taken(place, value, says):
    document = copy.deepcopy(tomllib.loads(FILE.read_text()))
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(TableInvalid, match=says):
        parse(document)


# --- default deny


def test_a_route_that_the_table_does_not_list_is_refused_to_the_administrator_too():
    rules = {key: rule for key, rule in table().rules.items() if key != ("GET", "/v1/loans")}
    gates = gates_of(
        routes_only().routes, Table(table().roles, table().permissions, table().parameters, rules), Role.BANK
    )
    found, _ = gates.find("GET", "/v1/loans")
    with pytest.raises(RouteNotListed):
        granted(found, actor("admin"))


@pytest.mark.anyio
async def test_a_route_that_runs_without_having_passed_as_itself_is_refused():
    scope = {"type": "http", "method": "GET", "path": "/v1/loans", "headers": [], "query_string": b"",
             "endpoint": gate("GET", "/v1/loans").endpoint, "server": ("x", 80), "scheme": "http"}  # fmt: skip
    with pytest.raises(RouteNotListed):
        await confirm(Request(scope))
    with pytest.raises(RouteNotListed):  # passed as another one
        await confirm(Request(scope | {"ledger.access": gate("GET", "/v1/network")}))
    await confirm(Request(scope | {"ledger.access": gate("GET", "/v1/loans")}))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.parametrize("found", GATES.all(), ids=lambda g: f"{g.method} {g.path}")
def test_whoever_has_no_role_may_nothing_that_is_not_public(found):
    assert found.rule is not None or found.method == "HEAD"
    if found.rule is None or found.rule.public:
        return
    with pytest.raises(PermissionMissing) as refused:
        granted(found, actor())
    assert "admin" in refused.value.params["roles"]


def test_the_gates_find_what_the_router_finds():
    for route in ROUTES:
        path = route.path_format.replace("{", "").replace("}", "")
        for method in route.methods or ():
            found = GATES.find(method, path)
            assert found is not None
            assert found[0].endpoint is route.endpoint, path
    assert GATES.find("GET", "/v1/loans/a/b/c/d") is None
    assert GATES.find("DELETE", "/v1/loans") is None


# --- decisions


def test_another_organisation_never_uses_what_is_for_the_seat_s_own():
    with pytest.raises(OwnOrganisationOnly):
        granted(gate("POST", "/v1/day-ends"), actor("admin", tenant="acme"))
    assert granted(gate("POST", "/v1/day-ends"), actor("booking")).name == "bank.close_day"


def test_either_permission_of_a_route_opens_it():
    found = gate("POST", "/v1/loans/{loan_id}/claim")
    assert granted(found, actor("servicing")).name == "loans.service"
    assert granted(found, actor("lender", kind="party", tenant="party:x")).name == "positions.claim"


def test_an_observer_s_gates_let_nothing_through_that_sends():
    observing = gates_of(routes_only().routes, table(), Role.OBSERVER)
    sending = [g for g in observing.all() if g.rule is not None and g.rule.sends]
    assert len(sending) > 30
    for found in sending:
        with pytest.raises(RouteNotHere):
            require_sending(found, "observer")
    for found in GATES.all():
        require_sending(found, "platform")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/approvals",
        "/v1/foreign-approvals",
        "/v1/parties/{name}/freeze",
        "/v1/parties/{name}/unfreeze",
        "/v1/parties/{name}/replacement",
        "/v1/parties/{name}/replacement/consent",
        "/v1/custody/mint-cap",
        "/v1/clients",
        "/v1/clients/{client_id}:set-roles",
        "/v1/people",
        "/v1/people/{person_id}:set-roles",
    ],
)
def test_what_is_of_high_risk_is_marked_so(path):
    assert granted(gate("POST", path), actor("admin")).high_risk


@pytest.mark.parametrize(
    ("mfa_at", "fresh"),
    [
        (NOW - timedelta(seconds=300), True),
        (NOW - timedelta(seconds=301), False),
        (None, False),
    ],
)
def test_a_person_s_second_factor_may_be_five_minutes_old(mfa_at, fresh):
    person = actor("approving", kind="person", mfa_at=mfa_at)
    if fresh:
        require_fresh_factor(person, NOW, 300)
        return
    with pytest.raises(StepUpRequired):
        require_fresh_factor(person, NOW, 300)


def test_clients_and_operators_have_no_second_factor_to_prove():
    for kind in ("client", "operator", "party"):
        require_fresh_factor(actor("admin", kind=kind), NOW, 300)
