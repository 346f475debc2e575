"""What goes wrong when somebody signs in or calls, as typed errors.

A refused sign-in never says which part was wrong: who guesses must not learn which names exist.
"""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class AuthError(LedgerError):
    """Base of the errors of signing in."""

    code = "auth.error"
    status = 401
    exit_code = ExitCode.INVALID


class TokenInvalid(AuthError):
    code = "auth.token_invalid"
    en = "The access token is not valid here: {reason}. Sign in again."
    zh = "访问令牌在此无效：{reason}。请重新登录。"


class SessionEnded(AuthError):
    code = "auth.session_ended"
    en = "The session has ended ({reason}). Sign in again."
    zh = "会话已结束（{reason}）。请重新登录。"


class CertificateNeeded(AuthError):
    code = "auth.certificate_needed"
    en = "The access token is bound to a client certificate that this connection does not show. Connect with it."
    zh = "该访问令牌与客户端证书绑定，而本连接未出示该证书。请使用该证书连接。"


class SignInRefused(AuthError):
    code = "auth.sign_in_refused"
    en = "The sign-in is refused: name, password, code or key do not fit together. Check them and try again."
    zh = "登录被拒绝：用户名、密码、验证码或密钥不匹配。请核对后重试。"


class SignInBlocked(AuthError):
    code = "auth.sign_in_blocked"
    status = 429
    en = "Too many failed sign-ins. Wait {seconds} seconds, or have an administrator unlock the account."
    zh = "登录失败次数过多。请等待 {seconds} 秒，或请管理员解锁该账户。"


class TooManyRequests(AuthError):
    code = "request.too_many"
    status = 429
    en = "More than {limit} requests to {route}. Wait {seconds} seconds."
    zh = "对 {route} 的请求超过 {limit}。请等待 {seconds} 秒。"


class ChallengeUnknown(AuthError):
    code = "auth.challenge_unknown"
    en = "The challenge was used already, has expired or was not given here. Ask for a new one."
    zh = "该挑战已被使用、已过期或非本处签发。请重新获取。"


class MessageInvalid(AuthError):
    code = "auth.message_invalid"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The signed message can't be accepted: {reason}. Sign the message of GET /v1/sessions:ethereum-message."
    zh = "无法接受该签名消息：{reason}。请签署 GET /v1/sessions:ethereum-message 给出的消息。"


class PartyUnknown(AuthError):
    code = "auth.party_unknown"
    en = "No party of this ledger stands under the address {address} now."
    zh = "地址 {address} 当前不代表本账本的任何当事人。"


class InvitationUnknown(AuthError):
    code = "auth.invitation_unknown"
    en = "The invitation is not known, was used or has expired. Ask an administrator for a new one."
    zh = "邀请码不存在、已使用或已过期。请向管理员索取新的邀请码。"


class PasswordUnfit(AuthError):
    code = "auth.password_unfit"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The password can't be taken: {reason}. Take at least 12 characters, best several words."
    zh = "密码不可用：{reason}。请使用至少 12 个字符，最好由多个词组成。"


class PrincipalExists(AuthError):
    code = "auth.principal_exists"
    status = 409
    en = "There is a {kind} '{id}' already."
    zh = "{kind}“{id}”已存在。"


class PrincipalUnknown(AuthError):
    code = "auth.principal_unknown"
    status = 404
    en = "There is no {kind} '{id}'."
    zh = "不存在 {kind}“{id}”。"


class PrincipalUnfit(AuthError):
    code = "auth.principal_unfit"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The {kind} can't be kept so: {reason}."
    zh = "无法如此保存 {kind}：{reason}。"


class SecretSlotsFull(AuthError):
    code = "auth.secret_slots_full"
    status = 409
    en = "The client '{id}' has two secrets already. Retire the older one first."
    zh = "客户端“{id}”已有两个密钥。请先停用较旧的一个。"


class SecretsUnusable(AuthError):
    code = "auth.secrets_unusable"
    status = 500
    exit_code = ExitCode.ENVIRONMENT
    en = "The secret in {place} can't be used: {reason}."
    zh = "{place} 中的密钥不可用：{reason}。"
