"""What the chain must say of the consortium, question by question, before anybody signs anything. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

from chain.ledger import reads
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import LEDGER_CONTRACTS, functions
from chain.ledger.errors import ConsortiumMismatch
from chain.ledger.reads import ZERO_ADDRESS, Read
from chain.ledger.records import MemberRecord, Recorded

# Views by which contracts say whom they work with.
PARTNERS: Mapping[str, str] = {
    "consortium": "Consortium",
    "approvals": "Approvals",
    "parties": "Parties",
    "token": "CustodyToken",
    "workingDays": "WorkingDays",
    "regimes": "RegimeProfiles",
    "schedules": "RepaymentSchedules",
    "escrow": "LoanEscrow",
    "funding": "Funding",
    "openings": "Openings",
    "disbursements": "Disbursements",
    "mandates": "Mandates",
    "corrections": "Corrections",
    "earlyRepayments": "EarlyRepayments",
    "positions": "Positions",
}


@dataclass(frozen=True)
class Check:
    """A question and the only right answer. `seen` takes from an answer what is compared."""

    what: str
    question: Read[Any]
    expected: object
    seen: Callable[[Any], object] = lambda answer: answer

    def require(self, answer: object) -> None:
        """Raises ConsortiumMismatch unless the answer is the expected one."""
        found = self.seen(answer)
        if found != self.expected:
            raise ConsortiumMismatch(what=self.what, found=_shown(found), expected=_shown(self.expected))


def consortium_checks(consortium: Consortium) -> Iterator[Check]:
    """That the chain knows exactly the file's members and deployments, and the deployer can add none."""
    deployments = consortium.deployments
    yield Check("deployer", reads.deployer(), None)
    yield Check("memberCount", reads.member_count(), len(consortium.members))
    for member in consortium.members:
        expected = (member.role.number, member.root, reads.label(member.name))
        yield Check(f"member {member.number}", reads.member(member.number), expected, _member)
    yield Check("deploymentCount", reads.deployment_count(), len(deployments))
    yield Check("ledgerCount", reads.ledger_count(), len(LEDGER_CONTRACTS & set(deployments)))
    for name, deployment in deployments.items():
        recorded = (deployment.address, name in LEDGER_CONTRACTS, bytes(HexBytes(deployment.code_hash)))
        yield Check(f"deployment {name}", reads.deployment(name), recorded, _recorded)
    for name in deployments:
        yield from _wiring(name, consortium)


def _wiring(name: str, consortium: Consortium) -> Iterator[Check]:
    """That a contract was told of the others that the file names, and of no substitute; code keeps them for good."""
    for function in functions(name).values():
        other = PARTNERS.get(function.name)
        if other in consortium.deployments and function.outputs == ("address",) and not function.types:
            question: Read[str] = Read(name, function.name, (), to_checksum_address)
            yield Check(f"{name}.{function.name}", question, consortium.address(str(other)))


def _member(record: MemberRecord) -> object:
    return (record.role, record.root, record.name)


def _recorded(record: Recorded) -> object:
    return (record.at, record.ledger, record.code_hash)


def _shown(value: object) -> str:
    if value is None:
        return ZERO_ADDRESS
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return f"({', '.join(map(_shown, value))})" if isinstance(value, tuple) else str(value)
