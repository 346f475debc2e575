"""The seat's key and the only place that signs with it: what the role table does not give is refused here."""
