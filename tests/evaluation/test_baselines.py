from __future__ import annotations

from collections import Counter

import pytest
from sklearn.metrics import cohen_kappa_score

from classifier.evaluation.baselines import BASELINES, Baseline, commonest_code, linear_svm
from classifier.harvest.reading import Harvest

TEXTS = [
    "The village council repaired the well.",
    "The village head opened the meeting to women.",
    "Parliament amended the law on associations.",
    "The national assembly passed the law.",
]
CODES = ["Local", "Local", "National", "National"]
EACH = pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES.keys())


def test_commonest_code_is_given_to_all() -> None:
    assert commonest_code(TEXTS[:3], CODES[:3], ["Parliament met.", "The village met."]) == ["Local", "Local"]


def test_of_two_codes_as_common_the_first_is_given() -> None:
    assert commonest_code(TEXTS, CODES, ["Parliament met."]) == ["Local"]


def test_linear_svm_codes_by_the_words() -> None:
    assert linear_svm(TEXTS, CODES, ["The law was amended.", "The village repaired its school."]) == [
        "National",
        "Local",
    ]


def test_linear_svm_knows_words_by_their_parts() -> None:
    assert linear_svm(TEXTS, CODES, ["Parliamentarians legislated.", "Villagers dug."]) == ["National", "Local"]


@EACH
def test_field_of_one_code_is_coded_with_it(baseline: Baseline) -> None:
    assert baseline(TEXTS, ["Local"] * 4, ["Parliament met."]) == ["Local"]


@EACH
def test_every_new_outcome_gets_a_code_in_order(baseline: Baseline) -> None:
    one_by_one = [baseline(TEXTS, CODES, [text])[0] for text in TEXTS]
    assert baseline(TEXTS, CODES, TEXTS) == one_by_one


def test_linear_svm_beats_the_commonest_code_on_the_sample(coded_harvest: Harvest) -> None:
    coded = [outcome for outcome in coded_harvest.outcomes if outcome.codes.get("scale")]
    texts, codes = [outcome.story.description for outcome in coded], [outcome.codes["scale"][0] for outcome in coded]
    suggested = linear_svm(texts[:120], codes[:120], texts[120:])
    assert cohen_kappa_score(codes[120:], suggested) > 0.2
    assert Counter(suggested).keys() <= set(codes[:120])
