from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chain.bank.account_statement import Remittance, StatementEntry
from chain.bank.camt053 import read_account_statement
from chain.bank.errors import BankFileError

FUZZ = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_PIECES = [b"<", b">", b"&", b"</Ntry>", b"<Ntry>", b"]]>", b"<!--", b"<![CDATA[", b"-", b".", b"\x00", b"\xff", b"9"]


@pytest.fixture
def valid(file: Callable[..., bytes], entry: Callable[..., StatementEntry]) -> bytes:
    first = entry(remittance=Remittance(("王",), ("RF18539007547034",)))
    second = entry(account_servicer_reference="BR-2", kind="return", return_reason="AC04")
    return file(first, second, electronic_sequence_number=7, opening=-1, closing=999_999)


def consistent_or_refused(data: bytes) -> None:
    try:
        statement = read_account_statement(data)
    except BankFileError as refusal:
        if not (refusal.message("en") and refusal.message("zh")):
            raise
        return
    assert statement.opening + sum(entry.signed for entry in statement.entries) == statement.closing
    assert all(entry.amount >= 0 and entry.account_servicer_reference for entry in statement.entries)
    assert len({entry.account_servicer_reference for entry in statement.entries}) == len(statement.entries)


@FUZZ
@given(st.data())
def test_changed_bytes_give_a_consistent_statement_or_a_typed_refusal(valid: bytes, data: st.DataObject) -> None:
    changed = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(st.sampled_from(_PIECES) | st.binary(min_size=0, max_size=3))
        length = data.draw(st.integers(0, 4))
        changed[position : position + length] = piece
    consistent_or_refused(bytes(changed))


@FUZZ
@given(st.data())
def test_moved_repeated_or_dropped_lines_give_a_consistent_statement_or_a_typed_refusal(
    valid: bytes, data: st.DataObject
) -> None:
    lines = valid.splitlines(keepends=True)
    start = data.draw(st.integers(1, len(lines) - 1))
    end = data.draw(st.integers(start, min(start + 12, len(lines))))
    block = lines[start:end]
    rest = lines[:start] + lines[end:]
    target = data.draw(st.integers(0, len(rest)))
    kept = lines if data.draw(st.booleans()) else rest
    consistent_or_refused(b"".join(kept[:target] + block * data.draw(st.integers(0, 2)) + kept[target:]))


@FUZZ
@given(st.data())
def test_changed_texts_give_a_consistent_statement_or_a_typed_refusal(valid: bytes, data: st.DataObject) -> None:
    pieces = valid.split(b">")
    position = data.draw(st.integers(1, len(pieces) - 2))
    _, tag, rest = pieces[position].partition(b"<")
    text = data.draw(
        st.text(max_size=12).map(str.encode) | st.sampled_from([b"9999-12-31", b"-0001-01-01", b"1e400", b"0"])
    )
    pieces[position] = text + tag + rest
    consistent_or_refused(b">".join(pieces))


@FUZZ
@given(st.binary(max_size=200))
@example("<?xml version='1.0' encoding='utf-16'?><Document/>".encode("utf-16"))
@example(b"<?xml version='1.0' encoding='utf-7'?><Document/>")
@example(b"<?xml version='1.0' encoding='gb18030'?><Document/>")
@example(b"\xef\xbb\xbf<Document/>")
def test_any_bytes_give_a_typed_refusal(data: bytes) -> None:
    consistent_or_refused(data)


def test_the_unchanged_file_is_read(valid: bytes) -> None:
    assert read_account_statement(valid).electronic_sequence_number == 7
