"""Where a seat's database is, and its password: from the settings, never shown, and refused with a reason."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend

from chain.ledger.roles import Role
from gateway.database import Database, open_database
from gateway.database.errors import DatabaseUnavailable, DatabaseUnsuitable, DatabaseUrlInvalid
from gateway.database.opening import database_password
from gateway.settings import SeatSettings, load_settings


def settings(**more):
    return SeatSettings(seat="bank", role=Role.BANK, rpc_url="http://127.0.0.1:1", **more)


class Kept(KeyringBackend):
    """A keyring with one entry."""

    priority = 1.0

    def get_password(self, service, username):
        return "from the keyring" if (service, username) == ("loan-ledger", "bank-db") else None

    def set_password(self, service, username, password):
        raise AssertionError("the gateway keeps nothing in it")


@pytest.fixture
def kept():
    before = keyring.get_keyring()
    keyring.set_keyring(Kept())
    yield
    keyring.set_keyring(before)


def test_the_password_comes_from_a_file_the_environment_or_the_keyring(tmp_path, monkeypatch, kept):
    url = "postgresql+psycopg://ledger@127.0.0.1:5432/bank"
    (tmp_path / "password").write_text("from the file\n")
    assert database_password(settings(database_url=url)) is None
    assert (
        database_password(settings(database_url=url, database_password_file=tmp_path / "password")) == "from the file"
    )
    assert database_password(settings(database_url=url, database_password_keyring="loan-ledger/bank-db")) == (
        "from the keyring"
    )
    with pytest.raises(DatabaseUrlInvalid, match="no entry"):
        database_password(settings(database_url=url, database_password_keyring="loan-ledger/other"))
    monkeypatch.setenv("LOAN_LEDGER_GATEWAY_DATABASE_PASSWORD", "from the environment")
    given = settings(database_url=url)
    assert database_password(given) == "from the environment"
    assert "from the environment" not in repr(given)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://ledger@127.0.0.1/bank", "'mysql' is no database"),
        ("postgresql+psycopg://ledger@127.0.0.1:5432", "names no database"),
        ("postgresql+psycopg://ledger:secret@127.0.0.1:5432/bank", "contains a password"),
        ("postgresql+psycopg://ledger@127.0.0.1:port/bank", "can't be read"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_its_reason_and_without_its_password(url, reason):
    with pytest.raises(DatabaseUrlInvalid, match=reason) as refused:
        open_database(settings(database_url=url))
    assert "secret" not in refused.value.message()


def test_a_password_file_that_cannot_be_read_is_named(tmp_path):
    given = settings(
        database_url="postgresql+psycopg://ledger@127.0.0.1/bank", database_password_file=tmp_path / "missing"
    )
    with pytest.raises(DatabaseUrlInvalid, match="missing"):
        open_database(given)


def test_a_wrong_password_opens_nothing_and_is_not_shown(postgres):
    with pytest.raises(DatabaseUnavailable) as refused:
        Database.open(postgres.url, "a wrong secret")
    assert "a wrong secret" not in refused.value.message()
    assert "a wrong secret" not in str(refused.value.__cause__)


def test_a_database_whose_texts_are_not_kept_and_sorted_as_needed_is_refused_and_told_how_to_make_one(postgres_server):
    url = postgres_server.database("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(DatabaseUnsuitable, match="LOCALE 'C'"):
        Database.open(url, postgres_server.password)
    postgres_server.drop(url)


def test_paths_in_the_settings_file_are_beside_it(tmp_path):
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "settings.toml").write_text(
        'seat = "bank"\nrole = "bank"\nrpc_url = "http://127.0.0.1:1"\ndatabase_password_file = "secrets/db"\n'
    )
    loaded = load_settings(tmp_path, "bank")
    assert loaded.database_url == str(tmp_path / "bank" / "gateway.db")
    assert loaded.database_password_file == tmp_path / "bank" / "secrets" / "db"
    database = open_database(loaded)
    assert (tmp_path / "bank" / "gateway.db").stat().st_mode & 0o777 == 0o600
    database.close()
