"""The outbox: what a seat sends is written down before it is sent, and followed until it is final or has failed."""
