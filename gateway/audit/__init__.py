"""The audit log: who changed what, when, with which decision and transaction; chained by hash, anchored on chain."""
