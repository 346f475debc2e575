"""The programs the product needs besides Python: which versions, where they lie, how they get there.

Uses the standard library only, because the entry points in `scripts/` import it before any dependency is installed.
"""
