"""Loans: proposing, funding, paying out, claiming and closing them, and reading all that the ledger knows of them."""
