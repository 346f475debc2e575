"""A node's answers that can't be read are errors of the node's, whatever they hold."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.ledger.errors import NodeRefused, NodeUnreachable
from gateway.intake.recursion import keep_bound
from gateway.rpc import Rpc


class Node:
    """Answers each request with the bytes in `says`."""

    def __init__(self):
        node = self
        self.says = b""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(node.says)))
                self.end_headers()
                self.wfile.write(node.says)

            def log_message(self, *_):
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def node():
    before = sys.getrecursionlimit()
    keep_bound()
    made = Node()
    yield made
    made.server.shutdown()
    made.server.server_close()
    sys.setrecursionlimit(before)


@pytest.fixture(scope="module")
def rpc(node):
    made = Rpc(f"http://user:secret@127.0.0.1:{node.server.server_port}", 5)
    yield made
    made.close()


@pytest.mark.parametrize("deep", [b"[" * 400_000, b'{"result":' * 200_000, b"[" * 300_000 + b"]" * 300_000])
def test_an_answer_that_is_too_deep_is_refused(node, rpc, deep):
    node.says = deep
    with pytest.raises(NodeUnreachable) as refused:
        rpc.ask("eth_blockNumber")
    assert "secret" not in refused.value.message()


_ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "result", "error", "x"]), inner),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=_ANSWERS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    questions=st.integers(1, 3),
)
def test_whatever_a_node_says_is_an_answer_or_a_typed_error_for_each_question(node, rpc, said, questions):
    node.says = said
    with contextlib.suppress(NodeUnreachable, NodeRefused):
        answers = rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in range(questions)])
        assert len(answers) == questions
