"""${message}."""

# ruff: noqa: PLR0915

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

Integer = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Makes the step. There is no way back but a backup."""
    ${upgrades if upgrades else "pass"}
