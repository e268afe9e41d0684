"""Sorts workbooks in LibreOffice; run by the Python that LibreOffice brings, since no other has its `uno`.

Reads jobs from a file of JSON, each with the workbook to sort, where it is saved, the sheet, the range ("filter",
"table" or an address), the column within it counted from 0, whether it is ascending, and a text by which that column
is filtered afterwards, if any. Prints the ranges sorted.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_N_TRIES = 120
_PAUSE_S = 0.5


def main() -> None:
    """Start LibreOffice, do all jobs in it, and end it."""
    program, jobs = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"sorting{Path(profile).name}"
        office = subprocess.Popen(
            [
                program,
                f"-env:UserInstallation={Path(profile).as_uri()}",
                "--headless",
                "--norestore",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            desktop = _desktop(pipe)
            for job in jobs:
                sys.stdout.write(f"{_sort(desktop, job)}\n")
            desktop.terminate()
            office.wait(timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):  # what it started with it
                os.killpg(office.pid, signal.SIGKILL)


def _desktop(pipe: str) -> Any:  # noqa: ANN401  # what comes over the bridge has no type here
    uno = importlib.import_module("uno")
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(_N_TRIES):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # it is not there yet
            time.sleep(_PAUSE_S)
        else:
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    raise SystemExit("LibreOffice did not start")


def _sort(desktop: Any, job: dict[str, Any]) -> str:  # noqa: ANN401
    uno = importlib.import_module("uno")
    document = desktop.loadComponentFromURL(Path(job["path"]).as_uri(), "_blank", 0, (_value("Hidden", True),))
    try:
        sheet = document.Sheets.getByName(job["sheet"])
        area = _area(document, sheet, job["range"])
        column = uno.createUnoStruct("com.sun.star.table.TableSortField")
        column.Field, column.IsAscending = job["column"], job["ascending"]
        fields = uno.Any("[]com.sun.star.table.TableSortField", (column,))
        options = (_value("ContainsHeader", True), _value("IsSortColumns", False), _value("SortFields", fields))
        uno.invoke(area, "sort", (uno.Any("[]com.sun.star.beans.PropertyValue", options),))
        if job.get("filtered_by"):
            _filter(area, job["column"], job["filtered_by"])
        document.storeToURL(Path(job["out"]).as_uri(), (_value("FilterName", "Calc MS Excel 2007 XML"),))
        name: str = area.AbsoluteName
        return name
    finally:
        document.close(True)


def _filter(area: Any, column: int, text: str) -> None:  # noqa: ANN401
    uno = importlib.import_module("uno")
    field = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
    field.Field, field.IsNumeric, field.StringValue = column, False, text
    field.Operator = uno.Enum("com.sun.star.sheet.FilterOperator", "EQUAL")
    descriptor = area.createFilterDescriptor(True)
    descriptor.ContainsHeader = True
    descriptor.setFilterFields((field,))
    area.filter(descriptor)


def _area(document: Any, sheet: Any, wanted: str) -> Any:  # noqa: ANN401
    """Find the range that a program sorts by the buttons of the sheet's filter, or of its table."""
    if wanted not in ("filter", "table"):
        return sheet.getCellRangeByName(wanted)
    if wanted == "table":
        place = document.DatabaseRanges.getByIndex(0).DataArea
    else:
        ranges = document.getPropertyValue("UnnamedDatabaseRanges")
        place = ranges.getByTable(sheet.RangeAddress.Sheet).DataArea
    return sheet.getCellRangeByPosition(place.StartColumn, place.StartRow, place.EndColumn, place.EndRow)


def _value(name: str, value: object) -> Any:  # noqa: ANN401
    uno = importlib.import_module("uno")
    one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    one.Name, one.Value = name, value
    return one


if __name__ == "__main__":
    main()
