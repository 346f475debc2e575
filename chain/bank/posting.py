"""Whether an account statement is the next to post on the custody account.

Pure: what was posted before comes through the `PostedStatements` protocol, which the gateway's database implements.
The same file again is recognised and changes nothing; anything that doesn't continue the posted chain is refused whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from chain.bank.account_statement import AccountStatement, EntryStatus
from chain.bank.amounts import text_from_minor
from chain.bank.camt053 import read_account_statement
from chain.bank.errors import (
    EntryAlreadyPosted,
    ForeignAccount,
    OpeningMismatch,
    SequenceGap,
    SequenceRepeated,
    StatementDateNotLater,
    WrongCurrency,
)


@dataclass(frozen=True)
class CustodyAccount:
    """The account whose statements are posted: where its chain of statements starts is agreed with the bank."""

    account: str
    currency: str
    first_sequence_number: int
    first_opening: int


@dataclass(frozen=True)
class PostedStatement:
    """What must be remembered of a posted account statement."""

    sequence_number: int
    date: date
    closing: int
    file_hash: bytes


class PostedStatements(Protocol):
    """What was posted on one custody account."""

    def last(self) -> PostedStatement | None:
        """The newest, None before the first."""

    def by_sequence(self, sequence_number: int) -> PostedStatement | None:
        """The one of that number, None if not posted."""

    def statement_of_entry(self, account_servicer_reference: str) -> int | None:
        """The sequence number of the statement from which the entry was posted as booked, None if it wasn't."""


@dataclass(frozen=True)
class ToPost:
    """The statement continues the chain: post its booked entries."""

    statement: AccountStatement


@dataclass(frozen=True)
class AlreadyPosted:
    """The very same file was posted before; nothing to do."""

    statement: AccountStatement
    posted: PostedStatement


def accept_account_statement(data: bytes, account: CustodyAccount, posted: PostedStatements) -> ToPost | AlreadyPosted:
    """Read the file and place it in the account's chain. Raises a BankFileError; then nothing of it may be posted."""
    return place_in_chain(read_account_statement(data), account, posted)


def place_in_chain(
    statement: AccountStatement, account: CustodyAccount, posted: PostedStatements
) -> ToPost | AlreadyPosted:
    """Where `statement` stands in the chain of `account`. Raises the errors named in `chain.bank.errors`."""
    number = statement.electronic_sequence_number
    if statement.account != account.account:
        raise ForeignAccount(found=statement.account, expected=account.account)
    if statement.currency != account.currency:
        raise WrongCurrency(line=1, where="account", found=statement.currency, expected=account.currency)
    before = posted.by_sequence(number)
    if before is not None:
        if before.file_hash == statement.file_hash:
            return AlreadyPosted(statement, before)
        raise SequenceRepeated(sequence=number, posted=before.file_hash.hex(), found=statement.file_hash.hex())
    last = posted.last()
    expected = account.first_sequence_number if last is None else last.sequence_number + 1
    if number != expected:
        raise SequenceGap(found=number, expected=expected)
    opening = account.first_opening if last is None else last.closing
    if statement.opening != opening:
        raise OpeningMismatch(
            sequence=number, found=text_from_minor(statement.opening), expected=text_from_minor(opening)
        )
    if last is not None and statement.date <= last.date:
        raise StatementDateNotLater(sequence=number, found=statement.date, last=last.date)
    for entry in statement.entries:
        first = posted.statement_of_entry(entry.account_servicer_reference)
        if first is not None and entry.status is EntryStatus.BOOK:
            reference = entry.account_servicer_reference
            raise EntryAlreadyPosted(entry=entry.entry_no, reference=reference, sequence=first)
    return ToPost(statement)
