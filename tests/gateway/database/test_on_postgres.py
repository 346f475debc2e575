"""Whole lives of loans through four gateways whose databases are PostgreSQL; SQLite has them all elsewhere.

LOAN_LEDGER_TEST_DATABASE=postgresql runs any other test of the gateway so.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SEATS = ("platform", "bank", "regulator", "observer")


@pytest.fixture(scope="module")
def on_postgres(make_ledger, serve, with_regime):
    ledger = make_ledger(database="postgresql")
    for seat in SEATS:
        serve(ledger, seat)
    with_regime(ledger)
    return ledger


@pytest.fixture(scope="module")
def proved():
    """Tests of the shared ledger, by module."""

    def load(name):
        spec = importlib.util.spec_from_file_location(f"{name}_on_postgres", Path(__file__).parents[1] / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_a_loan_lives_from_registration_to_closing_on_postgresql(on_postgres, proved):
    proved("test_whole_loan").test_a_loan_lives_from_registration_to_closing(on_postgres)
    assert "postgresql" in (on_postgres.state / "bank" / "settings.toml").read_text()
    assert not (on_postgres.state / "bank" / "gateway.db").exists()


def test_the_bank_posts_statements_on_postgresql(on_postgres, proved):
    bank = proved("test_bank")
    bank.test_money_that_nobody_can_name_waits_in_suspense_and_reconciles(on_postgres)
    bank.test_receipts_of_many_loans_go_in_one_transaction(on_postgres)
    bank.test_a_lender_withdraws_its_tokens_to_its_own_account(on_postgres)


def test_lists_of_the_index_are_the_same_on_postgresql_as_on_sqlite(on_postgres, ledger):
    """Parties are looked up within JSON, and lists are continued by the order of texts."""
    for place in (on_postgres, ledger):
        place.register("Abel", "abel", "ABEL")
        subject = place.bank.get("/v1/parties/abel")["subject"]
        assert place.regulator.get(f"/v1/parties/{subject}")["address"] == place.address("abel")
        seen, cursor = [], None
        while cursor is not None or not seen:
            page = place.bank.get("/v1/parties", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
            seen += [party["address"] for party in page["items"]]
            cursor = page["next_cursor"]
        assert len(seen) == len(set(seen))
        assert {place.address(name) for name in ("Abel", "abel", "ABEL")} <= set(seen)
