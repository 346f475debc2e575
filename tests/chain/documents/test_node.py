"""How nodes are started: the command line, and the runtime file they write."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.documents.errors import EndpointInvalid, RuntimeFileInvalid
from chain.documents.node import ipfs_argv, new_swarm_key, read_runtime
from chain.documents.rpc import IpfsEndpoint, IpfsNode


def test_command_line_binds_to_loopback_and_takes_free_ports():
    argv = ipfs_argv(Path("node"), Path("r"), Path("k"), Path("t"), Path("j"), ["/ip4/127.0.0.1/tcp/1/p2p/x"])
    assert argv[0] == "node"
    assert "-api=127.0.0.1:0" in argv
    assert "-swarm=/ip4/127.0.0.1/tcp/0" in argv
    assert argv[-1] == "-peer=/ip4/127.0.0.1/tcp/1/p2p/x"


def test_swarm_keys_are_256_random_bits():
    head, base, digits = new_swarm_key().splitlines()
    assert (head, base) == ("/key/swarm/psk/1.0.0/", "/base16/")
    assert len(bytes.fromhex(digits)) == 32
    assert new_swarm_key() != new_swarm_key()


def test_runtime_file_is_none_until_written_and_an_error_if_it_is_something_else(tmp_path):
    path = tmp_path / "runtime.json"
    assert read_runtime(path) is None
    path.write_text('{"api": "127.0.0.1:1"}')
    with pytest.raises(RuntimeFileInvalid, match=str(path)):
        read_runtime(path)


def test_runtime_file_names_what_the_running_node_says(node):
    assert node.client().peer_id() == node.runtime.peer_id
    assert node.client().addresses() == node.runtime.swarm
    assert node.runtime.pid == node.process.pid


@pytest.mark.parametrize("url", ["", "127.0.0.1:5001", "ftp://h:1", "http://h", "http://h:x", "http://h:1/api/v0"])
def test_address_that_is_no_api_url_is_refused(url):
    with pytest.raises(EndpointInvalid):
        IpfsNode(IpfsEndpoint(url, "t"), 1)
