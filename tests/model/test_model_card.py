from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from classifier import sample_files
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.shipped_encoders import common_words
from classifier.harvest.reading import Harvest
from classifier.model.manifest import ConfidentialityRecord, FieldFigures, TrainedFile
from classifier.model.model import Model
from classifier.model.model_card import CardSection, card_as_markdown, card_sections
from classifier.model.reduction import reduce_model
from classifier.model.storage import load_model
from classifier.model.targets import confirm_promise
from classifier.model.training import train_from_definitions

CARD = sample_files.models_folder() / "sample" / "MODEL_CARD.md"
SCALE = FieldFigures(
    n_outcomes=168,
    cohen_kappa=0.8,
    cohen_kappa_low=0.7,
    cohen_kappa_high=0.9,
    share_right=0.85,
    words_kappa=0.6,
    words_kappa_low=0.5,
    words_kappa_high=0.7,
)
NOT_CALIBRATED = "confidence is not calibrated, and no suggestion will be to confirm"


@pytest.fixture(scope="module")
def sample() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def reduced(model: Model) -> Model:
    return reduce_model(model, name="for_partner", common_words=common_words())


@pytest.fixture(scope="module")
def by_definition(codebook: Codebook, trigrams: CachedEncoders) -> Model:
    return train_from_definitions(codebook=codebook, sources=trigrams, name="bare").model


def section(model: Model, title: str) -> CardSection:
    (found,) = [section for section in card_sections(model) if section.title == title]
    return found


def with_manifest(model: Model, **changed: object) -> Model:
    return replace(model, manifest=model.manifest.model_copy(update=changed))


def test_card_that_ships_is_the_one_of_the_sample_model(sample: Model) -> None:
    assert CARD.read_text(encoding="utf-8") == card_as_markdown(sample), "run `python -m docs.make card`"


def test_card_has_no_fragment_id(model: Model) -> None:
    card = card_as_markdown(model)
    assert [name for name in model.manifest.fragment_ids if name in card] == []


def test_card_has_no_words_of_a_story(model: Model, coded_harvest: Harvest) -> None:
    card = card_as_markdown(model)
    beginnings = [" ".join(outcome.story.description.split()[:4]) for outcome in coded_harvest.outcomes]
    assert [words for words in beginnings if words in card] == []


def test_data_are_the_files_with_the_number_of_outcomes(model: Model) -> None:
    assert section(model, "Data").table == (("File", "Outcomes"), ("harvest_1.xlsx", "168"))


@pytest.mark.parametrize(("is_used", "told"), [(True, "used"), (False, "left out")])
def test_data_say_whether_confidential_outcomes_were_left_out(model: Model, is_used: bool, told: str) -> None:
    record = ConfidentialityRecord(n_confidential=3, n_unknown=7, is_confidential_used=is_used, is_unknown_used=True)
    assert section(with_manifest(model, confidentiality=record), "Data").paragraphs[1] == (
        f"3 confidential outcomes {told}, 7 of unknown confidentiality used."
    )


def test_agreement_is_beside_the_baselines_with_intervals_and_n(model: Model) -> None:
    known = with_manifest(model, out_of_fold={"scale": SCALE}, codes={**model.manifest.codes, "scale": {"Local": 168}})
    assert section(known, "Agreement with coders").table[3] == (
        "Scale",
        "168",
        "0.80 (0.70 to 0.90)",
        "0.60 (0.50 to 0.70)",
        "0 (right 100%)",
        "85%",
    )


def test_baseline_of_an_earlier_model_is_not_known(model: Model) -> None:
    earlier = SCALE.model_copy(update={"words_kappa": nan})
    known = with_manifest(model, out_of_fold={"scale": earlier})
    assert section(known, "Agreement with coders").table[3][3] == "not known"


def test_field_without_figures_has_too_few_outcomes(model: Model) -> None:
    known = with_manifest(model, out_of_fold={"scale": SCALE})
    assert section(known, "Agreement with coders").table[1] == (
        "TypeOfChangeCluster",
        "",
        "too few outcomes to say",
        "",
        "",
        "",
    )


def test_codes_are_listed_with_their_outcomes(model: Model) -> None:
    n_local = model.manifest.codes["scale"]["Local"]
    assert ("Scale", "Local", str(n_local)) in section(model, "Codes").table


def test_confirm_promises_what_the_workbook_says(model: Model) -> None:
    assert section(model, "What the route confirm promises").paragraphs == (confirm_promise(0.95),)


def test_languages_are_by_how_their_stories_are_judged(sample: Model) -> None:
    assert section(sample, "Languages").paragraphs[0] == (
        "Suggests codes for stories in English. To choose, never to confirm, in Arabic, Chinese, Dutch, French, "
        "German, Italian, Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai, Turkish. Stories in any other "
        "language are routed to code afresh."
    )


def test_model_of_definitions_promises_nothing(by_definition: Model) -> None:
    assert section(by_definition, "What the route confirm promises").paragraphs == (f"Nothing: {NOT_CALIBRATED}.",)


def test_model_of_definitions_has_no_agreement_yet(by_definition: Model) -> None:
    told = section(by_definition, "Agreement with coders").paragraphs
    assert told == (f"Not known until outcomes are coded: {NOT_CALIBRATED}.",)


def test_card_of_a_reduced_model_names_no_file(reduced: Model) -> None:
    told = section(reduced, "Data")
    assert (told.table, told.paragraphs[0]) == (
        (),
        "Trained on 168 coded outcomes. A reduced model: it keeps no ID, file name or vector of them, and no rare "
        "word.",
    )


def test_card_of_a_reduced_model_says_what_it_does_not_hide(reduced: Model) -> None:
    assert section(reduced, "It must not be used to").items[-1].startswith("hide which outcomes it was trained on: ")


def test_name_with_marks_of_markdown_stays_in_its_cell(model: Model) -> None:
    file = TrainedFile(name="a|b_<c>.xlsx", sha256="", fragment_ids=("H-1",))
    assert "| a\\|b\\_\\<c\\>.xlsx | 1 |\n" in card_as_markdown(with_manifest(model, files=(file,)))
