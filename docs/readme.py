"""Examples of the README and the pages: their places, and their output made anew."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator

from classifier.cli.explanation import print_explanation
from classifier.files import write_whole
from classifier.suggestion.workflow import explain_file
from docs.sources import ROOT

__all__ = ["EXPLAINED", "block_of", "example_of_explain", "example_of_python", "put_block"]

_PAGES = {"explain": ROOT / "docs" / "explanation" / "why.md", "python": ROOT / "docs" / "python.md"}
"""The page of each part that is not in the README."""
_README = ROOT / "README.md"
EXPLAINED = "SCC-JEU/026"
_FIELD, _COLUMN = "scale", "Scale"
_WIDTH = 116  # characters of a line in a page
_N_SENTENCES = 3
_PYTHON = re.compile(r"```python\n(?P<code>.*?)```\s+```\n(?P<shown>.*?)```", re.DOTALL)


def block_of(part: str) -> str:
    """Return the block for a part, of the README or of a page.

    Raises
    ------
    ValueError
        If there is no such place.
    """
    return _place(part).group("shown")


def put_block(part: str, text: str) -> None:
    """Replace the block for a part."""
    place = _place(part)
    page = place.string
    with write_whole(_PAGES.get(part, _README)) as temporary:
        temporary.write_text(
            page[: place.start("shown")] + text + page[place.end("shown") :], encoding="utf-8", newline="\n"
        )


def example_of_explain() -> str:
    """Return the example of `explain`: a field of an outcome, in lines that fit."""
    explained = explain_file(
        ROOT / "training_data" / "harvest_3_new.xlsx",
        EXPLAINED,
        model=ROOT / "models" / "sample",
        fields=[_FIELD],
    )
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        print_explanation(explained, width=10_000)
    return "\n".join(("```", *_shortened(printed.getvalue().splitlines()), "```", ""))


def example_of_python() -> str:
    """Run the first example of the library, and return what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(_place("python").group("code"), {})  # the example is ours
    return printed.getvalue()


def _place(part: str) -> re.Match[str]:
    # Only outputs that the code of an example stands before need no marks of their own.
    marked = rf"<!-- {part}: made by docs/make.py -->\n(?P<shown>.*?)<!-- {part}: end -->"
    page = _PAGES.get(part, _README)
    found = (_PYTHON if part == "python" else re.compile(marked, re.DOTALL)).search(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page.name} has no place for {part!r}")
    return found


def _shortened(lines: list[str]) -> Iterator[str]:
    """Give the heading of the field, its definition, its first sentences and its parts, each on one line."""
    start = next(place for place, line in enumerate(lines) if line.startswith(f"{_COLUMN}: "))
    shown = [line.rstrip() for line in lines[start:]]
    sentences = [line for line in shown if re.match(r" +-?\d+% ", line)]
    parts = next(line for line in shown if line.strip().startswith("By part of the story:"))
    definition = next(line for line in shown[1:] if not line.strip().startswith(("Next: ", "It seems to report")))
    for line in (shown[0], definition, *sentences[:_N_SENTENCES], parts):
        yield _cut(line)


def _cut(line: str) -> str:
    """Shorten a line after a whole word, so that it fits."""
    if len(line) <= _WIDTH:
        return line
    return f"{line[: _WIDTH - 1].rsplit(' ', 1)[0]} …"
