"""The examples for Python users run as they stand, one after the other, against a real ledger."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from chain.ledger import calls
from chain.ledger.structs import Profile
from chain.ledger.terms import regime_id
from chain.toolchain.layout import checkout


def test_the_pages_examples_run_and_say_what_they_promise(
    book: Any, anvil_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = Profile(240_000_000, 5, date(2026, 1, 1), date(2026, 12, 31))
    book.send("regulator", calls.set_profile(regime_id("CN-2026"), profile))
    book.consortium.signed([book.key(n) for n in ("platform", "bank", "regulator")]).save(tmp_path / "consortium.json")
    second = book.key("a second key of the page")
    account = Account.from_key(second).address
    book.ledger.w3.provider.make_request("anvil_setBalance", [account, hex(10**21)])
    names = {name: book.key(name) for name in ("platform", "bank", "borrower", "lender")}
    given: dict[str, Any] = {"url": anvil_url, "keys": {**names, "second": second}}

    text = (checkout() / "docs" / "python.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == len(re.findall(r"^```python$", text, re.MULTILINE)) == 7
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), given)
    said = capsys.readouterr().out
    assert "FUNDED with a cash of 500000" in said
    assert "contract.HistoryMoved 3" in said
    assert "贷款" in said
    assert "1 2026-01-05 PROPOSED Proposed" in said
    assert "FUNDED 500000 0" in said
    assert "FUNDED of 500000 while all tokens are 500000" in said
    assert given["document"]["primaryType"] == "Subscription"
    assert Web3.is_address(given["document"]["domain"]["verifyingContract"])
