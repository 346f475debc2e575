"""Brings a seat's database to the tables that this version of the gateway needs, step by step, on both databases.

`upgrade` runs in one write transaction, which all processes of the seat wait for: either all steps are made or none,
and a second process finds them made. It refuses a database that it can't know: one without a recorded step, or one
that a newer version has changed. Steps are written by `python -m gateway.migrations`; a test holds them against the
tables as declared.
"""

from gateway.migrations.running import Standing, current, newest, standing, upgrade

__all__ = ["Standing", "current", "newest", "standing", "upgrade"]
