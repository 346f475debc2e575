"""Repayments that the bank's own system books as they come in, singly or many at once, before the account statement."""
