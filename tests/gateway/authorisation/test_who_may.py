"""Who may what over HTTP: default deny, step-up, limits, four eyes, parties, observers."""

from __future__ import annotations

import json
import secrets
import time

import httpx
from sqlalchemy import update
from waiting import until

from chain.ledger.roles import Role
from gateway.app import routes_only
from gateway.auth import epoch
from gateway.auth.actors import Actor
from gateway.auth.tables import AuthSession
from gateway.authorisation.decisions import granted
from gateway.authorisation.errors import AccessRefused
from gateway.authorisation.gates import gates_of
from gateway.authorisation.permissions import table
from gateway.openapi.document import document

APP = routes_only()
GATES = [gate for gate in gates_of(APP.routes, table(), Role.PLATFORM).all() if gate.method != "HEAD"]
OBJECTS = {"loan", "document", "transaction", "proposal", "withdrawal", "mandate"}
UNKNOWN = "0x" + "5a" * 32


def path_of(gate) -> str:
    """Its path, with well-formed names of nothing."""
    path = gate.path
    for name in gate.rule.kinds:
        path = path.replace("{" + name + "}", "2026-01-05" if name == "day" else "1" if "0" in name else UNKNOWN)
    return path


def permits(gate, role: str) -> bool:
    try:
        granted(gate, Actor("client:x", "client", "seat", frozenset({role})))
    except AccessRefused:
        return False
    return True


def ask(client, gate, path: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    return client.http.request(gate.method, path or path_of(gate), headers=headers)


def state_of(place) -> tuple[object, ...]:
    """What the platform's seat was asked to do, and where the ledger stands; its own anchoring goes on by itself."""
    operator = place.ledger.platform
    every = operator.get("/v1/transactions?limit=200")["items"]
    sent = [transaction["id"] for transaction in every if transaction["contract"] != "AuditAnchors"]
    lists = ("loans", "proposals", "withdrawals", "people", "clients")
    return (sent, *(operator.get(f"/v1/{name}?limit=200")["items"] for name in lists))


def test_every_route_refuses_strangers_and_whoever_lacks_its_permission_and_changes_nothing(place, fresh):
    stranger = type(place.ledger.platform)(place.ledger.platform.url, "")
    stranger.http.headers.pop("Authorization")
    clients = {role: place.as_client(fresh(), role) for role in ("reading", "approving", "servicing", "auditing")}
    before = state_of(place)
    refused = 0
    for gate in GATES:
        if gate.rule.public or gate.rule.page:
            continue
        answer = ask(stranger, gate)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.token_missing"), gate.path
        assert answer.headers["www-authenticate"].startswith("Bearer")
        lacking = [role for role in clients if not permits(gate, role)]
        for role in lacking[:1]:
            answer = ask(clients[role], gate)
            # Who doesn't see the whole ledger is told that there is no such thing before what it may not do.
            blind = role not in ("auditing", "approving") and OBJECTS & set(gate.rule.kinds.values())
            wanted = (404, "resource.not_found") if blind else (403, "access.permission_missing")
            assert (answer.status_code, answer.json()["code"]) == wanted, (gate.path, role, answer.text)
            refused += 1
    assert refused > 60
    assert state_of(place) == before


def test_a_refusal_names_the_permission_and_the_roles_that_have_it(place, fresh):
    answer = place.as_client(fresh(), "reading").http.get("/metrics")
    assert answer.status_code == 403
    assert answer.json()["params"]["permission"] == "metrics.read"
    assert answer.json()["params"]["roles"] == "admin, auditing"


def test_pages_refuse_in_the_browser_s_language_and_show_the_sign_in_page_to_strangers(place):
    url = place.ledger.platform.url
    page = httpx.get(url + "/look", trust_env=False)
    assert page.status_code == 401
    assert "text/html" in page.headers["content-type"]


# --- step-up


def test_security_12_stale_mfa_needs_step_up_and_a_fresh_second_factor_is_enough(place, fresh):
    person = place.as_person(fresh(), "approving", "servicing")
    session = person.client.get("/v1/sessions:current")["session"]
    approval = {"proposal": "0" * 32, "action": "0x" + "00" * 32}
    assert person.client.post("/v1/approvals", approval).status_code == 404  # fresh from signing in
    _age(place, session, 301)
    answer = person.client.post("/v1/approvals", approval)
    assert (answer.status_code, answer.json()["code"]) == (401, "access.step_up_required")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_user_authentication", max_age=300'
    assert person.client.http.get("/v1/proposals").status_code == 200  # what has no high risk needs none
    small, large = place.withdrawal("Walt", "1.00"), place.withdrawal("Walt", "3000.01")
    assert person.client.post("/v1/withdrawals", small, wait=None).status_code == 202
    assert person.client.post("/v1/withdrawals", large).json()["code"] == "access.step_up_required"
    stepped = person.client.http.post("/v1/sessions:step-up", json={"code": person.code()})
    assert stepped.status_code in (200, 201), stepped.text
    token = stepped.json().get("access_token", person.client.token)
    again = type(person.client)(person.client.url, token)
    assert again.post("/v1/approvals", approval).status_code == 404
    assert again.http.post("/v1/sessions:sign-out").status_code in (200, 204)
    assert again.post("/v1/approvals", approval).status_code == 401  # a revoked session ends at once
    assert again.http.get("/v1/proposals").status_code == 401


def _age(place, session: str, seconds: int) -> None:
    with place.stored() as stored:
        then = int(time.time()) - seconds
        stored.execute(update(AuthSession).where(AuthSession.id == session).values(mfa_at=then))
        epoch.advance(stored)
    epoch.settle()


# --- limits and four eyes


def test_an_amount_above_the_actor_s_limit_is_refused_before_anything_is_kept(place):
    small = place.as_client("small", "servicing")
    assert small.post("/v1/withdrawals", place.withdrawal("Walt", "10.00"), wait=None).status_code == 202
    answer = small.post("/v1/withdrawals", place.withdrawal("Walt", "10.01"))
    assert (answer.status_code, answer.json()["code"]) == (403, "access.amount_above_limit")
    assert answer.json()["params"]["limit"] == "10.00"


def propose(client, place, amount: str = "3000.01") -> dict:
    answer = client.post("/v1/withdrawals", place.withdrawal("Walt", amount), wait=None)
    assert answer.status_code == 202, answer.text
    assert answer.json()["resource"]["type"] == "proposal"
    assert answer.json()["transactions"] == []
    return client.get(f"/v1/proposals/{answer.json()['resource']['id']}")


def approve(client, proposal: dict) -> httpx.Response:
    return client.post("/v1/approvals", {"proposal": proposal["id"], "action": proposal["call"]["action"]})


def test_a_release_above_the_limit_waits_for_another_person(place, fresh):
    name = fresh()
    maker = place.as_client(name, "servicing", "approving")
    below = maker.post("/v1/withdrawals", place.withdrawal("Walt", "3000.00"), wait=None)
    assert below.json()["resource"]["type"] == "withdrawal"
    proposal = propose(maker, place)
    assert proposal["readable"]["amount"] == "3000.01 CNY"
    assert proposal["request_hash"].startswith("0x")
    own = approve(maker, proposal)
    assert (own.status_code, own.json()["code"]) == (403, "approval.same_person")
    namesake = place.ledger.platform
    twin = type(namesake)(namesake.url, _operator_token(place, name))
    assert approve(twin, proposal).json()["code"] == "approval.same_person"  # the same name by another token
    moved = proposal | {"call": proposal["call"] | {"action": UNKNOWN}}
    checker = place.as_client(fresh(), "approving")
    assert approve(checker, moved).json()["code"] == "proposal.moved"
    done = approve(checker, proposal)
    assert done.status_code == 200, done.text
    assert [t["function"] for t in done.json()["transactions"]] == ["request"]
    assert maker.get(f"/v1/proposals/{proposal['id']}")["status"] == "done"
    assert approve(checker, proposal).json()["code"] == "proposal.decided"


def _operator_token(place, name: str) -> str:
    from gateway.auth.service import issue_token

    return issue_token(place.ledger.state, "platform", name)


def test_a_release_lapses_with_the_business_date_it_was_proposed_on(place, fresh):
    maker, checker = place.as_client(fresh(), "servicing"), place.as_client(fresh(), "approving")
    proposal = propose(maker, place)
    assert proposal["lapses_at"] is not None
    place.ledger.end_day()
    until(lambda: maker.get(f"/v1/proposals/{proposal['id']}")["status"] == "lapsed")
    answer = approve(checker, proposal)
    assert (answer.status_code, answer.json()["code"]) == (409, "proposal.lapsed")
    assert proposal["id"] not in [p["id"] for p in maker.get("/v1/proposals?status=proposed")["items"]]


def test_a_disbursement_above_the_limit_is_asked_for_by_two_people(place):
    ledger = place.ledger
    loan, borrower, _ = ledger.funded("BIG-1", "4000.00")
    held = ledger.step("platform", loan, "disburse")["resource"]
    proposal = ledger.platform.get(f"/v1/proposals/{held['id']}")
    assert (proposal["kind"], proposal["loan"]) == ("disbursement", loan)
    assert proposal["readable"] | {"operation": ""} == {
        "operation": "", "loan": "BIG-1", "borrower": ledger.address(borrower), "amount": "4000.00 CNY",
    }  # fmt: skip
    assert ledger.platform.get(f"/v1/loans/{loan}")["state"] == "Funded"
    assert ledger.platform.post(f"/v1/proposals/{held['id']}/send").json()["code"] == "proposal.approval_needed"
    ledger.approve(held["id"], "platform")
    assert ledger.platform.get(f"/v1/loans/{loan}")["state"] == "Disbursing"


def test_a_payout_above_the_limit_is_instructed_once_another_person_has_approved_it(place, fresh):
    maker, checker = place.as_client(fresh(), "servicing"), place.as_client(fresh(), "approving")
    assert approve(checker, propose(maker, place, "3500.00")).status_code == 200
    accepted = place.ledger.bank.post("/v1/payout-instructions", {}, wait=None).json()
    place.ledger.approve_all("bank")
    href = accepted["resource"]["href"]
    until(lambda: place.ledger.bank.get(href)["status"] == "instructed")


# --- parties


def test_a_party_sees_and_orders_only_its_own(place):
    ledger = place.ledger
    other = ledger.propose("OTHER-1", "Walt", "900.00")
    loan, borrower, lender = ledger.funded("PARTY-1", "900.00")
    party = place.as_party(borrower)
    assert [item["id"] for item in party.get("/v1/loans")["items"]] == [loan]
    assert party.get(f"/v1/loans/{loan}")["borrower"] == ledger.address(borrower)
    assert party.http.get(f"/v1/loans/{other}").status_code == 404
    assert [item["address"] for item in party.get("/v1/parties")["items"]] == [ledger.address(borrower)]
    assert party.http.get(f"/v1/portfolios/{ledger.address(lender)}").status_code == 404
    assert place.as_party(lender).get(f"/v1/portfolios/{ledger.address(lender)}")["complete"] is True
    terms = ledger.order(payer=ledger.address(borrower), limit={"amount": "1.00", "currency": "CNY"})
    path = f"/v1/loans/{loan}/mandates"
    signed = {"signature": ledger.signed(path, terms, borrower)[0]}
    stranger = party.post(path, terms | signed | {"payer": ledger.address("Walt")})
    assert (stranger.status_code, stranger.json()["code"]) == (403, "access.order_of_another")
    assert party.post(path, terms | signed).status_code == 201
    assert place.as_party(lender).get(path)["items"] == []  # whose mandate it isn't
    for method, path in (("POST", "/v1/loans"), ("POST", f"/v1/loans/{loan}/disburse"), ("GET", "/v1/proposals")):
        refused = party.http.request(method, path, headers={"Idempotency-Key": "x"}, json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "access.permission_missing"), path


# --- observers


def test_security_22_observer_reaches_no_state_change(place):
    observer = place.ledger.observer
    assert observer.get("/v1/network")["seat"]["keys"] == []
    described = document(APP)
    tried = 0
    for gate in GATES:
        if not gate.rule.changes or gate.rule.public or gate.rule.page:
            continue
        operation = described["paths"][gate.path][gate.method.lower()]
        body = _example(described, operation)
        headers = {"Idempotency-Key": secrets.token_hex(8), "Prefer": "wait=1"}
        answer = observer.http.request(gate.method, path_of(gate), headers=headers, json=body)
        tried += 1
        if gate.rule.sends:
            assert (answer.status_code, answer.json()["code"]) == (403, "seat.no_such_service"), gate.path
        elif answer.status_code in (200, 201, 202):
            assert "transactions" not in answer.json() or answer.json()["transactions"] == [], gate.path
    assert tried > 40
    assert observer.get("/v1/transactions")["items"] == []


def _example(described: dict, operation: dict):
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    found = described["components"]["schemas"].get(name, {}).get("examples", [None])
    return json.loads(json.dumps(found[0]))
