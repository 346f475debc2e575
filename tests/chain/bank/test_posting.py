from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from chain.bank import errors
from chain.bank.account_statement import EntryStatus, StatementEntry
from chain.bank.posting import AlreadyPosted, CustodyAccount, ToPost, accept_account_statement

Entry = Callable[..., StatementEntry]
File = Callable[..., bytes]
NEXT = date(2026, 1, 6)


def post(data: bytes, custody: CustodyAccount, ledger: Any) -> None:
    accepted = accept_account_statement(data, custody, ledger)
    assert isinstance(accepted, ToPost)
    ledger.post(accepted.statement)


def second(file: File, *entries: StatementEntry, **changes: object) -> bytes:
    closing = 500_000 + sum(entry.signed for entry in entries)
    given = {"electronic_sequence_number": 2, "date": NEXT, "opening": 500_000, "closing": closing}
    return file(*entries, **(given | changes))


def test_statements_post_in_sequence(custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    post(file(entry()), custody, ledger)
    post(second(file, entry(account_servicer_reference="BR-2")), custody, ledger)
    assert ledger.last().closing == 1_000_000


def test_the_same_file_again_is_recognised(custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    data = file(entry())
    post(data, custody, ledger)
    post(second(file), custody, ledger)
    again = accept_account_statement(data, custody, ledger)
    assert isinstance(again, AlreadyPosted)
    assert again.posted.sequence_number == 1


def test_another_file_under_a_posted_number_is_refused(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    post(file(entry()), custody, ledger)
    with pytest.raises(errors.SequenceRepeated) as caught:
        accept_account_statement(file(entry()) + b"\n", custody, ledger)
    assert caught.value.params["sequence"] == 1


def test_a_changed_amount_is_refused_by_its_sum_also_when_posted_before(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    data = file(entry(amount=300_000), entry(account_servicer_reference="BR-2", amount=200_000))
    post(data, custody, ledger)
    with pytest.raises(errors.BalanceMismatch) as caught:
        accept_account_statement(data.replace(b">3000.00", b">3100.00"), custody, ledger)
    assert (caught.value.params["expected"], caught.value.params["found"]) == ("5100.00", "5000.00")


@pytest.mark.parametrize("number", [2, 5])
def test_the_chain_starts_at_the_agreed_number(
    number: int, custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    with pytest.raises(errors.SequenceGap) as caught:
        accept_account_statement(file(entry(), electronic_sequence_number=number), custody, ledger)
    assert (caught.value.params["found"], caught.value.params["expected"]) == (number, 1)


@pytest.mark.parametrize("number", [0, 3])
def test_a_gap_is_refused(number: int, custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    post(file(entry()), custody, ledger)
    with pytest.raises(errors.SequenceGap) as caught:
        accept_account_statement(second(file, electronic_sequence_number=number), custody, ledger)
    assert caught.value.params["expected"] == 2


def test_opening_must_be_the_posted_closing(custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    post(file(entry()), custody, ledger)
    with pytest.raises(errors.OpeningMismatch) as caught:
        accept_account_statement(second(file, opening=499_999, closing=499_999), custody, ledger)
    assert (caught.value.params["found"], caught.value.params["expected"]) == ("4999.99", "5000.00")


def test_the_first_opening_must_be_the_agreed_one(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    with pytest.raises(errors.OpeningMismatch):
        accept_account_statement(file(entry(), opening=1, closing=500_001), custody, ledger)


def test_days_only_move_forward(custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    post(file(entry()), custody, ledger)
    for day in (date(2026, 1, 5), date(2026, 1, 5) - timedelta(days=1)):
        with pytest.raises(errors.StatementDateNotLater):
            accept_account_statement(second(file, date=day), custody, ledger)


def test_a_foreign_account_is_refused(custody: CustodyAccount, ledger: Any, entry: Entry, file: File) -> None:
    with pytest.raises(errors.ForeignAccount) as caught:
        accept_account_statement(file(entry(), account="6228480000000000002"), custody, ledger)
    assert caught.value.params["expected"] == custody.account


def test_an_account_in_another_currency_is_refused(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    with pytest.raises(errors.WrongCurrency) as caught:
        accept_account_statement(file(entry(), currency="EUR"), custody, ledger)
    assert (caught.value.params["found"], caught.value.params["expected"]) == ("EUR", "CNY")


def test_an_entry_posted_before_is_refused_by_its_reference(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    post(file(entry()), custody, ledger)
    with pytest.raises(errors.EntryAlreadyPosted) as caught:
        accept_account_statement(second(file, entry()), custody, ledger)
    assert (caught.value.params["reference"], caught.value.params["sequence"]) == ("BR-1", 1)


def test_an_entry_pending_before_may_be_booked_under_its_reference(
    custody: CustodyAccount, ledger: Any, entry: Entry, file: File
) -> None:
    pending = entry(account_servicer_reference="BR-9", status=EntryStatus.PDNG, booking_date=None)
    post(file(entry(), pending), custody, ledger)
    post(second(file, entry(account_servicer_reference="BR-9")), custody, ledger)
    assert ledger.statement_of_entry("BR-9") == 2
