"""The screens of the review page, and what a browser and axe-core report of each, for tests of the page in use."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from classifier.project.journal import Decision, DecisionMethod
from tests.support.browsing import ARABIC, BLIND, CODEBOOK, NEAR_DUPLICATES, POOR, Scheme, Served, Watch, decided

# What the rules of axe-core ask, and that what is touched is large enough.
_AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# All that may be different in another language, whose colours are the same; they take half of the time.
AXE_BUT_COLOURS = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}, "color-contrast": {"enabled": False}},
}
# All that is different in the dark.
AXE_ON_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
NARROW = (320, 640)
EXPECTED_ERRORS = {"/nowhere": ("Failed to load resource: the server responded with a status of 404 (Not Found)",)}
"""What a browser complains of, by the path of a screen."""

PATHS = {
    "outcome": f"/outcome?id={NEAR_DUPLICATES[0]}",
    "outcome with a poor suggestion": f"/outcome?id={POOR}",
    "outcome in Arabic": f"/outcome?id={ARABIC}",
    "outcome coded blind": f"/outcome?id={BLIND}",
    "outcome decided": "/outcome?id=SCC/06",
    "queue": "/queue?state=all",
    "queue with nothing in it": "/queue?country=Kenya&state=noted",
    "bulk": "/bulk?field=scale",
    "differences": "/differences",
    "difference": "/difference?id=SCC/06",
    "progress": "/progress",
    "coders": "/coders",
    "reports": "/reports",
    "model": "/model",
    "codebook": "/codebook",
    "codebook edited": "/codebook/edit",
    "harvests": "/harvests",
    "download": "/download",
    "help": "/help",
    "message": "/nowhere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What was seen of a screen: what its browser asked for and complained of, how far it was too wide, and faults."""

    asked: tuple[str, ...]
    errors: tuple[str, ...]
    faults: tuple[str, ...]
    overflow: Mapping[int, int]  # by width of the window


def screen_of(page: Page, watch: Watch, options: Mapping[str, Any] = _AXE) -> Screen:
    """Say what was seen of a screen."""
    return Screen(
        faults=tuple(faults_of(page, options)),
        asked=tuple(watch.asked),
        errors=tuple(watch.errors),
        overflow={width: overflow_of(page, width=width) for width in NARROW},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """A project half coded, and a watched window to look at its screens."""

    house: Served
    page: Page
    watch: Watch
    rules: Mapping[str, Any] = dataclasses.field(default_factory=lambda: _AXE)
    seen: dict[str, Screen] = dataclasses.field(default_factory=dict)

    def look_at(self, path: str) -> Screen:
        """Look at a screen once, for all that is asked of each."""
        if path not in self.seen:
            self.seen[path] = screen_of(self.show(path), self.watch, self.rules)
        return self.seen[path]

    def show(self, path: str, *, scheme: Scheme = "light") -> Page:
        self.watch.clear()
        self.page.set_viewport_size({"width": 1366, "height": 800})
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(self.house.origin + path)
        return self.page


def half_coded() -> list[Decision]:
    return [
        *(decided("SCC/06", field.code_names[1], coder="Ana", field=field.name) for field in CODEBOOK.fields),
        decided("SCC/06", coder="Ana", field="", method=DecisionMethod.NOTE, note="Which ministry?"),
        decided("SCC/06", "Local", coder="Ben"),
        decided("SCC/07", "Local", coder="Ben"),
        decided("SCC/07", "National", coder="Cleo"),
        decided("SCC/08", coder="Ana", field="", method=DecisionMethod.SKIPPED),
    ]


def overflow_of(page: Page, *, width: int) -> int:
    """Say by how many pixels a page is wider than a window of a width."""
    page.set_viewport_size({"width": width, "height": 800})
    wider: int = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return wider


def faults_of(page: Page, options: Mapping[str, Any] = _AXE) -> list[str]:
    """Name what keeps people with assistive technology from using a page, and where."""
    found: Any = Axe().run(page, options=dict(options))
    return [f"{one['id']}: {node['target']}" for one in found.response["violations"] for node in one["nodes"]]
