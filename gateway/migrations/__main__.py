"""`python -m gateway.migrations "What changes"`: writes the next step, from the tables as declared.

For developers: compares what the steps make with what is declared, and writes the difference to `versions`. Look at it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script

import gateway.app  # noqa: F401  # declares all tables
from gateway.database import Database
from gateway.migrations.running import config

_VERSIONS = Path(__file__).parent / "versions"


def main(message: str) -> None:
    """Writes one step."""
    number = len(list(_VERSIONS.glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "seat.db")
        with database.write() as session:
            made = config(session.connection())
            made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            if number > 1:
                command.upgrade(made, "head")
            script = command.revision(made, message, autogenerate=True, rev_id=f"{number:04}")
        database.close()
    assert isinstance(script, Script), "one step is one file"
    path = Path(script.path)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "### " not in line) + "\n")
    for step in (["format"], ["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, "-q", str(_VERSIONS)], check=True)  # noqa: S603


if __name__ == "__main__":
    main(sys.argv[1])
