"""Members and their keys, second keys, and the deployer's steps."""

from __future__ import annotations

from chain.ledger.calls.call import Call


def register_key(key: str, scopes: int, limit: int, signature: bytes) -> Call:
    """ROOT: register an operational key of its own member, with the key's signature over `KeyRegistration`.

    scopes: bit set of `Scope`. limit: most minor units that one call may book or instruct with this key alone; 0: none.
    """
    return Call("Consortium", "registerKey", (key, scopes, limit, signature))


def revoke_key(key: str) -> Call:
    """ROOT: revoke an operational key of its own member."""
    return Call("Consortium", "revokeKey", (key,))


def approve(action: bytes) -> Call:
    """A second key: approve one call, named by `Contracts.action`."""
    return Call("Approvals", "approve", (action,))


def withdraw_approval(action: bytes) -> Call:
    """The key that approved, or its member's root."""
    return Call("Approvals", "withdraw", (action,))


def admit(root: str, role: int, name: bytes) -> Call:
    """DEPLOYER: admit a member. `name`: 32 bytes."""
    return Call("Consortium", "admit", (root, role, name))


def record_deployment(name: bytes, at: str, ledger: bool) -> Call:
    """DEPLOYER: record a deployed contract. `ledger`: may move custody tokens and append to histories."""
    return Call("Consortium", "recordDeployment", (name, at, ledger))


def renounce() -> Call:
    """DEPLOYER: give up all power, for good."""
    return Call("Consortium", "renounce", ())
