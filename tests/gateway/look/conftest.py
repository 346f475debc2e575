"""A real browser, and a ledger with a loan to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from chain.toolchain import layout

CONTENT = b"the contract text that both parties read"
_QUIET = (
    "--headless=shell",
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of the set-up, with the libraries it brings."""
    folder = layout.browser_dir()
    libraries = f"{folder / 'al2023' / 'lib'}{os.pathsep}{os.environ.get('LD_LIBRARY_PATH', '')}"
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(folder / "fonts")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=folder / "chromium", args=list(_QUIET), env=dict(environment)
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def looked_at(with_ipfs):
    """A ledger with one loan that has a document, and that loan."""
    answer = with_ipfs.platform.post("/v1/documents", files={"file": ("contract.txt", CONTENT, "text/plain")})
    stored = answer.json()
    terms = with_ipfs.terms("LOOK-1", "Writer", "12345.67")
    terms["text"] = {"number": "LOOK-1"} | {name: stored[name] for name in ("salt", "text_hash", "cid_commitment")}
    loan, body = with_ipfs.proposal(terms, "Writer")
    with_ipfs.platform.done("/v1/loans", body)
    form = {"expected_history_length": "1", "document_id": stored["document_id"]}
    with_ipfs.platform.done(f"/v1/loans/{loan}/documents", data=form)
    return with_ipfs, loan


@pytest.fixture(scope="session")
def content() -> bytes:
    """What the loan's document says."""
    return CONTENT


@pytest.fixture(scope="session")
def token_of():
    """The token that a seat's test client uses."""
    return lambda client: client.http.headers["authorization"].removeprefix("Bearer ")
