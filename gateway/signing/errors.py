"""What can hinder a signature beside what the seat may never sign."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.errors import GatewayError, SigningRefused


class SignerUnavailable(GatewayError):
    """A key can't be used now; what it should sign waits without a nonce."""

    code = "seat.signer_unavailable"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The key '{key}' can't sign now: {reason}. Calls for it wait; no other key is used in its place."
    zh = "密钥“{key}”目前无法签名：{reason}。相关调用将等待；不会改用其他密钥。"


class SignatureWrong(SignerUnavailable):
    """What a signer answered is no signature of its key over this transaction."""

    code = "seat.signature_wrong"
    en = "The answer of the signer of key '{key}' was refused: {reason}. Nothing was sent; check that signer."
    zh = "密钥“{key}”的签名服务所返回的内容被拒绝：{reason}。未发送任何交易；请检查该签名服务。"


class FeeCapReached(GatewayError):
    """The node asks for more than the key may spend; what it should sign waits."""

    code = "seat.fee_cap"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The key '{key}' does not pay this: {reason}. Calls for it wait; check the node, or raise the key's limits."
    zh = "密钥“{key}”拒绝支付：{reason}。相关调用将等待；请检查节点或提高该密钥的限额。"


class LimitExceeded(SigningRefused):
    """An amount above what the key may sign."""

    code = "seat.limit_exceeded"
    en = "The key '{key}' does not sign {contract}.{function}: {reason}."
    zh = "密钥“{key}”拒绝签署 {contract}.{function}：{reason}。"


class FastCurveMissing(GatewayError):
    """Signatures would be made in pure Python, ten times slower."""

    code = "gateway.coincurve_missing"
    exit_code = ExitCode.ENVIRONMENT
    en = "Keys can't be used without the library coincurve ({reason}). Run pip install coincurve and start again."
    zh = "缺少 coincurve 库，无法使用密钥（{reason}）。请安装（pip install coincurve）后重新启动。"


class TokenRefused(GatewayError):
    """A command could not do what it should on an HSM's token."""

    code = "keys.token_refused"
    exit_code = ExitCode.ENVIRONMENT
    en = "The token '{token}' of {module} could not be used: {reason}."
    zh = "无法使用 {module} 的令牌“{token}”：{reason}。"
