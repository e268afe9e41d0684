"""Suggestions in a copy of the user's own workbook, with drop-downs to code by."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import CodeField
from classifier.faults import Fault
from classifier.harvest.harvest_sheet import HarvestSheet
from classifier.harvest.hidden_sheet import add_trace, remove_trace
from classifier.harvest.new_workbook import make_workbook, sheet_written
from classifier.harvest.review_sheet import remove_review_sheets
from classifier.harvest.suggestion_record import WrittenSuggestion
from classifier.harvest.workbook_headings import heading, headings
from classifier.languages import gettext
from classifier.model.manifest import shown_title
from classifier.spreadsheet.added_columns import MARK, WIDEST
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.spreadsheet.copying import copy_workbook, free_title, save_copy
from classifier.spreadsheet.sheet_layout import fold_columns, lay_out_texts, set_up_print
from classifier.suggestion.about_and_codes_sheets import (
    CODES_SHEET,
    offer_codes,
    our_headers,
    write_about,
    write_codes,
)
from classifier.suggestion.cell_texts import codes_text, others_text, why_text
from classifier.suggestion.names import flag_in_words, route_name
from classifier.suggestion.review_sheet import add_review_sheet, left_out_note, review_row_limit
from classifier.suggestion.route_styles import dress_route
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Route

_COLUMNS = ("suggestion", "confidence", "other candidates", "route")


def is_suggestion_workbook(path: Path) -> bool:
    """Whether a workbook is one that we wrote."""
    try:
        with zipfile.ZipFile(path) as package:
            return f'name="{MARK}"'.encode() in package.read("docProps/custom.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


def write_suggestion_workbook(suggestions: Suggestions, path: Path) -> tuple[Fault, ...]:
    """Write suggestions beside each outcome; return notes on the file.

    A workbook is copied with all it holds; other files give a new one with their columns. The code
    columns are left as they are: an empty cell stays empty and gets a drop-down of the codes. Filters and
    tables take in what is added.
    """
    sheets = suggestions.by_sheet()
    harvests = [one.harvest for one in sheets]
    is_copy = can_be_copied(harvests[0].path)
    workbook = _copied(harvests[0].path) if is_copy else make_workbook(harvests)
    sheets_written = [HarvestSheet.of(_sheet(workbook, sheet_written(one)), one) for one in harvests]
    n_sheets = len(workbook.sheetnames)
    codes = workbook.create_sheet(free_title(workbook, heading(CODES_SHEET)))
    ranges = write_codes(codes, suggestions.fields)
    no_review = review_row_limit(sheets)
    review = None if no_review else add_review_sheet(workbook, sheets, codes=codes, place=n_sheets)
    written: list[WrittenSuggestion] = []
    for target, one in zip(sheets_written, sheets, strict=True):
        written += _write_sheet(target, one, ranges, explained_in=codes.title)
    write_about(
        workbook,
        suggestions,
        codes_title=codes.title,
        review_title="" if review is None else review.title,
        no_review=no_review,
    )
    add_trace(workbook, written)
    notes = [note for target in sheets_written for note in (*target.widen_ranges(), *target.unlock_codes())]
    notes += [left_out_note(no_review)] if no_review else []
    for target in sheets_written:
        _open(target)
    _open_at(workbook, sheets_written[0].sheet if review is None else review)
    _mark(workbook)
    changed = {place for target in sheets_written for place in target.changed}
    save_copy(workbook, path, original=harvests[0].path if is_copy else None, changed=changed)
    return tuple(notes)


def _write_sheet(
    target: HarvestSheet, suggestions: Suggestions, ranges: Mapping[str, str], *, explained_in: str
) -> Iterator[WrittenSuggestion]:
    """Write the suggestions for the outcomes of a sheet; yield a record of them for the hidden sheet."""
    lay_out_texts(target, text_columns=[column + 1 for column in target.harvest.layout.texts])
    columns = {}
    for field in suggestions.fields:
        columns[field.name] = _write_field(target, field, suggestions)
        offer_codes(target, field, ranges, explained_in=explained_in)
    target.write_row_keys()
    target.write_column(
        heading("Suggestion flags"),
        [(one.outcome.row, gettext("; ").join(map(flag_in_words, one.flags))) for one in suggestions.outcomes],
        earlier=headings("Suggestion flags"),
        width=24,
        note=gettext(
            "What to know before trusting a suggestion, such as: too short, near-duplicate of another outcome, in a "
            "language other than most training outcomes. The last sheet explains them all."
        ),
    )
    return _written(suggestions, columns)


def _open(target: HarvestSheet) -> None:
    """Make a sheet of outcomes ready to be read, sorted and printed, where the user has not."""
    target.add_filter()
    fold_columns(target.sheet, target.folded)
    set_up_print(target)
    target.open_header()
    target.open_rows()


def _open_at(workbook: Workbook, sheet: Worksheet) -> None:
    """Open the workbook at a sheet, and at no other with it: what is typed goes into all sheets selected."""
    if sheet.sheet_state == "visible":
        workbook.active = sheet
        for one in workbook.worksheets:
            one.sheet_view.tabSelected = one is sheet


def suggestion_columns(field: CodeField) -> tuple[str, str, str, str]:
    """Return the names of the four columns of a field's suggestions."""
    suggestion, confidence, others, route = (f"{field.shown_heading}: {heading(name)}" for name in _COLUMNS)
    return suggestion, confidence, others, route


def _earlier(field: CodeField, name: str) -> tuple[str, ...]:
    """Return what a column may be called in a workbook of suggestions in another language."""
    return tuple(f"{known}: {written}" for known in field.headings for written in headings(name))


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
    ours = [sheet for sheet in workbook.worksheets if _header(sheet) in our_headers()]
    for sheet in ours:
        workbook.remove(sheet)
    remove_trace(workbook)
    remove_review_sheets(workbook)
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


def _write_field(target: HarvestSheet, field: CodeField, suggestions: Suggestions) -> tuple[str, ...]:
    """Write the columns of a field; return what the four are called that `suggestion_columns` names."""
    rows = [(one.outcome.row, one.fields[field.name]) for one in suggestions.outcomes]
    suggestion, confidence, others, route = suggestion_columns(field)
    is_learnt = not suggestions.model.manifest.is_by_definition(field.name)
    suggestion_at = target.write_column(
        suggestion,
        [(row, codes_text(one.suggested, field)) for row, one in rows],
        width=min(max(map(len, field.shown(field.code_names))) + 2.0, WIDEST),
        earlier=_earlier(field, "suggestion"),
        note=gettext(
            "What would be entered under {field}. It is a suggestion: read the outcome, then enter the code yourself.",
            field=field.shown_heading,
        ),
    )
    confidence_at = target.write_column(
        confidence,
        [(row, one.confidence) for row, one in rows],
        width=13,
        earlier=_earlier(field, "confidence"),
        note=_confidence_note(is_learnt=is_learnt),
    )
    route_at = target.write_column(
        route,
        [(row, route_name(one.route)) for row, one in rows],
        width=13,
        earlier=_earlier(field, "route"),
        note=_route_note(),
    )
    for row, one in rows:
        dress_route(target.sheet.cell(row + 1, route_at), one.route, target.styles)
    others_at = target.write_column(
        others,
        [(row, others_text(one, field)) for row, one in rows],
        width=60,
        is_folded=True,
        earlier=_earlier(field, "other candidates"),
        note=gettext(
            "The next likely codes, with confidence; those marked * remain possible at the coverage asked for."
        )
        if is_learnt
        else gettext("The next likely codes; those marked * are among the few that fit best by definition."),
    )
    if any(one.reasons or one.nearest for _, one in rows):
        target.write_column(
            f"{field.shown_heading}: {heading('why')}",
            [(row, why_text(one, field)) for row, one in rows],
            width=96,
            is_folded=True,
            earlier=_earlier(field, "why"),
            note=_why_note(),
        )
    header = target.harvest.layout.header + 1
    places = (suggestion_at, confidence_at, others_at, route_at)
    return tuple(str(target.sheet.cell(header, column).value) for column in places)


def _confidence_note(*, is_learnt: bool) -> str:
    if is_learnt:
        return gettext(
            "How sure the model is of the (first) suggested code. Of suggestions at 80%, about four in five have been "
            "right."
        )
    return gettext(
        "How well the (first) suggested code fits by its definition. The model was trained on no coded outcome, so it "
        "is not known how often such suggestions are right."
    )


def _why_note() -> str:
    return gettext(
        "The sentences that count most for the suggested code, with their share of all that counts for it, and the "
        "share of each part of the story. Where a coded outcome reports the same change, its codes count too. Then the "
        "most similar coded outcomes, with their codes and similarity (1: the same)."
    )


def _route_note() -> str:
    return gettext(
        "{confirm}: one code fits, and such suggestions have been right often enough to meet the target (see the sheet "
        "About). {choose}: one to three codes fit. {afresh}: read the outcome without the suggestion.",
        confirm=route_name(Route.CONFIRM),
        choose=route_name(Route.CHOOSE),
        afresh=route_name(Route.CODE_AFRESH),
    )


def _written(suggestions: Suggestions, columns: Mapping[str, tuple[str, ...]]) -> Iterator[WrittenSuggestion]:
    """Yield a record of what was written, to distinguish it from what somebody types there."""
    manifest, fields = suggestions.model.manifest, {field.name: field for field in suggestions.fields}
    # As in the model folder's SHA256SUMS.
    sha256 = hashlib.sha256(f"{manifest.model_dump_json(indent=1)}\n".encode()).hexdigest()
    for outcome in suggestions.outcomes:
        for name, one in outcome.fields.items():
            yield WrittenSuggestion(
                fragment_id=outcome.fragment_id,
                field=name,
                columns=columns[name],
                suggested=one.suggested,
                confidence=one.confidence,
                others=others_text(one, fields[name]),
                prediction_set=one.prediction_set,
                route=route_name(one.route),
                model=shown_title(manifest.title),
                manifest_sha256=sha256,
            )
