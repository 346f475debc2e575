"""The money in the bank's custody: tokens on the ledger against the bank's attested balance."""
