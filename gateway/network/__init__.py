"""What a caller must know of the ledger and this seat: contracts, members, dates, errors."""
