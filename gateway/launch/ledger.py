"""The ledger of a network: deployed once, recorded in `consortium.json`, checked to be on the chain at every start."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3Exception

from chain.deployment import MemberSeat, deploy
from chain.deployment.keys import KeyGrant, grant, planned_domain
from chain.engines.protocol import DEPLOYER, SIGNING_SEATS, Accounts
from chain.keys.reader import reader_public_key
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger, verify_consortium
from chain.ledger.typed_data import Domain
from chain.runtime.state import StateFolder
from gateway.launch.errors import LedgerNotThere, NodesBehind
from gateway.launch.files import CONSORTIUM_FILE, ROLES, Launch
from gateway.launch.seats import OPERATIONAL_KEYS, operational_name


def ensure_ledger(
    state: StateFolder,
    launch: Launch,
    accounts: Accounts,
    rpc_url: str,
    start_day: date,
    progress: Callable[[str, int, int], None],
) -> Consortium:
    """The network's consortium: read and compared with the chain, or deployed and signed by its members.

    start_day: the first business date, for a new ledger only. Raises LedgerNotThere, ConsortiumMismatch,
    DeploymentFailed.
    """
    path = state.path / CONSORTIUM_FILE
    w3 = connect(rpc_url)
    if path.exists():
        consortium = Consortium.load(path)
        _require_on_chain(w3, rpc_url, consortium)
        verify_consortium(Ledger(w3, Contracts(consortium)))
        return consortium
    domain = planned_domain(w3, accounts[DEPLOYER].address)
    members = [
        MemberSeat(
            name=launch.organisations.of(seat),
            role=ROLES[seat],
            root=accounts[seat].address,
            reading_key=reading_key(state, seat),
            keys=_grants(domain, number, seat, accounts),
        )
        for number, seat in enumerate(SIGNING_SEATS, start=1)
    ]
    consortium = deploy(
        w3,
        HexBytes(accounts[DEPLOYER].key).to_0x_hex(),
        members,
        root_keys={accounts[seat].address: HexBytes(accounts[seat].key).to_0x_hex() for seat in SIGNING_SEATS},
        name=state.path.name,
        engine=launch.engine,
        start_day=start_day,
        simulated=launch.simulated,
        progress=progress,
    )
    verify_consortium(Ledger(w3, Contracts(consortium)))
    consortium = consortium.signed([bytes(accounts[seat].key) for seat in SIGNING_SEATS])
    consortium.save(path)
    path.chmod(0o600)
    return consortium


def _grants(domain: Domain, member: int, seat: str, accounts: Accounts) -> tuple[KeyGrant, ...]:
    """The seat's operational keys, as its root registers them; devnets set no limits."""
    return tuple(
        grant(
            domain,
            member,
            bytes(accounts[operational_name(seat, key)].key),
            sum(scope.bit for scope in scopes),
            0,
        )
        for key, scopes in OPERATIONAL_KEYS[seat].items()
    )


def reading_key(state: StateFolder, seat: str) -> str:
    """A seat's public reading key, hex."""
    return reader_public_key(state.path / seat).public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def wait_in_step(consortium: Consortium, nodes: Mapping[str, str], timeout: float) -> None:
    """Waits until every seat's node has the block that holds the last deployment. Raises NodesBehind."""
    block = max(deployment.block for deployment in consortium.deployments.values())
    deadline = time.monotonic() + timeout
    for seat, url in nodes.items():
        w3 = connect(url)
        while _height(w3) < block:
            if time.monotonic() > deadline:
                raise NodesBehind(seconds=round(timeout), seat=seat, block=block)
            time.sleep(0.1)


def _height(w3: Web3) -> int:
    try:
        return int(w3.eth.block_number)
    except (Web3Exception, OSError):
        return -1


def _require_on_chain(w3: Web3, url: str, consortium: Consortium) -> None:
    genesis = HexBytes(w3.eth.get_block(0)["hash"]).to_0x_hex()
    if genesis != consortium.genesis_hash:
        raise LedgerNotThere(url=url, reason=f"its genesis is {genesis}, not {consortium.genesis_hash}")
    for deployment in consortium.deployments.values():
        code = w3.eth.get_code(to_checksum_address(deployment.address))
        if HexBytes(keccak(code)).to_0x_hex() != deployment.code_hash:
            raise LedgerNotThere(url=url, reason=f"other code than {deployment.name}'s at {deployment.address}")
