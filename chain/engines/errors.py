"""What can go wrong with a chain engine or the nodes it was given."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class EngineFault(LedgerError):
    """Base of the errors of this package."""

    code = "engine.error"
    status = 503
    exit_code = ExitCode.ENVIRONMENT


class GenesisFailed(EngineFault):
    """geth refused the genesis."""

    code = "engine.genesis_failed"
    en = "geth could not write the genesis of {node}: {reason}."
    zh = "geth 无法写入 {node} 的创世块：{reason}。"


class MeshIncomplete(EngineFault):
    """Nodes did not all connect to each other."""

    code = "engine.mesh_incomplete"
    en = "After {seconds} s the nodes are not all connected: {peers}. Their logs are in {logs}."
    zh = "{seconds} 秒后节点仍未全部互联：{peers}。日志位于 {logs}。"


class ProbeNotMined(EngineFault):
    """A transaction that shows a node's transactions are mined was not."""

    code = "engine.probe_not_mined"
    en = "After {seconds} s the probe sent to {nodes} is not mined on every node. Logs are in {logs}."
    zh = "{seconds} 秒后，发往 {nodes} 的探测交易仍未在所有节点上出块。日志位于 {logs}。"


class NodeSilent(EngineFault):
    """A node that others run does not answer."""

    code = "engine.node_silent"
    en = "{url} does not answer as an Ethereum node: {reason}."
    zh = "{url} 未以以太坊节点方式应答：{reason}。"


class ChainsDiffer(EngineFault):
    """The given URLs lead to different chains."""

    code = "engine.chains_differ"
    status = 422
    exit_code = ExitCode.USAGE
    en = "{first} and {second} are nodes of different chains (genesis {one} and {two}); give nodes of one chain."
    zh = "{first} 与 {second} 不属于同一条链（创世块 {one} 与 {two}）；请给出同一条链的节点。"


class UrlsMissing(EngineFault):
    """No URL was given."""

    code = "engine.urls_missing"
    status = 422
    exit_code = ExitCode.USAGE
    en = "Give at least one --rpc URL (platform, bank, regulator, observer in that order) and --keys FILE."
    zh = "请至少给出一个 --rpc URL（依次为平台、存管银行、监管、观察者）以及 --keys 文件。"


class FundsMissing(EngineFault):
    """Nobody among the given keys can pay for gas."""

    code = "engine.funds_missing"
    status = 422
    en = (
        "{account} has {balance} wei but needs {needed} wei for gas at {price} wei each, "
        "and no given key can spare that; send it some."
    )
    zh = "{account} 余额为 {balance} wei，按每单位 {price} wei 计算需要 {needed} wei，且其他密钥均无余款；请向其转账。"
