"""Positions that change hands: sold or given, signed by both sides."""
