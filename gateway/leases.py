"""Who alone may do something now, among all gateway processes of a seat: leases in the database that run out.

Holds: at any moment at most one holder has a lease with its newest epoch, and a write that asserts a lease commits only
if its holder still has it then. Who was stopped for longer than its lease can't commit anything under it any more,
whatever it believes. A holder whose process has ended on this machine is known to be gone at once; another one is given
up when its lease has run out, by the database's clock.
"""

from __future__ import annotations

import functools
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Float, Integer, String, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import ExitCode, LedgerError
from gateway.database import Database, Table

LEASE_SECONDS = 5.0
_ENDED = ("Z", "X")


class LeaseLost(LedgerError):
    code = "lease.lost"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "This process no longer has the duty '{name}': another one has taken it over. Nothing was stored."
    zh = "本进程已不再承担职责“{name}”：已由其他进程接管。未保存任何内容。"


class LeaseRow(Table):
    """A lease. `epoch` rises with every new holder; `expires_at` in seconds of `seconds_now`, 0 once given back."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    epoch: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[float] = mapped_column(Float(53))


_ROW = LeaseRow.__table__.c


@dataclass(frozen=True)
class Lease:
    """What a holder has: the right to do `name`, as long as nobody took it over."""

    name: str
    holder: str
    epoch: int

    def assert_held(self, session: Session) -> None:
        """Raises LeaseLost unless this lease still stands; within a write, it then stands until the commit."""
        held = select(_ROW.epoch).where(_ROW.name == self.name, _ROW.holder == self.holder, _ROW.epoch == self.epoch)
        if session.execute(held).first() is None:
            raise LeaseLost(name=self.name)


class Leases:
    """The leases of one holder; each runs `seconds` from when it was taken or renewed."""

    def __init__(self, database: Database, holder: str, seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self.holder = holder
        self.seconds = seconds

    def take(self, name: str) -> Lease | None:
        """The lease, if nobody else has it. Taken again by its holder, it goes on as it is."""
        return self._database.grouped(lambda session: self.take_within(session, name))

    def take_within(self, session: Session, name: str) -> Lease | None:
        """The same in an open write."""
        now = seconds_now(session)
        row = session.execute(select(_ROW.holder, _ROW.epoch, _ROW.expires_at).where(_ROW.name == name)).first()
        expires = now + self.seconds
        if row is None:
            session.execute(insert(LeaseRow).values(name=name, holder=self.holder, epoch=1, expires_at=expires))
            return Lease(name, self.holder, 1)
        if row.holder != self.holder and stands(row.expires_at, now, self.seconds) and not is_gone(row.holder):
            return None
        epoch = row.epoch + (row.holder != self.holder or row.expires_at == 0)
        session.execute(
            update(LeaseRow).where(_ROW.name == name).values(holder=self.holder, epoch=epoch, expires_at=expires)
        )
        return Lease(name, self.holder, epoch)

    def renew_within(self, session: Session) -> dict[str, int]:
        """Has all leases of this holder run `seconds` from now; their epochs by name."""
        renewed = (
            update(LeaseRow)
            .where(_ROW.holder == self.holder, _ROW.expires_at > 0)
            .values(expires_at=seconds_now(session) + self.seconds)
            .returning(_ROW.name, _ROW.epoch)
        )
        return {row.name: row.epoch for row in session.execute(renewed)}

    def release_within(self, session: Session, lease: Lease) -> None:
        """Gives a lease back, if it still stands."""
        given = update(LeaseRow).where(_ROW.name == lease.name, _ROW.holder == lease.holder)
        session.execute(given.where(_ROW.epoch == lease.epoch).values(expires_at=0))

    def holders_within(self, session: Session) -> Mapping[str, str]:
        """Who has which lease now."""
        now = seconds_now(session)
        rows = session.execute(select(_ROW.name, _ROW.holder, _ROW.expires_at)).all()
        return {
            row.name: row.holder
            for row in rows
            if stands(row.expires_at, now, self.seconds) and not is_gone(row.holder)
        }


def seconds_now(session: Session) -> float:
    """The time that leases are kept in: the server's clock, or this machine's since it was started.

    Nothing sets the latter back; what was stored before the machine started again is told by `stands`.
    """
    if session.get_bind().dialect.name == "postgresql":
        return float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.monotonic()


def stands(expires_at: float, now: float, seconds: float) -> bool:
    """Whether a lease that ends at `expires_at` has time left; one that ends impossibly late is of an older clock."""
    return now < expires_at <= now + 2 * seconds


# --- who


def this_process() -> str:
    """A new holder's name: this machine, this process, and something that no other has."""
    pid = os.getpid()
    return f"{_machine()}/{pid}/{_started(pid) or '-'}/{secrets.token_hex(4)}"


def is_gone(holder: str) -> bool:
    """Whether the holder is a process of this machine that has ended. False where that can't be known."""
    machine, _, rest = holder.partition("/")
    pid, _, rest = rest.partition("/")
    started = rest.partition("/")[0]
    if machine != _machine() or not pid.isdigit() or started == "-":
        return False
    return _started(int(pid)) != started


@functools.cache
def _machine() -> str:
    """This machine as booted, and the space in which its process numbers hold; random where there is no such name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{os.readlink('/proc/self/ns/pid').strip('pid:[]')}"
    except OSError:
        return secrets.token_hex(16)


def _started(pid: int) -> str | None:
    """When the process was started, in the kernel's ticks; None if it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in _ENDED else fields[19]
