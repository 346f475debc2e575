"""Connections that webhooks are delivered over: to the very address that was checked, and to no other.

A name is resolved once for each connection. Every address that it stands for must be allowed; the connection is made to
one of them by number, so that no second look-up can lead elsewhere. The certificate is verified against the name.
Follows no redirect, uses no proxy, and reads little of an answer. Plain HTTP only within networks that are open.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpcore
from httpcore._backends.auto import AutoBackend

from gateway.webhooks.addresses import Network, is_open, refusal
from gateway.webhooks.settings import WebhookSettings

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_ANSWER_BYTES: Final = 16 * 1024
_MAX_CONNECTIONS: Final = 64
_KEEP_SECONDS: Final = 30.0


class AddressRefused(Exception):
    """The address is none that webhooks go to; the text says why."""


@dataclass(frozen=True)
class Target:
    """A URL in its parts; `host` in ASCII."""

    secure: bool
    host: str
    port: int


def target_of(url: str) -> Target:
    """The parts of a URL. Raises AddressRefused if it is none for webhooks."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("ascii").decode()
    except (ValueError, UnicodeError) as error:
        raise AddressRefused(f"it can't be read ({error})") from None
    if parts.scheme not in ("https", "http"):
        raise AddressRefused("it is no https URL")
    if not host or "%" in host or any(letter.isspace() or ord(letter) < 33 for letter in url):
        raise AddressRefused("it names no host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("it holds a user or a password; the signature is what identifies the sender")
    if parts.fragment:
        raise AddressRefused("it has a fragment")
    secure = parts.scheme == "https"
    return Target(secure, host, port or (443 if secure else 80))


async def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a host by the system's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def checked(target: Target, settings: WebhookSettings, resolve: Resolver) -> Sequence[str]:
    """The addresses of the target, all of them allowed. Raises AddressRefused, also if there are none."""
    networks: Sequence[Network] = settings.allowed_networks
    try:
        addresses = await resolve(target.host, target.port)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise AddressRefused(f"{target.host} has no address")
    for address in addresses:
        reason = refusal(address, networks)
        if reason is not None:
            raise AddressRefused(reason)
        if not is_open(address, networks):
            if not target.secure:
                raise AddressRefused("it is no https URL")
            if target.port not in settings.ports:
                raise AddressRefused(f"port {target.port} is not open to webhooks")
    return addresses


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to what `checked` gives. Above it names stay names: in TLS, in certificates, in the Host header."""

    def __init__(self, secure: bool, settings: WebhookSettings, resolve: Resolver) -> None:
        self._secure = secure
        self._settings = settings
        self._resolve = resolve
        self._network = AutoBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await checked(Target(self._secure, host, port), self._settings, self._resolve)
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("it is no https URL")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Connections:
    """Posts to webhooks' addresses. Made and used in one event loop."""

    def __init__(self, settings: WebhookSettings, resolve: Resolver = look_up) -> None:
        self._settings = settings
        self._resolve = resolve
        context = ssl.create_default_context()
        if settings.ca_file is not None:
            context.load_verify_locations(settings.ca_file)
        self._pools = {
            secure: httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=_MAX_CONNECTIONS,
                keepalive_expiry=_KEEP_SECONDS,
                network_backend=_CheckedBackend(secure, settings, resolve),
            )
            for secure in (True, False)
        }

    async def check(self, url: str) -> None:
        """Raises AddressRefused if nothing would be delivered there now."""
        await checked(target_of(url), self._settings, self._resolve)

    async def post(self, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> int:
        """Posts and returns the answer's status. Raises AddressRefused, DeliveryFailed."""
        target = target_of(url)
        seconds = self._settings.timeout_seconds
        limits = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        host = (b"Host", _host(target))
        try:
            async with asyncio.timeout(seconds):
                async with self._pools[target.secure].stream(
                    "POST", url, headers=[host, *headers], content=body, extensions={"timeout": limits}
                ) as answer:
                    await _read_little(answer)
                    return answer.status
        except TimeoutError:
            raise DeliveryFailed(f"no answer within {seconds:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise DeliveryFailed(str(error) or type(error).__name__) from None

    async def close(self) -> None:
        """Closes all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class DeliveryFailed(Exception):
    """Nothing was delivered, or nobody knows; the text says why."""


async def _read_little(answer: httpcore.Response) -> None:
    """Reads an answer to its end, so that its connection can be used again, or gives it up if it goes on."""
    seen = 0
    async for part in answer.aiter_stream():
        seen += len(part)
        if seen > _ANSWER_BYTES:
            return


def _host(target: Target) -> bytes:
    name = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.secure else 80)
    return (name if usual else f"{name}:{target.port}").encode()
