"""/v1/sessions and /v1/enrolments: signing in, staying in, proving a second factor anew, and ending it."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import select

from gateway.access import ActorDep, SeatDep
from gateway.auth import epoch, passkeys, people, sessions, signing_in, totp
from gateway.auth.actors import ADMIN, SEAT_TENANT, Actor
from gateway.auth.errors import (
    ChallengeUnknown,
    InvitationUnknown,
    MessageInvalid,
    PartyUnknown,
    PasswordUnfit,
    PrincipalUnknown,
    SessionEnded,
    SignInBlocked,
    SignInRefused,
)
from gateway.auth.peers import peer_address
from gateway.auth.reach import reaches
from gateway.auth.schemas import (
    CallerResource,
    Ended,
    EnrolledResource,
    EnrolmentOffer,
    EnrolmentRequest,
    EthereumMessage,
    EthereumSignIn,
    InvitationGiven,
    PasskeySignIn,
    PasswordSignIn,
    Refreshing,
    SessionResource,
    StepUp,
    TokenResource,
    show_caller,
    show_session,
    show_tokens,
)
from gateway.auth.signing_in import Secrets
from gateway.auth.tables import AuthSession
from gateway.fields import Address
from gateway.pages import Cursor, Limit, Page, number_cursor, page
from gateway.problems import responses
from gateway.seat import Seat

router = APIRouter(tags=["access"])
SessionId = Annotated[str, Path(max_length=40)]


@router.post("/sessions:password", responses=responses(SignInRefused, SignInBlocked))
def sign_in_by_password(request: Request, seat: SeatDep, body: PasswordSignIn) -> TokenResource:
    """Sign a person in by password and a code of the authenticator app (or a recovery code)."""
    given = Secrets(body.password, body.code, body.recovery_code)
    return show_tokens(signing_in.by_password(seat.identity, body.name, given, _peer(request, seat)))


@router.post("/sessions:passkey-options", responses=responses())
def prepare_passkey_sign_in(seat: SeatDep) -> dict[str, Any]:
    """What a browser's `navigator.credentials.get` needs; also for stepping up by passkey."""
    with seat.database.write() as session:
        return passkeys.sign_in_options(session, seat.identity, int(time.time()))


@router.post("/sessions:passkey", responses=responses(SignInRefused, SignInBlocked, ChallengeUnknown))
def sign_in_by_passkey(request: Request, seat: SeatDep, body: PasskeySignIn) -> TokenResource:
    """Sign a person in by passkey."""
    return show_tokens(signing_in.by_passkey(seat.identity, body.credential, _peer(request, seat)))


@router.get("/sessions:ethereum-message", responses=responses(MessageInvalid))
def prepare_ethereum_sign_in(
    seat: SeatDep,
    address: Annotated[Address, Query(description="Of the party's key.")],
    origin: Annotated[str | None, Query(max_length=200, description="Where the party signs in.")] = None,
) -> EthereumMessage:
    """The message (ERC-4361) that the party's key has to sign; it works once, within 5 minutes."""
    return EthereumMessage(address=address, message=signing_in.ethereum_message(seat.identity, address, origin))


@router.post(
    "/sessions:ethereum",
    responses=responses(MessageInvalid, ChallengeUnknown, SignInRefused, SignInBlocked, PartyUnknown),
)
def sign_in_by_ethereum(request: Request, seat: SeatDep, body: EthereumSignIn) -> TokenResource:
    """Sign a borrower or lender in by the key of its party."""
    return show_tokens(signing_in.by_ethereum(seat.identity, body.message, body.signature, _peer(request, seat)))


@router.post("/sessions:refresh", responses=responses(SessionEnded))
def refresh_session(request: Request, seat: SeatDep, body: Refreshing) -> TokenResource:
    """The next tokens. A refresh token works once; used twice it ends the session."""
    return show_tokens(signing_in.refresh(seat.identity, body.refresh_token, _peer(request, seat)))


@router.post("/sessions:step-up", responses=responses(SignInRefused, SignInBlocked, ChallengeUnknown, SessionEnded))
def step_session_up(request: Request, seat: SeatDep, actor: ActorDep, body: StepUp) -> CallerResource:
    """Prove a second factor anew, for actions that need a fresh one. The access token in use stays valid."""
    signing_in.step_up(seat.identity, actor, body.code, body.credential, _peer(request, seat))
    with seat.database.read() as session:
        row = session.get_one(AuthSession, actor.session)
        return show_caller(seat.identity.actor_of_session(session, row))


@router.get("/sessions:current", responses=responses())
def get_caller(actor: ActorDep) -> CallerResource:
    """Who the access token stands for."""
    return show_caller(actor)


@router.post("/sessions:sign-out", responses=responses())
def sign_out(seat: SeatDep, actor: ActorDep) -> Ended:
    """End the session that asks; its tokens stop working at once."""
    if actor.session is None:
        return Ended(ended=0)
    _end(seat, actor, actor.session, "signed out")
    return Ended(ended=1)


@router.get("/sessions", responses=responses())
def list_sessions(
    seat: SeatDep,
    actor: ActorDep,
    principal: Annotated[str | None, Query(max_length=100, description="Only of this principal.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SessionResource]:
    """The caller's own open sessions; an administrator sees all of its organisation's."""
    query = select(AuthSession).where(AuthSession.ended_at.is_(None), AuthSession.ends_at > int(time.time()))
    if not _administers(actor):
        query = query.where(AuthSession.principal == actor.id)
    elif actor.tenant != SEAT_TENANT:
        query = query.where(AuthSession.tenant == actor.tenant)
    if principal is not None:
        query = query.where(AuthSession.principal == principal)
    offset = number_cursor(cursor) or 0
    query = query.order_by(AuthSession.created_at.desc(), AuthSession.id).offset(offset).limit(limit + 1)
    with seat.database.read() as session:
        rows = session.scalars(query).all()
    return page(rows, limit, show_session, lambda _: offset + limit)


@router.post("/sessions/{session_id}:revoke", responses=responses(PrincipalUnknown))
def revoke_session(seat: SeatDep, actor: ActorDep, session_id: SessionId) -> Ended:
    """End a session of one's own, or as an administrator anybody's. Its tokens stop working at once, everywhere."""
    _end(seat, actor, session_id, "revoked")
    return Ended(ended=1)


@router.post("/enrolments:prepare", responses=responses(InvitationUnknown))
def prepare_enrolment(seat: SeatDep, body: InvitationGiven) -> EnrolmentOffer:
    """What an invited person needs to set its factors. The invitation stays open."""
    identity = seat.identity
    with seat.database.write() as session:
        offered = people.enrolment(session, identity, body.invitation)
        return EnrolmentOffer(
            person=offered.person,
            totp_secret=offered.totp_secret,
            totp_uri=totp.provisioning_uri(
                offered.totp_secret, offered.person, f"Loan ledger {identity.settings.seat}"
            ),
            passkey_options=passkeys.registration_options(session, identity, offered.person, int(time.time())),
        )


@router.post(
    "/enrolments",
    status_code=201,
    responses=responses(InvitationUnknown, PasswordUnfit, SignInRefused, SignInBlocked, ChallengeUnknown),
)
def enrol_person(request: Request, seat: SeatDep, body: EnrolmentRequest) -> EnrolledResource:
    """Take an invitation: sets the person's factors, ends what it had before, and signs it in."""
    enrolled = signing_in.enrol(
        seat.identity, body.invitation, body.password, body.code, body.passkey, _peer(request, seat)
    )
    return EnrolledResource(
        person=enrolled.person, recovery_codes=enrolled.recovery_codes, tokens=show_tokens(enrolled.tokens)
    )


def _end(seat: Seat, actor: Actor, session_id: str, why: str) -> None:
    with seat.database.write() as session:
        row = session.get(AuthSession, session_id)
        own = row is not None and row.principal == actor.id
        if row is None or not (own or (_administers(actor) and reaches(actor, row.tenant))):
            raise PrincipalUnknown(kind="session", id=session_id)
        sessions.end(session, row, why, int(time.time()), actor=actor.id)
    epoch.settle()


def _administers(actor: Actor) -> bool:
    return ADMIN in actor.roles


def _peer(request: Request, seat: Seat) -> str:
    return peer_address(request.scope, seat.settings)
