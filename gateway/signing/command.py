"""`loan-ledger gateway key`: makes a seat's key where it will stay, and has the ledger know it.

`new` makes a key in an encrypted file or on an HSM's token, and prints its address and what goes into the settings.
`consent` has the key sign its own registration, `register` also sends that with the member's root, where the root is
here. No secret is printed, ever; keys at a remote signer are made there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from eth_account.messages import encode_typed_data

from chain.keys.keystore import KeystoreCost, address_of, create_key, keystore_file, load_key
from chain.keys.secrets import SecretPlace
from chain.ledger.consortium import Consortium
from chain.ledger.orders import KeyRegistration
from chain.ledger.typed_data import Domain, signer_of, typed_data
from gateway.errors import SettingsInvalid
from gateway.settings import SeatSettings, load_settings, seat_folder
from gateway.signing.errors import TokenRefused
from gateway.signing.opening import open_holder, seat_keys
from gateway.signing.policy import SeatKey

app = typer.Typer(help="Make and register a seat's keys.", no_args_is_help=True)
State = Annotated[Path, typer.Option(help="The network's state folder.", envvar="LOAN_LEDGER_STATE")]
SeatName = Annotated[str, typer.Option(help="Which seat.")]
KeyName = Annotated[str, typer.Option("--key", help="The key's name in the seat's settings.")]
Limit = Annotated[int, typer.Option(help="Most minor units it books or instructs alone in one call; 0: no limit.")]


@app.command()
def new(
    backend: Annotated[Literal["keystore", "pkcs11"], typer.Option(help="Where the key will be.")],
    folder: Annotated[Path | None, typer.Option(help="keystore: the key's folder.")] = None,
    module: Annotated[Path | None, typer.Option(help="pkcs11: the HSM's PKCS#11 library.")] = None,
    token: Annotated[str | None, typer.Option(help="pkcs11: the token's label.")] = None,
    label: Annotated[str | None, typer.Option(help="pkcs11: the new key's label on it.")] = None,
    pin: Annotated[
        str | None,
        typer.Option(help="pkcs11: where the PIN is: file:<path>, env:<variable>, keyring:<service>/<user>."),
    ] = None,
) -> None:
    """Make a key that stays where it is made; prints its address and its settings as one JSON object."""
    if backend == "keystore":
        (place,) = _given(folder=folder)
        account = create_key(Path(place), KeystoreCost.PRODUCTION)
        print(json.dumps({"address": account.address, "settings": {"backend": backend, "folder": place}}))
        return
    library, named, key, secret = _given(module=module, token=token, label=label, pin=pin)
    address = _on_token(Path(library), named, key, _place(secret))
    part = {"module": library, "token": named, "label": key, "pin": secret, "address": address}
    print(json.dumps({"address": address, "settings": {"backend": backend, "pkcs11": part}}))


@app.command()
def consent(state: State, seat: SeatName, key: KeyName, limit: Limit = 0) -> None:
    """Have a key sign its own registration, for a root that is kept elsewhere; prints one JSON object."""
    print(json.dumps(_consent(load_settings(state, seat), seat_folder(state, seat).absolute(), key, limit)[0]))


@app.command()
def register(state: State, seat: SeatName, key: KeyName, limit: Limit = 0) -> None:
    """Have a key sign its own registration and send it with the member's root in `<seat>/keystore`."""
    from chain.deployment.keys import KeyGrant, register_keys  # noqa: PLC0415 - loads web3
    from chain.ledger.connection import connect  # noqa: PLC0415

    settings, folder = load_settings(state, seat), seat_folder(state, seat).absolute()
    signed, consortium = _consent(settings, folder, key, limit)
    root = load_key(folder)
    granted = KeyGrant(
        str(signed["address"]), int(str(signed["scopes"])), limit, bytes.fromhex(str(signed["signature"])[2:])
    )
    address = consortium.address("Consortium")
    register_keys(connect(settings.rpc_url), address, {"0x" + bytes(root.key).hex(): [granted]})
    print(json.dumps({"address": granted.address, "registered": True, "limit": str(limit)}))


def _on_token(module: Path, token: str, label: str, pin: SecretPlace) -> str:
    from gateway.signing.tokens import TokenAway, token_at  # noqa: PLC0415 - loads the PKCS#11 binding

    try:
        return token_at(module, token, pin).create_key(label)
    except TokenAway as away:
        raise TokenRefused(token=token, module=module, reason=str(away)) from away


def _consent(settings: SeatSettings, folder: Path, name: str, limit: int) -> tuple[dict[str, object], Consortium]:
    consortium = Consortium.load(settings.consortium)
    key = _key(settings, folder, name)
    root = address_of(folder) if keystore_file(folder) is not None else None
    member = next((m for m in consortium.members if m.name == settings.member or m.root == root), None)
    if member is None:
        reason = "neither `member` nor the root here is one of the consortium's members"
        raise SettingsInvalid(seat=settings.seat, path=str(folder), reason=reason)
    scopes = sum(scope.bit for scope in key.scopes)
    registration = KeyRegistration(key.address, member.number, scopes, limit)
    domain = Domain(consortium.chain_id, consortium.address("Consortium"))
    message = encode_typed_data(full_message=typed_data(registration, domain))
    made = open_holder(settings, key, folder).signature(b"\x19" + message.version + message.header + message.body)
    signature = made.r.to_bytes(32, "big") + made.s.to_bytes(32, "big") + bytes([27 + made.recovery])
    assert signer_of(registration, domain, signature) == key.address, "holders verify what they give"
    shown = {"address": key.address, "member": member.number, "scopes": scopes, "limit": str(limit)}
    return shown | {"signature": "0x" + signature.hex()}, consortium


def _key(settings: SeatSettings, folder: Path, name: str) -> SeatKey:
    for key in seat_keys(settings, folder):
        if key.name == name:
            return key
    raise SettingsInvalid(seat=settings.seat, path=str(folder), reason=f"there is no key {name!r}")


def _place(text: str) -> SecretPlace:
    try:
        return SecretPlace.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"--pin: {error}; the PIN itself is never given") from None


def _given(**options: object) -> list[str]:
    missing = [name for name, value in options.items() if value is None]
    if missing:
        raise typer.BadParameter("needs " + ", ".join(f"--{name}" for name in missing))
    return [str(value) for value in options.values()]
