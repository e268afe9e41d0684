"""Suggestions where the program fails on some outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from classifier._types import FloatArray
from classifier.error_report import PLEASE_SEND, error_report_folder
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.encoder import Tokens
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.suggestion import batches, workflow
from classifier.suggestion import suggest as suggest_module
from classifier.suggestion.failures import failure_notes
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Flag, Route
from classifier.suggestion.workflow import suggest
from conftest import TrigramEncoder

N_OUTCOMES = 12


class TornEncoder(TrigramEncoder):
    """Fails on texts that hold a word."""

    def __init__(self, word: str) -> None:
        self._word = word

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        self._fail(texts)
        return super().encode(texts)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        self._fail(texts)
        return super().tokens(texts)

    def _fail(self, texts: Sequence[str]) -> None:
        for text in texts:
            if self._word in text:
                raise RuntimeError(f"can't read {text}")


@pytest.fixture(autouse=True)
def _reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCOME_CODER_REPORTS", str(tmp_path / "reports"))


@pytest.fixture(scope="module")
def new(coded_harvest: Harvest) -> Harvest:
    """Return outcomes that are not coded yet, of which one holds a word that no other does."""
    outcomes = [replace(one, codes={}) for one in coded_harvest.outcomes[40 : 40 + N_OUTCOMES]]
    torn = outcomes[5].story
    outcomes[5] = replace(
        outcomes[5],
        story=replace(torn, description=f"Wanjiruu. {torn.description}", merged=f"Wanjiruu. {torn.merged}"),
    )
    return replace(coded_harvest, outcomes=tuple(outcomes))


@pytest.fixture(scope="module")
def whole(new: Harvest, model: Model, trigrams: CachedEncoders) -> Suggestions:
    """Return suggestions for all of them at once, with their reasons."""
    return suggest_codes(new, model=model, sources=trigrams)


def use(monkeypatch: pytest.MonkeyPatch, sources: CachedEncoders) -> None:
    def open_model_encoders(known: object, **_: object) -> CachedEncoders:
        return sources

    monkeypatch.setattr(workflow, "open_model_encoders", open_model_encoders)


def torn() -> CachedEncoders:
    return (CachedEncoder(encoder=TornEncoder("Wanjiruu"), cache=None),)


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    in_batches = batches.in_batches

    def in_batches_of_five(outcomes: Sequence[Outcome], work: batches.Work[object]) -> object:
        return in_batches(outcomes, work, size=5)

    monkeypatch.setattr(suggest_module, "in_batches", in_batches_of_five)


def told_of(suggestions: Suggestions) -> list[tuple[object, ...]]:
    return [
        (one.fragment_id, name, by.suggested, by.candidates, by.prediction_set, by.route, by.repeats, one.flags)
        for one in suggestions.outcomes
        for name, by in one.fields.items()
    ]


def test_suggestions_in_batches_are_those_of_all_at_once(
    new: Harvest, whole: Suggestions, model: Model, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, trigrams)
    small_batches(monkeypatch)
    assert told_of(suggest(new, model=model)) == told_of(whole)


def test_near_duplicates_are_reported_across_batches(
    new: Harvest, model: Model, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, trigrams)
    small_batches(monkeypatch)
    again = replace(new.outcomes[0], fragment_id="A/again", row=900)
    found = suggest(replace(new, outcomes=(*new.outcomes, again)), model=model)
    assert f"{Flag.NEAR_DUPLICATE} {new.outcomes[0].fragment_id}" in found.outcomes[-1].flags


@pytest.mark.slow
def test_outcome_that_cannot_be_judged_goes_to_be_coded_afresh(
    new: Harvest, whole: Suggestions, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, torn())
    found = suggest(new, model=model)
    assert found.outcomes[5].flags == ("could not be judged: RuntimeError",)
    assert {one.route for one in found.outcomes[5].fields.values()} == {Route.CODE_AFRESH}
    rest = [one for one in told_of(found) if one[0] != new.outcomes[5].fragment_id]
    assert rest == [one for one in told_of(whole) if one[0] != new.outcomes[5].fragment_id]


@pytest.mark.slow
def test_report_on_it_holds_no_text_and_is_for_its_owner_alone(
    new: Harvest, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, torn())
    suggest(new, model=model)
    (report,) = error_report_folder().iterdir()
    reported = report.read_text(encoding="utf-8")
    assert (
        "while suggesting codes" in reported,
        "builtins.RuntimeError" in reported,
        "embedding_cache.py:" in reported,
    ) == (
        True,
        True,
        True,
    )
    assert ("Wanjiruu" in reported, "can't read" in reported) == (False, False)
    assert (report.stat().st_mode & 0o077, report.parent.stat().st_mode & 0o077) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["share_stories", "explain_outcomes"])
def test_reasons_that_cannot_be_reported_cost_no_suggestion(
    step: str, new: Harvest, whole: Suggestions, model: Model, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, trigrams)
    given = getattr(suggest_module, step)

    def failing(outcomes: Sequence[Outcome], *rest: object, **options: object) -> object:
        if any(one is new.outcomes[5] for one in outcomes):
            raise IndexError(new.outcomes[5].story.merged)
        return given(outcomes, *rest, **options)

    monkeypatch.setattr(suggest_module, step, failing)
    found = suggest(new, model=model)
    one, other = found.outcomes[5], whole.outcomes[5]
    assert one.flags == (*other.flags, "could not be explained: IndexError")
    assert {name: by.candidates for name, by in one.fields.items()} == {
        name: by.candidates for name, by in other.fields.items()
    }
    assert all(by.reasons for by in found.outcomes[4].fields.values() if by.suggested)


def test_outcomes_that_cannot_be_judged_are_counted_and_the_first_named() -> None:
    flags = {f"A/{n}": (f"{Flag.NOT_JUDGED} RuntimeError",) for n in range(5)} | {"B/1": ("too short",)}
    (note,) = failure_notes(flags)
    assert str(note) == (
        "5 outcomes could not be judged because of an internal error: A/0, A/1, A/2 and 2 more (code them afresh; "
        f"the latest file in {error_report_folder()} says what happened: {PLEASE_SEND})"
    )


def test_run_that_is_stopped_is_stopped(
    new: Harvest, model: Model, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, trigrams)

    def stopped(*given: object, **options: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(suggest_module, "judge_features", stopped)
    with pytest.raises(KeyboardInterrupt):
        suggest(new, model=model)
