"""Makes an operator's bearer token in a seat's folder: who may read that folder may do all that the seat may."""

from __future__ import annotations

from pathlib import Path

from gateway.auth import epoch
from gateway.auth.opaque import issue, principal_of
from gateway.database import open_database
from gateway.migrations import upgrade
from gateway.settings import load_settings

__all__ = ["issue", "issue_token", "principal_of"]


def issue_token(state: Path, seat: str, principal: str) -> str:
    """Makes a new token for `principal` at `seat` and returns it; its previous one stops working at once."""
    database = open_database(load_settings(Path(state), seat))
    try:
        upgrade(database)
        with database.write() as session:
            token = issue(session, principal)
        epoch.settle()
        return token
    finally:
        database.close()
