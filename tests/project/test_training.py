from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from classifier import sample_files
from classifier.agreement.bootstrap import Estimate
from classifier.errors import TrainingError
from classifier.evaluation.model_comparison import ComparedField, ConfirmCount, ModelComparison
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.languages import translated, use_language
from classifier.model.storage import load_model, read_manifest
from classifier.project import training
from classifier.project.add_harvest import add_harvest
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.model_history import models_of
from classifier.project.project import Project, new_project, open_project
from classifier.project.training import TrainedProject, gather_training_set, train_project, train_with_encoders
from classifier.project.training_summary import summarise_project_training
from tests.support.projects import use_model
from tests.support.workbooks import write_outcomes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}]
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: GEN}]
"""
LOCAL, NATIONAL = "Local", "National"
SEEN = ShownSuggestion(suggested=(LOCAL,), confidence=0.9, prediction_set=(LOCAL,), model="ours")
REMEDY = "adjudicate what coders differ in, code more outcomes, or add coded harvests to the project"


def row(name: str, scale: str = "", objective: str = "") -> dict[str, str]:
    reported = f"The council of {name} met in public."
    return {"FragmentID": name, "Outcome description": reported, "Scale": scale, "Objective": objective}


def begin(folder: Path, *rows: dict[str, str]) -> Project:
    (folder / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    begun = new_project(folder / "project", codebook=folder / "codebook.yaml")
    return add_harvest(begun, write_outcomes(folder / "harvest.xlsx", *rows)).project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project of nine outcomes, of which A/8 came coded and A/9 has no text."""
    rows = [row(f"A/{number}") for number in range(1, 8)]
    begun = begin(tmp_path, *rows, row("A/8", LOCAL), {**row("A/9"), "Outcome description": ""})
    yield begun
    begun.journal.close()


def decision(
    name: str,
    *codes: str,
    coder: str = "Ana",
    field: str = "scale",
    method: DecisionMethod = DecisionMethod.BY_HAND,
    shown: ShownSuggestion | None = None,
) -> Decision:
    return Decision(coder=coder, fragment_id=name, field=field, codes=codes, method=method, codebook="c", shown=shown)


def further(folder: Path, project: Project, *rows: dict[str, str]) -> tuple[Harvest, ...]:
    return read_coded_harvests([write_outcomes(folder / "earlier.xlsx", *rows)], codebook=project.codebook)


def codes_trained_on(project: Project, harvests: tuple[Harvest, ...] = ()) -> dict[str, dict[str, tuple[str, ...]]]:
    training_set = gather_training_set(project, harvests)
    return {
        outcome.fragment_id: dict(outcome.codes) for harvest in training_set.harvests for outcome in harvest.outcomes
    }


# Training outcomes


def test_codes_of_a_coder_are_learned_beside_those_that_came_with_the_file(project: Project) -> None:
    project.journal.record([decision("A/1", NATIONAL), decision("A/1", "GEN", "CIV", field="objective")])
    assert codes_trained_on(project) == {
        "A/1": {"scale": (NATIONAL,), "objective": ("GEN", "CIV")},
        "A/8": {"scale": (LOCAL,)},
    }


def test_decision_counts_over_the_code_in_the_file(project: Project) -> None:
    project.journal.record([decision("A/8", NATIONAL)])
    assert codes_trained_on(project) == {"A/8": {"scale": (NATIONAL,)}}


def test_open_difference_is_not_trained_on_whatever_the_file_says(project: Project) -> None:
    project.journal.record([decision("A/8", NATIONAL), decision("A/8", LOCAL, coder="Ben")])
    assert codes_trained_on(project) == {}


def test_open_differences_are_reported(project: Project) -> None:
    project.journal.record([decision("A/1", NATIONAL), decision("A/1", LOCAL, coder="Ben")])
    training_set = gather_training_set(project)
    assert (training_set.n_open, training_set.notes) == (
        1,
        ("1 code that coders differ in, not used for training until adjudicated",),
    )


def test_codes_of_outcomes_that_somebody_is_still_to_code_unseen_are_left_out(project: Project) -> None:
    project.journal.record([decision("A/1", LOCAL), decision("A/2", LOCAL)])
    training_set = gather_training_set(project, still_to_code=["A/1", "A/3"])
    used = [outcome.fragment_id for harvest in training_set.harvests for outcome in harvest.outcomes]
    assert (used, training_set.n_still_to_code) == (["A/2", "A/8"], 1)
    assert training_set.notes == ("codes of 1 outcome, not used for training until all coders have coded",)


def test_settled_difference_is_learned(project: Project) -> None:
    project.journal.record(
        [
            decision("A/1", NATIONAL),
            decision("A/1", LOCAL, coder="Ben"),
            decision("A/1", LOCAL, coder="Chi", method=DecisionMethod.ADJUDICATION),
        ]
    )
    assert codes_trained_on(project)["A/1"] == {"scale": (LOCAL,)}


def test_code_that_the_codebook_lacks_is_not_learned(project: Project) -> None:
    project.journal.record([decision("A/1", "Regional")])
    assert "A/1" not in codes_trained_on(project)


def test_outcome_without_a_text_is_not_learned(project: Project) -> None:
    project.journal.record([decision("A/9", LOCAL)])
    training_set = gather_training_set(project)
    assert (codes_trained_on(project), training_set.n_by_provenance("scale")) == (
        {"A/8": {"scale": (LOCAL,)}},
        {"file": 1},
    )


def test_corrected_outcome_is_learned_once_and_as_it_is_now(project: Project, tmp_path: Path) -> None:
    reported = {**row("A/1"), "Outcome description": "The council met in secret."}
    corrected = add_harvest(project, write_outcomes(tmp_path / "harvest.xlsx", reported)).project
    corrected.journal.record([decision("A/1", LOCAL)])
    stories = [
        outcome.story.description
        for harvest in gather_training_set(corrected).harvests
        for outcome in harvest.outcomes
        if outcome.fragment_id == "A/1"
    ]
    assert stories == ["The council met in secret."]


def test_further_harvest_is_learned_too(project: Project, tmp_path: Path) -> None:
    assert codes_trained_on(project, further(tmp_path, project, row("B/1", NATIONAL)))["B/1"] == {"scale": (NATIONAL,)}


def test_of_a_further_harvest_codes_of_our_outcomes_count_where_we_have_none(project: Project, tmp_path: Path) -> None:
    project.journal.record([decision("A/1", NATIONAL)])
    harvests = further(tmp_path, project, row("A/1", LOCAL, "GEN"))
    assert codes_trained_on(project, harvests)["A/1"] == {"scale": (NATIONAL,), "objective": ("GEN",)}


def test_outcomes_that_a_further_harvest_has_from_us_are_reported(project: Project, tmp_path: Path) -> None:
    harvests = further(tmp_path, project, row("A/1", LOCAL), row("B/1", LOCAL))
    assert gather_training_set(project, harvests).notes == (
        "earlier.xlsx: 1 outcome also in the project; its codes here are used only where the project has none",
    )


def test_unknown_code_in_a_file_is_reported(tmp_path: Path) -> None:
    begun = begin(tmp_path, row("A/1", "Natonal"))
    begun.journal.close()
    assert gather_training_set(open_project(begun.folder)).notes == (
        "harvest.xlsx: 1 code cell to check, the first: Outcomes!C2: 'Natonal' is not a code of "
        "'Scale' (did you mean 'National'? If not, add it to the codebook)",
    )


def test_codes_are_counted_by_what_they_rest_on(project: Project) -> None:
    project.journal.record(
        [
            decision("A/1", LOCAL),
            decision("A/2", LOCAL),
            decision("A/2", LOCAL, coder="Ben"),
            decision("A/3", LOCAL, shown=SEEN),
            decision("A/4", LOCAL),
            decision("A/4", LOCAL, coder="Ben", shown=SEEN),
            decision("A/5", LOCAL, shown=SEEN, method=DecisionMethod.BULK),
            decision("A/6", NATIONAL, method=DecisionMethod.ADJUDICATION),
        ]
    )
    assert gather_training_set(project).n_by_provenance("scale") == {
        "blind": 2,
        "assisted": 2,
        "bulk": 1,
        "settled": 1,
        "file": 1,
    }


# Training


def test_project_with_nothing_settled_says_what_to_do(tmp_path: Path, trigrams: CachedEncoders) -> None:
    begun = begin(tmp_path, row("A/1"))
    with pytest.raises(TrainingError) as caught:
        train_with_encoders(begun, sources=trigrams)
    begun.journal.close()
    assert str(caught.value) == (
        f"{begun.folder}: no outcome has a current code yet, so there is nothing to train on; {REMEDY}"
    )


def test_four_settled_outcomes_are_too_few(project: Project, trigrams: CachedEncoders) -> None:
    project.journal.record([decision(f"A/{number}", LOCAL) for number in (1, 2, 3)])
    with pytest.raises(TrainingError) as caught:
        train_with_encoders(project, sources=trigrams)
    assert str(caught.value) == (
        f"{project.folder}: 4 outcomes with a text and a current code, too few to train on; {REMEDY}"
    )


def test_where_too_little_is_adjudicated_the_project_keeps_its_model(
    project: Project, trigrams: CachedEncoders
) -> None:
    with pytest.raises(TrainingError):
        train_with_encoders(project, sources=trigrams)
    assert (open_project(project.folder).model, (project.folder / "models").exists()) == (None, False)


@pytest.fixture
def small(project: Project, trigrams: CachedEncoders) -> TrainedProject:
    """Return the training outcomes of six outcomes, five of them decided blind."""
    codes = (LOCAL, NATIONAL, LOCAL, NATIONAL, LOCAL)
    project.journal.record([decision(f"A/{number}", code) for number, code in enumerate(codes, start=1)])
    return train_with_encoders(project, sources=trigrams)


def test_new_model_is_the_projects(small: TrainedProject) -> None:
    again = open_project(small.project.folder)
    again.journal.close()
    assert (small.project.model, again.model) == ("models/0001", "models/0001")


def test_new_model_is_found_by_the_project_and_named_after_it(small: TrainedProject) -> None:
    place = small.project.model_place
    assert place is not None
    assert load_model(place).manifest.name == "project 1"


def test_what_codes_rest_on_is_kept_with_the_model(small: TrainedProject) -> None:
    assert read_manifest(small.folder).rests_on == {"scale": {"blind": 5, "file": 1}, "objective": {}}


def test_model_before_stays_where_it_is(small: TrainedProject, trigrams: CachedEncoders) -> None:
    again = train_with_encoders(small.project, sources=trigrams)
    assert (again.project.model, read_manifest(small.folder)) == ("models/0002", small.model.manifest)


def test_number_of_a_model_is_not_given_twice(small: TrainedProject, trigrams: CachedEncoders) -> None:
    (small.project.folder / "models" / "0007").mkdir()
    assert train_with_encoders(small.project, sources=trigrams).folder.name == "0008"


def test_learning_from_fewer_outcomes_than_before_is_reported(small: TrainedProject, trigrams: CachedEncoders) -> None:
    small.project.journal.record([decision("A/1")])
    again = train_with_encoders(small.project, sources=trigrams)
    assert (again.n_before, again.n_outcomes, again.notes[0]) == (
        6,
        5,
        "trained on 5 outcomes, the previous model on 6: add the coded harvests to the project",
    )


def test_confidential_outcomes_are_named_where_too_few_others_replace_a_model(
    project: Project, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    codes = (LOCAL, NATIONAL) * 10
    many = further(tmp_path, project, *(row(f"B/{number}", code) for number, code in enumerate(codes)))
    trained = train_with_encoders(project, many, sources=trigrams)
    secret = [{**row("C/1", LOCAL), "Outcome statements is CONFIDENTIAL": "YES"}]
    with pytest.raises(TrainingError) as caught:
        train_with_encoders(trained.project, further(tmp_path, project, *secret), sources=trigrams)
    assert "would use 1 outcome, fewer than half of the 21 of the current one" in str(caught.value)
    assert "\n  1 confidential outcome left out (--include-confidential includes them)" in str(caught.value)


def test_model_before_that_cannot_be_read_is_reported_and_no_hindrance(
    small: TrainedProject, trigrams: CachedEncoders
) -> None:
    lost = use_model(small.project, "ours")
    again = train_with_encoders(lost, sources=trigrams)
    assert (again.before, again.notes[0]) == (
        None,
        "the previous model can't be read, so its encoders are not used and there is no comparison: ours: no such "
        "model (the models are sample)",
    )


DEFAULT: Mapping[str, str] = {"those by default": ""}


def test_stories_are_read_by_the_encoders_of_the_model_before(
    small: TrainedProject, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def opened(known: Mapping[str, str] = DEFAULT, *, cache: bool) -> CachedEncoders:
        asked.append(tuple(known))
        return trigrams

    monkeypatch.setattr(training, "open_model_encoders", opened)
    monkeypatch.setattr(training, "open_encoders", opened)
    train_project(small.project)
    train_project(use_model(small.project, "gone"))
    assert asked == [("trigrams",), ("those by default",)]


def test_further_harvests_are_read_from_their_files(
    small: TrainedProject, trigrams: CachedEncoders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "open_model_encoders", lambda known, cache: trigrams)
    again = train_project(small.project, [write_outcomes(tmp_path / "earlier.xlsx", row("B/1", LOCAL))])
    assert [file.name for file in again.model.manifest.files] == ["001_harvest.xlsx", "earlier.xlsx"]


def test_manifest_of_a_model_not_trained_in_a_project_is_written_as_before() -> None:
    folder = sample_files.models_folder() / "sample"
    written = read_manifest(folder).model_dump_json(indent=1) + "\n"
    assert written == (folder / "manifest.json").read_text(encoding="utf-8")


# On outcomes not trained on


@pytest.fixture(scope="module")
def coded_project(
    tmp_path_factory: pytest.TempPathFactory, coded_harvest: Harvest, trigrams: CachedEncoders
) -> Iterator[TrainedProject]:
    """Train on the first sample harvest: 100 decided blind in the scale, 20 with help."""
    begun = new_project(tmp_path_factory.mktemp("team") / "harvest_2026", codebook=sample_files.codebook_path())
    project = add_harvest(begun, coded_harvest.path).project
    project.journal.record(
        [
            decision(outcome.fragment_id, *outcome.codes["scale"], shown=None if place < 100 else SEEN)
            for place, outcome in enumerate(coded_harvest.outcomes[:120])
        ]
    )
    yield train_with_encoders(project, sources=trigrams, include_confidential=True)
    begun.journal.close()


def test_kappa_on_blind_codes_alone_is_beside_that_on_all(coded_project: TrainedProject) -> None:
    scale = next(agreement for agreement in coded_project.agreement if agreement.field == "scale")
    assert (scale.everything.n_outcomes, scale.blind.n_outcomes) == (168, 100)


def test_kappa_on_all_codes_is_that_of_the_manifest(coded_project: TrainedProject) -> None:
    figures = coded_project.model.manifest.out_of_fold
    found = {agreement.field: round(agreement.everything.kappa.value, 4) for agreement in coded_project.agreement}
    assert found == {name: one.cohen_kappa for name, one in figures.items()}


def test_without_blind_codes_there_is_no_blind_kappa(coded_project: TrainedProject) -> None:
    actor = next(agreement for agreement in coded_project.agreement if agreement.field == "social_actor")
    assert (actor.blind.n_outcomes, actor.blind.is_enough) == (0, False)


def test_what_was_learned_is_reported_by_what_it_rests_on(coded_project: TrainedProject) -> None:
    type_of_change, actor, scale, objective = (field.column.strip() for field in coded_project.project.codebook.fields)
    assert summarise_project_training(coded_project).tables[0] == (
        ("Field", "Codes used for training", "Blind", "Assisted", "From files"),
        (type_of_change, "168", "0", "0", "168"),
        (actor, "168", "0", "0", "168"),
        (scale, "168", "100", "20", "48"),
        (objective, "168", "0", "0", "168"),
    )


def test_kappa_on_blind_codes_is_reported_or_that_they_are_too_few(coded_project: TrainedProject) -> None:
    table = summarise_project_training(coded_project).tables[1]
    scale = next(agreement for agreement in coded_project.agreement if agreement.field == "scale")
    assert table[0] == ("Field", "Cohen's kappa on outcomes not used for training", "Of these, coded blind")
    assert [line[2] for line in table[1:]] == [
        "too few to say",
        "too few to say",
        scale.blind.kappa.with_n,
        "too few to say",
    ]


def test_summary_reports_what_was_trained_on_and_where_the_model_is(coded_project: TrainedProject) -> None:
    summary = summarise_project_training(coded_project)
    assert (summary.opening, summary.ending) == (
        (
            "Trained on 168 outcomes of harvest_1.xlsx",
            "19 confidential outcomes included; 149 are not marked either way, and are included",
            "Encoders: trigrams",
        ),
        f"Wrote the model {coded_project.folder}; the project's suggestions come from it from now on. "
        "Blind: decided with no suggestion in view; codes decided with one in view make a model look better than it is",
    )


def test_summary_reports_of_the_model_before(small: TrainedProject, trigrams: CachedEncoders) -> None:
    again = train_with_encoders(small.project, sources=trigrams)
    told = f"The previous model, {small.model.manifest.title}, was trained on 6; it is kept"
    assert [summarise_project_training(again, on_page=on_page).opening[2] for on_page in (False, True)] == [
        f"{told}, and used by: outcome-coder suggest HARVEST --model {small.folder}",
        told,
    ]


def test_counts_and_figures_are_for_programs_too(coded_project: TrainedProject) -> None:
    plain = summarise_project_training(coded_project).plain
    assert (plain["rests_on"]["scale"], plain["out_of_fold"]["scale"]["blind"]["n"]) == (
        {"blind": 100, "assisted": 20, "file": 48},
        100,
    )


# Beside the model before


def beside(difference: Estimate) -> ModelComparison:
    field = ComparedField(
        field="scale",
        n_outcomes=57,
        current=Estimate(value=0.7, low=0.6, high=0.8, n_outcomes=57),
        new=Estimate(value=0.5, low=0.4, high=0.6, n_outcomes=57),
        current_confirm=ConfirmCount(n_confirm=20, n_right=19),
        new_confirm=ConfirmCount(n_confirm=0, n_right=0),
    )
    return ModelComparison(
        n_outcomes=57,
        is_unseen=True,
        languages={"English": 50, "French": 7},
        n_repeats=3,
        fields=(field,),
        current=field.current,
        new=field.new,
        difference=difference,
    )


WORSE = beside(Estimate(value=-0.2, low=-0.3, high=-0.1, n_outcomes=57))
UNCERTAIN = beside(Estimate(value=-0.2, low=-0.4, high=0.1, n_outcomes=57))


@pytest.mark.parametrize(
    ("comparison", "accept_worse", "is_used"), [(WORSE, False, False), (WORSE, True, True), (UNCERTAIN, False, True)]
)
def test_model_that_does_worse_is_used_only_if_that_is_accepted(
    small: TrainedProject,
    trigrams: CachedEncoders,
    monkeypatch: pytest.MonkeyPatch,
    comparison: ModelComparison,
    accept_worse: bool,
    is_used: bool,
) -> None:
    monkeypatch.setattr(training, "compare_models", lambda *_, **__: comparison)
    again = train_with_encoders(small.project, sources=trigrams, accept_worse=accept_worse)
    now = open_project(small.project.folder)
    now.journal.close()
    model = "models/0002" if is_used else "models/0001"
    assert (again.is_used, again.project.model, now.model) == (is_used, model, model)


def test_model_that_does_worse_is_kept(
    small: TrainedProject, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "compare_models", lambda *_, **__: WORSE)
    again = train_with_encoders(small.project, sources=trigrams, accept_worse=False)
    assert [known.place for known in models_of(again.project)] == ["models/0002", "models/0001"]


def test_models_beside_each_other_are_told_with_n_interval_and_languages(
    small: TrainedProject, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "compare_models", lambda *_, **__: WORSE)
    again = train_with_encoders(small.project, sources=trigrams, accept_worse=False)
    summary = summarise_project_training(again, on_page=True)
    assert summary.opening[-4:] == (
        "On 57 outcomes (English 50, French 7) that neither was trained on, the new model agrees less with the coders: "
        "mean kappa 0.70 (0.60 to 0.80) by the previous model, 0.50 (0.40 to 0.60) by the new one, -0.20 (-0.30 to "
        "-0.10) in difference",
        "Their codes came with a file, or were given with no suggestion in view",
        "Left out: 3 outcomes that seem to repeat one that the previous model was trained on",
        "  Scale, n=57: kappa 0.70 (0.60 to 0.80) by the previous model, 0.50 (0.40 to 0.60) by the new one; to "
        "confirm 19 of 20 right by the previous model, none by the new one",
    )
    assert summary.ending.startswith(
        f"Wrote the model {again.folder}; since it does worse, suggestions still come from the previous model: to use "
        "it all the same, choose it among the models of this project. "
    )


def test_training_that_ended_is_told_in_the_language_of_who_looks_at_it(
    small: TrainedProject, trigrams: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "compare_models", lambda *_, **__: WORSE)
    summary = summarise_project_training(
        train_with_encoders(small.project, sources=trigrams, accept_worse=False), on_page=True
    )
    with use_language("fr"):
        lines = [str(translated(line)).replace("\N{NO-BREAK SPACE}", " ") for line in summary.opening[-4:]]
        ending = str(translated(summary.ending))
        notes = [str(translated(note)) for note in summary.notes]
    assert lines == [
        "Sur 57 incidences (anglais 50, français 7) qui n'ont servi à entraîner aucun des deux, le nouveau modèle "
        "s'accorde moins avec les codeur·ses : kappa moyen de 0,70 (0,60 à 0,80) pour le modèle précédent, 0,50 (0,40 "
        "à 0,60) pour le nouveau, -0,20 (-0,30 à -0,10) de différence",
        "Leurs codes sont venus d'un fichier, ou ont été donnés sans suggestion sous les yeux",
        "Laissées de côté : 3 incidences qui semblent en répéter une sur laquelle le modèle précédent a été entraîné",
        "  Scale, n=57 : kappa de 0,70 (0,60 à 0,80) pour le modèle précédent, 0,50 (0,40 à 0,60) pour le nouveau ; à "
        "confirmer : 19 justes sur 20 pour le modèle précédent, aucun pour le nouveau",
    ]
    assert ending.startswith("Modèle ")
    assert notes
    assert [note for note in notes if "outcome" in note or "model" in note] == []


def test_too_few_new_outcomes_to_compare_on_are_told(small: TrainedProject, trigrams: CachedEncoders) -> None:
    again = train_with_encoders(small.project, sources=trigrams)
    assert (again.comparison, again.notes[0]) == (
        None,
        "not compared with the previous model: 0 outcomes that the current model was not trained on have codes to "
        "compare with, too few to tell which model is better (30 are needed)",
    )


def test_first_model_is_compared_with_none(small: TrainedProject) -> None:
    assert (small.comparison, [note for note in small.notes if "compared" in str(note)]) == (None, [])
