"""What the process that follows the chain saw of it last, for all processes of the seat.

The follower publishes under its lease; the others read the row whenever something was committed, and once a second.
Whoever waits for a block waits on this process's copy.
"""

from __future__ import annotations

import threading

import structlog
from sqlalchemy import Integer, String, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import LedgerError
from gateway.database import Database, Table
from gateway.leases import Lease, LeaseRow, is_gone, seconds_now
from gateway.node import Heights

log = structlog.get_logger()
INDEXER = "indexer"
_REFRESH_SECONDS = 1.0
_NOBODY = "no process of this seat follows the chain now"


class HeightsRow(Table):
    """One row, `id` 1: the heights as last published, and what then kept the follower from going on."""

    __tablename__ = "chain_heights"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    latest: Mapped[int] = mapped_column(Integer)
    confirmed: Mapped[int] = mapped_column(Integer)
    indexed: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str | None] = mapped_column(String(400))


_ROW = HeightsRow.__table__.c
_LEASE = LeaseRow.__table__.c


class SharedHeights(Heights):
    """This process's copy of the heights."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lease: Lease | None = None
        self._thread: threading.Thread | None = None

    def publisher(self, lease: Lease) -> Heights:
        """What the follower of this process writes to, for all processes, as long as it has the lease."""
        self._lease = lease
        return _Publisher(self._database, self, lease)

    def start(self) -> None:
        """Keeps this copy up to date while another process follows the chain."""
        self._database.on_change(self._wake.set)
        self._thread = threading.Thread(target=self._run, name="heights", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends that."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> None:
        """Takes what was published last."""
        with self._database.read() as session:
            row = session.execute(select(_ROW.latest, _ROW.confirmed, _ROW.indexed, _ROW.problem)).first()
            follower = _follower(session)
        if row is None or (self._lease is not None and follower == self._lease.holder):
            return  # this process publishes itself
        if (row.latest, row.confirmed, row.indexed) != (self.latest, self.confirmed, self.indexed):
            self.update(row.latest, row.confirmed, row.indexed)
        problem = _NOBODY if follower is None else row.problem
        if problem != self.problem:
            self.update(row.latest, row.confirmed, row.indexed) if problem is None else self.fail(problem)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(_REFRESH_SECONDS)
            self._wake.clear()
            try:
                self.refresh()
            except LedgerError as error:
                log.warning("heights wait", code=error.code, reason=str(error))
                self._stop.wait(_REFRESH_SECONDS)
            except Exception:
                log.exception("heights not read")
                self._stop.wait(_REFRESH_SECONDS)


class _Publisher(Heights):
    """Stores what the follower says and passes it on to this process's copy."""

    def __init__(self, database: Database, shared: SharedHeights, lease: Lease) -> None:
        super().__init__()
        self._database = database
        self._shared = shared
        self._lease = lease

    def update(self, latest: int, confirmed: int, indexed: int) -> None:
        self._store(latest=latest, confirmed=confirmed, indexed=indexed, problem=None)
        super().update(latest, confirmed, indexed)
        self._shared.update(latest, confirmed, indexed)

    def fail(self, problem: str) -> None:
        super().fail(problem)
        self._shared.fail(problem)
        try:
            self._store(problem=problem[:400])
        except LedgerError as error:
            log.warning("heights not published", code=error.code, reason=str(error))

    def _store(self, **values: int | str | None) -> None:
        def work(session: Session) -> None:
            self._lease.assert_held(session)
            if not session.execute(update(HeightsRow).values(**values).returning(_ROW.id)).first():
                session.execute(
                    insert(HeightsRow).values({"id": 1, "latest": 0, "confirmed": 0, "indexed": 0, **values})
                )

        self._database.grouped(work)


def _follower(session: Session) -> str | None:
    row = session.execute(select(_LEASE.holder, _LEASE.expires_at).where(_LEASE.name == INDEXER)).first()
    if row is None or row.expires_at <= seconds_now(session) or is_gone(row.holder):
        return None
    return str(row.holder)
