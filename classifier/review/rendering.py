"""Rendering of templates: filters, and texts in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from classifier.codebook.code import Code
from classifier.codebook.schema import CodeField
from classifier.languages import (
    LANGUAGES,
    current_language,
    date,
    date_and_time,
    decimal,
    gettext,
    localised,
    look_up,
    look_up_in_context,
    look_up_plural,
    percentage,
    text_direction,
    translated,
    translations_from,
)
from classifier.model.manifest import shown_title
from classifier.project.journal import Decision
from classifier.review.outcome_view import confidence_percent
from classifier.suggestion.names import flag_in_words, flag_name, route_name

_SCRIPT = "classifier/review/static/review.js"


def render(template: str, shown: dict[str, Any]) -> str:
    """Render a template in the current language."""
    of_language = {
        "language": current_language(),
        "direction": text_direction(),
        "languages": LANGUAGES,
        "script_texts": translations_from(_SCRIPT),
    }
    return _ENVIRONMENT.get_template(template).render({**of_language, **shown})


# What Jinja calls for texts: they are HTML with values in it, so the values are escaped.


def _gettext(text: str, /, **values: object) -> Markup:
    return Markup(look_up(text)) % localised(values)


def _ngettext(singular: str, plural: str, num: int, /, **values: object) -> Markup:
    return Markup(look_up_plural(singular, plural, num)) % localised({"num": num, **values}, counted=["n", "num"])


def _pgettext(context: str, text: str, /, **values: object) -> Markup:
    return Markup(look_up_in_context(context, text)) % localised(values)


def decided(decision: Decision, field: CodeField) -> str:
    """Say what was decided in a field: codes, or that there are none to give."""
    return gettext("not codable") if decision.not_codable else codes_of(decision.codes, field)


def codes_of(codes: Iterable[str], field: CodeField) -> str:
    """Join codes of a field, by their names in the current language."""
    return gettext("; ").join(field.shown(codes))


def _hint(code: Code) -> str:
    """Return what is said of a code beside its name: its definition, and its own name where another is shown."""
    shown = code.shown
    return shown.definition if shown.code == code.code else "\n".join(filter(None, [code.code, shown.definition]))


def _headings(numbers: Iterable[int], names: Sequence[str]) -> str:
    return gettext(", ").join(names[number - 1] for number in numbers)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("classifier.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension adds it
    environment.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext, pgettext=_pgettext)
    environment.filters.update(
        percent=confidence_percent,
        share=percentage,
        decimal=lambda value, decimals: decimal(value, decimals=decimals),
        local_time=date_and_time,
        local_date=date,
        decided=decided,
        codes_of=codes_of,
        hint=_hint,
        headings=_headings,
        translated=translated,
        model_title=shown_title,
        route_name=route_name,
        flag_name=flag_name,
        flag_words=flag_in_words,
        query=lambda pairs: urlencode({key: value for key, value in pairs.items() if value != ""}),
    )
    return environment


_ENVIRONMENT = _environment()
