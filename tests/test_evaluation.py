from __future__ import annotations

from pathlib import Path

import pytest

from classifier.codebook import Codebook
from classifier.embedding_cache import Sources
from classifier.errors import TrainingError
from classifier.evaluation import BY_DEFINITION, OURS, Evaluation, RouteFigures, evaluate_on
from classifier.fragments import Story
from classifier.outcomes import Candidate, FieldSuggestion, Outcome, OutcomeSuggestions, Route


@pytest.fixture(scope="module")
def evaluation(training_data: Path, codebook: Codebook, trigrams: Sources) -> Evaluation:
    return evaluate_on(
        training_data / "harvest_3_agreed.xlsx",
        [training_data / "harvest_1.xlsx"],
        codebook=codebook,
        sources=trigrams,
        known_duplicates={"SCC-JEU/026": "SCC-ENV/033", "SCC-ENV/028": "SCC-NOT/LEARNT"},
    )


def test_the_simple_ways_stand_beside_ours(evaluation: Evaluation) -> None:
    assert list(evaluation.all_outcomes["scale"]) == [OURS, BY_DEFINITION, "linear SVM", "commonest code"]


def test_the_commonest_code_agrees_no_more_than_chance(evaluation: Evaluation) -> None:
    assert Evaluation.mean(evaluation.all_outcomes, "commonest code") == 0.0


def test_only_what_repeats_an_outcome_learnt_from_is_left_out(evaluation: Evaluation) -> None:
    assert evaluation.repeated == frozenset({"SCC-JEU/026"})
    assert evaluation.new_outcomes["scale"][OURS].n_outcomes == 117


def test_all_outcomes_are_compared_too(evaluation: Evaluation) -> None:
    assert evaluation.all_outcomes["scale"][OURS].n_outcomes == 118


def test_a_harvest_without_codes_can_not_be_compared_with(
    training_data: Path, codebook: Codebook, trigrams: Sources
) -> None:
    with pytest.raises(TrainingError) as caught:
        evaluate_on(
            training_data / "harvest_3_new.xlsx",
            [training_data / "harvest_1.xlsx"],
            codebook=codebook,
            sources=trigrams,
        )
    assert str(caught.value) == "harvest_3_new.xlsx: no outcome has both a text and a code to compare with"


def test_routes_and_sets_are_counted_over_all_outcomes(evaluation: Evaluation) -> None:
    figures = evaluation.routes["scale"]
    assert (figures.n_outcomes, figures.n_codings) == (118, 118)
    assert 0 <= figures.n_right <= figures.n_confirm <= 118
    assert figures.n_covered <= min(figures.n_codings, figures.n_possible)


def test_a_set_that_holds_one_of_two_settled_codes_covers_half() -> None:
    told = FieldSuggestion(
        suggested=("CIV",),
        candidates=(Candidate(code="CIV", confidence=0.9), Candidate(code="GEN", confidence=0.1)),
        prediction_set=("CIV",),
        route=Route.CONFIRM,
    )
    story = Story(parts={}, description="Women march freely.", merged="Women march freely.")
    outcome = Outcome(fragment_id="SCC-YEM/1", story=story, codes={"objective": ("CIV", "GEN")})
    figures = RouteFigures.of("objective", [OutcomeSuggestions(outcome=outcome, fields={"objective": told})])
    assert figures == RouteFigures(n_outcomes=1, n_confirm=1, n_right=0, n_codings=2, n_covered=1, n_possible=1)


def test_reliability_is_that_of_the_first_suggestions(evaluation: Evaluation) -> None:
    assert list(evaluation.reliability) == list(evaluation.routes)
    assert {one.n_outcomes for one in evaluation.reliability.values()} == {118}
    assert evaluation.reliability_of_all.n_outcomes == 4 * 118
