"""Every signature that is stored stands in the audit log, and no other."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from chain.ledger import calls
from chain.ledger.roles import Role, Scope
from gateway.audit.tables import AuditRecord
from gateway.database import Database
from gateway.signing.held_key import HeldKey
from gateway.signing.journal import record_signature
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.signer import PolicySigner, Unsigned

SECRET = b"\x51" * 32


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "gateway.db")
    opened.create_tables()
    yield opened
    opened.close()


@pytest.fixture
def signer(deployed):
    key = SeatKey("lending", HeldKey(SECRET).address, frozenset(Scope))
    return PolicySigner(
        Policy("platform", Role.PLATFORM, 1337, deployed, (key,)), key, HeldKey(SECRET), record_signature
    )


def _unsigned(deployed, nonce, reference="a" * 32):
    data = deployed.encode(calls.close(b"\1" * 32, 3))
    to = deployed.address("LoanEscrow")
    return Unsigned(1337, nonce, to, data, 10**6, {"gasPrice": 10**9}, reference=reference)


def _records(database):
    with database.read() as session:
        return session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()


def test_a_stored_signature_is_recorded_with_its_key_call_and_transaction(database, signer, deployed):
    with database.write() as session:
        signed = signer.sign(_unsigned(deployed, 7), session)
    (record,) = _records(database)
    assert (record.action, record.decision, record.subject) == ("sign", "signed", "transaction:" + "a" * 32)
    assert json.loads(record.details) == {
        "key": "lending", "address": signer.address, "call": "LoanEscrow.close", "hash": signed.hash, "nonce": "7",
        "gas": "1000000", "gas_price": "1000000000",
    }  # fmt: skip


def test_a_batch_is_recorded_in_its_order(database, signer, deployed):
    with database.read() as session:
        batch = signer.batch(session)
        signed = [batch.sign(_unsigned(deployed, nonce)) for nonce in range(5)]
    with database.write() as session:
        batch.keep(session)
    assert [json.loads(record.details)["hash"] for record in _records(database)] == [one.hash for one in signed]


def test_a_signature_that_was_not_stored_is_not_in_the_log(database, signer, deployed):
    def crash():
        with database.write() as session:
            signer.sign(_unsigned(deployed, 7), session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert _records(database) == []
