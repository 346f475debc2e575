"""Payouts of custody tokens to their holders' bank accounts."""
