"""Console summary of the columns of a file."""

from __future__ import annotations

from classifier.harvest.column_listing import ListedColumns
from classifier.summary import Summary


def summarise_columns(listed: ListedColumns) -> Summary:
    """Summarise which columns of a file are read, as what, and which are not."""
    sheets = list(dict.fromkeys(column.sheet for column in listed.columns))
    tables = []
    for sheet in sheets:
        rows = [
            (
                column.letters,
                column.name,
                column.read_as or (f"{column.may_be}?" if column.may_be else "not read"),
                "" if column.how is None else str(column.how),
            )
            for column in listed.columns
            if column.sheet == sheet and (column.name or column.read_as)
        ]
        tables.append((("", "Column", "Read as", "How it was recognised"), *rows))
    options = list(dict.fromkeys(column.option for column in listed.columns if column.option))
    return Summary(
        opening=(f"{listed.path.name}, sheet {' and '.join(map(repr, sheets))}",),
        tables=tuple(tables),
        notes=listed.notes,
        ending=f"To confirm what was guessed, add: {' '.join(options)}" if options else "Nothing was guessed",
        plain={
            "columns": [
                {
                    "sheet": column.sheet,
                    "column": column.letters,
                    "name": column.name,
                    "read_as": column.read_as,
                    "may_be": column.may_be,
                    "how": None if column.how is None else str(column.how),
                    "option": column.option,
                }
                for column in listed.columns
            ],
        },
    )
