"""Long format: sheets with a row for each outcome and coder, split by the column that names the coder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.coder_names import identity_of
from classifier.control_characters import control_character_in
from classifier.faults import Fault, FaultKind, file_error, names_found
from classifier.harvest.layout import Layout
from classifier.harvest.outcome import Outcome
from classifier.languages import lazy_gettext
from classifier.spelling import nearest, normalise
from classifier.spreadsheet.sheet import Sheet

_FEWEST_ROWS = 2  # of a coder; with one each, a column holds anything
_USUAL = (
    *("coder", "coders", "coded by", "coder name", "annotator", "annotated by", "completed by", "rater", "reviewer"),
    *("user", "codeur", "codeuse", "codé par", "annotateur", "codificador", "codificadora", "codificado por", "المرمز"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderRows:
    """Whose codings the rows of a sheet are."""

    column: int
    names: Mapping[int, str]  # the name of the coder, by the row
    faults: tuple[Fault, ...]  # rows that name nobody


def coder_rows(sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome], *, column: str) -> CoderRows | Fault:
    """Find whose codings the rows of a sheet are, by the column that names the coder; a fault where there is none."""
    names = layout.names
    wanted = normalise(column)
    found = next((place for place, name in enumerate(names) if name.strip() and normalise(name) == wanted), None)
    if found is None:
        return _missing(sheet, layout, column)
    coders = {outcome.row: " ".join(sheet.cell(outcome.row, found).split()) for outcome in outcomes}
    called = " ".join(names[found].split())
    idle = _idle_rows(outcomes, coders)
    coders = {row: name for row, name in coders.items() if row not in idle}
    spelt: dict[str, str] = {}
    other = {row: name for row, name in coders.items() if spelt.setdefault(identity_of(name), name) != name}
    coders = {row: spelt[identity_of(name)] for row, name in coders.items()}
    notes = tuple(
        Fault(
            kind=FaultKind.NOTE,
            where=sheet.place(row, found),
            what=lazy_gettext("coder {name!r} is read as {row!r}", name=name, row=coders[row]),
            remedy=lazy_gettext("if these are two people, write their names in full"),
        )
        for row, name in other.items()
    )
    faults = tuple(
        file_error(
            sheet.place(row, found),
            lazy_gettext("{called} is empty", called=called),
            lazy_gettext("write the name of the coder"),
            kind=FaultKind.ID,
        )
        for row, name in coders.items()
        if not name
    )
    unseen = tuple(
        file_error(
            sheet.place(row, found),
            lazy_gettext(
                "{called} has a control character ({character}), which can't be seen",
                called=called,
                character=character,
            ),
            lazy_gettext("type the name again"),
            kind=FaultKind.ID,
        )
        for row, name in coders.items()
        if (character := control_character_in(name))
    )
    left_out = tuple(
        Fault(
            kind=FaultKind.NOTE,
            where=sheet.place(row, found),
            what=lazy_gettext("nobody has coded this outcome; the row is left out"),
            remedy=lazy_gettext("nothing to do, unless its codes are missing"),
        )
        for row in idle
    )
    return CoderRows(column=found, names=coders, faults=(*faults, *unseen, *notes, *left_out))


def _missing(sheet: Sheet, layout: Layout, column: str) -> Fault:
    present = [" ".join(name.split()) for name in layout.names if name.strip()]
    guess = nearest(column, present, cutoff=0.7)
    return file_error(
        sheet.place(layout.header, 0),
        lazy_gettext("column {column!r}, which names the coder, is missing", column=column),
        lazy_gettext("is it {guess!r}?", guess=guess) if guess else names_found(present),
    )


def _idle_rows(outcomes: Sequence[Outcome], coders: Mapping[int, str]) -> tuple[int, ...]:
    """Return the rows without a coder and without codes, as of tasks that nobody annotated; none if all are so."""
    if not any(coders.values()):
        return ()
    return tuple(outcome.row for outcome in outcomes if not outcome.codes and not coders[outcome.row])


def guess_coder_column(sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome]) -> str | None:
    """Find the column that may say whose codes a row holds, where IDs are in several rows; None where none does.

    In it each ID is once with each name, all rows have a name, and all names have several rows. A column
    with a usual name is chosen first, then the one with the fewest names.
    """
    usual = {normalise(name) for name in _USUAL}
    found: list[tuple[bool, int, str]] = []
    for column, name in enumerate(layout.names):
        if column in layout.columns or not name.strip():
            continue
        cells = [" ".join(sheet.cell(outcome.row, column).split()) for outcome in outcomes]
        pairs = {(outcome.fragment_id, cell) for outcome, cell in zip(outcomes, cells, strict=True)}
        distinct = set(cells)
        if all(cells) and len(pairs) == len(outcomes) and 1 < len(distinct) <= len(outcomes) / _FEWEST_ROWS:
            found.append((normalise(name) not in usual, len(distinct), " ".join(name.split())))
    return min(found)[2] if found else None
