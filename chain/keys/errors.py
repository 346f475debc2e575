"""What can go wrong with keys, their files and their passphrases."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class KeyFault(LedgerError):
    """Base of the errors of this package."""

    code = "keys.error"
    status = 500
    exit_code = ExitCode.ENVIRONMENT


class KeyMissing(KeyFault):
    """A seat has no key of this kind."""

    code = "keys.missing"
    en = "There is no {kind} in {folder}; it is made when the network is first started."
    zh = "{folder} 中没有{kind}；首次启动网络时会自动生成。"


class KeyExists(KeyFault):
    """A key would be overwritten."""

    code = "keys.exists"
    en = "{path} already holds a key; keys are never overwritten. Move it away first if it is to be replaced."
    zh = "{path} 已有密钥；密钥不会被覆盖。如需更换，请先移走原文件。"


class KeyFileOpenToOthers(KeyFault):
    """Other users of the machine could read a secret."""

    code = "keys.open_to_others"
    en = "{path} has mode {mode}; others must not read it: chmod 600 {path}."
    zh = "{path} 的权限为 {mode}；不得让他人读取，请执行：chmod 600 {path}。"


class KeyFileInvalid(KeyFault):
    """A key file is not what it should be."""

    code = "keys.file_invalid"
    en = "{path} is not a {kind}: {reason}."
    zh = "{path} 不是有效的{kind}：{reason}。"


class PassphraseWrong(KeyFault):
    """A key can't be decrypted with its passphrase."""

    code = "keys.passphrase_wrong"
    en = "{path} can't be decrypted with the passphrase of this seat; check {source}."
    zh = "无法用该席位的口令解密 {path}；请检查 {source}。"


class PassphraseMissing(KeyFault):
    """There is no passphrase for a seat."""

    code = "keys.passphrase_missing"
    en = "No passphrase for {folder}: set {variable} or put it in {path} (mode 600)."
    zh = "{folder} 没有口令：请设置 {variable}，或写入 {path}（权限 600）。"


class PlainKeysInvalid(KeyFault):
    """The file given with --keys is not as it should be. The text never quotes a key."""

    code = "keys.plain_invalid"
    status = 422
    exit_code = ExitCode.USAGE
    en = '{path}: {reason}. Expected {{"deployer": "<64 hex digits>", "platform": .., "bank": .., "regulator": ..}}.'
    zh = '{path}：{reason}。应为 {{"deployer": "<64 位十六进制>", "platform": .., "bank": .., "regulator": ..}}。'


class SecretMissing(KeyFault):
    """A passphrase or PIN is not where the settings say. The text never quotes one."""

    code = "keys.secret_missing"
    en = "The secret {place} can't be read: {reason}. Put it there; it never goes into settings."
    zh = "无法读取机密 {place}：{reason}。请将其放在该处；切勿写入配置文件。"
