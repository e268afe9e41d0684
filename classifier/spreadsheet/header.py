"""Header detection: the row or rows that name the columns of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from classifier.faults import Fault, file_error
from classifier.languages import lazy_gettext
from classifier.spelling import label_key, normalise
from classifier.spreadsheet.column_synonyms import role_despite_hint
from classifier.spreadsheet.sheet import Sheet

HEADER_ROWS = 20  # a title and some notes may be above the header, but not a page of them
RENAME_ONE = lazy_gettext("rename or delete one of the two")
_MOST_ROWS = 3
_LONGEST_NAME = 80  # letters; what is longer, in a column that has no name, is no name for it either
# What SurveyMonkey and its like write below a question that has one answer: it names no column.
_SAYS_NOTHING = frozenset(
    map(
        label_key, ("Response", "Open-Ended Response", "Open Ended Response", "Réponse", "Réponse ouverte", "Respuesta")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The rows that name the columns of a table, counted from 0, and the name of each column.

    Where a title is above several columns, it counts only where the names below it are not enough to tell
    the columns apart.
    """

    first: int
    last: int
    names: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """The names that are looked for in a header, as `label_key` has them."""

    names: frozenset[str]
    anchors: frozenset[str]  # those of the columns that every outcome has something in: its ID and its story
    answers: Mapping[str, Collection[str]] = field(default_factory=dict)  # labels of codes by the name of their field

    def __contains__(self, name: str) -> bool:
        return label_key(name) in self.names

    def is_answer(self, title: str, name: str) -> bool:
        """Whether a name below a title is a code of the field that the title names."""
        return f"{title}/{name}" in self or label_key(name) in self.answers.get(label_key(title), ())

    def has_anchor(self, name: str) -> bool:
        """Whether a column is probably one that every outcome has something in."""
        return label_key(name) in self.anchors or role_despite_hint(name) in ("id", "description", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedColumns:
    """The row of a file that names most of the columns looked for, and the columns of each name, counted from 0."""

    sheet: Sheet
    header: int
    columns: Mapping[str, Sequence[int]]

    @property
    def missing(self) -> list[str]:
        """The names that no column has."""
        return [name for name, columns in self.columns.items() if not columns]

    def repeated(self, remedy: str = RENAME_ONE) -> tuple[Fault, ...]:
        """Report each name that several columns have."""
        return tuple(
            repeated_column(self.sheet, self.header, name, *columns[:2], remedy=remedy)
            for name, columns in self.columns.items()
            if len(columns) > 1
        )


def find_named_columns(sheets: Iterable[Sheet], wanted: Mapping[str, Collection[str]]) -> NamedColumns:
    """Find columns by their exact names, under the first of the rows that name most of them.

    `wanted` has each column's possible names by what messages call it; case and blanks don't count.
    """
    names = {name: set(map(normalise, spellings)) for name, spellings in wanted.items()}
    rows = [
        (sheet, row, {name: [n for n, cell in enumerate(cells) if normalise(cell) in names[name]] for name in names})
        for sheet in sheets
        for row, cells in enumerate(sheet.rows[:HEADER_ROWS])
    ]
    sheet, row, columns = max(rows, key=lambda row: (sum(map(bool, row[2].values())), any(row[0].rows[row[1]])))
    return NamedColumns(sheet=sheet, header=row, columns=columns)


def repeated_column(sheet: Sheet, row: int, name: str, first: int, second: int, *, remedy: str = RENAME_ONE) -> Fault:
    """Report a column whose name an earlier column has too."""
    what = lazy_gettext("column {name!r} appears twice, first in {row}", name=name, row=sheet.place(row, first))
    return file_error(sheet.place(row, second), what, remedy)


def find_headers(sheet: Sheet, known: KnownNames) -> Iterable[Header]:
    """Yield every header that a sheet may have in its first rows: those of one row, as they may go on, come first."""
    if not sheet.addressed:  # records name their columns themselves
        yield Header(first=0, last=0, names=tuple(sheet.rows[0]) if sheet.rows else ())
        return
    rows = [row for row in range(min(HEADER_ROWS, len(sheet.rows))) if not _is_blank(sheet.rows[row])]
    yield from (header_at(sheet, row, known) for row in rows)
    for first, last in pairwise(rows):
        if last == first + 1:
            yield _joined(sheet, first, last, known)


def header_at(sheet: Sheet, row: int, known: KnownNames) -> Header:
    """Return the header that a row begins or ends, with the rows beside it that belong to it."""
    first = last = row
    while last + 1 < len(sheet.rows) and last + 1 - first < _MOST_ROWS and _goes_on(sheet, first, last, known):
        last += 1
    if first == last and row and _names_what_is_blank(sheet.rows[row - 1], sheet.rows[row], known):
        first -= 1
    return _joined(sheet, first, last, known)


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _goes_on(sheet: Sheet, first: int, last: int, known: KnownNames) -> bool:
    """Whether the row below a header belongs to it."""
    above = _joined(sheet, first, last, known).names
    below = sheet.rows[last + 1]
    filled = [column for column, cell in enumerate(below) if cell.strip()]
    if not filled:
        return False
    if all(label_key(below[column]) in _SAYS_NOTHING for column in filled):
        return True
    if any(len(below[column]) > _LONGEST_NAME for column in filled):
        return False
    merged = [area for area in sheet.merged if area.first_row <= last < area.last_row < first + _MOST_ROWS]
    if any(known.has_anchor(_cell(above, area.first_column)) for area in merged):
        return True
    if not _leaves_anchors(above, below, known):
        return False
    if any(_cell(above, area.first_column).strip() for area in merged):
        return True
    names = set(map(label_key, above))
    if any(below[column] in known and label_key(below[column]) not in names for column in filled):
        return True
    telling = [column for column in filled if label_key(below[column]) not in _SAYS_NOTHING]
    return len(filled) > 1 and all(_is_under_title(above, column) for column in telling)


def _leaves_anchors(above: Sequence[str], below: Sequence[str], known: KnownNames) -> bool:
    """Whether a row has nothing of its own below the columns that every outcome has something in."""
    anchors = [column for column, name in enumerate(above) if name.strip() and known.has_anchor(name)]
    cells = [(_cell(below, column).strip(), above[column]) for column in anchors]
    return bool(cells) and all(
        not cell or label_key(cell) in {label_key(name), *_SAYS_NOTHING} or known.has_anchor(cell)
        for cell, name in cells
    )


def _is_under_title(above: Sequence[str], column: int) -> bool:
    """Whether a column has no name, or one that the next column, which has none, shares with it."""
    return not _cell(above, column).strip() or (column + 1 < len(above) and not above[column + 1].strip())


def _names_what_is_blank(above: Sequence[str], names: Sequence[str], known: KnownNames) -> bool:
    return any(name in known and not _cell(names, column).strip() for column, name in enumerate(above))


def _joined(sheet: Sheet, first: int, last: int, known: KnownNames) -> Header:
    rows = [sheet.rows[row] for row in range(first, last + 1)]
    n_columns = max(map(len, rows))
    names = [_name([_cell(cells, column) for cells in rows], known) for column in range(n_columns)]
    if last > first:
        titles = _titles(rows[0], len(names))
        counts = [label_key(name) for name in names]
        for column, (name, title) in enumerate(zip(names, titles, strict=True)):
            answer = _cell(rows[-1], column).strip()
            if answer and known.is_answer(title, answer):  # where the name of a field is above those of its codes
                names[column] = f"{title}: {answer}"
            if title in known or not name.strip() or not title or name in known or label_key(title) == label_key(name):
                continue
            if counts.count(label_key(name)) > 1 or title + name in known:
                names[column] = f"{title}: {name}"
    return Header(first=first, last=last, names=tuple(names))


def _name(cells: Sequence[str], known: KnownNames) -> str:
    """Choose the name of a column among the cells of the header: one that is known, else the lowest."""
    filled = [cell for cell in reversed(cells) if cell.strip()]
    telling = [cell for cell in filled if label_key(cell) not in _SAYS_NOTHING] or filled
    return next((cell for cell in telling if cell in known), telling[0] if telling else "")


def _titles(above: Sequence[str], n_columns: int) -> list[str]:
    """Return for each column the title above it, or above the columns before it that have none."""
    titles, title = [], ""
    for column in range(n_columns):
        title = _cell(above, column).strip() or title
        titles.append(title)
    return titles


def _cell(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""
