"""One IPFS node over its RPC API, with `ipfshttpclient` underneath.

Promises that every failure is a typed error naming the node, and that the token goes to the node alone. Works with
the node in node-config/ipfs and with Kubo behind a bearer token. Blocks the calling thread; safe to use from
several threads, as each call has a connection of its own. Does not check what the node says: `store` does.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

import ipfshttpclient
from ipfshttpclient.exceptions import (
    CommunicationError,
    Error,
    ErrorResponse,
    StatusError,
)
from ipfshttpclient.exceptions import TimeoutError as ClientTimeout

from chain.documents.cid import Cid
from chain.documents.errors import (
    EndpointInvalid,
    NodeRefused,
    NodeUnreachable,
    NotPinned,
    StoredBytesCorrupt,
)

# The client passes urllib3 an argument that version 2 warns of; we keep urllib3 below 3.
warnings.filterwarnings("ignore", message="The 'strict' parameter is no longer needed", category=FutureWarning)

READ_RANGE: Final = 4 * 1024 * 1024
"""Bytes asked for at once. Below the node's own buffer, so that a damaged block is told in words."""

_SEND_PIECE: Final = 256 * 1024

# What our node and Kubo (with Datastore.HashOnRead) say of a block that does not match its hash.
_DAMAGE: Final = ("is corrupt on disk", "different hash than requested")

_T = TypeVar("_T")


class _Headers(Protocol):
    headers: dict[str, str]


@dataclass(frozen=True)
class _Bearer:
    """Puts the token on each request, and nothing from a .netrc file."""

    token: str = field(repr=False)

    def __call__(self, request: _Headers) -> _Headers:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


@dataclass(frozen=True)
class IpfsEndpoint:
    """Where a node's RPC API is, http://host:port, and the bearer token it wants."""

    api_url: str
    token: str = field(repr=False)


class IpfsNode:
    """The calls that documents need. timeout: seconds for one call."""

    def __init__(self, endpoint: IpfsEndpoint, timeout: float) -> None:
        self.name = endpoint.api_url
        self._address = _multiaddress(endpoint.api_url)
        self._token = endpoint.token
        self._timeout = timeout

    def add(self, pieces: Iterable[bytes]) -> str:
        """Stores and pins a file given in pieces; the CID as the node says it."""
        opts = {"cid-version": 1, "raw-leaves": True, "pin": True}
        with self._client() as client:
            return str(self._call("add a file", lambda: client.add_bytes(pieces, opts=opts)))

    def pin(self, cid: Cid) -> None:
        """Fetches what is missing from connected peers and keeps it."""
        opts = {"timeout": f"{max(1, int(self._timeout * 0.9))}s"}
        with self._client() as client:
            self._call(f"pin {cid}", lambda: client.pin.add(cid, opts=opts), cid)

    def unpin(self, cid: Cid) -> None:
        """Stops keeping a file; it is no error if the node did not."""
        if self.is_pinned(cid):
            with self._client() as client:
                self._call(f"unpin {cid}", lambda: client.pin.rm(cid), cid)

    def is_pinned(self, cid: Cid) -> bool:
        """Whether the node has recorded a recursive pin."""
        with self._client() as client:
            try:
                self._call(f"look up the pin of {cid}", lambda: client.pin.ls(cid, type="recursive"), cid)
            except NotPinned:
                return False
        return True

    def collect_garbage(self) -> None:
        """Deletes every block that no pin needs."""
        with self._client() as client:
            self._call("collect garbage", lambda: client.repo.gc(quiet=True))

    def read(self, cid: Cid, limit: int) -> Iterator[bytes]:
        """The file's bytes in pieces, fetched from peers if need be. Stops after `limit` bytes."""
        return self._read(cid, limit, {})

    def read_local(self, cid: Cid, limit: int) -> Iterator[bytes]:
        """The same, from this node's own disk only."""
        return self._read(cid, limit, {"offline": "true"})

    def peer_id(self) -> str:
        with self._client() as client:
            return str(self._call("tell its id", client.id)["ID"])

    def addresses(self) -> tuple[str, ...]:
        """The node's swarm addresses, with its peer id."""
        with self._client() as client:
            return tuple(str(address) for address in self._call("tell its id", client.id)["Addresses"])

    def connected_peers(self) -> frozenset[str]:
        """The ids of the peers it is connected to."""
        with self._client() as client:
            peers = self._call("list its peers", client.swarm.peers)["Peers"]
            return frozenset(str(peer["Peer"]) for peer in peers or ())

    def connect(self, address: str) -> None:
        """Connects it to the peer at a multiaddress with /p2p/."""
        with self._client() as client:
            self._call(f"connect to {address}", lambda: client.swarm.connect(address))

    def _read(self, cid: Cid, limit: int, opts: dict[str, str | int]) -> Iterator[bytes]:
        with self._client() as client:
            for position in range(0, limit, READ_RANGE):
                length = min(READ_RANGE, limit - position)
                cat = partial(client.cat, cid, opts=opts | {"offset": position, "length": length})
                piece: bytes = self._call(f"read {cid}", cat, cid)
                if piece:
                    yield piece
                if len(piece) < length:
                    return

    @contextmanager
    def _client(self) -> Iterator[ipfshttpclient.Client]:
        # Not connect(): it refuses every node of today for its version number.
        client = ipfshttpclient.Client(
            self._address, timeout=self._timeout, auth=_Bearer(self._token), chunk_size=_SEND_PIECE
        )
        # No proxy and no .netrc of the environment: the token is for this node alone.
        client._client._session_props["trust_env"] = False
        with client:
            yield client

    def _call(self, action: str, call: Callable[[], _T], cid: Cid | None = None) -> _T:
        try:
            return call()
        except ErrorResponse as error:
            reason = str(error.args[-1])
            if cid is not None and any(sign in reason for sign in _DAMAGE):
                raise StoredBytesCorrupt(node=self.name, cid=cid, reason=reason) from error
            if cid is not None and "is not pinned" in reason:
                raise NotPinned(node=self.name, cid=cid) from error
            raise NodeRefused(node=self.name, action=action, reason=reason) from error
        except StatusError as error:
            raise NodeRefused(node=self.name, action=action, reason=str(error)) from error
        except ClientTimeout as error:
            reason = f"no answer within {self._timeout:g} s"
            raise NodeUnreachable(node=self.name, action=action, reason=reason) from error
        except (CommunicationError, OSError) as error:
            raise NodeUnreachable(node=self.name, action=action, reason=str(error)) from error
        except Error as error:
            raise NodeRefused(node=self.name, action=action, reason=str(error)) from error


def _multiaddress(url: str) -> str:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("http", "https") or not parts.hostname or port is None or parts.path not in ("", "/"):
        raise EndpointInvalid(url=url)
    host = parts.hostname
    if ":" in host:
        kind = "ip6"
    elif host.replace(".", "").isdigit():
        kind = "ip4"
    else:
        kind = "dns"
    return f"/{kind}/{host}/tcp/{port}/{parts.scheme}"
