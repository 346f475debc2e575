"""One byte changed in a stored document, in signed terms or in an account statement: caught, and the thing is named."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chain.bank.amounts import text_from_minor
from chain.ledger.connection import connect
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop
from gateway.auth.service import issue_token
from gateway.demo.book.load import Book, load_book
from gateway.demo.client import GatewayClient
from gateway.demo.errors import GatewayAnswered
from gateway.demo.seats import Wallets
from gateway.demo.terms import terms_request
from gateway.launch.bring_up import Network, bring_up
from gateway.launch.files import CustodyEntry, Launch, Organisations

pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]


@dataclass(frozen=True)
class Tampered:
    """A network on anvil with the book's regime and parties, and a client of each seat."""

    network: Network
    book: Book
    wallets: Wallets
    platform: GatewayClient
    bank: GatewayClient
    regulator: GatewayClient

    def supply(self) -> int:
        """Custody tokens on the chain, cents."""
        return Ledger(connect(self.network.nodes["observer"]), Contracts(self.network.consortium)).supply()


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tampered]:
    book = load_book("quick")
    account = book.header.custody_account
    custody = CustodyEntry(
        account=account.number,
        holder=account.name,
        bank=book.header.depository_bank.code,
        currency=account.currency,
        first_sequence_number=account.first_sequence_number,
        first_opening=text_from_minor(account.first_opening),
    )
    launch = Launch(
        engine="anvil",
        simulated=True,
        organisations=Organisations(platform=book.header.platform.code, bank=book.header.depository_bank.code),
        custody=custody,
    )
    path = tmp_path_factory.mktemp("tampering") / "net"
    clients: list[GatewayClient] = []
    try:
        network = bring_up(path, launch, start_day=book.statements[0].day)
        for seat in ("platform", "bank", "regulator"):
            clients.append(GatewayClient(seat, network.gateways[seat], issue_token(path, seat, "tests")))
        made = Tampered(network, book, Wallets(book), *clients)
        prepare(made)
        yield made
    finally:
        for client in clients:
            client.close()
        if path.is_dir():
            stop(StateFolder(path))


def prepare(net: Tampered) -> None:
    """The regime of the book's loans, and its parties."""
    regime = net.book.header.regime
    request = {
        "name": regime.name,
        "rate_cap": str(regime.rate_cap),
        "reversal_days": regime.reversal_days,
        "effective_from": regime.effective_from.isoformat(),
        "effective_through": regime.effective_through.isoformat(),
    }
    net.regulator.mined(net.regulator.change("/v1/regime-profiles", request))
    for party in net.book.parties.values():
        identity = {"name": party.name, "document_type": "CN-ID", "document_number": party.identity}
        account = {"number": party.account, "name": party.name}
        request = {
            "reference": party.alias,
            "address": net.wallets.address(party.alias),
            "kind": party.kind.upper(),
            "identity": identity,
            "account": account,
        }
        accepted = net.bank.change("/v1/parties", request)
    net.bank.mined(accepted)


def store(net: Tampered, content: bytes) -> Any:
    return net.platform.change("/v1/documents", files={"file": ("contract.pdf", content, "application/pdf")})


# Documents.


def blocks(net: Tampered, node: int) -> set[Path]:
    return set((net.network.state.path / "ipfs" / str(node) / "repo" / "blocks").rglob("*.data"))


@pytest.mark.parametrize("node", [1, 2])
@pytest.mark.parametrize("place", ["first byte", "middle", "last byte"])
def test_a_byte_changed_in_a_stored_block_is_caught_and_its_cid_named(net: Tampered, node: int, place: str) -> None:
    before = blocks(net, node)
    stored = store(net, net.book.loans[0].contract_text + place.encode() + bytes([node]))
    [block] = blocks(net, node) - before
    path = f"/v1/documents/{stored['document_id']}/verification"
    assert net.platform.get(path)["verified"] is True
    whole = block.read_bytes()
    position = {"first byte": 0, "middle": len(whole) // 2, "last byte": len(whole) - 1}[place]
    block.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
    with pytest.raises(GatewayAnswered) as caught:
        net.platform.get(path)
    assert caught.value.params["problem_code"] == "documents.stored_bytes_corrupt"
    assert stored["cid"] in caught.value.params["problem"]
    assert net.network.ipfs[node - 1].api_url in caught.value.params["problem"]
    block.write_bytes(whole)
    assert net.platform.get(path)["verified"] is True


# Terms.


def signed_terms(net: Tampered, number: str) -> tuple[Any, str]:
    """Terms of the book's first loan under another contract number, and the borrower's signature over them."""
    application = net.book.loans[0].application
    text = store(net, net.book.loans[0].contract_text)
    terms = terms_request(application, text, net.wallets)
    terms["text"]["number"] = number
    prepared = net.platform.ask("/v1/loans:prepare", {"terms": terms})
    return terms, net.wallets.sign(application.borrower, prepared["typed_data"])


def flipped(text: str) -> str:
    """The text with another last digit."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("part", "field", "change"),
    [
        ("principal", "amount", lambda amount: "5000.01"),
        ("pricing", "rate", lambda rate: "0.06"),
        ("schedule", "instalments", lambda count: count + 1),
        ("text", "text_hash", flipped),
        ("text", "cid_commitment", flipped),
        ("text", "salt", flipped),
        (None, "funding_deadline", lambda day: "2023-12-01"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_terms_changed_after_signing_are_refused_and_the_loan_named(
    net: Tampered, part: str | None, field: str, change: Callable[[Any], Any]
) -> None:
    terms, signature = signed_terms(net, f"TAMPERED-{field}")
    changed = copy.deepcopy(terms)
    holder = changed[part] if part else changed
    holder[field] = change(holder[field])
    loan = net.platform.ask("/v1/loans:prepare", {"terms": changed})["loan_id"]
    with pytest.raises(GatewayAnswered) as caught:
        net.platform.mined(net.platform.change("/v1/loans", {"terms": changed, "borrower_signature": signature}))
    assert caught.value.params["problem_code"] == "order.signer_wrong"
    assert loan in caught.value.params["problem"]
    with pytest.raises(GatewayAnswered) as unknown:
        net.platform.get(f"/v1/loans/{loan}")
    assert unknown.value.params["problem_code"] == "resource.not_found"
    [done] = net.platform.mined(net.platform.change("/v1/loans", {"terms": terms, "borrower_signature": signature}))
    assert done["status"] in ("mined", "final")


# Account statements.


def changed_amounts(data: bytes) -> Iterator[bytes]:
    """The statement with the first, and with the last digit of each amount changed."""
    for amount in re.finditer(rb'<Amt Ccy="CNY">([0-9.]+)<', data):
        for position in (amount.start(1), amount.end(1) - 1):
            digit = b"%d" % ((data[position] - ord("0") + 1) % 10)
            yield data[:position] + digit + data[position + 1 :]


def test_a_changed_amount_refuses_the_account_statement_whole_and_names_what_is_off(net: Tampered) -> None:
    data = net.book.statements[0].data
    headers = {"Content-Type": "application/xml"}
    supply = net.supply()
    changed = list(changed_amounts(data))
    for tampered in changed:
        with pytest.raises(GatewayAnswered) as caught:
            net.bank.change("/v1/account-statements", content=tampered, headers=headers)
        code, problem = caught.value.params["problem_code"], caught.value.params["problem"]
        assert code in ("bank.balance_mismatch", "bank.details_mismatch")
        assert re.search(r"entry \d+" if code == "bank.details_mismatch" else r"closing says \d+\.\d\d", problem), (
            problem
        )
    assert len(changed) > 20
    assert net.bank.items("/v1/account-statements") == []
    assert net.supply() == supply == 0

    accepted = net.bank.change("/v1/account-statements", content=data, headers=headers)
    path = accepted["resource"]["href"]
    posted = net.bank.until(path, lambda: (seen := net.bank.get(path))["status"] == "posted" and seen)
    assert net.supply() == sum(party.deposited for party in net.book.expected.parties.values())
    net.bank.mined(posted)
    again = net.bank.change("/v1/account-statements", content=data, headers=headers)
    assert again["resource"] == accepted["resource"]
    assert [t["hash"] for t in net.bank.get(path)["transactions"]] == [t["hash"] for t in posted["transactions"]]
    assert len(net.bank.items("/v1/account-statements")) == 1
