"""What can go wrong with state folders, ports and supervised processes."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class RuntimeFault(LedgerError):
    """Base of the errors of this package: something about this machine's processes and files."""

    code = "runtime.error"
    status = 500
    exit_code = ExitCode.ENVIRONMENT


class StateFolderMissing(RuntimeFault):
    """The state folder is not there."""

    code = "runtime.state_missing"
    status = 404
    en = "There is no network at {path}; start one with: loan-ledger network up."
    zh = "{path} 处没有网络；请先运行：loan-ledger network up。"


class StateFolderUnsafe(RuntimeFault):
    """The state folder is a link, not a folder, or belongs to somebody else."""

    code = "runtime.state_unsafe"
    en = "{path} can't hold a network's state: {reason}. Give a folder of your own with --state."
    zh = "{path} 不能用作网络状态目录：{reason}。请用 --state 指定自己的目录。"


class StateFolderForeign(RuntimeFault):
    """The folder holds something, but no network: it is neither used nor changed nor deleted."""

    code = "runtime.state_foreign"
    status = 409
    exit_code = ExitCode.USAGE
    en = (
        "{path} is not a network's folder: it holds files, but not the mark {mark}. It was left as it is; give "
        "another folder with --state."
    )
    zh = "{path} 不是网络状态目录：其中有文件，但没有标记文件 {mark}。该目录未作任何改动；请用 --state 指定其他目录。"


class StateFolderTaken(RuntimeFault):
    """A new network was to be made in a folder that holds something already."""

    code = "runtime.state_taken"
    status = 409
    exit_code = ExitCode.USAGE
    en = "{path} is there and is not an empty folder, which a new network needs. Give a new or empty one with --state."
    zh = "{path} 已存在且不是空目录，而新网络需要空目录。请用 --state 指定新的或空的目录。"


class StateFileMissing(RuntimeFault):
    """A file that should be in the state folder is not there."""

    code = "runtime.state_file_missing"
    status = 404
    en = "{path} is missing; run loan-ledger network up to complete the network."
    zh = "缺少 {path}；请运行 loan-ledger network up 补全网络。"


class StateFileInvalid(RuntimeFault):
    """A file of the state folder can't be read as what it should be."""

    code = "runtime.state_file_invalid"
    en = "{path} is damaged: {reason}. Remove the state folder and start the network again, or restore the file."
    zh = "{path} 已损坏：{reason}。请删除状态目录后重新启动网络，或恢复该文件。"


class NoFreePort(RuntimeFault):
    """No free port was found."""

    code = "runtime.no_free_port"
    en = "No free port between {low} and {high} on 127.0.0.1; stop something that listens there."
    zh = "127.0.0.1 上 {low} 到 {high} 之间没有空闲端口；请停止占用端口的程序。"


class SupervisorFailed(RuntimeFault):
    """The supervisor did not start."""

    code = "runtime.supervisor_failed"
    en = "The supervisor did not start: {reason}. Its log: {log}."
    zh = "监管进程未能启动：{reason}。日志：{log}。"


class ServiceUnknown(RuntimeFault):
    """A service was named that the network does not have."""

    code = "runtime.service_unknown"
    status = 404
    exit_code = ExitCode.USAGE
    en = "This network has no service '{name}'; it has: {known}."
    zh = "该网络没有服务“{name}”；现有服务：{known}。"


class ServiceNotReady(RuntimeFault):
    """A service did not become ready in time."""

    code = "runtime.service_not_ready"
    status = 503
    en = "{name} was not ready after {seconds} s ({state}). Last lines of {log}:\n{tail}"
    zh = "{name} 在 {seconds} 秒后仍未就绪（{state}）。{log} 的最后几行：\n{tail}"


class ServiceKeepsFailing(RuntimeFault):
    """A service exits again and again before it is ready."""

    code = "runtime.service_keeps_failing"
    status = 503
    en = "{name} ended {restarts} times before it was ready (exit status {exit}). Last lines of {log}:\n{tail}"
    zh = "{name} 在就绪之前已退出 {restarts} 次（退出状态 {exit}）。{log} 的最后几行：\n{tail}"
