"""The generated Python client against real gateways: a whole loan, lost answers, refusals, pages, both forms."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
from loan_ledger_client import AsyncLedgerClient, GatewayGone, LedgerClient, Problem, cny, codes, models
from loan_ledger_client.flows import propose, step, subscribe
from loan_ledger_client.problems import NotSignedIn, NotThere, RequestRefused, StateConflict
from loan_ledger_client.signing import LocalKey
from pydantic import ValidationError

from gateway.demo.playing_bank import PlayingBank

WAIT = 60


@pytest.fixture(scope="module")
def seats(make_ledger, serve, with_regime):
    """A ledger of its own with three gateways, as their clients."""
    ledger = make_ledger()
    for seat in ("platform", "bank", "regulator"):
        serve(ledger, seat)
    with_regime(ledger)
    clients = {seat: LedgerClient(client.url, client.token) for seat, client in ledger.clients.items()}
    yield ledger, clients
    for client in clients.values():
        client.close()


@pytest.fixture(scope="module")
def platform(seats):
    return seats[1]["platform"]


@pytest.fixture(scope="module")
def bank(seats):
    """Has registered anna and ben."""
    ledger, clients = seats
    made = PlayingBank(ledger.state, clients["bank"])
    for name in ("anna", "ben"):
        made.register(name, key_of(name).address)
    return made


def key_of(name):
    return LocalKey("0x" + name.encode().hex().rjust(64, "1"))


def terms_of(borrower, number, today, amount="1000.00"):
    return models.TermsRequest(
        borrower=key_of(borrower).address,
        principal=cny(amount),
        regime="test-regime",
        funding_deadline=today + timedelta(days=9),
        text=models.TextRequest(
            number=number,
            salt="0x" + secrets.token_hex(32),
            text_hash="0x" + "02" * 32,
            cid_commitment="0x" + "03" * 32,
        ),
        pricing=models.PricingRequest(rate=Decimal("0.06"), day_count="MONTHLY_12"),
        schedule=models.ScheduleRequest(method="EQUAL_INSTALMENT", instalments=2, period_months=1),
    )


def test_the_client_carries_a_loan_from_its_terms_to_its_end(platform, bank):
    bank.deposit("ben", "1000.00")
    bank.end_day()
    assert bank.party("ben").balance.amount == Decimal("1000.00")

    terms = terms_of("anna", "CLIENT-1", bank.today)
    loan = propose(platform, terms, key_of("anna"), wait=WAIT)
    through = bank.today + timedelta(days=9)
    accepted = subscribe(platform, loan, key_of("ben"), cny("1000.00"), through=through, wait=WAIT)
    assert (accepted.resource.id, accepted.transactions[0].status) == (loan, "final")

    platform.disburse_loan(loan, step(platform, loan), wait=WAIT)
    bank.pay_out()
    bank.end_day()
    assert platform.get_loan(loan).state == "Active"

    for row in platform.get_loan_schedule(loan).rows:
        bank.end_day(row.due - timedelta(days=1))
        bank.repay(loan, "anna", row.total.amount)
        bank.end_day()
    assert platform.get_loan(loan).state == "Repaid"
    bank.end_day()
    platform.close_loan(loan, step(platform, loan), wait=WAIT)
    platform.claim_earnings(loan, step(platform, loan), wait=WAIT)
    closed = platform.get_loan(loan)
    assert closed.state == "Closed"
    earned = closed.principal_paid.amount + closed.interest_paid.amount
    assert bank.party("ben").balance.amount == earned > Decimal("1000.00")
    kinds = [entry.kind for entry in platform.every_loan_history(loan, limit=2)]
    assert kinds[0] == "Proposed"
    assert len(kinds) == closed.history.length


def test_the_asynchronous_client_reads_and_changes_the_same(seats, platform):
    async def run():
        async with AsyncLedgerClient(platform.url, seats[0].clients["platform"].token) as client:
            today = (await client.get_business_date()).business_date
            body = models.PrepareRequest(terms=terms_of("anna", "ASYNC", today))
            many = await asyncio.gather(*(client.prepare_loan(body) for _ in range(8)))
            wrong = models.ProposeRequest(terms=body.terms, borrower_signature=key_of("anna").sign(many[0].typed_data))
            accepted = await client.propose_loan(wrong, wait=WAIT)
            loans = [loan.number async for loan in client.every_loans(limit=1)]
            return {answer.loan_id for answer in many}, accepted, loans

    ids, accepted, loans = asyncio.run(run())
    assert ids == {accepted.resource.id}
    assert "ASYNC" in loans


def test_a_refusal_is_a_typed_problem_in_the_language_asked_for(seats, platform):
    with pytest.raises(NotThere) as missing:
        platform.get_loan("0x" + "00" * 32)
    assert (missing.value.code, missing.value.status) == (codes.RESOURCE_NOT_FOUND, 404)
    chinese = LedgerClient(platform.url, "llt_none", language="zh")
    with pytest.raises(NotSignedIn) as stranger:
        chinese.get_network()
    assert stranger.value.code == codes.AUTH_TOKEN_UNKNOWN
    assert "令牌" in stranger.value.detail
    with pytest.raises(RequestRefused):
        platform.list_loans(cursor="!!")


def test_a_refusal_by_the_ledger_names_the_contracts_error(platform, bank):
    terms = terms_of("anna", "RATE", bank.today)
    terms.pricing = models.PricingRequest(rate=Decimal("0.5"), day_count="MONTHLY_12")
    prepared = platform.prepare_loan(models.PrepareRequest(terms=terms))
    body = models.ProposeRequest(terms=terms, borrower_signature=key_of("anna").sign(prepared.typed_data))
    with pytest.raises(Problem) as refused:
        platform.propose_loan(body, wait=WAIT)
    assert refused.value.code == codes.CONTRACT_RATE_ABOVE_CAP
    assert refused.value.document.transactions[0]["status"] == "failed"


def test_what_does_not_fit_is_refused_before_it_is_sent(bank):
    with pytest.raises(ValueError, match="never a float"):
        cny(10.5)
    with pytest.raises(ValidationError, match="more than two decimals"):
        models.PositiveMoney(amount=Decimal("1.005"), currency="CNY")
    with pytest.raises(ValidationError, match="vip"):
        bank.client.register_party({"reference": "x", "vip": True})


class Losing:
    """Between client and gateway: passes requests on, but loses the first answers to changes."""

    def __init__(self, target, losses):
        self.target = httpx.URL(target)
        self.losses = losses
        self.keys = Counter()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client):
        with client:
            request = b""
            while b"\r\n\r\n" not in request:
                if not (more := client.recv(65536)):
                    return
                request += more
            head, _, body = request.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:])
            named = {name.lower(): value for name, value in headers.items()}
            while len(body) < int(named.get("content-length", 0)):
                body += client.recv(65536)
            method, path, _ = lines[0].split(" ")
            answer = httpx.request(method, self.target.join(path), headers=headers, content=body, trust_env=False)
            key = named.get("idempotency-key")
            if key is not None:
                self.keys[key] += 1
                if self.losses > 0:
                    self.losses -= 1
                    return  # the gateway has answered, and nobody hears it
            out = (
                f"HTTP/1.1 {answer.status_code} x\r\nContent-Length: {len(answer.content)}\r\nConnection: close\r\n\r\n"
            )
            client.sendall(out.encode() + answer.content)


def test_a_change_whose_answers_are_lost_takes_effect_once(seats, platform, bank):
    proxy = Losing(platform.url, losses=2)
    client = LedgerClient(proxy.url, seats[0].clients["platform"].token)
    terms = terms_of("anna", "LOST", bank.today)
    prepared = client.prepare_loan(models.PrepareRequest(terms=terms))
    body = models.ProposeRequest(terms=terms, borrower_signature=key_of("anna").sign(prepared.typed_data))
    accepted = client.propose_loan(body, wait=WAIT)
    proxy.server.close()
    assert accepted.transactions[0].status == "final"
    assert list(proxy.keys.values()) == [3]
    sent = [t for t in platform.every_transactions() if t.loan == prepared.loan_id]
    assert [t.id for t in sent] == [accepted.transactions[0].id]


def test_silence_ends_with_patience_and_names_the_key():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    client = LedgerClient(f"http://127.0.0.1:{port}", "llt_x", patience=0.4)
    with pytest.raises(GatewayGone) as gone:
        client.close_day(models.DayEndRequest(through=date(2026, 1, 5)), idempotency_key="mine")
    assert gone.value.key == "mine"


def test_the_same_key_with_another_body_is_a_conflict_of_requests(bank):
    key = secrets.token_hex(8)
    first = models.PartyRequest(
        reference="dora",
        address=key_of("dora").address,
        kind="PERSON",
        identity=models.Identity(name="dora", document_type="CN-ID", document_number="110101", country="CN"),
        account=models.BankAccount(number="62220000", name="dora"),
    )
    bank.client.register_party(first, idempotency_key=key, wait=WAIT)
    assert bank.client.register_party(first, idempotency_key=key).resource.type == "party"
    with pytest.raises(RequestRefused) as reused:
        bank.client.register_party(first.model_copy(update={"kind": "ORGANISATION"}), idempotency_key=key)
    assert reused.value.code == codes.IDEMPOTENCY_KEY_REUSED
    with pytest.raises(StateConflict) as exists:
        bank.client.register_party(first.model_copy(update={"kind": "ORGANISATION"}), wait=WAIT)
    assert exists.value.code == codes.PARTY_EXISTS
