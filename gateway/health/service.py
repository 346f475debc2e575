"""Looks at node, index, outbox, the bank's desk and IPFS without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from chain.documents.rpc import IpfsEndpoint, IpfsNode
from chain.errors import LedgerError
from chain.ledger.roles import Role
from gateway.indexer import repository as index
from gateway.outbox import repository
from gateway.outbox.tables import Status
from gateway.seat import Seat
from gateway.signing.availability import away

_IPFS_TIMEOUT = 3.0
Name = Literal["node", "index", "outbox", "signing", "desk", "ipfs"]


def checks(seat: Seat) -> Iterator[tuple[Name, bool, str]]:
    """Each check's name, whether it passed, and what was seen."""
    yield _node(seat)
    yield _index(seat)
    yield _outbox(seat)
    yield _signing(seat)
    yield _desk(seat)
    yield _ipfs(seat)


def _node(seat: Seat) -> tuple[Name, bool, str]:
    try:
        chain_id = seat.node.chain_id()
    except LedgerError as error:
        return "node", False, error.message()
    if chain_id != seat.consortium.chain_id:
        return "node", False, f"its chain id is {chain_id}, the ledger's is {seat.consortium.chain_id}"
    return "node", True, f"chain {chain_id}, block {seat.heights.latest}"


def _index(seat: Seat) -> tuple[Name, bool, str]:
    heights = seat.heights
    if heights.problem is not None:
        return "index", False, heights.problem
    lag = heights.latest - heights.indexed
    with seat.database.read() as session:
        unreadable = index.count_unreadable(session)
    detail = f"{lag} blocks behind the node" + (f"; {unreadable} loans have unreadable entries" if unreadable else "")
    return "index", lag <= seat.settings.max_lag_blocks, detail


def _outbox(seat: Seat) -> tuple[Name, bool, str]:
    if not seat.signers:
        return "outbox", True, "this seat has no key and sends nothing"
    problem = next((text for duty, text in seat.duty_problems.all().items() if duty.startswith("sender:")), None)
    if problem is not None:
        return "outbox", False, problem
    with seat.database.read() as session:
        counts = repository.counts_of(session, [Status.QUEUED, Status.SIGNED, Status.SENT])
        oldest = repository.oldest_open(session)
    waiting = counts[Status.QUEUED]
    flying = counts[Status.SIGNED] + counts[Status.SENT]
    age = 0.0 if oldest is None else (datetime.now(UTC) - datetime.fromisoformat(oldest)).total_seconds()
    if age > seat.settings.max_outbox_seconds:
        return "outbox", False, f"{waiting} queued, {flying} in flight, the oldest for {age:.0f} s"
    return "outbox", True, f"{waiting} queued, {flying} in flight"


def _signing(seat: Seat) -> tuple[Name, bool, str]:
    gone = away(seat.signers)
    if gone:
        return "signing", False, " ".join(problem.message() for problem in gone)
    return "signing", True, f"{len(seat.signers)} keys can be used"


def _desk(seat: Seat) -> tuple[Name, bool, str]:
    if seat.role is not Role.BANK:
        return "desk", True, "this seat posts no account statements"
    problem = seat.duty_problems.all().get("desk")
    return "desk", problem is None, problem or "posts account statements and instructs payouts"


def _ipfs(seat: Seat) -> tuple[Name, bool, str]:
    if not seat.settings.ipfs:
        return "ipfs", False, "no IPFS nodes are set"
    for node in seat.settings.ipfs:
        token = node.token_file.read_text().strip() if node.token_file and node.token_file.exists() else ""
        try:
            IpfsNode(IpfsEndpoint(node.api_url, token), _IPFS_TIMEOUT).peer_id()
        except LedgerError as error:
            return "ipfs", False, error.message()
    return "ipfs", True, f"{len(seat.settings.ipfs)} nodes answer"
