"""Running loans of an old book: they enter by an opening that all their parties signed and the bank approved."""
