"""OpenAPI document of the service, made from its models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from classifier import __version__
from classifier.service.problems import Problem
from classifier.service.request_guard import HEALTH
from classifier.service.request_limits import (
    MOST_BODY_MIB,
    MOST_REQUESTS_AT_ONCE,
    MOST_REQUESTS_PER_MINUTE,
    MOST_SECONDS_OF_ANSWER,
)
from classifier.service.schemas import (
    CodebookResponse,
    ExplainRequest,
    HealthResponse,
    OutcomeLine,
    SuggestRequest,
    SuggestResponse,
)

_MODELS: tuple[tuple[type[BaseModel], JsonSchemaMode], ...] = (
    (SuggestRequest, "validation"),
    (ExplainRequest, "validation"),
    (SuggestResponse, "serialization"),
    (OutcomeLine, "serialization"),
    (CodebookResponse, "serialization"),
    (HealthResponse, "serialization"),
    (Problem, "serialization"),
)
_REFUSALS = {
    "400": "The body is not JSON, or the host is not the service's",
    "401": "The token is missing or wrong",
    "408": "The request did not arrive in time",
    "413": f"The request is larger than {MOST_BODY_MIB} MiB",
    "415": "The body is not declared as JSON",
    "422": "Something in the request is to be corrected",
    "429": f"More than {MOST_REQUESTS_PER_MINUTE} requests in a minute; see Retry-After",
    "500": "An internal error",
    "503": f"{MOST_REQUESTS_AT_ONCE} requests are being answered, or this one takes more than "
    f"{MOST_SECONDS_OF_ANSWER} seconds",
}
_REFUSALS_OF_READING = ("400", "401", "429", "500")


def openapi_document(*, server: str) -> dict[str, Any]:
    """Return the OpenAPI document of a service that is reached at an address.

    Examples
    --------
    >>> [*openapi_document(server="http://127.0.0.1:8766")["paths"]]
    ['/v1/suggest', '/v1/explain', '/v1/codebook', '/health']
    """
    _, definitions = models_json_schema(_MODELS, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "outcome-coder",
            "version": __version__,
            "description": "Suggests codes for harvested outcomes, for a human coder to confirm.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {
            "/v1/suggest": _post("suggest", "Suggest codes for outcomes", SuggestRequest, SuggestResponse),
            "/v1/explain": _post("explain", "Suggest codes for one outcome, and say why", ExplainRequest, OutcomeLine),
            "/v1/codebook": {"get": _operation("codebook", "The codebook of the model", CodebookResponse)},
            HEALTH: {"get": _operation("health", "Whether the service answers", HealthResponse) | {"security": []}},
        },
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _post(name: str, summary: str, request: type[BaseModel], response: type[BaseModel]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": _reference(request)}}}
    operation = _operation(name, summary, response, refusals=tuple(_REFUSALS))
    return {"post": operation | {"requestBody": body}}


def _operation(
    name: str, summary: str, response: type[BaseModel], *, refusals: tuple[str, ...] = _REFUSALS_OF_READING
) -> dict[str, Any]:
    answered = {"description": summary, "content": {"application/json": {"schema": _reference(response)}}}
    refused = {
        status: {
            "description": _REFUSALS[status],
            "content": {"application/problem+json": {"schema": _reference(Problem)}},
        }
        for status in refusals
    }
    return {"operationId": name, "summary": summary, "responses": {"200": answered, **refused}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
