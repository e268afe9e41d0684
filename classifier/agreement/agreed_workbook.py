"""Agreed codes written into a copy of a coded workbook."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from classifier.agreement.filled_in import FilledIn
from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.tick_columns import is_ticked
from classifier.harvest.harvest_sheet import HarvestSheet
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.spelling import label_key
from classifier.spreadsheet.added_columns import WIDEST, WRAPPED, plain_cell, write_text
from classifier.spreadsheet.cells import write_grid
from classifier.spreadsheet.copying import free_title

_ADJUDICATED_SHEET = "Adjudicated"


def sheet_to_fill(workbook: Workbook, harvest: Harvest) -> HarvestSheet:
    """Find the sheet of a harvest in a copy of its workbook."""
    sheet = workbook[harvest.sheet.name]
    assert isinstance(sheet, Worksheet)  # no chart sheet has the columns of a harvest
    return HarvestSheet.of(sheet, harvest)


def add_outcomes(target: HarvestSheet, harvests: Sequence[Harvest], decisions: Iterable[FilledIn]) -> tuple[str, ...]:
    """Add the outcomes that only other coders have, under the columns of the first; return their IDs."""
    rows = {
        decision.fragment_id: decision.row for decision in decisions if decision.row >= len(target.harvest.sheet.rows)
    }
    missing = dict(rows)
    for harvest in harvests[1:]:
        for outcome in harvest.outcomes:
            # Of several coders that have it, the first is asked; the codes are written later, with all others.
            if (row := missing.pop(outcome.fragment_id, None)) is not None:
                _add_outcome(target, row, harvest, outcome)
    return tuple(rows)


def _add_outcome(target: HarvestSheet, row: int, harvest: Harvest, outcome: Outcome) -> None:
    columns = {label_key(name): column for column, name in reversed([*enumerate(harvest.header)])}
    columns[label_key(target.harvest.header[target.harvest.layout.id])] = harvest.layout.id
    for column, name in enumerate(target.harvest.header, start=1):
        text = harvest.cell(outcome, columns.get(label_key(name))) if name.strip() else ""
        if text:
            target.split_merged(row, column - 1)  # one that goes on below the last outcome
            cell = plain_cell(target.sheet, row + 1, column)
            write_text(cell, text)
            cell.alignment = WRAPPED


def write_field(target: HarvestSheet, field: CodeField, decisions: Sequence[FilledIn]) -> None:
    """Write the agreed codes of a field."""
    layout = target.harvest.layout
    column = layout.fields.get(field.name)
    # What nobody coded is left alone: a label there may be one that the codebook doesn't know.
    entered = [
        (decision.row, field.separator.join(decision.codes)) for decision in decisions if not decision.is_uncoded
    ]
    if column is not None:
        for row, text in entered:
            _enter(target, row, column, text)
    elif entered and layout.ticks.get(field.name, {}).keys() != set(field.code_names):
        width = min(max(map(len, field.code_names)) + 2.0, WIDEST)
        added = target.write_column(field.heading, entered, width=width, note="The codes that were agreed on.")
        target.for_codes.add(added)
    for decision in decisions:
        if not decision.is_uncoded:
            for code, at in layout.ticks.get(field.name, {}).items():
                _tick(target, decision.row, at, is_given=code in decision.codes, labels=field.names_of(code))
    if field.name in layout.options:
        for decision in decisions:
            _mend_option(target, decision, layout.options[field.name])


def _tick(target: HarvestSheet, row: int, column: int, *, is_given: bool, labels: Sequence[str]) -> None:
    """Tick a code or not as the other cells of its column do; a cell that says so already is left alone."""
    if is_ticked(_text(target, row, column), *labels) is is_given:
        return
    below = range(target.harvest.layout.header + 1, len(target.harvest.sheet.rows))
    filled = [text for other_row in below if (text := target.harvest.sheet.cell(other_row, column).strip())]
    fitting = [text for text in filled if is_ticked(text, *labels) is is_given]
    # A column that is blank where the code isn't given says no by saying nothing.
    usual = Counter(fitting).most_common(1)
    text = usual[0][0] if usual else "1" if is_given else ""
    _enter(target, row, column, text)
    if text.isdigit():
        plain_cell(target.sheet, row + 1, column + 1).value = int(text)  # or sums would leave it out


def _mend_option(target: HarvestSheet, decision: FilledIn, column: int) -> None:
    """Remove an option that belongs to another code; enter the one that belongs to the code, if there is just one.

    What all agreed on from the start keeps the option it had.
    """
    field, codes = decision.field, decision.codes
    option = _text(target, decision.row, column)
    if decision.is_open:
        _enter(target, decision.row, column, "")  # or the code would be read from it
    elif decision.adjudicated is not None and not _may_stay(option, decision):
        leading = [option for option in field.options if field.derive(option) in codes]
        _enter(target, decision.row, column, leading[0] if len(leading) == 1 else "")


def _may_stay(option: str, decision: FilledIn) -> bool:
    derived = decision.field.derive(option)
    if option and derived is None:  # not in the codebook, so it counts for the code beside it
        return set(decision.given[0]) == set(decision.codes)
    return derived in decision.codes


def _enter(target: HarvestSheet, row: int, column: int, text: str) -> None:
    """Write into a cell, which keeps its look; one that holds the text already is left alone.

    A merged cell shows one text for several outcomes; where one of them gets another, it is split.
    """
    if _text(target, row, column) != text:
        target.split_merged(row, column)
    cell = target.sheet.cell(row + 1, column + 1)
    if isinstance(cell, MergedCell):
        return
    # The value of a formula isn't copied, and would be missing until a spreadsheet program reckons it anew.
    if _text(target, row, column) != text or cell.data_type == "f":
        cell.value = None
        target.changed.add((target.sheet.title, row + 1, column + 1))
        if text:
            write_text(plain_cell(target.sheet, row + 1, column + 1), text)


def _text(target: HarvestSheet, row: int, column: int) -> str:
    """Return the text of a cell, also where it is a formula or was added by us."""
    sheet = target.harvest.sheet
    if row < len(sheet.rows):
        return sheet.cell(row, column).strip()
    return str(target.sheet.cell(row + 1, column + 1).value or "").strip()


def write_adjudicated(
    workbook: Workbook,
    decisions: Iterable[FilledIn],
    codebook: Codebook,
    *,
    coders: Sequence[str],
    coder: str,
    when: datetime.datetime,
) -> None:
    """Write the sheet of what was agreed on."""
    sheet = workbook.create_sheet(free_title(workbook, _ADJUDICATED_SHEET))
    date = when.isoformat(timespec="seconds")
    rows = [
        (
            decision.fragment_id,
            decision.field.heading,
            *(decision.field.separator.join(codes) for codes in decision.given),
            decision.field.separator.join(decision.codes),
            coder,
            date,
            decision.adjudicated.note,
        )
        for decision in decisions
        if decision.adjudicated is not None
    ]
    header = (codebook.columns.id[0].strip(), "Field", *coders, "Agreed code", "Adjudicated by", "When", "Note")
    widths = (16.0, 22.0, *(28.0 for _ in coders), 28.0, 18.0, 27.0, 40.0)
    write_grid(sheet, [header, *rows], widths=widths)
    sheet.auto_filter.ref = sheet.dimensions
