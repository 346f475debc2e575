"""The ledger as Python sees it: terms, orders, calls, histories, reads and, for holders of a seat's key, sending."""
