"""Why an outcome is not codable. Until now every decision gave codes, or took them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade() -> None:
    """Add the column, empty in all entries so far."""
    op.add_column("entries", sa.Column("not_codable", sa.Text, nullable=False, server_default=""))
