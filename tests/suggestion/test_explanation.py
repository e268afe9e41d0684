from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.story_features import StoryFeatures, StoryShares
from classifier.features.tfidf import Matrix
from classifier.harvest.reading import Harvest, read_harvest
from classifier.harvest.sentences import cut_story
from classifier.harvest.story import Story, tell_story
from classifier.model.heads import Head
from classifier.model.model import Model
from classifier.model.task import TaskType
from classifier.model.training import train_model
from classifier.suggestion.explanation import SharedHead, share_stories
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Reason

pytestmark = pytest.mark.usefixtures("few_folds")

FIELDS = ("change_type_cluster", "social_actor", "scale", "scc_objective")


@pytest.fixture(scope="module")
def harvest(training_data: str, codebook: Codebook) -> Harvest:
    read = read_harvest(f"{training_data}/harvest_3_new.xlsx", codebook=codebook)
    return replace(read, outcomes=read.outcomes[:30])


@pytest.fixture(scope="module")
def shares(harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders) -> StoryShares:
    return share_stories(harvest.outcomes, codebook.columns.parts, trigrams)


@pytest.fixture(scope="module")
def explained(harvest: Harvest, model: Model, trigrams: CachedEncoders) -> Suggestions:
    return suggest_codes(harvest, model=model, sources=trigrams)


@pytest.fixture(scope="module")
def features(harvest: Harvest, trigrams: CachedEncoders) -> StoryFeatures:
    return StoryFeatures.of([outcome.story for outcome in harvest.outcomes], trigrams)


def reasons(explained: Suggestions) -> list[Reason]:
    return [reason for one in explained.outcomes for field in one.fields.values() for reason in field.reasons]


def only(harvest: Harvest, story: Story) -> Harvest:
    return replace(harvest, outcomes=(replace(harvest.outcomes[0], story=story),))


def pooled(head: Head, views: tuple[Matrix, ...]) -> FloatArray:
    """Pool what the regressions say, worked out without the bounds that the pool sets."""
    scores = np.tile(head.pool.offsets_, (views[0].shape[0], 1))
    *regressions, _ = head.view_classifiers
    for weight, view, view_classifiers in zip(head.pool.weights_, views[:-1], regressions, strict=False):
        if not view_classifiers:
            continue  # worth nothing
        if head.task_type is TaskType.MULTICLASS:
            log_odds = np.log(view_classifiers[0].predict_proba(view))
        else:
            log_odds = logit(
                np.stack([classifier.predict_proba(view)[:, 1] for classifier in view_classifiers], axis=1)
            )
        scores += weight * log_odds
    return scores


def views_of(model: Model, features: StoryFeatures) -> tuple[Matrix, ...]:
    return model.views.transform(features, model.fingerprinter.transform(features))


# The sentences add up


@pytest.mark.slow
@pytest.mark.parametrize("field", FIELDS)
def test_contributions_add_up_to_the_log_odds_against_any_mix_of_the_others(
    model: Model, shares: StoryShares, features: StoryFeatures, field: str
) -> None:
    head = model.fields[field].main
    scores = pooled(head, views_of(model, features))
    shared = SharedHead.of(head, model.views.share_out(shares))
    assert shared is not None
    generator = np.random.default_rng(0)
    for row, rows in enumerate(shares.rows_of()):
        confidences = generator.dirichlet(np.ones(len(head.prior)))
        code = int(generator.choice(head.trained_codes))
        lead = shared.attribute(rows, code, confidences)
        assert lead is not None
        place = head.trained_codes.tolist().index(code)
        others = np.delete(np.arange(len(head.trained_codes)), place)
        mix = confidences[head.trained_codes[others]] / confidences[head.trained_codes[others]].sum()
        assert lead.total == pytest.approx(scores[row, place] - scores[row, others] @ mix, abs=1e-4)


def test_sentences_rest_and_base_add_up_to_the_log_odds_of_a_further_code(
    model: Model, shares: StoryShares, features: StoryFeatures
) -> None:
    head = model.fields["scc_objective"].multilabel
    assert head is not None
    scores = pooled(head, views_of(model, features))
    shared = SharedHead.of(head, model.views.share_out(shares))
    assert shared is not None
    for row, rows in enumerate(shares.rows_of()):
        leads = [shared.attribute(rows, int(code), np.full(len(head.prior), 0.5)) for code in head.trained_codes]
        assert [lead and lead.total for lead in leads] == pytest.approx(scores[row].tolist(), abs=1e-4)


@pytest.mark.slow
def test_two_codes_are_kept_apart_by_one_regression(
    coded_harvest: Harvest, trigrams: CachedEncoders, features: StoryFeatures, shares: StoryShares
) -> None:
    two = Codebook.parse(
        "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
    )
    outcomes = [
        replace(one, codes={"scale": one.codes["scale"]})
        for one in coded_harvest.outcomes
        if one.codes["scale"][0] in ("Local", "National")
    ]
    model = train_model(
        [replace(coded_harvest, outcomes=tuple(outcomes))], codebook=two, sources=trigrams, name="two"
    ).model
    head = model.fields["scale"].main
    scores = pooled(head, views_of(model, features))
    shared = SharedHead.of(head, model.views.share_out(shares))
    assert shared is not None
    leads = [shared.attribute(rows, 1, np.array([0.5, 0.5])) for rows in shares.rows_of()]
    assert [lead and lead.total for lead in leads] == pytest.approx((scores[:, 1] - scores[:, 0]).tolist(), abs=1e-4)


def test_a_code_without_an_example_is_not_explained(model: Model, shares: StoryShares) -> None:
    head = model.fields["scale"].main
    shared = SharedHead.of(replace(head, trained_codes=head.trained_codes[:-1]), model.views.share_out(shares))
    assert shared is not None
    assert shared.attribute(slice(0, 2), int(head.trained_codes[-1]), np.full(len(head.prior), 0.2)) is None


def test_a_head_that_learned_nothing_is_not_explained(model: Model, shares: StoryShares) -> None:
    head = replace(model.fields["scale"].main, view_classifiers=())
    assert SharedHead.of(head, model.views.share_out(shares)) is None


def test_a_view_that_cannot_be_shared_out_is_left_out_and_its_weight_reported(
    model: Model, shares: StoryShares
) -> None:
    head = model.fields["scale"].main
    views = model.views.share_out(shares)
    shared = SharedHead.of(head, (None, *views[1:]))
    assert shared is not None
    # Neither do the nearest outcomes and the definitions, the last two, speak by sentences.
    assert shared.accounted == pytest.approx(head.pool.weights_[1:-2].sum() / head.pool.weights_.sum())


# What is told of it


def test_every_suggested_code_has_its_reason(explained: Suggestions) -> None:
    for one in explained.outcomes:
        for field in one.fields.values():
            assert tuple(reason.code for reason in field.reasons) == field.suggested


def test_parts_share_what_speaks_for_a_code(explained: Suggestions) -> None:
    sums = [sum(reason.parts.values()) for reason in reasons(explained) if reason.sentences]
    assert sums == pytest.approx([1.0] * len(sums))


def test_where_no_sentence_speaks_for_a_code_none_is_reported(explained: Suggestions) -> None:
    lost = [reason for reason in reasons(explained) if not reason.parts]
    assert [(reason.sentences, reason.lead_by_sentences <= 0) for reason in lost] == [((), True)] * len(lost)


def test_the_weightiest_sentence_comes_first(explained: Suggestions) -> None:
    for reason in reasons(explained):
        shares = [one.share for one in reason.sentences]
        assert shares == sorted(shares, reverse=True)


def test_crumbs_are_left_out(explained: Suggestions) -> None:
    assert min(abs(one.share) for reason in reasons(explained) for one in reason.sentences) >= 0.01


def test_the_definition_is_that_of_the_codebook(explained: Suggestions, codebook: Codebook) -> None:
    definitions = {code.code: code.definition for field in codebook.fields for code in field.codes}
    assert all(reason.definition == definitions[reason.code] for reason in reasons(explained))


def test_the_sentence_that_names_the_place_carries_the_scale(
    codebook: Codebook, trigrams: CachedEncoders, coded_harvest: Harvest
) -> None:
    def reported(which: str) -> Story:
        text = f"A change was seen after the rains. It was adopted by {which}."
        return tell_story({"Outcome description": text}, "", codebook.columns.parts)

    codes = [("Local", "the village of the hills"), ("National", "parliament and ministers")] * 20
    outcomes = [
        replace(one, story=reported(which), codes={"scale": (code,)})
        for one, (code, which) in zip(coded_harvest.outcomes, codes, strict=False)
    ]
    model = train_model(
        [replace(coded_harvest, outcomes=tuple(outcomes))], codebook=codebook, sources=trigrams, name="places"
    ).model
    asked = only(coded_harvest, reported("the village of the hills"))
    (reason,) = suggest_codes(asked, model=model, sources=trigrams).outcomes[0].fields["scale"].reasons
    assert (reason.code, reason.sentences[0].text) == ("Local", "It was adopted by the village of the hills.")


def test_an_outcome_without_text_has_no_reasons(
    harvest: Harvest, model: Model, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    blank = only(harvest, Story(parts={}, description="", merged=" "))
    mixed = replace(harvest, outcomes=(*blank.outcomes, harvest.outcomes[1]))
    reported = suggest_codes(mixed, model=model, sources=trigrams).outcomes
    assert [len(one.fields["scale"].reasons) for one in reported] == [0, 1]


def test_a_harvest_without_text_is_left_as_it_is(
    harvest: Harvest, model: Model, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    blank = only(harvest, Story(parts={}, description="", merged=" "))
    assert suggest_codes(blank, model=model, sources=trigrams).outcomes[0].fields["scale"].nearest == ()


@pytest.mark.slow
def test_a_field_that_has_nothing_to_tell_apart_has_no_reason(
    harvest: Harvest, coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    outcomes = tuple(replace(one, codes={**one.codes, "scale": ("Local",)}) for one in coded_harvest.outcomes[:60])
    model = train_model(
        [replace(coded_harvest, outcomes=outcomes)], codebook=codebook, sources=trigrams, name="local"
    ).model
    reported = suggest_codes(replace(harvest, outcomes=harvest.outcomes[:1]), model=model, sources=trigrams)
    assert reported.outcomes[0].fields["scale"].reasons == ()


# The nearest


@pytest.fixture
def nearest_of(
    model: Model, codebook: Codebook, trigrams: CachedEncoders, coded_harvest: Harvest
) -> Callable[[str], list[tuple[str, tuple[str, ...]]]]:
    def ask(fragment_id: str) -> list[tuple[str, tuple[str, ...]]]:
        one = replace(coded_harvest.outcomes[0], fragment_id=fragment_id)
        reported = suggest_codes(replace(coded_harvest, outcomes=(one,)), model=model, sources=trigrams)
        return [(near.fragment_id, near.codes) for near in reported.outcomes[0].fields["scale"].nearest]

    return ask


def test_three_nearest_are_reported_the_most_alike_first(explained: Suggestions) -> None:
    for one in explained.outcomes:
        similarity = [near.similarity for near in one.fields["scale"].nearest]
        assert (len(similarity), similarity) == (3, sorted(similarity, reverse=True))


def test_the_same_story_under_another_id_is_nearest(
    nearest_of: Callable[[str], list[tuple[str, tuple[str, ...]]]], coded_harvest: Harvest
) -> None:
    first = coded_harvest.outcomes[0]
    assert nearest_of("SCC-NEW/1")[0] == (first.fragment_id, first.codes["scale"])


def test_an_outcome_is_not_near_to_itself(
    nearest_of: Callable[[str], list[tuple[str, tuple[str, ...]]]], coded_harvest: Harvest
) -> None:
    own = coded_harvest.outcomes[0].fragment_id
    assert own not in [fragment_id for fragment_id, _ in nearest_of(own)]


@pytest.mark.slow
def test_outcomes_that_are_not_coded_in_a_field_are_passed_over(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    first, *rest = coded_harvest.outcomes[:25]
    uncoded = replace(first, codes={name: codes for name, codes in first.codes.items() if name != "scale"})
    model = train_model(
        [replace(coded_harvest, outcomes=(uncoded, *rest))], codebook=codebook, sources=trigrams, name="gap"
    ).model
    asked = replace(coded_harvest, outcomes=(replace(first, fragment_id="SCC-NEW/1"),))
    fields = suggest_codes(asked, model=model, sources=trigrams).outcomes[0].fields
    near = {name: [one.fragment_id for one in fields[name].nearest] for name in ("scale", "social_actor")}
    assert (first.fragment_id in near["scale"], near["social_actor"][0]) == (False, first.fragment_id)


def test_sentences_are_those_of_the_story(explained: Suggestions, codebook: Codebook) -> None:
    for one in explained.outcomes:
        texts = {sentence.text for sentence in cut_story(one.outcome.story, codebook.columns.parts).sentences}
        reported = {
            reported.text for field in one.fields.values() for reason in field.reasons for reported in reason.sentences
        }
        assert reported <= texts
