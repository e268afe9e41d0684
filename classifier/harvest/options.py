"""Reading options: sheets, columns, encoding, and partial codes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.errors import ColumnMapError
from classifier.languages import lazy_gettext

NOT_READ = ""
"""What a column holds that is not to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """Options for reading files, where a file alone doesn't determine them."""

    sheets: tuple[str, ...] = ()  # the sheets that are read; by default the first that has the columns
    all_sheets: bool = False  # whether every sheet that has the columns is read
    # The names that columns have in the files, each with the name it has in the codebook; `NOT_READ` for one that is
    # not to be read.
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None  # how the letters of text files are written; by default that is found out
    coder_column: str | None = None  # the column that names the coder, in files with a row for each outcome and coder
    # Whether it was confirmed that labels are the codes that they are a part of, such as "CIV".
    accept_partial: bool = False
    is_kept: bool = False  # whether a project has the file, so that what was accepted once is no error

    def of_sheet(self, name: str) -> ReadingOptions:
        """Return these options for one of the sheets alone."""
        return replace(self, sheets=(name,), all_sheets=False)

    def upon(self, kept: Mapping[str, str]) -> ReadingOptions:
        """Return these options with earlier column mappings; those of these options count first."""
        return replace(self, columns={**kept, **self.columns})


def parse_columns(given: Sequence[str]) -> dict[str, str]:
    """Read column names as they are given on the command line, ``COLUMN=NAME``.

    Examples
    --------
    >>> parse_columns(["Identifiant=FragmentID", "Pays = country"])
    {'Identifiant': 'FragmentID', 'Pays': 'country'}
    """
    columns: dict[str, str] = {}
    for text in given:
        column, equals, name = (part.strip() for part in text.rpartition("="))
        if not equals or not column or not name:
            raise ColumnMapError(
                f"--map {text!r}: write the column's name in your file, =, and what it holds, such as "
                f"{map_option('Identifiant', 'FragmentID')}"
            )
        if columns.get(column, name) != name:
            raise ColumnMapError(f"--map: column {column!r} can't be both {columns[column]!r} and {name!r}; keep one")
        columns[column] = name
    return columns


def map_option(column: str, name: str) -> str:
    """Write the option that says what a column holds, to be pasted.

    Examples
    --------
    >>> print(map_option("Identifiant", "FragmentID"))
    --map 'Identifiant=FragmentID'
    >>> print(map_option("Description de l'effet", "Outcome description"))
    --map "Description de l'effet=Outcome description"
    """
    mapped = f"{' '.join(column.split())}={name.strip()}"
    return f"--map {quoted(mapped)}"


def quoted(argument: str, system: str = os.name) -> str:
    """Write an argument of a command in quotes, to be pasted; Windows takes single ones for letters.

    Examples
    --------
    >>> print(quoted("Ana Moss", "posix"), quoted("Ana Moss", "nt"), quoted("l'effet", "posix"))
    'Ana Moss' "Ana Moss" "l'effet"
    """
    quote = '"' if "'" in argument or system == "nt" else "'"
    return f"{quote}{argument}{quote}"


def choose_column(name: str) -> str:
    """Say how to have a column read on the review page, which has no `--map`.

    Examples
    --------
    >>> choose_column("Scale")
    "choose 'Scale' for the column when you add the file"
    """
    return lazy_gettext("choose {name!r} for the column when you add the file", name=name)
