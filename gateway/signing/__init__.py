"""The seat's keys and the only place that signs with them: what role and key do not give is refused here."""
