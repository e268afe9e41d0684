"""Columns of a coded workbook that a codebook is drafted from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.codebook.code_columns import reason_against
from classifier.codebook.columns import Columns, StoryPart
from classifier.codebook.labels import Answers, answers_of_ticks, read_answers, words_of
from classifier.codebook.schema import sample_codebook
from classifier.codebook.tick_columns import Column, group_ticks
from classifier.errors import FaultsError
from classifier.faults import file_error, names_found
from classifier.harvest.column_matching import looks_like_outcome, match_columns
from classifier.harvest.confidential_columns import marks_confidential, may_mark_confidential
from classifier.harvest.layout import layout_of, targets_of
from classifier.harvest.missing_columns import no_header
from classifier.harvest.rows import outcome_rows
from classifier.languages import Message, lazy_gettext
from classifier.spelling import did_you_mean, label_key, nearest
from classifier.spreadsheet.column_synonyms import role_despite_hint, role_of
from classifier.spreadsheet.header import HEADER_ROWS, Header, KnownNames, header_at
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

FEW = 5  # outcomes; with fewer, there is too little to train on
_STATUS = "Outcome status"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftNote:
    """What a person should look at before using a draft."""

    what: Message
    on_page: Message | None = None  # the same for a reader of the page, where `what` names an option or a key of a file

    def for_page(self) -> Message:
        """Return it with what can be done on the page."""
        return self.on_page or self.what

    def on_column(self, name: str) -> DraftNote:
        """Return it with the name of the column before it."""
        what, on_page = (
            lazy_gettext("column {name!r}: {note}", name=name, note=note) for note in (self.what, self.for_page())
        )
        return DraftNote(what=what, on_page=on_page)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTable:
    """The sheet we draft from, its header row (counted from 0), and its columns with a name of their own."""

    path: Path
    sheet: Sheet
    header: int
    columns: tuple[Column, ...]
    known: Columns
    names: tuple[str, ...]

    @property
    def where(self) -> str:
        """Address of the header, as a person would look for it."""
        here = self.sheet
        return f"{here.name}, row {self.header + 1}" if here.addressed else here.place(self.header, 0)


def find_table(path: Path, wanted: Sequence[str], sheet: str | None) -> DraftTable:
    """Find the table of outcomes in a workbook."""
    sheets = read_sheets(path, named=sheet)
    rows = [
        (table, row, {label_key(cell) for cell in cells if cell.strip()})
        for table in sheets
        for row, cells in enumerate(table.rows[:HEADER_ROWS])
    ]
    for is_header in _header_rules(wanted):
        for table, row, names in rows:
            if is_header(names):
                header = (
                    header_at(table, row, _known_names())
                    if table.addressed
                    else Header(first=row, last=row, names=tuple(table.rows[row]))
                )
                if looks_like_outcome(table, header):
                    raise FaultsError({path: (no_header(table, header),)})
                filled = table.with_merged_filled(below=header.last)
                columns = _columns(filled, header)
                return DraftTable(
                    path=path,
                    sheet=filled,
                    header=header.last,
                    columns=columns,
                    known=_known(columns),
                    names=header.names,
                )
    raise FaultsError(
        {
            path: (
                file_error(
                    "", lazy_gettext("no row names at least two columns"), lazy_gettext("give a table with a header")
                ),
            )
        }
    )


def _known_names() -> KnownNames:
    columns = Columns()
    anchors = keys((*columns.id, *columns.description.column, *columns.merged))
    parts = (name for part in columns.parts for name in part.column)
    others = (*columns.period, *columns.country, *columns.year, *columns.confidential)
    return KnownNames(names=frozenset(anchors | keys((*parts, *others))), anchors=frozenset(anchors))


def _header_rules(wanted: Sequence[str]) -> Iterator[Callable[[set[str]], bool]]:
    """Rules by which a header is recognised, the surest first."""
    columns = Columns()
    ids = keys(columns.id)
    texts = keys((*columns.description.column, *columns.merged))
    asked = keys(wanted)
    if asked:
        yield lambda names: asked <= names
    yield lambda names: bool(ids & names and texts & names)
    yield lambda names: bool((ids | texts) & names) and len(names) > 1
    yield lambda names: len(names) > 1


def keys(names: Iterable[str]) -> set[str]:
    """Return the normal forms of names."""
    return {label_key(name) for name in names}


def _columns(sheet: Sheet, header: Header) -> tuple[Column, ...]:
    """Return the columns with the outcomes' cells, rows left out that explain the columns once more."""
    codebook = sample_codebook()
    matching = match_columns(sheet, header, targets_of(codebook), {})
    layout = layout_of(header.names, row=header.last, taken=matching.taken, codebook=codebook)
    rows = outcome_rows(sheet, layout, codebook.columns, is_complete=matching.is_readable).rows
    columns: dict[str, Column] = {}
    title = ""
    for index, name in enumerate(header.names):
        above = sheet.cell(header.first, index).strip()
        cells = tuple(sheet.cell(row, index).strip() for row in rows)
        is_answer = bool(above or title) and header.first < header.last and set(cells) <= {"", name.strip()}
        title = above or title
        if is_answer and label_key(title) != label_key(name):  # an answer below its question
            name = f"{title}: {name.strip()}"
        if name.strip():
            columns.setdefault(label_key(name), Column(name=name, index=index, cells=cells))
    return tuple(columns.values())


def _known(columns: Sequence[Column]) -> Columns:
    """Name the columns that are no fields, with a guess for IDs and stories where they have no name we know."""
    known, found = Columns(), {column.key for column in columns}
    guessed: dict[str, object] = {}
    if not keys(known.id) & found and (guess := _guessed_id(columns, known)):
        guessed["id"] = (guess,)
    if not keys((*known.description.column, *known.merged)) & found:
        parts = [_guessed_part(part, columns) for part in known.parts]
        if parts[0] is not known.description:
            guessed["parts"] = tuple(parts)
    marks = [column.name for column in columns if _is_mark(column) and column.key not in keys(known.confidential)]
    if marks:
        guessed["confidential"] = (*known.confidential, *marks)
    return known.model_copy(update=guessed)


def _is_mark(column: Column) -> bool:
    return role_of(column.name) == "confidential" or marks_confidential(column.name, column.cells)


def _guessed_id(columns: Sequence[Column], known: Columns) -> str | None:
    names = [column.name for column in columns if column.is_id and column.key not in keys(_metadata(known))]
    guess = nearest(known.id[0], names, cutoff=0.7)
    guess = guess or next((name for name in names if role_despite_hint(name) == "id"), None)
    return guess or next((name for name in names if "id" in words_of(name)), None)


def _guessed_part(part: StoryPart, columns: Sequence[Column]) -> StoryPart:
    """Assign to a part of the story the only column whose name is one that forms use for it."""
    role = role_of(part.column[0])
    names = [column.name for column in columns if role_despite_hint(column.name) == role]
    return part.model_copy(update={"column": (names[0],)}) if len(names) == 1 else part


def _metadata(columns: Columns) -> Iterator[str]:
    yield _STATUS
    yield from chain(columns.period, columns.country, columns.year, columns.confidential)
    yield from _private(columns)


def _private(columns: Columns) -> Iterator[str]:
    """Name the columns whose texts must never get into a draft."""
    yield from chain(columns.id, columns.merged)
    for part in columns.parts:
        yield from part.column


def named_columns(table: DraftTable, wanted: Sequence[str]) -> tuple[Answers, ...]:
    """Read the columns that a person asked for, and tell at once of all that can't be had."""
    columns = {column.key: read_answers(column) for column in table.columns}
    columns |= {read.column.key: read for read in _tick_answers(table)}
    answers, faults = [], []
    for key, name in {label_key(name): name for name in wanted}.items():
        if key not in columns:
            remedy = did_you_mean(name, [column.name.strip() for column in table.columns], otherwise=names_of(table))
            faults.append(file_error(table.where, lazy_gettext("column {name!r} is missing", name=name), remedy))
            continue
        read = columns[key]
        if what := _unfit(table, read, name):
            place = table.sheet.place(table.header, read.column.index)
            faults.append(file_error(place, what, lazy_gettext("name columns that hold codes")))
        answers.append(read)
    if faults:
        raise FaultsError({table.path: tuple(faults)})
    return tuple(answers)


def names_of(table: DraftTable) -> str:
    """List the names of the columns."""
    return names_found(column.name for column in table.columns)


def _unfit(table: DraftTable, answers: Answers, name: str) -> Message | None:
    """Return why a column can't be a field even where a person asks for it, or None where it can."""
    if answers.column.key in keys(_private(table.known)):
        return lazy_gettext("column {name!r} holds IDs or stories", name=name)
    if not answers.labels:
        return lazy_gettext("column {name!r} holds no labels", name=name)
    if len(answers.labels) == answers.n_labels >= 2 * FEW:
        return lazy_gettext("column {name!r} has a different text in every row", name=name)
    return None


def coded_columns(table: DraftTable) -> tuple[tuple[Answers, ...], tuple[DraftNote, ...]]:
    """Find the columns that look like codes, and say of the others why they don't."""
    metadata = keys(_metadata(table.known))
    groups = _tick_answers(table)
    ticks = {label_key(name) for group in groups for name in group.ticks.values()} | {
        group.column.key for group in groups
    }
    found, left_out = [*groups], []
    for column in table.columns:
        if column.key in metadata | ticks:
            continue
        answers = read_answers(column)
        name = column.name.strip()
        if may_mark_confidential(column.name, column.cells):
            left_out.append(_may_be_mark(name))
        elif reason := reason_against(answers):
            what = lazy_gettext("column {name!r} is left out: {reason}", name=name, reason=reason)
            left_out.append(DraftNote(what=what))
        else:
            found.append(answers)
    return tuple(sorted(found, key=lambda read: read.column.index)), tuple(left_out)


def _may_be_mark(name: str) -> DraftNote:
    return DraftNote(
        what=lazy_gettext(
            "column {name!r} is left out: it may say which outcomes are confidential; if it holds codes, name it with "
            "--columns",
            name=name,
        ),
        on_page=lazy_gettext(
            "column {name!r} is left out: it may say which outcomes are confidential; if it holds codes, add a field "
            "with its name",
            name=name,
        ),
    )


def _tick_answers(table: DraftTable) -> tuple[Answers, ...]:
    """Read the columns that say yes or no to one code each, with the one beside them that joins the answers."""
    metadata = keys(_metadata(table.known))
    groups = group_ticks([column for column in table.columns if column.key not in metadata])
    by_key = {column.key: column for column in table.columns}
    joined = [by_key.get(label_key(group.question)) for group in groups]
    return tuple(
        answers_of_ticks(group, joined=read_answers(column) if column else None)
        for group, column in zip(groups, joined, strict=True)
    )
