from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier import sample_files
from classifier.agreement.coefficients import Coefficient
from classifier.evaluation.metrics import evaluate
from classifier.evaluation.prevalence import correct_count
from classifier.report.document import Report
from classifier.report.evaluation_report import build_report
from tests.support.predictions import predictions
from tests.support.reports import evaluated


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return build_report(evaluated(tmp_path_factory.mktemp("report")))


def test_overview_has_four_paragraphs(report: Report) -> None:
    assert list(report.opening) == [
        "Agreement between coders",
        "Agreement of suggestions with coders",
        "Which fields to trust",
        "What to do next",
    ]


def test_agreement_of_coders_is_given_in_codes(report: Report) -> None:
    # Ben gave Regional to every tenth outcome, of which one was Regional already.
    assert report.opening["Agreement between coders"] == (
        "2 coders differ in 5 of 60 codes (60 outcomes). Kappa is lowest in Scale, 0.87."
    )


@pytest.mark.usefixtures("blank_pictures")
def test_without_coders_the_ceiling_is_unknown(tmp_path: Path) -> None:
    report = build_report(evaluated(tmp_path, with_coders=False))
    assert report.opening["Agreement between coders"].startswith(
        "Not known: no codings by single coders were compared."
    )


def test_field_whose_confirmed_codes_are_often_wrong_is_not_to_be_trusted(report: Report) -> None:
    # 40 of 44; the upper bound of the interval is 0.97.
    assert report.opening["Which fields to trust"].startswith(
        "Check codes to confirm in Scale with care: 90.9\N{NO-BREAK SPACE}% of 44 were right, below the target of "
        "95\N{NO-BREAK SPACE}%, which may be chance."
    )


def test_likely_slips_are_the_first_thing_to_do(report: Report) -> None:
    assert report.opening["What to do next"].startswith("Check the ")


def test_figures_for_programs_have_the_keys_that_are_promised(report: Report) -> None:
    promised = {"cohen_kappa", "krippendorff_alpha", "gwet_ac1", "ece", "coverage", "macro_f1", "n"}
    assert promised <= report.figures["fields"]["scale"].keys()


def test_every_key_of_the_figures_is_described(report: Report) -> None:
    text = (Path(sample_files.__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
    keys = {*report.figures, *report.figures["fields"]["scale"], *report.figures["fields"]["scale"]["codes"][0]}
    reported = keys - {str(coefficient) for coefficient in Coefficient} - {"code"}
    assert [key for key in sorted(reported) if f"`{key}`" not in text] == []


def test_figures_for_programs_are_plain_json(report: Report) -> None:
    assert json.loads(json.dumps(report.figures, allow_nan=False))["n"] == 60


def test_kappa_has_its_interval_beside_it(report: Report) -> None:
    scale = report.figures["fields"]["scale"]
    low, high = scale["intervals"]["cohen_kappa"]
    assert low < scale["cohen_kappa"] < high


def test_methods_say_what_was_done_and_with_which_seed(report: Report) -> None:
    assert "Seed 0." in report.methods


def test_sources_have_their_hashes(report: Report) -> None:
    assert report.sources == (f"coded.csv, sha256 {'0' * 64}",)


@pytest.mark.usefixtures("blank_pictures")
def test_sample_is_marked_as_fictional(tmp_path: Path, training_data: Path) -> None:
    from classifier.files import sha256_of

    hashes = {"harvest_1.xlsx": sha256_of(training_data / "harvest_1.xlsx")}
    report = build_report(replace(evaluated(tmp_path), hashes=hashes))
    assert report.warning.startswith("These are the fictional sample harvests")


@pytest.mark.parametrize("name", ["harvest_1", "harvest_2", "harvest_3_new", "harvest_3_agreed", "harvest_3_coder_a"])
def test_sample_files_are_known(training_data: Path, name: str) -> None:
    from classifier.files import sha256_of

    assert sample_files.is_sample([sha256_of(training_data / f"{name}.xlsx")])


def test_own_harvest_is_not_the_sample(report: Report) -> None:
    assert report.warning == ""


def test_parts_with_few_outcomes_are_too_few_to_say(report: Report) -> None:
    (parts,) = (table for table in report.tables if table.name == "parts")
    assert [row for row in parts.rows if row[1] == "Niger"] == [("country", "Niger", "20", "too few to say")]


def test_rare_codes_are_pale_and_say_so(report: Report) -> None:
    (codes,) = (table for table in report.tables if table.name == "codes")
    assert [(place in codes.pale, row[-1]) for place, row in enumerate(codes.rows)] == [
        (False, ""),
        (True, "uncertain"),
        (True, "uncertain"),
    ]


@pytest.mark.usefixtures("blank_pictures")
def test_corrected_counts_have_their_interval(tmp_path: Path) -> None:
    has_code = np.arange(200) % 10 < 3
    counts = {"scale": {"Local": correct_count(has_code * 0.8 + 0.1, has_code, np.arange(50), has_code[:50])}}
    report = build_report(replace(evaluated(tmp_path), counts=counts))
    (table,) = (table for table in report.tables if table.name == "corrected-counts")
    assert table.rows[0][:4] == ("Scale", "Local", "15 of 50", "60")


def test_every_picture_has_a_sentence(report: Report) -> None:
    assert all(picture.reading.endswith(".") for picture in report.pictures)


@pytest.mark.slow
def test_field_of_one_code_has_no_figure(tmp_path: Path) -> None:
    whole = evaluated(tmp_path, with_coders=False)
    tried = predictions([("Local", "Local", 0.9)] * 40)
    report = build_report(replace(whole, predictions=tried, evaluation=evaluate(tried), disagreements=()))
    texts = [report.opening, *(table.rows for table in report.tables), *(plot.reading for plot in report.pictures)]
    assert "nan" not in str(texts)


@pytest.mark.usefixtures("blank_pictures")
def test_model_of_given_suggestions_may_have_been_trained_on_them(tmp_path: Path) -> None:
    report = build_report(replace(evaluated(tmp_path), is_unseen=False))
    assert "No outcome was coded by a model that was trained on it" not in report.methods
    assert (
        "It is not known whether the model was trained on these outcomes."
        in report.opening["Agreement of suggestions with coders"]
    )
