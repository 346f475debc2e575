"""The network that is measured, and loans on it that take many payments: a Clique devnet, set up by signed calls.

No gateway takes part in the set-up. Each loan enters as a running one of an old book (two calls and an approval), so
that hundreds are there within seconds; one payment of it changes nothing that another loan's payment touches, but for
the ledger's totals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench_rpc import Rpc
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from chain.engines import clique, genesis
from chain.keys.keystore import KeystoreCost, ensure_key, load_key
from chain.ledger import calls
from chain.ledger.calls import Call, PartyKind, Profile, Receipt
from chain.ledger.contracts import Contracts
from chain.ledger.orders import KeyRegistration, Opening, OpeningPosition, positions_hash
from chain.ledger.roles import Scope
from chain.ledger.schedule import build_rows, table_hash
from chain.ledger.structs import BankEntry
from chain.ledger.terms import (
    PLAIN_PAYMENTS,
    ContractText,
    DayCount,
    Method,
    Pricing,
    ScheduleRule,
    Terms,
    loan_id,
    regime_id,
)
from chain.ledger.typed_data import sign
from chain.runtime.plan import Owner
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import this_process
from gateway.launch.bring_up import Network, bring_up_chain
from gateway.launch.files import Launch
from gateway.launch.seats import OPERATIONAL_KEYS, key_folder

START = date(2026, 1, 5)
GAS_PRICE = 10**9
PAYMENT = 100  # minor units
PRINCIPAL = 100_000_000
INSTALMENTS = 6
CALL_GAS = 400_000
OPEN_GAS = 3_000_000
MINED_SECONDS = 240.0
AT_ONCE = 1000

Say = Callable[[str], None]


@dataclass
class Loan:
    """A loan and the length of its history, as the measurement has sent it on."""

    id: bytes
    length: int


@dataclass
class Key:
    """A booking key, and the nonce of its next transaction where the measurement itself sends."""

    name: str
    folder: Path
    account: LocalAccount
    nonce: int = 0


@dataclass
class Book:
    """The network with its loans."""

    state: StateFolder
    network: Network
    contracts: Contracts
    keys: list[Key]
    loans: list[Loan] = field(default_factory=list)

    @property
    def rpc_url(self) -> str:
        """The bank's node."""
        return self.network.nodes["bank"]

    def sign_call(self, account: LocalAccount, nonce: int, call: Call, gas: int = CALL_GAS) -> str:
        """The raw transaction of a call."""
        return self.sign_data(account, nonce, self.contracts.address(call.contract), self.contracts.encode(call), gas)

    def sign_data(self, account: LocalAccount, nonce: int, to: str, data: bytes, gas: int, value: int = 0) -> str:
        """A raw transaction."""
        fields: dict[str, Any] = {
            "chainId": self.network.consortium.chain_id, "nonce": nonce, "to": to, "data": data, "gas": gas,
            "gasPrice": GAS_PRICE, "value": value,
        }  # fmt: skip
        return "0x" + bytes(account.sign_transaction(fields).raw_transaction).hex()

    def receipt(self, loan: Loan, entry: BankEntry) -> Receipt:
        """One more payment of the loan."""
        receipt = Receipt(loan.id, loan.length, PAYMENT, START, entry)
        loan.length += 1
        return receipt


def bring_up(path: Path, gas_limit: int, keys: int, say: Say) -> Book:
    """Starts the nodes and deploys the ledger; it ends with this process."""
    genesis.GAS_LIMIT = clique.GAS_LIMIT = gas_limit  # type: ignore[misc]  # the devnet's own is 30M
    state = StateFolder(path).create_new()
    launch = Launch(engine="clique", simulated=True)
    network = bring_up_chain(
        state.path, launch, start_day=START, owner=Owner(this_process(), remove_state=True),
        report=lambda step, what: say(f"{step}: {what}"),
    )  # fmt: skip
    book = Book(state, network, Contracts(network.consortium), [])
    folder = key_folder(state, "bank", "booking")
    book.keys.append(Key("booking", folder, load_key(folder)))
    for number in range(2, keys + 1):
        name = f"booking-{number}"
        folder = key_folder(state, "bank", name)
        book.keys.append(Key(name, folder, ensure_key(folder, KeystoreCost.DEVNET)))
    _register(book)
    say(f"{keys} booking keys are on the chain")
    return book


def _register(book: Book) -> None:
    """Funds the further booking keys out of the bank's root, which registers them."""
    rpc = Rpc(book.rpc_url)
    root = load_key(book.state.seat("bank"))
    nonce = rpc.nonce(root.address)
    scopes = sum(scope.bit for scope in OPERATIONAL_KEYS["bank"]["booking"])
    member = next(n for n, m in enumerate(book.network.consortium.members, 1) if m.root == root.address)
    raws: list[str] = []
    for key in book.keys[1:]:
        raws.append(book.sign_data(root, nonce + len(raws), key.account.address, b"", 21_000, 10**24))
        consent = KeyRegistration(key.account.address, member, scopes, 0)
        signature = sign(consent, book.contracts.domain_of(KeyRegistration), key.account.key)
        call = calls.register_key(key.account.address, scopes, 0, signature)
        raws.append(book.sign_call(root, nonce + len(raws), call))
    rpc.send(raws)
    wait_mined(rpc, {root.address: nonce + len(raws)})


def open_loans(book: Book, count: int, say: Say) -> None:
    """Takes `count` running loans in; each can take payments from the start day on."""
    rpc = Rpc(book.rpc_url)
    lending = load_key(key_folder(book.state, "platform", "lending"))
    approving = load_key(key_folder(book.state, "bank", "approving"))
    supervising = load_key(key_folder(book.state, "regulator", "supervising"))
    borrower, lender = (Account.from_key(keccak(text=f"bench {who}")) for who in ("borrower", "lender"))
    regime = regime_id("bench")
    first = [
        (supervising, calls.set_profile(regime, Profile(240_000_000, 0, date(2026, 1, 1), date(2030, 12, 31)))),
        *(
            (book.keys[0].account, calls.register_party(p.address, keccak(text=p.address), PartyKind.PERSON))
            for p in (borrower, lender)
        ),
    ]
    _send_all(book, rpc, first)
    platform = next(m.root for m in book.network.consortium.members if m.role.value == "PLATFORM")
    proposed: list[tuple[LocalAccount, Call]] = []
    approved: list[tuple[LocalAccount, Call]] = []
    opened: list[tuple[LocalAccount, Call]] = []
    for number in range(count):
        terms = _terms(number, platform, borrower.address, regime)
        loan = loan_id(terms, book.contracts.domain_of(Terms))
        proposed.append((lending, calls.propose(terms, sign(terms, book.contracts.domain_of(Terms), borrower.key))))
        rows = build_rows(terms, START)
        positions = (OpeningPosition(lender.address, PRINCIPAL, 0),)
        opening = Opening(loan, PRINCIPAL, START, table_hash(rows), positions_hash(positions))
        domain = book.contracts.domain_of(Opening)
        signatures = sign(opening, domain, borrower.key), [sign(opening, domain, lender.key)]
        call = calls.open_running(terms, 1, opening, rows, positions, *signatures)
        approved.append((approving, calls.approve(book.contracts.action(call))))
        opened.append((lending, call))
        book.loans.append(Loan(loan, 2))
    say(f"{count} loans are signed")
    for start in range(0, count, AT_ONCE):  # what nodes keep of one key
        some = slice(start, start + AT_ONCE)
        _send_all(book, rpc, [*approved[some], *proposed[some]])
        _send_all(book, rpc, opened[some], OPEN_GAS)
        say(f"{min(count, start + AT_ONCE)} loans run, block {rpc.height()}")


def _terms(number: int, platform: str, borrower: str, regime: bytes) -> Terms:
    return Terms(
        platform=platform,
        borrower=borrower,
        currency="CNY",
        principal=PRINCIPAL,
        regime=regime,
        funding_deadline=START + timedelta(days=10),
        text=ContractText(f"BENCH-{number}", bytes(keccak(text=str(number))), b"\x02" * 32, b"\x03" * 32),
        pricing=Pricing(50_000_000, DayCount.MONTHLY_12),
        schedule=ScheduleRule(Method.EQUAL_INSTALMENT, INSTALMENTS, 1, PRINCIPAL),
        payments=PLAIN_PAYMENTS,
        fees=(),
    )


def _send_all(book: Book, rpc: Rpc, wanted: Iterable[tuple[LocalAccount, Call]], gas: int = OPEN_GAS) -> None:
    nonces: dict[str, int] = {}
    raws = []
    for account, call in wanted:
        nonce = nonces.get(account.address)
        nonce = rpc.nonce(account.address) if nonce is None else nonce
        raws.append(book.sign_call(account, nonce, call, gas))
        nonces[account.address] = nonce + 1
    before = rpc.height()
    rpc.send(raws)
    wait_mined(rpc, nonces)
    _require_success(rpc, before + 1)


def wait_mined(rpc: Rpc, nonces: dict[str, int], seconds: float = MINED_SECONDS) -> None:
    """Waits until blocks hold all transactions below these nonces."""
    end = time.monotonic() + seconds
    while any(rpc.nonce(address) < nonce for address, nonce in nonces.items()):
        if time.monotonic() > end:
            print("transactions are not mined", file=sys.stderr)
            raise SystemExit(4)
        time.sleep(0.2)


def _require_success(rpc: Rpc, first: int) -> None:
    for number in range(first, rpc.height() + 1):
        failed = [r for r in receipts(rpc, number) if r["status"] != "0x1"]
        if failed:
            print(f"a call of the set-up reverted: {failed[0]['transactionHash']}", file=sys.stderr)
            raise SystemExit(4)


def receipts(rpc: Rpc, number: int) -> Sequence[dict[str, Any]]:
    """Receipts of a block."""
    found: Sequence[dict[str, Any]] | None = rpc.ask("eth_getBlockReceipts", hex(number))
    return found or ()


def book_scopes() -> str:
    """The booking keys' scopes as the settings file writes them."""
    return ", ".join(f'"{scope.name}"' for scope in sorted(OPERATIONAL_KEYS["bank"]["booking"], key=lambda s: s.name))


__all__ = ["PAYMENT", "START", "Book", "Key", "Loan", "Scope", "bring_up", "open_loans", "receipts", "wait_mined"]
