"""Documents over two real IPFS nodes: stored encrypted, committed, granted, and never shown when anything is off."""

from __future__ import annotations

import secrets

import pytest

CONTENT = b"%PDF-1.7 contract text " + secrets.token_bytes(200_000)


def _store(ledger, content=CONTENT, **more):
    answer = ledger.platform.post("/v1/documents", files={"file": ("contract.pdf", content, "application/pdf")}, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def committed(with_ipfs):
    """A contract text stored first, named by the terms, and committed to the loan."""
    stored = _store(with_ipfs)
    terms = with_ipfs.terms("DOC-1", "Writer", "1000.00")
    terms["text"] = {"number": "DOC-1"} | {name: stored[name] for name in ("salt", "text_hash", "cid_commitment")}
    loan, body = with_ipfs.proposal(terms, "Writer")
    with_ipfs.platform.done("/v1/loans", body)
    form = {"expected_history_length": "1", "document_id": stored["document_id"]}
    with_ipfs.platform.done(f"/v1/loans/{loan}/documents", data=form)
    return stored, loan


def test_a_committed_document_is_verified_and_opened(with_ipfs, committed):
    stored, loan = committed
    path = f"/v1/documents/{stored['document_id']}"
    verification = with_ipfs.platform.get(f"{path}/verification")
    assert verification["committed"]
    assert verification["loan"] == loan
    assert len(verification["copies"]) == 2
    answer = with_ipfs.platform.http.get(f"{path}/content")
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/pdf"
    [shown] = with_ipfs.observer.get(f"/v1/loans/{loan}/documents")["items"]
    assert shown["document_id"] == stored["document_id"]
    assert shown["cid_commitment"] == stored["cid_commitment"]


@pytest.mark.parametrize("reader", ["bank", "regulator", "observer"])
def test_another_seat_opens_a_document_with_its_grant_only(with_ipfs, committed, reader):
    stored, _ = committed
    path = f"/v1/documents/{stored['document_id']}"
    client = with_ipfs.clients[reader]
    assert client.http.get(f"{path}/content").status_code == 404
    grant = with_ipfs.platform.get(f"{path}/grants/{reader}")
    other = "bank" if reader != "bank" else "regulator"
    stolen = with_ipfs.clients[other].post("/v1/documents:accept-grant", grant)
    assert stolen.status_code == 422
    accepted = client.post("/v1/documents:accept-grant", grant)
    assert accepted.status_code == 200, accepted.text
    assert client.http.get(f"{path}/content").content == CONTENT


def test_the_same_upload_under_the_same_key_is_one_document(with_ipfs):
    first = _store(with_ipfs, key="upload-1")
    assert _store(with_ipfs, key="upload-1") == first
    other = with_ipfs.platform.post(
        "/v1/documents", files={"file": ("contract.pdf", b"other", "application/pdf")}, key="upload-1"
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


def test_a_new_document_is_stored_and_committed_in_one_request(with_ipfs, committed):
    _, loan = committed
    length = with_ipfs.length(loan)
    accepted = with_ipfs.platform.done(
        f"/v1/loans/{loan}/documents",
        data={"expected_history_length": str(length), "kind": "PAYMENT_EVIDENCE"},
        files={"file": ("slip.txt", b"paid", "text/plain")},
    )
    assert accepted["transactions"][0]["function"] == "commit"
    shown = with_ipfs.platform.get(f"/v1/loans/{loan}/documents")["items"][-1]
    assert (shown["kind"], shown["size"]) == ("PAYMENT_EVIDENCE", 4)
    content = with_ipfs.platform.http.get(f"/v1/documents/{shown['document_id']}/content").content
    assert content == b"paid"


def test_an_observer_commits_nothing(with_ipfs, committed):
    _, loan = committed
    answer = with_ipfs.observer.post(
        f"/v1/loans/{loan}/documents",
        data={"expected_history_length": "2"},
        files={"file": ("x.txt", b"x", "text/plain")},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "seat.not_allowed")


def test_a_file_above_the_limit_is_refused(with_ipfs):
    answer = with_ipfs.platform.post(
        "/v1/documents", files={"file": ("big", b"\0" * (20 * 1024 * 1024 + 200_000), "application/pdf")}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_one_byte_changed_in_a_stored_block_is_caught_by_name(with_ipfs, ipfs_pair):
    first, _, module = ipfs_pair
    before = set(first.block_files())
    stored = _store(with_ipfs, secrets.token_bytes(50_000))
    path = f"/v1/documents/{stored['document_id']}"
    assert with_ipfs.platform.http.get(f"{path}/verification").status_code == 200
    [block] = set(first.block_files()) - before
    module.damage(block)
    for view in ("verification", "content"):
        answer = with_ipfs.platform.http.get(f"{path}/{view}")
        assert answer.status_code >= 400, view
        assert stored["cid"] in answer.json()["detail"], answer.text
