"""Setting up the ledger on a chain: deploys and records the contracts, admits the members
with their keys, and renounces.

The deployer's key is needed for this once; afterwards it has no power.
"""

from chain.deployment.deploy import MemberSeat, deploy
from chain.deployment.keys import KeyGrant, grant, planned_domain, register_keys

__all__ = ["KeyGrant", "MemberSeat", "deploy", "grant", "planned_domain", "register_keys"]
