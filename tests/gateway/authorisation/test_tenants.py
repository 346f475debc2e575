"""Organisations that share a seat: what one has is for the others as if it weren't there."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event

from chain.ledger.roles import Role
from gateway.app import routes_only
from gateway.authorisation.gates import gates_of
from gateway.authorisation.objects import seen
from gateway.authorisation.permissions import table
from gateway.authorisation.sight import OfParty, OfPlatform, OfTenant
from gateway.authorisation.tenants import TenantObject
from gateway.database import now
from gateway.documents.tables import KeptDocument

GATES = [g for g in gates_of(routes_only().routes, table(), Role.PLATFORM).all() if g.method != "HEAD"]


@dataclass
class Neighbours:
    """Two organisations at one platform's seat. ids: what the first one has, by what a path parameter names."""

    place: Any
    acme: Any
    bolt: Any
    loan: str
    borrower: str
    lender: str
    ids: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def neighbours(place) -> Neighbours:
    """Acme with a funded loan, a mandate, withdrawals, a proposal and a document; Bolt with nothing."""
    acme = place.as_client("acme-core", "admin", tenant="acme")
    bolt = place.as_client("bolt-core", "admin", tenant="bolt")
    by_acme = place.by(acme)
    loan, borrower, lender = by_acme.funded("ACME-1", "900.00")
    path = f"/v1/loans/{loan}/mandates"
    terms = by_acme.order(payer=by_acme.address(borrower), limit={"amount": "5.00", "currency": "CNY"})
    mandate = acme.post(path, terms | {"signature": by_acme.signed(path, terms, borrower)[0]}).json()["id"]
    withdrawal = acme.done("/v1/withdrawals", place.withdrawal("Walt", "1.00"))["resource"]["id"]
    proposal = acme.post("/v1/withdrawals", place.withdrawal("Walt", "4000.00"), wait=None).json()["resource"]["id"]
    subject = acme.get(f"/v1/parties/{by_acme.address(lender)}")["subject"]
    found = Neighbours(place, acme, bolt, loan, borrower, lender)
    found.ids = {
        "loan": [loan],
        "mandate": [mandate],
        "withdrawal": [withdrawal],
        "proposal": [proposal],
        "party": [by_acme.address(borrower), by_acme.address(lender), subject],
        "transaction": [acme.get("/v1/transactions")["items"][0]["id"]],
        "document": [_document(place)],
        "tenant": ["acme-core"],
        "open": ["1"],
        "own_organisation": ["1"],
    }
    return found


def _document(place) -> str:
    """As if Acme had stored it; no test here opens it."""
    identifier = "0x" + secrets.token_hex(32)
    with place.stored() as session:
        session.add(
            KeptDocument(
                id=identifier, cid="bafk", cid_salt=b"", content_salt=b"", cid_commitment="0x" + "03" * 32,
                content_hash="0x" + "02" * 32, size=1, kind="OTHER", name="a", media_type="text/plain",
                created_at=now(),
            )
        )  # fmt: skip
        session.add(TenantObject(kind="document", id=identifier, tenant="acme"))
    return identifier


def absent(identifier: str) -> str:
    """A well-formed name of nothing, as long as the given one, the same each time."""
    digest = hashlib.sha512(identifier.encode()).hexdigest()
    if identifier.startswith("0x"):
        return "0x" + digest[: len(identifier) - 2]
    return identifier if len(identifier) < 4 else digest[: len(identifier)]


def answer_to(client, method: str, path: str, hide: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer, without the names that the request itself gave and the time."""
    headers = {"Idempotency-Key": "same-each-time", "X-Request-Id": "same-each-time"}
    answer = client.http.request(method, path, headers=headers, json={} if method == "POST" else None)
    body = answer.content
    for name, placeholder in hide.items():
        body = body.replace(name.encode(), placeholder.encode())
    shown = {key: value for key, value in answer.headers.items() if key != "date" and not key.startswith("ratelimit")}
    return answer.status_code, shown, body


def test_security_04_another_tenant_s_object_is_not_found_just_as_one_that_is_not_there(neighbours):
    tried = set()
    for gate in GATES:
        if not gate.rule.kinds or gate.rule.page:
            continue
        kinds = gate.rule.kinds
        for number in range(max(len(neighbours.ids[kind]) for kind in kinds.values())):
            hidden, nothing = gate.path, gate.path
            replaced: dict[str, str] = {}
            for parameter, kind in kinds.items():
                own = neighbours.ids[kind][min(number, len(neighbours.ids[kind]) - 1)]
                own = "2026-01-05" if parameter == "day" else own
                other = own if kind == "open" else absent(own)
                hidden, nothing = (p.replace("{" + parameter + "}", v) for p, v in ((hidden, own), (nothing, other)))
                if own != other:
                    replaced |= {own: parameter, other: parameter, own.lower(): parameter}
            first = answer_to(neighbours.bolt, gate.method, hidden, replaced)
            second = answer_to(neighbours.bolt, gate.method, nothing, replaced)
            assert first == second, (gate.method, gate.path)
            if set(kinds.values()) & set(neighbours.ids) - {"open", "own_organisation", "tenant"}:
                assert first[0] == 404, (gate.method, gate.path, first)
            tried.add((gate.method, gate.path))
    assert len(tried) > 60


def test_a_tenant_s_own_objects_are_found(neighbours):
    place, acme, loan = neighbours.place, neighbours.acme, neighbours.loan
    for client in (acme, place.ledger.platform):  # and by the organisation that runs the seat
        assert client.get(f"/v1/loans/{loan}")["number"] == "ACME-1"
        assert client.get(f"/v1/loans/{loan}/mandates")["items"][0]["id"] == neighbours.ids["mandate"][0]
        for kind, path in (("withdrawal", "withdrawals"), ("proposal", "proposals"), ("transaction", "transactions"),
                           ("document", "documents"), ("party", "parties")):  # fmt: skip
            for identifier in neighbours.ids[kind]:
                client.get(f"/v1/{path}/{identifier}")
        assert [h["loan"] for h in client.get(f"/v1/portfolios/{neighbours.ids['party'][1]}")["holdings"]] == [loan]


def test_lists_and_sums_leave_out_what_another_tenant_has(neighbours):
    bolt, acme = neighbours.bolt, neighbours.acme
    for path in ("loans", "transactions", "proposals", "withdrawals", "parties"):
        assert bolt.get(f"/v1/{path}?limit=200")["items"] == [], path
        assert acme.get(f"/v1/{path}?limit=200")["items"] != [], path
    assert bolt.get(f"/v1/transactions?loan={neighbours.loan}")["items"] == []
    assert bolt.get(f"/v1/loans?borrower={neighbours.ids['party'][0]}")["items"] == []
    assert bolt.get("/v1/exposures")["platforms"] == []
    ids = {item["id"] for item in bolt.get("/v1/clients")["items"]}
    assert ids == {"bolt-core"}


def test_what_a_body_names_of_another_tenant_is_not_found_either(neighbours):
    bolt, proposal = neighbours.bolt, neighbours.ids["proposal"][0]
    shown = neighbours.acme.get(f"/v1/proposals/{proposal}")
    hidden = bolt.post("/v1/approvals", {"proposal": proposal, "action": shown["call"]["action"]})
    nothing = bolt.post("/v1/approvals", {"proposal": absent(proposal), "action": shown["call"]["action"]})
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.json()["detail"].replace(proposal, "") == nothing.json()["detail"].replace(absent(proposal), "")


def test_a_loan_is_not_taken_over_by_proposing_it_again(neighbours):
    place = neighbours.place
    terms = place.ledger.terms("TWICE-1", "Walt", "700.00")
    loan, body = place.ledger.proposal(terms, "Walt")
    place.ledger.platform.done("/v1/loans", body)
    again = neighbours.bolt.post("/v1/loans", body)
    assert again.status_code == 409, again.text
    assert neighbours.bolt.http.get(f"/v1/loans/{loan}").status_code == 404


def test_what_belongs_to_the_seat_s_own_organisation_is_refused_whatever_it_names(neighbours):
    for path in ("/v1/approvals", "/v1/payout-instructions", "/v1/suspense", "/v1/account-statements/1", "/metrics"):
        answer = neighbours.bolt.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "access.own_organisation_only"), path


@pytest.mark.parametrize(
    "sight", [OfTenant("bolt"), OfPlatform("0x" + "9" * 40), OfParty("party:0x", None, frozenset())]
)
def test_hidden_and_absent_cost_the_same_queries(neighbours, sight):
    with neighbours.place.stored() as session:
        asked: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
        for kind in ("loan", "transaction", "document", "withdrawal", "mandate", "proposal", "party"):
            if isinstance(sight, OfPlatform) and kind != "loan":
                continue  # a platform's own people see all else that the seat has
            for identifier in neighbours.ids[kind]:
                asked.clear()
                # A mandate is asked for after its loan, which these don't see.
                found = seen(session, sight, kind, identifier)
                first = list(asked)
                asked.clear()
                assert seen(session, sight, kind, absent(identifier)) is False
                assert first == asked, (sight, kind)
                assert found is (kind == "mandate" and isinstance(sight, OfTenant)), (sight, kind)
