"""Suggestions of the service are those of `suggest` and `explain`, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from classifier.service.workflow import load_served_model
from classifier.spreadsheet.reading import read_sheets
from classifier.suggestion.csv_and_jsonl import json_line
from classifier.suggestion.workflow import explain_file, suggest_file
from tests.support.serving import client_of_service
from tests.support.workbooks import write_outcomes

N_SENT = 4
pytestmark = pytest.mark.encoder


@pytest.fixture(scope="module")
def client() -> TestClient:
    return client_of_service(load_served_model("sample"))


@pytest.fixture(scope="module")
def rows(harvest_3_new: Path) -> list[dict[str, str]]:
    (sheet, *_) = read_sheets(harvest_3_new)
    return [dict(zip(sheet.rows[0], row, strict=False)) for row in sheet.rows[1 : N_SENT + 1]]


@pytest.fixture(scope="module")
def workbook(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_outcomes(tmp_path_factory.mktemp("sent") / "harvest.xlsx", *rows)


def test_suggestions_are_the_lines_that_suggest_writes(
    client: TestClient, rows: list[dict[str, str]], workbook: Path, tmp_path: Path
) -> None:
    out = suggest_file(workbook, out=tmp_path / "suggestions.jsonl", cache=False).out
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert client.post("/v1/suggest", json={"outcomes": rows}).json()["suggestions"] == lines


def test_explanation_is_the_one_that_explain_gives(
    client: TestClient, rows: list[dict[str, str]], workbook: Path
) -> None:
    explained = explain_file(workbook, rows[1]["FragmentID"], cache=False)
    line: dict[str, Any] = json_line(explained.outcomes[0], model=explained.model.manifest.title)
    assert client.post("/v1/explain", json={"outcome": rows[1]}).json() == json.loads(json.dumps(line))


def test_embeddings_are_kept_only_where_that_is_asked_for() -> None:
    kept = [
        [source.cache is not None for source in load_served_model("sample", cache=asked).sources]
        for asked in (False, True)
    ]
    assert kept == [[False, False], [True, True]]
