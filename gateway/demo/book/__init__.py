"""The example book: what a platform and a depository bank hand over, as files, and a typed loader for them."""
