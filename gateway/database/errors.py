"""What can go wrong with a seat's database, as typed errors, and how drivers' errors become those."""

from __future__ import annotations

import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

from chain.errors import ExitCode, LedgerError


class DatabaseError(LedgerError):
    """Base of the database's errors."""

    code = "database.error"
    status = 500
    exit_code = ExitCode.ENVIRONMENT


class DatabaseUnavailable(DatabaseError):
    """Nothing of the change was stored."""

    code = "database.unavailable"
    status = 503
    en = "The seat's database can't be used now: {reason}. Nothing was stored; repeat the request."
    zh = "席位数据库当前不可用：{reason}。未保存任何内容；请重试该请求。"


class DatabaseBusy(DatabaseUnavailable):
    """Another write held the database for too long; nothing was stored."""

    code = "database.busy"
    en = "The seat's database was held by other writes for too long ({reason}). Nothing was stored; repeat the request."
    zh = "席位数据库被其他写入占用过久（{reason}）。未保存任何内容；请重试该请求。"


class CommitUnknown(DatabaseError):
    """The connection was lost while a commit was on its way, and the database can't be asked what became of it."""

    code = "database.commit_unknown"
    status = 503
    en = (
        "The connection to the seat's database was lost during a commit: whether the change was stored is not known "
        "yet. Repeat the request with the same Idempotency-Key; it takes effect once."
    )
    zh = "提交过程中与席位数据库的连接中断，尚不知更改是否已保存。请使用相同的 Idempotency-Key 重试；更改只会生效一次。"


class DatabaseUrlInvalid(DatabaseError):
    code = "database.url_invalid"
    en = (
        "The setting database_url can't be used: {reason}. "
        "Expected a file's path or 'postgresql+psycopg://user@host:port/name'."
    )
    zh = "设置 database_url 不可用：{reason}。应为文件路径或 'postgresql+psycopg://user@host:port/name'。"


class DatabaseUnsuitable(DatabaseError):
    code = "database.unsuitable"
    en = "The database {name} can't be used: {reason}. {remedy}"
    zh = "数据库 {name} 不可用：{reason}。{remedy}"


_BUSY: Final = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)


def typed(error: DBAPIError) -> DatabaseUnavailable | None:
    """The typed error of a driver's error that says nothing about the statement; None if the statement was wrong."""
    cause = error.orig
    if isinstance(cause, _BUSY) or (isinstance(cause, sqlite3.OperationalError) and _locked(cause)):
        return DatabaseBusy(reason=_reason(cause))
    if error.connection_invalidated or isinstance(cause, sqlite3.OperationalError | psycopg.OperationalError):
        return None if _statement(cause) else DatabaseUnavailable(reason=_reason(cause))
    return None


def _locked(cause: sqlite3.OperationalError) -> bool:
    return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _statement(cause: BaseException | None) -> bool:
    """SQLite calls a wrong statement an operational error too."""
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR


def _reason(cause: BaseException | None) -> str:
    """The first line, without the address: it stands in answers."""
    if isinstance(cause, psycopg.Error) and cause.sqlstate is None:
        return "there is no connection to its server"
    text = str(cause).strip().splitlines()
    return text[0].rstrip(".") if text else type(cause).__name__
