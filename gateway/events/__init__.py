"""The seat's event log: what happened, in one order, to be read by cursor, streamed and delivered to webhooks."""
