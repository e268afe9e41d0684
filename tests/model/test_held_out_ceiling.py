from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from classifier.agreement.ceiling import FieldCeiling
from classifier.agreement.codings import FieldCodings
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.harvest.reading import Harvest
from classifier.model.held_out_ceiling import held_out_ceilings
from classifier.model.training import HeldOut, Trained
from classifier.model.workflow import train


@pytest.fixture(scope="module")
def held_out(trained: Trained) -> HeldOut:
    """Return the out-of-fold predictions of a model of the first sample harvest."""
    assert trained.held_out is not None
    return trained.held_out


def coded_twice(harvest: Harvest, codebook: Codebook, n_outcomes: int) -> tuple[dict[str, FieldCodings], list[str]]:
    """Code outcomes from the last to the first as in the harvest, and by a second coder who errs in every sixth."""
    outcomes = harvest.outcomes[:n_outcomes][::-1]
    scale = codebook.field("scale")
    codes = []
    for place, outcome in enumerate(outcomes):
        agreed = outcome.codes["scale"]
        other = next(code for code in scale.code_names if code not in agreed)
        codes.append((agreed, (other,) if place % 6 == 0 else agreed))
    field = FieldCodings(field=scale, coders=("Ana", "Ben"), codes=tuple(codes))
    return {"scale": field}, [outcome.fragment_id for outcome in outcomes]


@pytest.fixture(scope="module")
def ceiling(held_out: HeldOut, coded_harvest: Harvest, codebook: Codebook) -> FieldCeiling:
    """Return how far held-out suggestions and two coders agree on ninety outcomes."""
    (found,) = held_out_ceilings(held_out, *coded_twice(coded_harvest, codebook, 90))
    return found


def test_only_outcomes_that_coders_coded_are_compared(ceiling: FieldCeiling) -> None:
    assert (ceiling.field, ceiling.n_outcomes) == ("scale", 90)


def test_suggestions_are_those_held_out_of_the_same_outcomes(
    ceiling: FieldCeiling, held_out: HeldOut, coded_harvest: Harvest, codebook: Codebook
) -> None:
    codings, names = coded_twice(coded_harvest, codebook, 90)
    predictions = held_out.fields["scale"]
    best = {
        held_out.outcomes[row].fragment_id: int(codes.argmax())
        for row, codes in zip(predictions.rows, predictions.judged.main, strict=True)
    }
    suggested = [best[name] for name in names]
    kappas = [cohen_kappa_score(codes, suggested) for codes in codings["scale"].main.codes.T]
    assert ceiling.main.suggestions.value == pytest.approx(np.mean(kappas))


def test_outcomes_that_were_not_trained_on_are_no_ceiling(
    held_out: HeldOut, coded_harvest: Harvest, codebook: Codebook
) -> None:
    codings, names = coded_twice(coded_harvest, codebook, 40)
    assert list(held_out_ceilings(held_out, codings, [f"X-{name}" for name in names])) == []


def test_the_codes_of_one_coder_alone_are_refused(training_data: Path, tmp_path: Path) -> None:
    harvest = training_data / "harvest_1.xlsx"
    with pytest.raises(ComparisonError, match="two or more"):
        train([harvest], out=tmp_path / "ours", coders=[training_data / "harvest_3_coder_a.xlsx"])
    assert not (tmp_path / "ours").exists()


def by_coder(harvest: Harvest, name: str) -> Harvest:
    """Return a harvest as the file of a coder."""
    return replace(harvest, path=harvest.path.with_name(f"{name}.xlsx"))


def mark_first_confidential(harvest: Harvest) -> Harvest:
    first, *others = harvest.outcomes
    return replace(harvest, outcomes=(replace(first, confidential=True), *others))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, trained: Trained) -> list[str]:
    """Return the FragmentIDs that a model would be trained on; it is trained on others."""
    names: list[str] = []

    def keep_names(harvests: tuple[Harvest, ...], **_: object) -> Trained:
        names.extend(outcome.fragment_id for harvest in harvests for outcome in harvest.outcomes)
        return trained

    monkeypatch.setattr("classifier.model.workflow.train_model", keep_names)
    return names


def test_outcome_that_a_coder_marks_confidential_is_not_trained_on(
    coded_harvest: Harvest, tmp_path: Path, seen: list[str]
) -> None:
    coders = [by_coder(coded_harvest, "ana"), by_coder(mark_first_confidential(coded_harvest), "ben")]
    done = train([coded_harvest], out=tmp_path / "ours", coders=coders)
    assert coded_harvest.outcomes[0].fragment_id not in seen
    assert done.confidentiality.n_confidential == 1 + sum(bool(one.confidential) for one in coded_harvest.outcomes)


def test_confidential_outcome_is_not_compared_with_coders(
    coded_harvest: Harvest, tmp_path: Path, seen: list[str]
) -> None:
    coders = [by_coder(coded_harvest, "ana"), by_coder(coded_harvest, "ben")]
    done = train([mark_first_confidential(coded_harvest)], out=tmp_path / "ours", coders=coders)
    assert {ceiling.n_outcomes for ceiling in done.ceilings} == {len(seen)}


def test_confidential_outcome_that_a_coder_lacks_is_not_named(
    coded_harvest: Harvest, tmp_path: Path, seen: list[str]
) -> None:
    without_first = replace(coded_harvest, outcomes=coded_harvest.outcomes[1:])
    coders = [by_coder(mark_first_confidential(coded_harvest), "ana"), by_coder(without_first, "ben")]
    done = train([coded_harvest], out=tmp_path / "ours", coders=coders)
    assert not any(coded_harvest.outcomes[0].fragment_id in str(note) for note in done.notes)
    assert seen


def test_coders_of_other_outcomes_are_told(coded_harvest: Harvest, tmp_path: Path, seen: list[str]) -> None:
    done = train([coded_harvest], out=tmp_path / "ours", coders=[by_coder(coded_harvest, "ana")] * 2)
    assert seen
    assert "--coder: no outcome held out was coded by two of the coders" in str(done.notes[-1])
