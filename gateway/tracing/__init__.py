"""Traces (OpenTelemetry) from a request to its final transaction, where the seat names a collector."""
