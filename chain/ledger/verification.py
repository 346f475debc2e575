"""What the chain must say of the consortium, question by question, before anybody signs anything. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hexbytes import HexBytes

from chain.ledger import reads
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import LEDGER_CONTRACTS
from chain.ledger.errors import ConsortiumMismatch
from chain.ledger.reads import ZERO_ADDRESS, Read
from chain.ledger.records import MemberRecord, Recorded


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
