from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.features import near_duplicates
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicate_groups import FOLD_THRESHOLD, find_fold_threshold, near_duplicate_groups
from classifier.features.near_duplicates import (
    DUPLICATE_THRESHOLD,
    Fingerprinter,
    Fingerprints,
    blocks_of_similar_pairs,
    fingerprint_length,
    near_duplicate_pairs,
    nearest_similarity,
    tiles_of_near_duplicates,
)
from classifier.features.story_features import StoryFeatures
from classifier.harvest.reading import Harvest
from classifier.harvest.story import Story

# Pairs of the first sample harvest that near_duplicates.csv says tell of one change, in other words.
REPEATS = [("SCC-CJP/023", "SCC-CJP/002"), ("SCC-WRL/020", "SCC-WRL/018"), ("SCC-LOB/040", "SCC-LOB/039")]


@pytest.fixture(scope="module")
def ids(coded_harvest: Harvest) -> list[str]:
    """Return the IDs of the first sample harvest."""
    return [outcome.fragment_id for outcome in coded_harvest.outcomes]


@pytest.fixture(scope="module")
def features(coded_harvest: Harvest, trigrams: CachedEncoders) -> StoryFeatures:
    """Return what fingerprints of the first sample harvest are made from."""
    return StoryFeatures.of([outcome.story for outcome in coded_harvest.outcomes], trigrams)


@pytest.fixture(scope="module")
def fingerprinter(features: StoryFeatures) -> Fingerprinter:
    """Return what takes the fingerprints."""
    return Fingerprinter.fit(features)


@pytest.fixture(scope="module")
def fingerprints(fingerprinter: Fingerprinter, features: StoryFeatures) -> Fingerprints:
    """Return the fingerprints of the first sample harvest."""
    return fingerprinter.transform(features)


def similarity(first: Fingerprints, second: Fingerprints) -> float:
    return float(first.astype(np.float64) @ second.astype(np.float64))


def similar_pairs(
    fingerprints: Fingerprints, others: Fingerprints | None = None, *, threshold: float = DUPLICATE_THRESHOLD
) -> list[tuple[int, int, float]]:
    blocks = blocks_of_similar_pairs(fingerprints, others, threshold)
    return [pair for arrays in blocks for pair in zip(*(array.tolist() for array in arrays), strict=True)]


def at_angles(*degrees: float) -> Fingerprints:
    """Return fingerprints of two dimensions, whose similarity is the cosine of the angle between them."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)


# Real stories


@pytest.mark.parametrize("pair", REPEATS)
def test_second_report_of_a_change_in_other_words_is_found(
    pair: tuple[str, str], fingerprints: Fingerprints, ids: list[str]
) -> None:
    assert pair in {(ids[row], ids[other]) for row, other, _ in near_duplicate_pairs(fingerprints)}


def test_two_most_alike_outcomes_of_the_sample_tell_of_one_change(fingerprints: Fingerprints, ids: list[str]) -> None:
    row, other, _ = max(near_duplicate_pairs(fingerprints), key=lambda pair: pair[2])
    assert (ids[row], ids[other]) in REPEATS


def test_hardly_any_pair_of_the_sample_is_a_near_duplicate(fingerprints: Fingerprints) -> None:
    n_pairs = len(fingerprints) * (len(fingerprints) - 1) / 2
    assert len(list(near_duplicate_pairs(fingerprints))) < 0.002 * n_pairs


def test_stories_alike_to_the_encoder_only_tell_of_different_changes() -> None:
    in_a_language_it_cannot_read = np.zeros((2, 2000), dtype=np.float16)
    in_a_language_it_cannot_read[:, 0] = 1
    assert len(similar_pairs(in_a_language_it_cannot_read)) == 1
    assert list(near_duplicate_pairs(in_a_language_it_cannot_read)) == []


def test_reports_of_one_change_are_in_one_group(fingerprints: Fingerprints, ids: list[str]) -> None:
    numbers = near_duplicate_groups(fingerprints)
    assert all(numbers[ids.index(one)] == numbers[ids.index(other)] for one, other in REPEATS)


def test_outcome_is_like_itself_but_for_what_folding_costs(fingerprints: Fingerprints) -> None:
    assert [similarity(one, one) for one in fingerprints] == pytest.approx([1.0] * len(fingerprints), abs=0.1)


def test_similarity_is_the_mean_of_its_four_sides(trigrams: CachedEncoders) -> None:
    # The description is the same (two sides of four), and of the rest no word or letter group is.
    stories = [
        Story(parts={}, description="Curfew lifted", merged="Maji safi"),
        Story(parts={}, description="Curfew lifted", merged="Droit foncier"),
    ]
    features = StoryFeatures.of(stories, trigrams)
    first, second = Fingerprinter.fit(features).transform(features)
    assert similarity(first, second) == pytest.approx(0.5, abs=0.05)


def test_rare_name_in_common_makes_more_alike_than_a_common_word(trigrams: CachedEncoders) -> None:
    reported = ["Zainabu spoke", "Zainabu voted", "council met", "council sat", *["council adjourned again"] * 20]
    features = StoryFeatures.of([Story(parts={}, description=text, merged=text) for text in reported], trigrams)
    fingerprints = Fingerprinter.fit(features).transform(features)
    assert similarity(fingerprints[0], fingerprints[1]) > similarity(fingerprints[2], fingerprints[3]) + 0.1


def test_fingerprint_does_not_depend_on_the_outcomes_beside_it(
    fingerprinter: Fingerprinter, features: StoryFeatures, fingerprints: Fingerprints
) -> None:
    rows = np.array([7, 3])
    np.testing.assert_allclose(fingerprinter.transform(features.rows(rows)), fingerprints[rows], atol=0.001)


def test_fingerprint_is_the_same_when_taken_by_another_with_the_same_rarity(
    fingerprinter: Fingerprinter, features: StoryFeatures, fingerprints: Fingerprints
) -> None:
    again = Fingerprinter(rarity=fingerprinter.rarity).transform(features)
    np.testing.assert_array_equal(again, fingerprints)


def test_similarity_survives_the_folding(
    fingerprinter: Fingerprinter, features: StoryFeatures, fingerprints: Fingerprints, ids: list[str]
) -> None:
    found = fingerprints.astype(np.float32) @ fingerprints.astype(np.float32).T
    known = [found[ids.index(one), ids.index(other)] for one, other in REPEATS]
    assert np.median(found) + 0.1 < min(known)


def test_story_of_punctuation_has_a_fingerprint(trigrams: CachedEncoders, fingerprinter: Fingerprinter) -> None:
    features = StoryFeatures.of([Story(parts={}, description="…", merged="…")], trigrams)
    assert np.isfinite(fingerprinter.transform(features)).all()


# Pairs and groups


def test_pair_is_reported_once_the_later_outcome_first() -> None:
    assert [(row, other) for row, other, _ in similar_pairs(at_angles(0, 10))] == [(1, 0)]


def test_pair_comes_with_its_similarity() -> None:
    ((_, _, found),) = similar_pairs(at_angles(0, 60))
    assert found == pytest.approx(0.5, abs=0.001)


def test_pair_below_the_threshold_is_left_out() -> None:
    assert similar_pairs(at_angles(0, 60), threshold=0.51) == []


def test_outcome_is_compared_with_others_by_their_rows() -> None:
    pairs = similar_pairs(at_angles(0, 180), at_angles(90, 180, 0), threshold=0.9)
    assert [(row, other) for row, other, _ in pairs] == [(0, 2), (1, 1)]


def test_pair_is_found_however_far_apart_in_the_harvest() -> None:
    fingerprints = np.zeros((1300, 1298), dtype=np.float16)
    fingerprints[np.arange(1298), np.arange(1298)] = 1
    fingerprints[1298, 0] = fingerprints[1299, 700] = 1
    assert [(row, other) for row, other, _ in similar_pairs(fingerprints)] == [(1298, 0), (1299, 700)]


@pytest.mark.parametrize("n_others", [None, 7])
def test_pairs_are_the_same_in_tiles_of_any_size(monkeypatch: pytest.MonkeyPatch, n_others: int | None) -> None:
    fingerprints = at_angles(*range(0, 2000, 37))
    others = None if n_others is None else at_angles(*range(0, 70, 10))
    at_once = similar_pairs(fingerprints, others)
    monkeypatch.setattr(near_duplicates, "_BLOCK", 4)
    assert similar_pairs(fingerprints, others) == at_once


def test_compared_with_no_others_there_are_no_pairs() -> None:
    assert list(near_duplicate_pairs(at_angles(0, 10), at_angles(0)[:0])) == []


def test_comparing_many_outcomes_takes_little_memory_beside_their_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    # All of one template, so that every pair of them is one of near-duplicates.
    fingerprints = np.full((2000, fingerprint_length(16)), 0.03, dtype=np.float16)
    monkeypatch.setattr(near_duplicates, "_BLOCK", 64)
    tracemalloc.start()
    try:
        n_pairs = sum(len(rows) for rows, _, _ in tiles_of_near_duplicates(fingerprints, None, DUPLICATE_THRESHOLD))
        assert n_pairs == 2000 * 1999 // 2
        assert tracemalloc.get_traced_memory()[1] < fingerprints.nbytes
    finally:
        tracemalloc.stop()


def test_outcomes_alike_only_by_way_of_a_third_are_one_group() -> None:
    # 70 degrees apart is alike enough (0.34), 140 degrees is not (-0.77).
    assert near_duplicate_groups(at_angles(0, 70, 140)).tolist() == [0, 0, 0]


def test_outcomes_unlike_all_others_are_groups_of_their_own() -> None:
    assert len(set(near_duplicate_groups(at_angles(0, 90, 180, 270)).tolist())) == 4


def test_folds_keep_together_more_than_is_reported_to_coders() -> None:
    assert FOLD_THRESHOLD < DUPLICATE_THRESHOLD


def test_no_outcomes_make_no_groups() -> None:
    assert near_duplicate_groups(np.zeros((0, 2), dtype=np.float16)).tolist() == []


@given(angles=st.lists(st.floats(0, 360), min_size=1, max_size=12))
def test_alike_outcomes_always_share_a_group(angles: list[float]) -> None:
    fingerprints = at_angles(*angles)
    numbers = near_duplicate_groups(fingerprints)
    assert all(
        numbers[row] == numbers[other] for row, other, _ in similar_pairs(fingerprints, threshold=FOLD_THRESHOLD)
    )


def test_nearest_similarity_is_the_mean_of_the_five_nearest() -> None:
    # Cosines of 60 and 90 degrees are 1/2 and 0.
    assert nearest_similarity(at_angles(0), at_angles(60, 60, 60, 90, 90, 180)) == pytest.approx([0.3], abs=1e-3)


def test_an_outcomes_own_group_makes_it_no_nearer() -> None:
    fingerprints = at_angles(0, 0, 60, 60, 60, 60, 60)
    groups = np.array([0, 0, 1, 2, 3, 4, 5])
    assert nearest_similarity(fingerprints, fingerprints, groups=(groups, groups))[0] == pytest.approx(0.5, abs=1e-3)


def test_stories_as_different_as_the_samples_are_kept_apart_by_the_usual_threshold(fingerprints: Fingerprints) -> None:
    assert find_fold_threshold(fingerprints) == FOLD_THRESHOLD


def test_stories_of_one_template_need_more_to_be_one_change() -> None:
    # Neighbours are 10 degrees apart, so that by the usual threshold each is linked to the next.
    of_one_template = at_angles(*range(0, 360, 10))
    numbers = near_duplicate_groups(of_one_template, threshold=find_fold_threshold(of_one_template))
    assert np.bincount(numbers).max() <= 5


def test_the_same_text_over_and_over_stays_one_group() -> None:
    same = at_angles(*[0] * 30)
    assert set(near_duplicate_groups(same, threshold=find_fold_threshold(same)).tolist()) == {0}
