"""What a project keeps of how its harvests are read."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.harvest.options import ReadingOptions
from classifier.project.add_harvest import add_harvest
from classifier.project.codebook_migration import change_codebook
from classifier.project.import_workbook import import_workbook
from classifier.project.project import open_project
from tests.support.projects import begin_project, row
from tests.support.workbooks import write_outcomes, write_text

SAID = {"Fiche": "FragmentID", "Récit": "Outcome description", "Portée": "Scale"}


def french(folder: Path, name: str, *, scale: str = "") -> Path:
    """Write an outcome under names that nothing but their owner tells."""
    reported = {"Fiche": name, "Récit": f"The council of {name} met in public for the first time.", "Portée": scale}
    return write_outcomes(folder / f"{name}.xlsx", reported)


def test_column_mapping_is_kept_for_the_next_harvest(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A"))
    added = add_harvest(project, french(tmp_path, "B"), options=ReadingOptions(columns=SAID))
    again = add_harvest(added.project, french(tmp_path, "C", scale="Local"))
    opened = open_project(again.project.folder)
    assert (list(opened.outcomes), opened.outcomes["C"].codes) == (["A", "B", "C"], {"scale": ("Local",)})


def test_imported_workbook_is_read_by_the_column_mapping(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A"))
    added = add_harvest(project, french(tmp_path, "B"), options=ReadingOptions(columns=SAID))
    returned = import_workbook(french(tmp_path, "B", scale="Local"), added.project, coder="Ana")
    assert [entry.decision.codes for entry in returned.recorded] == [("Local",)]


def test_column_mapping_holds_after_the_codebook_has_changed(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A"))
    added = add_harvest(project, french(tmp_path, "B", scale="Local"), options=ReadingOptions(columns=SAID))
    new = write_text(tmp_path / "new.yaml", "fields: [{name: kind, column: Kind, kind: single, codes: [{code: Law}]}]")
    changed = change_codebook(added.project, new)
    assert list(open_project(changed.project.folder).outcomes) == ["A", "B"]


def test_command_keeps_the_column_mapping(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A"))
    said = [word for column, name in SAID.items() for word in ("--map", f"{column}={name}")]
    words = ["project", "add", str(french(tmp_path, "B")), "--project", str(project.folder)]
    run = CliRunner().invoke(app, [*words, *said])
    assert (run.exit_code, open_project(project.folder).columns) == (0, SAID)
