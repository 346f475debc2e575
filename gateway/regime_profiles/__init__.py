"""Limits that loans name in their terms, set by the regulator."""
