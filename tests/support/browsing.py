"""A project served as it is to a coder, and a browser that looks at it, for tests of the review page in use."""

from __future__ import annotations

import dataclasses
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from classifier import sample_files
from classifier.codebook.schema import CodeField, sample_codebook
from classifier.harvest.outcome import Outcome
from classifier.project.add_harvest import add_harvest
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project, Shares, new_project, open_project
from classifier.project.suggestion_store import StoredSuggestions, story_sha256
from classifier.review.app import make_app
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from classifier.review.pages.sign_in import new_link
from classifier.review.site import Site
from classifier.suggestion.types import FieldSuggestion, Flag, Neighbour, Reason, Route, SentenceShare
from tests.support.projects import kept_folder
from tests.support.suggested import suggested
from tests.support.workbooks import write_outcomes

__all__ = [
    "ARABIC",
    "BLIND",
    "CODEBOOK",
    "MODEL",
    "NEAR_DUPLICATES",
    "POOR",
    "SURE",
    "Scheme",
    "Served",
    "Watch",
    "chromium",
    "come_in",
    "decided",
    "laid_open",
    "outcome_row",
    "served",
    "served_project",
    "sign_in",
    "window",
]

CODEBOOK = sample_codebook()
MODEL = "ours (2026-11-26)"
BLIND, ARABIC, POOR = "SCC/11", "SCC/03", "SCC/02"
NEAR_DUPLICATES = ("SCC/04", "SCC/05")
SURE = tuple(f"SCC/{number}" for number in range(13, 21))
"""Suggested so surely in their scale that they may be confirmed in bulk."""
_SHARES = Shares(blind=0.1, seed=125)  # draws one to code blind, among the first ten of the most uncertain
_NAMES = tuple(f"SCC/{number:02}" for number in range(1, 26))
_VILLAGES = ("Kipsaina", "Tanlili", "Sambonaye", "Bourem", "Gossi", "Nabatieh", "Saida", "Dori", "Kayes")
_IN_ARABIC = "قرر مجلس القرية في آذار ٢٠٢٤ أن تشارك النساء في كل اجتماع. وحضرت تسع عشرة امرأة أول اجتماع."

Scheme = Literal["light", "dark"]


# The project


def outcome_row(name: str) -> dict[str, str]:
    """Tell of an outcome as a harvest does."""
    number = int(name.rpartition("/")[2])
    village = _VILLAGES[number % len(_VILLAGES)]
    reported = (
        f"Since May 2024 the council of {village} meets in public. It has published its budget for {2000 + number}."
    )
    return {
        "FragmentID": name,
        "OH-harvesting period": "harvest 3",
        "country": ("Mali", "Kenya", "Lebanon")[number % 3],
        "Year": "2024",
        "Outcome description": _IN_ARABIC if name == ARABIC else reported,
        "Significance of the outcome": "Before, nobody in the village knew what the council had spent.",
        "Contribution of the programme": "Two trainings in reading budgets, and visits to the mayor.",
        "Outcome statements is CONFIDENTIAL": "YES" if number % 5 == 0 else "NO",
    }


def served_project(folder: Path) -> Project:
    """Begin a project of 25 outcomes that wait for a coder, with what is suggested for them."""
    shutil.copytree(_begun(), folder, dirs_exist_ok=True)
    return open_project(folder / "Mali and Kenya")


@cache
def _begun() -> Path:
    folder = kept_folder()
    harvest = write_outcomes(folder / "harvest.xlsx", *map(outcome_row, _NAMES))
    begun = new_project(
        folder / "Mali and Kenya", codebook=sample_files.codebook_path(), model="sample", shares=_SHARES
    )
    project = add_harvest(begun, harvest).project
    project.suggestions.keep({name: _kept(outcome) for name, outcome in project.outcomes.items()})
    project.journal.close()
    return folder


def decided(
    name: str,
    *codes: str,
    coder: str,
    field: str = "scale",
    method: DecisionMethod = DecisionMethod.BY_HAND,
    note: str = "",
) -> Decision:
    """Decide on an outcome."""
    return Decision(
        coder=coder, fragment_id=name, field=field, codes=codes, method=method, codebook=CODEBOOK.sha256, note=note
    )


def _kept(outcome: Outcome) -> StoredSuggestions:
    number = int(outcome.fragment_id.rpartition("/")[2])
    near_duplicate = dict(zip(NEAR_DUPLICATES, reversed(NEAR_DUPLICATES), strict=True)).get(outcome.fragment_id)
    reported = [f"{Flag.NEAR_DUPLICATE} {near_duplicate}"] if near_duplicate else []
    return StoredSuggestions(
        story=story_sha256(outcome),
        model=MODEL,
        fields={field.name: _suggestion(field, outcome, number) for field in CODEBOOK.fields},
        flags=(*reported, *([f"{Flag.LANGUAGE} Arabic"] if outcome.fragment_id == ARABIC else [])),
    )


def _suggestion(field: CodeField, outcome: Outcome, number: int) -> FieldSuggestion:
    first, second = field.code_names[number % 3], field.code_names[number % 3 + 1]
    if outcome.fragment_id in SURE and field.name == "scale":
        return suggested(field, "Local", confidence=0.97, route=Route.CONFIRM)
    if outcome.fragment_id == POOR and field.name == "social_actor":
        return suggested(field, confidence=0.3, route=Route.CODE_AFRESH)
    description = outcome.story.description
    reason = Reason(
        code=first,
        definition="",
        sentences=(SentenceShare(text=description.split(". ")[0] + ".", part="Outcome description", share=0.7),),
        parts={"Outcome description": 1.0},
        lead=1.0,
        lead_by_sentences=0.9,
        accounted=1.0,
    )
    return dataclasses.replace(
        suggested(field, first, confidence=0.5 + number / 100, possible=(first, second)),
        reasons=(reason,),
        nearest=(Neighbour(fragment_id="SCC/2023/07", codes=(second,), similarity=0.8),),
    )


# The server


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An office whose pages can be reached."""

    page_context: PageContext

    @property
    def origin(self) -> str:
        """What every address of its pages begins with."""
        return self.page_context.site.origins[0]

    @property
    def open_project(self) -> OpenProject:
        """The project that lies open."""
        assert self.page_context.open_project is not None
        return self.page_context.open_project

    def entries(self) -> tuple[Entry, ...]:
        """Read its journal."""
        return self.open_project.project.journal.entries()


@contextmanager
def served(*, home: Path | None = None, users: Path | None = None) -> Iterator[Served]:
    """Serve an office without a project on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        site = Site.on_loopback(listening.getsockname()[1])
        page_context = PageContext(site=site, coder="Ana", home=home, users=users)
        server = uvicorn.Server(uvicorn.Config(make_app(page_context), log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Served(page_context=page_context)
        finally:
            server.should_exit = True
            thread.join()
            if page_context.open_project is not None:
                page_context.open_project.project.journal.close()


@contextmanager
def laid_open(project: Project, house: Served) -> Iterator[Served]:
    """Lay a project open in an office that is served."""
    house.page_context.open_project = OpenProject(project)
    try:
        yield house
    finally:
        house.open_project.project.journal.close()
        house.page_context.open_project = None


# The browser

_ARGUMENTS = (
    "--no-sandbox",  # as root, such as in a container, Chromium starts no other way
    # With fewer processes, a page is there in two thirds of the time.
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-site-isolation-trials",
)


@dataclass(slots=True, kw_only=True)
class Watch:
    """What a browser asked for, and what went wrong in it."""

    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget what was seen."""
        self.asked.clear()
        self.errors.clear()

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self.errors.append(message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, out of sight."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser,
    *,
    width: int = 1366,
    height: int = 820,
    scheme: Scheme = "light",
    has_script: bool = True,
    watch: Watch | None = None,
) -> Iterator[Page]:
    """Open a window that remembers nothing of others."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=has_script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    (watch or Watch()).over(context)
    yield context.new_page()
    context.close()


def come_in(page: Page, house: Served, *, coder: str = "Ana") -> Page:
    """Follow a new link, as from the terminal."""
    house.page_context.coder = coder
    page.goto(new_link(house.page_context))
    return page


def sign_in(page: Page, house: Served) -> None:
    """Sign in as Ana, and open no page."""
    house.page_context.coder = "Ana"
    page.request.get(new_link(house.page_context), max_redirects=0)
