from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.model.training import Trained, train_from_definitions, train_model

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

CAPACITY, POLICY = "Capacity change", "Policy and law change"


def coded_as(outcome: Outcome, **codes: tuple[str, ...]) -> Outcome:
    return replace(outcome, codes={**outcome.codes, **codes})


def first(harvest: Harvest, n_outcomes: int) -> Harvest:
    return replace(harvest, outcomes=harvest.outcomes[:n_outcomes])


def test_every_field_is_learned_better_than_chance(trained: Trained) -> None:
    figures = trained.model.manifest.out_of_fold
    assert {name: figure.cohen_kappa_low > 0.3 for name, figure in figures.items()} == {
        "change_type_cluster": True,
        "social_actor": True,
        "scale": True,
        "scc_objective": True,
    }


def test_the_linear_baseline_is_beside_the_figures(trained: Trained) -> None:
    figures = trained.model.manifest.out_of_fold
    baselines = {name: figure.baseline for name, figure in figures.items()}
    assert all(baseline is not None and 0 < baseline.value < 1 for baseline in baselines.values())


def test_the_baseline_is_that_of_a_regression_on_the_words_alone(trained: Trained) -> None:
    assert trained.held_out is not None
    field = trained.held_out.fields["scale"]
    agreed = [trained.held_out.outcomes[row].codes["scale"][0] for row in field.rows]
    names = trained.model.codebook.field("scale").code_names
    by_words = [names[place] for place in field.by_words]
    expected = cohen_kappa_score(agreed, by_words)
    assert trained.model.manifest.out_of_fold["scale"].words_kappa == pytest.approx(expected, abs=1e-4)


def test_manifest_counts_the_examples_of_each_code(trained: Trained, coded_harvest: Harvest) -> None:
    local = [outcome for outcome in coded_harvest.outcomes if outcome.codes["scale"] == ("Local",)]
    assert trained.model.manifest.codes["scale"]["Local"] == len(local)


def test_manifest_names_the_file_without_its_folder(trained: Trained) -> None:
    assert [file.name for file in trained.model.manifest.files] == ["harvest_1.xlsx"]


def test_known_repeats_are_kept_in_one_fold(trained: Trained, training_data: Path) -> None:
    with (training_data / "near_duplicates.csv").open(encoding="utf-8", newline="") as file:
        pairs = [(row["FragmentID"], row["near_duplicate_of"]) for row in csv.DictReader(file)]
    ids = set(trained.model.manifest.fragment_ids)
    groups = [set(group) for group in trained.model.manifest.near_duplicates]
    known = [set(pair) for pair in pairs if ids.issuperset(pair)]
    found = [pair for pair in known if any(pair <= group for group in groups)]
    assert len(found) >= len(known) / 2


def test_same_data_and_seed_train_the_same_model(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    once, again = (
        train_model([first(coded_harvest, 20)], codebook=codebook, sources=trigrams, name="cheap") for _ in range(2)
    )
    for name, field in once.model.fields.items():
        np.testing.assert_allclose(
            again.model.fields[name].calibration_scores.joint_confidence,
            field.calibration_scores.joint_confidence,
            atol=1e-6,
        )


def test_four_coded_outcomes_are_too_few(coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders) -> None:
    with pytest.raises(TrainingError) as caught:
        train_model([first(coded_harvest, 4)], codebook=codebook, sources=trigrams, name="few")
    assert str(caught.value) == (
        "harvest_1.xlsx: fewer than 5 outcomes have both a text and a code; fill in 'TypeOfChangeCluster' or "
        "'Social actor' or 'Scale' or 'Link to SCC Specific Objectives'"
    )


def test_with_five_coded_outcomes_the_best_few_codes_are_shown(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    notes = train_model([first(coded_harvest, 5)], codebook=codebook, sources=trigrams, name="five").notes
    assert (
        "Social actor: 5 coded outcomes are too few to work out which codes remain possible; the best few are shown"
    ) in notes


def test_a_code_without_a_definition_is_reported_where_nothing_else_is_trained_on(trigrams: CachedEncoders) -> None:
    bare = Codebook.parse(OTHER_PROGRAMME.replace("{code: Peace}", "{code: Peace, definition: Fewer armed clashes}"))
    assert train_from_definitions(codebook=bare, sources=trigrams, name="bare").notes == (
        "Level: 'Village' has no definition; it is suggested by its name only",
        "Level: 'Above' has no definition; it is suggested by its name only",
        "Themes: 'Space' has no definition; it is suggested by its name only",
        "Themes: 'Equality' has no definition; it is suggested by its name only",
    )


def test_a_field_that_is_coded_one_way_only_is_reported(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    local = replace(
        coded_harvest, outcomes=tuple(coded_as(one, scale=("Local",)) for one in coded_harvest.outcomes[:25])
    )
    notes = train_model([local], codebook=codebook, sources=trigrams, name="local").notes
    assert (
        "Scale: 25 coded outcomes, all of them 'Local': nothing to distinguish; every outcome goes to `code afresh`"
    ) in notes


def test_a_field_without_any_code_is_reported(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    bare = replace(coded_harvest, outcomes=tuple(coded_as(one, scale=()) for one in coded_harvest.outcomes[:25]))
    notes = train_model([bare], codebook=codebook, sources=trigrams, name="bare").notes
    assert (
        "Scale: no coded outcome to train on; codes are suggested by definition only, with no calibrated confidence "
        "and none to `confirm`"
    ) in notes


def test_rare_and_missing_codes_are_reported(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    codes = [("Local",)] * 20 + [("National",)] * 17 + [("Regional",)] * 3
    few = [coded_as(one, scale=code) for one, code in zip(coded_harvest.outcomes, codes, strict=False)]
    trained = train_model(
        [replace(coded_harvest, outcomes=tuple(few))], codebook=codebook, sources=trigrams, name="rare"
    )
    assert [note for note in trained.notes if note.startswith("Scale: ") and "code" not in note[:12]][:2] == [
        "Scale: no example of 'Sub-national', 'International'; suggested by definition only",
        "Scale: fewer than 5 examples of 'Regional' (3); a candidate, but never one to `confirm`",
    ]


def test_conflicting_codes_of_near_duplicates_are_reported(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    first_report = coded_harvest.outcomes[0]
    second_report = replace(coded_as(first_report, scale=("Local",)), fragment_id="SCC-ENV/033b", row=999)
    twice = replace(coded_harvest, outcomes=(*coded_harvest.outcomes[:25], second_report))
    notes = train_model([twice], codebook=codebook, sources=trigrams, name="twice").notes
    assert (
        "SCC-ENV/033b and SCC-ENV/033 seem to report the same change, but are coded Scale 'Local' and 'Regional'; "
        "both were used for training"
    ) in notes


def test_outcomes_without_codes_are_not_trained_on(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    half = [replace(one, codes={}) if place % 2 else one for place, one in enumerate(coded_harvest.outcomes[:60])]
    trained = train_model(
        [replace(coded_harvest, outcomes=tuple(half))], codebook=codebook, sources=trigrams, name="half"
    )
    assert len(trained.model.manifest.fragment_ids) == 30


OTHER_PROGRAMME = """
themes: &themes [{code: Space}, {code: Peace}, {code: Equality}]
columns: {id: Ref, parts: [{column: What happened}]}
fields:
  - {name: level, column: Level, kind: single, codes: [{code: Village}, {code: Above}]}
  - {name: themes, column: Themes, kind: multiple, separator: "|", codes: *themes}
"""


def test_a_codebook_of_two_other_fields_is_learned(
    coded_harvest: Harvest, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    themes = {"CIV": "Space", "CON": "Peace", "GEN": "Equality"}
    rows = [["Ref", "What happened", "Level", "Themes"]]
    for one in coded_harvest.outcomes:
        level = "Village" if one.codes["scale"] == ("Local",) else "Above"
        reported = [themes[code[:3]] for code in one.codes["scc_objective"] if code[:3] in themes]
        rows.append([one.fragment_id, one.story.description, level, "|".join(reported)])
    path = tmp_path / "other.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    codebook = Codebook.parse(OTHER_PROGRAMME)
    harvests = read_coded_harvests([path], codebook=codebook)
    manifest = train_model(harvests, codebook=codebook, sources=trigrams, name="other").model.manifest
    better = {name: figures.cohen_kappa_low > 0.2 for name, figures in manifest.out_of_fold.items()}
    assert better == {"level": True, "themes": True}


@pytest.mark.parametrize(
    ("file", "name", "told"),
    [
        ("june.xlsx", "ours\x1b[2J", r"the model's name 'ours\\x1b\[2J' has a control character \(U\+001B\)"),
        ("ju\u202ene.xlsx", "ours", r"the name of 'ju\\u202ene.xlsx' has a control character \(U\+202E\)"),
    ],
)
def test_name_with_control_characters_is_refused_before_training(
    coded_harvest: Harvest, codebook: Codebook, file: str, name: str, told: str
) -> None:
    harvest = replace(coded_harvest, path=Path(file))
    with pytest.raises(TrainingError, match=told):
        train_model([harvest], codebook=codebook, sources=(), name=name)


def test_id_with_control_characters_is_refused_before_training_with_its_cell(
    coded_harvest: Harvest, codebook: Codebook
) -> None:
    first = replace(coded_harvest.outcomes[0], fragment_id="HO\x1b-1")
    harvest = replace(coded_harvest, outcomes=(first, *coded_harvest.outcomes[1:]))
    cell = harvest.sheet.place(first.row, harvest.layout.id)
    with pytest.raises(TrainingError, match=rf"'harvest_1.xlsx', {cell}: the ID has a control character \(U\+001B\)"):
        train_model([harvest], codebook=codebook, sources=(), name="ours")
