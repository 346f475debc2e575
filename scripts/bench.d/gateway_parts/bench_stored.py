"""The gateway's database from outside: many transactions of the past put in, and how long those of a window took."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

_ID = "hex(randomblob(16))"
_HASH = "'0x' || lower(hex(randomblob(32)))"
_TRANSACTION = '"transaction" + :gap'


def fill(path: Path, count: int) -> None:
    """Copies final transactions, with all that goes with them, until the database holds `count` more."""
    with sqlite3.connect(path) as database:
        for table, fresh in (
            ("outbox_transactions", {"seq": "seq + :gap", "id": _ID, "hash": _HASH, "nonce": "NULL"}),
            ("outbox_attempts", {"hash": _HASH, "transaction": _TRANSACTION}),
            ("idempotency", {"key": _ID}),
            (
                "repayments",
                {"seq": "seq + :gap", "id": _ID, "statement": "statement + :gap", "transaction": _TRANSACTION},
            ),
        ):  # fmt: skip
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                continue
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            values = [fresh.get(column, f'"{column}"') for column in columns]
            names = ", ".join(f'"{column}"' for column in columns)
            where = "WHERE status = 'final'" if table == "outbox_transactions" else ""
            base = database.execute(f"SELECT count(*) FROM {table} {where}").fetchone()[0]  # noqa: S608
            most = database.execute("SELECT coalesce(max(seq), 0) FROM outbox_transactions").fetchone()[0]
            copied, step = 0, 1
            while copied < count and base:
                limit = min(base, count - copied)
                database.execute(
                    f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} {where} "  # noqa: S608
                    "ORDER BY rowid LIMIT :limit",
                    {"gap": most * step, "limit": limit},
                )
                copied, step = copied + limit, step + 1
        database.commit()


def final_seconds(path: Path, since: float) -> dict[str, float]:
    """Percentiles, in seconds, from acceptance until final of what was accepted since then."""
    moment = datetime.fromtimestamp(since, UTC).isoformat(timespec="microseconds")
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT created_at, updated_at FROM outbox_transactions WHERE status = 'final' AND created_at > ?",
            (moment,),
        ).fetchall()
    took = sorted(
        (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / timedelta(seconds=1) for start, end in rows
    )
    if not took:
        return {}
    found = {f"p{p}": round(took[min(len(took) - 1, len(took) * p // 100)], 2) for p in (50, 95, 99)}
    return {"count": len(took), **found}


def under_way(path: Path) -> int:
    """How many transactions and repayments have not ended."""
    with sqlite3.connect(path) as database:
        open_ones = database.execute(
            "SELECT (SELECT count(*) FROM outbox_transactions WHERE status IN ('queued', 'signed', 'sent', 'mined'))"
            " + (SELECT count(*) FROM repayments WHERE status = 'sent')"
        )
        return int(open_ones.fetchone()[0])


def failures(path: Path, since: float) -> list[str]:
    """Why transactions and repayments that were accepted since then failed; each reason once, with how many."""
    moment = datetime.fromtimestamp(since, UTC).isoformat(timespec="microseconds")
    found = []
    with sqlite3.connect(path) as database:
        for table in ("outbox_transactions", "repayments"):
            rows = database.execute(
                f"SELECT json_extract(error, '$.en'), count(*) FROM {table} "  # noqa: S608
                "WHERE status = 'failed' AND created_at > ? GROUP BY 1",
                (moment,),
            )
            found += [f"{table}: {count} failed: {reason}" for reason, count in rows]
    return found
