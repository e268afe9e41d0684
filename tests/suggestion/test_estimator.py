from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_no_attributes_set_in_init, check_parameters_default_constructible

from classifier.suggestion.estimator import OutcomeClassifier

TEXTS = [
    *(f"The village council of ward {number} opened its budget meeting to women." for number in range(8)),
    *(f"Parliament passed bill {number} on access to information for the whole country." for number in range(8)),
]
CODES = [*["Local"] * 8, *["National"] * 8]


@pytest.fixture(scope="module")
def trained() -> OutcomeClassifier:
    return OutcomeClassifier().fit(TEXTS, CODES)


@pytest.mark.encoder
def test_texts_like_those_trained_on_have_their_code(trained: OutcomeClassifier) -> None:
    new = ["The council of the next village opened its meeting.", "Parliament passed a bill for the country."]
    assert list(trained.predict(new)) == ["Local", "National"]


@pytest.mark.encoder
def test_probabilities_add_up_to_one(trained: OutcomeClassifier) -> None:
    assert trained.predict_proba(TEXTS).sum(axis=1) == pytest.approx(np.ones(len(TEXTS)))


@pytest.mark.encoder
def test_blank_text_has_the_shares_of_the_training_texts(trained: OutcomeClassifier) -> None:
    assert trained.predict_proba([" "])[0] == pytest.approx([0.5, 0.5])


@pytest.mark.encoder
def test_it_is_the_last_step_of_a_pipeline() -> None:
    stripped = FunctionTransformer(lambda texts: [text.strip() for text in texts])
    pipeline = make_pipeline(stripped, OutcomeClassifier()).fit(TEXTS, CODES)
    assert pipeline.score(TEXTS, CODES) == 1.0


def test_clone_keeps_the_parameters() -> None:
    asked = OutcomeClassifier(definitions={"Local": "A village or town."}, random_state=7)
    assert clone(asked).get_params() == asked.get_params()


def test_checks_of_scikit_learn_that_need_no_numbers_pass() -> None:
    check_parameters_default_constructible("OutcomeClassifier", OutcomeClassifier())
    check_no_attributes_set_in_init("OutcomeClassifier", OutcomeClassifier())


@pytest.mark.parametrize(
    ("texts", "codes", "problem"),
    [
        (["The council met."], [], "X has 1 texts and y has 0 labels"),
        (["The council met."] * 2, ["Local"] * 2, "y has 1 class; two or more are needed"),
        ([], [], "X holds no text"),
        ([[1.0], [2.0]], [0, 1], "X must be a sequence of texts, one for each sample"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(texts: list[str], codes: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        OutcomeClassifier().fit(texts, codes)


@pytest.mark.encoder
def test_text_with_half_a_character_is_judged_like_any_other(trained: OutcomeClassifier) -> None:
    text = TEXTS[0].replace("ward", "ward \ud83d")
    assert trained.predict([text]).tolist() == ["Local"]


@pytest.mark.encoder
def test_texts_with_half_a_character_are_trained_on() -> None:
    texts = [f"{TEXTS[0]} \ud800", *TEXTS[1:]]
    assert OutcomeClassifier().fit(texts, CODES).classes_.tolist() == ["Local", "National"]


@pytest.mark.parametrize(("second", "definition"), [("Nat\ud800", "A village."), ("National", "A \ud800.")])
def test_code_or_definition_with_half_a_character_is_refused(second: str, definition: str) -> None:
    with pytest.raises(ValueError, match=r"half a character is in '.*ud800.*', a code or its definition, and can't be"):
        OutcomeClassifier(definitions={"Local": definition}).fit(TEXTS, [*["Local"] * 8, *[second] * 8])


def test_definition_of_an_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="definitions are given for codes that are not in y: Regional"):
        OutcomeClassifier(definitions={"Regional": "Several countries."}).fit(TEXTS, CODES)
