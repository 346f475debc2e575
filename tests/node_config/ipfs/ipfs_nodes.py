"""Real IPFS nodes for tests: start, kill, restart, look at their disks. Loaded by the conftest files that need it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from multiformats import CID, multibase

from chain.documents.node import IpfsRuntime, ipfs_argv, new_api_token, new_swarm_key, read_runtime
from chain.documents.rpc import IpfsEndpoint, IpfsNode

START_SECONDS = 30.0


def binary() -> Path:
    """The node's binary, or a skip that says how to get it."""
    if given := os.environ.get("LOAN_LEDGER_IPFS_NODE"):
        return Path(given)
    from chain.toolchain import layout
    from chain.toolchain.errors import ToolMissing

    try:
        return layout.binary("ipfs-node")
    except ToolMissing as missing:
        pytest.skip(f"the IPFS node is not built: {missing}")


class RunningNode:
    """One node with a folder of its own. A restart takes the same ports and repository."""

    def __init__(self, folder: Path, swarm_key: str, flags: tuple[str, ...] = (), peers: tuple[str, ...] = ()) -> None:
        folder.mkdir()
        self.repo = folder / "repo"
        self.token = new_api_token()
        self._key, self._token_file, self._runtime_file = (folder / n for n in ("swarm.key", "token", "runtime.json"))
        for path, text in ((self._key, swarm_key), (self._token_file, self.token)):
            path.touch(mode=0o600)
            path.write_text(text)
        self._log = folder / "log"
        self._flags = flags
        self.peers = peers
        self._api_port = self._swarm_port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def argv(self) -> list[str]:
        argv = ipfs_argv(
            binary(), self.repo, self._key, self._token_file, self._runtime_file, self.peers, self._api_port,
            self._swarm_port,
        )  # fmt: skip
        return argv + list(self._flags)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self.argv(), stdout=log, stderr=log)
        self.runtime = self._wait()
        self._api_port = int(self.runtime.api.rpartition(":")[2])
        self._swarm_port = int(self.runtime.swarm[0].split("/")[4])

    def _wait(self) -> IpfsRuntime:
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            runtime = read_runtime(self._runtime_file)
            if runtime is not None and runtime.pid == self.process.pid:
                return runtime
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.kill()
        pytest.fail(f"the node did not start:\n{self.log()}")

    def log(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)

    @property
    def endpoint(self) -> IpfsEndpoint:
        return IpfsEndpoint(self.runtime.api_url, self.token)

    def client(self, timeout: float = 20.0) -> IpfsNode:
        return IpfsNode(self.endpoint, timeout)

    def post(self, path: str, *, headers: dict[str, str] | None = None, body: bytes | None = None) -> httpx.Response:
        """A call with the right token, unless `headers` say otherwise. `body` is sent as the one file of a form."""
        files = None if body is None else {"file": ("", body, "application/octet-stream")}
        with httpx.Client(trust_env=False, timeout=30) as http:
            return http.post(
                f"{self.runtime.api_url}/api/v0/{path}",
                headers={"Authorization": f"Bearer {self.token}"} | (headers or {}),
                files=files,
            )

    def add(self, content: bytes, options: str = "cid-version=1") -> str:
        return str(self.post(f"add?{options}", body=content).json()["Hash"])

    def block_file(self, cid: str) -> Path:
        """Where a block lies on disk: flatfs with next-to-last/2 over the base32 multihash."""
        key = multibase.encode(CID.decode(cid).digest, "base32upper")[1:]
        return self.repo / "blocks" / key[-3:-1] / f"{key}.data"

    def block_files(self) -> list[Path]:
        return sorted((self.repo / "blocks").rglob("*.data"))


def damage(block: Path) -> None:
    """Changes one byte in the middle of a block's file."""
    content = bytearray(block.read_bytes())
    content[len(content) // 2] ^= 1
    block.write_bytes(bytes(content))


class Swarm:
    """Makes nodes of one private swarm; a new node stays connected to all that are there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = new_swarm_key()
        self.nodes: list[RunningNode] = []

    def node(self, *flags: str) -> RunningNode:
        return self._add(self._key, flags, tuple(node.runtime.swarm[0] for node in self.nodes))

    def stranger(self) -> RunningNode:
        """A node with another swarm key that tries to connect to the first node."""
        return self._add(new_swarm_key(), (), (self.nodes[0].runtime.swarm[0],))

    def _add(self, key: str, flags: tuple[str, ...], peers: tuple[str, ...]) -> RunningNode:
        node = RunningNode(self._folder / f"node{len(self.nodes)}", key, flags, peers)
        self.nodes.append(node)
        return node

    def close(self) -> None:
        for node in self.nodes:
            node.kill()


def swarm(folder: Path) -> Iterator[Swarm]:
    made = Swarm(folder)
    try:
        yield made
    finally:
        made.close()


def wait_connected(node: RunningNode, other: RunningNode, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if other.runtime.peer_id in node.client().connected_peers():
            return
        time.sleep(0.1)
    pytest.fail(f"not connected after {seconds} s:\n{node.log()}")
