"""Terms of a loan, subscriptions and withdrawals: the things that parties sign, and their ids.

A loan's id is the EIP-712 digest of its terms, domain included. Everything here is pure: the same values give the same
document, digest and JSON everywhere. Amounts are minor units, rates 1e-9 per year, dates business days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, TypeVar

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chain.ledger.days import day_number, day_of
from chain.ledger.errors import TermsInvalid

_E = TypeVar("_E", bound=IntEnum)

DOMAIN_NAME = "loan-ledger"
DOMAIN_VERSION = "1"
TERMS_VERSION = 1


class Method(IntEnum):
    """How the principal is repaid; numbers are part of the signed terms."""

    EQUAL_INSTALMENT = 0
    INTEREST_ONLY_BULLET = 1


class DayCount(IntEnum):
    """The fraction of a year that a period counts for; numbers are part of the signed terms."""

    MONTHLY_12 = 0
    ACT_365 = 1
    ACT_360 = 2


@dataclass(frozen=True)
class Domain:
    """EIP-712 domain of one contract on one chain."""

    chain_id: int
    verifying_contract: str

    def fields(self) -> dict[str, Any]:
        """The domain as it stands in a typed-data document."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.verifying_contract,
        }


@dataclass(frozen=True)
class ContractText:
    """Commitments to the contract text: salted hash of the plaintext and salted commitment to the CID."""

    number: str
    salt: bytes
    text_hash: bytes
    cid_commitment: bytes


@dataclass(frozen=True)
class Pricing:
    """`rate_nano`: nominal annual rate, 1e-9 per year."""

    rate_nano: int
    day_count: DayCount


@dataclass(frozen=True)
class ScheduleRule:
    """How many instalments, how many months apart, repaid by which method."""

    method: Method
    instalments: int
    period_months: int


@dataclass(frozen=True)
class Terms:
    """What borrower and lenders agree to; same fields and order as `Terms` in the contracts."""

    platform: str
    borrower: str
    currency: str
    principal: int
    regime: bytes
    funding_deadline: date
    text: ContractText
    pricing: Pricing
    schedule: ScheduleRule
    version: int = TERMS_VERSION

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (
            self.version,
            self.platform,
            self.borrower,
            self.currency.encode().ljust(3, b"\0"),
            self.principal,
            self.regime,
            day_number(self.funding_deadline),
            (self.text.number, self.text.salt, self.text.text_hash, self.text.cid_commitment),
            (self.pricing.rate_nano, int(self.pricing.day_count)),
            (int(self.schedule.method), self.schedule.instalments, self.schedule.period_months),
        )

    @classmethod
    def from_abi(cls, values: tuple[Any, ...]) -> Terms:
        """From the tuple that the contracts emit."""
        version, platform, borrower, currency, principal, regime, deadline, text, pricing, schedule = values
        return cls(
            version=version,
            platform=to_checksum_address(platform),
            borrower=to_checksum_address(borrower),
            currency=bytes(currency).rstrip(b"\0").decode(),
            principal=principal,
            regime=bytes(regime),
            funding_deadline=day_of(deadline),
            text=ContractText(text[0], bytes(text[1]), bytes(text[2]), bytes(text[3])),
            pricing=Pricing(pricing[0], DayCount(pricing[1])),
            schedule=ScheduleRule(Method(schedule[0]), schedule[1], schedule[2]),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: hex for bytes, ISO date, integers as decimal strings where they may exceed 2^53."""
        return {
            "version": self.version,
            "platform": self.platform,
            "borrower": self.borrower,
            "currency": self.currency,
            "principal": str(self.principal),
            "regime": _hex(self.regime),
            "funding_deadline": self.funding_deadline.isoformat(),
            "text": {
                "number": self.text.number,
                "salt": _hex(self.text.salt),
                "text_hash": _hex(self.text.text_hash),
                "cid_commitment": _hex(self.text.cid_commitment),
            },
            "pricing": {"rate_nano": str(self.pricing.rate_nano), "day_count": self.pricing.day_count.name},
            "schedule": {
                "method": self.schedule.method.name,
                "instalments": self.schedule.instalments,
                "period_months": self.schedule.period_months,
            },
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Terms:
        """From `to_json`'s form. Raises TermsInvalid naming the field."""
        text, pricing, schedule = _part(raw, "text"), _part(raw, "pricing"), _part(raw, "schedule")
        return cls(
            version=_integer(raw, "version"),
            platform=_address(raw, "platform"),
            borrower=_address(raw, "borrower"),
            currency=_text(raw, "currency"),
            principal=_integer(raw, "principal"),
            regime=_bytes32(raw, "regime"),
            funding_deadline=_date(raw, "funding_deadline"),
            text=ContractText(
                number=_text(text, "number"),
                salt=_bytes32(text, "salt"),
                text_hash=_bytes32(text, "text_hash"),
                cid_commitment=_bytes32(text, "cid_commitment"),
            ),
            pricing=Pricing(_integer(pricing, "rate_nano"), _member(pricing, "day_count", DayCount)),
            schedule=ScheduleRule(
                _member(schedule, "method", Method),
                _integer(schedule, "instalments"),
                _integer(schedule, "period_months"),
            ),
        )


@dataclass(frozen=True)
class Subscription:
    """A lender's promise of `amount` minor units to one loan, usable once through `valid_through`."""

    loan: bytes
    lender: str
    amount: int
    salt: bytes
    valid_through: date

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.loan, self.lender, self.amount, self.salt, day_number(self.valid_through))


@dataclass(frozen=True)
class Withdrawal:
    """A holder's order to pay `amount` minor units of its custody tokens to its bank account, usable once."""

    holder: str
    amount: int
    salt: bytes
    valid_through: date

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.holder, self.amount, self.salt, day_number(self.valid_through))


_DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
_TYPES: Mapping[str, str] = {
    "Terms": "uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,"
    "uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule",
    "ContractText": "string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment",
    "Pricing": "uint64 rateNano,uint8 dayCount",
    "ScheduleRule": "uint8 method,uint16 instalments,uint16 periodMonths",
    "Subscription": "bytes32 loan,address lender,uint128 amount,bytes32 salt,uint32 validThrough",
    "Withdrawal": "address holder,uint128 amount,bytes32 salt,uint32 validThrough",
}


def _type(name: str) -> list[dict[str, str]]:
    pairs = (part.split(" ") for part in _TYPES[name].split(","))
    return [{"name": field, "type": kind} for kind, field in pairs]


def _document(primary: str, parts: tuple[str, ...], domain: Domain, message: dict[str, Any]) -> dict[str, Any]:
    types = {"EIP712Domain": _DOMAIN_TYPE} | {name: _type(name) for name in (primary, *parts)}
    return {"types": types, "primaryType": primary, "domain": domain.fields(), "message": message}


def terms_typed_data(terms: Terms, domain: Domain) -> dict[str, Any]:
    """The EIP-712 document that the borrower signs (JSON-ready); domain: the agreements contract."""
    message = {
        "version": terms.version,
        "platform": terms.platform,
        "borrower": terms.borrower,
        "currency": _hex(terms.currency.encode().ljust(3, b"\0")),
        "principal": terms.principal,
        "regime": _hex(terms.regime),
        "fundingDeadline": day_number(terms.funding_deadline),
        "text": {
            "number": terms.text.number,
            "salt": _hex(terms.text.salt),
            "textHash": _hex(terms.text.text_hash),
            "cidCommitment": _hex(terms.text.cid_commitment),
        },
        "pricing": {"rateNano": terms.pricing.rate_nano, "dayCount": int(terms.pricing.day_count)},
        "schedule": {
            "method": int(terms.schedule.method),
            "instalments": terms.schedule.instalments,
            "periodMonths": terms.schedule.period_months,
        },
    }
    return _document("Terms", ("ContractText", "Pricing", "ScheduleRule"), domain, message)


def subscription_typed_data(subscription: Subscription, domain: Domain) -> dict[str, Any]:
    """The EIP-712 document that a lender signs; domain: the escrow contract."""
    message = {
        "loan": _hex(subscription.loan),
        "lender": subscription.lender,
        "amount": subscription.amount,
        "salt": _hex(subscription.salt),
        "validThrough": day_number(subscription.valid_through),
    }
    return _document("Subscription", (), domain, message)


def withdrawal_typed_data(withdrawal: Withdrawal, domain: Domain) -> dict[str, Any]:
    """The EIP-712 document that a holder signs; domain: the withdrawals contract."""
    message = {
        "holder": withdrawal.holder,
        "amount": withdrawal.amount,
        "salt": _hex(withdrawal.salt),
        "validThrough": day_number(withdrawal.valid_through),
    }
    return _document("Withdrawal", (), domain, message)


def typed_digest(document: Mapping[str, Any]) -> bytes:
    """keccak256(0x1901 | domain separator | struct hash) of an EIP-712 document."""
    message: SignableMessage = encode_typed_data(full_message=dict(document))
    return bytes(keccak(b"\x19" + message.version + message.header + message.body))


def loan_id(terms: Terms, domain: Domain) -> bytes:
    """The loan's id: the EIP-712 digest of its terms in the agreements contract's domain."""
    return typed_digest(terms_typed_data(terms, domain))


def sign_typed(document: Mapping[str, Any], key: str | bytes) -> bytes:
    """A party's 65-byte signature (r, s, v) over an EIP-712 document."""
    return bytes(Account.sign_typed_data(key, full_message=dict(document)).signature)


def regime_id(name: str) -> bytes:
    """The id of a regime profile: keccak256 of its name."""
    return bytes(keccak(text=name))


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _need(raw: Mapping[str, Any], field: str, expected: str) -> Any:
    if field not in raw:
        raise TermsInvalid(field=field, given="missing", expected=expected)
    return raw[field]


def _part(raw: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = _need(raw, field, "an object")
    if not isinstance(value, Mapping):
        raise TermsInvalid(field=field, given=repr(value), expected="an object")
    return value


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = _need(raw, field, "text")
    if not isinstance(value, str) or not value:
        raise TermsInvalid(field=field, given=repr(value), expected="non-empty text")
    return value


def _integer(raw: Mapping[str, Any], field: str) -> int:
    value = _need(raw, field, "an integer")
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise TermsInvalid(field=field, given=repr(value), expected="a non-negative integer")
    return int(value)


def _bytes32(raw: Mapping[str, Any], field: str) -> bytes:
    value = _need(raw, field, "0x and 64 hex digits")
    try:
        if isinstance(value, str) and len(value) == 66 and value.startswith("0x"):
            return bytes.fromhex(value[2:])
    except ValueError:
        pass
    raise TermsInvalid(field=field, given=repr(value), expected="0x and 64 hex digits")


def _address(raw: Mapping[str, Any], field: str) -> str:
    value = _need(raw, field, "an address")
    try:
        return to_checksum_address(value)
    except (ValueError, TypeError) as exc:
        raise TermsInvalid(field=field, given=repr(value), expected="an address, 0x and 40 hex digits") from exc


def _date(raw: Mapping[str, Any], field: str) -> date:
    value = _need(raw, field, "a date")
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as exc:
        raise TermsInvalid(field=field, given=repr(value), expected="a date as YYYY-MM-DD") from exc


def _member(raw: Mapping[str, Any], field: str, kind: type[_E]) -> _E:
    value = _need(raw, field, "a name")
    if not isinstance(value, str) or value not in kind.__members__:
        raise TermsInvalid(field=field, given=repr(value), expected=f"one of {', '.join(kind.__members__)}")
    return kind[value]
