"""Adjudication workbook: the differences between coders, to be filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from classifier.agreement.adjudication import AGREED, DIFFERENCES_SHEET, FIELD, NOTE, STORY, Difference
from classifier.agreement.difference_keys import DifferenceKey
from classifier.codebook.cell_splitting import describe_separator
from classifier.codebook.code import Code
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import ComparisonError, OutputError
from classifier.files import write_whole
from classifier.harvest.row_keys import KEY_COLUMN
from classifier.spelling import normalise
from classifier.spreadsheet.added_columns import LINE_HEIGHT
from classifier.spreadsheet.cells import Value, write_grid
from classifier.spreadsheet.dependent_list import dependent_list

_CODES_SHEET = "Codes"
_ABOUT_SHEET = "About"
_CODES_HEADER = ("Field", "Code", "Definition", "Include", "Exclude")
_KIND, _MARGIN = "Possible cause", "Confidence"
_LONGEST_PROMPT = 255  # letters; Excel takes a workbook with a longer one for damaged
_LINES_TO_WRITE_ON = 2
_TO_FILL = PatternFill("solid", fgColor="FFF9E5")


def write_adjudication(
    path: Path, differences: Sequence[Difference], *, codebook: Codebook, texts: Mapping[str, str] | None = None
) -> None:
    """Write a workbook in which each difference waits for its agreed code, with the stories in `texts` by ID.

    Examples
    --------
    >>> from classifier.agreement.adjudication import read_adjudication
    >>> codebook = getfixture("codebook")
    >>> path = getfixture("tmp_path") / "differences.xlsx"
    >>> scales = Difference(fragment_id="SCC-LPC/035", field="scale", codes={"Awa": ("Local",), "Ben": ("National",)})
    >>> write_adjudication(path, [scales], codebook=codebook)
    >>> read_adjudication(path, codebook=codebook)  # nothing is adjudicated yet
    ()
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path}: differences are adjudicated in a workbook; choose a name that ends in .xlsx")
    if not differences:
        raise ComparisonError(f"there are no differences to adjudicate; {path.name} was not written")
    asked = {codebook.field(difference.field).name for difference in differences}
    fields = [field for field in codebook.fields if field.name in asked]
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    sheet, codes, about = map(workbook.create_sheet, (DIFFERENCES_SHEET, _CODES_SHEET, _ABOUT_SHEET))
    columns = list(_columns(differences, codebook, texts))
    _write_differences(sheet, columns)
    code_rows = [(field.heading, *_code_row(code)) for field in fields for code in field.codes]
    write_grid(codes, [_CODES_HEADER, *code_rows], widths=(26, 42, 60, 40, 40))
    _offer_codes(sheet, columns, fields, codes=codes)
    write_grid(about, _about(path, columns, fields), widths=(28, 110))
    with write_whole(path) as temporary:
        workbook.save(temporary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of the sheet of differences."""

    name: str
    width: float
    cells: Sequence[Value]


def _columns(
    differences: Sequence[Difference], codebook: Codebook, texts: Mapping[str, str] | None
) -> Iterator[_Column]:
    fields = [codebook.field(difference.field) for difference in differences]
    reserved = {normalise(name) for name in (*codebook.columns.id, FIELD, AGREED, NOTE)}
    nothing = [None] * len(differences)
    yield _Column(
        name=codebook.columns.id[0].strip(), width=16, cells=[difference.fragment_id for difference in differences]
    )
    if texts is not None:
        yield _Column(name=STORY, width=80, cells=[texts.get(difference.fragment_id, "") for difference in differences])
    yield _Column(name=FIELD, width=20, cells=[field.heading for field in fields])
    for coder in dict.fromkeys(coder for difference in differences for coder in difference.codes):
        name = f"{coder} (coder)" if normalise(coder) in reserved else coder
        given = [
            of.separator.join(difference.codes.get(coder, ()))
            for difference, of in zip(differences, fields, strict=True)
        ]
        yield _Column(name=name, width=24, cells=given)
    # Between coders there is neither; empty columns would ask to be filled, and take room in print.
    if any(difference.kind for difference in differences):
        yield _Column(name=_KIND, width=16, cells=[difference.kind for difference in differences])
    if any(difference.margin is not None for difference in differences):
        yield _Column(name=_MARGIN, width=9, cells=[difference.margin for difference in differences])
    yield _Column(name=AGREED, width=26, cells=nothing)
    # Between two columns in sight, so that who selects those to sort them has it among them.
    stories = texts or {}
    keys = [
        str(DifferenceKey.of(difference.fragment_id, difference.field, stories.get(difference.fragment_id, "")))
        for difference in differences
    ]
    yield _Column(name=KEY_COLUMN, width=30, cells=keys)
    yield _Column(name=NOTE, width=28, cells=nothing)


def _write_differences(sheet: Worksheet, columns: Sequence[_Column]) -> None:
    rows = zip(*(column.cells for column in columns), strict=True)
    write_grid(sheet, [[column.name for column in columns], *rows], widths=[column.width for column in columns])
    names = [column.name for column in columns]
    sheet.column_dimensions[get_column_letter(names.index(KEY_COLUMN) + 1)].hidden = True
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    for row in range(2, sheet.max_row + 1):
        sheet.row_dimensions[row].height = max(
            sheet.row_dimensions[row].height or 0.0, LINE_HEIGHT * _LINES_TO_WRITE_ON
        )
        for column in (names.index(AGREED) + 1, names.index(NOTE) + 1):
            sheet.cell(row, column).fill = _TO_FILL


def _code_row(code: Code) -> tuple[str, str, str, str]:
    return code.code, code.definition, code.include, code.exclude


def _offer_codes(
    sheet: Worksheet, columns: Sequence[_Column], fields: Sequence[CodeField], *, codes: Worksheet
) -> None:
    """Add a drop-down to the agreed codes, with the codes of the row's field.

    The field is looked up, since a row that is sorted elsewhere leaves its drop-down behind.
    """
    names = [column.name for column in columns]
    asked = f"${get_column_letter(names.index(FIELD) + 1)}2"
    agreed = get_column_letter(names.index(AGREED) + 1)
    several = [field for field in fields if field.is_multiple]
    is_lenient = bool(several) or any(len(code.names) > 1 for field in fields for code in field.codes)
    validation = DataValidation(
        type="list",
        formula1=dependent_list(codes, asked=asked),
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning" if is_lenient else "stop",
        errorTitle="Not one code of the list",
        error="Several codes are fine in a field that takes several: answer Yes to keep what you entered."
        if several
        else "Other names of codes are fine: answer Yes to keep what you entered."
        if is_lenient
        else f"Choose a code from the list; the sheet {_CODES_SHEET!r} says what each one means.",
        showInputMessage=True,
        promptTitle=AGREED,
        prompt=_prompt(several),
        sqref=f"{agreed}2:{agreed}{sheet.max_row}",
    )
    sheet.add_data_validation(validation)


def _prompt(several: Sequence[CodeField]) -> str:
    choose = "Choose a code from the list. Leave it empty until you agree."
    if not several:
        return choose
    separators = " or ".join(dict.fromkeys(describe_separator(field.separator) for field in several))
    which = ", ".join(field.heading for field in several)
    message = f"{choose} Several codes may be typed with {separators} between them, the main one first, under: {which}"
    if len(message) <= _LONGEST_PROMPT:
        return message
    return (
        f"{choose} Where a field takes several, they may be typed with {separators} between them, the main one first."
    )


def _about(path: Path, columns: Sequence[_Column], fields: Sequence[CodeField]) -> list[tuple[str, str]]:
    several = [
        f"{field.heading} takes several codes: write them with {describe_separator(field.separator)} between them, "
        "the main one first."
        for field in fields
        if field.is_multiple
    ]
    hints = {
        _KIND: "What may have caused the difference: an estimate, not a finding.",
        _MARGIN: "By how much the confidence in the suggested code exceeds that in the coders' code, from 0% to 100%.",
    }
    names = [column.name for column in columns]
    return [
        ("Item", "Explanation"),
        (
            "This workbook",
            "Made by outcome-coder for coders to adjudicate their differences: each row is an outcome and a field in "
            "which not all gave the same codes. Nothing is chosen for you.",
        ),
        (
            "How to fill it in",
            f"Read the outcome, talk it over, and choose what you agree on under {AGREED!r}; the sheet "
            f"{_CODES_SHEET!r} has the definitions. Leave it empty while you don't agree. Rows may be sorted and "
            "filtered; keep the columns.",
        ),
        *((AGREED, text) for text in several),
        *((name, text) for name, text in hints.items() if name in names),
        (NOTE, "Anything to keep with the decision, such as the reason."),
        (
            "Hidden column",
            "Which outcome and field each row belongs to, to detect columns that were sorted without the others.",
        ),
        (
            "How it is read back",
            f"outcome-coder agreement CODER_A.xlsx CODER_B.xlsx --settle {path.name} --coder NAME --out agreed.xlsx "
            "(with the coders' own files; they are not changed)",
        ),
    ]
