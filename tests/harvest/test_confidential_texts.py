from __future__ import annotations

import unicodedata

import pytest

from classifier.harvest.confidential_texts import ConfidentialTexts
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story

TOLD = "The judge's family - four people - left Préfecture Nord; they are hiding in a parish."


def texts_of(told: str) -> ConfidentialTexts:
    outcome = Outcome(fragment_id="A", story=Story(parts={}, description=told, merged=told))
    return ConfidentialTexts.of([outcome], left_out={"A"})


@pytest.mark.parametrize(
    "copied",
    [
        pytest.param(TOLD.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}"), id="apostrophe of Word"),
        pytest.param(TOLD.replace(" - ", " \N{EN DASH} "), id="dash of Word"),
        pytest.param(unicodedata.normalize("NFD", TOLD), id="accents as macOS composes them"),
        pytest.param(TOLD.replace("é", "e"), id="without accents"),
        pytest.param(TOLD.replace("family", "fam\N{SOFT HYPHEN}ily"), id="soft hyphen"),
        pytest.param(TOLD.replace("people", "peo\N{ZERO WIDTH SPACE}ple"), id="zero width space"),
        pytest.param(TOLD.replace(" left", "left"), id="line break that is markup"),
        pytest.param(TOLD.replace("Nord", '"&"Nord'), id="formula that joins two texts"),
    ],
)
def test_text_of_a_confidential_outcome_is_found_however_programs_write_its_signs(copied: str) -> None:
    assert texts_of(TOLD).are_in(f"To ask: {copied}")


@pytest.mark.parametrize("redacted", ["\N{FULL BLOCK}" * 60, "[... ...] " * 10, "X. " + "_ " * 40])
def test_redacted_text_of_a_confidential_outcome_is_in_no_other(redacted: str) -> None:
    assert not texts_of(redacted).are_in(f"The council of the capital city met in public. {redacted}")
