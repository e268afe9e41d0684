from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.options import EvaluationOptions
from classifier.evaluation.predictions import OURS
from classifier.evaluation.prevalence import CorrectedCount
from classifier.evaluation.workflow import evaluate_files
from classifier.features.embedding_cache import CachedEncoders

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch, trigrams: CachedEncoders) -> None:
    """Let the cheap encoder stand in for the ones installed."""
    monkeypatch.setattr("classifier.evaluation.workflow.open_encoders", lambda names, **_: trigrams)


def coded(path: Path, training_data: Path, *, name: str = "harvest_1", rows: range = range(168)) -> Path:
    """Copy some rows of a sample harvest."""
    workbook = openpyxl.load_workbook(training_data / f"{name}.xlsx")
    values = list(workbook.worksheets[0].values)
    copy = openpyxl.Workbook()
    sheet = copy.worksheets[0]
    for row in (values[0], *(values[1 + place] for place in rows)):
        sheet.append(row)
    copy.save(path)
    return path


@pytest.fixture
def few(training_data: Path, tmp_path: Path) -> Path:
    """Return forty coded outcomes of the sample."""
    return coded(tmp_path / "harvest_1.xlsx", training_data, rows=range(40))


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def refused(options: EvaluationOptions) -> str:
    with pytest.raises(ComparisonError) as caught:
        evaluate_files(options)
    return str(caught.value)


# Options that can't be combined


def test_two_choices_of_what_is_tested_are_refused() -> None:
    options = EvaluationOptions(coded=(Path("a.xlsx"),), test=Path("b.xlsx"), by_period=True)
    assert refused(options) == ("--test and --by-period: each chooses what is tested; leave all but one out")


def test_suggestions_without_codes_are_refused() -> None:
    assert refused(EvaluationOptions(suggestions=Path("s.jsonl"))) == (
        "--suggestions and --codes go together: what was suggested, and the codes that coders agreed on"
    )


def test_sample_without_its_harvest_is_refused() -> None:
    assert refused(EvaluationOptions(coded=(Path("a.xlsx"),), sample=Path("b.xlsx"))) == (
        "--sample and --all go together: a random sample that was coded, and the whole harvest"
    )


def test_nothing_to_evaluate_is_refused() -> None:
    assert refused(EvaluationOptions()) == "name one or several coded harvests, or --suggestions and --codes"


# What is tested


@pytest.fixture(scope="module")
def by_folds(
    training_data: Path, tmp_path_factory: pytest.TempPathFactory, codebook: Codebook, trigrams: CachedEncoders
) -> Evaluated:
    path = coded(tmp_path_factory.mktemp("folds") / "harvest_1.xlsx", training_data, rows=range(100))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.evaluation.workflow.open_encoders", lambda names, **_: trigrams)
        options = EvaluationOptions(coded=(path,), n_folds=3, with_curve=False)
        return evaluate_files(options, codebook=codebook)


def test_outcomes_are_held_out_in_as_many_folds_as_asked(by_folds: Evaluated) -> None:
    assert len(by_folds.predictions.n_training) == 3


def test_trained_suggestions_agree_better_than_the_commonest_code(by_folds: Evaluated) -> None:
    kappas = by_folds.evaluation.mean_kappa
    assert kappas[OURS].low > kappas["commonest code"].value


@pytest.mark.usefixtures("cheap")
def test_model_is_not_tested_on_its_training_outcomes(training_data: Path, tmp_path: Path) -> None:
    seen = coded(tmp_path / "seen.xlsx", training_data, rows=range(20))
    options = EvaluationOptions(coded=(seen,), model="sample", include_confidential=True)
    with pytest.raises(ComparisonError) as caught:
        evaluate_files(options)
    assert str(caught.value) == (
        "model 'sample' was trained on all coded outcomes of seen.xlsx; to test it, name outcomes that it has not seen"
    )


@pytest.mark.usefixtures("cheap")
def test_known_repeats_are_left_out_of_the_second_mean(training_data: Path, few: Path, tmp_path: Path) -> None:
    repeats = tmp_path / "repeats.csv"
    repeats.write_text("FragmentID,near_duplicate_of\nSCC-JEU/026,SCC-ENV/033\n", encoding="utf-8")
    test = coded(tmp_path / "new.xlsx", training_data, name="harvest_3_agreed", rows=range(40))
    options = EvaluationOptions(coded=(few,), test=test, repeats=repeats, with_curve=False, include_confidential=True)
    assert evaluate_files(options).evaluation.new_only[OURS].n_outcomes == 39


def test_confidential_outcomes_are_neither_trained_nor_tested_on(by_folds: Evaluated) -> None:
    assert not any(outcome.confidential for outcome in by_folds.predictions.outcomes)
    assert by_folds.confidentiality.n_left_out == 100 - len(by_folds.predictions.outcomes)


@pytest.mark.usefixtures("cheap")
def test_periods_are_tested_after_the_earlier_ones(training_data: Path, few: Path, tmp_path: Path) -> None:
    later = coded(tmp_path / "later.xlsx", training_data, name="harvest_2", rows=range(30))
    options = EvaluationOptions(coded=(few, later), by_period=True, with_curve=False)
    found = evaluate_files(options)
    assert {outcome.period for outcome in found.predictions.outcomes} == {"harvest 2"}


# Counts


@pytest.fixture(scope="module")
def counts(
    training_data: Path, tmp_path_factory: pytest.TempPathFactory, codebook: Codebook, trigrams: CachedEncoders
) -> dict[str, CorrectedCount]:
    sample = coded(
        tmp_path_factory.mktemp("sample") / "sample.xlsx", training_data, name="harvest_3_agreed", rows=range(0, 118, 2)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.evaluation.workflow.open_encoders", lambda names, **_: trigrams)
        options = EvaluationOptions(
            coded=(training_data / "harvest_1.xlsx",),
            sample=sample,
            everything=training_data / "harvest_3_new.xlsx",
            n_folds=2,
            with_curve=False,
            include_confidential=True,
        )
        return dict(evaluate_files(options, codebook=codebook).counts["scale"])


def test_counts_are_of_the_whole_harvest(counts: dict[str, CorrectedCount]) -> None:
    assert {(count.n_outcomes, count.n_sample) for count in counts.values()} == {(118, 59)}


def test_corrected_counts_of_a_single_field_hold_the_truth(counts: dict[str, CorrectedCount]) -> None:
    # Coders gave 39, 25, 35, 10 and 9 in all; 95 % intervals may miss one of five.
    truth = dict(zip(counts, (39, 25, 35, 10, 9), strict=True))
    assert sum(count.low <= truth[code] <= count.high for code, count in counts.items()) >= 4


@pytest.mark.usefixtures("cheap")
def test_sample_that_the_model_was_trained_on_is_refused(training_data: Path, few: Path, tmp_path: Path) -> None:
    options = EvaluationOptions(
        coded=(few,),
        sample=coded(tmp_path / "sample.xlsx", training_data, rows=range(10)),
        everything=few,
        n_folds=2,
        with_curve=False,
        include_confidential=True,
    )
    assert refused(options) == (
        "sample.xlsx: the model was trained on 10 of its outcomes, such as 'SCC-ENV/033'; a count corrected by them "
        "would look more exact than it is. Name a model, or coded harvests, without them"
    )


# The command


def write_given(folder: Path, training_data: Path) -> Path:
    """Write suggestions as the program writes them: each the agreed code, with high confidence."""
    lines = []
    for row in openpyxl.load_workbook(training_data / "harvest_3_agreed.xlsx").worksheets[0].iter_rows(min_row=2):
        scale = {
            "suggested": [row[10].value],
            "candidates": [{"code": row[10].value, "confidence": 0.97}],
            "prediction_set": [row[10].value],
            "route": "confirm",
            "repeats": None,
        }
        lines.append(json.dumps({"fragment_id": row[0].value, "fields": {"scale": scale}}))
    path = folder / "suggestions.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def suggestions(training_data: Path, tmp_path: Path) -> Path:
    return write_given(tmp_path, training_data)


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the command said, and the report that it wrote."""

    result: Result
    report: Path


@pytest.fixture(scope="module")
def reported(training_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("reported")
    given = ("--suggestions", write_given(folder, training_data), "--codes", training_data / "harvest_3_agreed.xlsx")
    return Reported(result=call(*given, "--out", folder / "report", "--format", "md"), report=folder / "report")


def test_suggestions_given_before_are_reported_on(reported: Reported) -> None:
    assert reported.result.exit_code == 0, reported.result.stderr
    content = json.loads((reported.report / "report.json").read_text(encoding="utf-8"))
    assert content["fields"]["scale"]["cohen_kappa"] == 1.0


def test_report_can_be_printed_to_paste(reported: Reported) -> None:
    assert reported.result.stdout.startswith("# Agreement on the codes of harvested outcomes\n")


def test_folder_of_somebody_else_is_refused_before_the_work(training_data: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    found = call(training_data / "harvest_1.xlsx", "--out", tmp_path)
    assert (found.exit_code, found.stderr) == (
        1,
        f"Error: {tmp_path}: exists and is not a report of outcome-coder; choose another --out\n",
    )


def test_one_coder_alone_is_refused() -> None:
    assert refused(EvaluationOptions(coded=(Path("a.xlsx"),), coders=(Path("b.xlsx"),))).startswith(
        "--coder: give it for each coder, two or more"
    )


@pytest.mark.usefixtures("cheap")
def test_outcomes_on_both_sides_are_tested_and_not_trained_on(training_data: Path, few: Path, tmp_path: Path) -> None:
    test = coded(tmp_path / "again.xlsx", training_data, rows=range(20))
    found = evaluate_files(EvaluationOptions(coded=(few,), test=test, with_curve=False, include_confidential=True))
    assert (found.n_excluded, found.predictions.n_training) == (20, (20,))


@pytest.mark.usefixtures("blank_pictures")
def test_report_holds_the_tables_and_no_confidential_text(
    suggestions: Path, training_data: Path, tmp_path: Path
) -> None:
    codes = training_data / "harvest_3_agreed.xlsx"
    lines = suggestions.read_text(encoding="utf-8").replace('"suggested": ["Local"]', '"suggested": ["National"]')
    suggestions.write_text(lines, encoding="utf-8")
    secret = tmp_path / "coder.xlsx"
    workbook = openpyxl.load_workbook(training_data / "harvest_3_coder_a.xlsx")
    sheet = workbook.worksheets[0]
    column = next(place for place, cell in enumerate(sheet[1], start=1) if "CONFIDENTIAL" in str(cell.value))
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column, "YES")
    workbook.save(secret)
    coders = ("--coder", secret, "--coder", training_data / "harvest_3_coder_b.xlsx")
    out = tmp_path / "report"
    found = call(
        "--suggestions", suggestions, "--codes", codes, *coders, "--with-text", "--include-confidential", "--out", out
    )
    assert found.exit_code == 0, found.stderr
    rows = list(openpyxl.load_workbook(out / "adjudication.xlsx")["Differences"].values)
    assert [row[1] for row in rows[1:] if row[1]] == []
    assert (out / "tables" / "harvest.xlsx").is_file()


@pytest.mark.parametrize("between", [",", ";"])
def test_known_repeats_may_be_separated_either_way(
    suggestions: Path, training_data: Path, tmp_path: Path, between: str
) -> None:
    repeats = tmp_path / "repeats.csv"
    rows = [("FragmentID", "near_duplicate_of"), ("SCC-JEU/026", "SCC-ENV/033"), ("SCC-ENV/028", "")]
    repeats.write_text("".join(f"{between.join(row)}\n" for row in rows), encoding="utf-8")
    options = EvaluationOptions(
        suggestions=suggestions,
        codes=training_data / "harvest_3_agreed.xlsx",
        repeats=repeats,
        include_confidential=True,
    )
    assert evaluate_files(options).predictions.repeats == {"SCC-JEU/026": "SCC-ENV/033"}
