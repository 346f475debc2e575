"""A collector of traces, as OpenTelemetry's exporter finds it, and a gateway process that tells it all it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Takes spans by OTLP over HTTP and keeps them, raw and read."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.spans: list[Span] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.raw.append(body)
                request = ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        collector.spans += scope.spans
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def until(self, look: Callable[[list[Span]], object], seconds: float = 30) -> object:
        """What `look` finds among the spans, once it finds something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := look(list(self.spans)):
                return found
            time.sleep(0.1)
        raise AssertionError([span.name for span in self.spans])


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def talkative(make_ledger, gateway_processes, collector):
    """The bank's gateway in a process of its own, with traces, and logs at their most detailed."""
    process = gateway_processes(make_ledger(extra=f'otlp_endpoint = "{collector.url}"\nlog_level = "debug"'), "bank")
    process.start()
    yield process
    process.stop()
