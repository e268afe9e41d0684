"""Suggestions in a copy of the user's own workbook, with drop-downs to code by."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from classifier.cell_splitting import sign_told
from classifier.codebook import CodeField
from classifier.desk import (
    MARK,
    WIDEST,
    Desk,
)
from classifier.faults import Fault
from classifier.grids import write_grid
from classifier.made_workbook import make_workbook, sheet_written
from classifier.outcomes import FieldSuggestion, Route
from classifier.suggesting import Suggestions
from classifier.trace_sheet import add_trace, remove_trace
from classifier.workbook_copy import copy_workbook, free_title, save_copy
from classifier.workbook_losses import can_be_copied
from classifier.written_suggestions import Written

__all__ = [
    "is_suggestion_workbook",
    "suggestion_columns",
    "write_suggestion_workbook",
]

_CODES_SHEET = "Codes"
_CODES_HEADER = ("Column", "Code", "Definition", "Include", "Exclude", "Leads to")
_ABOUT_SHEET = "About the suggestions"
_ABOUT_HEADER = ("What", "Says")
_N_OTHERS = 3
_LEAST_TOLD = 0.01
_N_SENTENCES = 3
_LEAST_WEIGHTY = 0.1  # the share of a second or third sentence that is told
_LONGEST_SENTENCE = 160  # letters; the whole of it stands in the same row

# Told apart by lightness as well as by hue, so that a print in grey still shows them.
_ROUTE_FILLS = {
    Route.CONFIRM: PatternFill("solid", fgColor="B7E1CD"),
    Route.CHOOSE: PatternFill("solid", fgColor="FFF2CC"),
    Route.CODE_AFRESH: PatternFill("solid", fgColor="D0CECE"),
}


def is_suggestion_workbook(path: Path) -> bool:
    """Whether a workbook is one that we wrote."""
    try:
        with zipfile.ZipFile(path) as package:
            return f'name="{MARK}"'.encode() in package.read("docProps/custom.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def write_suggestion_workbook(suggestions: Suggestions, path: Path) -> tuple[Fault, ...]:
    """Write suggestions beside each outcome; return what is worth a look.

    A workbook is copied with all it holds; other files give a new one with their columns. The code
    columns are left as they are: an empty cell stays empty and gets a drop-down of the codes. Filters and
    tables take in what is added.
    """
    sheets = suggestions.by_sheet()
    harvests = [one.harvest for one in sheets]
    is_copy = can_be_copied(harvests[0].path)
    workbook = _copied(harvests[0].path) if is_copy else make_workbook(harvests)
    desks = [Desk.at(_sheet(workbook, sheet_written(one)), one) for one in harvests]
    codes = workbook.create_sheet(free_title(workbook, _CODES_SHEET))
    ranges = _write_codes(codes, suggestions.fields)
    written: list[Written] = []
    for desk, one in zip(desks, sheets, strict=True):
        written += _write_sheet(desk, one, ranges, explained_in=codes.title)
    _write_about(workbook, suggestions, codes_title=codes.title)
    add_trace(workbook, written)
    notes = tuple(note for desk in desks for note in (*desk.widen_ranges(), *desk.unlock_codes()))
    for desk in desks:
        desk.open_header()
        desk.open_rows()
    _open_at(workbook, desks[0].sheet)
    _mark(workbook)
    changed = {place for desk in desks for place in desk.changed}
    save_copy(workbook, path, original=harvests[0].path if is_copy else None, changed=changed)
    return notes


def _write_sheet(
    desk: Desk, suggestions: Suggestions, ranges: Mapping[str, str], *, explained_in: str
) -> Iterator[Written]:
    """Write what is suggested for the outcomes of a sheet, and say what was written."""
    columns = {}
    for field in suggestions.fields:
        columns[field.name] = _write_field(desk, field, suggestions)
        _offer_codes(desk, field, ranges, explained_in=explained_in)
    desk.write_keys()
    desk.write_column(
        "Suggestion flags",
        [(one.outcome.row, "; ".join(one.flags)) for one in suggestions.outcomes],
        width=24,
        note=(
            "What to know before trusting a suggestion, such as: too short, near-duplicate of another outcome, in a "
            "language that the model can't judge. The last sheet explains them all."
        ),
    )
    return _written(suggestions, columns)


def _open_at(workbook: Workbook, sheet: Worksheet) -> None:
    """Open the workbook at a sheet, and at no other with it: what is typed goes into all sheets selected."""
    if sheet.sheet_state == "visible":
        workbook.active = sheet
        for one in workbook.worksheets:
            one.sheet_view.tabSelected = one is sheet


def suggestion_columns(field: CodeField) -> tuple[str, str, str, str]:
    """Name the four columns that a field's suggestions stand in."""
    name = field.column.strip()
    return f"{name}: suggestion", f"{name}: confidence", f"{name}: other candidates", f"{name}: route"


# The workbook that is written into


def _copied(path: Path) -> Workbook:
    workbook = copy_workbook(path, remedy=", or choose an --out that ends in .csv")
    if is_suggestion_workbook(path):
        _clear_earlier(workbook)
    return workbook


def _clear_earlier(workbook: Workbook) -> None:
    """Take out our own earlier sheets and drop-downs, which are written anew; the columns are written over.

    Our sheets are known by their headers, since a sheet `Codes` may be the user's own.
    """
    ours = [sheet for sheet in workbook.worksheets if _header(sheet) in (_CODES_HEADER, _ABOUT_HEADER)]
    for sheet in ours:
        workbook.remove(sheet)
    remove_trace(workbook)
    lists = tuple(f"{name}!" for sheet in ours for name in (sheet.title, quote_sheetname(sheet.title)))
    for sheet in workbook.worksheets:
        kept = sheet.data_validations
        kept.dataValidation = [
            validation for validation in kept.dataValidation if not (validation.formula1 or "").startswith(lists)
        ]


def _header(sheet: Worksheet) -> tuple[str, ...]:
    cells = next(sheet.iter_rows(max_row=1, values_only=True), ())
    return tuple(str(value) for value in cells if value is not None)


def _sheet(workbook: Workbook, title: str) -> Worksheet:
    sheet = workbook[title]
    assert isinstance(sheet, Worksheet)  # no chart sheet has the columns of a harvest
    return sheet


def _mark(workbook: Workbook) -> None:
    properties = workbook.custom_doc_props  # type: ignore[attr-defined]  # the stubs are older than it
    if MARK not in [prop.name for prop in properties.props]:
        properties.append(StringProperty(name=MARK, value="suggestions"))


# Suggestions


def _write_field(desk: Desk, field: CodeField, suggestions: Suggestions) -> tuple[str, ...]:
    """Write the columns of a field; return what the four are called that `suggestion_columns` names."""
    rows = [(one.outcome.row, one.fields[field.name]) for one in suggestions.outcomes]
    suggestion, confidence, others, route = suggestion_columns(field)
    is_learnt = not suggestions.model.manifest.is_by_definition(field.name)
    suggestion_at = desk.write_column(
        suggestion,
        [(row, field.separator.join(one.suggested)) for row, one in rows],
        width=min(max(map(len, field.code_names)) + 2.0, WIDEST),
        note=f"What would be entered under {field.column.strip()}. It is a suggestion: read the outcome, then enter "
        "the code yourself.",
    )
    confidence_at = desk.write_column(
        confidence,
        [(row, one.confidence) for row, one in rows],
        width=13,
        note="How sure the model is of the (first) suggested code. Of suggestions at 80%, about four in five have "
        "been right."
        if is_learnt
        else "How well the (first) suggested code fits by its definition. No coded outcome was learnt from, so that it "
        "can't be told how often such suggestions are right.",
    )
    others_at = desk.write_column(
        others,
        [(row, "; ".join(_others(one))) for row, one in rows],
        width=60,
        note="The next likely codes, with confidence; those marked * remain possible at the coverage asked for."
        if is_learnt
        else "The next likely codes; those marked * are among the few that fit best by definition.",
    )
    route_at = desk.write_column(
        route,
        [(row, str(one.route)) for row, one in rows],
        width=13,
        note="confirm: one code fits, and such suggestions have been right as often as asked for. choose: one to "
        "three codes fit. code afresh: read the outcome without the suggestion.",
    )
    for row, one in rows:
        desk.sheet.cell(row + 1, route_at).fill = _ROUTE_FILLS[one.route]
    if any(one.reasons or one.nearest for _, one in rows):
        desk.write_column(
            f"{field.column.strip()}: why",
            [(row, "\n".join(_why(one, field.separator))) for row, one in rows],
            width=96,
            note="The sentences that speak most for the suggested code, with their share of all that speaks for it, "
            "and the share of each part of the story. Where a coded outcome tells of the same change, its codes count "
            "too. Then the coded outcomes that are most alike, with their codes and how alike they are (1: the same).",
        )
    header = desk.harvest.layout.header + 1
    places = (suggestion_at, confidence_at, others_at, route_at)
    return tuple(str(desk.sheet.cell(header, column).value) for column in places)


def _written(suggestions: Suggestions, columns: Mapping[str, tuple[str, ...]]) -> Iterator[Written]:
    """Say what was written, so that it can be told from what somebody types there."""
    manifest = suggestions.model.manifest
    # As it stands among the model folder's SHA256SUMS.
    sha256 = hashlib.sha256(f"{manifest.model_dump_json(indent=1)}\n".encode()).hexdigest()
    for outcome in suggestions.outcomes:
        for name, one in outcome.fields.items():
            yield Written(
                fragment_id=outcome.fragment_id,
                field=name,
                columns=columns[name],
                suggested=one.suggested,
                confidence=one.confidence,
                others="; ".join(_others(one)),
                prediction_set=one.prediction_set,
                route=str(one.route),
                model=manifest.title,
                manifest_sha256=sha256,
            )


def _why(suggestion: FieldSuggestion, separator: str) -> Iterator[str]:
    if suggestion.repeats is not None:
        yield f"Seems to tell of the same change as {suggestion.repeats}, whose coding counts too."
    for reason in suggestion.reasons:
        if len(suggestion.reasons) > 1:
            yield f"{reason.code}:"
        for place, one in enumerate(reason.sentences[:_N_SENTENCES]):
            if one.share >= (_LEAST_WEIGHTY if place else 0.0):
                yield f"{one.share:.0%} \u201c{_clipped(one.text)}\u201d"
        parts = [f"{part} {share:.0%}" for part, share in reason.parts.items() if share >= _LEAST_TOLD]
        yield f"By part: {', '.join(parts)}" if parts else "No sentence speaks for it: it is what is left."
    if suggestion.nearest:
        near = (f"{one.fragment_id} {separator.join(one.codes)} ({one.likeness:.2f})" for one in suggestion.nearest)
        yield f"Nearest: {'; '.join(near)}"


def _clipped(text: str) -> str:
    told = " ".join(text.split())
    if len(told) <= _LONGEST_SENTENCE:
        return told
    start = told[:_LONGEST_SENTENCE]
    # Scripts without blanks are cut anywhere.
    return f"{start.rpartition(' ')[0] or start} …"


def _others(suggestion: FieldSuggestion) -> Iterator[str]:
    others = [candidate for candidate in suggestion.candidates if candidate.code not in suggestion.suggested]
    for place, candidate in enumerate(others):
        remains_possible = candidate.code in suggestion.prediction_set
        if remains_possible or (place < _N_OTHERS and candidate.confidence >= _LEAST_TOLD):
            mark = "*" if remains_possible else ""
            yield f"{candidate.code}{mark} {candidate.confidence:.0%}"


# Codes to choose from


def _write_codes(sheet: Worksheet, fields: Sequence[CodeField]) -> Mapping[str, str]:
    """Write the sheet of codes; return the range of each column's answers, for its drop-down."""
    ranges = {}
    rows: list[tuple[str, ...]] = [_CODES_HEADER]
    for field in fields:
        blocks = {field.column: [(c.code, c.definition, c.include, c.exclude, "") for c in field.codes]}
        if field.derived_from and field.options:
            blocks[field.derived_from] = [(option, "", "", "", field.derive(option) or "") for option in field.options]
        for column, block in blocks.items():
            ranges[column] = f"{quote_sheetname(sheet.title)}!$B${len(rows) + 1}:$B${len(rows) + len(block)}"
            rows += [(column.strip(), *cells) for cells in block]
    write_grid(sheet, rows, widths=(26, 42, 60, 40, 40, 32))
    return ranges


def _offer_codes(desk: Desk, field: CodeField, ranges: Mapping[str, str], *, explained_in: str) -> None:
    names = {field.column: desk.harvest.layout.fields.get(field.name)}
    if field.derived_from in ranges:
        names[str(field.derived_from)] = desk.harvest.layout.options.get(field.name)
    for name, place in names.items():
        if place is not None:
            column = place + 1
        elif name == field.column:
            column = desk.write_column(name.strip(), [], width=28, note="Enter the code here.")
            desk.for_codes.add(column)
        else:
            continue  # a workbook without the column that codes derive from does well without it
        if field.is_multiple and name == field.column:
            validation = _drop_down_for_several(ranges[name], field.separator)
        else:
            validation = _drop_down(ranges[name], explained_in)
        if ranges_free := " ".join(_free_ranges(desk, column)):
            validation.sqref = MultiCellRange(ranges_free)
            desk.sheet.add_data_validation(validation)


def _drop_down(cells: str, explained_in: str) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=cells,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle="Not in the codebook",
        error=f"Choose an answer of the list; the sheet {explained_in!r} says what each one means.",
    )


def _drop_down_for_several(cells: str, separator: str) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=cells,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
        errorTitle="Not one code of the list",
        error=f"Several codes with {sign_told(separator)} between them are fine: answer Yes to keep what you entered.",
    )


def _free_ranges(desk: Desk, column: int) -> Iterator[str]:
    """Name the ranges of empty cells beside outcomes which no validation of the user's own looks after."""
    letters = get_column_letter(column)
    rows = [outcome.row + 1 for outcome in desk.harvest.outcomes]
    taken = {
        row
        for validation in desk.sheet.data_validations.dataValidation
        for cells in validation.sqref.ranges
        if cells.min_col <= column <= cells.max_col
        for row in range(max(cells.min_row, rows[0]), min(cells.max_row, rows[-1]) + 1)
    }
    free = [row for row in rows if row not in taken and desk.sheet.cell(row, column).value in (None, "")]
    # Rows that follow each other differ from their place in the list by the same number.
    for _, run in groupby(enumerate(free), key=lambda pair: pair[1] - pair[0]):
        together = [row for _, row in run]
        yield f"{letters}{together[0]}:{letters}{together[-1]}"


# What it all means


def _write_about(workbook: Workbook, suggestions: Suggestions, *, codes_title: str) -> None:
    sheet = workbook.create_sheet(free_title(workbook, _ABOUT_SHEET))
    manifest = suggestions.model.manifest
    rows: list[tuple[str, ...]] = [
        _ABOUT_HEADER,
        (
            "Suggestions",
            "Made by outcome-coder for a coder to confirm; nothing was entered for you. Enter codes in the "
            f"code columns: empty cells there have a drop-down, and the sheet {codes_title!r} has the definitions.",
        ),
        (
            "Model",
            f"{manifest.title}, trained on {len(manifest.fragment_ids)} coded outcomes of "
            f"{', '.join(file.name for file in manifest.files)}"
            if manifest.files
            else f"{manifest.title}. It knows codes by their names and definitions; no coded outcome was learnt from.",
        ),
        ("… : suggestion", "The code (or codes) that would be entered."),
        (
            "… : confidence",
            "How sure the model is of the first suggested code. Calibrated: of suggestions at 80%, about "
            "four in five have been right on outcomes the model had not seen."
            if manifest.files
            else "How well the first suggested code fits by its definition. It is not calibrated: how often such "
            "suggestions are right can be told when some outcomes are coded.",
        ),
        (
            "… : other candidates",
            f"The next likely codes. Those marked * remain possible: the suggestion and the marked "
            f"codes together hold the right code for about {suggestions.coverage:.0%} of outcomes."
            if manifest.files
            else "The next likely codes. The suggestion and those marked * are the few that fit best; how often the "
            "right code is among them isn't known.",
        ),
        (
            "… : why",
            "The sentences that speak most for the suggested code, with the share of each in all that speaks for it; "
            "which part of the story that stands in; and the coded outcomes most alike, each with its codes and its "
            "likeness (1 is the same). The shares are exact: they are what the model adds up. That a sentence "
            "speaks for a code is a matter of its words and of what they are like, not of proof.",
        ),
        ("… : route", "What to do, in one of three words:"),
        (
            "confirm",
            f"One code fits, and of suggestions this sure at least {suggestions.precision:.0%} have been right. "
            "Read the outcome, then confirm.",
        ),
        ("choose", "One to three codes fit, not surely enough to confirm. Read the outcome, then choose."),
        (
            "code afresh",
            "Nothing fits, too much does, or the model can't judge the outcome (see its flags). Code it as if there "
            "were no suggestion.",
        ),
        (
            "Suggestion flags",
            "too short: fewer words than can be judged by. near-duplicate of …: tells of the same change as that "
            "outcome, it seems. already coded: a code was there before. no text: there is nothing to read. "
            "language: …: one that the model doesn't read, or has hardly learnt from. heavily redacted: more than one "
            "word in seven was taken out. by definition only: no coded outcome with the code, or in the field, was "
            "learnt from. unlike training: unlike all outcomes learnt from. unusual: two codes that hardly ever come "
            "together, and the usual one. could not be judged, could not be explained: by a fault of ours.",
        ),
        (
            "Sorting",
            "Rows may be sorted, filtered and deleted. Sort all columns together: a hidden column says which outcome "
            "each row is of, and a file in which columns were sorted without the others is refused. Columns of codes "
            "that are sorted alone, without anything beside them, can't be noticed.",
        ),
        (
            "Hidden sheet",
            "Keeps what was suggested, by the outcomes' IDs and without their texts, so that `outcome-coder confirm` "
            "can tell it from what somebody typed over it.",
        ),
    ]
    for field in suggestions.fields:
        figures = manifest.out_of_fold.get(field.name)
        told = (
            f"Agreement with coders on outcomes not learnt from: Cohen's kappa {figures.kappa}; "
            f"{figures.share_right:.0%} of first suggestions right."
            if figures
            else "No coded outcome was learnt from: its codes are suggested by definition only."
            if manifest.is_by_definition(field.name)
            else "Too few coded outcomes to say how good the suggestions are."
        )
        rows.append((field.column.strip(), told))
    write_grid(sheet, rows, widths=(28, 110))
    for row in sheet.iter_rows(min_row=2):
        route = next((route for route in Route if row[0].value == str(route)), None)
        if route is not None:
            row[0].fill = _ROUTE_FILLS[route]
