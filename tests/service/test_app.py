"""The service over HTTP: what it answers, and what it refuses."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from classifier.error_report import error_report_folder
from classifier.features.embedding_cache import CachedEncoders
from classifier.model.model import Model
from classifier.review.site import Site
from classifier.service import app as service_app
from classifier.service import request_limits
from classifier.service.schemas import OutcomeLine, SuggestResponse
from classifier.service.workflow import ServedModel
from tests.support.serving import TOKEN, client_of_service, outcome, served_model

SECRET = "Wanjiru was freed from the prison at Naivasha"


@pytest.fixture(scope="module")
def served(model: Model, trigrams: CachedEncoders) -> ServedModel:
    return served_model(model, trigrams)


@pytest.fixture
def client(served: ServedModel) -> TestClient:
    return client_of_service(served)


def told(response: Any) -> tuple[int, str]:  # noqa: ANN401  # a response of the test client
    """Return the status and detail of a refusal, which is one of RFC 9457."""
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["detail"]


def faults_of(response: Any) -> list[dict[str, str]]:  # noqa: ANN401
    found: list[dict[str, str]] = response.json()["faults"]
    return found


# What is answered


def test_each_outcome_gets_suggestions_in_the_order_sent(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"outcomes": [outcome(2), outcome(1)]}).json()
    assert [line["fragment_id"] for line in answered["suggestions"]] == ["LPC/002", "LPC/001"]


def test_suggestions_are_of_the_fields_asked_for(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"outcomes": [outcome()], "fields": ["scale"]}).json()
    assert [*answered["suggestions"][0]["fields"]] == ["scale"]


def test_response_has_the_shape_that_is_documented(client: TestClient) -> None:
    content = client.post("/v1/suggest", json={"outcomes": [outcome()]}).content
    assert json.loads(SuggestResponse.model_validate_json(content).model_dump_json(by_alias=True)) == json.loads(
        content
    )


def test_reasons_are_left_out_where_they_are_not_wanted(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"outcomes": [outcome()], "reasons": False}).json()
    assert [field["why"] for field in answered["suggestions"][0]["fields"].values()] == [[], [], [], []]


def test_explanation_is_of_the_one_outcome(client: TestClient) -> None:
    answered = client.post("/v1/explain", json={"outcome": outcome()})
    assert OutcomeLine.model_validate_json(answered.content).fragment_id == "LPC/001"


def test_near_duplicates_in_a_request_are_flagged(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"outcomes": [outcome(1), outcome(2)]}).json()
    assert answered["suggestions"][1]["flags"] == ["near-duplicate of LPC/001"]


def test_confidential_outcome_gets_suggestions_as_in_a_file(client: TestClient) -> None:
    sent = outcome(**{"Outcome statements is CONFIDENTIAL": "yes"})
    assert client.post("/v1/suggest", json={"outcomes": [sent]}).json()["suggestions"][0]["fields"]["scale"][
        "suggested"
    ]


def test_year_that_is_unusual_is_noted(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"outcomes": [outcome(Year=24)]}).json()
    assert answered["notes"] == [
        {
            "kind": "year",
            "count": 1,
            "cells": ["outcome 1"],
            "what": "year '24' is unusual",
            "remedy": "four digits from 1990 to next year are expected",
        }
    ]


def test_column_of_another_name_is_read_as_the_request_says(client: TestClient) -> None:
    sent = {"Identifiant": "LPC/007", "Outcome description": outcome()["Outcome description"]}
    answered = client.post("/v1/suggest", json={"outcomes": [sent], "columns": {"Identifiant": "FragmentID"}}).json()
    assert answered["suggestions"][0]["fragment_id"] == "LPC/007"


def test_id_of_many_digits_stays_as_it_was_written(client: TestClient) -> None:
    body = json.dumps({"outcomes": [outcome()]}).replace('"LPC/001"', "12345678901234567890123")
    answered = client.post("/v1/suggest", content=body, headers={"Content-Type": "application/json"}).json()
    assert answered["suggestions"][0]["fragment_id"] == "12345678901234567890123"


def test_codebook_has_the_definitions_of_the_model(client: TestClient, model: Model) -> None:
    answered = client.get("/v1/codebook").json()
    scale = next(field for field in answered["fields"] if field["name"] == "scale")
    assert [code["code"] for code in scale["codes"]] == [*model.codebook.field("scale").code_names]


def test_health_is_told_without_a_token_and_tells_nothing_else(served: ServedModel) -> None:
    assert client_of_service(served, token=None).get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/health", "/v1/codebook", "/v1/suggest", "/elsewhere"])
def test_no_answer_may_be_kept_or_read_by_another_site(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "https://example.org"}).headers
    assert (headers["cache-control"], "access-control-allow-origin" in headers) == ("no-store", False)


# What is refused


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x"])
@pytest.mark.parametrize("path", ["/v1/codebook", "/v1/suggest", "/openapi.json", "/elsewhere"])
def test_request_without_the_token_is_refused(served: ServedModel, token: str | None, path: str) -> None:
    response = client_of_service(served, token=token).get(path)
    assert told(response) == (401, "Send the token in the header Authorization, after the word Bearer.")


def test_refusal_says_which_kind_of_token_is_wanted(served: ServedModel) -> None:
    headers = client_of_service(served, token=None).get("/v1/codebook").headers
    assert headers["www-authenticate"] == 'Bearer realm="outcome-coder"'


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:8765", "localhost:8766.example.org", ""])
def test_request_to_a_host_of_another_name_is_refused(client: TestClient, host: str) -> None:
    assert told(client.get("/health", headers={"Host": host})) == (400, "The service is not available at that address.")


@pytest.mark.parametrize("host", ["codes.example.org", "127.0.0.1:8766", "localhost:8766"])
def test_service_behind_a_web_server_answers_by_its_address_and_on_the_machine_itself(
    served: ServedModel, host: str
) -> None:
    client = client_of_service(served, site=Site.at("https://codes.example.org"))
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/v1/suggest", 405, "This address takes no such method; /openapi.json says which it takes."),
        ("OPTIONS", "/v1/suggest", 405, "This address takes no such method; /openapi.json says which it takes."),
        ("GET", "/elsewhere", 404, "There is no such address; /openapi.json says which there are."),
        ("GET", "/v1/codebook/", 404, "There is no such address; /openapi.json says which there are."),
        ("POST", "/v1/suggest", 415, "Send JSON, and say so in the header Content-Type: application/json."),
    ],
)
def test_request_of_another_kind_is_refused(
    client: TestClient, method: str, path: str, status: int, detail: str
) -> None:
    assert told(client.request(method, path)) == (status, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is not JSON: Expecting value at character 1."),
        (b"\xff\xfe", "The body is not in UTF-8: see byte 1."),
        (b'{"outcomes": [', "The body is not JSON: Expecting value at character 15."),
        (b'{"a": 1, "a": 2}', "A name appears twice in an object of the body; rename one of the two."),
        (b'{"coverage": NaN}', "The body is not JSON: NaN and Infinity are no numbers in it."),
        (b"[" * 100_000, "The body has lists or objects within each other, too deep."),
    ],
)
def test_body_that_is_no_json_is_refused(client: TestClient, body: bytes, detail: str) -> None:
    response = client.post("/v1/suggest", content=body, headers={"Content-Type": "application/json"})
    assert told(response) == (400, detail)


@pytest.mark.parametrize(
    ("request_body", "fault"),
    [
        ({}, {"where": "/outcomes", "what": "Field required"}),
        ({"outcomes": []}, {"where": "/outcomes", "what": "List should have at least 1 item after validation, not 0"}),
        (
            {"outcomes": [outcome()] * 101},
            {"where": "/outcomes", "what": "List should have at most 100 items after validation, not 101"},
        ),
        (
            {"outcomes": [outcome(**{"Significance/1": "x" * 32_768})]},
            {"where": "/outcomes/0/Significance~11", "what": "String should have at most 32767 characters"},
        ),
        (
            {"outcomes": [outcome(Country={"name": "Kenya"})]},
            {"where": "/outcomes/0/Country", "what": "Input should be a valid string"},
        ),
        ({"outcomes": [outcome()], "model": "ours"}, {"where": "/model", "what": "Extra inputs are not permitted"}),
        ({"outcomes": [outcome()], "coverage": 1.5}, {"where": "/coverage", "what": "Input should be less than 1"}),
    ],
)
def test_request_that_is_to_be_corrected_says_where(
    client: TestClient, request_body: dict[str, object], fault: dict[str, str]
) -> None:
    response = client.post("/v1/suggest", json=request_body)
    assert (told(response), faults_of(response)) == (
        (422, "Correct the request, then send it again."),
        [fault],
    )


def test_outcomes_with_too_many_columns_together_are_refused(client: TestClient) -> None:
    sent = [outcome(number, **{f"Note {number}/{note}": "x" for note in range(150)}) for number in range(2)]
    response = client.post("/v1/suggest", json={"outcomes": sent})
    what = "Value error, the outcomes have more than 200 columns together; leave some out"
    assert faults_of(response) == [{"where": "/outcomes", "what": what}]


def test_outcomes_that_are_to_be_corrected_are_told_all_at_once(client: TestClient) -> None:
    response = client.post("/v1/suggest", json={"outcomes": [outcome(1), outcome(1), outcome(FragmentID="")]})
    assert told(response) == (422, "Correct the outcomes, then send them again.")
    assert [(fault["where"], fault["what"]) for fault in faults_of(response)] == [
        ("outcome 3", "FragmentID is empty"),
        ("outcome 2", "FragmentID 'LPC/001' appears twice, first in outcome 1"),
    ]


def test_field_that_there_is_not_is_refused(client: TestClient) -> None:
    response = client.post("/v1/suggest", json={"outcomes": [outcome()], "fields": ["scales"]})
    assert told(response) == (422, "the codebook has no field 'scales' (did you mean 'scale'?)")


def test_column_that_no_outcome_has_is_refused(client: TestClient) -> None:
    response = client.post("/v1/suggest", json={"outcomes": [outcome()], "columns": {"Identifiant": "FragmentID"}})
    assert told(response) == (422, "columns: no outcome has a column 'Identifiant'; leave it out, or correct its name")


@pytest.mark.parametrize("is_declared", [True, False])
def test_request_that_is_too_large_is_refused(client: TestClient, is_declared: bool) -> None:
    body = b" " * (2 * 2**20 + 1)
    content: Any = body if is_declared else iter([body])
    response = client.post("/v1/suggest", content=content, headers={"Content-Type": "application/json"})
    assert told(response) == (413, "The request is larger than 2 MiB. Send fewer outcomes at once.")


def test_too_many_requests_are_told_how_long_to_wait(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.service.request_guard.MOST_REQUESTS_PER_MINUTE", 2)
    client = client_of_service(served)
    client.get("/v1/codebook"), client.get("/v1/codebook")
    response = client.get("/v1/codebook")
    assert told(response) == (429, "Too many requests. Wait, or send more outcomes at once.")
    assert int(response.headers["retry-after"]) in (29, 30)


def test_wrong_tokens_are_limited_and_take_nothing_from_the_right_one(
    served: ServedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.service.request_guard.MOST_REFUSALS_PER_MINUTE", 1)
    client = client_of_service(served)
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [client.get("/v1/codebook", headers=wrong).status_code for _ in range(3)]
    assert (statuses, client.get("/v1/codebook").status_code) == ([401, 429, 429], 200)


def test_requests_beyond_those_at_once_are_refused(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_app, "MOST_REQUESTS_AT_ONCE", 1)
    begun, may_end = threading.Event(), threading.Event()

    def work(*_: object) -> dict[str, object]:
        begun.set()
        may_end.wait(30)
        return {}

    monkeypatch.setattr(service_app, "answer_suggest", work)
    with client_of_service(served) as client:
        first = threading.Thread(target=lambda: client.post("/v1/suggest", json={"outcomes": [outcome()]}))
        first.start()
        begun.wait(30)
        response = client.post("/v1/explain", json={"outcome": outcome()})
        may_end.set()
        first.join()
    assert told(response) == (503, "The service is busy. Try again in a few seconds.")


def test_request_that_takes_too_long_is_ended(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_app, "MOST_SECONDS_OF_ANSWER", 0)
    response = client_of_service(served).post("/v1/suggest", json={"outcomes": [outcome()]})
    assert told(response) == (503, "This takes longer than 300 seconds. Send fewer outcomes, or shorter ones.")


def test_service_answers_again_after_each_refusal(client: TestClient) -> None:
    for _ in range(request_limits.MOST_REQUESTS_AT_ONCE + 1):
        client.post("/v1/suggest", json={})
    assert client.post("/v1/suggest", json={"outcomes": [outcome()]}).status_code == 200


# What is told of an internal error, and kept


@pytest.fixture
def broken(served: ServedModel, monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, list[str]]:
    def fail(*_: object) -> dict[str, object]:
        raise KeyError(SECRET)

    monkeypatch.setattr(service_app, "answer_suggest", fail)
    announced: list[str] = []
    return client_of_service(served, announced=announced), announced


def test_internal_error_tells_its_kind_alone(broken: tuple[TestClient, list[str]]) -> None:
    response = broken[0].post("/v1/suggest", json={"outcomes": [outcome()]})
    assert told(response) == (500, "An internal error (KeyError). Whoever runs the service finds a report.")


def test_report_on_an_internal_error_holds_no_text(broken: tuple[TestClient, list[str]]) -> None:
    before = {*error_report_folder().iterdir()}
    broken[0].post("/v1/suggest", json={"outcomes": [outcome()]})
    (report,) = {*error_report_folder().iterdir()} - before
    assert "KeyError" in report.read_text()
    assert SECRET not in report.read_text()


def test_whoever_runs_the_service_is_told_where_the_report_is(broken: tuple[TestClient, list[str]]) -> None:
    broken[0].post("/v1/suggest", json={"outcomes": [outcome()]})
    assert broken[1][0].startswith("A request failed because of an internal error; a report without its text is in /")


def test_nothing_that_is_sent_is_kept_logged_or_printed(
    client: TestClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR", "OUTCOME_CODER_CACHE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    sent = outcome(**{"Outcome description": f"{SECRET}, after the lawyers had written to the ministry of justice."})
    with caplog.at_level(logging.DEBUG):
        client.post("/v1/suggest", json={"outcomes": [sent]})
        client.post("/v1/suggest", json={"outcomes": [sent, sent]})
        client.post("/v1/suggest", json={"outcomes": [{SECRET: SECRET}]})
    assert [*tmp_path.rglob("*")] == []
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


# Whatever is sent

_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
_CELLS = st.dictionaries(
    st.sampled_from(["FragmentID", "Outcome description", "Year", "Scale", "country", ""]) | st.text(max_size=12),
    st.text(max_size=60)
    | st.none()
    | st.integers()
    | st.booleans()
    | st.lists(st.text(max_size=8), max_size=2)
    | _ANY_JSON,
    max_size=6,
)
_REQUESTS = st.fixed_dictionaries(
    {"outcomes": st.lists(_CELLS, max_size=3) | _ANY_JSON},
    optional={
        "fields": st.lists(st.sampled_from(["scale", "scales"]) | st.text(max_size=5), max_size=2) | _ANY_JSON,
        "columns": st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2) | _ANY_JSON,
        "coverage": st.floats() | _ANY_JSON,
        "reasons": _ANY_JSON,
    },
)
_BODIES = (
    st.binary(max_size=200)
    | _ANY_JSON.map(lambda value: json.dumps(value).encode())
    | _REQUESTS.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    | _REQUESTS.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
)
_UNLIMITED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def patient_client(served: ServedModel) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.service.request_guard.MOST_REQUESTS_PER_MINUTE", 10**9)
        yield client_of_service(served)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/v1/suggest", "/v1/explain"])
@_UNLIMITED
@given(body=_BODIES)
def test_whatever_is_sent_is_answered_or_refused_by_a_problem(
    patient_client: TestClient, path: str, body: bytes
) -> None:
    if path == "/v1/explain":
        body = body.replace(b'"outcomes": [', b'"outcome": ', 1).replace(b"}],", b"},", 1)
    response = patient_client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400, 422)
    assert (
        response.headers["content-type"] == f"application/{'json' if response.status_code == 200 else 'problem+json'}"
    )
    assert response.json()


@pytest.mark.slow
@_UNLIMITED
@given(header=st.binary(max_size=40).filter(lambda value: not {0, 10, 13} & set(value)))
def test_whatever_is_sent_as_a_token_is_refused(patient_client: TestClient, header: bytes) -> None:
    response = patient_client.get("/v1/codebook", headers={b"Authorization": header})
    assert response.status_code in (401, 429)
