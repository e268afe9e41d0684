from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.cli.explanation import print_explanation
from classifier.codebook.schema import Codebook
from classifier.harvest.reading import Harvest, read_harvest
from classifier.model.model import Model
from classifier.suggestion.types import FieldSuggestion, Neighbour, Reason, Route, SentenceShare
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes

SCALE = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
BY_LAW = "In May 2024 the council of Dori adopted a by-law that keeps cattle away from the wells."
REASON = Reason(
    code="Local",
    definition="Village, camp or [one] school.",
    sentences=(
        SentenceShare(text="The council of Dori adopted it.", part="Outcome description", share=0.8),
        SentenceShare(text="It is the first.", part="Significance of the outcome", share=0.2),
        SentenceShare(text="The minister came.", part="Outcome description", share=-0.11),
    ),
    parts={"Outcome description": 0.8, "Significance of the outcome": 0.2},
    lead=2.0,
    lead_by_sentences=1.5,
    accounted=1.0,
)
NEAREST = (Neighbour(fragment_id="SCC-JEU/017", codes=("National",), similarity=0.414),)


@pytest.fixture
def asked() -> Codebook:
    return Codebook.parse(SCALE)


@pytest.fixture
def harvest(tmp_path: Path, asked: Codebook) -> Harvest:
    path = write_outcomes(tmp_path / "harvest.xlsx", {"FragmentID": "SCC-NEW/1", "Outcome description": BY_LAW})
    return read_harvest(path, codebook=asked)


@pytest.fixture
def local(asked: Codebook) -> FieldSuggestion:
    return replace(suggested(asked.field("scale"), "Local", route=Route.CHOOSE), reasons=(REASON,), nearest=NEAREST)


@pytest.fixture
def page(
    harvest: Harvest, model: Model, asked: Codebook, local: FieldSuggestion, capsys: pytest.CaptureFixture[str]
) -> Page:
    return Page(harvest, model, asked, local, capsys)


class Page:
    """What is printed, line by line."""

    def __init__(
        self,
        harvest: Harvest,
        model: Model,
        codebook: Codebook,
        local: FieldSuggestion,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.harvest, self.model, self.codebook, self.local, self.capsys = harvest, model, codebook, local, capsys

    def lines(
        self, suggestion: FieldSuggestion | None = None, flags: Sequence[str] = (), harvest: Harvest | None = None
    ) -> list[str]:
        suggestions = suggest_by_hand(
            harvest or self.harvest,
            model=self.model,
            codebook=self.codebook,
            fields={"scale": suggestion or self.local},
            flags=flags,
        )
        print_explanation(suggestions, width=110)
        return [line.rstrip() for line in self.capsys.readouterr().out.splitlines()]


def test_a_suggestion_is_explained_word_for_word(page: Page) -> None:
    assert page.lines()[:13] == [
        f"SCC-NEW/1 of harvest.xlsx, by model {page.model.manifest.title}",
        "",
        "Scale: Local (confidence 75%, choose)",
        "  Next: National 12%",
        "  Village, camp or [one] school.",
        "   80% ########   The council of Dori adopted it. [Outcome description]",
        "   20% ##         It is the first. [Significance of the outcome]",
        "  -11% -          The minister came. [Outcome description] - evidence against it",
        "  By part of the story: Outcome description 80%, Significance of the outcome 20%",
        "  Most similar coded outcomes:",
        "    SCC-JEU/017  National  similarity 0.41",
        "",
        "How to read this: the evidence for a code is divided among the sentences of the story, and the shares add up",
    ]


@pytest.mark.parametrize(
    ("flag", "reported"),
    [
        ("too short", "it is too short"),
        ("language: French", "the model can't judge its language"),
        ("unlike training", "it is unlike all the training outcomes"),
    ],
)
def test_untrusted_suggestions_are_marked_first(page: Page, flag: str, reported: str) -> None:
    assert page.lines(flags=[flag])[1:3] == [
        f"Do not trust these suggestions: {reported}. Code the outcome afresh.",
        f"Flags: {flag}",
    ]


def test_other_flags_raise_no_doubt(page: Page) -> None:
    assert page.lines(flags=["near-duplicate of SCC-WRL/001"])[1] == "Flags: near-duplicate of SCC-WRL/001"


def test_an_outcome_without_text_has_nothing_to_explain(page: Page, tmp_path: Path) -> None:
    path = write_outcomes(tmp_path / "blank.xlsx", {"FragmentID": "SCC-NEW/2", "Outcome description": None})
    assert page.lines(harvest=read_harvest(path, codebook=page.codebook))[1:] == [
        "The outcome has no text, so there is nothing to explain."
    ]


def test_an_outcome_that_was_trained_on_is_reported(page: Page) -> None:
    known = replace(page.harvest.outcomes[0], fragment_id=page.model.manifest.fragment_ids[0])
    warning = page.lines(harvest=replace(page.harvest, outcomes=(known,)))[1]
    assert warning == "The model was trained on an outcome with this ID, so it may only repeat the code given there."


def test_a_code_that_no_sentence_speaks_for_is_reported(page: Page) -> None:
    lost = replace(page.local, reasons=(replace(REASON, sentences=(), parts={}),))
    assert "  No sentence is evidence for it: the other codes are less likely still." in page.lines(lost)


def test_a_suggestion_that_cannot_be_explained_is_reported(page: Page) -> None:
    reported = "  Too few coded examples to tell codes apart: it is suggested whatever the story says."
    assert reported in page.lines(replace(page.local, reasons=()))


def test_what_cannot_be_shared_out_is_reported(page: Page) -> None:
    reported = "  40% of the model's weight can't be attributed to sentences, and is not in these shares."
    assert reported in page.lines(replace(page.local, reasons=(replace(REASON, accounted=0.6),)))


def test_a_code_without_a_definition_is_reported(page: Page) -> None:
    reported = "  The codebook has no definition of it."
    assert reported in page.lines(replace(page.local, reasons=(replace(REASON, definition=""),)))


def test_each_of_several_codes_is_named(page: Page) -> None:
    two = replace(page.local, suggested=("Local", "National"), reasons=(REASON, replace(REASON, code="National")))
    assert "  National: Village, camp or [one] school." in page.lines(two)
