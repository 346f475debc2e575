"""What each sight sees of what a seat keeps, on both databases: conditions of queries, on rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.approvals.tables import ProposalRow
from gateway.auth.actors import Actor
from gateway.authorisation import sight as see
from gateway.authorisation import tenants
from gateway.authorisation.objects import loans_seen, seen
from gateway.authorisation.sight import WHOLE, OfParty, OfPlatform, OfTenant, Sight, party_sight, sight_of
from gateway.database import Database
from gateway.documents.tables import DocumentGrant, KeptDocument
from gateway.indexer.tables import IndexedEvent, IndexedLoan, IndexedPosition
from gateway.outbox.tables import OutboxTransaction
from gateway.payments.tables import MandateRow

OURS, THEIRS = "0x" + "A1" * 20, "0x" + "A2" * 20
BEN, BEN_NEW, LISA, ZOE = ("0x" + f"{n:02}" * 20 for n in (11, 12, 21, 31))
SUBJECT_BEN, SUBJECT_LISA = "0x" + "b1" * 32, "0x" + "c1" * 32
LOANS = {"mine": "0x" + "01" * 32, "acme": "0x" + "02" * 32, "foreign": "0x" + "03" * 32}
_BY_TYPE: dict[type, Any] = {str: "", int: 0, bool: False, bytes: b"", dict: {}, object: 0, date: date(2026, 1, 5)}


def filled(table: Any, **values: Any) -> Any:
    """A row with the given values, and nothing in the others that need one."""
    for column in table.__table__.columns:
        if not column.nullable and column.key not in values and column.autoincrement is not True:
            kind = dict if column.type.__class__.__name__ == "JSON" else column.type.python_type
            values[column.key] = _BY_TYPE[kind]
    return table(**values)


def _event(number: int, name: str, key: str, **values: str) -> IndexedEvent:
    return filled(IndexedEvent, position=f"{number:032}", event=name, key=key, values=values)


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def kept(request, tmp_path_factory) -> Iterator[Session]:
    """One seat's rows: Ben borrowed all loans and has a new key, Lisa holds the first two; the second is Acme's."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("make_postgres")()
        database = Database.open(postgres.url, postgres.password)
    else:
        database = Database.open(tmp_path_factory.mktemp("sight") / "gateway.db")
    database.create_tables()
    with database.write() as session:
        for number, (name, loan) in enumerate(LOANS.items()):
            platform = THEIRS if name == "foreign" else OURS
            session.add(filled(IndexedLoan, id=loan, position=f"{number:032}", platform=platform, borrower=BEN))
            if name != "foreign":
                session.add(filled(IndexedPosition, loan=loan, subject=SUBJECT_LISA, lender=LISA))
        session.add(filled(TENANT, kind="loan", id=LOANS["acme"], tenant="acme"))
        session.add(filled(TENANT, kind="document", id="0x" + "d1" * 32, tenant="acme"))
        session.add(filled(TENANT, kind="proposal", id="p-acme", tenant="acme"))
        session.add(filled(TENANT, kind="withdrawal", id="0x" + "e1" * 32, tenant="acme"))
        session.add(_event(1, "PartyRegistered", BEN, account=BEN, subject=SUBJECT_BEN))
        session.add(_event(2, "PartyRegistered", LISA, account=LISA, subject=SUBJECT_LISA))
        session.add(_event(3, "PartyReplaced", SUBJECT_BEN, subject=SUBJECT_BEN, former=BEN, account=BEN_NEW))
        session.add(_event(4, "WithdrawalMoved", "0x" + "e1" * 32, holder=LISA))
        session.add(_event(5, "WithdrawalMoved", "0x" + "e2" * 32, holder=ZOE))
        for name, tenant, principal in (("t-mine", "seat", "client:core"), ("t-acme", "acme", "client:acme"),
                                        ("t-lisa", "seat", f"party:{LISA}")):  # fmt: skip
            session.add(filled(OutboxTransaction, id=name, tenant=tenant, principal=principal, loan=None))
        for name in ("p-mine", "p-acme"):
            session.add(filled(ProposalRow, id=name, proposer="client:x"))
        for name in ("d1", "d2"):
            session.add(filled(KeptDocument, id="0x" + name * 32))
        session.add(filled(DocumentGrant, document="0x" + "d2" * 32, reader=LISA))
        for name, payer in (("f1", BEN), ("f2", ZOE)):
            session.add(filled(MandateRow, id="0x" + name * 32, loan=LOANS["mine"], payer=payer))
    with database.write() as session:
        yield session
    database.close()


TENANT = tenants.TenantObject


def party(address: str) -> Actor:
    return Actor(f"party:{address}", "party", f"party:{address}", frozenset({"borrower"}), address=address)


def found(session: Session, column: Any, condition: Any) -> set[str]:
    return set(session.scalars(select(column).where(condition)))


def loans_of(session: Session, sight: Sight) -> set[str]:
    rows = found(session, IndexedLoan.id, see.loans(sight))
    assert loans_seen(session, sight, set(LOANS.values())) == rows  # one by one and in a list the same
    assert {loan for loan in LOANS.values() if seen(session, sight, "loan", loan)} == rows
    return {name for name, loan in LOANS.items() if loan in rows}


def test_each_sees_its_own_loans(kept):
    assert loans_of(kept, WHOLE) == {"mine", "acme", "foreign"}
    assert loans_of(kept, OfPlatform(OURS)) == {"mine", "acme"}
    assert loans_of(kept, OfTenant("acme")) == {"acme"}
    assert loans_of(kept, OfTenant("bolt")) == set()
    assert loans_of(kept, party_sight(kept, party(LISA))) == {"mine", "acme"}


def test_a_new_key_sees_what_its_former_one_signed_and_the_former_one_nothing(kept):
    assert loans_of(kept, party_sight(kept, party(BEN_NEW))) == {"mine", "acme", "foreign"}
    former = party_sight(kept, party(BEN))
    assert former == OfParty(f"party:{BEN}", None, frozenset())
    assert loans_of(kept, former) == set()
    assert loans_of(kept, party_sight(kept, party(ZOE))) == set()  # never registered


def test_transactions_are_their_tenant_s_or_who_asked_for_them(kept):
    def of(sight: Sight) -> set[str]:
        return found(kept, OutboxTransaction.id, see.transactions(sight))

    assert of(WHOLE) == of(OfPlatform(OURS)) == {"t-mine", "t-acme", "t-lisa"}
    assert of(OfTenant("acme")) == {"t-acme"}
    assert of(party_sight(kept, party(LISA))) == {"t-lisa"}


def test_documents_proposals_withdrawals_and_mandates_follow(kept):
    acme, lisa, ben = OfTenant("acme"), party_sight(kept, party(LISA)), party_sight(kept, party(BEN_NEW))
    documents = {s: found(kept, KeptDocument.id, see.documents(s)) for s in (acme, lisa, ben)}
    assert documents == {acme: {"0x" + "d1" * 32}, lisa: {"0x" + "d2" * 32}, ben: set()}
    assert found(kept, ProposalRow.id, see.proposals(acme)) == {"p-acme"}
    assert found(kept, ProposalRow.id, see.proposals(lisa)) == set()
    moved = IndexedEvent.event == "WithdrawalMoved"
    assert found(kept, IndexedEvent.key, moved & see.withdrawals(acme)) == {"0x" + "e1" * 32}
    assert found(kept, IndexedEvent.key, moved & see.withdrawals(lisa)) == {"0x" + "e1" * 32}
    assert found(kept, IndexedEvent.key, moved & see.withdrawals(ben)) == set()
    assert found(kept, MandateRow.id, see.mandates(ben)) == {"0x" + "f1" * 32}
    assert len(found(kept, MandateRow.id, see.mandates(acme))) == 2


@pytest.mark.parametrize("name", [BEN, BEN_NEW, SUBJECT_BEN, LISA, SUBJECT_LISA])
def test_a_tenant_sees_the_borrowers_and_lenders_of_its_loans_by_any_of_their_names(kept, name):
    assert seen(kept, OfTenant("acme"), "party", name)
    assert not seen(kept, OfTenant("bolt"), "party", name)
    assert not seen(kept, OfTenant("acme"), "party", ZOE)
    registered = IndexedEvent.event == "PartyRegistered"
    assert found(kept, IndexedEvent.key, registered & see.parties(OfTenant("acme"))) == {BEN, LISA}
    assert found(kept, IndexedEvent.key, registered & see.parties(OfTenant("bolt"))) == set()


def test_a_party_sees_itself_only(kept):
    lisa = party_sight(kept, party(LISA))
    assert seen(kept, lisa, "party", LISA)
    assert seen(kept, lisa, "party", SUBJECT_LISA)
    assert not seen(kept, lisa, "party", BEN_NEW)


def test_an_object_belongs_to_who_made_it_first(kept):
    tried = kept.begin_nested()
    tenants.adopt(kept, "loan", "0x" + "09" * 32, "acme")
    tenants.adopt(kept, "loan", "0x" + "09" * 32, "bolt")
    tenants.adopt(kept, "loan", LOANS["mine"], "bolt")  # was there before
    tenants.adopt(kept, "loan", "0x" + "08" * 32, "seat")
    assert seen(kept, OfTenant("acme"), "loan", "0x" + "09" * 32)
    for loan in ("0x" + "09" * 32, LOANS["mine"], "0x" + "08" * 32):
        assert not seen(kept, OfTenant("bolt"), "loan", loan)
    tried.rollback()


@pytest.mark.parametrize(
    ("tenant", "platform", "reads_all", "sight"),
    [
        ("seat", None, False, WHOLE),
        ("seat", OURS, True, WHOLE),
        ("seat", OURS, False, OfPlatform(OURS)),
        ("acme", OURS, True, OfTenant("acme")),
        ("acme", None, True, OfTenant("acme")),
    ],
)
def test_an_actor_s_sight_follows_from_its_organisation_and_the_seat(tenant, platform, reads_all, sight):
    actor = Actor("client:x", "client", tenant, frozenset({"reading"}))
    assert sight_of(actor, platform, reads_all=reads_all) == sight
    assert sight_of(party(LISA), platform, reads_all=reads_all) is None
