from __future__ import annotations

from dataclasses import replace

from classifier.project.coding_items import CodingItem
from classifier.review.view_log import ViewLog
from tests.project.test_independent_coding import A, item
from tests.support.projects import objective, scale

GUIDED = replace(item(), suggestions={"scale": scale("Local")}, model="ours")
NEWER = replace(item(), suggestions={"objective": objective("GEN")}, model="newer")


def shown(log: ViewLog, on_page: CodingItem, coder: str = "Ana") -> dict[str, tuple[str, ...]]:
    found = log.with_all_shown(coder, on_page).suggestions
    return {name: suggestion.suggested for name, suggestion in found.items()}


def test_page_that_was_not_shown_is_not_known() -> None:
    log = ViewLog()
    log.add("Ana", [GUIDED], set_number=1)
    known = [
        log.find(coder, A, set_number=number) is not None for coder, number in (("Ana", 1), ("Ana", 0), ("Ben", 1))
    ]
    assert known == [True, False, False]


def test_suggestion_of_an_earlier_page_was_shown() -> None:
    log = ViewLog()
    log.add("Ana", [GUIDED], set_number=1)
    assert shown(log, item()) == {"scale": ("Local",)}


def test_suggestion_on_the_page_comes_before_an_earlier_one() -> None:
    log = ViewLog()
    log.add("Ana", [GUIDED], set_number=1)
    assert shown(log, replace(GUIDED, suggestions={"scale": scale("Regional")})) == {"scale": ("Regional",)}


def test_suggestions_of_several_pages_were_all_shown() -> None:
    log = ViewLog()
    log.add("Ana", [GUIDED], set_number=1)
    log.add("Ana", [NEWER], set_number=2)
    assert shown(log, item()) == {"objective": ("GEN",), "scale": ("Local",)}


def test_suggestion_shown_to_a_colleague_was_not_shown() -> None:
    log = ViewLog()
    log.add("Ben", [GUIDED], set_number=1)
    assert shown(log, item()) == {}


def test_time_of_a_page_is_when_it_was_first_shown() -> None:
    times = iter((10.0, 20.0))
    log = ViewLog(clock=lambda: next(times))
    log.add("Ana", [item()], set_number=1)
    log.add("Ana", [GUIDED], set_number=1)
    view = log.find("Ana", A, set_number=1)
    assert view is not None
    assert (view.at, view.item) == (10.0, GUIDED)
