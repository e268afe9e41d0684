"""The review page in each of its languages, as a browser shows it and axe-core judges it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from classifier.codebook.schema import Codebook
from classifier.languages import LANGUAGES
from classifier.project.codebook_migration import change_codebook
from tests.support.browsing import (
    Served,
    Watch,
    chromium,
    come_in,
    laid_open,
    outcome_row,
    served,
    served_project,
    window,
)
from tests.support.screens import (
    AXE_BUT_COLOURS,
    EXPECTED_ERRORS,
    NARROW,
    PATHS,
    Gallery,
    Screen,
    faults_of,
    half_coded,
    overflow_of,
    screen_of,
)
from tests.support.signed_in import quick_passwords
from tests.support.workbooks import write_outcomes, write_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OTHERS = tuple(language for language in LANGUAGES if language != "en")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=_OTHERS)
def gallery(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Gallery]:
    """A project half coded, in a window of another language than English."""
    watch = Watch()
    project = served_project(tmp_path_factory.mktemp("gallery"))
    with served() as page_context, laid_open(project, page_context) as house, window(browser, watch=watch) as page:
        house.open_project.record(half_coded())
        page = in_language(come_in(page, house), house, request.param)
        yield Gallery(house=house, page=page, watch=watch, rules=AXE_BUT_COLOURS)


def in_language(page: Page, house: Served, language: str) -> Page:
    """Have a browser ask for a language, as a coder does who chose it."""
    page.context.add_cookies([{"name": "outcome_coder_language", "value": language, "url": house.origin}])
    return page


def submit(page: Page, action: str) -> None:
    """Submit the form of an address, whatever its button is called."""
    with page.expect_navigation():
        page.locator(f"form[action='{action}'] button").last.click()


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_can_be_used_with_assistance(gallery: Gallery, path: str) -> None:
    assert gallery.look_at(path).faults == ()


@pytest.mark.parametrize("width", NARROW)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_does_not_scroll_sideways(gallery: Gallery, path: str, width: int) -> None:
    assert gallery.look_at(path).overflow[width] <= 0


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_shows_without_an_error(gallery: Gallery, path: str) -> None:
    assert gallery.look_at(path).errors == EXPECTED_ERRORS.get(path, ())


@pytest.fixture(scope="module", params=LANGUAGES)
def started(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Screen, Screen]:
    """What was seen of the start screen, and of the check of a workbook with faults."""
    watch, folder = Watch(), tmp_path_factory.mktemp("start")
    served_project(folder).journal.close()
    faulty = {**outcome_row("SCC/01"), "Scale": "Locl"}
    with served(home=folder) as house, window(browser, watch=watch) as page:
        page = in_language(come_in(page, house), house, request.param)
        page.goto(f"{house.origin}/start")
        start = screen_of(page, watch, AXE_BUT_COLOURS)
        page.locator("#coder").fill("Ana")
        page.locator("#workbook").set_input_files(write_outcomes(folder / "faulty.xlsx", faulty, faulty))
        submit(page, "/start")
        assert page.get_by_role("alert").is_visible()
        return start, screen_of(page, watch, AXE_BUT_COLOURS)


def test_start_screen_can_be_used_with_assistance(started: tuple[Screen, Screen]) -> None:
    assert started[0].faults == ()


def test_faults_of_a_workbook_can_be_read_with_assistance(started: tuple[Screen, Screen]) -> None:
    assert started[1].faults == ()


@pytest.mark.parametrize("width", NARROW)
def test_start_screen_and_check_of_a_workbook_do_not_scroll_sideways(
    started: tuple[Screen, Screen], width: int
) -> None:
    assert [screen.overflow[width] for screen in started] == [0, 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sign_in_with_a_problem_can_be_used_with_assistance(browser: Browser, tmp_path: Path, language: str) -> None:
    users = tmp_path / "users.txt"
    users.touch()
    with quick_passwords(), served(users=users) as house, window(browser) as page:
        in_language(page, house, language).goto(house.origin)
        page.locator("input[name=name]").fill("Ana")
        page.locator("input[name=password]").fill("not hers")
        submit(page, "/sign-in")
        assert page.get_by_role("alert").is_visible()
        assert faults_of(page, AXE_BUT_COLOURS) == []
        assert [overflow_of(page, width=width) for width in NARROW] == [0, 0]


def test_chosen_codes_are_named_as_the_codebook_translates_them(browser: Browser, tmp_path: Path) -> None:
    project = served_project(tmp_path)
    content = project.codebook.model_dump(exclude_defaults=True)
    content["fields"][0]["codes"][0]["translations"] = {"fr": {"code": "Code traduit"}}
    write_text(tmp_path / "translated.yaml", Codebook.model_validate(content).dump())
    project = change_codebook(project, tmp_path / "translated.yaml").project
    with served() as page_context, laid_open(project, page_context) as house, window(browser, watch=Watch()) as page:
        page = in_language(come_in(page, house), house, "fr")
        page.goto(house.origin)
        page.locator(".code", has_text="Code traduit").first.click()
        assert "Code traduit" in page.locator("#unsaved").inner_text()
