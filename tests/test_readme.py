"""What the README shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

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
