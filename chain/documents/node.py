"""How an IPFS node is started: its command line, its secrets, and where it says it listens.

For whoever supervises the processes. Starts nothing itself and speaks to nothing. A node is ready when its runtime
file names its own process id; POST /api/v0/id with the token then answers.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.documents.errors import RuntimeFileInvalid


@dataclass(frozen=True)
class IpfsRuntime:
    """What a running node wrote: `api` as host:port, `swarm` as multiaddresses with its peer id."""

    api: str
    swarm: tuple[str, ...]
    peer_id: str
    pid: int

    @property
    def api_url(self) -> str:
        return f"http://{self.api}"


def ipfs_argv(
    binary: Path,
    repo: Path,
    swarm_key: Path,
    api_token_file: Path,
    runtime_file: Path,
    peers: Sequence[str] = (),
    api_port: int = 0,
    swarm_port: int = 0,
) -> list[str]:
    """The command line of one node on loopback.

    swarm_key, api_token_file: files, mode 0600. runtime_file: removed at start, written when the node listens.
    peers: multiaddresses to stay connected to. Port 0 takes a free one; at a restart give the ports of the former
    run, because the other node dials them.
    """
    argv = [
        str(binary),
        f"-repo={repo}",
        f"-swarm-key={swarm_key}",
        f"-api-token-file={api_token_file}",
        f"-runtime-file={runtime_file}",
        f"-api=127.0.0.1:{api_port}",
        f"-swarm=/ip4/127.0.0.1/tcp/{swarm_port}",
    ]
    return argv + [f"-peer={peer}" for peer in peers]


def new_swarm_key() -> str:
    """The text of a fresh swarm.key file: whoever holds it is in the private swarm."""
    return f"/key/swarm/psk/1.0.0/\n/base16/\n{secrets.token_hex(32)}\n"


def new_api_token() -> str:
    """A fresh bearer token for one node's API."""
    return secrets.token_hex(32)


def read_runtime(runtime_file: Path) -> IpfsRuntime | None:
    """What the node wrote, or None while it has not. Compare `pid` with the process. Raises RuntimeFileInvalid."""
    try:
        text = runtime_file.read_text()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(text)
        return IpfsRuntime(str(value["api"]), tuple(value["swarm"]), str(value["peer_id"]), int(value["pid"]))
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeFileInvalid(path=str(runtime_file), reason=repr(error)) from error
