"""A ledger on a fresh anvil, driven by Python with the seats' keys: the facade's own tests need no gateway."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.types import RPCEndpoint

from chain.deployment import MemberSeat, deploy, grant, planned_domain
from chain.ledger import calls
from chain.ledger.calls import BankEntry, Call, PartyKind, Profile, Receipt
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.history import Entry, check
from chain.ledger.orders import Subscription
from chain.ledger.reader import Ledger
from chain.ledger.roles import Role, Scope
from chain.ledger.schedule import build_rows
from chain.ledger.sending import Sent
from chain.ledger.solidity import Struct
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
from chain.toolchain.layout import binary

START = date(2026, 1, 5)
REGIME = regime_id("test-2026")
MEMBERS = ("platform", "bank", "regulator")
# A seat's operational keys beside its root: name -> member, scopes, limit.
OPERATIONAL = {
    "platform desk": ("platform", Scope.Lend.bit | Scope.Relay.bit, 0),
    "bank clerk": ("bank", Scope.Book.bit, 400_000),
    "bank second": ("bank", Scope.Approve.bit | Scope.Correct.bit, 0),
    "regulator second": ("regulator", Scope.Approve.bit, 0),
}
_NAMED = ("deployer", *MEMBERS, *OPERATIONAL)
KEYS = {name: "0x" + f"{n:02x}" * 32 for n, name in enumerate(_NAMED, start=161)}


@dataclass
class Book:
    """A deployed ledger and the seats' keys."""

    ledger: Ledger
    consortium: Consortium

    @staticmethod
    def key(name: str) -> str:
        """A party's or seat's key, the same for the same name."""
        return KEYS.get(name) or "0x" + bytes(Web3.keccak(text=f"test party {name}")).hex()

    def address(self, name: str) -> str:
        """The address of `key(name)`."""
        return str(Account.from_key(self.key(name)).address)

    @property
    def contracts(self) -> Contracts:
        return self.ledger.contracts

    def send(self, seat: str, call: Call) -> Sent:
        """Sends from a seat's key and waits; a refusal raises the typed contract error."""
        return self.ledger.send(call, KEYS[seat])

    def send_approved(self, seat: str, second: str, call: Call) -> Sent:
        """Sends what another key has approved."""
        self.send(second, calls.approve(self.contracts.action(call)))
        return self.send(seat, call)

    def sign(self, party: str, order: Struct) -> bytes:
        """A party's signature over terms or an order, in the right contract's domain."""
        return sign(order, self.contracts.domain_of(type(order)), self.key(party))


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Starts anvils and gives their URLs; ends them afterwards."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*flags: str) -> str:
        # A file, not a pipe: anvil stops when nobody drains its output.
        log = tmp_path_factory.mktemp("anvil") / "log"
        command = [str(binary("anvil")), "--port", "0", "--hardfork", "berlin", *flags]
        with log.open("wb") as file:
            processes.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT))
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = re.search(r"Listening on (\S+)", log.read_text())
            if found:
                return f"http://{found.group(1)}"
            time.sleep(0.02)
        raise AssertionError(f"anvil did not start: {log.read_text()[-400:]}")

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)


@pytest.fixture
def book(deployed: Book) -> Iterator[Book]:
    """A ledger that nobody has used: the session's chain goes back to where it was afterwards."""
    w3 = deployed.ledger.w3
    before = w3.provider.make_request(RPCEndpoint("evm_snapshot"), [])["result"]
    yield deployed
    assert w3.provider.make_request(RPCEndpoint("evm_revert"), [before])["result"] is True


@pytest.fixture(scope="session")
def deployed(anvil_url: str) -> Book:
    """The session's deployment."""
    w3 = connect(anvil_url)
    domain = planned_domain(w3, str(Account.from_key(KEYS["deployer"]).address))
    members = [
        MemberSeat(
            name,
            Role(name.upper()),
            Account.from_key(KEYS[name]).address,
            keys=tuple(
                grant(domain, number, KEYS[key], scopes, limit)
                for key, (member, scopes, limit) in OPERATIONAL.items()
                if member == name
            ),
        )
        for number, name in enumerate(MEMBERS, start=1)
    ]
    roots = {Account.from_key(KEYS[name]).address: KEYS[name] for name in MEMBERS}
    consortium = deploy(
        w3,
        KEYS["deployer"],
        members,
        name="test",
        engine="anvil",
        start_day=START,
        simulated=True,
        root_keys=roots,
    )
    return Book(Ledger(w3, Contracts(consortium)), consortium)


@pytest.fixture(scope="session")
def anvil_url(anvil: Callable[..., str]) -> str:
    """One anvil for the session, with the seats' keys funded."""
    url = anvil()
    w3 = connect(url)
    for key in KEYS.values():
        w3.provider.make_request(RPCEndpoint("anvil_setBalance"), [Account.from_key(key).address, hex(10**21)])
    return url


@dataclass
class Stage:
    """A ledger with a regime, a registered borrower, lenders with money and a payee of fees."""

    book: Book
    lenders: dict[str, int]
    entries: int = 0
    salts: int = 0

    def entry(self) -> BankEntry:
        """A booked bank entry that was not used before."""
        self.entries += 1
        return BankEntry(1, self.entries, Web3.keccak(text=str(self.entries)))

    def salt(self) -> bytes:
        """A salt that was not used before."""
        self.salts += 1
        return bytes(Web3.keccak(text=f"salt {self.salts}"))

    @staticmethod
    def subject(name: str) -> bytes:
        """A party's subject."""
        return bytes(Web3.keccak(text=f"subject {name}"))

    def register(self, *names: str) -> None:
        """Registers parties."""
        for name in names:
            call = calls.register_party(self.book.address(name), self.subject(name), PartyKind.PERSON)
            self.book.send("bank", call)

    def deposit(self, name: str, amount: int) -> None:
        """A booked deposit of a party."""
        self.book.send("bank", calls.credit(self.book.address(name), amount, self.entry()))

    def terms(self, **changes: Any) -> Terms:
        """5,000.00 yuan in 6 monthly equal instalments at 5 % a year, or as the changes say."""
        principal = int(changes.get("principal", sum(self.lenders.values())))
        terms = Terms(
            platform=self.book.address("platform"),
            borrower=self.book.address("borrower"),
            currency="CNY",
            principal=principal,
            regime=REGIME,
            funding_deadline=START + timedelta(days=10),
            text=ContractText("T-1", self.salt(), b"\x02" * 32, b"\x03" * 32),
            pricing=Pricing(50_000_000, DayCount.MONTHLY_12),
            schedule=ScheduleRule(Method.EQUAL_INSTALMENT, 6, 1, principal),
            payments=PLAIN_PAYMENTS,
            fees=(),
        )
        return replace(terms, **changes)

    def length(self, loan: bytes) -> int:
        """The loan's history length."""
        return self.book.ledger.head(loan)[1]

    def propose(self, terms: Terms) -> bytes:
        """Proposes with the borrower's signature."""
        self.book.send("platform", calls.propose(terms, self.book.sign("borrower", terms)))
        return loan_id(terms, self.book.contracts.domain("LoanAgreements"))

    def subscription(self, loan: bytes, lender: str, amount: int, lender_class: int = 0) -> tuple[Subscription, bytes]:
        """A lender's signed subscription."""
        valid = START + timedelta(days=10)
        order = Subscription(loan, self.book.address(lender), amount, lender_class, self.salt(), valid)
        return order, self.book.sign(lender, order)

    def fund(self, loan: bytes) -> None:
        """All lenders subscribe all they have."""
        signed = [self.subscription(loan, lender, amount) for lender, amount in self.lenders.items()]
        self.book.send("platform", calls.subscribe(loan, self.length(loan), signed))

    def pay_out(self, loan: bytes, terms: Terms) -> None:
        """The first payout, asked for, instructed and booked on the business date."""
        rows = build_rows(terms, self.today)
        self.book.send("platform", calls.disburse(terms, loan, self.length(loan), rows))
        self.book.send("bank", calls.instruct(loan, self.length(loan), b"\x05" * 32))
        self.book.send("bank", calls.settle(terms, loan, self.length(loan), self.today, self.entry(), rows))

    def active(self, terms: Terms) -> bytes:
        """A loan that was paid out on the business date."""
        loan = self.propose(terms)
        self.fund(loan)
        self.pay_out(loan, terms)
        return loan

    def receipt(self, loan: bytes, amount: int, value_date: date) -> Receipt:
        """A booked credit for the loan."""
        return Receipt(loan, self.length(loan), amount, value_date, self.entry())

    def collect(self, loan: bytes, amount: int, value_date: date) -> int:
        """Posts a receipt; gives its history entry's number."""
        self.book.send("bank", calls.collect([self.receipt(loan, amount, value_date)]))
        entries = self.book.ledger.history(loan)
        return next(e.seq for e in reversed(entries) if e.kind is Entry.PAYMENT_POSTED)

    def claim(self, loan: bytes, *lenders: str) -> None:
        """Pays lenders what their units have earned."""
        accounts = [self.book.address(name) for name in lenders or self.lenders]
        self.book.send("platform", calls.claim(loan, self.length(loan), accounts))

    @property
    def today(self) -> date:
        """The business date."""
        return self.book.ledger.business_date()

    def close_day(self, through: date) -> None:
        """Attests what the bank holds and closes days."""
        ledger = self.book.ledger
        held = ledger.supply() + ledger.suspense() - ledger.bank_claims()
        digest = Web3.keccak(text=through.isoformat())
        self.book.send("bank", calls.attest(through, digest, held, ledger.suspense(), 0))
        self.book.send("bank", calls.close_day(through, digest))

    def prove(self, *loans: bytes) -> None:
        """Histories are whole, their folds are what the escrow keeps, and the escrow holds exactly the loans' cash."""
        ledger = self.book.ledger
        for loan in loans:
            entries, state, record = ledger.history(loan), ledger.state(loan), ledger.loan(loan)
            assert (check(loan, entries), len(entries)) == ledger.head(loan)
            shared = {name for name in vars(state) if hasattr(record, name)} | {"cash"}
            assert {"outstanding", "interest", "bank_claim", "last_value_date", "head", "schedule"} <= shared
            assert {n: getattr(state, n) for n in shared} == {n: getattr(record, n) for n in shared}
            if state.weighted:
                assert state.denominator == ledger.denominator(loan)
            for subject, held in state.holdings.items():
                position = ledger.position(loan, subject)
                assert (held.units, state.owed(subject)) == (position.units, position.numerator)
                assert state.claimable(subject) == ledger.claimable(loan, subject)
        cash = sum(ledger.loan(loan).cash for loan in loans)
        assert ledger.balance_of(self.book.contracts.address("LoanEscrow")) == cash + ledger.reserve(1)


@pytest.fixture
def stage(book: Book) -> Stage:
    """A ledger with a regime, a borrower, two lenders with money and a payee of fees."""
    stage = Stage(book, {"anna": 300_001, "ben": 199_999})
    profile = Profile(240_000_000, 2, date(2026, 1, 1), date(2026, 12, 31))
    book.send("regulator", calls.set_profile(REGIME, profile))
    stage.register("borrower", "agent", *stage.lenders)
    for name, amount in stage.lenders.items():
        stage.deposit(name, amount)
    return stage
