"""The entries, which can only be added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None

_REFUSAL = "the journal only grows: nothing in it is changed or deleted"


def upgrade() -> None:
    """Make the table, and let the database refuse whatever would change it."""
    op.create_table(
        "entries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("coder", sa.Text, nullable=False),
        sa.Column("fragment_id", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("codes", sa.JSON, nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("shown", sa.JSON),
        sa.Column("rank", sa.Integer),
        sa.Column("seconds", sa.Float),
        sa.Column("codebook", sa.String(64), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("seen", sa.Integer),
        # A number is never given twice, also after the last entry was lost with a damaged disk.
        sqlite_autoincrement=True,
    )
    op.create_index("entries_of_an_outcome", "entries", ["fragment_id", "field", "coder"])
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER entries_refuse_{action.lower()} BEFORE {action} ON entries "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER entries_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()"
        )
