"""The service as a web application: suggest, explain, codebook, health, and its OpenAPI document."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from classifier.error_report import report_errors
from classifier.errors import OutcomeCoderError, TimeLimitError
from classifier.limits import MIB
from classifier.review.site import Site
from classifier.service.openapi import openapi_document
from classifier.service.problems import JsonResponse, ProblemError, ProblemResponse
from classifier.service.request_guard import HEALTH, TokenGuard
from classifier.service.request_limits import (
    MOST_BODY_MIB,
    MOST_REQUESTS_AT_ONCE,
    MOST_SECONDS_OF_ANSWER,
    MOST_SECONDS_OF_BODY,
)
from classifier.service.schemas import ExplainRequest, SuggestRequest, read_request
from classifier.service.workflow import ServedModel, TimeLimit, answer_explain, answer_suggest, codebook_lines

T = TypeVar("T", bound=BaseModel)
_JSON = "application/json"
_LATER_S = 5.0


def make_service(
    served: ServedModel,
    *,
    site: Site,
    port: int,
    token: str,
    announce: Callable[[str], None] = lambda _: None,
) -> ASGIApp:
    """Make the application; every request passes its guard first.

    Parameters
    ----------
    port : int
        Where it listens, which a web server in front of it may hide.
    announce : callable
        Told where the report on an internal error is; it is no business of those who send requests.
    """
    answers = _Answers(served)
    document = openapi_document(server=site.origins[0])

    async def codebook(_: Request) -> Response:
        return JsonResponse(codebook_lines(served))

    async def health(_: Request) -> Response:
        return JsonResponse({"status": "ok"})

    async def openapi(_: Request) -> Response:
        return JsonResponse(document)

    async def unforeseen(_: Request, error: Exception) -> Response:
        if report := report_errors([error], during="answering a request"):
            announce(f"A request failed because of an internal error; a report without its text is in {report}")
        return ProblemResponse(
            ProblemError(500, f"An internal error ({type(error).__name__}). Whoever runs the service finds a report.")
        )

    app = Starlette(
        routes=[
            Route("/v1/suggest", answers.suggest, methods=["POST"]),
            Route("/v1/explain", answers.explain, methods=["POST"]),
            Route("/v1/codebook", codebook),
            Route(HEALTH, health),
            Route("/openapi.json", openapi),
        ],
        exception_handlers={ProblemError: _refused, HTTPException: _no_such, Exception: unforeseen},
    )
    app.router.redirect_slashes = False
    return TokenGuard(app, site=site, local=Site.on_loopback(port), token=token)


class _Answers:
    """Answers requests that take long: a few at once are accepted, and worked on one after another."""

    def __init__(self, served: ServedModel) -> None:
        self._served = served
        self._n_accepted = 0
        self._one_at_a_time = threading.Lock()

    async def suggest(self, request: Request) -> Response:
        return await self._answer(request, SuggestRequest, answer_suggest)

    async def explain(self, request: Request) -> Response:
        return await self._answer(request, ExplainRequest, answer_explain)

    async def _answer(
        self, request: Request, model: type[T], work: Callable[[ServedModel, T, TimeLimit], dict[str, Any]]
    ) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise ProblemError(415, f"Send JSON, and say so in the header Content-Type: {_JSON}.")
        if self._n_accepted >= MOST_REQUESTS_AT_ONCE:
            raise ProblemError(503, "The service is busy. Try again in a few seconds.", wait_s=_LATER_S)
        self._n_accepted += 1
        task = asyncio.ensure_future(self._work(request, model, work))
        # What takes too long goes on until it comes to look at the time, and is counted until then.
        task.add_done_callback(self._ended)
        try:
            done = await asyncio.wait_for(asyncio.shield(task), MOST_SECONDS_OF_ANSWER + _LATER_S)
        except TimeoutError:
            raise ProblemError(
                503, f"This takes longer than {MOST_SECONDS_OF_ANSWER} seconds. Send fewer outcomes, or shorter ones."
            ) from None
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody reads
        return JsonResponse(done)

    async def _work(
        self, request: Request, model: type[T], work: Callable[[ServedModel, T, TimeLimit], dict[str, Any]]
    ) -> dict[str, Any]:
        body = await _body_of(request)
        return await asyncio.to_thread(self._work_in_thread, body, model, work)

    def _work_in_thread(
        self, body: bytes, model: type[T], work: Callable[[ServedModel, T, TimeLimit], dict[str, Any]]
    ) -> dict[str, Any]:
        time_limit = TimeLimit(until=time.monotonic() + MOST_SECONDS_OF_ANSWER)
        with self._one_at_a_time:
            try:
                time_limit.check()
                return work(self._served, read_request(body, model), time_limit)
            except TimeLimitError as error:
                raise ProblemError(503, str(error)) from None
            except OutcomeCoderError as error:
                raise ProblemError.of(error) from None

    def _ended(self, task: asyncio.Task[dict[str, Any]]) -> None:
        self._n_accepted -= 1
        if not task.cancelled():
            task.exception()  # it was told, or nobody waits for it any more


async def _body_of(request: Request) -> bytes:
    at_most = MOST_BODY_MIB * MIB
    length = request.headers.get("content-length", "")
    too_large = ProblemError(413, f"The request is larger than {MOST_BODY_MIB} MiB. Send fewer outcomes at once.")
    if length.isdecimal() and int(length) > at_most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS_OF_BODY):
            async for chunk in request.stream():
                body += chunk
                if len(body) > at_most:
                    raise too_large
    except TimeoutError:
        raise ProblemError(408, f"The request did not arrive within {MOST_SECONDS_OF_BODY} seconds.") from None
    return bytes(body)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # Starlette sends no other here
    return ProblemResponse(error)


async def _no_such(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # Starlette sends no other here
    detail = {
        404: "There is no such address; /openapi.json says which there are.",
        405: "This address takes no such method; /openapi.json says which it takes.",
    }.get(error.status_code, error.detail)
    return ProblemResponse(ProblemError(error.status_code, detail, headers=error.headers))
