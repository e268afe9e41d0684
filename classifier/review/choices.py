"""Choices that a coder made in the form of an outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from classifier.clock import seconds_passed
from classifier.codebook.schema import CodeField
from classifier.languages import gettext
from classifier.project.record_decisions import Choice
from classifier.review.context import form_text


def codes_given(form: FormData, fields: Sequence[CodeField]) -> tuple[str, ...]:
    """Return all codes that a form brings, whatever its fields are by now, by their names in the current language."""
    given = [(name, form_text(value)) for name, value in form.multi_items() if name.startswith("codes-")]
    by_name = {f"codes-{number}": field for number, field in enumerate(fields, start=1)}
    return tuple(by_name[name].shown([code])[0] if name in by_name else code for name, code in given)


def choices_made(form: FormData, fields: tuple[CodeField, ...], *, since: float) -> Iterator[tuple[str, Choice]]:
    """Read the choices of a form; none took longer than since its page was first shown."""
    elapsed = seconds_passed() - since
    for number, field in enumerate(fields, start=1):
        given = list(dict.fromkeys(form_text(code) for code in form.getlist(f"codes-{number}")))
        if any(code not in field.code_names for code in given) or (len(given) > 1 and not field.is_multiple):
            raise HTTPException(400, gettext("This page is older than the codebook. Please reload it."))
        ranks = form_text(form.get(f"order-{number}")).split("\n")
        order = {code: place for place, code in enumerate(code.strip() for code in ranks)}
        codes = sorted(given, key=lambda code: order.get(code, len(order)))
        seconds = _seconds(form_text(form.get(f"seconds-{number}")))
        yield (
            field.name,
            Choice(
                codes=tuple(codes),
                seconds=elapsed if seconds is None else min(seconds, elapsed),
                based_on=_based_on(form, number),
            ),
        )


def choices_not_codable(form: FormData, fields: tuple[CodeField, ...], *, reason: str) -> Iterator[tuple[str, Choice]]:
    """Choose in every field that an outcome is not codable; without a reason, take that back."""
    for number, field in enumerate(fields, start=1):
        yield field.name, Choice(codes=(), not_codable=reason, based_on=_based_on(form, number))


def number_in(text: str) -> int | None:
    """Read a number from a form or an address; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _based_on(form: FormData, number: int) -> int | None:
    return number_in(form_text(form.get(f"seen-{number}")))


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0.0 <= seconds < 1e11 else None
