"""The members' journals after a demo: balanced, as the account statements close, and the same from every format."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chain.toolchain.layout import checkout

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]
BOOK = checkout() / "gateway" / "demo" / "book"


def test_journals_of_a_finished_demo_balance_and_agree_with_its_account_statements(
    demo: Callable[..., Any], cli: Callable[..., Any], tmp_path: Path
) -> None:
    run = demo("--quick", "--keep")
    assert run.result()["reconciled"] is True
    statements = sorted((BOOK / "statements-quick").glob("*.xml"))
    compared = [option for path in statements for option in ("--statement", path)]
    figures = json.loads((BOOK / "expected" / "figures-quick.json").read_text())

    for member in ("bank", "platform", "lenders"):
        file = tmp_path / f"{member}.csv"
        done = cli("journal", "--member", member, "--json", "--csv", file, "--state", run.state, *compared)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert (found["member"], found["statements_compared"]) == (member, len(statements))
        for entry in found["entries"]:
            assert sum(Decimal(line["debit"]) - Decimal(line["credit"]) for line in entry["lines"]) == 0
        for balances in found["closing_balances"].values():
            assert sum(map(Decimal, balances.values())) == 0
        rows = list(csv.DictReader(file.read_text().splitlines()))
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            sums[row["account"]] += Decimal(row["debit"]) - Decimal(row["credit"])
        last = found["closing_balances"][max(found["closing_balances"])]
        assert {account: balance for account, balance in sums.items() if balance} == {
            account: Decimal(balance) for account, balance in last.items()
        }

    bank = json.loads(cli("journal", "--member", "bank", "--json", "--state", run.state).stdout)
    for expected in figures["balances"]:
        until = max(day for day in bank["closing_balances"] if day <= expected["day"])
        assert bank["closing_balances"][until]["custody_cash"] == expected["bank"]
    one = figures["balances"][3]["day"]
    part = json.loads(
        cli("journal", "--member", "bank", "--json", "--from", one, "--through", one, "--state", run.state).stdout
    )
    assert {entry["day"] for entry in part["entries"]} == set(part["closing_balances"]) == {one}
    assert part["closing_balances"][one] == bank["closing_balances"][one]

    other = BOOK / "statements" / statements[1].name  # the same day of a larger book
    differs = cli("journal", "--member", "bank", "--json", "--statement", other, "--state", run.state)
    assert differs.returncode == 1
    assert json.loads(differs.stdout)["error"]["code"] == "journal.statements_differ"
    refused = cli("journal", "--member", "auditor", "--json", "--state", run.state)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "journal.member_unknown"
