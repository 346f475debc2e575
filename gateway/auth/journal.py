"""What signing in writes into the audit log. Never a secret, a password, a code or a guessed name."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from gateway.audit.records import ACCEPTED, Record
from gateway.audit.service import append
from gateway.auth.actors import SEAT_TENANT

ANONYMOUS: Final = "anonymous"


def note(
    session: Session,
    action: str,
    subject: str,
    *,
    actor: str = ANONYMOUS,
    tenant: str = SEAT_TENANT,
    refused: str | None = None,
    **details: str,
) -> None:
    """Records one sign-in, refusal, revocation or change of who may call. refused: the error's code."""
    decision = ACCEPTED if refused is None else f"refused:{refused}"
    append(session, Record(actor, tenant, f"access.{action}", subject, decision, details))
