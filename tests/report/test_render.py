from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from classifier.report.document import Report, Section, TableBlock
from classifier.report.evaluation_report import build_report
from classifier.report.render import to_html, to_markdown
from tests.support.reports import SECRET, evaluated


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report(evaluated(tmp_path_factory.mktemp("report")))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return to_html(report)


class Checker(HTMLParser):
    """Gathers the ids, what links lead to, and images without words."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.wordless = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        reported = dict(attrs)
        self.ids += [str(reported["id"])] if reported.get("id") else []
        self.links += [str(reported[name]) for name in ("href", "src") if name in reported]
        self.wordless += tag == "img" and not reported.get("alt")


@pytest.fixture(scope="module")
def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    return checker


def test_page_fetches_nothing(checked: Checker) -> None:
    assert [link for link in checked.links if not link.startswith(("#", "data:image/"))] == []


def test_page_runs_nothing(page: str) -> None:
    assert "<script" not in page


def test_page_names_no_address_outside(page: str) -> None:
    assert re.findall(r"https?://", re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)) == []


def test_links_have_a_target(checked: Checker) -> None:
    assert {link[1:] for link in checked.links if link.startswith("#")} <= set(checked.ids)


def test_ids_are_used_once(checked: Checker) -> None:
    assert len(set(checked.ids)) == len(checked.ids)


def test_pictures_have_words_for_those_who_cannot_see_them(checked: Checker) -> None:
    assert checked.wordless == 0


def test_page_holds_no_outcome_text(page: str) -> None:
    assert SECRET not in page


def test_code_with_signs_of_html_is_text(report: Report) -> None:
    table = TableBlock(name="t", title="A & B", header=("Code",), rows=(("<b>Local</b>",),))
    page = to_html(replace(report, sections=(Section(name="s", title="S", tables=(table,)),)))
    assert "&lt;b&gt;Local&lt;/b&gt;" in page


def test_figures_are_right_aligned(report: Report) -> None:
    table = TableBlock(name="t", title="T", header=("Code", "n"), rows=(("Local", "3"), ("National", "12")))
    page = to_html(replace(report, sections=(Section(name="s", title="S", tables=(table,)),)))
    assert '<td class="number">12</td>' in page


def test_text_to_paste_holds_the_tables(report: Report) -> None:
    assert "| Field | n | Coded alike | Cohen's kappa |" in to_markdown(report)


def test_bar_in_a_code_does_not_end_its_cell(report: Report) -> None:
    table = TableBlock(name="t", title="T", header=("Code",), rows=(("Local | National",),))
    text = to_markdown(replace(report, sections=(Section(name="s", title="S", tables=(table,)),)))
    assert r"| Local \| National |" in text


@pytest.mark.slow
def test_same_report_is_the_same_page(report: Report, tmp_path: Path) -> None:
    again = build_report(evaluated(tmp_path))
    assert to_html(replace(again, made=report.made)) == to_html(report)
