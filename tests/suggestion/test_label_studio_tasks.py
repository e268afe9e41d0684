from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from classifier.agreement.codings import read_codings
from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from classifier.errors import OutputError
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import read_harvest
from classifier.model.model import Model
from classifier.suggestion import workflow
from classifier.suggestion.csv_and_jsonl import check_output, write_suggestions
from classifier.suggestion.types import FieldSuggestion, Route
from tests.support.suggested import suggest_by_hand, suggested
from tests.support.workbooks import write_outcomes, write_text

CODEBOOK = Codebook.parse("""
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local, definition: One place}, {code: National}]
  - name: objective
    column: Link to objectives
    kind: multiple
    codes: [{code: Civic space}, {code: "Gender & youth"}]
""")
SCALE, OBJECTIVE = CODEBOOK.fields
A, B = "SCC-LPC/001", "SCC-LPC/002"


@pytest.fixture
def harvest(tmp_path: Path) -> Path:
    rows = [
        {"FragmentID": A, "Outcome description": "The council met.", "Significance of the outcome": "It never did."},
        {"FragmentID": B, "Outcome description": "The parliament met.", "Significance of the outcome": ""},
    ]
    return write_outcomes(tmp_path / "harvest.xlsx", *rows)


@pytest.fixture
def written(harvest: Path, model: Model) -> Callable[..., list[dict[str, Any]]]:
    def write(**fields: FieldSuggestion) -> list[dict[str, Any]]:
        read = read_harvest(harvest, codebook=CODEBOOK)
        suggestions = suggest_by_hand(read, model=model, codebook=CODEBOOK, fields=fields)
        write_suggestions(suggestions, harvest.with_name("tasks.json"))
        tasks: list[dict[str, Any]] = json.loads(harvest.with_name("tasks.json").read_text(encoding="utf-8"))
        return tasks

    return write


Write = Callable[..., list[dict[str, Any]]]


def test_task_holds_the_id_and_the_story(written: Write) -> None:
    assert written()[0]["data"] == {
        "FragmentID": A,
        "outcome_description": "The council met.\n\nSignificance of the outcome:\nIt never did.",
    }


def test_prediction_holds_the_suggested_codes_with_their_confidence(written: Write, model: Model) -> None:
    objective = suggested(OBJECTIVE, "Gender & youth", "Civic space", confidence=0.5)
    (prediction,) = written(scale=suggested(SCALE, "National", confidence=0.8), objective=objective)[0]["predictions"]
    assert prediction == {
        "model_version": model.manifest.title,
        "score": 0.5,
        "result": [
            {
                "from_name": "Scale",
                "to_name": "outcome_description",
                "type": "choices",
                "value": {"choices": ["National"]},
                "score": 0.8,
            },
            {
                "from_name": "Link to objectives",
                "to_name": "outcome_description",
                "type": "choices",
                "value": {"choices": ["Gender & youth", "Civic space"]},
                "score": 0.5,
            },
        ],
    }


def test_field_to_code_afresh_is_predicted_nothing(written: Write) -> None:
    afresh = suggested(SCALE, "Local", route=Route.CODE_AFRESH)
    (prediction,) = written(scale=afresh)[0]["predictions"]
    assert [result["from_name"] for result in prediction["result"]] == ["Link to objectives"]
    both = written(scale=afresh, objective=suggested(OBJECTIVE, "Civic space", route=Route.CODE_AFRESH))
    assert both[0]["predictions"] == []


def test_configuration_offers_the_codes_of_each_field(written: Write, harvest: Path) -> None:
    written()
    view = ElementTree.parse(harvest.with_name("tasks.xml")).getroot()
    assert {choices.get("name"): choices.get("choice") for choices in view.iter("Choices")} == {
        "Scale": "single",
        "Link to objectives": "multiple",
    }
    assert [(choice.get("value"), choice.get("hint")) for choice in view.iter("Choice")] == [
        ("Local", "One place"),
        ("National", None),
        ("Civic space", None),
        ("Gender & youth", None),
    ]


def test_every_prediction_belongs_to_the_configuration(written: Write, harvest: Path) -> None:
    results = written()[0]["predictions"][0]["result"]
    view = ElementTree.parse(harvest.with_name("tasks.xml")).getroot()
    offered = {(choices.get("name"), choices.get("toName")) for choices in view.iter("Choices")}
    (text,) = view.iter("Text")
    assert {(result["from_name"], result["to_name"]) for result in results} == offered
    assert (text.get("name"), text.get("value")) == ("outcome_description", "$outcome_description")


def test_annotations_come_back_as_codes_of_each_annotator(written: Write, tmp_path: Path) -> None:
    tasks = written(scale=suggested(SCALE, "National"))
    for number, task in enumerate(tasks):
        (prediction,) = task.pop("predictions")
        by = ["ana@example.org", "ben@example.org"] if number == 0 else []
        task["annotations"] = [{"completed_by": {"email": email}, "result": prediction["result"]} for email in by]
    export = write_text(tmp_path / "export.json", json.dumps(tasks))
    codings = read_codings([export], codebook=CODEBOOK, options=ReadingOptions(coder_column="annotator"))
    assert (codings.coders, codings.fragment_ids) == (("ana@example.org", "ben@example.org"), (A,))
    assert codings.fields["scale"].codes == ((("National",), ("National",)),)
    assert codings.fields["objective"].codes == ((("Civic space",), ("Civic space",)),)


def test_tasks_are_written_over_but_not_an_export(written: Write, harvest: Path) -> None:
    written()
    read, out = read_harvest(harvest, codebook=CODEBOOK), harvest.with_name("tasks.json")
    check_output(out, read, codebook=CODEBOOK, overwrite=False)
    write_text(out, '[{"id": 1, "data": {}, "annotations": []}]')
    with pytest.raises(OutputError) as refused:
        check_output(out, read, codebook=CODEBOOK, overwrite=False)
    assert str(refused.value) == (
        f"{out}: exists and was not written by outcome-coder; choose another --out, or add --overwrite"
    )


def test_configuration_of_somebody_else_is_not_written_over(harvest: Path) -> None:
    mine = write_text(harvest.with_name("tasks.xml"), "<View/>")
    read = read_harvest(harvest, codebook=CODEBOOK)
    with pytest.raises(OutputError) as refused:
        check_output(harvest.with_name("tasks.json"), read, codebook=CODEBOOK, overwrite=False)
    assert str(refused.value) == (
        f"{mine}: the labelling configuration is written there, and the file exists and was not written by "
        "outcome-coder; choose another --out, or add --overwrite"
    )


# Confidential outcomes


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """Let the command suggest the first code of each field."""
    monkeypatch.setattr(workflow, "find_model", lambda _: Path("model"))
    monkeypatch.setattr(workflow, "load_model", lambda _: model)
    monkeypatch.setattr(workflow, "resolve_codebook", lambda *_: CODEBOOK)
    monkeypatch.setattr(workflow, "redefinition_notes", lambda *_: ())
    monkeypatch.setattr(
        workflow, "suggest", lambda harvest, **_: suggest_by_hand(harvest, model=model, codebook=CODEBOOK)
    )


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize(("more", "ids"), [((), [B]), (("--include-confidential",), [A, B])])
def test_confidential_outcomes_are_no_tasks_unless_asked_for(
    tmp_path: Path, more: tuple[str, ...], ids: list[str]
) -> None:
    column = "Outcome statements is CONFIDENTIAL"
    rows = [
        {"FragmentID": name, "Outcome description": f"{name} met.", column: mark}
        for name, mark in ((A, "YES"), (B, "NO"))
    ]
    path, out = write_outcomes(tmp_path / "harvest.xlsx", *rows), tmp_path / "tasks.json"
    result = CliRunner().invoke(app, ["suggest", str(path), "--out", str(out), *more])
    assert result.exit_code == 0, result.stderr
    assert [task["data"]["FragmentID"] for task in json.loads(out.read_text(encoding="utf-8"))] == ids


def test_confidential_outcomes_are_asked_for_in_tasks_alone(harvest: Path, tmp_path: Path) -> None:
    asked = ["suggest", str(harvest), "--out", str(tmp_path / "out.xlsx"), "--include-confidential"]
    result = CliRunner().invoke(app, asked)
    told = " ".join(result.stderr.replace("│", " ").split())
    assert (
        "--include-confidential is for Label Studio (--out ending in .json); other files have confidential outcomes "
        "anyhow" in told
    )
