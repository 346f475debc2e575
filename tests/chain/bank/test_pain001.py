from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as pain
from xsdata.formats.dataclass.parsers import XmlParser

from chain.bank import errors
from chain.bank.amounts import Minor
from chain.bank.pain001 import Debtor, PaymentInstruction, PaymentOrder, read_payment_order, write_payment_order

DEBTOR = Debtor("示例存管银行 网贷资金存管专户", "6228480000000000001", "DEMOBANK")
FIRST = PaymentInstruction(
    instruction_id="L01-1",
    end_to_end_id="RF14P6902909332574139",
    amount=Minor(500_000),
    currency="CNY",
    creditor_name="王小明",
    creditor_account="6217000000000000099",
    remittance="放款 L01",
    requested_date=date(2026, 1, 6),
)
ORDER = PaymentOrder("PO-20260105-1", datetime(2026, 1, 5, 17, 0, tzinfo=UTC), DEBTOR, (FIRST,))

texts = st.text("abc 王&<>\"'éZ0", min_size=1, max_size=30).filter(lambda text: text == text.strip() and bool(text))
instructions = st.builds(
    PaymentInstruction,
    instruction_id=st.integers(0, 999).map(lambda n: f"I{n}"),
    end_to_end_id=st.integers(0, 999).map(lambda n: f"E{n}"),
    amount=st.integers(1, 10**15).map(Minor),
    currency=st.just("CNY"),
    creditor_name=texts,
    creditor_account=st.from_regex(r"\A[0-9]{12,19}\Z"),
    remittance=texts,
    requested_date=st.dates(date(2020, 1, 1), date(2099, 12, 31)),
)
orders = st.builds(
    PaymentOrder,
    message_id=st.just("PO-1"),
    created=st.integers(1_500_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    debtor=st.just(DEBTOR),
    instructions=st.lists(
        instructions, min_size=1, max_size=6, unique_by=(lambda i: i.instruction_id, lambda i: i.end_to_end_id)
    ).map(lambda made: tuple(sorted(made, key=lambda i: i.requested_date))),
)


@given(orders)
def test_what_is_written_is_read_back_the_same(order: PaymentOrder) -> None:
    data = write_payment_order(order)
    assert read_payment_order(data) == order
    assert write_payment_order(order) == data


@given(orders)
def test_pyiso20022_reads_the_same_total_and_count(order: PaymentOrder) -> None:
    message = XmlParser().from_bytes(write_payment_order(order), pain.Document).cstmr_cdt_trf_initn
    amounts = [t.amt.instd_amt.value for p in message.pmt_inf for t in p.cdt_trf_tx_inf if t.amt.instd_amt]
    assert sum(amounts) == message.grp_hdr.ctrl_sum == Decimal(sum(i.amount for i in order.instructions)) / 100
    assert str(len(amounts)) == message.grp_hdr.nb_of_txs


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_not_above_zero_is_refused(amount: int) -> None:
    with pytest.raises(errors.InvalidInstruction):
        write_payment_order(replace(ORDER, instructions=(replace(FIRST, amount=Minor(amount)),)))


@pytest.mark.parametrize("changes", [{"instruction_id": "other"}, {"end_to_end_id": "other"}])
def test_an_id_used_twice_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidInstruction):
        write_payment_order(replace(ORDER, instructions=(FIRST, replace(FIRST, **changes))))


def test_an_empty_order_is_refused() -> None:
    with pytest.raises(errors.InvalidInstruction):
        write_payment_order(replace(ORDER, instructions=()))


@pytest.mark.parametrize(
    "changes",
    [
        {"end_to_end_id": "x" * 36},
        {"creditor_name": "x" * 141},
        {"remittance": ""},
        {"currency": "yuan"},
        {"creditor_name": "a\x00b"},
    ],
)
def test_a_text_that_does_not_fit_the_message_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises((errors.SchemaViolation, errors.MalformedXml)):
        write_payment_order(replace(ORDER, instructions=(replace(FIRST, **changes),)))


def test_another_message_is_no_payment_order() -> None:
    with pytest.raises(errors.WrongMessageType):
        read_payment_order(write_payment_order(ORDER).replace(b"pain.001.001.09", b"pain.001.001.03"))
