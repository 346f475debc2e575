"""Sign-In with Ethereum messages (ERC-4361), read strictly by their grammar. Pure: no clock, no database, no key.

Says what a message says; `check` says whether it is for this place and this moment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from eth_utils.address import is_checksum_address

from gateway.auth.errors import MessageInvalid

_LONGEST: Final = 4096
_PCHAR: Final = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_URI: Final = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:{_PCHAR}|[/?#\[\]])+"
_TIME: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_MESSAGE: Final = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?(?P<domain>(?:{_PCHAR}|[\[\]])+)"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?:(?P<statement>[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+)\n)?"
    r"\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: (?P<version>1)\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,18})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,100})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expiration_time>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request_id>{_PCHAR}*))?"
    rf"(?P<resources>\nResources:(?:\n- {_URI})*)?",
    re.ASCII,
)
_LATEST_SECONDS: Final = 600
_AHEAD_SECONDS: Final = 60


@dataclass(frozen=True)
class SignInMessage:
    """What the holder of a key says in order to sign in."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    scheme: str | None = None
    statement: str | None = None
    expiration_time: datetime | None = None
    not_before: datetime | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None

    def text(self) -> str:
        """The message as it is signed."""
        lines = [
            f"{self.scheme + '://' if self.scheme else ''}{self.domain} wants you to sign in with your "
            "Ethereum account:",
            self.address,
            "",
            *([] if self.statement is None else [self.statement]),
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_moment(self.issued_at)}",
        ]
        if self.expiration_time is not None:
            lines.append(f"Expiration Time: {_moment(self.expiration_time)}")
        if self.not_before is not None:
            lines.append(f"Not Before: {_moment(self.not_before)}")
        if self.request_id is not None:
            lines.append(f"Request ID: {self.request_id}")
        if self.resources is not None:
            lines += ["Resources:", *(f"- {resource}" for resource in self.resources)]
        return "\n".join(lines)


def parse(text: str) -> SignInMessage:
    """What the message says. Raises MessageInvalid."""
    found = _MESSAGE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise MessageInvalid(reason="it does not have the form of ERC-4361")
    if not is_checksum_address(found["address"]):
        raise MessageInvalid(reason="its address has no checksum case (EIP-55)")
    resources = found["resources"]
    return SignInMessage(
        scheme=found["scheme"],
        domain=found["domain"],
        address=found["address"],
        statement=found["statement"],
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_time(found["issued_at"]),
        expiration_time=None if found["expiration_time"] is None else _time(found["expiration_time"]),
        not_before=None if found["not_before"] is None else _time(found["not_before"]),
        request_id=found["request_id"],
        resources=None if resources is None else tuple(line[2:] for line in resources.split("\n")[2:]),
    )


def check(message: SignInMessage, origin: str, chain_id: int, now: datetime) -> None:
    """Whether the message is for `origin` (scheme://host:port) and this chain, and valid at `now`.

    Raises MessageInvalid. The nonce is the caller's to check.
    """
    scheme, _, domain = origin.partition("://")
    if message.domain != domain or message.scheme not in (None, scheme):
        raise MessageInvalid(reason=f"it is for {message.domain}, expected {domain}")
    if message.uri != origin and not message.uri.startswith(f"{origin}/"):
        raise MessageInvalid(reason=f"its URI is not below {origin}")
    if message.chain_id != chain_id:
        raise MessageInvalid(reason=f"it is for chain {message.chain_id}, expected {chain_id}")
    if not -_AHEAD_SECONDS <= (now - message.issued_at).total_seconds() <= _LATEST_SECONDS:
        raise MessageInvalid(reason="it was not issued just now")
    if message.expiration_time is not None and now >= message.expiration_time:
        raise MessageInvalid(reason="it has expired")
    if message.not_before is not None and now < message.not_before:
        raise MessageInvalid(reason="it is not valid yet")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MessageInvalid(reason=f"'{text}' is no time") from None


def _moment(value: datetime) -> str:
    text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    return text.replace("+00:00", "Z")
