"""Problem details (RFC 9457): the errors of the service, in JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from classifier.errors import FaultsError, OutcomeCoderError


class RequestFault(BaseModel):
    """One thing to put right in a request."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="A JSON pointer, such as /outcomes/0/Year, or an outcome, such as `outcome 1`")
    what: str
    remedy: str = ""


class Problem(BaseModel):
    """Why a request was refused, as RFC 9457 has it."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    faults: list[RequestFault] = Field(default_factory=list, description="All that is to be put right, if several")


class ProblemError(Exception):
    """Refusal of a request; the detail says what and what to do, and quotes nothing of an outcome's text."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        faults: Sequence[RequestFault] = (),
        headers: Mapping[str, str] | None = None,
        wait_s: float | None = None,
    ) -> None:
        super().__init__(detail)
        after = {} if wait_s is None else {"Retry-After": str(max(1, math.ceil(wait_s)))}
        self.headers = {**(headers or {}), **after}
        self.problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, faults=list(faults))

    @classmethod
    def of(cls, error: OutcomeCoderError) -> ProblemError:
        """Make the refusal of a request whose outcomes are to be corrected first."""
        if isinstance(error, FaultsError):
            return cls(422, "Correct the outcomes, then send them again.", faults=[*_faults_of(error)])
        return cls(422, str(error))


class JsonResponse(Response):
    """A response in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401  # whatever JSON may hold
        """Write the content; half a letter, which a request may hold, as a question mark."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


class ProblemResponse(JsonResponse):
    """A response that says why a request was refused."""

    media_type = "application/problem+json"

    def __init__(self, error: ProblemError) -> None:
        content = error.problem.model_dump(mode="json", exclude_defaults=True, exclude={"type"})
        super().__init__({"type": error.problem.type, **content}, error.problem.status, error.headers)


def _faults_of(error: FaultsError) -> Iterator[RequestFault]:
    for faults in error.faults.values():
        for fault in faults:
            if fault.is_error:
                yield RequestFault(where=fault.where, what=fault.what, remedy=fault.remedy)
