"""Report folder: page, figures for programs, tables and plots; written whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

from classifier.access_rights import allow_readers
from classifier.agreement.adjudication import has_entries
from classifier.errors import OutputError
from classifier.files import flush
from classifier.folders import check_parent, new_folder
from classifier.report.document import Report
from classifier.report.render import to_html
from classifier.spreadsheet.formula_escape import escape_formula

PAGE, FIGURES, ADJUDICATION = "report.html", "report.json", "adjudication.xlsx"
_NAMES = (PAGE, FIGURES, ADJUDICATION, "figures", "tables")


def check_folder(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse a folder that holds anything but an earlier report, before the work is done.

    With `overwrite`, files that people put into an earlier report, and codes they agreed on there, may be deleted.
    """
    folder = folder.resolve()
    check_parent(folder)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not _is_report(folder):
        raise OutputError(f"{folder}: exists and is not a report of outcome-coder; choose another --out")
    if overwrite:
        return
    other_files = sorted(path.name for path in folder.iterdir() if path.name not in _NAMES)
    if other_files:
        raise OutputError(
            f"{folder}: holds {other_files[0]!r} beside the report, which would be lost; move it, choose "
            "another --out, or add --overwrite"
        )
    if has_entries(folder / ADJUDICATION):
        raise OutputError(
            f"{folder / ADJUDICATION}: holds codes that were agreed on, which would be lost; move it, choose "
            "another --out, or add --overwrite"
        )


def save_report(
    report: Report,
    folder: Path,
    *,
    workbooks: dict[str, Callable[[Path], None]] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a report and further workbooks to a folder, whole or not at all; an earlier report there is replaced."""
    check_folder(folder, overwrite=overwrite)
    folder = folder.resolve()
    with new_folder(folder) as fresh:
        _fill(report, fresh)
        for name, write in (workbooks or {}).items():
            write(fresh / name)
        for path in fresh.rglob("*"):
            if path.is_file():
                flush(path)
        allow_readers(fresh)


def _fill(report: Report, folder: Path) -> None:
    (folder / PAGE).write_text(to_html(report), encoding="utf-8", newline="\n")
    figures = json.dumps(report.figures, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / FIGURES).write_text(figures + "\n", encoding="utf-8", newline="\n")
    (folder / "figures").mkdir()
    for picture in report.pictures:
        (folder / "figures" / f"{picture.name}.svg").write_bytes(picture.svg)
        (folder / "figures" / f"{picture.name}.png").write_bytes(picture.png)
    (folder / "tables").mkdir()
    for table in report.tables:
        with (folder / "tables" / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(map(escape_formula, table.header))
            writer.writerows(map(escape_formula, row) for row in table.rows)


def _is_report(folder: Path) -> bool:
    try:
        figures = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(figures, dict) and str(figures.get("made_by", "")).startswith("outcome-coder")
