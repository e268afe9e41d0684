from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.inter_rater import fleiss_kappa as their_fleiss_kappa

from classifier._types import FloatArray
from classifier.agreement.coefficients import (
    BANDS,
    Ratings,
    fleiss_kappa,
    gwet_ac1,
    kappa_of_two,
    krippendorff_alpha,
    masi_distances,
    percent_agreement,
    specific_agreement,
)

Codings = list[tuple[str, str]]
CODES = ["Local", "National", "Regional", "Global"]
CODINGS = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), min_size=1, max_size=60)


def kappa_of(codings: Codings) -> float:
    """Compute Cohen's kappa of two coders from their codes of each outcome."""
    place = {code: place for place, code in enumerate(dict.fromkeys(code for pair in codings for code in pair))}
    codes = np.array([[place[first], place[second]] for first, second in codings], dtype=np.intp).reshape(-1, 2)
    ratings = Ratings(codes=codes, n_codes=len(place))
    return float(kappa_of_two(ratings, ratings.once)[0])


def ratings_of(codes: Sequence[Sequence[int]]) -> Ratings:
    """Take codes counted from 1, -1 being none."""
    places = np.array(codes)
    return Ratings(codes=np.where(places > 0, places - 1, -1), n_codes=int(places.max(initial=1)))


def once(figure: Callable[[Ratings, FloatArray], FloatArray], ratings: Ratings) -> float:
    return float(figure(ratings, ratings.once)[0])


FOR_SEVERAL = (percent_agreement, fleiss_kappa, krippendorff_alpha, gwet_ac1)


# Cohen's kappa


def test_kappa_of_cohens_example() -> None:
    # Two judges on 200 patients, Cohen (1968), "Weighted kappa", doi:10.1037/h0026256, Table 1: kappa 0.492.
    counts = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    diagnoses = ["personality disorder", "neurosis", "psychosis"]
    codings = [
        (first, second)
        for first, row in zip(diagnoses, counts, strict=True)
        for second, count in zip(diagnoses, row, strict=True)
        for _ in range(count)
    ]
    assert round(kappa_of(codings), 3) == 0.492


def test_kappa_by_hand() -> None:
    # They agree on 7 of 10; by their habits alone on 0.6 * 0.5 + 0.4 * 0.5 = 0.5.
    first = ["Local"] * 6 + ["National"] * 4
    second = ["Local"] * 4 + ["National"] * 5 + ["Local"]
    assert kappa_of([*zip(first, second, strict=True)]) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


@given(codings=CODINGS)
def test_kappa_is_that_of_scikit_learn(codings: Codings) -> None:
    first, second = zip(*codings, strict=True)
    assume(len({*first, *second}) > 1)
    assert kappa_of(codings) == pytest.approx(cohen_kappa_score(first, second))


@given(codings=CODINGS)
def test_coders_may_change_places(codings: Codings) -> None:
    swapped = [(second, first) for first, second in codings]
    assert kappa_of(swapped) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codings=CODINGS, names=st.permutations(CODES))
def test_names_of_the_codes_do_not_matter(codings: Codings, names: list[str]) -> None:
    name = dict(zip(CODES, names, strict=True))
    renamed = [(name[first], name[second]) for first, second in codings]
    assert kappa_of(renamed) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codings=CODINGS, seed=st.integers(0, 1000))
def test_order_of_the_outcomes_does_not_matter(codings: Codings, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(codings))
    assert kappa_of([codings[place] for place in order]) == pytest.approx(kappa_of(codings), nan_ok=True)


@given(codes=st.lists(st.sampled_from(CODES), min_size=2, max_size=60))
def test_kappa_of_coders_who_always_agree_is_one(codes: list[str]) -> None:
    assume(len(set(codes)) > 1)
    assert kappa_of([*zip(codes, codes, strict=True)]) == 1.0


def test_coder_who_always_gives_one_code_agrees_as_chance_would() -> None:
    assert kappa_of([(code, "Local") for code in ("Local", "National", "Local", "Global")]) == 0.0


def test_coders_who_never_agree_are_below_chance() -> None:
    assert kappa_of([("Local", "National"), ("National", "Local")]) == -1.0


def test_kappa_is_not_defined_where_only_one_code_was_used() -> None:
    assert math.isnan(kappa_of([("Local", "Local")] * 3))


def test_kappa_is_not_defined_without_outcomes() -> None:
    assert math.isnan(kappa_of([]))


# Any number of coders

NA = -1
# Krippendorff's four observers and twelve units, codings missing; Krippendorff (2011), "Computing Krippendorff's
# Alpha-Reliability", section C, and Gwet (2014), "Handbook of Inter-Rater Reliability", table 2.10.
FOUR_OBSERVERS = ratings_of(
    [
        [1, 1, NA, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [NA, 5, 5, 5], [NA, NA, 1, 1], [NA, NA, 3, NA],
    ]
)  # fmt: skip
# Ten subjects, fourteen psychologists, five categories: how many chose each; Fleiss (1971) as worked out in
# en.wikipedia.org/wiki/Fleiss'_kappa.
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
SEVERAL = st.lists(st.lists(st.integers(-1, 3), min_size=3, max_size=3), min_size=2, max_size=30)


def test_alpha_of_krippendorffs_example() -> None:
    assert round(once(krippendorff_alpha, FOUR_OBSERVERS), 3) == 0.743


def test_percent_agreement_of_gwets_example() -> None:
    assert round(once(percent_agreement, FOUR_OBSERVERS), 5) == 0.81818


def test_ac1_of_gwets_example() -> None:
    assert round(once(gwet_ac1, FOUR_OBSERVERS), 5) == 0.77544


def test_fleiss_kappa_of_gwets_example_with_missing_codings() -> None:
    assert round(once(fleiss_kappa, FOUR_OBSERVERS), 5) == 0.76117


def test_fleiss_kappa_of_fourteen_raters() -> None:
    codes = [np.repeat(np.arange(1, 6), counts).tolist() for counts in FOURTEEN_RATERS]
    assert round(once(fleiss_kappa, ratings_of(codes)), 3) == 0.210


def test_kappa_of_two_physiotherapists() -> None:
    # Sim and Wright (2005), doi:10.1093/ptj/85.3.257, table 2: kappa 0.67 of 39 patients.
    codes = np.repeat([[1, 1], [1, 2], [2, 1], [2, 2]], [22, 2, 4, 11], axis=0)
    assert round(once(kappa_of_two, ratings_of(codes.tolist())), 2) == 0.67


def test_ac1_does_not_fall_where_nearly_all_have_one_code() -> None:
    # Feinstein and Cicchetti (1990), doi:10.1016/0895-4356(90)90158-L: 85 % agree in both, kappa 0.70 and 0.32.
    even, skewed = (
        ratings_of(np.repeat([[1, 1], [1, 2], [2, 1], [2, 2]], counts, axis=0).tolist())
        for counts in ([40, 9, 6, 45], [80, 10, 5, 5])
    )
    kappas = [round(once(kappa_of_two, ratings), 2) for ratings in (even, skewed)]
    assert (kappas, round(once(gwet_ac1, skewed), 2)) == ([0.70, 0.32], 0.81)


def test_specific_agreement_of_cicchetti_and_feinstein() -> None:
    # doi:10.1016/0895-4356(90)90159-M: of 80, 10, 5 and 5 the positive agreement is 0.91, the negative 0.40.
    ratings = ratings_of(np.repeat([[1, 1], [1, 2], [2, 1], [2, 2]], [80, 10, 5, 5], axis=0).tolist())
    found = specific_agreement(ratings.once, ratings.counts, ratings.n_coded)
    assert found.round(2).tolist() == [[0.91, 0.40]]


@given(codings=CODINGS)
def test_specific_agreement_of_two_is_the_f1_of_scikit_learn(codings: Codings) -> None:
    first, second = zip(*codings, strict=True)
    ratings = ratings_of([[CODES.index(code) + 1, CODES.index(other) + 1] for code, other in codings])
    found = specific_agreement(ratings.once, ratings.counts, ratings.n_coded)[0]
    theirs = f1_score(first, second, labels=CODES[: len(found)], average=None, zero_division=np.nan)
    assert found.tolist() == pytest.approx(theirs.tolist(), nan_ok=True)


@given(codes=SEVERAL)
def test_alpha_is_that_of_the_krippendorff_package(codes: list[list[int]]) -> None:
    ratings = ratings_of([[code + 1 if code >= 0 else NA for code in row] for row in codes])
    compared = ratings.codes[ratings.is_compared]
    assume(len({code for code in compared.flat if code >= 0}) > 1)
    theirs = krippendorff.alpha(np.where(compared < 0, np.nan, compared).T, level_of_measurement="nominal")
    assert once(krippendorff_alpha, ratings) == pytest.approx(theirs)


@given(codes=SEVERAL)
def test_fleiss_kappa_of_complete_codings_is_that_of_statsmodels(codes: list[list[int]]) -> None:
    ratings = ratings_of([[code + 2 for code in row] for row in codes])
    assume(len(np.unique(ratings.codes)) > 1)
    assert once(fleiss_kappa, ratings) == pytest.approx(their_fleiss_kappa(ratings.counts))


@pytest.mark.slow
@given(codes=SEVERAL, seed=st.integers(0, 1000))
def test_order_of_the_coders_does_not_matter(codes: list[list[int]], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(3)
    ratings = ratings_of([[code + 1 if code >= 0 else NA for code in row] for row in codes])
    turned = Ratings(codes=ratings.codes[:, order], n_codes=ratings.n_codes)
    found = [[once(figure, given) for figure in FOR_SEVERAL] for given in (ratings, turned)]
    assert found[0] == pytest.approx(found[1], nan_ok=True)


@given(codes=SEVERAL)
def test_weight_two_equals_an_outcome_given_twice(codes: list[list[int]]) -> None:
    ratings = ratings_of([[code + 1 if code >= 0 else NA for code in row] for row in codes])
    twice = Ratings(codes=np.vstack([ratings.codes, ratings.codes[:1]]), n_codes=ratings.n_codes)
    weights = np.array([[2.0, *[1.0] * (len(codes) - 1)]])
    found = [float(figure(ratings, weights)[0]) for figure in FOR_SEVERAL]
    assert found == pytest.approx([once(figure, twice) for figure in FOR_SEVERAL], nan_ok=True)


def test_outcomes_coded_once_do_not_count_for_agreement() -> None:
    assert math.isnan(once(percent_agreement, ratings_of([[1, NA], [NA, 2]])))


def test_cohens_kappa_of_three_coders_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Cohen's kappa is that of two coders, got 3$"):
        once(kappa_of_two, ratings_of([[1, 1, 1], [2, 1, 2]]))


# Sets of codes

CIV, GEN, CON = "CIV", "GEN", "CON"


@pytest.mark.parametrize(
    ("codes", "other", "distance"),
    [
        ({CIV}, {CIV}, 0.0),
        ({CIV}, {GEN}, 1.0),
        ({CIV}, {CIV, GEN}, 1 - 1 / 2 * 2 / 3),
        ({CIV, CON}, {CIV, GEN}, 1 - 1 / 3 * 1 / 3),
        ({CIV, GEN, CON}, {CIV, GEN}, 1 - 2 / 3 * 2 / 3),
    ],
)
def test_distance_of_sets_by_hand(codes: set[str], other: set[str], distance: float) -> None:
    assert masi_distances([frozenset(codes), frozenset(other)])[0, 1] == pytest.approx(distance)


SETS = [frozenset(codes) for codes in ({CIV}, {GEN}, {CIV, GEN}, {CON, GEN})]


@given(codes=SEVERAL)
def test_alpha_of_sets_is_that_of_the_krippendorff_package(codes: list[list[int]]) -> None:
    distances = masi_distances(SETS)
    ratings = Ratings(codes=np.array(codes), n_codes=len(SETS))
    compared = ratings.codes[ratings.is_compared]
    assume(len({code for code in compared.flat if code >= 0}) > 1)
    theirs = krippendorff.alpha(
        np.where(compared < 0, np.nan, compared).T.astype(float),
        value_domain=np.arange(len(SETS)),
        level_of_measurement=lambda v1, v2, **_: distances[v1.astype(int), v2.astype(int)],  # type: ignore[arg-type]
    )
    assert once(partial(krippendorff_alpha, distances=distances), ratings) == pytest.approx(theirs)


def test_words_for_figures_go_from_best_to_worst() -> None:
    lows = [[low for low, _ in bands] for bands in BANDS.values()]
    assert lows == [sorted(row, reverse=True) for row in lows]
