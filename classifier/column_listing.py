"""The columns of a file, and how each is taken: what the command that shows them does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifier import shipped
from classifier.codebook import Codebook
from classifier.column_matching import How
from classifier.faults import Note, group_faults
from classifier.harvest import examine_harvests
from classifier.reading import ReadingOptions, map_option
from classifier.sheet import column_letters

__all__ = ["ListedColumn", "ListedColumns", "list_columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedColumn:
    """A column of a file.

    Attributes
    ----------
    letters : str
        Where it is, as a spreadsheet has it.
    read_as : str
        What it is taken for; empty where it is not read.
    may_be : str
        What it may be; empty where it is read, or nobody knows.
    """

    sheet: str
    letters: str
    name: str
    read_as: str
    may_be: str
    how: How | None

    @property
    def option(self) -> str:
        """The option that would say what it holds, to be pasted; empty where that is known, or nobody knows."""
        is_guessed = self.how not in (None, How.NAME, How.SAID)
        return map_option(self.name, self.read_as or self.may_be) if is_guessed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedColumns:
    """The columns of a file, and what is worth a look."""

    path: Path
    columns: tuple[ListedColumn, ...]
    notes: tuple[Note, ...]


def list_columns(
    path: Path, *, codebook: Codebook | None = None, options: ReadingOptions = ReadingOptions()
) -> ListedColumns:
    """List the columns of a file, also of one that can't be read as a harvest.

    Raises
    ------
    FaultsError
        If it can't be read at all.

    Examples
    --------
    >>> listed = list_columns(getfixture("harvest_3_new"))
    >>> [(one.name, one.read_as, str(one.how)) for one in listed.columns][:1]
    [('FragmentID', 'FragmentID', 'its own name')]
    """
    harvests = examine_harvests(path, codebook=codebook or shipped.codebook(), options=options)
    columns: list[ListedColumn] = []
    for harvest in harvests:
        read = {one.column: one for one in harvest.matching.matches}
        proposed = {one.column: one for one in reversed(harvest.matching.proposals)}
        for column, name in enumerate(harvest.header):
            match, guess = read.get(column), proposed.get(column)
            told = match or guess
            columns.append(
                ListedColumn(
                    sheet=harvest.sheet.name,
                    letters=column_letters(column),
                    name=" ".join(name.split()),
                    read_as="" if match is None else match.target.name,
                    may_be="" if match is not None or guess is None else guess.target.name,
                    how=None if told is None else told.how,
                )
            )
    faults = [fault for harvest in harvests for fault in harvest.warnings]
    return ListedColumns(path=path, columns=tuple(columns), notes=group_faults(faults, file=path.name))
