"""What the README and the pages of the documentation show is what there is, and what happens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from docs.commands import COMMANDS_PAGE, commands_page
from docs.site_check import fetched_from_elsewhere, main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *PAGES)}
SITE: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def blocks(text: str, kind: str = "") -> list[str]:
    """Return the contents of fenced blocks of a kind."""
    fenced = re.findall(r"^```([a-z]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [content for found, content in fenced if found == kind]


def shown_commands() -> list[str]:
    lines = (
        line.removeprefix("$ ").split(" #")[0].strip()
        for text in TEXTS.values()
        for block in (*blocks(text), *blocks(text, "console"))
        for line in block.replace("\\\n", " ").splitlines()
    )
    return sorted({line for line in lines if line.startswith("outcome-coder ")})


@cache
def command_of(line: str) -> tuple[Any, list[str]]:
    """Find the command that a line calls, and what is given to it."""
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands") and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    return command, words


@pytest.mark.slow
@pytest.mark.parametrize("line", shown_commands())
def test_command_shown_has_the_options_shown(line: str) -> None:
    command, words = command_of(line)
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} - known == set()


def examples() -> list[tuple[str, str]]:
    found = (block.partition("\n") for text in TEXTS.values() for block in blocks(text, "console"))
    return [(command.removeprefix("$ outcome-coder "), shown) for command, _, shown in found]


@pytest.mark.parametrize(("command", "shown"), examples())
def test_command_prints_what_is_shown(command: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(app, shlex.split(command)).output == shown


@pytest.mark.parametrize("shown", blocks(TEXTS["docs/codebook.md"], "yaml"))
def test_codebook_shown_is_one(shown: str, tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_text(shown, encoding="utf-8")
    codebook = Codebook.read(tmp_path / "codebook.yaml")
    assert [field.code_names for field in codebook.fields] == [("Local", "National")]


def test_page_of_commands_is_of_the_commands_there_are() -> None:
    assert COMMANDS_PAGE.read_text(encoding="utf-8") == commands_page(), "run `python -m docs.make commands`"


# Links


def links() -> Iterator[tuple[str, str]]:
    for name, text in TEXTS.items():
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            yield name, target


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("name", "target"), sorted(set(links())))
def test_link_leads_to_a_file_and_a_heading(name: str, target: str) -> None:
    file, _, anchor = target.partition("#")
    path = (ROOT / name).parent / file if file else ROOT / name
    assert path.is_file()
    assert not anchor or anchor in anchors_of(path)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_links_to_nothing_outside_the_site(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).resolve().is_relative_to(DOCS)] == []


# The site


def pages_of(menu: Any) -> Iterator[str]:  # noqa: ANN401  # a list of lists of pages
    for entry in menu:
        for inner in entry.values():
            yield from [inner] if isinstance(inner, str) else pages_of(inner)


def test_menu_has_pages_that_there_are() -> None:
    assert [name for name in pages_of(SITE["nav"]) if not (DOCS / name).is_file()] == []


def test_site_has_no_font_from_elsewhere_and_no_plugin_but_the_local_search() -> None:
    assert (SITE["theme"]["font"], SITE["plugins"]) == (False, ["search"])


def test_site_counts_no_readers() -> None:
    assert "analytics" not in SITE["extra"]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<img src="start.png"><a href="https://example.org">more</a>', []),
        ('<link rel="stylesheet" href="https://example.org/font.css">', ["https://example.org/font.css"]),
        ('<script src="//example.org/counter.js"></script>', ["//example.org/counter.js"]),
    ],
)
def test_what_a_page_fetches_from_elsewhere_is_found(page: str, found: list[str]) -> None:
    assert fetched_from_elsewhere(page) == found


def test_site_that_fetches_from_elsewhere_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text('<script src="https://example.org/a.js"></script>', encoding="utf-8")
    assert (main(tmp_path), capsys.readouterr().out) == (
        1,
        f"{tmp_path / 'index.html'}: fetches https://example.org/a.js\n",
    )
