from __future__ import annotations

import pytest

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.model.cooccurrence import Combinations

CODEBOOK = Codebook.parse("""
fields:
  - {name: actor, column: Actor, kind: single, codes: [{code: Village elders}, {code: Parliament}]}
  - {name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}
  - {name: theme, column: Theme, kind: multiple, codes: [{code: Peace}, {code: Space}]}
""")


def outcomes(n_outcomes: int, **codes: str) -> list[Outcome]:
    story = Story(parts={}, description="", merged="")
    given = {field: tuple(reported.split("; ")) for field, reported in codes.items()}
    return [Outcome(fragment_id="SCC/1", story=story, codes=given) for _ in range(n_outcomes)]


@pytest.fixture
def known() -> Combinations:
    """Forty changes of elders, all local, and forty of parliament, all but one national."""
    coded = outcomes(40, actor="Village elders", scale="Local", theme="Peace; Space")
    coded += outcomes(39, actor="Parliament", scale="National", theme="Space")
    coded += outcomes(1, actor="Parliament", scale="Local", theme="Space")
    return Combinations.count(coded, CODEBOOK)


def reported(known: Combinations, **codes: tuple[str, float]) -> list[str]:
    return [str(oddity) for oddity in known.oddities(codes)]


def test_codes_that_never_came_together_are_reported_with_the_usual_one(known: Combinations) -> None:
    assert reported(known, actor=("Village elders", 0.9), scale=("National", 0.6)) == [
        "Scale 'National' beside 'Village elders' (usually 'Local')"
    ]


def test_the_less_sure_code_is_the_odd_one(known: Combinations) -> None:
    assert reported(known, actor=("Village elders", 0.6), scale=("National", 0.9)) == [
        "Actor 'Village elders' beside 'National' (usually 'Parliament')"
    ]


def test_what_came_together_once_in_twenty_times_is_odd(known: Combinations) -> None:
    assert len(reported(known, actor=("Parliament", 0.9), scale=("Local", 0.6))) == 1


def test_what_usually_comes_together_is_not_odd(known: Combinations) -> None:
    assert reported(known, actor=("Village elders", 0.9), scale=("Local", 0.6)) == []


def test_the_main_code_counts_in_a_multiple_field(known: Combinations) -> None:
    assert reported(known, actor=("Village elders", 0.9), theme=("Space", 0.6)) == [
        "Theme 'Space' beside 'Village elders' (usually 'Peace')"
    ]


def test_a_few_outcomes_make_nothing_odd() -> None:
    coded = outcomes(4, actor="Village elders", scale="Local") + outcomes(4, actor="Parliament", scale="National")
    few = Combinations.count(coded, CODEBOOK)
    assert reported(few, actor=("Village elders", 0.9), scale=("National", 0.6)) == []


def test_fields_never_coded_together_make_nothing_odd() -> None:
    apart = Combinations.count(outcomes(50, actor="Parliament") + outcomes(50, scale="Local"), CODEBOOK)
    assert reported(apart, actor=("Parliament", 0.9), scale=("Local", 0.6)) == []
