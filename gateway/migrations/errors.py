"""Databases that this version of the gateway can't use as they are."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.database.errors import DatabaseError


class SchemaUnknown(DatabaseError):
    code = "database.schema_unknown"
    en = (
        "The database {name} has tables but doesn't say of which version: it was made before there were migrations. "
        "Move it away and start with an empty one: the index is read again from the chain, all else in it is lost."
    )
    zh = (
        "数据库 {name} 已有数据表，但未记录其版本：它是在引入迁移之前创建的。"
        "请将其移走并使用空数据库启动：索引会从链上重新读取，其余内容将丢失。"
    )


class SchemaNewer(DatabaseError):
    code = "database.schema_newer"
    en = "The database {name} was changed by a newer version (step {found}); this one knows only {known}. Run that one."
    zh = "数据库 {name} 已被更新的版本修改（步骤 {found}）；本版本仅支持到 {known}。请运行该新版本。"


class SchemaBehind(DatabaseError):
    code = "database.schema_behind"
    exit_code = ExitCode.INVALID
    en = "The database {name} stands at step {found}, this version needs {known}. Run 'loan-ledger gateway migrate'."
    zh = "数据库 {name} 处于步骤 {found}，本版本需要 {known}。请运行 'loan-ledger gateway migrate'。"
