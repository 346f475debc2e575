"""The pages: what a person sees who signed in with the seat's token, and what nobody else sees."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import get_args

import pytest

from chain.ledger.payloads import PAYLOADS
from chain.ledger.solidity import Struct, members
from chain.ledger.structs import Entry
from chain.ledger.terms import DayCount, EarlyKind, KindsOrder, Method
from gateway.loans.schemas import LoanTermsResource, PaymentRuleResource
from gateway.look.texts import texts

PAGES = ("", "/loans", "/loans?state=Proposed")
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """Fails on tags that are not closed in order; keeps what a page loads and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        places = ("src", "action", "href") if tag == "link" else ("src", "action")
        self.loaded += [value for name, value in attrs if name in places]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in given:
            self.inline.append("script")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _browser(client):
    """A client without the API's header, as a browser is."""
    http = client.http
    headers = {name: value for name, value in http.headers.items() if name.lower() != "authorization"}
    return type(http)(base_url=http.base_url, headers=headers, follow_redirects=False)


@pytest.fixture
def signed_in(looked_at, token_of):
    ledger, loan = looked_at
    with _browser(ledger.platform) as browser:
        answer = browser.post("/look/sign-in", data={"token": token_of(ledger.platform)})
        assert answer.status_code == 303, answer.text
        yield browser, loan


def test_anybody_else_sees_the_sign_in_page_only(looked_at, content):
    ledger, loan = looked_at
    with _browser(ledger.platform) as browser:
        for page in (*PAGES, f"/loans/{loan}"):
            answer = browser.get("/look" + page)
            assert answer.status_code == 401
            assert loan not in answer.text.replace(f"/look/loans/{loan}", "")
            assert "LOOK-1" not in answer.text
        checked = browser.post(f"/look/loans/{loan}/check", files={"file": ("x", content)})
        assert checked.status_code == 401
        assert browser.post("/look/sign-in", data={"token": "llt_" + "A" * 43}).status_code == 401


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(looked_at, token_of):
    ledger, _ = looked_at
    with _browser(ledger.platform) as browser:
        cookie = browser.post("/look/sign-in", data={"token": token_of(ledger.platform)}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "path=/look" in cookie.lower()


def test_signing_out_ends_the_session(signed_in):
    browser, _ = signed_in
    browser.post("/look/sign-out")
    assert browser.get("/look").status_code == 401


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_well_formed_and_loads_nothing_from_elsewhere(signed_in, language):
    browser, loan = signed_in
    for page in (*PAGES, f"/loans/{loan}"):
        answer = browser.get("/look" + page, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-language"] == language
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        outline = Outline()
        outline.feed(answer.text)
        assert outline.open == []
        assert outline.inline == []
        assert all(place.startswith("/look") for place in outline.loaded)
    for asset in ("look.css", "drop.js"):
        assert browser.get(f"/look/static/{asset}").status_code == 200
    assert browser.get("/look/static/..%2Ftexts.toml").status_code == 404


def test_the_loan_page_shows_what_the_api_says(signed_in, looked_at):
    browser, loan = signed_in
    ledger, _ = looked_at
    shown = ledger.platform.get(f"/v1/loans/{loan}")
    text = browser.get(f"/look/loans/{loan}").text
    for part in ("LOOK-1", "12,345.67 CNY", shown["history"]["head"], shown["repayment_reference"]):
        assert part in text
    assert "LOOK-1" in browser.get("/look").text
    assert "LOOK-1" in browser.get("/look/loans").text
    assert "LOOK-1" not in browser.get("/look/loans?state=Closed").text


def test_the_language_chosen_is_kept(signed_in):
    browser, _ = signed_in
    assert "最新贷款" in browser.get("/look?lang=zh", headers={"Accept-Language": "en"}).text
    assert "最新贷款" in browser.get("/look", headers={"Accept-Language": "en"}).text


def test_the_committed_file_is_recognised_and_one_changed_byte_is_not(signed_in, content):
    browser, loan = signed_in
    genuine = browser.post(f"/look/loans/{loan}/check", files={"file": ("any name.txt", content)})
    assert re.search(r'id="result" class="notice good"', genuine.text)
    for other in (content[:-1] + b"!", content + b" ", b""):
        changed = browser.post(f"/look/loans/{loan}/check", files={"file": ("contract.txt", other)})
        assert re.search(r'id="result" class="notice bad"', changed.text), changed.text


def test_a_seat_without_the_salts_says_that_it_cant_compare(looked_at, content, token_of):
    ledger, loan = looked_at
    with _browser(ledger.observer) as browser:
        browser.post("/look/sign-in", data={"token": token_of(ledger.observer)})
        text = browser.post(f"/look/loans/{loan}/check", files={"file": ("contract.txt", content)}).text
    assert re.search(r'id="result" class="notice bad"', text)
    assert "can't compare" in text or "can&#39;t compare" in text


def test_a_name_that_looks_like_markup_stays_text(signed_in):
    browser, loan = signed_in
    text = browser.post(f"/look/loans/{loan}/check", files={"file": ("<script>alert(1)</script>.txt", b"x")}).text
    assert "<script>alert" not in text


def test_an_unknown_loan_is_refused_as_a_page(signed_in):
    browser, _ = signed_in
    answer = browser.get("/look/loans/0x" + "99" * 32)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_everything_a_page_may_show_has_words_in_both_languages():
    known = texts()
    kinds = {"entry." + "".join(word.capitalize() for word in entry.name.split("_")) for entry in Entry}
    values = {f"value.{member.name}" for enum in (Method, DayCount, KindsOrder, EarlyKind) for member in enum}
    rule = {f"term.payments_{name}" for name in PaymentRuleResource.model_fields}
    terms = {f"term.{name}" for name in LoanTermsResource.model_fields if name != "payments"}
    fields = {f"field.{name}" for payload in PAYLOADS.values() for name in _names(payload)}
    assert (kinds | values | rule | terms | fields) - set(known) == set()
    for key, words in known.items():
        assert words.keys() == {"en", "zh"}, key
        assert all(words.values()), key


def _names(struct):
    for member in members(struct):
        yield member.python
        for part in (member.kind, *get_args(member.kind)):
            if isinstance(part, type) and issubclass(part, Struct):
                yield from _names(part)
