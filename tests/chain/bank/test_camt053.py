from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from xsdata.formats.dataclass.parsers import XmlParser

from chain.bank import errors
from chain.bank.account_statement import AccountStatement, EntryStatus, Remittance, StatementEntry
from chain.bank.camt053 import VERSIONS, read_account_statement
from chain.bank.xml_tree import MAX_BYTES

Entry = Callable[..., StatementEntry]
File = Callable[..., bytes]


def in_version(data: bytes, version: str) -> bytes:
    """The same statement in an older version, which has no Sts/Cd and no Pty."""
    if version == "08":
        return data
    text = data.decode().replace("camt.053.001.08", f"camt.053.001.{version}")
    for code in EntryStatus:
        text = text.replace(f"<Sts>\n          <Cd>{code}</Cd>\n        </Sts>", f"<Sts>{code}</Sts>")
    dropped: tuple[str, ...] = ("<Pty>", "</Pty>")
    if version == "02":  # transactions carry no amounts of their own
        dropped = (*dropped, f"{'':12}<Amt ", f"{'':12}<CdtDbtInd>")
    return "\n".join(
        line for line in text.splitlines() if not line.startswith(dropped) and line.strip() not in dropped
    ).encode()


@pytest.mark.parametrize("version", VERSIONS)
def test_reads_each_version_to_the_same_statement(version: str, entry: Entry, file: File, statement: Entry) -> None:
    entries = (
        entry(remittance=Remittance(("line 1", "line 2"), ("RF18539007547034",))),
        entry(
            account_servicer_reference="BR-2",
            credit=False,
            kind="debit",
            amount=123_45,
            end_to_end_id="E2E-7",
            counterparty_name="李四",
        ),
    )
    data = in_version(file(*entries), version)
    module = importlib.import_module(f"pyiso20022.camt.camt_053_001_{version}.camt_053_001_{version}")
    XmlParser().from_bytes(data, module.Document)  # what pyiso20022 itself accepts

    assert read_account_statement(data) == replace(statement(*entries), file_hash=sha256(data).digest())


def test_tells_booked_pending_reversal_and_return_apart(entry: Entry, file: File) -> None:
    read = read_account_statement(
        file(
            entry(),
            entry(account_servicer_reference="BR-2", status=EntryStatus.PDNG, booking_date=None, amount=7),
            entry(account_servicer_reference="BR-3", status=EntryStatus.INFO, booking_date=None, amount=9),
            entry(account_servicer_reference="BR-4", credit=False, kind="reversal", original_reference="BR-0"),
            entry(account_servicer_reference="BR-5", kind="return", return_reason="AC04", end_to_end_id="E2E-1"),
            entry(account_servicer_reference="BR-6", credit=False, kind="debit", amount=1),
        )
    )
    assert [(e.kind, e.status.value, e.signed) for e in read.entries] == [
        ("credit", "BOOK", 500_000),
        ("credit", "PDNG", 0),
        ("credit", "INFO", 0),
        ("reversal", "BOOK", -500_000),
        ("return", "BOOK", 500_000),
        ("debit", "BOOK", -1),
    ]
    assert read.closing == 499_999
    assert read.entries[3].original_reference == "BR-0"
    assert (read.entries[4].return_reason, read.entries[4].end_to_end_id) == ("AC04", "E2E-1")


def test_a_return_booked_as_reversal_is_a_return(entry: Entry, file: File) -> None:
    data = file(entry(kind="return", return_reason="AC04")).replace(b"<Sts>", b"<RvslInd>true</RvslInd><Sts>")
    assert read_account_statement(data).entries[0].kind == "return"


def test_a_return_is_told_by_its_transaction_code_alone(entry: Entry, file: File) -> None:
    data = file(entry()).replace(b"<SubFmlyCd>DMCT", b"<SubFmlyCd>RRTN")
    assert read_account_statement(data).entries[0].kind == "return"


def test_several_transactions_in_one_entry_are_counted_and_none_is_taken_for_the_entry(
    entry: Entry, file: File
) -> None:
    data = file(entry(end_to_end_id="E2E-1"))
    start, end = data.index(b"<TxDtls>"), data.index(b"</TxDtls>") + len(b"</TxDtls>")
    halves = (data[start:end].replace(b">5000.00<", amount) for amount in (b">4999.00<", b">1.00<"))
    read = read_account_statement(data[:start] + b"".join(halves) + data[end:]).entries[0]
    assert (read.transactions, read.end_to_end_id, read.counterparty_account) == (2, None, None)

    announced = data.replace(b"<NtryDtls>", b"<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch>")
    assert read_account_statement(announced).entries[0].transactions == 3


def test_details_that_do_not_make_up_the_entry_are_refused(entry: Entry, file: File) -> None:
    data = file(entry())
    head, _, tail = data.rpartition(b">5000.00<")
    error = refused(head + b">5000.01<" + tail, errors.DetailsMismatch)
    assert (error.params["entry"], error.params["expected"], error.params["found"]) == (1, "5000.00", "5000.01")


def test_iban_previous_closing_and_date_times_are_read(entry: Entry, file: File) -> None:
    data = (
        file(entry())
        .replace(b"OPBD", b"PRCD")
        .replace(
            b"<Othr>\n            <Id>6228480000000000001</Id>\n          </Othr>",
            b"<IBAN>DE89370400440532013000</IBAN>",
        )
    )
    data = data.replace(
        b"<ValDt>\n          <Dt>2026-01-05</Dt>", b"<ValDt>\n          <DtTm>2026-01-04T23:59:59+08:00</DtTm>"
    )
    read = read_account_statement(data)
    assert read.account == "DE89370400440532013000"
    assert read.entries[0].value_date == date(2026, 1, 4)


def test_an_overdrawn_account_has_negative_balances(entry: Entry, file: File) -> None:
    read = read_account_statement(file(entry(amount=100), opening=-250, closing=-150))
    assert (read.opening, read.closing) == (-250, -150)


def test_an_empty_day_is_a_statement(file: File) -> None:
    assert read_account_statement(file()).entries == ()


def refused(data: bytes, kind: type[errors.BankFileError]) -> errors.BankFileError:
    with pytest.raises(kind) as caught:
        read_account_statement(data)
    assert type(caught.value) is kind
    assert caught.value.message("zh")
    return caught.value


def line_of(data: bytes, mark: bytes) -> int:
    return data[: data.index(mark)].count(b"\n") + 1


def test_one_changed_digit_in_an_amount_names_sum_expected_and_found(entry: Entry, file: File) -> None:
    data = file(entry(), entry(account_servicer_reference="BR-2", amount=123), closing=500_123)
    error = refused(data.replace(b'<Amt Ccy="CNY">1.23', b'<Amt Ccy="CNY">1.33'), errors.BalanceMismatch)
    assert (error.params["opening"], error.params["entry_sum"]) == ("0.00", "5001.33")
    assert (error.params["expected"], error.params["found"]) == ("5001.33", "5001.23")
    assert "5001.33" in error.message()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"5000.001", errors.AmountTooPrecise),
        (b"-5000.00", errors.NegativeAmount),
        (b"5e3", errors.SchemaViolation),
        (b"NaN", errors.SchemaViolation),
        (b"5,000.00", errors.SchemaViolation),
        (b".50", errors.MalformedAmount),
        (b"12345678901234567890", errors.SchemaViolation),
    ],
)
def test_bad_amounts_are_refused_with_their_line(
    text: bytes, kind: type[errors.BankFileError], entry: Entry, file: File
) -> None:
    data = file(entry(amount=500_000), opening=1, closing=500_001)
    mark = b'<Amt Ccy="CNY">5000.00'
    error = refused(data.replace(mark, b'<Amt Ccy="CNY">' + text), kind)
    assert error.params["line"] == line_of(data, mark)
    if kind is not errors.SchemaViolation:
        assert error.params["where"] == "entry 1"


def test_a_foreign_currency_entry_is_refused(entry: Entry, file: File) -> None:
    data = file(entry(), closing=500_001, opening=1).replace(b'Ccy="CNY">5000.00', b'Ccy="USD">5000.00')
    assert refused(data, errors.WrongCurrency).params["where"] == "entry 1"


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        (b"<AcctSvcrRef>BR-1</AcctSvcrRef>", errors.MissingEntryReference),
        (b"<ValDt>\n          <Dt>2026-01-05</Dt>\n        </ValDt>", errors.MissingEntryDate),
        (b"<BookgDt>\n          <Dt>2026-01-05</Dt>\n        </BookgDt>", errors.MissingEntryDate),
        (b"<ElctrncSeqNb>1</ElctrncSeqNb>", errors.MissingInStatement),
        (b"<CdtDbtInd>CRDT</CdtDbtInd>\n        <Sts>", errors.MalformedXml),
        (b"<CreDtTm>2026-01-05T23:59:59</CreDtTm>\n    </GrpHdr>", errors.MalformedXml),
        (b"<MsgId>MSG-S-1</MsgId>", errors.SchemaViolation),
    ],
)
def test_what_is_missing_is_named(mark: bytes, kind: type[errors.BankFileError], entry: Entry, file: File) -> None:
    data = file(entry())
    assert mark in data
    error = refused(data.replace(mark, b""), kind)
    assert int(error.params["line"]) > 1


def test_a_missing_or_repeated_balance_is_refused(entry: Entry, file: File) -> None:
    data = file(entry())
    assert "CLBD" in refused(data.replace(b"CLBD", b"CLAV"), errors.MissingInStatement).message()
    assert "OPBD" in refused(data.replace(b"CLBD", b"OPBD"), errors.RepeatedInStatement).message()


def test_a_reference_used_twice_in_the_file_is_refused(entry: Entry, file: File) -> None:
    error = refused(file(entry(), entry(amount=1)), errors.DuplicateEntryReference)
    assert (error.params["entry"], error.params["first"], error.params["reference"]) == (2, 1, "BR-1")


def test_an_entry_booked_after_the_statement_is_refused(entry: Entry, file: File) -> None:
    later = date(2026, 1, 5) + timedelta(days=1)
    assert refused(file(entry(booking_date=later)), errors.BookedAfterStatement).params["entry"] == 1


def test_an_unknown_status_is_refused(entry: Entry, file: File) -> None:
    error = refused(file(entry()).replace(b"<Cd>BOOK</Cd>", b"<Cd>FUTR</Cd>"), errors.UnknownEntryStatus)
    assert error.params["found"] == "FUTR"


def test_several_statements_in_one_file_are_refused(entry: Entry, file: File) -> None:
    data = file(entry())
    start, end = data.index(b"<Stmt>"), data.index(b"</Stmt>") + len(b"</Stmt>")
    error = refused(data[:end] + data[start:end] + data[end:], errors.SeveralStatements)
    assert error.params["count"] == 2
    refused(data[:start] + data[end:], errors.SchemaViolation)


def test_a_page_of_a_longer_statement_is_refused(entry: Entry, file: File) -> None:
    mark = b"<ElctrncSeqNb>"
    for page, last in ((b"1", b"false"), (b"2", b"true")):
        pages = b"<StmtPgntn><PgNb>" + page + b"</PgNb><LastPgInd>" + last + b"</LastPgInd></StmtPgntn>"
        refused(file(entry()).replace(mark, pages + mark), errors.IncompletePages)


def test_other_message_types_and_versions_are_refused(entry: Entry, file: File) -> None:
    data = file(entry())
    for other in (b"camt.052.001.08", b"camt.053.001.01", b"pain.001.001.09"):
        refused(data.replace(b"camt.053.001.08", other), errors.WrongMessageType)
    refused(b"<html/>", errors.WrongMessageType)


def test_unknown_elements_and_codes_name_line_and_path(entry: Entry, file: File) -> None:
    data = file(entry())
    error = refused(data.replace(b"<AcctSvcrRef>", b"<Bogus/><AcctSvcrRef>"), errors.SchemaViolation)
    assert error.params["line"] == line_of(data, b"<AcctSvcrRef>")
    assert error.params["path"].endswith("Ntry/Bogus")
    twice = data.replace(b"<AcctSvcrRef>", b"<AcctSvcrRef>X</AcctSvcrRef><AcctSvcrRef>")
    assert "more than once" in refused(twice, errors.SchemaViolation).message()
    refused(data.replace(b"CRDT", b"BOTH"), errors.SchemaViolation)
    refused(data.replace(b"<Dt>2026-01-05</Dt>", b"<Dt>2026-02-30</Dt>"), errors.SchemaViolation)


def test_broken_xml_names_its_line(entry: Entry, file: File) -> None:
    data = file(entry())
    error = refused(data.replace(b"</AcctSvcrRef>", b"</AcctSvcrRf>"), errors.MalformedXml)
    assert error.params["line"] == line_of(data, b"</AcctSvcrRef>")
    refused(data[: len(data) // 2], errors.MalformedXml)
    refused(b"", errors.MalformedXml)
    refused(data.replace(b"UTF-8", b"klingon"), errors.MalformedXml)
    refused(b"<a>" * 100_000, errors.MalformedXml)


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
 <!ENTITY lol "lol">
 <!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&lol2;</Document>"""


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        b'<!DOCTYPE d SYSTEM "http://127.0.0.1/x.dtd"><Document/>',
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        b'<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><Document/>',
        b"<!DOCTYPE d><Document/>",
    ],
    ids=["bomb", "external dtd", "external entity", "parameter entity", "empty dtd"],
)
def test_document_types_and_entities_are_refused_unread(data: bytes) -> None:
    assert refused(data, errors.ForbiddenXml).params["line"] in (1, 2)


def test_a_file_over_the_size_limit_is_refused_unread() -> None:
    assert refused(b" " * (MAX_BYTES + 1), errors.FileTooLarge).params["limit"] == MAX_BYTES


def test_the_hash_is_of_the_very_bytes(statement: Callable[..., AccountStatement], file: File, entry: Entry) -> None:
    data = file(entry())
    spaced = data + b"\n"
    assert read_account_statement(spaced).file_hash == sha256(spaced).digest() != sha256(data).digest()
