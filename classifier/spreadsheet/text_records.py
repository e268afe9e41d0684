"""Records of text: `**Field**: value` lines, one record after another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from classifier.errors import FaultsError
from classifier.faults import at_line, file_error
from classifier.languages import lazy_gettext
from classifier.spreadsheet.sheet import Sheet

_RECORD_LINE = re.compile(r"\*\*(?P<name>.+?)(?:\*\*:|:\*\*)(?: (?P<value>.*)|(?P<bare>))$", re.DOTALL)
_RULE = re.compile(r"\s*(?:---+|\*\*\*+)?\s*")


def has_records(text: str) -> bool:
    """Whether a text has a line that starts with a field."""
    return any(map(_RECORD_LINE.match, text.splitlines()))


def read_records(path: Path, text: str) -> Sheet:
    """Read `**Field**: value` text: a record starts where a field comes that the last record already has."""
    records: list[tuple[int, dict[str, tuple[int, str]]]] = []
    name = None
    for number, line in enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), start=1):
        if found := _RECORD_LINE.match(line):
            name = found["name"]
            if not records or name in records[-1][1]:
                records.append((number, {}))
            records[-1][1][name] = (number, found["value"] or "")
        elif name is not None:
            start, value = records[-1][1][name]
            records[-1][1][name] = (start, f"{value}\n{line}")
        elif line.strip():
            remedy = lazy_gettext("start each field with **its name**: and a blank")
            raise FaultsError(
                {path: (file_error(at_line(number), lazy_gettext("text before the first field"), remedy),)}
            )
    cleaned = [
        (number, {key: (line, _without_trailing_rule(value)) for key, (line, value) in record.items()})
        for number, record in records
    ]
    return sheet_of_records(path, cleaned)


def _without_trailing_rule(value: str) -> str:
    # Blank lines, or a rule, between two records belong to neither.
    lines = value.split("\n")
    while len(lines) > 1 and _RULE.fullmatch(lines[-1]):
        lines.pop()
    return "\n".join(lines)


def sheet_of_records(path: Path, records: Sequence[tuple[int, dict[str, tuple[int, str]]]]) -> Sheet:
    """Lay out records as rows, a column for each key; they and their values come with the lines they start on."""
    columns = list(dict.fromkeys(key for _, record in records for key in record))
    first = records[0][0] if records else 1
    return Sheet(
        name=path.stem,
        rows=[
            columns,
            *([record.get(key, (number, ""))[1] for key in columns] for number, record in records),
        ],
        addressed=False,
        lines=[
            [first] * len(columns),
            *([record.get(key, (number, ""))[0] for key in columns] for number, record in records),
        ],
    )
