"""Security items of documents: an id is an id and never a path, and a swapped CID shows nothing."""

from __future__ import annotations

import json
import secrets
import sqlite3
from urllib.parse import quote

import pytest

PATHS = [
    "..",
    "../../consortium.json",
    "..\\..\\consortium.json",
    "/etc/passwd",
    "....//....//etc/passwd",
    "0x" + "ab" * 32 + "/../../../etc/passwd",
    "0x" + "ab" * 31 + "/.",
    "0x" + "ab" * 32 + "\0",
    "0x" + "ab" * 32 + "%00.json",
    "file:///etc/passwd",
    "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    "０ｘ" + "ab" * 32,
    "x" * 5000,
]
VIEWS = ["", "/content", "/verification", "/grants/bank"]


def _store(ledger, content, name="contract.pdf"):
    answer = ledger.platform.post("/v1/documents", files={"file": (name, content, "application/pdf")})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _escape(path):
    """Once and twice, so that neither the client nor a proxy tidies it away."""
    once = quote(path, safe="")
    return [once, quote(once, safe="")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path)[:30])
def test_security_17_document_id_traversal(with_ipfs, path):
    for escaped in _escape(path):
        for view in VIEWS:
            answer = with_ipfs.platform.http.get(f"/v1/documents/{escaped}{view}")
            assert answer.status_code in (404, 414, 422), (view, answer.status_code, answer.text)
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert "root:" not in answer.text
            assert '"deployments"' not in answer.text


def test_security_17_document_id_traversal_by_an_uploads_name(with_ipfs):
    before = {path for path in with_ipfs.state.rglob("*") if path.is_file()}
    for name in ("../../../evil.pdf", "..\\..\\evil.pdf", "/tmp/evil.pdf", "a\r\nX-Evil: 1.pdf"):
        stored = _store(with_ipfs, secrets.token_bytes(64), name)
        assert "/" not in stored["name"]
        assert "\\" not in stored["name"]
        answer = with_ipfs.platform.http.get(f"/v1/documents/{stored['document_id']}/content")
        assert answer.status_code == 200
        assert "x-evil" not in {header.lower() for header in answer.headers}
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
    after = {path for path in with_ipfs.state.rglob("*") if path.is_file()}
    assert not [path for path in after - before if "evil" in path.name]


def test_security_17_swapped_cid_in_the_seats_own_records(with_ipfs):
    """Whoever can write the seat's database still can't have another document shown under this one's id."""
    mine, other = _store(with_ipfs, b"mine " * 50), _store(with_ipfs, b"other " * 50)
    database = with_ipfs.state / "platform" / "gateway.db"
    with sqlite3.connect(database, timeout=30) as records:
        records.execute("UPDATE documents SET cid = ? WHERE id = ?", (other["cid"], mine["document_id"]))
    for view in ("content", "verification"):
        answer = with_ipfs.platform.http.get(f"/v1/documents/{mine['document_id']}/{view}")
        assert answer.status_code >= 400, answer.text
        assert answer.json()["code"].startswith("documents."), answer.json()
        assert b"other" not in answer.content
    shown = with_ipfs.platform.http.get(f"/v1/documents/{other['document_id']}/content")
    assert shown.content == b"other " * 50


def test_security_17_swapped_cid_in_a_grant(with_ipfs):
    """A seat is handed a grant whose CID is another document's: it neither keeps it nor shows it."""
    mine, other = _store(with_ipfs, b"granted " * 40), _store(with_ipfs, b"not granted " * 40)
    grant = with_ipfs.platform.get(f"/v1/documents/{mine['document_id']}/grants/bank")
    for swapped in ({"cid": other["cid"]}, {"document_id": other["document_id"]}):
        answer = with_ipfs.bank.post("/v1/documents:accept-grant", grant | swapped)
        assert answer.status_code >= 400, answer.text
        assert answer.json()["code"] != "internal", json.dumps(answer.json())
    for stored in (mine, other):
        answer = with_ipfs.bank.http.get(f"/v1/documents/{stored['document_id']}/content")
        assert answer.status_code == 404
