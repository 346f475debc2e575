"""The ledger as Python sees it: terms, calls, histories and reads, on any engine. Holds no keys and sends nothing."""
