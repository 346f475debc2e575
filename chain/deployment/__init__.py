"""Setting up the ledger on a chain: deploys and records the contracts, admits the members, and renounces.

The deployer's key is needed for this once; afterwards it has no power.
"""

from chain.deployment.deploy import MemberSeat, deploy

__all__ = ["MemberSeat", "deploy"]
