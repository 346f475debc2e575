"""What can go wrong while a network is brought up."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class LaunchFault(LedgerError):
    """Base of the errors of this package."""

    code = "launch.error"
    status = 503
    exit_code = ExitCode.ENVIRONMENT


class NetworkDiffers(LaunchFault):
    """The state folder holds a network that was started otherwise."""

    code = "launch.network_differs"
    status = 409
    exit_code = ExitCode.USAGE
    en = (
        "{path} holds a network with {what} {present}, not {asked}. Leave the option out to bring that one up, give "
        "another --state, or remove it with: loan-ledger network down --remove."
    )
    zh = (
        "{path} 中的网络{what}为 {present}，而不是 {asked}。请去掉该选项以启动现有网络，或用 --state 指定其他目录，"
        "或先删除：loan-ledger network down --remove。"
    )


class KeysNeeded(LaunchFault):
    """A chain of others was given without keys, or keys without a chain."""

    code = "launch.keys_needed"
    status = 422
    exit_code = ExitCode.USAGE
    en = "--rpc and --keys belong together: nodes of others need the keys of accounts that can pay there."
    zh = "--rpc 与 --keys 必须同时给出：使用他人的节点时，需要可在该链付费的账户密钥。"


class OptionsClash(LaunchFault):
    """Two options can't be used together."""

    code = "launch.options_clash"
    status = 422
    exit_code = ExitCode.USAGE
    en = "{first} and {second} can't be used together."
    zh = "{first} 与 {second} 不能同时使用。"


class LedgerNotThere(LaunchFault):
    """The chain does not have the ledger that the state folder speaks of."""

    code = "launch.ledger_not_there"
    en = (
        "The chain at {url} has no ledger of this network ({reason}). If that chain was started anew, remove this "
        "network with: loan-ledger network down --remove."
    )
    zh = (
        "{url} 处的链上没有该网络的账本（{reason}）。如果该链已重新建立，请先删除本网络："
        "loan-ledger network down --remove。"
    )


class NodesBehind(LaunchFault):
    """Some node does not follow the chain."""

    code = "launch.nodes_behind"
    en = "After {seconds} s the node of {seat} has not reached block {block}."
    zh = "{seconds} 秒后，{seat} 的节点仍未到达区块 {block}。"
