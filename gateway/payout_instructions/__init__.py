"""Payment orders to the bank's own payment system: what the ledger has reserved, as pain.001."""
