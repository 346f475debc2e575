"""Deploys the contracts in their order, records them with their code hashes, admits the members and renounces.

All of the deployer's transactions are sent at once; the members' roots register their keys when they are admitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3

from chain.compiler import artifacts
from chain.deployment.errors import DeploymentFailed
from chain.deployment.keys import KeyGrant, register_keys
from chain.deployment.plan import CURRENCY, plan, resolved
from chain.deployment.sender import Sender, create_address
from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.consortium import Checkpoint, Consortium, Deployment, Member
from chain.ledger.contracts import LEDGER_CONTRACTS, encode_function
from chain.ledger.finality import genesis_validators
from chain.ledger.reads import label
from chain.ledger.roles import Role

CALL_GAS = 500_000
# Yellow paper, appendix G: data and deposited code; the base covers creation, constructor and memory.
BASE_GAS = 600_000
GAS_PER_DATA_BYTE = 16
GAS_PER_CODE_BYTE = 200

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MemberSeat:
    """A member to admit: its root address, its X25519 reading key (public, hex) for documents, and its operational
    keys, which its root registers once it is admitted."""

    name: str
    role: Role
    root: str
    reading_key: str = ""
    keys: tuple[KeyGrant, ...] = ()


def deploy(
    w3: Web3,
    deployer_key: str,
    members: Sequence[MemberSeat],
    *,
    name: str,
    engine: str,
    start_day: date,
    simulated: bool,
    root_keys: Mapping[str, str] = MappingProxyType({}),
    progress: Progress | None = None,
) -> Consortium:
    """Sets up the ledger and returns the first version of the consortium, not yet signed.

    start_day: first business date. simulated: whether business dates may run ahead of the local date (never in
    production). root_keys: root address -> its secret, for members whose keys are to be registered; see
    `planned_domain` for what they sign before. progress: called with the step's name, its
    number and how many there are. Raises DeploymentFailed.
    """
    grants = _grants(members, root_keys)
    sender = Sender(w3, deployer_key)
    start_block = int(w3.eth.block_number)
    contracts = plan(start_day, simulated)
    steps = len(contracts) + 3
    addresses: dict[str, str] = {}
    creations: list[tuple[str, HexBytes]] = []
    # One sender's transactions are mined in the order of their nonces: nothing has to wait for the step before.
    for contract, arguments in contracts.items():
        addresses[contract] = create_address(sender.address, sender.nonce)
        code = _creation(contract, resolved(arguments, addresses))
        creations.append((contract, sender.send(contract, code, gas=creation_gas(contract, code))))
    setting_up = [
        sender.send(
            call.function,
            encode_function(call.contract, call.function, call.args),
            to=addresses["Consortium"],
            gas=CALL_GAS,
        )
        for call in _setting_up(members, addresses)
    ]
    blocks: dict[str, int] = {}
    for number, (contract, tx) in enumerate(creations, start=1):
        _tell(progress, contract, number, steps)
        receipt = sender.wait(contract, tx)
        if receipt["contractAddress"] != addresses[contract]:
            raise DeploymentFailed(step=contract, reason="it was deployed at another address than computed")
        blocks[contract] = receipt["blockNumber"]
    _tell(progress, "members", len(contracts) + 1, steps)
    for tx in setting_up:
        sender.wait("members", tx)
    _tell(progress, "keys", len(contracts) + 2, steps)
    register_keys(w3, addresses["Consortium"], grants)
    _tell(progress, "renounced", steps, steps)
    return _consortium(w3, name, engine, start_block, members, addresses, blocks)


def _setting_up(members: Sequence[MemberSeat], addresses: Mapping[str, str]) -> Iterator[Call]:
    """The deployer's calls of the consortium, the last of which ends its power."""
    for member in members:
        yield calls.admit(member.root, member.role.number, label(member.name))
    for contract, address in addresses.items():
        yield calls.record_deployment(label(contract), address, contract in LEDGER_CONTRACTS)
    yield calls.renounce()


def _grants(members: Sequence[MemberSeat], root_keys: Mapping[str, str]) -> dict[str, tuple[KeyGrant, ...]]:
    missing = [m.name for m in members if m.keys and m.root not in root_keys]
    if missing:
        raise DeploymentFailed(step="keys", reason=f"the root keys of {', '.join(missing)} are not at hand")
    return {root_keys[m.root]: m.keys for m in members if m.keys}


def _creation(contract: str, arguments: Sequence[Any]) -> bytes:
    artifact = artifacts()[contract]
    constructor = next((item for item in artifact.abi if item["type"] == "constructor"), None)
    types = [collapse_if_tuple(dict(i)) for i in constructor["inputs"]] if constructor else []
    if len(types) != len(arguments):
        raise DeploymentFailed(
            step=contract, reason=f"{len(types)} constructor arguments expected, {len(arguments)} given"
        )
    return bytes(artifact.bytecode) + encode(types, list(arguments))


def creation_gas(contract: str, code: bytes) -> int:
    """What making a contract takes at most: its data, its code, and what its constructor does."""
    stored = len(artifacts()[contract].deployed_bytecode)
    return BASE_GAS + GAS_PER_DATA_BYTE * len(code) + GAS_PER_CODE_BYTE * stored


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
