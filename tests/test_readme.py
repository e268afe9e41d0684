"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from classifier import compare_coders
from classifier.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.encoder
def test_python_example_prints_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example, shown) = re.findall(r"```python\n(.*?)```\s+```\n(.*?)```", README, re.DOTALL)[0]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(example, {})  # the example is ours, and this is the test that it runs
    assert printed.getvalue() == shown


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"^outcome-coder ([a-z]+(?: [a-z]+)?) ", README, re.MULTILINE)))
)
def test_commands_shown_exist(command: str) -> None:
    words = command.split()
    groups = {group.name for group in app.registered_groups}
    named = words if words[0] in groups else words[:1]
    assert CliRunner().invoke(app, [*named, "--help"]).exit_code == 0


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!https?:)([^)]+)\)", README))))
def test_linked_files_exist(path: str) -> None:
    assert (ROOT / path).is_file()


PYTHON_PAGE = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.encoder
def test_python_page_goes_from_a_frame_to_suggestions(training_data: Path) -> None:
    frame = pd.read_excel(training_data / "harvest_3_new.xlsx", engine="calamine").head(2)
    names: dict[str, Any] = {"frame": frame}
    exec(PYTHON_PAGE[0], names)
    assert set(names["suggestions"]["FragmentID"]) == set(frame["FragmentID"])


def test_python_page_goes_from_frames_to_agreement(training_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    files = {name: training_data / f"harvest_3_coder_{name}.xlsx" for name in ("a", "b")}
    names: dict[str, Any] = {"frames": {name: pd.read_excel(path, engine="calamine") for name, path in files.items()}}
    exec(PYTHON_PAGE[1], names)
    from_files = compare_coders(list(files.values()), codebook=names["codebook"]).to_frame()
    pd.testing.assert_frame_equal(names["agreement"], from_files)


@pytest.mark.parametrize("example", PYTHON_PAGE)
def test_python_page_imports_what_there_is(example: str) -> None:
    exec("\n".join(re.findall(r"^from classifier import .*$", example, re.MULTILINE)), {})
