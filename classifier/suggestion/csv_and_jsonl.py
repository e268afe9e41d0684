"""Output formats of suggestions: workbook, CSV, JSON Lines and Label Studio; whether a file may be replaced."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import FaultsError, OutputError
from classifier.faults import Fault, FaultKind, Note, group_faults
from classifier.files import check_writable, write_whole
from classifier.harvest.new_workbook import sheet_written
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvest
from classifier.spreadsheet.formula_escape import escape_formula
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.streamed_parquet import parquet_columns
from classifier.suggestion.label_studio_tasks import are_our_tasks, check_configuration, configuration_of, write_tasks
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import FieldSuggestion, Flag, OutcomeSuggestions
from classifier.suggestion.workbook import is_suggestion_workbook, write_suggestion_workbook
from classifier.wording import counted

_CSV_HEADER = (
    "FragmentID", "field", "suggested", "confidence", "candidates", "prediction_set", "route", "flags", "model",
)  # fmt: skip
_JSON_KEYS = (
    "suggested", "confidence", "candidates", "prediction_set", "by_definition", "route", "repeats", "why", "nearest",
)  # fmt: skip
CSV_ENCODING = "utf-8-sig"
"""With the mark by which Excel knows UTF-8."""
NUMBERS = ("confidence",)
"""Columns that hold numbers."""
_SHEET = "sheet"  # added where several sheets were read
_DECIMALS = 4
_SUGGESTION = TypeAdapter(FieldSuggestion)


def default_output(harvest: Path) -> Path:
    """Return the default path of suggestions, beside the harvest."""
    return harvest.with_name(f"{harvest.stem}_suggestions.xlsx")


def holds_reasons(out: Path) -> bool:
    """Whether a file of suggestions holds their reasons, by its ending."""
    return out.suffix.lower() not in (".csv", ".json")


def is_for_label_studio(out: Path) -> bool:
    """Whether a file of suggestions holds tasks for Label Studio, by its ending."""
    return out.suffix.lower() == ".json"


def check_output(out: Path, harvest: Harvest, *, codebook: Codebook, overwrite: bool) -> None:
    """Refuse an output that is in somebody's way, before the work is done.

    The ending may be unknown, the output be the input or not writable, or (unless `overwrite`) be a file that we
    did not write or that a coder has entered codes into.
    """
    check_place(out, harvest.path, endings=_IS_OURS, overwrite=overwrite)
    if is_for_label_studio(out):
        check_configuration(out, overwrite=overwrite)
    if not out.exists() or overwrite:
        return
    entered, noted = _entered(out, harvest, codebook) if out.suffix.lower() == ".xlsx" else ([], [])
    if entered or noted:
        what = counted(len(entered), "code") if entered else counted(len(noted), "note")
        raise OutputError(
            f"{out}: a coder has entered {what} there, the first in {[*entered, *noted][0]}; choose another --out, or "
            "add --overwrite to lose them"
        )


def check_place(out: Path, harvest: Path, *, endings: Collection[str], overwrite: bool) -> None:
    """Refuse an output of another ending, or one that is the harvest, can't be written, or isn't ours to replace."""
    if out.suffix.lower() not in endings:
        raise OutputError(f"{out}: the ending decides the format; choose one of {', '.join(endings)}")
    if out.exists() and out.samefile(harvest):
        raise OutputError(f"{out}: is the harvest itself, which is never written over; choose another --out")
    check_writable(out)
    if out.exists() and not overwrite and not _IS_OURS_STREAMED[out.suffix.lower()](out):
        raise OutputError(
            f"{out}: exists and was not written by outcome-coder; choose another --out, or add --overwrite"
        )


def write_suggestions(suggestions: Suggestions, out: Path) -> tuple[Note, ...]:
    """Write suggestions in the format that the ending of `out` asks for; return notes on the file.

    See `check_output`.
    """
    with write_whole(out) as temporary:
        if is_for_label_studio(out):
            write_tasks(suggestions, temporary, configuration_of(out))
            return ()
        return group_faults(_WRITERS[out.suffix.lower()](suggestions, temporary), file=out.name)


def _entered(out: Path, harvest: Harvest, codebook: Codebook) -> tuple[list[str], list[str]]:
    """Name the cells of an earlier output with a code, or a note, that the harvest does not have."""
    title = _sheet_written(out, harvest)
    try:
        earlier = read_harvest(out, codebook=codebook, options=_options(harvest, title))
    except FaultsError as error:
        if title is not None and any(
            fault.is_error and fault.kind is FaultKind.ID for faults in error.faults.values() for fault in faults
        ):
            # IDs that are formulas have no value in a copy that no spreadsheet program has opened yet.
            return [*_entered_by_row(out, harvest, title)], []
        raise OutputError(
            f"{out}: exists and can't be read, so codes may have been entered there; choose another "
            "--out, or add --overwrite"
        ) from error
    return [*_entered_codes(earlier, harvest)], [*_entered_notes(earlier, harvest)]


def _entered_codes(earlier: Harvest, harvest: Harvest) -> Iterator[str]:
    before = {outcome.fragment_id: outcome for outcome in harvest.outcomes}
    for outcome in earlier.outcomes:
        given = before.get(outcome.fragment_id)
        for ours, theirs in _columns(earlier, harvest):
            entered = earlier.cell(outcome, ours).strip()
            if entered and (given is None or harvest.cell(given, theirs).strip() != entered):
                yield earlier.sheet.place(outcome.row, ours)
        for name, reviewed in outcome.reviewed.items():
            if reviewed.codes not in ((), reviewed.own, () if given is None else given.codes.get(name, ())):
                yield reviewed.where


def _entered_notes(earlier: Harvest, harvest: Harvest) -> Iterator[str]:
    before = {
        (outcome.fragment_id, name, reviewed.note)
        for outcome in harvest.outcomes
        for name, reviewed in outcome.reviewed.items()
    }
    for outcome in earlier.outcomes:
        for name, reviewed in outcome.reviewed.items():
            if reviewed.note and (outcome.fragment_id, name, reviewed.note) not in before:
                yield reviewed.note_where


def _entered_by_row(out: Path, harvest: Harvest, title: str) -> Iterator[str]:
    """Compare by row, which our copy of a harvest keeps; see `_entered`."""
    (sheet,) = read_sheets(out, named=title)
    columns = harvest.layout.codes
    for outcome in harvest.outcomes:
        for column in columns if outcome.row < len(sheet.rows) else ():
            entered = sheet.cell(outcome.row, column).strip()
            if entered and entered != harvest.cell(outcome, column).strip():
                yield sheet.place(outcome.row, column)


def _sheet_written(out: Path, harvest: Harvest) -> str | None:
    """Name the sheet of an earlier output that our suggestions are in; None where it is from another harvest."""
    title = sheet_written(harvest)
    return title if title in {sheet.name for sheet in read_sheets(out)} else None


def _options(harvest: Harvest, title: str | None) -> ReadingOptions:
    """Return the options to read an earlier output with: those of the harvest, for the sheet of its name."""
    return replace(harvest.options, sheets=() if title is None else (title,), encoding=None)


def _columns(earlier: Harvest, harvest: Harvest) -> Iterator[tuple[int, int | None]]:
    for name, column in earlier.layout.fields.items():
        yield column, harvest.layout.fields.get(name)
    for name, column in earlier.layout.options.items():
        yield column, harvest.layout.options.get(name)
    for name, ticks in earlier.layout.ticks.items():
        for code, column in ticks.items():
            yield column, harvest.layout.ticks.get(name, {}).get(code)


def _write_csv(suggestions: Suggestions, path: Path) -> tuple[Fault, ...]:
    sheets = suggestions.by_sheet()
    with path.open("w", encoding=CSV_ENCODING, newline="") as file:
        write_csv_header(file, *([_SHEET] if len(sheets) > 1 else []))
        for sheet in sheets:
            more = [sheet.harvest.sheet.name] if len(sheets) > 1 else []
            write_csv_rows(file, sheet.outcomes, suggestions.fields, suggestions.model.manifest.title, *more)
    return ()


def write_csv_header(file: IO[str], *more: str) -> None:
    """Write the header of suggestions as CSV."""
    csv.writer(file).writerow((*_CSV_HEADER, *more))


def write_csv_rows(
    file: IO[str],
    outcomes: Iterable[OutcomeSuggestions],
    fields: Sequence[CodeField],
    model: str,
    *more: str,
    is_plain: bool = False,
) -> None:
    """Write suggestions as CSV, a row for each outcome and field; `model` is the title of the model.

    Unless `is_plain`, cells that a spreadsheet program would take for formulas are escaped.
    """
    writer = csv.writer(file)
    for one in outcomes:
        for field in fields:
            cells = (*_csv_cells(one, field.name, field.separator), model, *more)
            writer.writerow(cells if is_plain else map(escape_formula, cells))


def _csv_cells(one: OutcomeSuggestions, field: str, separator: str) -> tuple[str, ...]:
    suggestion = one.fields[field]
    # The flag is about the outcome, a line about the field: it is given where this field was coded.
    flags = [flag for flag in one.flags if flag != Flag.ALREADY_CODED or one.outcome.codes.get(field)]
    return (
        one.fragment_id,
        field,
        separator.join(suggestion.suggested),
        "" if suggestion.confidence is None else f"{suggestion.confidence:.4f}",
        "; ".join(f"{candidate.code}={candidate.confidence:.4f}" for candidate in suggestion.candidates),
        "; ".join(suggestion.prediction_set),
        str(suggestion.route),
        "; ".join(flags),
    )


def _write_json_lines(suggestions: Suggestions, path: Path) -> tuple[Fault, ...]:
    sheets = suggestions.by_sheet()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sheet in sheets:
            more = {} if len(sheets) == 1 else {_SHEET: sheet.harvest.sheet.name}
            write_json_lines(file, sheet.outcomes, suggestions.model.manifest.title, **more)
    return ()


def write_json_lines(file: IO[str], outcomes: Iterable[OutcomeSuggestions], model: str, **more: str) -> None:
    """Write suggestions as JSON, a line for each outcome; `model` is the title of the model."""
    for one in outcomes:
        file.write(json.dumps(json_line(one, model=model) | more, ensure_ascii=False) + "\n")


def json_line(outcome: OutcomeSuggestions, *, model: str) -> dict[str, Any]:
    """Return the suggestions of an outcome as a line of a .jsonl has them, with the title of the model."""
    return {
        "fragment_id": outcome.fragment_id,
        "fields": {name: _as_dict(suggestion) for name, suggestion in outcome.fields.items()},
        "flags": list(outcome.flags),
        "model": model,
    }


def _as_dict(suggestion: FieldSuggestion) -> dict[str, Any]:
    values = _SUGGESTION.dump_python(suggestion, mode="json", by_alias=True)
    more = {"why": _rounded(values["reasons"]), "nearest": _rounded(values["nearest"])}
    values |= {"confidence": suggestion.confidence, **more}
    return {key: values[key] for key in _JSON_KEYS}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON may hold
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, _DECIMALS) if isinstance(value, float) else value


def _is_our_csv(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            return tuple(next(csv.reader(file), ()))[: len(_CSV_HEADER)] == _CSV_HEADER
        except csv.Error:
            return False


def _is_our_parquet(path: Path) -> bool:
    return parquet_columns(path)[: len(_CSV_HEADER)] == _CSV_HEADER


def _are_our_json_lines(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    try:
        line = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(line, dict) and {"fragment_id", "fields", "flags", "model"} <= line.keys()


_WRITERS = {".xlsx": write_suggestion_workbook, ".csv": _write_csv, ".jsonl": _write_json_lines}
_IS_OURS = {".xlsx": is_suggestion_workbook, ".csv": _is_our_csv, ".jsonl": _are_our_json_lines, ".json": are_our_tasks}
_IS_OURS_STREAMED = _IS_OURS | {".parquet": _is_our_parquet}
