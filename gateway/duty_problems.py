"""What hinders the seat's duties, whichever process does them: written by that one, read by all.

Readiness is asked of every process, and a duty is done by one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog
from sqlalchemy import String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import LedgerError
from gateway.database import Database, Table
from gateway.duties import Duties

log = structlog.get_logger()
_LOOK_SECONDS = 0.5
_NOBODY = "no process of this seat does this now"


class DutyProblemRow(Table):
    """What hinders a duty now, as the process that does it said last."""

    __tablename__ = "duty_problems"

    duty: Mapped[str] = mapped_column(String(120), primary_key=True)
    problem: Mapped[str] = mapped_column(String(400))


_ROW = DutyProblemRow.__table__.c


class DutyProblems:
    """Publishes this process's problems, and reads those of all."""

    def __init__(self, database: Database, duties: Duties) -> None:
        self._database = database
        self._duties = duties
        self._said: dict[str, str | None] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread that publishes."""
        self._thread = threading.Thread(target=self._run, name="duty problems", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def all(self) -> Mapping[str, str]:
        """By duty; one that no process does now has that for its problem."""
        with self._database.read() as session:
            said = {row.duty: row.problem for row in session.execute(select(_ROW.duty, _ROW.problem))}
        holders = self._duties.holders()
        missing = dict.fromkeys((name for name in self._duties.offered if name not in holders), _NOBODY)
        return {**said, **self._duties.problems(), **missing}

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self._publish()
            except LedgerError as error:
                log.warning("duty problems not published", code=error.code, reason=str(error))

    def _publish(self) -> None:
        problems = self._duties.problems()
        now = {name: problems.get(name) for name in self._duties.running}
        changed = {name: problem for name, problem in now.items() if self._said.get(name, "") != problem}
        self._said = now
        if not changed:
            return

        def store(session: Session) -> None:
            session.execute(delete(DutyProblemRow).where(_ROW.duty.in_(changed)))
            rows = [{"duty": name, "problem": problem[:400]} for name, problem in changed.items() if problem]
            if rows:
                session.execute(insert(DutyProblemRow), rows)

        self._database.grouped(store)
