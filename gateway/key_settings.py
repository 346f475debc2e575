"""What a seat is told of its keys: where each is, what it may be used for, and up to which amounts and fees.

A key is in an encrypted keystore file, in an HSM (PKCS#11) or at a remote signer (Web3Signer's API); exactly that
part is given. Secrets never stand here, only their places: `file:<path>`, `env:<variable>`, `keyring:<service>/<user>`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from eth_utils.address import is_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from chain.keys.secrets import SecretPlace
from chain.ledger.roles import Scope

MAX_GAS: Final = 100_000_000
MAX_GAS_PRICE: Final = 100 * 10**9
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_MOST: Final = 2**62  # sums of amounts up to this stay within the database's integers


def _place(text: str) -> str:
    SecretPlace.parse(text)
    return text


def _address(text: str) -> str:
    if not is_checksum_address(text):
        raise ValueError("expected an address with its checksum, as `gateway key new` prints it")
    return text


Place = Annotated[str, AfterValidator(_place)]
Address = Annotated[str, AfterValidator(_address)]
Minor = Annotated[int, Field(ge=0, le=_MOST)]


class LimitSettings(BaseModel):
    """What one key signs at most. Amounts in minor units; see `gateway.signing.limits.KeyLimits`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_call: Minor | None = None
    per_business_date: Minor | None = None
    two_keys_above: Minor | None = None
    max_gas: int = Field(default=MAX_GAS, gt=0)
    max_gas_price: int = Field(default=MAX_GAS_PRICE, gt=0)
    max_fee_per_day: int | None = Field(default=None, gt=0)


class Pkcs11Settings(BaseModel):
    """A key in an HSM. module: the vendor's PKCS#11 library. token, label: of the token, and of the key on it.

    address: of the key, as `gateway key new` printed it; what the token signs is held against it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    module: Path
    token: str = Field(min_length=1)
    label: str = Field(min_length=1)
    pin: Place
    address: Address


class Web3SignerSettings(BaseModel):
    """A key at a remote signer. public_key: 64 bytes in hex, the key's identifier there.

    certificate, private_key: what this seat shows to the signer; authority: who signed the signer's certificate.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")]
    public_key: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{128}$")]
    authority: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    seconds: float = Field(default=3.0, gt=0, le=30)

    @model_validator(mode="after")
    def _private(self) -> Self:
        url = urlsplit(self.url)
        if url.username is not None or url.password is not None:
            raise ValueError("no user and password in the URL; the signer is shown a certificate")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise ValueError("plain http is for a signer on this machine only; use https")
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together")
        return self


class KeySettings(BaseModel):
    """One of the seat's keys. scopes: as the consortium contract has them.

    folder: of a keystore; its passphrase is where `passphrase` says, else in the folder's variable or beside it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    scopes: frozenset[Scope]
    backend: Literal["keystore", "pkcs11", "web3signer"] = "keystore"
    folder: Path | None = None
    passphrase: Place | None = None
    pkcs11: Pkcs11Settings | None = None
    web3signer: Web3SignerSettings | None = None
    limits: LimitSettings = LimitSettings()

    @field_validator("scopes", mode="before")
    @classmethod
    def _scopes(cls, value: object) -> object:
        return [Scope[name] if isinstance(name, str) and name in Scope.__members__ else name for name in _names(value)]

    @model_validator(mode="after")
    def _one_backend(self) -> Self:
        given = {"keystore": self.folder, "pkcs11": self.pkcs11, "web3signer": self.web3signer}
        for backend, part in given.items():
            if (part is not None) != (backend == self.backend):
                field = "folder" if backend == "keystore" else backend
                wrong = "is missing" if part is None else "must not be given"
                raise ValueError(f"key {self.name}: with backend {self.backend}, {field} {wrong}")
        if self.passphrase is not None and self.backend != "keystore":
            raise ValueError(f"key {self.name}: only a keystore has a passphrase")
        return self

    def beneath(self, folder: Path) -> KeySettings:
        """With all paths taken relative to `folder`."""
        changes: dict[str, object] = {}
        if self.folder is not None:
            changes["folder"] = (folder / self.folder).resolve()
        if self.passphrase is not None:
            changes["passphrase"] = str(SecretPlace.parse(self.passphrase).beneath(folder))
        if self.pkcs11 is not None:
            pin = str(SecretPlace.parse(self.pkcs11.pin).beneath(folder))
            changes["pkcs11"] = self.pkcs11.model_copy(update={"pin": pin, "module": folder / self.pkcs11.module})
        if self.web3signer is not None:
            names = ("authority", "certificate", "private_key")
            paths = {name: getattr(self.web3signer, name) for name in names}
            given = {name: (folder / path).resolve() for name, path in paths.items() if path is not None}
            changes["web3signer"] = self.web3signer.model_copy(update=given)
        return self.model_copy(update=changes)


def _names(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
