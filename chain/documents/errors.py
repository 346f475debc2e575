"""Why a document could not be stored, read or trusted. Each text names the document, CID, reader or node at fault."""

from __future__ import annotations

from typing import ClassVar

from chain.errors import ExitCode, LedgerError


class DocumentError(LedgerError):
    """Base of everything that goes wrong with documents."""

    code: ClassVar[str] = "documents.failed"
    status: ClassVar[int] = 500
    en: ClassVar[str] = "The document operation failed: {reason}."
    zh: ClassVar[str] = "文件操作失败：{reason}。"


class EndpointInvalid(DocumentError):
    code = "documents.endpoint_invalid"
    exit_code = ExitCode.USAGE
    en = "{url!r} is not the address of an IPFS node; expected http://host:port or https://host:port."
    zh = "{url!r} 不是 IPFS 节点地址；应为 http://主机:端口 或 https://主机:端口。"


class TooFewNodes(DocumentError):
    code = "documents.too_few_nodes"
    exit_code = ExitCode.USAGE
    en = "A document needs {needed} different IPFS nodes to be stored; {given} given."
    zh = "存储文件需要 {needed} 个不同的 IPFS 节点，仅提供了 {given} 个。"


class NoReaders(DocumentError):
    code = "documents.no_readers"
    status = 422
    en = "A document needs at least one reader; without a grant nobody could ever open it."
    zh = "文件至少需要一名读者；没有授权，任何人都无法打开它。"


class DocumentTooLarge(DocumentError):
    code = "documents.too_large"
    status = 413
    en = "The document has more than {limit} bytes, the most that is stored. Split it."
    zh = "文件超过 {limit} 字节的上限。请拆分后再存储。"


class NodeUnreachable(DocumentError):
    code = "documents.node_unreachable"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The IPFS node {node} does not answer ({action}): {reason}. Check that it runs."
    zh = "IPFS 节点 {node} 无响应（{action}）：{reason}。请检查其是否运行。"


class NodeRefused(DocumentError):
    code = "documents.node_refused"
    status = 502
    en = "The IPFS node {node} refused to {action}: {reason}."
    zh = "IPFS 节点 {node} 拒绝执行 {action}：{reason}。"


class NodesNotConnected(DocumentError):
    code = "documents.nodes_not_connected"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The IPFS node {node} cannot connect to {other}: {reason}. Both must run with the same swarm key."
    zh = "IPFS 节点 {node} 无法连接 {other}：{reason}。两者必须使用相同的 swarm key。"


class NotPinned(DocumentError):
    code = "documents.not_pinned"
    en = "The IPFS node {node} does not keep {cid}; pin it there again."
    zh = "IPFS 节点 {node} 未固定 {cid}；请重新固定。"


class StoredBytesCorrupt(DocumentError):
    code = "documents.stored_bytes_corrupt"
    en = (
        "The IPFS node {node} holds damaged bytes for {cid}: {reason}. Delete the damaged block's file there and pin "
        "the CID again, so that it is fetched from another node."
    )
    zh = (
        "IPFS 节点 {node} 保存的 {cid} 已损坏：{reason}。请删除该节点上损坏的数据块文件并重新固定，以便从其他节点获取。"
    )


class CidMismatch(DocumentError):
    code = "documents.cid_mismatch"
    en = "The IPFS node {node} answered {answered} where {expected} was computed from the bytes."
    zh = "IPFS 节点 {node} 给出的 CID 为 {answered}，而由内容计算得到的是 {expected}。"


class CidInvalid(DocumentError):
    code = "documents.cid_invalid"
    status = 422
    en = "{cid!r} is not a version 1 CID over SHA-256: {reason}."
    zh = "{cid!r} 不是基于 SHA-256 的第 1 版 CID：{reason}。"


class CidCommitmentMismatch(DocumentError):
    code = "documents.cid_commitment_mismatch"
    en = "CID {cid} is not the one that document {document} was committed with on the chain."
    zh = "CID {cid} 与链上为文件 {document} 提交的承诺不符。"


class ContentMismatch(DocumentError):
    code = "documents.content_mismatch"
    en = "The content of document {document} is not the one committed on the chain."
    zh = "文件 {document} 的内容与链上提交的承诺不符。"


class SizeMismatch(DocumentError):
    code = "documents.size_mismatch"
    en = "Document {document} has {actual} bytes; {expected} were committed on the chain."
    zh = "文件 {document} 为 {actual} 字节，链上提交的是 {expected} 字节。"


class GrantMismatch(DocumentError):
    code = "documents.grant_mismatch"
    status = 422
    en = "The grant is for document {granted}, not for {document}."
    zh = "该授权属于文件 {granted}，而非 {document}。"


class GrantInvalid(DocumentError):
    code = "documents.grant_invalid"
    status = 403
    en = "The key cannot open {reader}'s grant for document {document}: another reader's key, or an altered grant."
    zh = "该密钥无法打开 {reader} 对文件 {document} 的授权：密钥属于其他读者，或授权已被篡改。"


class CiphertextInvalid(DocumentError):
    code = "documents.ciphertext_invalid"
    en = "The stored form of document {document} is wrong: {reason}."
    zh = "文件 {document} 的密文格式错误：{reason}。"


class CiphertextAltered(DocumentError):
    code = "documents.ciphertext_altered"
    en = "Document {document} fails authentication in chunk {chunk}: altered, truncated, reordered, or another key."
    zh = "文件 {document} 第 {chunk} 块未通过认证：内容被篡改、截断、重排，或密钥不符。"


class RuntimeFileInvalid(DocumentError):
    code = "documents.runtime_file_invalid"
    exit_code = ExitCode.ENVIRONMENT
    en = "{path} is not the runtime file of an IPFS node: {reason}."
    zh = "{path} 不是 IPFS 节点的运行信息文件：{reason}。"
