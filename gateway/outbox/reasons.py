"""Why a transaction can't be carried out, as far as the node lets one know."""

from __future__ import annotations

import re

from chain.errors import LedgerError
from chain.ledger.errors import NodeRefused, NodeUnreachable
from gateway.errors import Reverted
from gateway.node import Node, Receipt

_TOO_BIG = re.compile(r"gas required exceeds|out of gas|block gas limit|intrinsic gas|oversized data", re.IGNORECASE)


def revert_reason(node: Node, sender: str, to: str, data: str, receipt: Receipt) -> LedgerError:
    """Why a mined transaction was reverted: the same call on the states around its block."""
    for block in (receipt.block - 1, receipt.block):
        try:
            node.call(sender, to, bytes.fromhex(data[2:]), block)
        except (NodeUnreachable, NodeRefused):
            raise
        except LedgerError as error:
            return error
    return Reverted(hash=receipt.hash, block=receipt.block)


def never_fits(refused: NodeRefused) -> bool:
    """Whether the node refuses the call for its size, which no waiting changes."""
    return _TOO_BIG.search(str(refused.params["reason"])) is not None
