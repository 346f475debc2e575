"""The transactions that this seat sends, as its callers see them."""
