"""Reads an ISO 20022 account statement (camt.053.001.02, .04, .06 or .08), or refuses it whole.

`read_account_statement` promises: what it returns is schema-conform, of one account, one currency and one day;
opening + booked entries = closing; every entry has its own bank reference, a value date and an amount of whole minor
units.
Otherwise it raises a `BankFileError` that names the line or entry, and no other exception whatever the bytes are.
It doesn't know what was posted before: see `posting`.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from xsdata.models.datatype import XmlDate, XmlDateTime

from chain.bank import errors
from chain.bank.account_statement import AccountStatement, EntryKind, EntryStatus, Remittance, StatementEntry
from chain.bank.amounts import AmountText, Minor, minor_from_text, text_from_minor
from chain.bank.iso_schema import check_schema
from chain.bank.xml_tree import Tree, children, local_name, namespace, read_tree

VERSIONS = ("02", "04", "06", "08")
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)\}", re.ASCII)
_EXPECTED = "a camt.053.001 Document of version " + ", ".join(VERSIONS)
_NOT_PROVIDED = "NOTPROVIDED"
_RETURNED = "RRTN"  # bank transaction sub-family "reversal due to payment return"


def read_account_statement(data: bytes) -> AccountStatement:
    """The one account statement in `data`. Raises a BankFileError; then nothing of the file may be used."""
    tree = read_tree(data)
    version = _version(tree)
    module = importlib.import_module(f"pyiso20022.camt.camt_053_001_{version}.camt_053_001_{version}")
    check_schema(tree, tree.root, module.Document)
    statement = _only_statement(tree)
    return _Reader(tree, _currency(tree, statement)).statement(statement, hashlib.sha256(data).digest())


def _version(tree: Tree) -> str:
    found = _NAMESPACE.fullmatch(namespace(tree.root))
    if found is None or found[1] not in VERSIONS or local_name(tree.root) != "Document":
        raise errors.WrongMessageType(line=tree.line(tree.root), found=tree.root.tag, expected=_EXPECTED)
    return found[1]


def _only_statement(tree: Tree) -> Element:
    [message] = tree.root
    statements = list(children(message, "Stmt"))
    if len(statements) != 1:
        raise errors.SeveralStatements(line=tree.line((statements or [message])[-1]), count=len(statements))
    for pages in (*_at(message, "GrpHdr/MsgPgntn"), *_at(statements[0], "StmtPgntn")):
        number, last = _text(pages, "PgNb") or "", _text(pages, "LastPgInd")
        if int(number) != 1 or last not in ("true", "1"):
            raise errors.IncompletePages(line=tree.line(pages), page=number)
    return statements[0]


def _currency(tree: Tree, statement: Element) -> str:
    """The account's currency, or its first balance's where the account names none."""
    named = _text(statement, "Acct/Ccy")
    return named if named is not None else next(_at(statement, "Bal/Amt")).attrib["Ccy"]


@dataclass(frozen=True)
class _Reader:
    tree: Tree
    currency: str

    def statement(self, statement: Element, file_hash: bytes) -> AccountStatement:
        line = self.tree.line(statement)
        sequence = _text(statement, "ElctrncSeqNb")
        if sequence is None:
            raise errors.MissingInStatement(line=line, what="ElctrncSeqNb, its sequence number")
        account = _account(statement, "Acct")
        if account is None:
            raise errors.MissingInStatement(line=line, what="the account's IBAN or other identification")
        opening, _ = self._balance(statement, "OPBD", "PRCD")
        closing, closing_balance = self._balance(statement, "CLBD")
        day = self._date(closing_balance, "Dt")
        if day is None:
            raise errors.MissingInStatement(
                line=self.tree.line(closing_balance), what="the date of its closing balance"
            )
        entries = tuple(self._entry(entry, n, day) for n, entry in enumerate(children(statement, "Ntry"), start=1))
        self._check_references(statement, entries)
        entry_sum = sum(entry.signed for entry in entries)
        if opening + entry_sum != closing:
            raise errors.BalanceMismatch(
                line=self.tree.line(closing_balance),
                opening=text_from_minor(opening),
                entry_sum=text_from_minor(entry_sum),
                expected=text_from_minor(opening + entry_sum),
                found=text_from_minor(closing),
            )
        for entry, element in zip(entries, children(statement, "Ntry"), strict=True):
            self._check_details(element, entry)
        return AccountStatement(
            account=account,
            currency=self.currency,
            electronic_sequence_number=int(Decimal(sequence)),
            statement_id=_text(statement, "Id") or "",
            date=day,
            opening=opening,
            closing=closing,
            entries=entries,
            file_hash=file_hash,
        )

    def _check_references(self, statement: Element, entries: tuple[StatementEntry, ...]) -> None:
        first: dict[str, int] = {}
        for entry, element in zip(entries, children(statement, "Ntry"), strict=True):
            reference = entry.account_servicer_reference
            if reference in first:
                raise errors.DuplicateEntryReference(
                    line=self.tree.line(element), entry=entry.entry_no, reference=reference, first=first[reference]
                )
            first[reference] = entry.entry_no

    def _check_details(self, element: Element, entry: StatementEntry) -> None:
        """Where every transaction of the entry gives its amount in the account's currency, they make up the entry's."""
        found = 0
        for details in _at(element, "NtryDtls/TxDtls"):
            amount = next(children(details, "Amt"), None)
            if amount is None or amount.attrib["Ccy"] != self.currency:
                return
            value = self._amount(details, f"entry {entry.entry_no}, its details")
            direction = _text(details, "CdtDbtInd")
            found += value if direction is None or (direction == "CRDT") == entry.credit else -value
        if any(_at(element, "NtryDtls/TxDtls")) and found != entry.amount:
            raise errors.DetailsMismatch(
                line=self.tree.line(element),
                entry=entry.entry_no,
                expected=text_from_minor(entry.amount),
                found=text_from_minor(found),
            )

    def _balance(self, statement: Element, *types: str) -> tuple[int, Element]:
        found = [bal for bal in children(statement, "Bal") if _text(bal, "Tp/CdOrPrtry/Cd") in types]
        if not found:
            what = f"a {' or '.join(types)} balance"
            raise errors.MissingInStatement(line=self.tree.line(statement), what=what)
        if len(found) > 1:
            raise errors.RepeatedInStatement(line=self.tree.line(found[1]), what=f"the {'/'.join(types)} balance")
        amount = self._amount(found[0], f"balance {types[0]}")
        return (amount if _text(found[0], "CdtDbtInd") == "CRDT" else -amount), found[0]

    def _amount(self, owner: Element, where: str) -> Minor:
        [element] = children(owner, "Amt")
        line, text = self.tree.line(element), (element.text or "").strip()
        try:
            amount = minor_from_text(text)
        except AmountText as fault:
            kinds = {"negative": errors.NegativeAmount, "too precise": errors.AmountTooPrecise}
            kind = kinds.get(fault.reason, errors.MalformedAmount)
            raise kind(line=line, where=where, amount=text) from None
        if element.attrib["Ccy"] != self.currency:
            raise errors.WrongCurrency(line=line, where=where, found=element.attrib["Ccy"], expected=self.currency)
        return amount

    def _date(self, owner: Element, name: str) -> date | None:
        """The day of a Dt | DtTm choice, as the bank wrote it (the time zone is the bank's)."""
        for element in (*_at(owner, f"{name}/Dt"), *_at(owner, f"{name}/DtTm")):
            text = (element.text or "").strip()
            try:
                day = (XmlDate if local_name(element) == "Dt" else XmlDateTime).from_string(text)
                return date(day.year, day.month, day.day)
            except ValueError:
                line = self.tree.line(element)
                raise errors.SchemaViolation(line=line, path=name, reason=f"{text!r} is no calendar date") from None
        return None

    def _entry(self, entry: Element, number: int, day: date) -> StatementEntry:
        line = self.tree.line(entry)
        amount = self._amount(entry, f"entry {number}")
        reference = _text(entry, "AcctSvcrRef")
        if reference is None:
            raise errors.MissingEntryReference(line=line, entry=number)
        status_text = (_text(entry, "Sts/Cd") or _text(entry, "Sts") or _text(entry, "Sts/Prtry") or "").strip()
        if status_text not in EntryStatus.__members__:
            raise errors.UnknownEntryStatus(line=line, entry=number, found=status_text)
        status = EntryStatus(status_text)
        value_date, booking_date = self._date(entry, "ValDt"), self._date(entry, "BookgDt")
        if value_date is None:
            raise errors.MissingEntryDate(line=line, entry=number, what="value date (ValDt)")
        if status is EntryStatus.BOOK and booking_date is None:
            raise errors.MissingEntryDate(line=line, entry=number, what="booking date (BookgDt)")
        if status is EntryStatus.BOOK and booking_date is not None and booking_date > day:
            raise errors.BookedAfterStatement(line=line, entry=number, found=booking_date, expected=day)
        credit = _text(entry, "CdtDbtInd") == "CRDT"
        details = list(_at(entry, "NtryDtls/TxDtls"))
        batched = [int(n) for n in _texts(entry, "NtryDtls/Btch/NbOfTxs")]
        transactions = max(1, len(details), sum(batched))
        only = details[0] if transactions == 1 and details else None
        own_reference = _text(only, "Refs/AcctSvcrRef")
        side = "Dbtr" if credit else "Cdtr"
        end_to_end_id = _text(only, "Refs/EndToEndId")
        return StatementEntry(
            entry_no=number,
            account_servicer_reference=reference,
            amount=amount,
            credit=credit,
            status=status,
            kind=_kind(entry, credit),
            booking_date=booking_date,
            value_date=value_date,
            remittance=Remittance(
                unstructured=tuple(_texts(only, "RmtInf/Ustrd")),
                creditor_references=tuple(_texts(only, "RmtInf/Strd/CdtrRefInf/Ref")),
            ),
            end_to_end_id=None if end_to_end_id == _NOT_PROVIDED else end_to_end_id,
            counterparty_name=_text(only, f"RltdPties/{side}/Pty/Nm") or _text(only, f"RltdPties/{side}/Nm"),
            counterparty_account=None if only is None else _account(only, f"RltdPties/{side}Acct"),
            return_reason=_text(only, "RtrInf/Rsn/Cd") or _text(only, "RtrInf/Rsn/Prtry"),
            original_reference=own_reference if own_reference != reference else None,
            transactions=transactions,
        )


def _kind(entry: Element, credit: bool) -> EntryKind:
    """A return is told by its return information or transaction code, even where the bank books it as a reversal."""
    codes = (*_texts(entry, "BkTxCd/Domn/Fmly/SubFmlyCd"), *_texts(entry, "NtryDtls/TxDtls/BkTxCd/Domn/Fmly/SubFmlyCd"))
    if _RETURNED in codes or any(_at(entry, "NtryDtls/TxDtls/RtrInf")):
        return "return"
    if _text(entry, "RvslInd") in ("true", "1"):
        return "reversal"
    return "credit" if credit else "debit"


def _account(owner: Element, path: str) -> str | None:
    """IBAN without blanks, or the other identification as it stands."""
    return _text(owner, f"{path}/Id/IBAN") or _text(owner, f"{path}/Id/Othr/Id")


def _at(element: Element, path: str) -> Iterator[Element]:
    name, _, rest = path.partition("/")
    for child in children(element, name):
        if rest:
            yield from _at(child, rest)
        else:
            yield child


def _texts(element: Element | None, path: str) -> list[str]:
    return [] if element is None else [(found.text or "").strip() for found in _at(element, path)]


def _text(element: Element | None, path: str) -> str | None:
    """The first text at `path`, None if there is none or it is blank."""
    return next((text for text in _texts(element, path) if text), None)
