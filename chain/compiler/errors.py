"""What can go wrong while the contracts are compiled."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class CompilerError(LedgerError):
    """Base of the errors of this package."""

    code = "compiler.error"
    exit_code = ExitCode.INVALID


class SourceMissing(CompilerError):
    """A contract imports a file that is not there."""

    code = "compiler.source_missing"
    en = "{importer} imports '{path}', which does not exist; correct it or run ./scripts/loan-ledger setup."
    zh = "{importer} 引用的“{path}”不存在；请更正引用或运行 ./scripts/loan-ledger setup。"


class CompilationFailed(CompilerError):
    """The compiler refused the contracts."""

    code = "compiler.failed"
    en = "The contracts do not compile:\n{output}"
    zh = "合约无法编译：\n{output}"


class DuplicateContract(CompilerError):
    """Two contracts share a name, so that neither could be named by it."""

    code = "compiler.duplicate"
    en = "The contract name {name} is used in {first} and in {second}; give one of them another name."
    zh = "合约名 {name} 同时出现在 {first} 和 {second} 中；请更改其中一个。"


class UnknownContract(CompilerError):
    """A contract was asked for that does not exist."""

    code = "compiler.unknown_contract"
    en = "There is no contract {name} under contracts/."
    zh = "contracts/ 下没有合约 {name}。"


class ManifestStale(CompilerError):
    """The checked-in manifest does not belong to the contracts."""

    code = "compiler.manifest_stale"
    en = "{path} does not match the contracts ({differences}); run .venv/bin/python -m chain.compiler and commit it."
    zh = "{path} 与合约不一致（{differences}）；请运行 .venv/bin/python -m chain.compiler 并提交。"
