"""The seat's keys and the only place that signs with them: what role and key do not give is refused here."""

from gateway.signing.opening import open_signers, seat_keys

__all__ = ["open_signers", "seat_keys"]
