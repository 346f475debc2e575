"""Six-digit codes of an authenticator app (RFC 6238), each of which works once.

A step that was used, or an older one, is refused: the last used step moves forward in one UPDATE that only one of
several simultaneous callers can win.
"""

from __future__ import annotations

import hmac
from typing import Final

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.auth.secret_store import Sealing
from gateway.auth.tables import AuthPerson

STEP_SECONDS: Final = 30
UNUSED: Final = -1
_PURPOSE: Final = "totp"


def new_secret() -> str:
    """160 random bits, base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, person: str, issuer: str) -> str:
    """What the app scans as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=issuer)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The step of which it is the code: the present one, the one before or the one after; None if of none."""
    if len(code) != 6 or not (code.isascii() and code.isdecimal()):
        return None
    generator = pyotp.TOTP(secret)
    present = now // STEP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(generator.at(step * STEP_SECONDS), code):
            found = step
    return found


def sealed_secret(sealing: Sealing, person: str, secret: str) -> bytes:
    """The secret as it is kept."""
    return sealing.seal(secret.encode(), f"{_PURPOSE} {person}")


def use_code(session: Session, sealing: Sealing, person: AuthPerson, code: str, now: int) -> bool:
    """Whether the code is right and newer than every code used before; if so it is used now."""
    if person.totp is None:
        return False
    step = step_of(sealing.open(person.totp, f"{_PURPOSE} {person.id}").decode(), code, now)
    if step is None:
        return False
    done = session.execute(
        update(AuthPerson)
        .where(AuthPerson.id == person.id, AuthPerson.totp_step < step)
        .values(totp_step=step)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]
