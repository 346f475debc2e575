"""References that payers write into remittance text: which loan or lender's deposit a credit is meant for.

A reference is an ISO 11649 creditor reference, `RF` + two check digits + a body of one kind letter (D deposit, L loan
repayment, P payout) and 16 decimal digits. The digits come from SHA-256 over kind, platform and the platform's own
number (contract number or party reference), so everyone can print the reference before a loan exists on the ledger.
Because the body is digits only, every single mistyped digit and every swap of two neighbouring digits breaks the check
(ISO 7064 mod 97-10), so a mistyped reference is seen as such and never points to a stranger. Which object a reference
belongs to is the directory's business (`classification`).
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import NewType

CreditorReference = NewType("CreditorReference", str)
"""A whole reference in compact form: no blanks, upper case, check digits right."""

_DIGITS = 16
_LENGTH = 5 + _DIGITS
_WHOLE = re.compile(rf"RF[0-9]{{2}}[DLP][0-9]{{{_DIGITS}}}", re.ASCII)
# What a payer may have meant as a reference: 'RF' at a word's start and what follows it, blanks between groups allowed.
_ATTEMPT = re.compile(r"(?<![0-9A-Z])RF[ -]?[0-9](?:[ -]?[0-9A-Z])*", re.ASCII)
_BLANKS = re.compile(r"[ -]")
_BODY = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class ReferenceKind(StrEnum):
    """What a reference names."""

    DEPOSIT = "D"
    LOAN = "L"
    PAYOUT = "P"


def creditor_reference(kind: ReferenceKind, platform: str, number: str) -> CreditorReference:
    """The reference of a loan (`number` = contract number), a lender's deposits (party reference) or a payout.

    Two different inputs share a reference with probability 1e-16; the directory refuses to guess between them.
    """
    named = "\x00".join(("loan-ledger creditor reference", kind.value, platform, number))
    digest = int.from_bytes(hashlib.sha256(named.encode()).digest())
    body = f"{kind.value}{digest % 10**_DIGITS:0{_DIGITS}d}"
    return CreditorReference(f"RF{_check_digits(body)}{body}")


def payout_end_to_end_id(platform: str, contract_number: str, attempt: int) -> CreditorReference:
    """The end-to-end id of a loan's payout number `attempt` (1, 2, ...): a returned payout gets a new id."""
    return creditor_reference(ReferenceKind.PAYOUT, platform, f"{contract_number}/{attempt}")


def is_whole(reference: str) -> bool:
    """True if `reference` has this product's form and its check digits are right."""
    return _WHOLE.fullmatch(reference) is not None and _remainder(reference[4:] + reference[:4]) == 1


def kind_of(reference: CreditorReference) -> ReferenceKind:
    """The kind letter of a whole reference."""
    return ReferenceKind(reference[4])


def references_in(text: str) -> tuple[tuple[CreditorReference, ...], tuple[str, ...]]:
    """(whole references, mistyped ones) that stand in free text, each once, in order of appearance.

    Blanks or hyphens between groups and lower case are accepted. What starts like a reference but isn't whole counts as
    mistyped, never as absent.
    """
    whole: dict[CreditorReference, None] = {}
    mistyped: dict[str, None] = {}
    shouted = text.upper()
    position = 0
    while attempt := _ATTEMPT.search(shouted, position):
        # A word may follow after a blank ("RF.. JAN 2026"): the reference then ends at its fixed length, at that blank.
        end = _end_of_length(shouted, attempt.start(), attempt.end())
        compact = _BLANKS.sub("", shouted[attempt.start() : end])
        if is_whole(compact) and shouted[end : end + 1] not in _BODY:
            whole[CreditorReference(compact)] = None
            position = end
        else:
            mistyped[_BLANKS.sub("", attempt[0])] = None
            position = attempt.end()
    return tuple(whole), tuple(mistyped)


def printed(reference: CreditorReference) -> str:
    """In groups of four, as it is printed for payers."""
    return " ".join(reference[i : i + 4] for i in range(0, len(reference), 4))


def _end_of_length(text: str, start: int, end: int) -> int:
    """Where the first `_LENGTH` characters that aren't blanks end, at most `end`."""
    seen = 0
    for position in range(start, end):
        seen += text[position] not in " -"
        if seen == _LENGTH:
            return position + 1
    return end


def _check_digits(body: str) -> str:
    return f"{98 - _remainder(body + 'RF00'):02d}"


def _remainder(text: str) -> int:
    """ISO 7064 mod 97-10: letters count as 10..35."""
    return int("".join(str(int(character, 36)) for character in text)) % 97
