"""Run by Alembic to bring a journal's tables up to date; `classifier.project.journal` gives the connection."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False)
context.run_migrations()
