"""Parties sign in with their key (ERC-4361): the grammar to the letter, and only for this place, chain and moment."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime, timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth import signing_in, siwe
from gateway.auth.errors import MessageInvalid, PartyUnknown, SessionEnded
from gateway.indexer.tables import IndexedEvent

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
GOOD = siwe.SignInMessage(
    domain="lender.example:8443", address=ADDRESS, uri="https://lender.example:8443/in", chain_id=1337,
    nonce="a1B2c3D4e5", issued_at=NOW,
)  # fmt: skip
ORIGIN = "https://lender.example:8443"


def test_the_example_of_the_standard_is_read():
    text = (
        "https://example.com:3388 wants you to sign in with your Ethereum account:\n"
        "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n"
        "\n"
        "I accept the ExampleOrg Terms of Service: https://example.com/tos\n"
        "\n"
        "URI: https://example.com/login\n"
        "Version: 1\n"
        "Chain ID: 1\n"
        "Nonce: 32891756\n"
        "Issued At: 2021-09-30T16:25:24Z\n"
        "Resources:\n"
        "- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/\n"
        "- https://example.com/my-web2-claim.json"
    )
    read = siwe.parse(text)
    assert (read.scheme, read.domain, read.chain_id) == ("https", "example.com:3388", 1)
    assert read.statement == "I accept the ExampleOrg Terms of Service: https://example.com/tos"
    assert read.resources == (
        "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
        "https://example.com/my-web2-claim.json",
    )
    assert read.text() == text


hosts = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z]{2,5})?(:[0-9]{2,5})?", fullmatch=True)
moments = st.integers(946_684_800, 4_070_908_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
messages = st.builds(
    siwe.SignInMessage,
    domain=hosts,
    address=st.just(ADDRESS),
    uri=hosts.map(lambda host: f"https://{host}/x?y=1#z"),
    chain_id=st.integers(0, 10**18 - 1),
    nonce=st.from_regex(r"[A-Za-z0-9]{8,40}", fullmatch=True),
    issued_at=moments,
    scheme=st.none() | st.sampled_from(["https", "http"]),
    statement=st.none() | st.from_regex(r"[A-Za-z0-9 .,:;=&/?-]{1,60}", fullmatch=True),
    expiration_time=st.none() | moments,
    not_before=st.none() | moments,
    request_id=st.none() | st.from_regex(r"[A-Za-z0-9_.-]{0,10}", fullmatch=True),
    resources=st.none() | st.lists(hosts.map(lambda host: f"ipfs://{host}"), max_size=3).map(tuple),
)


@given(messages)
def test_what_is_written_is_read_back(message):
    assert siwe.parse(message.text()) == message


@given(messages, st.data())
def test_a_changed_message_never_says_the_same(message, data):
    """No two texts say the same, but for the ways of writing a time that mean one moment."""
    text = message.text()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("\n\r\t 0aZ:/.-%\x00é "))
    changed = text[:place] + letter + text[place + 1 :]
    if changed == text:
        return
    try:
        read = siwe.parse(changed)
    except MessageInvalid:
        return
    assert read != message


@given(st.text(max_size=300))
def test_any_text_is_refused_and_never_an_accident(text):
    with pytest.raises(MessageInvalid):
        siwe.parse(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("\n\n\nURI", "\n\nURI"),
        ("\n", "\r\n"),
        ("Nonce: a1B2c3D4e5", "Nonce: short"),
        ("Nonce: a1B2c3D4e5", "Nonce: a1B2c3D4e5\nNonce: a1B2c3D4e5"),
        ("Chain ID: 1337", "Chain ID: 0x539"),
        ("Chain ID: 1337\nNonce: a1B2c3D4e5", "Nonce: a1B2c3D4e5\nChain ID: 1337"),
        (ADDRESS, ADDRESS.lower()),
        (ADDRESS, ADDRESS[:-1]),
        ("2026-01-05T08:00:00Z", "2026-13-05T08:00:00Z"),
        ("2026-01-05T08:00:00Z", "2026-01-05 08:00:00Z"),
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z\n"),
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z\nRequest ID: a b"),
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z\nResources:\n- not a uri"),
        ("wants you to sign in", "wants You to sign in"),
    ],
)
def test_what_breaks_the_grammar_is_refused(old, new):
    assert old in GOOD.text()
    with pytest.raises(MessageInvalid):
        siwe.parse(GOOD.text().replace(old, new))


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "evil.example"},
        {"domain": "lender.example"},
        {"scheme": "http"},
        {"uri": "https://evil.example/in"},
        {"uri": "https://lender.example:84430/in"},
        {"chain_id": 1},
        {"issued_at": NOW - timedelta(minutes=11)},
        {"issued_at": NOW + timedelta(minutes=2)},
        {"expiration_time": NOW},
        {"not_before": NOW + timedelta(seconds=1)},
    ],
)
def test_a_message_for_another_place_chain_or_moment_is_refused(change):
    siwe.check(GOOD, ORIGIN, 1337, NOW)
    with pytest.raises(MessageInvalid):
        siwe.check(dataclasses.replace(GOOD, **change), ORIGIN, 1337, NOW)


# --- over HTTP, with parties of a real ledger


def sign(message: str, key: str) -> str:
    return Account.sign_message(encode_defunct(text=message), key).signature.to_0x_hex()


def message_for(ledger, call, address: str) -> str:
    answer = call(ledger.platform.url, "GET", "/v1/sessions:ethereum-message", params={"address": address})
    assert answer.status_code == 200, answer.text
    return answer.json()["message"]


def sign_in(ledger, call, message: str, signature: str):
    body = {"message": message, "signature": signature}
    return call(ledger.platform.url, "POST", "/v1/sessions:ethereum", json=body)


@pytest.fixture(scope="module")
def party(ledger):
    ledger.register("SignsIn")
    until = time.monotonic() + 30
    while ledger.platform.http.get(f"/v1/parties/{ledger.address('SignsIn')}").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.05)
    return "SignsIn"


def test_a_party_signs_in_with_its_key(ledger, call, party):
    address = ledger.address(party)
    message = message_for(ledger, call, address)
    signed = sign_in(ledger, call, message, sign(message, ledger.key(party)))
    assert signed.status_code == 200, signed.text
    caller = call(ledger.platform.url, "GET", "/v1/sessions:current", signed.json()["access_token"]).json()
    assert (caller["id"], caller["kind"], caller["address"]) == (f"party:{address}", "party", address)
    assert caller["roles"] == ["borrower", "lender"]
    assert caller["tenant"] != "seat"


def test_a_nonce_works_once(ledger, call, party):
    message = message_for(ledger, call, ledger.address(party))
    signature = sign(message, ledger.key(party))
    assert sign_in(ledger, call, message, signature).status_code == 200
    again = sign_in(ledger, call, message, signature)
    assert (again.status_code, again.json()["code"]) == (401, "auth.challenge_unknown")


def test_a_nonce_that_was_not_given_here_is_refused(ledger, call, party):
    message = message_for(ledger, call, ledger.address(party))
    other = message.replace("Nonce: ", "Nonce: f")
    refused = sign_in(ledger, call, other, sign(other, ledger.key(party)))
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.challenge_unknown")


def test_anothers_signature_and_an_address_that_is_no_party_are_refused(ledger, call, party):
    message = message_for(ledger, call, ledger.address(party))
    refused = sign_in(ledger, call, message, sign(message, ledger.key("somebody")))
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.sign_in_refused")
    message = message_for(ledger, call, ledger.address("somebody"))
    refused = sign_in(ledger, call, message, sign(message, ledger.key("somebody")))
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.party_unknown")
    message = message_for(ledger, call, ledger.address(party))
    refused = sign_in(ledger, call, message, "0x" + "00" * 65)
    assert refused.json()["code"] == "auth.sign_in_refused"


def test_a_party_whose_key_was_replaced_is_refused_at_once(identity):
    """With the index as the ledger's events make it: registered, signed in, replaced by another key."""
    old, new, subject = ADDRESS, "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF", "0x" + "ab" * 32
    tokens = {}

    def event(position: str, name: str, key: str, account: str) -> IndexedEvent:
        values = {"subject": subject, "account": account, "kind": 1}
        return IndexedEvent(
            position=position, contract="Parties", event=name, key=key, values=values, block=1, tx="0x" + "00" * 32
        )

    def enter(account: Account) -> str:
        message = signing_in.ethereum_message(identity, account.address)
        return signing_in.by_ethereum(identity, message, sign(message, account.key), "192.0.2.1").access_token

    first, second = (Account.from_key(number.to_bytes(32, "big")) for number in (1, 2))
    assert (first.address, second.address) == (old, new)
    with pytest.raises(PartyUnknown):
        enter(first)
    with identity.database.write() as session:
        session.add(event("1", "PartyRegistered", old, old))
    tokens[old] = enter(first)
    assert identity.actor_of(tokens[old]).address == old
    with pytest.raises(PartyUnknown):
        enter(second)
    with identity.database.write() as session:
        session.add(event("2", "PartyReplaced", subject, new))
    with pytest.raises(SessionEnded):
        identity.actor_of(tokens[old])
    with pytest.raises(PartyUnknown):
        enter(first)
    assert identity.actor_of(enter(second)).tenant == f"party:{new}"
