"""What node, chain, database, IPFS nodes and signers say: whether they are there and what the settings expect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chain.documents.rpc import IpfsEndpoint, IpfsNode
from chain.errors import LedgerError
from chain.keys.keystore import address_of, keystore_file
from chain.ledger import reads
from chain.ledger.consortium import Consortium, Member
from chain.ledger.contracts import Contracts
from chain.ledger.roles import Scope
from chain.ledger.verification import consortium_checks
from gateway.check.findings import Finding, found
from gateway.database import Database, Table, open_database
from gateway.migrations import standing
from gateway.migrations.errors import SchemaNewer, SchemaUnknown
from gateway.node import Node
from gateway.settings import SeatSettings
from gateway.signing.opening import open_holder, seat_keys
from gateway.signing.policy import SeatKey

_SECONDS: Final = 5.0
_SKEW_SECONDS: Final = 15
_STALE_SECONDS: Final = 60
_GAS: Final = 500_000  # of an ordinary transaction, generously
_WANTED: Final = 1_000  # transactions that a key should be able to pay


def look(settings: SeatSettings, folder: Path) -> list[Finding]:
    """All that is found, the settings and the consortium file being readable."""
    return [
        *_chain(settings, folder),
        *_database(settings),
        *_ipfs(settings),
        *_signers(settings, folder),
    ]


def _chain(settings: SeatSettings, folder: Path) -> Iterator[Finding]:
    try:
        consortium = Consortium.load(settings.consortium)
    except LedgerError:
        return  # found offline
    node = Node(settings.rpc_url, Contracts(consortium), _SECONDS)
    try:
        chain_id, genesis = node.chain_id(), node.genesis_hash()
        if chain_id != consortium.chain_id:
            yield found("node.other_chain", what="chain id", actual=chain_id, expected=consortium.chain_id)
            return
        if genesis != consortium.genesis_hash:
            yield found("node.other_chain", what="genesis", actual=genesis, expected=consortium.genesis_hash)
            return
        yield from _node(node, consortium, on_demand=settings.engine == "anvil")
        yield from _contracts(node, consortium)
        yield from _keys(node, settings, folder, consortium)
    except LedgerError as error:
        yield found("node.unreachable", url=settings.rpc_url, reason=error.message())


def _node(node: Node, consortium: Consortium, *, on_demand: bool) -> Iterator[Finding]:
    head = node.summary(node.height())
    if head is not None:
        age = int(time.time()) - head.time
        if age < -_SKEW_SECONDS:
            yield found("node.ahead", seconds=-age, allowed=_SKEW_SECONDS)
        elif age > _STALE_SECONDS and not on_demand:
            yield found("node.lagging", block=head.number, seconds=age)
    # The first block after which the consortium contract was there: an archive has its state.
    block = max(deployment.block for deployment in consortium.deployments.values())
    try:
        node.ledger.read(reads.deployer(), block)
    except LedgerError as error:
        yield found("node.not_archive", block=block, reason=error.message())


def _contracts(node: Node, consortium: Consortium) -> Iterator[Finding]:
    checks = list(consortium_checks(consortium))
    calls = [
        {"to": consortium.address(check.question.contract), "data": "0x" + check.question.data().hex()}
        for check in checks
    ]
    try:
        for check, answer in zip(checks, node.rpc.batch([("eth_call", [c, "latest"]) for c in calls]), strict=True):
            if isinstance(answer, LedgerError):
                raise answer
            check.require(check.question.answer(bytes.fromhex(str(answer)[2:])))
    except LedgerError as error:
        yield found("consortium.outdated", reason=error.message())
        return
    if node.ledger.simulated():
        yield found("node.simulated")


def _keys(node: Node, settings: SeatSettings, folder: Path, consortium: Consortium) -> Iterator[Finding]:
    try:
        keys = seat_keys(settings, folder)
    except LedgerError:
        return  # found offline
    member = _member(settings, folder, consortium)
    if keys and member is None:
        shown = settings.member or settings.seat
        yield found("consortium.not_member", member=shown, role=settings.role.value.lower())
    price = max(node.offer().fees(settings.fee_floor).values(), default=0)
    for key in keys:
        yield from _registration(node, key, member)
        yield from _balance(key, node.balance(key.address), price * _GAS)


def _member(settings: SeatSettings, folder: Path, consortium: Consortium) -> Member | None:
    root = address_of(folder) if keystore_file(folder) is not None else None
    named = settings.member
    return next((m for m in consortium.members if m.name == named or m.root == root), None)


def _registration(node: Node, key: SeatKey, member: Member | None) -> Iterator[Finding]:
    known = node.ledger.read(reads.key(key.address))
    who = {"key": key.name, "address": key.address, "member": "?" if member is None else member.name}
    if known.member == 0:
        yield found("keys.unregistered", **who)
        return
    if not known.live:
        yield found("keys.revoked", **who)
        return
    if member is not None and known.member != member.number:
        yield found("keys.other_member", **who, actual=known.member, expected=member.number)
        return
    chain = frozenset(scope for scope in Scope if known.scopes >> scope & 1)
    scopes = {"key": key.name, "settings": _names(key.scopes), "chain": _names(chain)}
    if key.scopes - chain:
        yield found("keys.other_scopes", **scopes)
    elif chain - key.scopes:
        yield found("keys.unused_scopes", **scopes)


def _names(scopes: frozenset[Scope]) -> str:
    return ", ".join(scope.name for scope in sorted(scopes)) or "none"


def _balance(key: SeatKey, balance: int, cost: int) -> Iterator[Finding]:
    if cost == 0 or balance >= cost * _WANTED:
        return
    params = {
        "key": key.name,
        "address": key.address,
        "balance": balance,
        "transactions": balance // cost,
        "wanted": _WANTED,
        "missing": cost * _WANTED - balance,
    }
    yield found("keys.penniless" if balance < cost else "keys.poor", **params)


def _database(settings: SeatSettings) -> Iterator[Finding]:
    if "://" not in settings.database_url and not Path(settings.database_url).exists():
        return  # made at the first start
    try:
        database = open_database(settings)
    except (LedgerError, OSError, SQLAlchemyError) as error:
        yield _unusable(error)
        return
    try:
        yield from _tables(database)
    except (LedgerError, SQLAlchemyError) as error:
        yield _unusable(error)
    finally:
        database.close()


def _unusable(error: Exception) -> Finding:
    reason = error.orig if isinstance(error, DBAPIError) else error
    return found("database.unusable", reason=error.message() if isinstance(error, LedgerError) else reason)


def _tables(database: Database) -> Iterator[Finding]:
    if database.dialect == "postgresql":
        with database.read() as session:
            now = float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
        skew = round(abs(now - time.time()))
        if skew > _SKEW_SECONDS:
            yield found("database.clock", seconds=skew, allowed=_SKEW_SECONDS)
    try:
        stands = standing(database)
    except SchemaUnknown as error:
        with database.read() as session:
            there = set(inspect(session.connection()).get_table_names())
        complete = set(Table.metadata.tables) <= there
        yield found("database.unrecorded" if complete else "database.not_migrated", reason=error.message())
        return
    except SchemaNewer as error:
        yield found("database.not_migrated", reason=error.message())
        return
    if not stands.done and stands.found != "none":  # an empty one is filled at the first start
        yield found("database.not_migrated", reason=f"it stands at step {stands.found}, {stands.needed} is needed")


def _ipfs(settings: SeatSettings) -> Iterator[Finding]:
    for entry in settings.ipfs:
        try:
            token = entry.token_file.read_text().strip() if entry.token_file is not None else ""
            IpfsNode(IpfsEndpoint(entry.api_url, token), timeout=_SECONDS).peer_id()
        except (LedgerError, OSError) as error:
            reason = error.message() if isinstance(error, LedgerError) else error
            yield found("ipfs.silent", url=entry.api_url, reason=reason)


def _signers(settings: SeatSettings, folder: Path) -> Iterator[Finding]:
    try:
        keys = seat_keys(settings, folder)
    except LedgerError:
        return  # found offline
    for key in keys:
        try:
            open_holder(settings, key, folder).probe()
        except LedgerError as error:
            yield found("signer.absent", key=key.name, reason=error.message())
