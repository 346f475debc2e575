"""What can be found without asking anybody: settings, files, secrets, certificates.

`serve` runs it before it starts: a production gateway does not start while it finds an error. Reads files only.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from chain.errors import LedgerError
from chain.ledger.consortium import Consortium
from chain.ledger.roles import Role, Scope
from gateway.check import secrets
from gateway.check.findings import Finding, found
from gateway.settings import CustodyAccountSettings, SeatSettings
from gateway.signing.opening import seat_keys

# The first accounts of "test test test test test test test test test test test junk", which anvil and hardhat fund.
EXAMPLE_ACCOUNTS: Final = frozenset(
    {
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
        "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
        "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
        "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
        "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    }
)
_NETWORK_FILES: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "lustre"}
)
_CERTIFICATE_ENDS = timedelta(days=14)
_WIDE = 8  # a trusted network of more addresses than 2^8 (IPv6: 2^64) is hardly a row of proxies


def look(settings: SeatSettings, folder: Path, mounts: Path = Path("/proc/mounts")) -> list[Finding]:
    """All that is found, the settings being readable."""
    return [
        *secrets.look(settings, folder),
        *_keys(settings, folder),
        *_listener(settings),
        *_sign_in(settings),
        *_others(settings),
        *_consortium(settings),
        *_file_system(settings, mounts),
    ]


def _keys(settings: SeatSettings, folder: Path) -> Iterator[Finding]:
    try:
        keys = seat_keys(settings, folder)
    except LedgerError as error:
        yield found("keys.unreadable", reason=error.message())
        return
    for key in keys:
        if key.address in EXAMPLE_ACCOUNTS:
            yield found("keys.example", key=key.name, address=key.address)
    if keys and not settings.keys:
        yield found("keys.root_signs")
    if keys and not any(Scope.Document in key.scopes for key in keys):
        yield found("keys.no_anchor")


def _listener(settings: SeatSettings) -> Iterator[Finding]:
    if not is_loopback(settings.host) and settings.tls_certificate is None and not settings.auth_trusted_proxies:
        yield found("listener.open", host=settings.host)
    for network in settings.auth_trusted_proxies:
        free = network.max_prefixlen - network.prefixlen
        if free > (_WIDE if network.version == 4 else 64):
            yield found("listener.any_proxy", network=network)
    if settings.tls_certificate is not None:
        yield from _certificate(settings.tls_certificate, settings.tls_key)


def _certificate(certificate: Path, key: Path | None) -> Iterator[Finding]:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password="")
        until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        yield found("listener.certificate_unusable", reason=error)
        return
    left = until - datetime.now(UTC)
    if left < timedelta(0):
        yield found("listener.certificate_expired", path=certificate, until=until.date())
    elif left < _CERTIFICATE_ENDS:
        yield found("listener.certificate_ends", path=certificate, until=until.date())


def _sign_in(settings: SeatSettings) -> Iterator[Finding]:
    for origin in settings.auth_origins:
        if urlsplit(origin).scheme != "https":
            yield found("sign_in.plain", origin=origin)


def _others(settings: SeatSettings) -> Iterator[Finding]:
    if settings.log_level == "debug":
        yield found("settings.debug")
    if settings.engine == "anvil":
        yield found("settings.development_engine", engine=settings.engine)
    if settings.role is Role.BANK and settings.custody_account.account == CustodyAccountSettings().account:
        yield found("settings.example_account", account=settings.custody_account.account)
    node = urlsplit(settings.rpc_url)
    if node.password is not None:
        yield found("secrets.in_url", setting="rpc_url", instead="a tunnel or the node's address list")
    if node.scheme in ("http", "ws") and not is_loopback(node.hostname or ""):
        yield found("node.plain", host=node.hostname)


def _consortium(settings: SeatSettings) -> Iterator[Finding]:
    try:
        consortium = Consortium.load(settings.consortium)
    except LedgerError as error:
        yield found("consortium.invalid", path=settings.consortium, reason=error.message())
        return
    if settings.member is None or settings.role is Role.OBSERVER:
        return
    if not any(member.name == settings.member and member.role is settings.role for member in consortium.members):
        yield found("consortium.not_member", member=settings.member, role=settings.role.value.lower())


def _file_system(settings: SeatSettings, mounts: Path) -> Iterator[Finding]:
    if "://" in settings.database_url:
        return
    kind = file_system_of(Path(settings.database_url), mounts)
    if kind in _NETWORK_FILES:
        yield found("database.network_files", path=settings.database_url, kind=kind)


def file_system_of(path: Path, mounts: Path) -> str:
    """The kind of file system that `path` is on, as the kernel names it; '' where it can't be known."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    wanted = os.path.realpath(path)
    for line in lines:
        _, place, found_kind, *_ = line.split(" ")
        place = place.encode().decode("unicode_escape").rstrip("/") + "/"
        if (wanted + "/").startswith(place) and len(place) >= best:
            best, kind = len(place), found_kind
    return kind


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
