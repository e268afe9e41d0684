"""The OpenAPI document of the service."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from classifier.service.openapi import openapi_document

DOCUMENT: dict[str, Any] = openapi_document(server="https://codes.example.org")


def test_every_reference_leads_to_a_schema() -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["schemas"])


def test_every_address_but_that_of_health_asks_for_the_token() -> None:
    operations = {path: next(iter(methods.values())) for path, methods in DOCUMENT["paths"].items()}
    assert [path for path, operation in operations.items() if operation.get("security") == []] == ["/health"]


def test_a_line_is_documented_by_the_names_it_has_in_a_file() -> None:
    assert [*DOCUMENT["components"]["schemas"]["Neighbour"]["properties"]] == ["fragment_id", "codes", "likeness"]


def test_a_cell_may_be_text_a_number_yes_or_no_nothing_or_several_texts() -> None:
    cells = DOCUMENT["components"]["schemas"]["ExplainRequest"]["properties"]["outcome"]["additionalProperties"]
    assert [kind["type"] for kind in cells["anyOf"]] == ["string", "number", "boolean", "null", "array"]


@pytest.mark.parametrize("path", ["/v1/suggest", "/v1/explain"])
def test_refusals_are_problems(path: str) -> None:
    responses = DOCUMENT["paths"][path]["post"]["responses"]
    kinds = {status: [*response["content"]] for status, response in responses.items() if status != "200"}
    statuses = ["400", "401", "408", "413", "415", "422", "429", "500", "503"]
    assert kinds == {status: ["application/problem+json"] for status in statuses}
