"""Drop-downs of codes: what they accept, and how several codes are written in a cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from openpyxl.worksheet.datavalidation import DataValidation

from classifier.codebook.cell_splitting import describe_separator
from classifier.codebook.code_keys import other_names, short_forms
from classifier.codebook.schema import CodeField
from classifier.faults import shown
from classifier.languages import gettext

_LONGEST_PROMPT = 255  # letters; Excel takes a workbook with a longer one for damaged


def drop_down(field: CodeField, cells: str, *, explained_in: str) -> DataValidation:
    """Return the drop-down of a field's codes, which are in some cells; other entries that can be read are allowed."""
    if field.is_multiple:
        separator = describe_separator(field.separator)
        allowed = gettext("Several codes with {separator} between them", separator=separator)
    elif others := other_names(field):
        own = [name for name in others if name in field.code_names]
        allowed = gettext("Other names of codes, such as {code},", code=shown(min(own or others, key=len)))
    elif short := short_forms(field):
        allowed = gettext("Short forms of codes, such as {code},", code=shown(min(short, key=len)))
    else:
        return strict_drop_down(cells, explained_in=explained_in)
    validation = lenient_drop_down(cells, allowed=allowed)
    if field.is_multiple:
        _prompt(validation, several_in_a_cell(field))
    return validation


def drop_down_of_fields(fields: Sequence[CodeField], cells: str, *, explained_in: str) -> DataValidation:
    """Return the drop-down for cells of several fields, which looks up the codes of each."""
    if not any(field.is_multiple or short_forms(field) or other_names(field) for field in fields):
        return strict_drop_down(cells, explained_in=explained_in)
    allowed = gettext("Several codes, in a field that takes several, and other names and short forms of codes")
    validation = lenient_drop_down(cells, allowed=allowed)
    if lines := [*how_several_are_written(fields)]:
        separators = " / ".join(
            dict.fromkeys(describe_separator(field.separator) for field in fields if field.is_multiple)
        )
        in_short = gettext(
            "Where a field takes several codes, write the main one first, with {separator} between them.",
            separator=separators,
        )
        in_full = " ".join(lines)
        _prompt(validation, in_full if len(in_full) <= _LONGEST_PROMPT else in_short)
    return validation


def strict_drop_down(cells: str, *, explained_in: str) -> DataValidation:
    """Return a drop-down that refuses what is not in some cells; `explained_in` is the title of the sheet of codes."""
    error = gettext("Choose an answer of the list; the sheet {sheet!r} says what each one means.", sheet=explained_in)
    return _drop_down(cells, style="stop", title=gettext("Not in the codebook"), error=error)


def lenient_drop_down(cells: str, *, allowed: str) -> DataValidation:
    """Return a drop-down that asks before it keeps what is not in some cells; `allowed` says what that may be."""
    error = gettext("{allowed} are fine: answer Yes to keep what you entered.", allowed=allowed)
    return _drop_down(cells, style="warning", title=gettext("Not one code of the list"), error=error)


def several_in_a_cell(field: CodeField) -> str:
    """Say how several codes of a field are written in a cell."""
    separator = describe_separator(field.separator)
    return gettext("Of several, the main one first, with {separator} between them.", separator=separator)


def how_several_are_written(fields: Sequence[CodeField]) -> Iterator[str]:
    """Say how several codes are written in a cell of the fields that take several, by their separators."""
    several = [field for field in fields if field.is_multiple]
    for separator in dict.fromkeys(describe_separator(field.separator) for field in several):
        alike = [field.shown_heading for field in several if describe_separator(field.separator) == separator]
        yield gettext(
            "{fields}: if several codes fit, write the main one first, with {separator} between them.",
            fields=gettext(", ").join(alike),
            separator=separator,
        )


def _prompt(validation: DataValidation, text: str) -> None:
    """Show a text when a cell of a drop-down is chosen."""
    validation.showInputMessage = True
    validation.promptTitle, validation.prompt = gettext("One or more codes"), text


def _drop_down(cells: str, *, style: Literal["stop", "warning"], title: str, error: str) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=cells,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle=style,
        errorTitle=title,
        error=error,
    )
