"""Opens the database that a seat's settings name, with its password from wherever it is kept; it is never shown."""

from __future__ import annotations

import keyring
from keyring.errors import KeyringError

from gateway.database.errors import DatabaseUrlInvalid
from gateway.database.place import server_url
from gateway.database.store import Database
from gateway.settings import SeatSettings


def open_database(settings: SeatSettings) -> Database:
    """The seat's database. Raises DatabaseUrlInvalid, DatabaseUnavailable."""
    return Database.open(settings.database_url, database_password(settings))


def database_password(settings: SeatSettings) -> str | None:
    """The server's password; None for a file, and where the server asks for none. Raises DatabaseUrlInvalid."""
    place = settings.database_url
    if "://" not in place:
        return None
    if server_url(place).password is not None:
        raise DatabaseUrlInvalid(reason="it contains a password, which belongs into database_password_file")
    if settings.database_password_file is not None:
        try:
            return settings.database_password_file.read_text().strip()
        except OSError as error:
            raise DatabaseUrlInvalid(
                reason=f"database_password_file {settings.database_password_file} can't be read ({error.strerror})"
            ) from None
    if settings.database_password is not None:
        return settings.database_password.get_secret_value()
    return None if settings.database_password_keyring is None else _kept(settings.database_password_keyring)


def _kept(entry: str) -> str:
    service, _, user = entry.partition("/")
    try:
        password = keyring.get_password(service, user)
    except KeyringError as error:
        raise DatabaseUrlInvalid(reason=f"the keyring can't be read ({type(error).__name__})") from None
    if password is None:
        raise DatabaseUrlInvalid(reason=f"the keyring has no entry '{entry}'")
    return password
