"""Eight coders on the review page at once, 2,000 outcomes each: how long a decision takes, and whether any is lost.

Example: python -m benchmarks.review
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import random
import re
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from classifier import sample_files
from classifier.codebook.schema import Codebook, CodeField, sample_codebook
from classifier.harvest.outcome import Outcome
from classifier.project.add_harvest import add_harvest
from classifier.project.coding_items import CodingItems
from classifier.project.journal import Journal
from classifier.project.project import new_project, open_project
from classifier.project.suggestion_store import StoredSuggestions, story_sha256
from classifier.review.outcome_view import page_key
from classifier.review.server import serve_project
from classifier.review.users import set_password
from classifier.suggestion.types import Candidate, FieldSuggestion, Neighbour, Reason, Route, SentenceShare

_N_CODERS, _N_OUTCOMES = 8, 2000
_PAGE_EVERY = 20
_PASSWORD = "seven herons over the weir"
_FORM = "application/x-www-form-urlencoded"
_ASKED = "everyone=1"  # all outcomes, also those that others are to code
_ACTORS = (
    "The women's savings group",
    "The provincial council",
    "A radio station",
    "The teachers' union",
    "The police",
)
_DEEDS = (
    "adopted a by-law on land",
    "opened its meetings",
    "trained its members",
    "withdrew a charge",
    "set up a desk",
)
_PLACES = ("Mali", "Niger", "Burundi", "Palestine", "Tunisia")
_CONTEXTS = (
    "Before, nobody had been asked, and complaints were left unanswered for years.",
    "The decision was read out at the market, and three villages have asked for the same.",
    "Members say that they had seen how a neighbouring district went about it.",
    "It took two years of patient talks, and a change of the chair.",
)
_Key = tuple[str, str, str]
"""Coder, outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a coder's browser knows after signing in.

    Attributes
    ----------
    fields : tuple of CodeField
        What is to be decided of each outcome.
    keys : dict of str to str
        What each outcome's page would hold as its key, by the outcome's ID.
    first : str
        The ID of the outcome that comes first.
    """

    address: str
    coder: str
    cookie: str
    fields: tuple[CodeField, ...]
    keys: Mapping[str, str]
    csrf: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """What one coder did.

    Attributes
    ----------
    acknowledged : dict of tuple of str to str
        The code of each decision that the server said it had recorded.
    posts, pages : sequence of float
        How many seconds each decision took, and each page that was looked at.
    """

    acknowledged: Mapping[_Key, str]
    posts: Sequence[float]
    pages: Sequence[float]
    begun: float
    ended: float


def main() -> None:
    """Read the options, let them code, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__.split("\n\n")[0])
    parser.add_argument("--coders", type=int, default=_N_CODERS)
    parser.add_argument("--outcomes", type=int, default=_N_OUTCOMES, help="which each coder decides on")
    parser.add_argument(
        "--page-every", type=int, default=_PAGE_EVERY, help="after so many decisions the next page is looked at"
    )
    options = parser.parse_args()
    names = [f"Coder {place}" for place in range(1, options.coders + 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = prepare_project(folder, options.outcomes, names)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        server = context.Process(target=_serve, args=(folder, theirs))
        server.start()
        address = urlsplit(ours.recv()).netloc
        desks = [sign_in(address, coder, sample_codebook().fields, keys) for coder in names]
        barrier = context.Barrier(len(names))
        with context.Pool(len(names), initializer=barrier.wait) as pool:
            coded = pool.starmap(_code, [(desk, options.page_every) for desk in desks], chunksize=1)
        os.kill(server.pid or 0, signal.SIGINT)
        megabytes, processor_seconds = ours.recv()
        server.join()
        _report(coded, recorded_decisions(folder), options.page_every)
    print(f"The server took {processor_seconds:.0f} s of processor time and at most {megabytes:.0f} MB.")


# What is coded


def prepare_project(folder: Path, n_outcomes: int, names: Sequence[str]) -> dict[str, str]:
    """Make a project of made-up outcomes with suggestions, and a file of who may code; return the pages' keys."""
    chance = random.Random(26)
    with (folder / "harvest.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["FragmentID", "Outcome description", "Significance of the outcome", "country"])
        for number in range(1, n_outcomes + 1):
            place = chance.choice(_PLACES)
            told = f"{chance.choice(_ACTORS)} of district {number} {chance.choice(_DEEDS)}."
            context = chance.sample(_CONTEXTS, 3)
            writer.writerow(
                [f"SCC-{place[:3].upper()}/{number:04}", f"{told} {context[0]}", " ".join(context[1:]), place]
            )
    begun = new_project(folder / "project", codebook=sample_files.codebook_path())
    project = add_harvest(begun, folder / "harvest.csv").project
    kept = project.suggestions.keep(
        {name: _suggestion(outcome, project.codebook, chance) for name, outcome in project.outcomes.items()}
    )
    project.journal.close()
    for name in names:
        set_password(folder / "users.txt", name, _PASSWORD)
    return {name: page_key(project, item) for name, item in CodingItems(project, kept).by_id.items()}


def _suggestion(outcome: Outcome, codebook: Codebook, chance: random.Random) -> StoredSuggestions:
    return StoredSuggestions(
        story=story_sha256(outcome),
        model="made by hand (2026-11-26)",
        fields={field.name: _field_suggestion(field, outcome, chance) for field in codebook.fields},
        flags=(),
    )


def _field_suggestion(field: CodeField, outcome: Outcome, chance: random.Random) -> FieldSuggestion:
    codes = chance.sample(field.code_names, len(field.code_names))
    best = chance.uniform(0.4, 0.97)
    parts = list(outcome.story.parts.items())
    sentences = tuple(
        SentenceShare(text=f"{text.split('. ')[0].rstrip('.')}.", part=part, share=0.5) for part, text in parts
    )
    return FieldSuggestion(
        suggested=(codes[0],),
        candidates=tuple(
            Candidate(code=code, confidence=best if place == 0 else (1.0 - best) / 2**place)
            for place, code in enumerate(codes)
        ),
        prediction_set=tuple(codes[:2]),
        route=Route.CONFIRM if best > 0.9 else Route.CHOOSE,
        reasons=(
            Reason(
                code=codes[0],
                definition=field.codes[0].definition,
                sentences=sentences,
                parts={part: 1.0 / len(parts) for part, _ in parts},
                lead=2.0,
                lead_by_sentences=1.5,
                accounted=0.8,
            ),
        ),
        nearest=tuple(
            Neighbour(fragment_id=f"SCC-OLD/{place:03}", codes=(codes[0],), similarity=0.6 - 0.1 * place)
            for place in range(5)
        ),
    )


# The server


def _serve(folder: Path, told: Connection) -> None:
    """Serve the project until interrupted, then tell what it took: megabytes, and seconds of processor time."""
    project = open_project(folder / "project")

    def say(text: str) -> None:
        if "http://" in text:
            told.send(text[text.index("http://") :])

    serve_project(project, users=folder / "users.txt", host="127.0.0.1", open_browser=False, say=say)
    (most,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    told.send((int(most) * 1024 / 1e6, time.process_time()))


def recorded_decisions(folder: Path) -> list[tuple[_Key, tuple[str, ...]]]:
    """Read who decided what from the journal."""
    journal = Journal.at(folder / "project" / "journal.sqlite")
    entries = journal.entries()
    journal.close()
    return [(entry.decision.key, entry.decision.codes) for entry in entries]


# The coders


def sign_in(address: str, coder: str, fields: tuple[CodeField, ...], keys: Mapping[str, str]) -> Desk:
    """Sign a coder in, and open the outcome that comes first."""
    connection = HTTPConnection(address)
    desk = Desk(address=address, coder=coder, cookie="", fields=fields, keys=keys)
    cookie, _ = post_form(connection, desk, "/sign-in", {"name": coder, "password": _PASSWORD})
    desk = replace(desk, cookie=cookie.partition(";")[0])
    _, first = get_page(connection, desk, f"/?{_ASKED}")
    page, _ = get_page(connection, desk, first)
    connection.close()
    (csrf, *_) = re.findall(r'name="csrf" value="([^"]+)"', page)
    return replace(desk, csrf=csrf, first=id_in(first))


def _code(desk: Desk, page_every: int) -> _Coded:
    """Decide on one outcome after the other, as the server leads on, without a pause."""
    connection = HTTPConnection(desk.address)
    acknowledged: dict[_Key, str] = {}
    posts, pages = [], []
    chance = random.Random(desk.coder)
    name, begun = desk.first, time.monotonic()
    while name:
        codes = [chance.choice(field.code_names) for field in desk.fields]
        form = decision_form(desk, name, codes)
        start = time.perf_counter()
        _, following = post_form(connection, desk, "/decide", form)
        posts.append(time.perf_counter() - start)
        acknowledged |= {(desk.coder, name, field.name): code for field, code in zip(desk.fields, codes, strict=True)}
        name = id_in(following)
        if name and len(posts) % page_every == 0:
            start = time.perf_counter()
            get_page(connection, desk, following)
            pages.append(time.perf_counter() - start)
    connection.close()
    return _Coded(acknowledged=acknowledged, posts=posts, pages=pages, begun=begun, ended=time.monotonic())


def decision_form(desk: Desk, name: str, codes: Sequence[str]) -> dict[str, str]:
    """Fill in the form of an outcome's page, a code for each field."""
    form = {
        "id": name,
        "key": desk.keys[name],
        "set": "1",
        "asked": _ASKED,
        "opened": f"{time.time():.3f}",
        "csrf": desk.csrf,
    }
    for number, code in enumerate(codes, start=1):
        form |= {f"seen-{number}": "", f"seconds-{number}": "4.20", f"order-{number}": code, f"codes-{number}": code}
    return form


def post_form(connection: HTTPConnection, desk: Desk, path: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Send a form; return the cookie that is set, and where the answer leads."""
    headers = {"Content-Type": _FORM, "Cookie": desk.cookie, "Origin": f"http://{desk.address}"}
    connection.request("POST", path, body=urlencode(form).encode(), headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 303:
        raise RuntimeError(f"{path} was answered with {answer.status}: {text[:200]}")
    return answer.getheader("Set-Cookie", ""), answer.getheader("Location", "")


def get_page(connection: HTTPConnection, desk: Desk, path: str) -> tuple[str, str]:
    """Ask for a page; return it, and where it leads."""
    connection.request("GET", path, headers={"Cookie": desk.cookie, "Accept": "text/html"})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status not in (200, 303):
        raise RuntimeError(f"{path} was answered with {answer.status}")
    return text, answer.getheader("Location", "")


def id_in(address: str) -> str:
    """Return the ID of the outcome that an address leads to; nothing where it leads elsewhere."""
    return dict(parse_qsl(urlsplit(address).query)).get("id", "")


# What came of it


def _report(coded: Sequence[_Coded], recorded: Sequence[tuple[_Key, tuple[str, ...]]], page_every: int) -> None:
    acknowledged = {key: code for one in coded for key, code in one.acknowledged.items()}
    posts = np.concatenate([one.posts for one in coded]) * 1000
    pages = np.concatenate([one.pages for one in coded]) * 1000
    seconds = max(one.ended for one in coded) - min(one.begun for one in coded)
    by_key: dict[_Key, list[tuple[str, ...]]] = {}
    for key, codes in recorded:
        by_key.setdefault(key, []).append(codes)
    kept = sum(by_key.get(key) == [(code,)] for key, code in acknowledged.items())
    middle, late, latest = np.percentile(posts, [50, 95, 100])
    page_middle, page_late = np.percentile(pages, [50, 95])
    print(
        f"{len(coded)} coders, {len(posts)} forms with {len(acknowledged)} decisions acknowledged in {seconds:.0f} s; "
        f"{kept} of these stand in the journal exactly once, which has {len(recorded)} entries. "
        f"A form takes {middle:.0f} ms (median), {late:.0f} ms (95 % take less), {latest:.0f} ms (the longest); "
        f"the page that follows, asked for after every {page_every} forms, {page_middle:.0f} ms (median), "
        f"{page_late:.0f} ms (95 %). "
        f"{(len(posts) + len(pages)) / seconds:.0f} requests a second."
    )


if __name__ == "__main__":
    main()
