"""ACTUS contracts PAM, LAM, NAM and ANN, computed exactly: `evaluate(case)` gives the events of one case."""

from chain.schedules.actus.engine import evaluate
from chain.schedules.actus.events import Event, as_json

__all__ = ["Event", "as_json", "evaluate"]
