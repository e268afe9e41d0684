"""Requests to the service, and its responses: the models that are checked, and documented in its OpenAPI document."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema, field_validator

from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION
from classifier.service.problems import ProblemError, RequestFault
from classifier.service.request_limits import MOST_CHARACTERS, MOST_COLUMNS_OF_REQUEST, MOST_OUTCOMES
from classifier.spreadsheet.workbook_reader import cell_text
from classifier.suggestion.types import Candidate, Neighbour, Reason, Route

_TEXT = {"type": "string", "maxLength": MOST_CHARACTERS}
_N_FAULTS = 20  # told of one request

T = TypeVar("T", bound=BaseModel)


def _as_text(value: object) -> object:
    match value:
        case None:
            return ""
        case bool():
            return cell_text(value)
        case float():
            if not math.isfinite(value):
                raise ValueError("is too large a number; write it as text")
            return cell_text(value)
        case list() if all(isinstance(item, str) for item in value):
            return "\n".join(value)
    return value  # texts, and whole numbers, which are read as they were written


Cell = Annotated[
    str,
    Field(max_length=MOST_CHARACTERS),
    BeforeValidator(_as_text),
    WithJsonSchema(
        {"anyOf": [_TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}, {"type": "array", "items": _TEXT}]}
    ),
]
OutcomeCells = Annotated[
    dict[Annotated[str, Field(max_length=MOST_CHARACTERS)], Cell],
    Field(
        min_length=1,
        max_length=MOST_COLUMNS_OF_REQUEST,
        description="The cells of an outcome by the names of their columns, as in a row of a harvest",
    ),
]
FieldNames = Annotated[
    list[str] | None, Field(min_length=1, max_length=1000, description="Fields to suggest for; by default all")
]
ColumnMap = Annotated[
    dict[str, str],
    Field(
        max_length=MOST_COLUMNS_OF_REQUEST,
        description="Names of columns in the request, each with the name it has in the codebook, as `--map` has it",
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SuggestRequest(_Request):
    """Outcomes to suggest codes for; they are compared with each other, as the outcomes of one file are."""

    outcomes: Annotated[list[OutcomeCells], Field(min_length=1, max_length=MOST_OUTCOMES)]
    fields: FieldNames = None
    columns: ColumnMap = Field(default_factory=dict)
    coverage: Annotated[
        float, Field(gt=0, lt=1, description="Share of prediction sets that should include the right code")
    ] = DEFAULT_COVERAGE
    precision: Annotated[
        float, Field(gt=0, lt=1, description="Share of codes routed to `confirm` that should be right")
    ] = DEFAULT_PRECISION
    reasons: Annotated[bool, Field(description="Whether to say why; it takes longer")] = True

    @field_validator("outcomes")
    @classmethod
    def _few_columns(cls, outcomes: list[dict[str, str]]) -> list[dict[str, str]]:
        if len({name for outcome in outcomes for name in outcome}) > MOST_COLUMNS_OF_REQUEST:
            raise ValueError(f"the outcomes have more than {MOST_COLUMNS_OF_REQUEST} columns together; leave some out")
        return outcomes


class ExplainRequest(_Request):
    """One outcome to suggest codes for, with reasons."""

    outcome: OutcomeCells
    fields: FieldNames = None
    columns: ColumnMap = Field(default_factory=dict)


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldLine(_Response):
    """Suggestion for one field of an outcome, as in a .jsonl of suggestions."""

    suggested: list[str]
    confidence: float | None
    candidates: list[Candidate]
    prediction_set: list[str]
    by_definition: list[str]
    route: Route
    repeats: str | None
    why: list[Reason]
    nearest: list[Neighbour]


class OutcomeLine(_Response):
    """Suggestions for one outcome: a line of a .jsonl of suggestions."""

    fragment_id: str
    fields: dict[str, FieldLine]
    flags: list[str]
    model: str


class NoteLine(_Response):
    """Note on the outcomes of a request."""

    kind: str
    what: str
    remedy: str = ""
    count: int = 1
    cells: list[str] = Field(default_factory=list)


class SuggestResponse(_Response):
    """Suggestions for the outcomes of a request, in their order, and what is worth a look."""

    suggestions: list[OutcomeLine]
    notes: list[NoteLine]


class CodeLine(_Response):
    """One code of the codebook."""

    code: str
    definition: str
    include: str
    exclude: str


class FieldOfCodebook(_Response):
    """One field of the codebook."""

    name: str
    column: str
    kind: str
    question: str
    codes: list[CodeLine]


class CodebookResponse(_Response):
    """The codebook of the model; `columns` are those read of an outcome, by what they hold."""

    model: str
    fields: list[FieldOfCodebook]
    columns: dict[str, list[str]]


class HealthResponse(_Response):
    """The service answers."""

    status: str


def read_request(body: bytes, model: type[T]) -> T:
    """Read the body of a request.

    Raises
    ------
    ProblemError
        With all that is to be put right.
    """
    try:
        return model.model_validate(_json_of(body))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults = [RequestFault(where=_pointer(fault["loc"]), what=fault["msg"]) for fault in found[:_N_FAULTS]]
        raise ProblemError(422, "Correct the request, then send it again.", faults=faults) from None


def _json_of(body: bytes) -> object:
    try:
        # Whole numbers as they are written, as in files of outcomes: an ID may have more digits than a number keeps.
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_int=str, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"The body is not in UTF-8: see byte {error.start + 1}.") from None
    except json.JSONDecodeError as error:
        raise ProblemError(400, f"The body is not JSON: {error.msg} at character {error.pos + 1}.") from None
    except RecursionError:
        raise ProblemError(400, "The body has lists or objects within each other, too deep.") from None


def _without_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ProblemError(400, "A name appears twice in an object of the body; rename one of the two.")
    return found


def _no_number(_: str) -> NoReturn:
    raise ProblemError(400, "The body is not JSON: NaN and Infinity are no numbers in it.")


def _pointer(places: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(place).replace('~', '~0').replace('/', '~1')}" for place in places)
