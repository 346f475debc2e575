"""The seat's own index of the ledger, made from its own node's logs and checked against every history head."""
