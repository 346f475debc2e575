"""Money in the bank's custody: deposits, suspense, day-ends and withdrawals."""

from __future__ import annotations

from datetime import date

from chain.ledger.calls.call import Call
from chain.ledger.days import day_number
from chain.ledger.orders import Withdrawal
from chain.ledger.structs import BankEntry


def credit(to: str, amount: int, entry: BankEntry) -> Call:
    """BANK: mint for a booked deposit. Above the key's limit, with a second key."""
    return Call("CustodyToken", "credit", (to, amount, entry.abi_tuple()))


def suspend(entry: BankEntry, amount: int, value_date: date, originator_hash: bytes) -> Call:
    """BANK: take a booked credit that nobody can be found for into suspense."""
    args = (entry.abi_tuple(), amount, day_number(value_date), originator_hash)
    return Call("CustodyToken", "suspend", args)


def credit_suspense(to: str, amount: int, entry: BankEntry) -> Call:
    """BANK, two keys: mint a deposit that was in suspense to its party."""
    return Call("CustodyToken", "creditSuspense", (to, amount, entry.abi_tuple()))


def return_suspense(entry: BankEntry, debit: BankEntry) -> Call:
    """BANK, two keys: a suspended amount went back to its originator by the booked `debit`."""
    return Call("CustodyToken", "returnSuspense", (entry.abi_tuple(), debit.abi_tuple()))


def set_mint_cap(cap: int) -> Call:
    """BANK, two keys: the supply may stand at most `cap` minor units above the last attestation's."""
    return Call("CustodyToken", "setMintCap", (cap,))


def attest(through: date, statement_hash: bytes, booked: int, suspense: int, bank_items: int) -> Call:
    """BANK: publish the day-end balance, minor units."""
    return Call("CustodyToken", "attest", (day_number(through), statement_hash, booked, suspense, bank_items))


def close_day(through: date, statement_hash: bytes) -> Call:
    """BANK: the business date becomes the day after `through`."""
    return Call("Calendar", "closeDay", (day_number(through), statement_hash))


def request_withdrawal(withdrawal: Withdrawal, signature: bytes) -> Call:
    """ANY_SEAT: reserve a holder's tokens for payout."""
    return Call("Withdrawals", "request", (withdrawal.abi_tuple(), signature))


def instruct_withdrawal(withdrawal_id: bytes, instruction_hash: bytes) -> Call:
    """BANK."""
    return Call("Withdrawals", "instruct", (withdrawal_id, instruction_hash))


def settle_withdrawal(withdrawal_id: bytes, entry: BankEntry) -> Call:
    """BANK: the payout is booked."""
    return Call("Withdrawals", "settle", (withdrawal_id, entry.abi_tuple()))


def return_withdrawal(withdrawal_id: bytes, reason_hash: bytes) -> Call:
    """BANK: the payout was refused; the holder has its tokens again."""
    return Call("Withdrawals", "returned", (withdrawal_id, reason_hash))


def bounce_withdrawal(withdrawal_id: bytes, entry: BankEntry) -> Call:
    """BANK: money of a booked payout came back and is booked as a credit; the holder has its tokens again."""
    return Call("Withdrawals", "bounced", (withdrawal_id, entry.abi_tuple()))


def release_withdrawal(withdrawal_id: bytes) -> Call:
    """ANY_SEAT: an order that the bank did not instruct while it was valid; the holder has its tokens again."""
    return Call("Withdrawals", "release", (withdrawal_id,))
