"""Positions in the log, which types a reader asks for, and an event as all readers get it.

An event's id names log and number, `evt_<log>_<number>`: it is the cursor of pages and streams, the id of webhook
deliveries, and is never given twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from gateway.errors import CursorInvalid
from gateway.events.errors import EventOfOtherLog, EventTypeUnknown
from gateway.events.tables import EventRow
from gateway.events.types import WITHDRAWN, event_types

_ID = re.compile(r"evt_([0-9a-f]{8})_(0|[1-9][0-9]{0,17})")


def event_id(log: str, seq: int) -> str:
    """The id of the event with that number."""
    return f"evt_{log}_{seq}"


def number_of(text: str, log: str) -> int:
    """The number in an event's id. Raises CursorInvalid, or EventOfOtherLog."""
    found = _ID.fullmatch(text)
    if found is None:
        raise CursorInvalid(cursor=text)
    if found[1] != log:
        raise EventOfOtherLog(event=text, log=log)
    return int(found[2])


def chosen_types(names: Iterable[str]) -> frozenset[str]:
    """All types that `names` stand for, with their withdrawals; none for all. Raises EventTypeUnknown."""
    known = event_types().by_name
    chosen: set[str] = set()
    for name in names:
        if name.endswith(".*"):
            found = [one for one in known if one.startswith(name[:-1])]
        else:
            found = [one for one in (name.removesuffix(WITHDRAWN),) if one in known]
        if not found:
            raise EventTypeUnknown(type=name)
        chosen.update(found)
    return frozenset(chosen | {name + WITHDRAWN for name in chosen})


def wire(row: EventRow, log: str) -> str:
    """The event as JSON text, the same wherever it is read. Its data stands in it as it was stored."""
    head = {
        "id": event_id(log, row.seq),
        "type": row.type,
        "at": row.at,
        "subject": row.subject,
        "loan": row.loan,
        "block": row.block,
        "withdraws": None if row.withdraws is None else event_id(log, row.withdraws),
    }
    return json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1] + f',"data":{row.data}}}'
