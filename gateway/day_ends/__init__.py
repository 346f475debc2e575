"""Day-ends: the bank publishes its booked balance and closes the ledger's day."""
