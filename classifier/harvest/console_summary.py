"""The columns of a file in a few lines."""

from __future__ import annotations

from classifier.harvest.column_listing import ListedColumns
from classifier.summary import Summary


def summarise_columns(listed: ListedColumns) -> Summary:
    """Summarise which columns of a file are read, as what, and which are not."""
    sheets = list(dict.fromkeys(one.sheet for one in listed.columns))
    tables = []
    for sheet in sheets:
        rows = [
            (
                one.letters,
                one.name,
                one.read_as or (f"{one.may_be}?" if one.may_be else "not read"),
                "" if one.how is None else str(one.how),
            )
            for one in listed.columns
            if one.sheet == sheet and (one.name or one.read_as)
        ]
        tables.append((("", "Column", "Read as", "How it was recognised"), *rows))
    options = list(dict.fromkeys(one.option for one in listed.columns if one.option))
    return Summary(
        opening=(f"{listed.path.name}, sheet {' and '.join(map(repr, sheets))}",),
        tables=tuple(tables),
        notes=listed.notes,
        ending=f"To confirm what was guessed, add: {' '.join(options)}" if options else "Nothing was guessed",
        plain={
            "columns": [
                {
                    "sheet": one.sheet,
                    "column": one.letters,
                    "name": one.name,
                    "read_as": one.read_as,
                    "may_be": one.may_be,
                    "how": None if one.how is None else str(one.how),
                    "option": one.option,
                }
                for one in listed.columns
            ],
        },
    )
