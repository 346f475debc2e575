"""The gateway: one HTTP service per seat, which signs for one organisation and serves its own index of the ledger."""
