"""Listing of a file's columns and of how each is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.faults import Note, group_faults
from classifier.harvest.column_matching import ColumnMatch, How
from classifier.harvest.layout import TargetKind
from classifier.harvest.options import ReadingOptions, map_option
from classifier.harvest.reading import Harvest, examine_harvests
from classifier.spreadsheet.sheet import column_letters


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedColumn:
    """A column of a file."""

    sheet: str
    letters: str  # where it is, as a spreadsheet has it
    name: str
    read_as: str  # what it is taken for; empty where it is not read
    may_be: str  # what it may be; empty where it is read, or nobody knows
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

    Examples
    --------
    >>> listed = list_columns(getfixture("harvest_3_new"))
    >>> [(one.name, one.read_as, str(one.how)) for one in listed.columns][:1]
    [('FragmentID', 'FragmentID', 'its own name')]
    """
    harvests = examine_harvests(path, codebook=codebook or sample_codebook(), options=options)
    columns: list[ListedColumn] = []
    for harvest in harvests:
        read = {match.column: match for match in harvest.matching.matches}
        proposed = {match.column: match for match in reversed(harvest.matching.proposals)}
        for column, name in enumerate(harvest.header):
            match, guess = read.get(column), proposed.get(column)
            shown = match or guess
            columns.append(
                ListedColumn(
                    sheet=harvest.sheet.name,
                    letters=column_letters(column),
                    name=" ".join(name.split()),
                    read_as="" if match is None else match.target.name,
                    may_be="" if match is not None or guess is None else guess.target.name,
                    how=None if shown is None else shown.how,
                )
            )
    faults = [fault for harvest in harvests for fault in harvest.warnings]
    return ListedColumns(path=path, columns=tuple(columns), notes=group_faults(faults, file=path.name))


def propose_columns(harvest: Harvest) -> dict[str, str]:
    """Return the columns that may hold what is missing in a harvest, each with what it may hold."""
    matching = harvest.matching
    has_story = matching.has(TargetKind.DESCRIPTION) or (
        matching.has(TargetKind.MERGED) and not matching.proposed(TargetKind.DESCRIPTION)
    )
    missing = [
        *([] if matching.has(TargetKind.ID) else [TargetKind.ID]),
        *([] if has_story else [TargetKind.DESCRIPTION]),
    ]
    likely: dict[str, ColumnMatch] = {}
    for match in (
        *(match for kind in missing for match in matching.proposed(kind)[:1]),
        *matching.proposed(TargetKind.FIELD, TargetKind.OPTION),
    ):
        likely.setdefault(match.target.name, match)
    return {" ".join(harvest.header[match.column].split()): name for name, match in likely.items()}
