from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import EncoderError, FieldError, ModelError
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest
from classifier.harvest.story import Story
from classifier.model.model import Model, judge
from classifier.suggestion.flags import InputCheck
from classifier.suggestion.model_checks import redefinition_notes, resolve_codebook
from classifier.suggestion.predict import suggest_field
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import FieldSuggestion, OutcomeSuggestions, Route

pytestmark = pytest.mark.slow

SHORT = Story(parts={}, description="The mayor met us.", merged="The mayor met us.")
BLANK = Story(parts={}, description="", merged=" ")


@pytest.fixture(scope="module")
def harvest(harvest_3_new: Path, codebook: Codebook) -> Harvest:
    return read_harvest(harvest_3_new, codebook=codebook)


@pytest.fixture(scope="module")
def suggestions(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> Suggestions:
    return suggest_codes(harvest, model=model, sources=trigrams)


def all_of(suggestions: Suggestions, field: str) -> list[FieldSuggestion]:
    return [one.fields[field] for one in suggestions.outcomes]


def only(outcome: Outcome, harvest: Harvest) -> Harvest:
    return replace(harvest, outcomes=(outcome,))


def suggested_for(outcome: Outcome, harvest: Harvest, model: Model, trigrams: CachedEncoders) -> OutcomeSuggestions:
    return suggest_codes(only(outcome, harvest), model=model, sources=trigrams).outcomes[0]


FIELDS = ("change_type_cluster", "social_actor", "scale", "scc_objective")


def test_every_outcome_is_answered_in_the_order_of_the_file(suggestions: Suggestions, harvest: Harvest) -> None:
    assert [one.fragment_id for one in suggestions.outcomes] == [one.fragment_id for one in harvest.outcomes]


@pytest.mark.parametrize("field", FIELDS)
def test_all_codes_are_candidates(suggestions: Suggestions, codebook: Codebook, field: str) -> None:
    codes = {tuple(sorted(one.code for one in reported.candidates)) for reported in all_of(suggestions, field)}
    assert codes == {tuple(sorted(codebook.field(field).code_names))}


@pytest.mark.parametrize("field", FIELDS)
def test_candidates_come_best_first(suggestions: Suggestions, field: str) -> None:
    falling = [
        [one.confidence for one in reported.candidates]
        == sorted([one.confidence for one in reported.candidates], reverse=True)
        for reported in all_of(suggestions, field)
    ]
    assert all(falling)


@pytest.mark.parametrize("field", FIELDS)
def test_prediction_set_is_in_the_order_of_the_candidates(suggestions: Suggestions, field: str) -> None:
    for reported in all_of(suggestions, field):
        order = [one.code for one in reported.candidates]
        assert list(reported.prediction_set) == sorted(reported.prediction_set, key=order.index)


@pytest.mark.parametrize("field", FIELDS[:3])
def test_a_single_field_gets_its_best_candidate(suggestions: Suggestions, field: str) -> None:
    assert all(reported.suggested == (reported.candidates[0].code,) for reported in all_of(suggestions, field))


def test_a_multiple_field_may_get_two_codes(suggestions: Suggestions) -> None:
    assert {len(reported.suggested) for reported in all_of(suggestions, "scc_objective")} >= {1, 2}


@pytest.mark.parametrize("field", FIELDS)
def test_one_to_confirm_has_just_the_suggested_codes_in_its_set(suggestions: Suggestions, field: str) -> None:
    to_confirm = [reported for reported in all_of(suggestions, field) if reported.route is Route.CONFIRM]
    assert all(set(reported.prediction_set) == set(reported.suggested) for reported in to_confirm)


@pytest.fixture(scope="module")
def wider(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> Suggestions:
    return suggest_codes(harvest, model=model, sources=trigrams, coverage=0.99)


@pytest.mark.parametrize("field", FIELDS)
def test_more_coverage_gives_larger_sets(suggestions: Suggestions, wider: Suggestions, field: str) -> None:
    for narrow, wide in zip(all_of(suggestions, field), all_of(wider, field), strict=True):
        assert set(narrow.prediction_set) <= set(wide.prediction_set)


def test_more_precision_leaves_less_to_confirm(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    half = replace(harvest, outcomes=harvest.outcomes[::2])

    def n_to_confirm(precision: float) -> int:
        asked = suggest_codes(half, model=model, sources=trigrams, precision=precision)
        return sum(asked.n_by_route(field)[Route.CONFIRM] for field in asked.fields)

    assert n_to_confirm(0.99) < n_to_confirm(0.8)


def test_only_the_fields_asked_for_are_suggested(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    asked = suggest_codes(only(harvest.outcomes[0], harvest), model=model, sources=trigrams, fields=["scale"])
    assert list(asked.outcomes[0].fields) == ["scale"]


def test_a_misspelt_field_is_reported_with_the_nearest(
    harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    with pytest.raises(FieldError, match=r"the codebook has no field 'scales' \(did you mean 'scale'\?\)"):
        suggest_codes(harvest, model=model, sources=trigrams, fields=["scales"])


def test_an_outcome_without_text_gets_no_suggestion(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    reported = suggested_for(replace(harvest.outcomes[0], story=BLANK), harvest, model, trigrams)
    nothing = FieldSuggestion(suggested=(), candidates=(), prediction_set=(), route=Route.CODE_AFRESH)
    assert (reported.fields, reported.flags) == (dict.fromkeys(FIELDS, nothing), ("no text",))


def test_a_story_of_four_words_is_coded_afresh(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    reported = suggested_for(replace(harvest.outcomes[0], story=SHORT), harvest, model, trigrams)
    assert {one.route for one in reported.fields.values()} == {Route.CODE_AFRESH}
    assert reported.flags == ("too short",)


def test_a_coded_outcome_gets_suggestions_too(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    coded = replace(harvest.outcomes[0], codes={"scale": ("Local",)})
    reported = suggested_for(coded, harvest, model, trigrams)
    assert "already coded" in reported.flags
    assert reported.fields["scale"].suggested


def test_an_outcome_trained_on_under_another_id_is_a_near_duplicate(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    second_report = replace(coded_harvest.outcomes[0], fragment_id="SCC-ENV/033 (2)")
    reported = suggested_for(second_report, coded_harvest, model, trigrams)
    assert "near-duplicate of SCC-ENV/033" in reported.flags


def test_an_outcome_is_no_near_duplicate_of_itself(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    reported = suggested_for(coded_harvest.outcomes[0], coded_harvest, model, trigrams)
    assert "near-duplicate of SCC-ENV/033" not in reported.flags


def test_the_second_report_in_one_harvest_names_the_first(
    harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    second_report = replace(harvest.outcomes[0], fragment_id="SCC-JEU/026b", row=500)
    twice = replace(harvest, outcomes=(harvest.outcomes[0], second_report))
    reported = suggest_codes(twice, model=model, sources=trigrams).outcomes
    assert "near-duplicate of SCC-JEU/026" in reported[1].flags


def test_another_encoder_than_the_models_is_refused(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    class Changed:
        name, sha256 = "trigrams", "f" * 64
        encode, windows, tokens = trigrams[0].encoder.encode, trigrams[0].encoder.windows, trigrams[0].encoder.tokens

    with pytest.raises(EncoderError) as caught:
        suggest_codes(harvest, model=model, sources=(CachedEncoder(encoder=Changed(), cache=None),))
    assert str(caught.value) == (
        "model 'cheap' was trained with encoder 'trigrams', whose weights are not the ones found here; install that "
        "encoder again, or train the model again"
    )


def test_more_encoders_than_the_models_are_refused(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    with pytest.raises(EncoderError) as caught:
        suggest_codes(harvest, model=model, sources=trigrams * 2)
    assert str(caught.value) == (
        "model 'cheap' was trained with 1 encoder, and 2 are given; open them with `open_encoders(['trigrams'])`"
    )


def test_nothing_is_to_confirm_where_a_code_has_four_examples(
    harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    def suggested_to_confirm(n_examples: int) -> set[tuple[str, ...]]:
        codes = {**model.manifest.codes, "scale": {**model.manifest.codes["scale"], "Local": n_examples}}
        told = replace(model, manifest=model.manifest.model_copy(update={"codes": codes}))
        made = suggest_codes(harvest, model=told, sources=trigrams, fields=["scale"], precision=0.5)
        return {one.suggested for one in all_of(made, "scale") if one.route is Route.CONFIRM}

    assert suggested_to_confirm(5) - suggested_to_confirm(4) == {("Local",)}


def test_a_codebook_with_another_code_is_refused(model: Model, codebook: Codebook) -> None:
    other = Codebook.parse(codebook.dump().replace("code: Regional", "code: Continental"))
    with pytest.raises(ModelError) as caught:
        resolve_codebook(other, model)
    assert str(caught.value) == (
        "model 'cheap' was trained with another codebook; train one with this codebook (`outcome-coder train`, with "
        "--definitions-only if nothing is coded yet) and name it with --model, or leave --codebook out to use the "
        "model's\n  field 'scale' (column 'Scale'): code 'Regional' is gone\n"
        "  field 'scale' (column 'Scale'): code 'Continental' is new"
    )


def test_differences_to_the_codebook_of_another_programme_are_not_listed_one_by_one(model: Model) -> None:
    codes = ", ".join(f"{{code: Topic {number}}}" for number in range(30))
    other = Codebook.parse(f"fields: [{{name: scale, column: Scale, kind: single, codes: [{codes}]}}]")
    with pytest.raises(ModelError) as caught:
        resolve_codebook(other, model)
    assert str(caught.value).splitlines()[11:] == ["  and 28 more differences"]


def test_a_changed_definition_is_reported(model: Model, codebook: Codebook) -> None:
    other = Codebook.parse(codebook.dump().replace("Firms, banks, pension funds.", "Firms and banks."))
    assert redefinition_notes(other, model) == (
        "Social actor: the definition of 'Companies and investors' has changed since model 'cheap' was trained",
    )


def test_a_codebook_that_only_names_the_columns_otherwise_is_used(
    model: Model, codebook: Codebook, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    french = Codebook.parse(codebook.dump().replace("column: Scale", "column: Échelle"))
    path = tmp_path / "récolte.csv"
    path.write_text(
        "FragmentID;Outcome description;Échelle\nSCC-JEU/1;Les conseillers du village se réunissent;Local\n",
        encoding="utf-8",
    )
    harvest = read_harvest(path, codebook=french)
    reported = suggest_codes(harvest, model=model, sources=trigrams, codebook=french)
    assert [field.column for field in reported.fields][2] == "Échelle"
    assert reported.outcomes[0].outcome.codes == {"scale": ("Local",)}


def test_an_extra_code_is_entered_where_it_probably_applies() -> None:
    judged = judge(np.array([[0.6, 0.3, 0.1]]), np.array([[0.8, 0.7, 0.1]]))
    assert judged.suggested.tolist() == [[True, True, False]]
    assert judged.joint_confidence == pytest.approx([0.8 * 0.7 * 0.9])


# Prediction sets hold what is suggested

CIVIC, PEACE, GENDER, STRESS = "CIV", "CON", "GEN", "EXT"
LIKE_TRAINING = InputCheck(
    language="en",
    is_foreign=False,
    is_cross_lingual=False,
    is_known=True,
    is_out_of_distribution=False,
    is_short=False,
    similarity=0.5,
    near_duplicate=None,
    earlier=None,
)


def objective_of(
    codebook: Codebook,
    *,
    main: list[float],
    applies: list[float],
    set_at: list[float] | None,
    input_check: InputCheck = LIKE_TRAINING,
    confirm_at: float = np.inf,
) -> tuple[list[str], list[str], Route]:
    """Return the objectives suggested for an outcome and those in its prediction set, abbreviated, and the route."""
    field = codebook.field("scc_objective")
    (found,) = suggest_field(
        field,
        judge(np.array([main]), np.array([applies])),
        np.full((1, len(field.codes)), 0.25),
        [input_check],
        coverage=0.9,
        set_at=None if set_at is None else np.array(set_at),
        confirm_at=confirm_at,
        n_examples=dict.fromkeys(field.code_names, 20),
        repeats=[None],
    )
    return [code[:3] for code in found.suggested], [code[:3] for code in found.prediction_set], found.route


def test_a_suggested_code_below_its_own_threshold_is_in_the_set_before_a_rare_one(codebook: Codebook) -> None:
    # GEN enters sets from 2 %, since coders gave it where hardly any story said so; CIV from 60 %.
    assert objective_of(
        codebook, main=[0.8, 0.1, 0.06, 0.04], applies=[0.55, 0.1, 0.02, 0.01], set_at=[0.6, 0.3, 0.02, 0.3]
    ) == ([CIVIC], [CIVIC, GENDER], Route.CHOOSE)


def test_a_second_suggested_code_below_its_own_threshold_is_in_the_set(codebook: Codebook) -> None:
    assert objective_of(
        codebook, main=[0.6, 0.3, 0.06, 0.04], applies=[0.9, 0.55, 0.02, 0.01], set_at=[0.6, 0.7, 0.3, 0.3]
    ) == ([CIVIC, PEACE], [CIVIC, PEACE], Route.CHOOSE)


def test_where_no_code_fits_the_suggested_one_is_in_the_set_and_the_outcome_is_coded_afresh(codebook: Codebook) -> None:
    assert objective_of(
        codebook,
        main=[0.4, 0.3, 0.2, 0.1],
        applies=[0.4, 0.3, 0.1, 0.1],
        set_at=[0.6, 0.6, 0.6, 0.6],
        confirm_at=0.0,
    ) == ([CIVIC], [CIVIC], Route.CODE_AFRESH)


def test_of_a_story_in_another_language_the_main_code_is_in_the_set_though_another_is_likelier_to_apply(
    codebook: Codebook,
) -> None:
    assert objective_of(
        codebook,
        main=[0.5, 0.4, 0.06, 0.04],
        applies=[0.02, 0.45, 0.01, 0.01],
        set_at=[0.6, 0.6, 0.6, 0.6],
        input_check=replace(LIKE_TRAINING, language="fr", is_cross_lingual=True, is_known=False),
    ) == ([CIVIC], [CIVIC, PEACE], Route.CHOOSE)


def test_codes_suggested_by_definitions_alone_are_in_the_set_and_are_too_many_to_choose_from(
    codebook: Codebook,
) -> None:
    assert objective_of(codebook, main=[0.4, 0.3, 0.2, 0.1], applies=[0.6, 0.6, 0.6, 0.6], set_at=None) == (
        [CIVIC, PEACE, GENDER, STRESS],
        [CIVIC, PEACE, GENDER, STRESS],
        Route.CODE_AFRESH,
    )


@pytest.mark.parametrize("coverage", [0.5, 0.9])
@pytest.mark.parametrize("field", FIELDS)
def test_prediction_set_holds_the_suggested_codes(
    harvest: Harvest, model: Model, trigrams: CachedEncoders, field: str, coverage: float
) -> None:
    few = replace(harvest, outcomes=harvest.outcomes[:40])
    made = suggest_codes(few, model=model, sources=trigrams, fields=[field], coverage=coverage)
    assert all(set(one.suggested) <= set(one.prediction_set) for one in all_of(made, field))
