"""What the IPFS node demands before it starts, and how it ends."""

from __future__ import annotations

import subprocess


def _refused(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode in (1, 2), done.stderr
    return done.stderr


def _without(argv: list[str], flag: str) -> list[str]:
    return [a for a in argv if not a.startswith(f"-{flag}=")]


def test_node_refuses_to_start_without_a_swarm_key(swarm):
    node = swarm.node()
    node.kill()
    assert "-swarm-key is required" in _refused(_without(node.argv(), "swarm-key"))


def test_node_refuses_a_malformed_swarm_key(swarm, tmp_path):
    node = swarm.node()
    node.kill()
    bad = tmp_path / "bad.key"
    bad.write_text("/key/swarm/psk/1.0.0/\n/base16/\n00ff\n")
    assert "64 hexadecimal digits" in _refused([*node.argv(), f"-swarm-key={bad}"])


def test_node_refuses_to_start_without_an_api_token(swarm):
    node = swarm.node()
    node.kill()
    assert "-api-token-file is required" in _refused(_without(node.argv(), "api-token-file"))


def test_node_refuses_a_token_file_that_others_may_read(swarm, tmp_path):
    node = swarm.node()
    node.kill()
    open_file = tmp_path / "open"
    open_file.write_text("a" * 64)
    open_file.chmod(0o644)
    assert "chmod 600" in _refused([*node.argv(), f"-api-token-file={open_file}"])


def test_node_refuses_an_api_address_beyond_loopback_unless_told(swarm):
    node = swarm.node()
    node.kill()
    assert "not a loopback IP address" in _refused([*node.argv(), "-api=0.0.0.0:0"])


def test_second_process_on_the_same_repository_is_refused(swarm):
    node = swarm.node()
    argv = [*node.argv(), "-api=127.0.0.1:0", "-swarm=/ip4/127.0.0.1/tcp/0"]
    assert "another node" in _refused(_without(argv, "runtime-file"))
    assert node.post("id").status_code == 200


def test_node_keeps_its_identity_and_exits_cleanly_on_sigterm(swarm):
    node = swarm.node()
    before = node.runtime.peer_id
    assert node.stop() == 0
    node.start()
    assert node.runtime.peer_id == before


def test_version_and_agent_do_not_pretend_to_be_kubo(swarm):
    node = swarm.node()
    version, identity = node.post("version").json(), node.post("id").json()
    assert version["Version"] == "0.1.0"
    assert version["Commit"] == identity["AgentVersion"]
    assert identity["AgentVersion"].startswith("loan-ledger-ipfs/0.1.0 boxo/v0.")
    assert identity["ID"] == node.runtime.peer_id
    assert tuple(identity["Addresses"]) == node.runtime.swarm
