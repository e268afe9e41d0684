from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.project.coding_items import CodingItem
from classifier.project.journal import Journal
from classifier.project.suggestion_store import SuggestionStore
from classifier.review.view_log import ViewLog
from tests.project.test_independent_coding import A, item
from tests.support.projects import kept, objective, scale

GUIDED = replace(item(), suggestions={"scale": scale("Local")}, model="ours")
NEWER = replace(item(), suggestions={"objective": objective("GEN")}, model="newer")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.at(tmp_path / "journal.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def log(journal: Journal) -> ViewLog:
    return ViewLog(lambda: journal)


@pytest.fixture
def store(tmp_path: Path) -> SuggestionStore:
    """Return a store of two sets, the suggestions of `GUIDED` and `NEWER`."""
    store = SuggestionStore(tmp_path / "suggestions")
    for guided in (GUIDED, NEWER):
        store.keep({A: kept(guided.outcome, model=guided.model, **guided.suggestions)})
    return store


def shown(log: ViewLog, on_page: CodingItem, store: SuggestionStore, coder: str = "Ana") -> dict[str, tuple[str, ...]]:
    found = log.with_all_shown(coder, on_page, store=store).suggestions
    return {name: suggestion.suggested for name, suggestion in found.items()}


def test_page_that_was_not_shown_is_not_known(log: ViewLog) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    known = [
        log.find(coder, A, set_number=number) is not None for coder, number in (("Ana", 1), ("Ana", 0), ("Ben", 1))
    ]
    assert known == [True, False, False]


def test_suggestion_of_an_earlier_page_was_shown(log: ViewLog, store: SuggestionStore) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    assert shown(log, item(), store) == {"scale": ("Local",)}


def test_suggestion_on_the_page_comes_before_an_earlier_one(log: ViewLog, store: SuggestionStore) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    assert shown(log, replace(GUIDED, suggestions={"scale": scale("Regional")}), store) == {"scale": ("Regional",)}


def test_suggestions_of_several_pages_were_all_shown(log: ViewLog, store: SuggestionStore) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    log.add("Ana", [NEWER], set_number=2)
    assert shown(log, item(), store) == {"objective": ("GEN",), "scale": ("Local",)}


def test_suggestion_shown_to_a_colleague_was_not_shown(log: ViewLog, store: SuggestionStore) -> None:
    log.add("Ben", [GUIDED], set_number=1)
    assert shown(log, item(), store) == {}


def test_time_of_a_page_is_when_it_was_first_shown(journal: Journal) -> None:
    times = iter((10.0, 20.0))
    log = ViewLog(lambda: journal, clock=lambda: next(times))
    log.add("Ana", [item()], set_number=1)
    log.add("Ana", [GUIDED], set_number=1)
    view = log.find("Ana", A, set_number=1)
    assert view is not None
    assert (view.at, set(view.fields)) == (10.0, {"scale"})


def test_server_started_again_remembers_what_was_shown(journal: Journal, log: ViewLog, store: SuggestionStore) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    again = ViewLog(lambda: journal)
    assert shown(again, item(), store, " ana") == {"scale": ("Local",)}


def test_server_started_again_remembers_when_a_page_was_shown(journal: Journal, log: ViewLog) -> None:
    log.add("Ana", [item()], set_number=0)
    view = ViewLog(lambda: journal, clock=lambda: 1000.0).find("Ana", A, set_number=0)
    assert view is not None
    assert 990.0 < view.at <= 1000.0


def test_page_shown_before_the_clock_was_set_back_was_shown_no_later_than_now(
    journal: Journal, log: ViewLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = datetime.datetime.now(tz=datetime.UTC) + datetime.timedelta(days=1)
    monkeypatch.setattr("classifier.project.journal._now", lambda: tomorrow)
    log.add("Ana", [item()], set_number=0)
    view = ViewLog(lambda: journal, clock=lambda: 1000.0).find("Ana", A, set_number=0)
    assert view is not None
    assert view.at == 1000.0


def test_page_shown_twice_is_recorded_once(journal: Journal, log: ViewLog) -> None:
    for _ in range(2):
        log.add("Ana", [GUIDED], set_number=1)
    assert len(journal.views("ana", A)) == 1


def test_suggestion_of_a_set_that_is_gone_is_still_known_to_have_been_shown(log: ViewLog, tmp_path: Path) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    assert shown(log, item(), SuggestionStore(tmp_path / "none")) == {}
    assert log.was_guided("Ana", A)


def test_no_text_of_an_outcome_is_recorded(log: ViewLog, tmp_path: Path) -> None:
    log.add("Ana", [GUIDED], set_number=1)
    recorded = b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))
    assert GUIDED.outcome.story.merged
    assert GUIDED.outcome.story.merged.encode() not in recorded
