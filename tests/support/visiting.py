"""Coders who visit the review page without a browser: they ask for pages, fill in their forms, and send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

from httpx2 import Response
from starlette.testclient import TestClient

from classifier.project.journal import Entry
from classifier.project.project import Project, Shares
from classifier.project.suggestion_store import StoredSuggestions
from classifier.review.app import make_app
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from classifier.review.sessions import Session
from classifier.review.site import Site
from tests.support.projects import GUIDED, begin_project, kept, objective, row, scale

__all__ = [
    "ORIGIN",
    "SITE",
    "Form",
    "Visitor",
    "check_and_add",
    "forms_in",
    "keep_for",
    "links_in",
    "open_project_of",
    "page_context_of",
    "stranger",
    "text_in",
]

SITE = Site.on_loopback(8765)
ORIGIN = SITE.origins[0]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of a page as it would be sent, were nothing changed in it.

    Attributes
    ----------
    values : dict of str to list of str
        By the name of the input.
    """

    method: str
    action: str
    values: Mapping[str, list[str]]

    def filled(self, **changes: str | Sequence[str]) -> Form:
        """Fill in something, or leave it out where nothing is given; ``codes_1`` stands for ``codes-1``."""
        given = {
            name.replace("_", "-"): [value] if isinstance(value, str) else list(value)
            for name, value in changes.items()
        }
        return replace(self, values={name: values for name, values in {**self.values, **given}.items() if values})


class Visitor:
    """A coder who came in by a link of their own.

    Parameters
    ----------
    page_context : Office
    coder : str
    """

    def __init__(self, page_context: PageContext, coder: str = "Ana") -> None:
        self.page_context = page_context
        self.client = stranger(page_context)
        page_context.coder = coder
        assert self.client.get(f"/enter?token={page_context.token.issue()}").headers["location"] == "/"

    @property
    def session(self) -> Session:
        """The session of this visitor."""
        session = self.page_context.sessions.find(self.client.cookies[SITE.cookie])
        assert session is not None
        return session

    def get(self, path: str, **query: str) -> Response:
        """Ask for a page."""
        return self.client.get(path, params=query or None)

    def see(self, path: str, **query: str) -> str:
        """Ask for a page that is there, and return it; wherever it leads."""
        answer = self.client.get(path, params=query or None, follow_redirects=True)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, **form: str | Sequence[str]) -> Response:
        """Send a form that no page of ours has made, with the session's token."""
        return self.send(Form(method="post", action=path, values={"csrf": [self.session.csrf]}).filled(**form))

    def send(self, form: Form) -> Response:
        """Send a form."""
        return self.client.post(form.action, data=dict(form.values))

    def sheet(self, fragment_id: str, **query: str) -> Form:
        """Open an outcome, and return the form in which it is coded."""
        return forms_in(self.see("/outcome", id=fragment_id, **query))["/decide"]

    def decide(self, fragment_id: str, *, scale: str = "", objective: Sequence[str] = (), asked: str = "") -> Response:
        """Open an outcome, choose codes, and confirm."""
        sheet = self.sheet(fragment_id)
        chosen = {name: codes for name, codes in (("codes_1", [scale] * bool(scale)), ("codes_2", objective)) if codes}
        return self.send(sheet.filled(asked=asked or sheet.values["asked"], **chosen))

    def entries(self) -> tuple[Entry, ...]:
        """Read the journal."""
        assert self.page_context.open_project is not None
        return self.page_context.open_project.project.journal.entries()


def stranger(page_context: PageContext) -> TestClient:
    """Return a browser that nobody has signed in with."""
    return TestClient(make_app(page_context), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False)


def check_and_add(visitor: Visitor, content: bytes, *, name: str = "harvest.xlsx") -> Response:
    """Choose a file on the page of harvests, and add it as it is read if nothing is wrong with it."""
    form = forms_in(visitor.see("/harvests"))["/harvests"]
    checked = visitor.client.post("/harvests", data=dict(form.values), files={"workbook": (name, content, _XLSX)})
    if checked.status_code != 200:
        return checked
    return visitor.send(forms_in(checked.text)["/harvests/check"].filled(do="take"))


def keep_for(project: Project, **reported: StoredSuggestions) -> None:
    """Keep suggestions for all outcomes: a local scale and the objective GEN, unless told otherwise."""
    project.suggestions.keep(
        {
            name: reported.get(name, kept(outcome, scale=scale("Local"), objective=objective("GEN")))
            for name, outcome in project.outcomes.items()
        }
    )


def page_context_of(
    folder: Path, *names: str, shares: Shares = GUIDED, team: Sequence[str] = (), is_suggested: bool = True
) -> PageContext:
    """Open the office of a project of outcomes named, with suggestions for them."""
    project = begin_project(folder, *map(row, names), shares=shares)
    if is_suggested:
        keep_for(project)
    return PageContext(site=SITE, open_project=OpenProject(project, names=team))


def open_project_of(page_context: PageContext) -> OpenProject:
    """Return the project that is open."""
    assert page_context.open_project is not None
    return page_context.open_project


# What stands on a page


_BLOCKS = ("dd", "div", "dt", "h1", "h2", "li", "p", "pre", "td", "th")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: dict[str, Form] = {}
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._values: dict[str, list[str]] = {}
        self._open = ""
        self._href = ""
        self._select = ""
        self._option: str | None = None  # the value of the option that is open; None where its text is the value
        self._is_chosen = False
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._values = {}
            form = Form(method=found.get("method", "get"), action=found.get("action", ""), values=self._values)
            if form.method == "post" or form.action not in self.forms:
                self.forms[form.action] = form
        is_sent = found.get("type") not in ("checkbox", "radio", "file") or "checked" in found
        if tag == "input" and "name" in found and is_sent:
            self._values.setdefault(found["name"], []).append(found.get("value", ""))
        if tag == "textarea":
            self._textarea = found.get("name", "")
            self._values[self._textarea] = [""]
        if tag == "select":
            self._select = found.get("name", "")
        if tag == "option":
            self._option, self._is_chosen = found.get("value"), "selected" in found
            if self._option is not None:
                self._choose(self._option)
        if tag == "a":
            self._href = found.get("href", "")
        self._open = tag
        if tag in _BLOCKS:
            self.words.append(" ")

    def _choose(self, value: str) -> None:
        """Take an option that is chosen; of a list in which none is, the first."""
        if self._is_chosen or self._select not in self._values:
            self._values[self._select] = [value]

    def handle_endtag(self, tag: str) -> None:
        self._open = ""
        self._select = "" if tag == "select" else self._select
        self._href = "" if tag == "a" else self._href
        self._textarea = "" if tag == "textarea" else self._textarea

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._values[self._textarea][0] += data
        if self._open not in ("script", "style"):
            self.words.append(data)
        if self._open == "option" and self._select and self._option is None:
            self._choose(data)
        if self._href and data.strip():
            self.links.setdefault(data.strip(), self._href)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def forms_in(page: str) -> dict[str, Form]:
    """Return the forms of a page by where they are sent; of several, the one that changes something."""
    return _read(page).forms


def links_in(page: str) -> dict[str, str]:
    """Return where the links of a page lead, by their words."""
    return _read(page).links


def text_in(page: str) -> str:
    """Return what can be read on a page."""
    return " ".join("".join(_read(page).words).split())
