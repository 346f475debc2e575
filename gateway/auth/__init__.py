"""Who may call a seat: one random bearer token per principal, of which only the hash is kept."""
