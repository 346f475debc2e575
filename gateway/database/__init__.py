"""The seat's database: SQLite in WAL mode in a file, or PostgreSQL; every commit on disk before it is answered.

`Database.read()` gives a snapshot, `Database.write()` one transaction, `Database.grouped(work)` a part of one that it
shares with other threads' works. All tables are declared on `Table`.
"""

from gateway.database.opening import open_database
from gateway.database.store import Database
from gateway.database.tables import Amount, Table, now

__all__ = ["Amount", "Database", "Table", "now", "open_database"]
