"""Who may ask, and how refusals look."""

from __future__ import annotations

import time

import httpx
import pytest

from gateway.auth.service import issue_token
from gateway.authorisation.permissions import table

ROUTES = [
    ("GET", "/v1/network"),
    ("GET", "/v1/loans"),
    ("GET", "/v1/custody"),
    ("GET", "/v1/errors"),
    ("GET", "/metrics"),
    ("POST", "/v1/loans"),
    ("POST", "/v1/parties"),
    ("POST", "/v1/account-statements"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_without_a_token_is_refused(ledger, method, path):
    answer = httpx.request(method, ledger.bank.url + path, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["code"] == "auth.token_missing"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_v1_route_but_those_that_give_tokens_needs_one(ledger):
    paths = ledger.bank.http.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        if not path.startswith("/v1/"):
            continue
        for method in operations:
            if table().rules[method.upper(), path].public:
                assert path.startswith(("/v1/sessions:", "/v1/oauth/", "/v1/enrolments", "/v1/.well-known/")), path
                continue
            url = ledger.bank.url + path.replace("{", "").replace("}", "")
            assert httpx.request(method.upper(), url, trust_env=False).status_code == 401, (method, path)


def test_a_wrong_token_is_refused(ledger):
    headers = {"Authorization": f"Bearer {ledger.platform.token}"}
    answer = httpx.get(ledger.bank.url + "/v1/network", headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token_unknown")


def test_a_new_token_ends_the_old_one(ledger):
    first = issue_token(ledger.state, "observer", "someone")
    second = issue_token(ledger.state, "observer", "someone")
    for token, status in ((first, 401), (second, 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(ledger.observer.url + "/v1/network", headers=headers, trust_env=False).status_code == status


def test_the_database_holds_no_token(ledger):
    files = [p for p in (ledger.state / "bank").iterdir() if p.name.startswith("gateway.db")]
    assert files
    assert all(ledger.bank.token.encode() not in path.read_bytes() for path in files)


def test_health_and_documentation_are_open(ledger):
    for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
        until = time.monotonic() + 20  # what other tests did to the seat may just be over
        while (answer := httpx.get(ledger.bank.url + path, trust_env=False)).status_code != 200:
            assert time.monotonic() < until, (path, answer.text)
            time.sleep(0.2)


def test_an_unknown_field_is_refused_by_its_name(ledger):
    request = ledger.party_request("Extra") | {"vip": True}
    answer = ledger.bank.post("/v1/parties", request)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert answer.json()["errors"] == [
        {"field": "body.vip", "message": "Extra inputs are not permitted", "kind": "extra_forbidden"}
    ]


@pytest.mark.parametrize("amount", ["5000", "5000.0", "05.00", "-5.00", "0.00", "1e3", 5000, 50.25])
def test_an_amount_that_is_no_decimal_string_is_refused(ledger, amount):
    terms = ledger.terms("AMOUNT", "B", amount)
    assert ledger.platform.http.post("/v1/loans:prepare", json={"terms": terms}).status_code == 422


def test_refusals_speak_chinese_when_asked(ledger):
    answer = httpx.get(
        ledger.bank.url + "/v1/network", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}, trust_env=False
    )
    assert answer.json()["detail"].startswith("未提供访问令牌")
    assert answer.headers["content-language"] == "zh"


def test_unknown_routes_and_methods_are_problems(ledger):
    missing = ledger.bank.http.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "request.route_unknown")
    wrong = ledger.bank.http.delete("/v1/loans")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "request.method_not_allowed")


def test_a_body_above_the_limit_is_refused(ledger):
    answer = ledger.bank.http.post(
        "/v1/parties",
        content=b" " * (1024 * 1024 + 1),
        headers={"Content-Type": "application/json", "Idempotency-Key": "x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_cursor_from_elsewhere_is_refused(ledger):
    answer = ledger.bank.http.get("/v1/transactions", params={"cursor": "!!"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.cursor_invalid")


def test_all_errors_are_listed_in_both_languages(ledger):
    items = {item["code"]: item for item in ledger.bank.get("/v1/errors")["items"]}
    for code in ("seat.not_allowed", "contract.RateAboveCap", "bank.balance_mismatch", "idempotency.in_progress"):
        assert items[code]["en"]
        assert items[code]["zh"]


def test_lists_page_by_cursor_without_gap_or_double(ledger):
    ledger.register("PageA", "PageB", "PageC", "PageD", "PageE")
    everything = [item["id"] for item in ledger.bank.get("/v1/transactions", params={"limit": 200})["items"]]
    paged, cursor = [], None
    while True:
        page = ledger.bank.get("/v1/transactions", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        paged += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything


def test_a_seat_answers_only_for_its_own_service(ledger):
    for path in ("/v1/account-statements", "/v1/suspense", "/v1/payout-instructions"):
        answer = ledger.platform.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "seat.no_such_service")


def test_ready_names_what_is_checked(ledger):
    ready = ledger.bank.get("/health/ready")
    assert {check["name"] for check in ready["checks"]} == {"node", "index", "outbox", "signing", "desk", "ipfs"}
    assert "loan_ledger_block" in ledger.bank.http.get("/metrics").text
