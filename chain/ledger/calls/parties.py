"""Parties: their registration, the replacement of lost keys, freezes of their payouts."""

from __future__ import annotations

from chain.ledger.calls.call import Call
from chain.ledger.structs import PartyKind


def register_party(account: str, subject: bytes, kind: PartyKind) -> Call:
    """BANK."""
    return Call("Parties", "register", (account, subject, int(kind)))


def announce_replacement(subject: bytes, account: str, reason_hash: bytes) -> Call:
    """BANK: `account` shall stand for a subject whose key is lost."""
    return Call("Parties", "announceReplacement", (subject, account, reason_hash))


def consent_replacement(subject: bytes, account: str) -> Call:
    """REGULATOR: consent to exactly this announcement."""
    return Call("Parties", "consentReplacement", (subject, account))


def withdraw_replacement(subject: bytes) -> Call:
    """BANK or REGULATOR: take an announcement back."""
    return Call("Parties", "withdrawReplacement", (subject,))


def replace_party(subject: bytes) -> Call:
    """ANY_SEAT, once notice and consent are complete."""
    return Call("Parties", "replace", (subject,))


def freeze(subject: bytes, order_hash: bytes) -> Call:
    """REGULATOR, two keys: hold the subject's payouts."""
    return Call("Parties", "freeze", (subject, order_hash))


def unfreeze(subject: bytes, order_hash: bytes) -> Call:
    """REGULATOR, two keys: end a freeze."""
    return Call("Parties", "unfreeze", (subject, order_hash))
