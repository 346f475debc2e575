"""The market data a case brings with it: index values by moment, read only where a term asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from chain.schedules.actus import readers
from chain.schedules.dates import Moment, moment_text
from chain.schedules.errors import TermInvalid


class Observations:
    """O_rf of the standard: the observed value of a market object at a moment."""

    __slots__ = ("_raw", "_series")

    def __init__(self, raw: object) -> None:
        if raw is None:
            raw = {}
        if not isinstance(raw, Mapping):
            raise TermInvalid(term="dataObserved", reason="it must be an object of series by market object code")
        self._raw: Mapping[object, object] = raw
        self._series: dict[str, dict[Moment, object]] = {}

    def value(self, term: str, code: str, moments: Sequence[Moment]) -> Decimal:
        """The value at the first of `moments` that was observed, never an interpolated or a stale one.

        Raises TermInvalid naming `term` when there is none.
        """
        series = self._series.get(code)
        if series is None:
            series = self._series[code] = self._read(term, code)
        for when in moments:
            if when in series:
                try:
                    return readers.number(series[when])
                except ValueError as reason:
                    raise TermInvalid(term=f"dataObserved.{code}", reason=str(reason)) from None
        raise TermInvalid(term=term, reason=f"{code} has no observation for {moment_text(moments[0])}")

    def _read(self, term: str, code: str) -> dict[Moment, object]:
        series = self._raw.get(code)
        data = series.get("data") if isinstance(series, Mapping) else None
        if not isinstance(data, Sequence) or isinstance(data, str):
            raise TermInvalid(term=term, reason=f"dataObserved holds no series {code}")
        values: dict[Moment, object] = {}
        for entry in data:
            if not isinstance(entry, Mapping) or "value" not in entry:
                raise TermInvalid(term=f"dataObserved.{code}", reason="an entry needs timestamp and value")
            try:
                moment = readers.moment(entry.get("timestamp"))
            except ValueError as reason:
                raise TermInvalid(term=f"dataObserved.{code}", reason=str(reason)) from None
            if values.setdefault(moment, entry["value"]) != entry["value"]:
                raise TermInvalid(term=f"dataObserved.{code}", reason=f"{moment_text(moment)} has two values")
        return values
