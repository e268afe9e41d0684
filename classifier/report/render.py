"""Report as an HTML page, or as Markdown to paste."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from classifier.report.document import Report, TableBlock

_NUMBER = re.compile(r"[-+]?\d[\d.,]*( \(.*\))?( %)?|\d+ to \d+|")


def to_html(report: Report) -> str:
    """Render a report as a self-contained HTML page, which fetches nothing and runs nothing."""
    environment = Environment(
        loader=PackageLoader("classifier.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    environment.filters["base64"] = lambda raw: base64.b64encode(raw).decode("ascii")
    environment.filters["is_number"] = _is_number
    return environment.get_template("report.html").render(report=report)


def to_markdown(report: Report) -> str:
    """Render a report as Markdown, with its tables and without its pictures."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# {report.title}", "", report.made, "")
    if report.warning:
        yield from (f"**Sample data.** {report.warning}", "")
    for heading, text in report.opening.items():
        yield from (f"**{heading}.** {text}", "")
    for section in report.sections:
        yield from (f"## {section.title}", "")
        for text in section.paragraphs:
            yield from (text, "")
        for picture in section.pictures:
            yield from (f"*{picture.title}:* {picture.reading}", "")
        for table in section.tables:
            if table.shown:
                yield from _table_lines(table)
    yield from ("## Methods", "", report.methods, "")
    yield from ("Files that were read:", "", *(f"- {source}" for source in report.sources), "")


def _table_lines(table: TableBlock) -> Iterator[str]:
    yield from (f"### {table.title}", "")
    yield _row(table.header)
    yield _row(["---:" if _is_number(table, place) else "---" for place in range(len(table.header))])
    yield from map(_row, table.shown)
    yield ""
    if table.note:
        yield from (table.note, "")


def _row(cells: Sequence[str]) -> str:
    # A bar or a line break in a code would end the cell.
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"


def _is_number(table: TableBlock, place: int) -> bool:
    """Whether a column holds numbers, and so is right-aligned."""
    cells = [row[place] for row in table.rows]
    return any(cells) and all(_NUMBER.fullmatch(cell) for cell in cells) and place > 0
