"""The command line `loan-ledger`: one sub-command per module, all errors shown the same way."""
