"""Webhooks: events delivered to addresses that subscribers name, signed, in order, each at least once."""
