"""The pictures of the documents: a workbook with suggestions, the review page, a report, and a learning curve."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from PIL import Image, ImageChops
from playwright.sync_api import Page

from classifier import sample_files
from classifier.files import write_whole
from classifier.project.add_harvest import add_harvest
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, Shares, new_project
from classifier.project.refresh_suggestions import refresh_suggestions
from classifier.suggestion.workflow import suggest_file
from docs.sources import ROOT
from tests.support.browsing import chromium, come_in, laid_open, served, window

__all__ = [
    "picture_of_curve",
    "picture_of_progress",
    "picture_of_report",
    "picture_of_review",
    "picture_of_workbook",
    "pictures_of_start",
]

_DOCS = ROOT / "docs"
_HARVEST = ROOT / "training_data" / "harvest_3_new.xlsx"
_CODER = "Ana Moss"
_SHOWN = "SCC-DDE/021"
_N_DECIDED = 4
_N_ROWS = 12
_COLUMNS = {
    "ID": 13, "Field": 23, "Story": 62, "Suggestion": 27, "Confidence": 12, "Route": 11, "Code": 18,
    "Other candidates": 34, "Why": 70,
}  # fmt: skip
"""The columns that are shown, with their widths in letters."""
_HEIGHT, _HEADER_HEIGHT = 80, 28  # points of a row
_LINE = Side(style="thin", color="C8C8C8")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_PIXELS_PER_INCH = 140
_MARGIN = 8  # pixels around what is cut out


def picture_of_workbook() -> None:
    """Show the first rows of the sheet Review of a workbook with suggestions, as LibreOffice draws it."""
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as name:
        folder = Path(name)
        suggest_file(_HARVEST, out=folder / "suggestions.xlsx")
        _keep_what_is_shown(folder / "suggestions.xlsx")
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf",
             "--outdir", str(folder), str(folder / "suggestions.xlsx")],
            check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            ["pdftoppm", "-png", "-singlefile", "-r", str(_PIXELS_PER_INCH), str(folder / "suggestions.pdf"),
             str(folder / "page")],
            check=True,
        )  # fmt: skip
        _cut_out(folder / "page.png", _DOCS / "workbook.png")


def picture_of_review() -> None:
    """Show an outcome of the sample on the review page, its first field chosen."""
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as name:
        project = _project_with_decisions(Path(name) / "harvest_2026")
        with served() as house, laid_open(project, house), chromium() as browser, window(browser, height=860) as page:
            come_in(page, house, coder=_CODER)
            page.goto(f"{house.origin}/outcome?id={_SHOWN}")
            page.keyboard.press("c")
            _shoot(page, _DOCS / "review.png")


def pictures_of_start() -> None:
    """Show the start screen, and the check of a workbook before a project begins."""
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as name:
        home = Path(name) / "projects"
        with served(home=home) as house, chromium() as browser, window(browser, height=860) as page:
            come_in(page, house)
            # Where projects lie is told as it is by default, not as it is here.
            page.evaluate(
                "([here, there]) => { for (const p of document.querySelectorAll('p.aside'))"
                " p.innerHTML = p.innerHTML.replace(here, there); }",
                [str(home), "/home/ana/outcome-coder"],
            )
            _shoot(page, _DOCS / "start.png")
            page.get_by_label("Your name (saved").fill(_CODER)
            page.get_by_label("Workbook with").set_input_files(str(_HARVEST))
            with page.expect_navigation():
                page.get_by_role("button", name="Check the workbook").click()
            _shoot(page, _DOCS / "check.png")


def picture_of_progress() -> None:
    """Show the page Progress of a project of the sample."""
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as name:
        project = _project_with_decisions(Path(name) / "harvest_2026")
        with served() as house, laid_open(project, house), chromium() as browser, window(browser, height=860) as page:
            come_in(page, house, coder=_CODER)
            page.goto(f"{house.origin}/progress")
            _shoot(page, _DOCS / "progress.png")


def picture_of_report(folder: Path) -> None:
    """Show the first page of a report that lies in a folder."""
    with chromium() as browser, window(browser, width=1100, height=1430) as page:
        page.goto((folder / "report.html").as_uri())
        _shoot(page, _DOCS / "report.png")


def picture_of_curve() -> None:
    """Draw what coded outcomes of the sample are worth; this takes minutes."""
    data = ROOT / "training_data"
    coded = [str(data / "harvest_1.xlsx"), str(data / "harvest_2.xlsx")]
    asked = ["--codebook", str(data / "codebook.yaml"), "--out", str(_DOCS / "learning_curve.png"), "--overwrite"]
    subprocess.run([sys.executable, "-m", "classifier", "curve", *coded, *asked, "--quiet"], cwd=ROOT, check=True)


def _keep_what_is_shown(path: Path) -> None:
    workbook = load_workbook(path)
    sheet = workbook["Review"]
    for other in workbook.sheetnames:
        if other != sheet.title:
            del workbook[other]
    sheet.freeze_panes, sheet.print_options.gridLines = None, False
    for column, (name,) in enumerate(sheet.iter_cols(max_row=1, values_only=True), start=1):
        width = _COLUMNS.get(str(name).strip())
        shape = sheet.column_dimensions[get_column_letter(column)]
        shape.hidden, shape.width = width is None, width or 1
    for row in sheet.iter_rows(max_row=1 + _N_ROWS):
        sheet.row_dimensions[row[0].row or 1].height = _HEADER_HEIGHT if row[0].row == 1 else _HEIGHT
        for cell in row:
            cell.border = _BORDER
            across = cell.alignment.horizontal
            cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal=across, readingOrder=0)
            if cell.row == 1:
                cell.font = Font(name=cell.font.name or "Calibri", size=cell.font.size, bold=True)
    sheet.print_area = f"A1:{get_column_letter(sheet.max_column)}{1 + _N_ROWS}"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1
    workbook.save(path)


def _project_with_decisions(folder: Path) -> Project:
    """Begin a project of the sample with suggestions, in which a few outcomes are decided as suggested."""
    begun = new_project(folder, codebook=sample_files.codebook_path(), model="sample", shares=Shares(blind=0.0))
    project = add_harvest(begun, _HARVEST).project
    suggested = refresh_suggestions(project).outcomes
    decided = [name for name in project.outcomes if name != _SHOWN][:_N_DECIDED]
    project.journal.record(
        [
            Decision(
                coder=_CODER,
                fragment_id=name,
                field=field.name,
                codes=(suggested[name].fields[field.name].candidates[0].code,),
                method=DecisionMethod.WORKBOOK,
                codebook=project.codebook.sha256,
            )
            for name in decided
            for field in project.codebook.fields
        ]
    )
    return project


def _shoot(page: Page, path: Path) -> None:
    with write_whole(path) as temporary:
        temporary.write_bytes(page.screenshot())


def _cut_out(path: Path, to: Path) -> None:
    """Cut the white around a picture off."""
    picture = Image.open(path).convert("RGB")
    box = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    assert box is not None  # something was drawn
    left, top, right, bottom = box
    cut = picture.crop(
        (
            max(left - _MARGIN, 0),
            max(top - _MARGIN, 0),
            min(right + _MARGIN, picture.width),
            min(bottom + _MARGIN, picture.height),
        )
    )
    with write_whole(to) as temporary:
        cut.quantize(256).save(temporary, format="png", optimize=True)
