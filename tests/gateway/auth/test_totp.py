"""Codes of an authenticator app work once, in their order, whoever asks at the same time."""

from __future__ import annotations

import re
import threading
import time

import pyotp
import pytest
from argon2 import PasswordHasher

from gateway.auth import passwords, signing_in, totp
from gateway.auth.errors import SignInBlocked, SignInRefused
from gateway.auth.signing_in import Secrets
from gateway.auth.tables import AuthPerson

both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
PASSWORD = "seven quiet mountain rivers"


@pytest.fixture
def person(identity, enrol):
    """Enrolled, with every code still to be used."""
    made = enrol()
    with identity.database.write() as session:
        session.get_one(AuthPerson, made.name).totp_step = totp.UNUSED
    return made


def code_at(person, step):
    return pyotp.TOTP(person.app.secret).at(step * totp.STEP_SECONDS)


def use(identity, person, code, now):
    with identity.database.write() as session:
        row = session.get_one(AuthPerson, person.name)
        return totp.use_code(session, identity.sealing, row, code, now)


def test_security_11_totp_replay_is_refused(identity, person):
    now = int(time.time())
    code = code_at(person, now // 30)
    assert use(identity, person, code, now)
    assert not use(identity, person, code, now)
    assert not use(identity, person, code, now + 29)


def test_security_11_totp_a_b_a_is_refused(identity, person):
    """A code stays used when a later one was used after it, although its time is not over."""
    now = 30 * 60_000_000 + 15
    a, b = code_at(person, now // 30), code_at(person, now // 30 + 1)
    assert use(identity, person, a, now)
    assert use(identity, person, b, now)
    assert not use(identity, person, a, now)
    assert not use(identity, person, code_at(person, now // 30 - 1), now)
    assert not use(identity, person, b, now + 30)


@both_databases
def test_security_11_totp_used_by_many_at_once_works_for_one(identity, person):
    """Twenty sign-ins with one code at the same moment: one gets in."""
    now = int(time.time())
    code = code_at(person, now // 30)
    outcomes: list[bool] = []
    gate = threading.Barrier(20)

    def attempt() -> None:
        gate.wait()
        outcomes.append(use(identity, person, code, now))

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 19 + [True]


def test_security_11_totp_replay_at_the_sign_in_is_refused_like_a_wrong_code(identity, person):
    code = code_at(person, int(time.time()) // 30)
    signing_in.by_password(identity, person.name, Secrets(PASSWORD, code), "192.0.2.1")
    with pytest.raises(SignInRefused) as again:
        signing_in.by_password(identity, person.name, Secrets(PASSWORD, code), "192.0.2.1")
    with pytest.raises(SignInRefused) as wrong:
        signing_in.by_password(identity, person.name, Secrets(PASSWORD, "000000"), "192.0.2.1")
    assert str(again.value) == str(wrong.value)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", "-12345", " 12345"])
def test_what_has_not_the_form_of_a_code_is_none(code):
    assert totp.step_of(pyotp.random_base32(), code, 1_800_000_000) is None


def test_a_code_of_the_step_before_and_after_is_taken_and_no_farther(person):
    step = 60_000_000
    steps = [totp.step_of(person.app.secret, code_at(person, step + n), step * 30) for n in (-2, -1, 0, 1, 2)]
    assert steps == [None, step - 1, step, step + 1, None]


def test_the_database_holds_no_authenticator_secret(identity, person, tmp_path):
    secret = person.app.secret.encode()
    for path in tmp_path.iterdir():
        if path.is_file():
            assert secret not in path.read_bytes()


def test_passwords_are_kept_as_argon2id_of_the_strength_that_rfc_9106_recommends(monkeypatch):
    monkeypatch.undo()
    kept = passwords.hashed(PASSWORD, "li.wei")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits(PASSWORD + " ", kept)
    assert not passwords.fits(PASSWORD, None)


@both_databases
def test_guessing_is_slowed_and_a_right_password_does_not_help_meanwhile(identity, person):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            signing_in.by_password(identity, person.name, Secrets("wrong wrong wrong", "123456"), "192.0.2.1")
    code = code_at(person, int(time.time()) // 30)
    with pytest.raises(SignInBlocked) as known:
        signing_in.by_password(identity, person.name, Secrets(PASSWORD, code), "198.51.100.9")
    assert known.value.status == 429


def test_an_unknown_name_is_answered_like_a_known_one_and_as_slowly(identity, person, monkeypatch):
    # Slow enough that the difference between hashing and not hashing would show.
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1))
    passwords._nobodys.cache_clear()
    with identity.database.write() as session:
        session.get_one(AuthPerson, person.name).password = passwords.hashed(PASSWORD, person.name)

    def attempts(name: str) -> tuple[list[str], float]:
        codes, began = [], time.perf_counter()
        for _ in range(6):
            with pytest.raises((SignInRefused, SignInBlocked)) as caught:
                signing_in.by_password(identity, name, Secrets("wrong wrong wrong", "123456"), "192.0.2.1")
            codes.append(re.sub("[0-9]+", "N", str(caught.value)))
        return codes, time.perf_counter() - began

    attempts("warm-up")
    known, known_time = attempts(person.name)
    unknown, unknown_time = attempts("nobody")
    assert known == unknown
    assert 0.4 < known_time / unknown_time < 2.5


def test_a_recovery_code_stands_for_the_app_once(identity, person):
    code = person.enrolled.recovery_codes[0]
    signing_in.by_password(identity, person.name, Secrets(PASSWORD, recovery_code=code.upper()), "192.0.2.1")
    with pytest.raises(SignInRefused):
        signing_in.by_password(identity, person.name, Secrets(PASSWORD, recovery_code=code), "192.0.2.1")
