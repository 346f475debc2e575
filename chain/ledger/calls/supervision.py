"""What the regulator sets, and what members decide when the bank is silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chain.ledger.calls.call import Call
from chain.ledger.days import day_number
from chain.ledger.structs import Profile, closed_bits


def set_profile(profile_id: bytes, profile: Profile) -> Call:
    """REGULATOR."""
    return Call("RegimeProfiles", "set", (profile_id, profile.abi_tuple()))


def publish_working_days(calendar: int, start: date, closed: Sequence[bool]) -> Call:
    """REGULATOR: a calendar's days from `start` on, one after the other; True: banks don't work."""
    return Call("WorkingDays", "publish", (calendar, day_number(start), len(closed), list(closed_bits(closed))))


def close_day_instead(through: date) -> Call:
    """REGULATOR, or a member's vote: close days in a silent bank's place."""
    return Call("Calendar", "closeDayInstead", (day_number(through),))


def anchor_audit_log(log: bytes, length: int, head: bytes) -> Call:
    """ANY_SEAT: anchor its own member's audit log. log: its name, 32 bytes. head: hash of record number `length`."""
    return Call("AuditAnchors", "anchor", (log, length, head))


def end_simulation() -> Call:
    """ANY_SEAT: vote to end simulated mode for good."""
    return Call("Calendar", "voteEndSimulation", ())
