"""Sends spans to the seat's collector by OTLP over HTTP, in the background; a collector that is gone delays nobody.

Spans say what was called and how it went: routes as templates, ids and hashes that are on the ledger anyway. Never
bodies, query strings, headers or names of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PROPAGATOR = TraceContextTextMapPropagator()
_NAME = "loan-ledger-gateway"


@dataclass(frozen=True)
class Tracing:
    """Where the seat's spans are made. `provider` is None for a seat that names no collector."""

    provider: TracerProvider | None

    @property
    def enabled(self) -> bool:
        """Whether spans are sent anywhere."""
        return self.provider is not None

    @property
    def tracer(self) -> trace.Tracer:
        """Makes spans; those of a disabled one go nowhere."""
        return trace.NoOpTracer() if self.provider is None else self.provider.get_tracer(_NAME)

    def close(self) -> None:
        """Sends what is left."""
        if self.provider is not None:
            self.provider.shutdown()


def open_tracing(endpoint: str | None, seat: str, role: str) -> Tracing:
    """Tracing to the collector at `endpoint` (base URL, such as http://127.0.0.1:4318); disabled without one."""
    if endpoint is None:
        return Tracing(None)
    # Loading these takes a third of a second; only a seat that traces shall wait for it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource.create({"service.name": _NAME, "service.instance.id": seat, "loan_ledger.role": role})
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1_000))
    return Tracing(provider)


def current_traceparent() -> str | None:
    """The current span as W3C's `traceparent`; None outside of one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def context_of(traceparent: str | None) -> Context | None:
    """The context that a `traceparent` names; None for none."""
    return None if traceparent is None else _PROPAGATOR.extract({"traceparent": traceparent})
