"""/look/sign-in, /look/enrol and /look/sign-out: how a person gets in at the pages, and out.

By name, password and code, by passkey, or with the seat's opaque token. An invited person sets its factors here.
"""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from chain.errors import LedgerError
from gateway.access import SeatDep
from gateway.auth import passkeys, people, sessions, signing_in, totp
from gateway.auth.errors import SignInRefused
from gateway.auth.peers import peer_address
from gateway.auth.signing_in import Secrets
from gateway.look.rendering import page
from gateway.look.sign_in import end, forget, known, refuse_other_sites, remember
from gateway.look.texts import chosen_language
from gateway.seat import Seat

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=300)]
Json = Annotated[str, Form(max_length=20_000)]


@router.get("/sign-in")
def sign_in_page(request: Request, seat: SeatDep) -> Response:
    """Where a person signs in."""
    return sign_in_form(request, seat)


@router.post("/sign-in")
def sign_in(
    request: Request,
    seat: SeatDep,
    token: Text = "",
    name: Text = "",
    password: Text = "",
    code: Text = "",
    credential: Json = "",
) -> Response:
    """Starts a session, or says why not."""
    try:
        refuse_other_sites(request, seat)
        cookie = _cookie(request, seat, token.strip(), name.strip(), password, code.strip(), credential)
    except LedgerError as refused:
        return sign_in_form(request, seat, refused)
    response = RedirectResponse(request.url_for("home").path, status_code=303)
    remember(response, request, seat, cookie)
    return response


@router.post("/sign-out")
def sign_out(request: Request, seat: SeatDep) -> Response:
    """Ends the session."""
    response = RedirectResponse(request.url_for("sign_in_page").path, status_code=303)
    try:
        refuse_other_sites(request, seat)
    except SignInRefused:
        return response
    end(request, seat)
    forget(response)
    return response


@router.get("/enrol")
def enrol_page(request: Request, seat: SeatDep) -> Response:
    """Where an invited person gives its invitation."""
    return page(request, seat, "enrol.html", {"who": None, "refused": None, "offer": None, "codes": None})


@router.post("/enrol")
def enrol(
    request: Request,
    seat: SeatDep,
    invitation: Text = "",
    password: Text = "",
    code: Text = "",
    credential: Json = "",
) -> Response:
    """Shows what belongs to the invitation, and with the factors given sets them and signs the person in."""
    code, invitation = code.strip(), invitation.strip()
    shown: dict[str, Any] = {"who": None, "refused": None, "offer": None, "codes": None}
    try:
        refuse_other_sites(request, seat)
        if password or credential:
            enrolled = signing_in.enrol(
                seat.identity,
                invitation,
                password or None,
                code,
                _parsed(credential),
                peer_address(request.scope, seat.settings),
            )
            shown["codes"] = enrolled.recovery_codes
            response = page(request, seat, "enrol.html", shown)
            with seat.database.write() as session:
                remember(response, request, seat, sessions.add_holder(session, enrolled.tokens.session, page=True))
            return response
        shown["offer"] = _offer(seat, invitation)
        return page(request, seat, "enrol.html", shown)
    except LedgerError as refused:
        shown["refused"] = _message(request, refused)
        if refused.code != "auth.invitation_unknown" and invitation:
            shown["offer"] = _offer(seat, invitation)
        return page(request, seat, "enrol.html", shown, status=refused.status)


def sign_in_form(request: Request, seat: Seat, refused: LedgerError | None = None) -> Response:
    """The page that asks who looks; `refused`: why the last try failed."""
    values = {"refused": None if refused is None else _message(request, refused), "who": None}
    status = 200 if request.method == "GET" and request.url.path.endswith("/sign-in") else 401
    if refused is not None:
        status = refused.status
    return page(request, seat, "sign_in.html", values, status=status)


def _cookie(request: Request, seat: Seat, token: str, name: str, password: str, code: str, credential: str) -> str:
    if token:
        known(seat, token)
        return token
    peer = peer_address(request.scope, seat.settings)
    if credential:
        return signing_in.page_by_passkey(seat.identity, _parsed(credential) or {}, peer)
    digits = code.replace(" ", "")
    given = Secrets(password, code=digits) if digits.isdecimal() else Secrets(password, recovery_code=code)
    return signing_in.page_by_password(seat.identity, name, given, peer)


def _offer(seat: Seat, invitation: str) -> dict[str, Any]:
    with seat.database.write() as session:
        offered = people.enrolment(session, seat.identity, invitation)
        options = passkeys.registration_options(session, seat.identity, offered.person, int(time.time()))
    issuer = f"Loan ledger {seat.settings.seat}"
    return {
        "person": offered.person,
        "invitation": invitation,
        "secret": offered.totp_secret,
        "uri": totp.provisioning_uri(offered.totp_secret, offered.person, issuer),
        "options": options,
    }


def _parsed(credential: str) -> dict[str, Any] | None:
    if not credential:
        return None
    try:
        found = json.loads(credential)
    except (ValueError, RecursionError):
        raise SignInRefused() from None
    if not isinstance(found, dict):
        raise SignInRefused()
    return found


def _message(request: Request, error: LedgerError) -> str:
    return error.message(chosen_language(request))
