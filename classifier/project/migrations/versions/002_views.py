"""The views: which suggestions each coder was shown. What was shown before is not known."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"

_REFUSAL = "the journal only grows: nothing in it is changed or deleted"


def upgrade() -> None:
    """Make the table; its first row, of no coder, says since when views are recorded."""
    views = op.create_table(
        "views",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("coder", sa.Text, nullable=False),
        sa.Column("fragment_id", sa.Text, nullable=False),
        sa.Column("set_number", sa.Integer, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("views_of_an_outcome", "views", ["fragment_id", "coder"])
    begun = datetime.datetime.now(tz=datetime.UTC).isoformat()
    op.bulk_insert(views, [{"at": begun, "coder": "", "fragment_id": "", "set_number": 0, "fields": []}])
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER views_refuse_{action.lower()} BEFORE {action} ON views "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER views_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON views "
            "FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()"
        )
