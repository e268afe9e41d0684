"""Suggestions of a model that knows codes by their definitions, all of them or one."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest, read_harvest
from classifier.harvest.story import Story
from classifier.model.model import Model
from classifier.model.storage import load_model, save_model
from classifier.model.training import train_from_definitions, train_model
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Route

pytestmark = pytest.mark.usefixtures("few_folds")

POLICE = Story(
    parts={},
    description="Police, army, courts and prosecutors of the country stopped what they had done for many years.",
    merged="Police, army, courts and prosecutors of the country stopped what they had done for many years.",
)


@pytest.fixture(scope="module")
def by_definition(codebook: Codebook, trigrams: CachedEncoders) -> Model:
    return train_from_definitions(codebook=codebook, sources=trigrams, name="bare").model


@pytest.fixture(scope="module")
def harvest(harvest_3_new: Path, codebook: Codebook) -> Harvest:
    harvest = read_harvest(harvest_3_new, codebook=codebook)
    return replace(harvest, outcomes=harvest.outcomes[:30])


@pytest.fixture(scope="module")
def suggestions(harvest: Harvest, by_definition: Model, trigrams: CachedEncoders) -> Suggestions:
    return suggest_codes(harvest, model=by_definition, sources=trigrams)


@pytest.fixture(scope="module")
def without_security(coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders) -> Model:
    """Return a model that has seen no example of one social actor."""
    outcomes = [one for one in coded_harvest.outcomes if one.codes["social_actor"] != (SECURITY,)][:60]
    return train_model(
        [replace(coded_harvest, outcomes=tuple(outcomes))], codebook=codebook, sources=trigrams, name="new code"
    ).model


SECURITY = "Security, justice and armed actors"

# No outcome is coded


def test_nothing_is_ever_to_confirm(suggestions: Suggestions) -> None:
    assert [suggestions.n_by_route(field)[Route.CONFIRM] for field in suggestions.fields] == [0, 0, 0, 0]


def test_the_three_codes_that_fit_best_are_to_choose_from(suggestions: Suggestions) -> None:
    for one in suggestions.outcomes:
        for reported in one.fields.values():
            assert reported.prediction_set == tuple(candidate.code for candidate in reported.candidates[:3])


def test_of_two_codes_none_can_be_left_out_so_the_best_is_shown(trigrams: CachedEncoders, harvest: Harvest) -> None:
    codebook = Codebook.parse(
        "fields: [{name: scale, column: Scale, kind: single, "
        "codes: [{code: Local, definition: Village}, {code: National}]}]"
    )
    model = train_from_definitions(codebook=codebook, sources=trigrams, name="two").model
    reported = suggest_codes(harvest, model=model, sources=trigrams).outcomes[0].fields["scale"]
    assert reported.prediction_set == reported.suggested


def test_nothing_is_trained_on_a_codebook_without_definitions(trigrams: CachedEncoders) -> None:
    bare = Codebook.parse(
        "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
    )
    with pytest.raises(TrainingError) as caught:
        train_from_definitions(codebook=bare, sources=trigrams, name="bare")
    assert str(caught.value) == (
        "no code of the codebook has a definition, so there is nothing to train on; write definitions, or train "
        "on coded outcomes"
    )


def test_all_codes_shown_are_by_definition(suggestions: Suggestions) -> None:
    reported = suggestions.outcomes[0].fields["scale"]
    assert reported.by_definition == reported.prediction_set


def test_each_outcome_says_which_fields_are_by_definition(suggestions: Suggestions) -> None:
    assert (
        "by definition only: TypeOfChangeCluster, Social actor, Scale, Link to SCC Specific Objectives"
    ) in suggestions.outcomes[0].flags


def test_no_outcome_is_unlike_or_a_repeat_where_none_was_trained_on(suggestions: Suggestions) -> None:
    counts = suggestions.n_by_flag()
    assert (counts["unlike training"], counts["near-duplicate of"], counts["unusual:"]) == (0, 0, 0)


def test_an_actor_named_by_its_definition_is_suggested(
    harvest: Harvest, by_definition: Model, trigrams: CachedEncoders
) -> None:
    reported = suggest_codes(
        replace(harvest, outcomes=(replace(harvest.outcomes[0], story=POLICE),)),
        model=by_definition,
        sources=trigrams,
    )
    assert reported.outcomes[0].fields["social_actor"].suggested == (SECURITY,)


def test_title_says_that_nothing_else_was_trained_on(by_definition: Model) -> None:
    day = by_definition.manifest.created[:10]
    assert by_definition.manifest.title == f"bare ({day}, from definitions only)"


def test_a_saved_model_suggests_the_same(
    by_definition: Model, harvest: Harvest, suggestions: Suggestions, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    save_model(by_definition, tmp_path / "bare")
    again = suggest_codes(harvest, model=load_model(tmp_path / "bare"), sources=trigrams)
    assert [one.fields for one in again.outcomes] == [one.fields for one in suggestions.outcomes]


def test_lines_for_programs_mark_codes_by_definition(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.jsonl")
    line = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert line["fields"]["scale"]["by_definition"] == line["fields"]["scale"]["prediction_set"]


def test_csv_marks_codes_by_definition(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert "by definition only: " in next(csv.DictReader(file))["flags"]


def test_workbook_says_that_confidence_is_not_calibrated(suggestions: Suggestions, tmp_path: Path) -> None:
    write_suggestions(suggestions, tmp_path / "out.xlsx")
    about = openpyxl.load_workbook(tmp_path / "out.xlsx")["About the suggestions"]
    reported = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    assert (reported["… : confidence"], reported["Scale"]) == (
        "How well the first suggested code fits by its definition. It is not calibrated: how often such suggestions "
        "are right is not known until some outcomes are coded.",
        "The model was not trained on any coded outcome: codes are suggested by definition only.",
    )


# One code has no example


def test_a_code_without_examples_remains_possible_where_its_definition_fits_best(
    harvest: Harvest, without_security: Model, trigrams: CachedEncoders
) -> None:
    reported = suggest_codes(
        replace(harvest, outcomes=(replace(harvest.outcomes[0], story=POLICE),)),
        model=without_security,
        sources=trigrams,
    ).outcomes[0]
    actor = reported.fields["social_actor"]
    assert (SECURITY in actor.prediction_set, actor.by_definition) == (True, (SECURITY,))


def test_it_is_named_in_the_flags(harvest: Harvest, without_security: Model, trigrams: CachedEncoders) -> None:
    reported = suggest_codes(
        replace(harvest, outcomes=(replace(harvest.outcomes[0], story=POLICE),)),
        model=without_security,
        sources=trigrams,
    ).outcomes[0]
    assert f"by definition only: Social actor '{SECURITY}'" in reported.flags


def test_learned_codes_are_not_marked(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    reported = suggest_codes(harvest, model=model, sources=trigrams)
    assert {one.by_definition for outcome in reported.outcomes for one in outcome.fields.values()} == {()}
