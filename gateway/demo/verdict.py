"""The demo's last step: the same figures from two nodes, the documents read back, the custody account compared.

Everything that is off becomes one sentence; nothing off means reconciled.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from eth_utils.address import to_checksum_address

from chain.bank.amounts import text_from_minor
from chain.ledger.reader import Ledger
from gateway.demo.book.expectation import Closed, Refused, Unfunded
from gateway.demo.book.load import Book
from gateway.demo.books import day_end_differences, exposure_differences, journal_differences
from gateway.demo.client import Json, minor
from gateway.demo.errors import GatewayAnswered
from gateway.demo.figures import CustodyFigures, LoanFigures, PatientNode, differences
from gateway.demo.life import SIDE_BY_SIDE
from gateway.demo.seats import Seats, Wallets
from gateway.demo.steps import Course
from gateway.journals.node import all_records, events_of


@dataclass(frozen=True)
class LoanVerdict:
    """One application: its course, its figures (None if refused), and what is off."""

    course: Course
    figures: LoanFigures | None
    documents: str
    off: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The whole book. books_equal: day-ends, exposures and journals are as expected."""

    loans: tuple[LoanVerdict, ...]
    custody: CustodyFigures
    observer_equal: bool
    books_equal: bool
    errors: tuple[str, ...]

    @property
    def reconciled(self) -> bool:
        """Whether nothing is off."""
        return not self.errors


def judge(
    book: Book,
    seats: Seats,
    wallets: Wallets,
    courses: list[Course],
    platform_node: PatientNode,
    observer_node: PatientNode,
) -> Verdict:
    """Compares the book's expected figures with both nodes, the bank's books and the stored documents."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        loans = tuple(pool.map(lambda course: _judge_loan(seats, wallets, course, platform_node), courses))
        differing = _observer_differences(loans, pool, platform_node, observer_node)
    custody = _custody(seats, platform_node)
    books = _books(book, wallets, loans, platform_node)
    errors = [line for loan in loans for line in loan.off] + differing + _custody_differences(book, custody) + books
    return Verdict(loans, custody, not differing, not books, tuple(errors))


def _judge_loan(seats: Seats, wallets: Wallets, course: Course, node: PatientNode) -> LoanVerdict:
    expected = course.loan.expected
    if course.id is None:
        found = f"refused ({course.refusal})" if course.refusal else "never proposed"
        right = isinstance(expected, Refused) and expected.error == course.refusal
        off = () if right else (f"{course.ref}: expected {expected.status}, was {found}",)
        return LoanVerdict(course, None, "none", off)
    figures = node.figures(bytes.fromhex(course.id[2:]))
    lines = differences(course.loan, figures, wallets.alias_of)
    documents = _check_document(seats, course)
    if documents != "verified":
        lines.append(f"{course.ref}: documents: {documents}")
    return LoanVerdict(course, figures, documents, tuple(lines))


def _check_document(seats: Seats, course: Course) -> str:
    """Reads the contract text back at the regulator's seat, proved and decrypted; compares it with the book's."""
    try:
        seen = seats.regulator.get(f"/v1/documents/{course.document}/verification")
        if not seen["committed"] or seen["loan"] != course.id:
            return f"not committed to this loan: {seen}"
        content = seats.regulator.content(f"/v1/documents/{course.document}/content")
    except GatewayAnswered as refused:
        return str(refused)
    same = hashlib.sha256(content).digest() == hashlib.sha256(course.loan.contract_text).digest()
    return "verified" if same else "the text read back differs from the book's"


def _observer_differences(
    loans: tuple[LoanVerdict, ...], pool: ThreadPoolExecutor, platform_node: PatientNode, observer_node: PatientNode
) -> list[str]:
    present = [loan for loan in loans if loan.course.id is not None]
    seen = pool.map(lambda loan: observer_node.figures(bytes.fromhex((loan.course.id or "")[2:])), present)
    off = [
        f"{loan.course.ref}: the observer's node says {there}, the platform's {loan.figures}"
        for loan, there in zip(present, seen, strict=True)
        if there != loan.figures
    ]
    here_supply, there_supply = platform_node.supply(), observer_node.supply()
    if here_supply != there_supply:
        off.append(f"custody: the observer's node says {there_supply} tokens, the platform's {here_supply}")
    return off


def _books(book: Book, wallets: Wallets, loans: tuple[LoanVerdict, ...], node: PatientNode) -> list[str]:
    """Day-ends, exposures and journals, from the platform's node."""
    figures = {loan.course.ref: loan.figures for loan in loans if loan.figures is not None}
    records = node.read("the ledger's logs", lambda ledger: list(all_records(ledger)))
    events = node.read("the journals", lambda ledger: events_of(ledger, records))
    subjects = {
        _hex(record.values["subject"]): wallets.alias_of[to_checksum_address(record.values["account"])]
        for record in records
        if record.event == "PartyRegistered"
    }
    off = day_end_differences(book, records) + exposure_differences(book, figures)
    off += _register_differences(book, loans, node, {alias: subject for subject, alias in subjects.items()})
    return off + journal_differences(book, events, subjects)


def _register_differences(
    book: Book, loans: tuple[LoanVerdict, ...], node: PatientNode, subjects: dict[str, str]
) -> list[str]:
    """The ledger's own registers of exposures at the end: of each borrower, and of the platform over all of them."""
    ids = [bytes.fromhex(loan.course.id[2:]) for loan in loans if loan.course.id]
    if not ids:
        return []
    platform = node.read("the platform's number", lambda ledger: ledger.loan(ids[0]).platform)
    expected = book.expected.exposures[book.statements[-1].day]
    found = {"the platform": node.read("its exposure", lambda ledger: ledger.platform_exposure(platform).outstanding)}
    wanted = {"the platform": sum(expected.values())}
    for alias in book.borrowers:
        subject = bytes.fromhex(subjects[alias][2:])
        found[alias] = node.read("an exposure", partial(_owed, subject=subject, platform=platform))
        wanted[alias] = expected.get(alias, 0)
    return [
        f"register of exposures: of {who}: expected {text_from_minor(wanted[who])}, found {text_from_minor(amount)}"
        for who, amount in found.items()
        if amount != wanted[who]
    ]


def _owed(ledger: Ledger, *, subject: bytes, platform: int) -> int:
    return ledger.exposure(subject, platform).outstanding


def _hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()


def _custody(seats: Seats, node: PatientNode) -> CustodyFigures:
    seen = seats.bank.get("/v1/custody")
    return CustodyFigures(node.supply(), minor(seen["suspense"]), minor(seen["bank"]))


def _custody_differences(book: Book, found: CustodyFigures) -> list[str]:
    expected = book.expected.custody
    wanted = {
        "tokens": (expected.tokens, found.tokens),
        "suspense": (expected.suspense, found.suspense),
        "bank": (expected.bank, found.bank),
        "bank against tokens and suspense": (found.tokens + found.suspense, found.bank),
    }
    return [
        f"custody: {what}: expected {text_from_minor(want)}, found {text_from_minor(have)}"
        for what, (want, have) in wanted.items()
        if want != have
    ]


def as_json(book: Book, engine: str, verdict: Verdict, wallets: Wallets) -> Json:
    """The demo's result as one JSON object; amounts as decimal strings."""
    return {
        "reconciled": verdict.reconciled,
        "engine": engine,
        "loans": [_loan_json(loan, wallets) for loan in verdict.loans],
        "custody": {
            "tokens": text_from_minor(verdict.custody.tokens),
            "suspense": text_from_minor(verdict.custody.suspense),
            "bank": text_from_minor(verdict.custody.bank),
        },
        "observer": {"equal": verdict.observer_equal},
        "books": {"equal": verdict.books_equal},
        "errors": list(verdict.errors),
        "currency": book.header.custody_account.currency,
    }


def _loan_json(loan: LoanVerdict, wallets: Wallets) -> Json:
    course, expected, figures = loan.course, loan.course.loan.expected, loan.figures
    shown: Json = {
        "id": course.digest,
        "ref": course.ref,
        "status": "Refused" if figures is None else figures.state.name.capitalize(),
        "reconciled": not loan.off,
        "why": course.loan.application.why.en,
        "principal": text_from_minor(course.loan.application.principal),
    }
    if figures is None:
        return shown | {"error": {"code": f"contract.{course.refusal}" if course.refusal else "demo.not_proposed"}}
    received = {wallets.alias_of[a]: v for a, v in (figures.refunded or figures.received).items()}
    wanted: dict[str, int] = {}
    if isinstance(expected, Closed):
        wanted = {one.lender: one.received for one in expected.lenders}
    elif isinstance(expected, Unfunded):
        wanted = {one.lender: one.amount for one in expected.refunds}
    return shown | {
        "paid": text_from_minor(figures.paid),
        "interest": text_from_minor(figures.interest),
        "penalties": text_from_minor(figures.penalties),
        "fees": text_from_minor(sum(figures.fees.values())),
        "overpaid": text_from_minor(figures.released),
        "dust": text_from_minor(figures.dust),
        "lenders": [
            {
                "id": lender,
                "received": text_from_minor(received.get(lender, 0)),
                "expected": text_from_minor(wanted.get(lender, 0)),
            }
            for lender in sorted({*received, *wanted})
        ],
        "documents": loan.documents,
    }
