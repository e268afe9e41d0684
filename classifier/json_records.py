"""Records in JSON: one object per line."""

from __future__ import annotations

import json
from pathlib import Path

from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind
from classifier.sheet import Sheet
from classifier.text_records import sheet_of_records
from classifier.workbook_reader import cell_text

__all__ = ["read_json_lines"]


def read_json_lines(path: Path, text: str) -> Sheet:
    """Read records, one per line.

    Raises
    ------
    FaultsError
        If a line is no JSON, or no object.
    """
    records: list[tuple[int, dict[str, object]]] = []
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append((number, f"not JSON: {error.msg} at character {error.pos + 1}"))
            continue
        if isinstance(record, dict):
            records.append((number, record))
        else:
            faults.append((number, "not an object in braces"))
    if faults:
        raise FaultsError(
            {
                path: tuple(
                    Fault(
                        kind=FaultKind.FILE,
                        where=f"line {number}",
                        what=what,
                        remedy="write one object per line",
                        is_error=True,
                    )
                    for number, what in faults
                )
            }
        )
    return sheet_of_records(
        path,
        [(number, {key: (number, _json_text(value)) for key, value in record.items()}) for number, record in records],
    )


def _json_text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            # Half of a pair that JSON wrote in two is no letter, and no file can be written with it.
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return "\n".join(_json_text(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return cell_text(value)
