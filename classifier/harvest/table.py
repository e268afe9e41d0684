"""Tables of outcomes in a file: sheet, header and columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier.codebook.schema import Codebook
from classifier.codebook.tick_columns import is_ticked
from classifier.errors import ColumnMapError, FaultsError
from classifier.faults import Fault, FaultKind, file_error
from classifier.harvest.column_matching import (
    ColumnMatching,
    How,
    column_texts,
    looks_like_outcome,
    match_by_name,
    match_columns,
)
from classifier.harvest.confidential_columns import add_confidential_columns
from classifier.harvest.layout import (
    Layout,
    Target,
    TargetKind,
    layout_of,
    name_ticks,
    positions_of,
    targets_of,
)
from classifier.harvest.missing_columns import called, missing_column, no_header, outcomes_side_by_side
from classifier.harvest.options import NOT_READ, ReadingOptions, choose_column, map_option
from classifier.harvest.review_sheet import ReviewSheet, find_review_sheets, no_outcomes
from classifier.harvest.row_keys import key_column
from classifier.harvest.suggestion_record import Trace, is_trace, trace_in
from classifier.harvest.tick_questions import questions_of
from classifier.harvest.unknown_ticks import unknown_ticks
from classifier.languages import lazy_gettext, lazy_ngettext, marked
from classifier.spelling import did_you_mean, label_key, nearest
from classifier.spreadsheet.column_synonyms import role_despite_hint
from classifier.spreadsheet.header import HEADER_ROWS, Header, KnownNames, find_headers, repeated_column
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

_IF_NO_MARK = marked("if yes means something else there, rename it")
_IF_ANOTHER = marked("if it is another column, name that one")
_NEEDED = (TargetKind.ID, TargetKind.DESCRIPTION, TargetKind.MERGED)
_ID, _STORY = (TargetKind.ID,), (TargetKind.DESCRIPTION, TargetKind.MERGED)
SAME_COLUMNS = lazy_gettext("the sheet has the same columns, and is not read")
"""Gist of the notes on further sheets that could be read."""
READ_AS_ANOTHER = lazy_gettext("a column is read as another by its name")
"""Gist of the notes on columns whose names are not the codebook's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of outcomes."""

    sheet: Sheet
    header: Header
    matching: ColumnMatching  # which of its columns holds what, and how that is known
    layout: Layout
    faults: tuple[Fault, ...]  # what is wrong with its columns, and what was guessed of them
    # What we once suggested in its workbook; see `classifier.harvest.suggestion_record`.
    trace: Trace = field(default_factory=dict)
    reviews: tuple[ReviewSheet, ...] = ()  # the sheets of its workbook on which codes are chosen for its outcomes

    @property
    def n_rows(self) -> int:
        """Number of rows below the header that hold anything."""
        return sum(any(cell.strip() for cell in cells) for cells in self.sheet.rows[self.header.last + 1 :])

    @property
    def has_no_header(self) -> bool:
        """Whether what was taken for the header is probably an outcome."""
        is_known = any(match.target.kind in _NEEDED for match in self.matching.matches)
        return not is_known and looks_like_outcome(self.sheet, self.header)

    @property
    def n_likely(self) -> int:
        """How many of the ID and the story have a column, or one proposed for them."""
        return sum(self.matching.has(*kinds) or bool(self.matching.proposed(*kinds)) for kinds in (_ID, _STORY))

    @property
    def missing_kinds(self) -> frozenset[FaultKind]:
        """Faults that every row would have because a column is missing."""
        if not self.matching.has(TargetKind.ID):
            return frozenset({FaultKind.ID, FaultKind.TEXT})
        return frozenset() if self.matching.has(*_STORY) else frozenset({FaultKind.TEXT})


def find_tables(
    path: Path, *, codebook: Codebook, options: ReadingOptions, sheets: Sequence[Sheet] | None = None
) -> tuple[Table, ...]:
    """Find the tables that are to be read: of the sheets that were asked for, or the first that has the columns."""
    targets = targets_of(codebook)
    check_columns(options.columns, targets)
    if sheets is None:
        sheets = read_sheets(path, encoding=options.encoding)
    for name in options.sheets:
        if name not in [sheet.name for sheet in sheets]:
            read_sheets(path, named=name, encoding=options.encoding)  # says what sheets there are
    reviews = find_review_sheets(sheets)
    finder = _Finder(codebook, targets, options.columns)
    found = finder.tables_on(sheets, reviews)
    _refuse_review_alone(path, reviews, found, options)
    asked = [sheet for sheet in sheets if not options.sheets or sheet.name in options.sheets]
    tables = [table for table in found if not table.has_no_header]
    if not tables and found:
        raise FaultsError(
            {path: tuple(no_header(table.sheet, table.header) for table in found if table.sheet in asked)}
        )
    chosen = _chosen([table for table in tables if table.sheet in asked], options, finder)
    if not chosen:
        names = ", ".join(sheet.name for sheet in asked)
        what = lazy_gettext("the first {value} rows are blank", value=HEADER_ROWS)
        raise FaultsError({path: (file_error(names, what, lazy_gettext("name another sheet, or move the table up")),)})
    trace = trace_in(sheets)
    are_keyed = any(key_column(table.header.names) is not None for table in found)
    if options.all_sheets and not options.sheets:
        blank = [table for table in tables if table.matching.is_readable and table not in chosen]
        chosen = [replace(chosen[0], faults=(*chosen[0].faults, *map(_tell_blank, blank))), *chosen[1:]]
    if options.sheets or options.all_sheets:
        return tuple(_with_ours(table, trace, reviews, are_keyed=are_keyed) for table in chosen)
    others = [table for table in tables if table.matching.is_readable and table not in chosen and table.n_rows]
    chosen = (_with_others(chosen[0], others), *chosen[1:])
    return tuple(_with_ours(table, trace, reviews, are_keyed=are_keyed) for table in chosen)


def _refuse_review_alone(
    path: Path, reviews: Sequence[ReviewSheet], found: Sequence[Table], options: ReadingOptions
) -> None:
    """Refuse a review sheet that is named as one of outcomes, or given without them."""
    named = [review for review in reviews if review.sheet.name in options.sheets]
    alone = named or ([] if any(table.n_likely for table in found) else reviews)
    if alone:
        raise FaultsError({path: tuple(map(no_outcomes, alone))})


def _with_ours(table: Table, trace: Trace, reviews: Sequence[ReviewSheet], *, are_keyed: bool) -> Table:
    """Add what we wrote into its workbook; codes are chosen for the sheets with our keys, where any has them."""
    is_chosen_for = not are_keyed or key_column(table.header.names) is not None
    return replace(table, trace=trace, reviews=tuple(reviews) if is_chosen_for else ())


def readable_sheets(sheets: Sequence[Sheet], *, codebook: Codebook, options: ReadingOptions) -> dict[str, int]:
    """Return the sheets that have the columns of a harvest, each with the number of its rows."""
    finder = _Finder(codebook, targets_of(codebook), options.columns)
    tables = finder.tables_on(sheets, find_review_sheets(sheets))
    return {
        table.sheet.name: table.n_rows
        for table in tables
        if table.matching.is_readable and not table.has_no_header and not is_trace(table.sheet.rows[0])
    }


def unread_outcome_sheets(
    path: Path, *, read: Collection[str], codebook: Codebook, options: ReadingOptions
) -> tuple[str, ...]:
    """Name the sheets of a file that may hold outcomes and aren't among those `read`.

    They have a column of IDs or stories, or no header, and something below it.
    """
    finder = _Finder(codebook, targets_of(codebook), options.columns)
    sheets = [sheet for sheet in read_sheets(path, encoding=options.encoding) if sheet.name not in read]
    ours = {review.sheet.name for review in find_review_sheets(sheets)}
    found = []
    for sheet in sheets:
        if sheet.name not in ours and sheet.rows and not is_trace(sheet.rows[0]):
            table = finder.table_on(sheet)
            if table is not None and (table.has_no_header or (table.n_rows and table.matching.has(*_NEEDED))):
                found.append(sheet.name)
    return tuple(found)


def check_columns(mapping: Mapping[str, str], targets: Sequence[Target]) -> None:
    """Refuse what columns are said to hold if the codebook knows nothing of that name; name the nearest."""
    for column, name in mapping.items():
        if name != NOT_READ and not any(target.goes_by(name) for target in targets):
            names = [target.name for target in targets if target.kind is not TargetKind.TICK]
            otherwise = f"the names are {', '.join(map(repr, names))}"
            hint = did_you_mean(name, [target.name for target in targets], otherwise=otherwise)
            raise ColumnMapError(
                f"--map: column {column!r} can't be read as {name!r}, which is not a column of the codebook ({hint})"
            )


def _chosen(tables: Sequence[Table], options: ReadingOptions, finder: _Finder) -> Sequence[Table]:
    readable = [table for table in tables if table.matching.is_readable]
    if options.sheets:
        return tables
    filled = [table for table in readable if table.n_rows] or readable
    if options.all_sheets and filled:
        return filled
    by_name = [table for table in filled if not any(match.target.kind in _NEEDED for match in table.matching.guessed)]
    found = by_name or filled
    found = [table for table in found if not table.sheet.is_hidden] or found
    likeliest = sorted(tables, key=lambda table: (table.n_likely, finder.score(table.header)), reverse=True)
    return found[:1] or likeliest[:1]


def _with_others(table: Table, others: Sequence[Table]) -> Table:
    """Add notes on sheets that could be read as well."""
    notes = [
        Fault(
            kind=FaultKind.NOTE,
            where=table.sheet.name,
            what=lazy_gettext(
                "this sheet has the same columns and {count}, and is not read",
                count=lazy_ngettext("{n} row", "{n} rows", table.n_rows),
            ),
            remedy=lazy_gettext("add --sheet {name} for it, or --all-sheets", name=_quoted(table.sheet.name)),
            on_page=lazy_gettext("to have it read, tick it when you add the file"),
            gist=SAME_COLUMNS,
        )
        for table in others
    ]
    return replace(table, faults=(*table.faults, *notes))


def _tell_blank(table: Table) -> Fault:
    what = lazy_gettext("this sheet has the same columns and no outcomes, and is not read")
    return Fault(kind=FaultKind.NOTE, where=table.sheet.name, what=what, remedy=lazy_gettext("nothing to do"))


def _quoted(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f"{quote}{name}{quote}"


class _Finder:
    """Finds the header of a sheet, and where its columns are."""

    def __init__(self, codebook: Codebook, targets: Sequence[Target], mapping: Mapping[str, str]) -> None:
        self.codebook, self.targets, self.mapping = codebook, targets, mapping
        needed = [name for target in targets if target.kind in _NEEDED for name in target.names]
        said_needed = [
            column
            for column, name in mapping.items()
            if any(target.goes_by(name) and target.kind in _NEEDED for target in targets)
        ]
        self.anchors = frozenset(map(label_key, (*needed, *said_needed)))
        answers = {
            field.name: frozenset(label_key(name) for code in field.codes for name in code.names)
            for field in codebook.fields
        }
        self.known = KnownNames(
            names=frozenset(map(label_key, (*mapping, *(name for target in targets for name in target.names)))),
            anchors=self.anchors,
            answers={
                question: frozenset[str]().union(*(answers[field.name] for field in fields))
                for question, fields in questions_of(codebook.fields).items()
            },
        )

    def tables_on(self, sheets: Iterable[Sheet], reviews: Iterable[ReviewSheet]) -> list[Table]:
        """Return the likeliest table of each sheet, but for those on which codes are chosen."""
        ours = {review.sheet.name for review in reviews}
        found = (self.table_on(sheet) for sheet in sheets if sheet.name not in ours)
        return [table for table in found if table is not None]

    def table_on(self, sheet: Sheet) -> Table | None:
        """Return the likeliest table of a sheet; None where its first rows are blank."""
        headers = []
        for header in find_headers(sheet, self.known):
            if match_by_name(header.names, self.targets, self.mapping).is_readable:
                return self._table(sheet, header)
            headers.append(header)
        return self._table(sheet, max(headers, key=self.score)) if headers else None

    def score(self, header: Header) -> tuple[int, ...]:
        """Score how likely it is that a header is the one that names the columns."""
        names = [name for name in header.names if name.strip()]
        keys = set(map(label_key, names))
        alike = sum(
            nearest(name, names, cutoff=0.7) is not None
            for target in self.targets
            if target.kind in _NEEDED
            for name in target.names
        )
        # "No" is short for a number, and in a row of answers it is none.
        roles = {role_despite_hint(name) for name in names if is_ticked(name) is None} - {None}
        n_known = len(keys & self.known.names) + len(roles)
        return len(keys & self.anchors), n_known, alike, -header.n_rows, len(keys) if n_known or alike else 0

    def _table(self, sheet: Sheet, header: Header) -> Table:
        targets = [
            target
            for target in name_ticks(self.targets, header.names)
            if not target.is_implied or _holds_ticks(sheet, header, target)
        ]
        secret = next(target for target in targets if target.names == self.codebook.columns.confidential)
        marking = add_confidential_columns(match_columns(sheet, header, targets, self.mapping), sheet, header, secret)
        matching = marking.matching
        faults = (
            *marking.faults,
            *_missing_columns(sheet, header, matching, self.targets),
            *_doubled(sheet, header, matching, self.known),
            *_guessed(sheet, header, matching),
            *unknown_ticks(sheet, header, matching, self.codebook),
            *_absent(sheet, header, matching, self.targets, self.mapping),
        )
        read = ["" if column in matching.left_out else name for column, name in enumerate(header.names)]
        layout = layout_of(read, row=header.last, taken=matching.taken, codebook=self.codebook)
        layout = replace(layout, names=header.names)
        ticks = {match.column for match in matching.matches if match.target.kind is TargetKind.TICK}
        marks = tuple(sorted({match.column for match in matching.matches if match.target == secret}))
        layout = replace(layout.with_ticks(ticks), confidential=marks, levels=marking.levels)
        return Table(sheet=sheet, header=header, matching=matching, layout=layout, faults=faults)


def _holds_ticks(sheet: Sheet, header: Header, target: Target) -> bool:
    """Whether the column of a code, if there is one, says yes or no in half of its cells at least.

    Remarks on a code say neither. Where few cells do, they are slips, which are reported with their cells.
    """
    column = positions_of(header.names).get(target.key)
    texts = column_texts(sheet, header, column) if column is not None else []
    labels = target.field.names_of(target.code) if target.field else ()
    return 2 * sum(is_ticked(text, *labels) is not None for text in texts) >= len(texts)


def _missing_columns(
    sheet: Sheet, header: Header, matching: ColumnMatching, targets: Sequence[Target]
) -> Iterator[Fault]:
    first = {target.kind: target.name for target in reversed(targets)}
    if not matching.has(*_STORY) and (turned := outcomes_side_by_side(sheet, targets)):
        yield turned
        return
    if not matching.has(TargetKind.ID):
        yield missing_column(sheet, header, called(first[TargetKind.ID]), matching.proposed(TargetKind.ID))
    if not matching.has(*_STORY):
        either = called(first[TargetKind.DESCRIPTION], first[TargetKind.MERGED])
        yield missing_column(sheet, header, either, matching.proposed(*_STORY))


def _doubled(sheet: Sheet, header: Header, matching: ColumnMatching, known: KnownNames) -> Iterator[Fault]:
    # Of two columns with the same name we can't know which one is meant.
    mapped = {match.column for match in matching.matches if match.target.name and match.how is not match.how.NAME}
    first: dict[str, int] = {}
    for index, name in enumerate(header.names):
        key = label_key(name)
        if name in known and key in first and index not in mapped:
            yield repeated_column(sheet, header.last, name.strip(), first[key], index)
        if name.strip():
            first.setdefault(key, index)


def _guessed(sheet: Sheet, header: Header, matching: ColumnMatching) -> Iterator[Fault]:
    for match in matching.guessed:
        name = " ".join(header.names[match.column].split())
        is_mark = match.how is How.HEADING
        otherwise = lazy_gettext(_IF_NO_MARK if is_mark else _IF_ANOTHER)
        yield Fault(
            kind=FaultKind.CONFIDENTIAL if is_mark else FaultKind.NOTE,
            where=sheet.place(header.last, match.column),
            what=(
                lazy_gettext("column {name!r} is read as marking confidential outcomes", name=name)
                if is_mark
                else lazy_gettext(
                    "column {name!r} is read as {name_2!r}, {how}",
                    name=name,
                    name_2=match.target.name,
                    how=match.how.as_message(),
                )
            ),
            remedy=lazy_gettext(
                "to confirm it, add {name}; {otherwise}", name=map_option(name, match.target.name), otherwise=otherwise
            ),
            on_page=(
                otherwise
                if is_mark
                else lazy_gettext("if another column holds that, {name}", name=choose_column(match.target.name))
            ),
            gist=READ_AS_ANOTHER,
        )


def _absent(
    sheet: Sheet, header: Header, matching: ColumnMatching, targets: Sequence[Target], mapping: Mapping[str, str]
) -> Iterator[Fault]:
    found = [match.target for match in matching.matches]
    positions = positions_of(header.names)
    for column in matching.absent:
        target = next(target for target in targets if target.goes_by(mapping[column]))
        if target in found or target.kind in _NEEDED:
            continue  # it is there by another name, or reported as missing
        guess = nearest(column, [header.names[place] for place in positions.values()], cutoff=0.7)
        yield Fault(
            kind=FaultKind.NOTE,
            where=sheet.place(header.last, 0),
            what=lazy_gettext("there is no column {column!r} to read as {name!r}", column=column, name=target.name),
            remedy=(
                lazy_gettext("did you mean {strip!r}?", strip=guess.strip())
                if guess
                else lazy_gettext("leave that --map out, or correct the name")
            ),
            on_page=lazy_gettext("if a column holds it, {name}", name=choose_column(target.name)),
        )
