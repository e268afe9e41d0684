from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import Fingerprinter, Fingerprints
from classifier.features.story_features import StoryFeatures
from classifier.features.tfidf import Matrix
from classifier.harvest.reading import Harvest
from classifier.harvest.story import Story
from classifier.model.folds import split_folds
from classifier.model.head_fitting import OutOfFold, fit_heads
from classifier.model.heads import Head
from classifier.model.neighbours import Neighbours
from classifier.model.task import Task, TaskType

pytestmark = pytest.mark.slow

N_OUTCOMES = 60
LOCAL, NATIONAL, REGIONAL = range(3)
WHO = (
    ("the village council", "the district office", "the mayor of the town"),
    ("the parliament", "the ministry of the interior", "the national government"),
    ("the African Union", "the regional court", "the commission of the states"),
)
WHAT = ("repaired its rules on demonstrations", "released the journalists", "answered the petition on land")
WHEN = ("In January", "After the election", "At the end of the year", "During the campaign")


def reported(who: str, what: str, when: str = "In March") -> Story:
    text = f"{when} {who} {what}, as the partner had asked."
    return Story(parts={}, description=text, merged=f"{text}  Contribution of the programme: Training and advice.")


def undefined(n_outcomes: int, n_codes: int) -> FloatArray:
    """Say of every outcome that all codes fit alike, as definitions do that say nothing."""
    return np.full((n_outcomes, n_codes), 1 / n_codes)


def one_of(places: npt.ArrayLike, *, n_codes: int = 3, rows: npt.ArrayLike | None = None) -> Task:
    given_codes = np.asarray(places, dtype=np.intp)
    return Task(
        task_type=TaskType.MULTICLASS,
        rows=np.arange(len(given_codes)) if rows is None else np.asarray(rows, dtype=np.intp),
        applies=np.eye(n_codes, dtype=np.int8)[given_codes],
        defined=undefined(len(given_codes), n_codes),
    )


def each(applies: npt.ArrayLike) -> Task:
    indicators = np.asarray(applies, dtype=np.int8)
    defined = undefined(*indicators.shape)
    return Task(task_type=TaskType.MULTILABEL, rows=np.arange(len(indicators)), applies=indicators, defined=defined)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A head, what it says of new outcomes, and what it was found worth."""

    head: Head
    checked: OutOfFold
    new: FloatArray


# Outcome n is told of place n % 3 and subject n // 3 % 3, so that each is with each equally often.
SCALE = np.arange(N_OUTCOMES) % 3
SUBJECT = np.arange(N_OUTCOMES) // 3 % 3
NEW = [
    reported("the town council", "released the prisoners"),
    reported("the government and the parliament", "answered the letter on land"),
    reported("the court of the African Union", "repaired its rules"),
]
QUESTIONS = {
    "scale": one_of(SCALE),
    "a third of them coded": one_of(SCALE[20:40], rows=np.arange(20, 40)),
    "none coded": one_of([]),
    "one code given": one_of([NATIONAL] * N_OUTCOMES),
    "one code in the codebook": one_of([0] * N_OUTCOMES, n_codes=1),
    "a code given once": one_of([3, *SCALE[1:]], n_codes=4),
    "a code never given": one_of(SCALE, n_codes=4),
    "subjects": each(np.eye(3)[SUBJECT] + np.eye(3)[SCALE] > 0),
    "one subject given always": each(np.column_stack([np.ones(N_OUTCOMES), SCALE == LOCAL, np.zeros(N_OUTCOMES)])),
}


@pytest.fixture(scope="module")
def features(trigrams: CachedEncoders) -> StoryFeatures:
    """Return what the views of sixty outcomes are made from."""
    stories = [
        reported(WHO[SCALE[n]][n // 9 % 3], WHAT[SUBJECT[n]], f"{WHEN[n // 3 % 4]} of {2000 + n // 12}")
        for n in range(N_OUTCOMES)
    ]
    return StoryFeatures.of(stories, trigrams)


def fingerprints(features: StoryFeatures) -> Fingerprints:
    return Fingerprinter.fit(features).transform(features)


@pytest.fixture(scope="module")
def folds() -> list[npt.NDArray[np.intp]]:
    """Return ten folds of six outcomes."""
    return split_folds(np.arange(N_OUTCOMES), seed=0)


@pytest.fixture(scope="module")
def made(features: StoryFeatures, folds: list[npt.NDArray[np.intp]]) -> tuple[ViewMaker, list[Head], list[OutOfFold]]:
    """Return the views, and a head for each task."""
    return fit_heads(features, fingerprints(features), list(QUESTIONS.values()), folds)


@pytest.fixture(scope="module")
def new(
    made: tuple[ViewMaker, list[Head], list[OutOfFold]], features: StoryFeatures, trigrams: CachedEncoders
) -> tuple[Matrix, ...]:
    """Return the views of the new outcomes."""
    new_features = StoryFeatures.of(NEW, trigrams)
    return made[0].transform(new_features, Fingerprinter.fit(features).transform(new_features))


@pytest.fixture(scope="module")
def fitted(made: tuple[ViewMaker, list[Head], list[OutOfFold]], new: tuple[Matrix, ...]) -> dict[str, Fitted]:
    """Return the head of each task by its name, and what it says of the new outcomes."""
    _, heads, checked = made
    return {
        name: Fitted(head=head, checked=one, new=head.confidences(new, undefined(len(NEW), len(head.prior))))
        for name, head, one in zip(QUESTIONS, heads, checked, strict=True)
    }


def confidence_out_of_fold(features: StoryFeatures, task: Task, groups: npt.ArrayLike) -> FloatArray:
    folds = split_folds(np.asarray(groups, dtype=np.intp), seed=0)
    return fit_heads(features, fingerprints(features), [task], folds)[2][0].confidences


def kappa(agreed: npt.NDArray[np.intp], confidence: FloatArray) -> float:
    return float(cohen_kappa_score(agreed.tolist(), confidence.argmax(axis=1).tolist()))


# Folds

GROUPS = st.lists(st.integers(0, 40), min_size=2, max_size=200).map(lambda numbers: np.array(numbers, dtype=np.intp))


@given(groups=GROUPS, seed=st.integers(0, 1000))
def test_near_duplicates_never_straddle_a_fold(groups: npt.NDArray[np.intp], seed: int) -> None:
    folds = split_folds(groups, seed=seed)
    for place, fold in enumerate(folds):
        others = [row for other in folds[:place] + folds[place + 1 :] for row in other]
        assert set(groups[fold]).isdisjoint(groups[np.array(others, dtype=np.intp)])


@given(groups=GROUPS.filter(lambda groups: len(set(groups)) > 1), seed=st.integers(0, 1000))
def test_every_outcome_is_in_just_one_fold(groups: npt.NDArray[np.intp], seed: int) -> None:
    rows = np.concatenate(split_folds(groups, seed=seed))
    assert sorted(rows) == list(range(len(groups)))


@pytest.mark.parametrize(("n_groups", "n_folds"), [(2, 2), (9, 9), (10, 10), (999, 10), (1000, 5)])
def test_number_of_folds(n_groups: int, n_folds: int) -> None:
    assert len(split_folds(np.arange(n_groups), seed=0)) == n_folds


def test_one_group_cannot_be_shared_out() -> None:
    assert split_folds(np.zeros(8, dtype=np.intp), seed=0) == []


def test_seed_decides_which_outcomes_share_a_fold() -> None:
    first, again, other = (
        [fold.tolist() for fold in split_folds(np.arange(N_OUTCOMES), seed=seed)] for seed in (1, 1, 2)
    )
    assert first == again != other


# The order of the outcomes decides in which order numbers are added, and so the last digit of every sum, as another
# processor does.


def test_last_digits_of_sums_hardly_change_confidence(
    features: StoryFeatures, folds: list[npt.NDArray[np.intp]], fitted: dict[str, Fitted]
) -> None:
    turned = np.arange(N_OUTCOMES)[::-1]
    tasks = [one_of(SCALE[turned]), each(QUESTIONS["subjects"].applies[turned])]
    _, _, checked = fit_heads(
        features.rows(turned), fingerprints(features)[turned], tasks, [np.sort(turned[fold]) for fold in folds]
    )
    for name, one in zip(("scale", "subjects"), checked, strict=True):
        np.testing.assert_allclose(one.confidences[turned], fitted[name].checked.confidences, atol=1e-5)


# One code of several


def test_new_outcomes_get_the_code_of_those_reported_alike(fitted: dict[str, Fitted]) -> None:
    assert fitted["scale"].new.argmax(axis=1).tolist() == [LOCAL, NATIONAL, REGIONAL]


def test_codes_that_words_tell_are_found_out_of_fold(fitted: dict[str, Fitted]) -> None:
    assert kappa(SCALE, fitted["scale"].checked.confidences) > 0.8


def test_confidence_in_one_of_several_codes_sums_to_one(fitted: dict[str, Fitted]) -> None:
    np.testing.assert_allclose(fitted["scale"].new.sum(axis=1), 1.0)


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_confidence_is_certain(name: str, fitted: dict[str, Fitted]) -> None:
    assert 0 < fitted[name].new.min() <= fitted[name].new.max() < 0.995


def test_only_coded_outcomes_are_found_out_of_fold(fitted: dict[str, Fitted]) -> None:
    checked = fitted["a third of them coded"].checked
    assert (checked.rows.tolist(), checked.confidences.shape) == (list(range(20, 40)), (20, 3))


def test_outcomes_that_are_not_coded_change_nothing(fitted: dict[str, Fitted]) -> None:
    assert fitted["a third of them coded"].head.n_outcomes == 20


def test_few_coded_outcomes_make_less_confident(fitted: dict[str, Fitted]) -> None:
    assert fitted["a third of them coded"].new.max() < fitted["scale"].new.max()


def test_where_nothing_is_coded_no_code_is_preferred(fitted: dict[str, Fitted]) -> None:
    np.testing.assert_allclose(fitted["none coded"].new, 1 / 3)


def test_field_with_one_code_given_gets_it_in_every_outcome(fitted: dict[str, Fitted]) -> None:
    # 60 outcomes leave the definitions of three codes 1 in 1 + (60 / 9)^2, and all codes 2 % alike.
    doubt = 0.02 + 0.98 / (1 + (60 / 9) ** 2)
    np.testing.assert_allclose(fitted["one code given"].new, [[doubt / 3, 1 - doubt * 2 / 3, doubt / 3]] * 3)


@pytest.mark.parametrize("name", ["none coded", "one code given", "one code in the codebook"])
def test_where_there_is_nothing_to_tell_apart_nothing_is_claimed_to_be_found(
    name: str, fitted: dict[str, Fitted]
) -> None:
    assert (fitted[name].head.view_classifiers, len(fitted[name].checked.rows)) == ((), 0)


def test_code_given_once_is_a_candidate_but_not_the_first(fitted: dict[str, Fitted]) -> None:
    confidence = fitted["a code given once"].new
    assert confidence[:, 3].max() < confidence[:, :3].max(axis=1).min()


def test_code_given_once_is_not_found_in_its_only_outcome_out_of_fold(fitted: dict[str, Fitted]) -> None:
    assert fitted["a code given once"].checked.confidences[0].argmax() != 3


def test_code_never_given_is_less_likely_than_any_other(fitted: dict[str, Fitted]) -> None:
    checked = fitted["a code never given"].checked.confidences
    assert (checked[:, 3] <= checked[:, :3].min(axis=1)).all()


# Several codes


def test_each_code_that_applies_is_found(fitted: dict[str, Fitted]) -> None:
    # "released" is subject 1, the council is place 0; "land" and the parliament 2 and 1; "rules" and the union 0 and 2.
    expected = [[True, True, False], [False, True, True], [True, False, True]]
    assert (fitted["subjects"].new >= 0.5).tolist() == expected


def test_code_given_always_is_nearly_certain(fitted: dict[str, Fitted]) -> None:
    assert fitted["one subject given always"].new[:, 0].min() > 0.95


def test_code_given_always_is_nearly_certain_out_of_fold(fitted: dict[str, Fitted]) -> None:
    assert fitted["one subject given always"].checked.confidences[:, 0].min() > 0.95


def test_code_beside_one_given_always_is_found(fitted: dict[str, Fitted]) -> None:
    assert (fitted["one subject given always"].new[:, 1] >= 0.5).tolist() == [True, False, False]


def test_code_never_given_beside_others_is_unlikely(fitted: dict[str, Fitted]) -> None:
    assert fitted["one subject given always"].new[:, 2].max() < 0.02


# Honest figures


def test_codes_given_at_random_are_not_found_out_of_fold(features: StoryFeatures) -> None:
    codes = np.random.default_rng(8).integers(0, 3, size=N_OUTCOMES)
    confidence = confidence_out_of_fold(features, one_of(codes), np.arange(N_OUTCOMES))
    assert kappa(codes, confidence) < 0.2


@pytest.fixture(scope="module")
def outcomes_twice(coded_harvest: Harvest, trigrams: CachedEncoders) -> StoryFeatures:
    """Return thirty outcomes of the first sample harvest, and the same thirty again."""
    stories = [outcome.story for outcome in coded_harvest.outcomes[:30]]
    return StoryFeatures.of([*stories, *stories], trigrams)


@pytest.fixture(scope="module")
def random_codes() -> npt.NDArray[np.intp]:
    """Return a code drawn at random for each story, the same both times that it is told."""
    return np.tile(np.random.default_rng(8).integers(0, 3, size=30), 2)


def test_story_reported_twice_flatters_no_figure_when_both_are_in_one_fold(
    outcomes_twice: StoryFeatures, random_codes: npt.NDArray[np.intp]
) -> None:
    confidence = confidence_out_of_fold(outcomes_twice, one_of(random_codes), np.tile(np.arange(30), 2))
    assert kappa(random_codes, confidence) < 0.2


def test_story_reported_twice_would_flatter_figures_if_folds_split_it(
    outcomes_twice: StoryFeatures, random_codes: npt.NDArray[np.intp]
) -> None:
    confidence = confidence_out_of_fold(outcomes_twice, one_of(random_codes), np.arange(60))
    assert kappa(random_codes, confidence) > 0.75


@pytest.fixture(scope="module")
def scale(coded_harvest: Harvest, codebook: Codebook) -> npt.NDArray[np.intp]:
    """Return the places of the codes of the first sample harvest in the field `scale`, where all are coded."""
    names = codebook.field("scale").code_names
    return np.array([names.index(outcome.codes["scale"][0]) for outcome in coded_harvest.outcomes])


@pytest.fixture(scope="module")
def real_features(coded_harvest: Harvest, trigrams: CachedEncoders) -> StoryFeatures:
    """Return what the views of the first sample harvest are made from."""
    return StoryFeatures.of([outcome.story for outcome in coded_harvest.outcomes], trigrams)


def test_confidence_out_of_fold_is_as_high_as_it_is_right(
    real_features: StoryFeatures, scale: npt.NDArray[np.intp]
) -> None:
    confidence = confidence_out_of_fold(real_features, one_of(scale, n_codes=5), np.arange(len(scale)))
    share_right = (confidence.argmax(axis=1) == scale).mean()
    assert confidence.max(axis=1).mean() == pytest.approx(share_right, abs=0.08)


def test_own_code_hardly_moves_the_confidence_found_out_of_fold(
    real_features: StoryFeatures, scale: npt.NDArray[np.intp]
) -> None:
    # It stays out of what the views learn for its fold; but the pool and the temperature are fitted on what
    # they say of the others, which moves by a percent or two, either way.
    agreed, mistakes = scale[:60], [5, 17, 33]
    wrong = (agreed + 1) % 5
    codings = [agreed, *(np.where(np.arange(60) == row, wrong, agreed) for row in mistakes)]
    few = real_features.rows(np.arange(60))
    _, _, checked = fit_heads(
        few,
        fingerprints(few),
        [one_of(codes, n_codes=5) for codes in codings],
        split_folds(np.arange(60), seed=0),
    )
    before, *after = (one.confidences for one in checked)
    moves = [one[row, wrong[row]] - before[row, wrong[row]] for row, one in zip(mistakes, after, strict=True)]
    assert moves == pytest.approx([0.0] * 3, abs=0.04)


# The work itself


@pytest.mark.parametrize("place", range(7))
def test_regression_is_that_of_scikit_learn_on_the_view_itself(
    place: int, features: StoryFeatures, new: tuple[Matrix, ...]
) -> None:
    # Of one group, nothing tells which views are worth nothing, and all are kept.
    views, (head,), _ = fit_heads(features, fingerprints(features), [QUESTIONS["scale"]], [])
    is_plain = place == 6  # words and meaning side by side
    plain = LogisticRegression(
        C=2.0 if is_plain else 10.0, class_weight=None if is_plain else "balanced", max_iter=1000, tol=1e-6
    )
    plain.fit(views.transform(features, fingerprints(features))[place], SCALE)
    said = head.view_classifiers[place][0].predict_proba(new[place])
    np.testing.assert_allclose(said, plain.predict_proba(new[place]), atol=0.01)


def test_last_view_is_what_the_nearest_outcomes_were_given(features: StoryFeatures, new: tuple[Matrix, ...]) -> None:
    _, (head,), _ = fit_heads(features, fingerprints(features), [QUESTIONS["scale"]], [])
    votes = Neighbours(known=fingerprints(features), applies=QUESTIONS["scale"].applies)
    np.testing.assert_allclose(head.view_classifiers[-1][0].predict_proba(new[-1]), votes.predict_proba(new[-1]))


def test_views_that_are_worth_nothing_are_not_kept(fitted: dict[str, Fitted]) -> None:
    head = fitted["subjects"].head
    assert [bool(view_classifiers) for view_classifiers in head.view_classifiers] == (
        head.pool.weights_[:-1] > 0
    ).tolist()
    assert () in head.view_classifiers


def test_field_is_learned_the_same_whatever_other_fields_there_are(
    features: StoryFeatures, fitted: dict[str, Fitted]
) -> None:
    alone = confidence_out_of_fold(features, QUESTIONS["scale"], np.arange(N_OUTCOMES))
    np.testing.assert_array_equal(alone, fitted["scale"].checked.confidences)


def test_five_outcomes_are_enough_to_fit_a_head(features: StoryFeatures) -> None:
    confidence = confidence_out_of_fold(
        features.rows(np.arange(5)), one_of([LOCAL, NATIONAL, LOCAL, NATIONAL, LOCAL]), np.arange(5)
    )
    assert confidence.shape == (5, 3)


def test_outcomes_of_one_group_are_learned_but_not_checked(features: StoryFeatures, new: tuple[Matrix, ...]) -> None:
    folds = split_folds(np.zeros(60, int), seed=0)
    _, (head,), (checked,) = fit_heads(features, fingerprints(features), [QUESTIONS["scale"]], folds)
    assert len(checked.rows) == 0
    # Nothing is known of how far each view can be trusted, so that they count the same.
    assert head.pool.weights_.tolist() == [1 / 9] * 9
    said = head.confidences(new, undefined(len(NEW), 3))
    assert said.argmax(axis=1).tolist() == [LOCAL, NATIONAL, REGIONAL]


def test_progress_is_reported_for_every_fold_and_the_whole(
    features: StoryFeatures, folds: list[npt.NDArray[np.intp]]
) -> None:
    steps: list[int] = []
    fit_heads(features, fingerprints(features), [QUESTIONS["scale"]], folds, progress=steps.append)
    assert steps == [1] * 11
