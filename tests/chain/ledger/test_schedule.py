"""Rows in the forms that contracts hold them in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.schedule import abi_rows, build_rows, pack_rows, rows_from_abi, table_hash, unpack_rows
from chain.ledger.structs import closed_bits
from chain.ledger.terms import DayCount, Method, Pricing, ScheduleRule
from chain.schedules.ledger import Row

rows_strategy = st.lists(
    st.builds(
        Row,
        due=st.dates(date(1970, 1, 1), date(9999, 12, 31)),
        principal=st.integers(0, 2**72 - 1),
        interest=st.integers(0, 2**80 - 1),
        fee=st.integers(0, 2**72 - 1),
    ),
    max_size=5,
).map(tuple)


@given(rows_strategy)
def test_rows_come_back_from_code_and_abi(rows: tuple[Row, ...]) -> None:
    assert len(pack_rows(rows)) == 32 * len(rows)
    assert unpack_rows(pack_rows(rows)) == rows
    assert rows_from_abi(abi_rows(rows)) == rows


def test_a_length_that_is_no_whole_number_of_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        unpack_rows(bytes(31))


def test_the_tables_hash_is_the_one_that_the_contract_computes(book: Any) -> None:
    rows = (Row(date(2026, 3, 1), 100_000, 4_000, 7), Row(date(2026, 9, 30), 400_000, 12_345, 0))
    assert book.ledger.view("RepaymentSchedules", "tableHash", abi_rows(rows)) == table_hash(rows)


@pytest.mark.parametrize("method", [m for m in Method if m is not Method.CUSTOM], ids=lambda m: m.name)
@pytest.mark.parametrize("day_count", DayCount, ids=lambda d: d.name)
def test_built_rows_are_the_ones_that_the_contract_takes(stage: Any, method: Method, day_count: DayCount) -> None:
    single = method is Method.SINGLE_PAYMENT
    rule = ScheduleRule(method, 1 if single else 7, 18 if single else 2, 500_000)
    terms = stage.terms(schedule=rule, pricing=Pricing(47_300_000, day_count))
    start = date(2026, 1, 31)
    segment = (500_000, 20484, 20484, 0, 0, True)
    stage.book.ledger.view(
        "RepaymentSchedules", "verify", terms.abi_tuple(), segment, abi_rows(build_rows(terms, start))
    )


@given(st.lists(st.booleans(), max_size=800))
def test_days_stand_in_words_little_end_first(closed: list[bool]) -> None:
    words = closed_bits(closed)
    assert len(words) == -(-len(closed) // 256)
    assert [bool(words[day // 256] >> day % 256 & 1) for day in range(len(closed))] == closed
