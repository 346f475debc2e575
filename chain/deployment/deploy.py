"""Deploys the contracts in their order, records them with their code hashes, admits the members and renounces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from rlp import encode as rlp_encode
from web3 import Web3

from chain.compiler import artifacts
from chain.deployment.errors import DeploymentFailed
from chain.deployment.sender import Sender
from chain.ledger.consortium import Checkpoint, Consortium, Deployment, Member
from chain.ledger.contracts import LEDGER_CONTRACTS, encode_function
from chain.ledger.days import day_number
from chain.ledger.finality import genesis_validators
from chain.ledger.roles import Role

CURRENCY = "CNY"
DEPLOY_GAS = 6_000_000
CALL_GAS = 500_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MemberSeat:
    """A member to admit: its root address, and its X25519 reading key (public, hex) for documents."""

    name: str
    role: Role
    root: str
    reading_key: str = ""


def deploy(
    w3: Web3,
    deployer_key: str,
    members: Sequence[MemberSeat],
    *,
    name: str,
    engine: str,
    start_day: date,
    simulated: bool,
    progress: Progress | None = None,
) -> Consortium:
    """Sets up the ledger and returns the first version of the consortium, not yet signed.

    start_day: first business date. simulated: whether business dates may run ahead of the local date (never in
    production). progress: called with the step's name, its number and how many there are. Raises DeploymentFailed.
    """
    sender = Sender(w3, deployer_key)
    start_block = int(w3.eth.block_number)
    plan = _plan(start_day, simulated)
    steps = len(plan) + 3
    addresses: dict[str, str] = {}
    sent: list[tuple[str, HexBytes]] = []
    for contract, arguments in plan.items():
        addresses[contract] = _create_address(sender.address, sender.nonce)
        values = [addresses[a] if isinstance(a, str) and a in addresses else a for a in arguments]
        sent.append((contract, sender.send(contract, _creation(contract, values), gas=DEPLOY_GAS)))
    blocks: dict[str, int] = {}
    for number, (contract, tx) in enumerate(sent, start=1):
        _tell(progress, contract, number, steps)
        receipt = sender.wait(contract, tx)
        if receipt["contractAddress"] != addresses[contract]:
            raise DeploymentFailed(step=contract, reason="it was deployed at another address than computed")
        blocks[contract] = receipt["blockNumber"]
    _tell(progress, "members", len(plan) + 1, steps)
    calls = [
        sender.send(
            "admit",
            encode_function("Consortium", "admit", (m.root, m.role.number, _label(m.name))),
            to=addresses["Consortium"],
            gas=CALL_GAS,
        )
        for m in members
    ] + [
        sender.send(
            "record",
            encode_function(
                "Consortium",
                "recordDeployment",
                (_label(contract), addresses[contract], contract in LEDGER_CONTRACTS),
            ),
            to=addresses["Consortium"],
            gas=CALL_GAS,
        )
        for contract in plan
    ]
    calls.append(
        sender.send("renounce", encode_function("Consortium", "renounce", ()), to=addresses["Consortium"], gas=CALL_GAS)
    )
    for tx in calls:
        sender.wait("members", tx)
    _tell(progress, "renounced", steps, steps)
    return _consortium(w3, name, engine, start_block, members, addresses, blocks)


def _plan(start_day: date, simulated: bool) -> Mapping[str, tuple[Any, ...]]:
    """Contract -> constructor arguments; a contract's name stands for its address."""
    return {
        "Consortium": (),
        "Parties": ("Consortium",),
        "CustodyToken": ("Consortium", "Parties", f"Custody {CURRENCY}", CURRENCY),
        "Calendar": ("Consortium", "CustodyToken", day_number(start_day), simulated),
        "RegimeProfiles": ("Consortium",),
        "RepaymentSchedules": (),
        "LoanEscrow": ("Consortium", "Parties", "CustodyToken", "Calendar", "RepaymentSchedules"),
        "LoanAgreements": ("Consortium", "Parties", "CustodyToken", "Calendar", "RegimeProfiles", "LoanEscrow"),
        "Withdrawals": ("Consortium", "Parties", "CustodyToken", "Calendar"),
        "DocumentCommitments": ("Consortium", "LoanEscrow"),
    }


def _creation(contract: str, arguments: Sequence[Any]) -> bytes:
    artifact = artifacts()[contract]
    constructor = next((item for item in artifact.abi if item["type"] == "constructor"), None)
    types = [collapse_if_tuple(dict(i)) for i in constructor["inputs"]] if constructor else []
    if len(types) != len(arguments):
        raise DeploymentFailed(
            step=contract, reason=f"{len(types)} constructor arguments expected, {len(arguments)} given"
        )
    return bytes(artifact.bytecode) + encode(types, list(arguments))


def _create_address(sender: str, nonce: int) -> str:
    packed = rlp_encode([bytes.fromhex(sender[2:]), nonce])
    return str(Web3.to_checksum_address(keccak(packed)[-20:]))


def _label(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")


def _tell(progress: Progress | None, step: str, number: int, steps: int) -> None:
    if progress is not None:
        progress(step, number, steps)


def _consortium(
    w3: Web3,
    name: str,
    engine: str,
    start_block: int,
    members: Sequence[MemberSeat],
    addresses: Mapping[str, str],
    blocks: Mapping[str, int],
) -> Consortium:
    genesis = w3.eth.get_block(0)
    _, validators = genesis_validators(w3)
    genesis_hash = HexBytes(genesis["hash"]).to_0x_hex()
    return Consortium(
        version=1,
        previous="0x" + "00" * 32,
        name=name,
        chain_id=w3.eth.chain_id,
        genesis_hash=genesis_hash,
        engine=engine,
        currency=CURRENCY,
        start_block=start_block,
        members=tuple(
            Member(number=n, name=m.name, role=m.role, root=m.root, reading_key=m.reading_key)
            for n, m in enumerate(members, start=1)
        ),
        deployments={
            contract: Deployment(
                name=contract,
                address=address,
                code_hash=HexBytes(keccak(w3.eth.get_code(Web3.to_checksum_address(address)))).to_0x_hex(),
                block=blocks[contract],
            )
            for contract, address in addresses.items()
        },
        checkpoints=(
            Checkpoint(
                block=0,
                block_hash=genesis_hash,
                validators=tuple(str(Web3.to_checksum_address(v)) for v in validators),
            ),
        ),
    )
