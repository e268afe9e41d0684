"""Faults of a table in which a column that is needed is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from classifier.faults import Fault, file_error, names_found
from classifier.harvest.column_matching import ColumnMatch, n_words_of
from classifier.harvest.layout import Target, TargetKind
from classifier.harvest.options import map_option
from classifier.languages import Message, lazy_gettext
from classifier.spelling import nearest
from classifier.spreadsheet.column_synonyms import role_despite_hint
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet
from classifier.wording import lazily_either

_MOST_PROPOSED = 3
_MOST_ROWS = 60  # of a form that has a row for each question
_LEAST_WORDS = 4  # of a story
_STORIES = (TargetKind.DESCRIPTION, TargetKind.MERGED)


def no_header(sheet: Sheet, header: Header) -> Fault:
    """Report that no row names the columns."""
    return file_error(
        sheet.place(header.first, 0),
        lazy_gettext("no row names the columns; this one looks like an outcome"),
        lazy_gettext("add a row above the outcomes that names the columns, such as FragmentID and Outcome description"),
    )


def outcomes_side_by_side(sheet: Sheet, targets: Sequence[Target]) -> Fault | None:
    """Report a table whose first column names what each row holds; None where it does not."""
    named = {row: _named(sheet.cell(row, 0).strip(), targets) for row in range(min(_MOST_ROWS, len(sheet.rows)))}
    stories = [row for row, kind in named.items() if kind in _STORIES]
    if len(stories) != 1 or len(set(named.values()) - {None}) < 2 or not _tells_stories(sheet.rows[stories[0]]):
        return None
    what = lazy_gettext(
        "{name!r} names a row; outcomes that stand side by side, in a column each, are not read",
        name=" ".join(sheet.cell(stories[0], 0).split()),
    )
    remedy = lazy_gettext("copy the table and paste it transposed, so that each outcome has a row")
    return file_error(sheet.place(stories[0], 0), what, remedy)


def _named(name: str, targets: Sequence[Target]) -> str | None:
    """Return what a name is known for: a role, or a column of the codebook."""
    target = next((target for target in targets if target.goes_by(name)), None) if name else None
    return role_despite_hint(name) if target is None else target.role or target.kind


def _tells_stories(cells: Sequence[str]) -> bool:
    return any(n_words_of(cell) >= _LEAST_WORDS for cell in cells[1:])


def missing_column(
    sheet: Sheet, header: Header, what: str, proposed: Sequence[ColumnMatch], *, wanted: Iterable[str] = ()
) -> Fault:
    """Report that a column is missing, and which one it may be: one proposed, else one named like those `wanted`."""
    names = [" ".join(name.split()) for name in header.names if name.strip()]
    guess = next((found for name in wanted if (found := nearest(name, names, cutoff=0.7))), None)
    hint, on_page = names_found(names), ""
    if proposed:
        roles = {" ".join(header.names[match.column].split()): match.target.name for match in proposed[:_MOST_PROPOSED]}
        options = lazily_either(map_option(*pair) for pair in roles.items())
        asked = lazily_either(map(repr, roles))
        hint = lazy_gettext(
            "is it {columns}? Then rename that column, add {options}, or declare the name in the codebook",
            columns=asked,
            options=options,
        )
        on_page = lazy_gettext(
            "is it {columns}? Then rename that column in the file, or declare the name in the codebook", columns=asked
        )
    elif guess is not None:
        hint = lazy_gettext(
            "is it {guess!r}? Then rename that column, or declare the name in the codebook", guess=guess
        )
    return replace(
        file_error(sheet.place(header.last, 0), lazy_gettext("{what} is missing", what=what), hint), on_page=on_page
    )


def called(name: str, other: str = "") -> Message:
    """Name a column by what it may be called.

    Examples
    --------
    >>> print(called("Outcome description", "StoryFragment_Merged"))
    column 'Outcome description' (or 'StoryFragment_Merged')
    """
    if other:
        return lazy_gettext("column {name!r} (or {other!r})", name=name, other=other)
    return lazy_gettext("column {name!r}", name=name)
