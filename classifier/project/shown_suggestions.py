"""Suggestions shown beside the codes of an imported workbook, and changes to their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from classifier.codebook.schema import CodeField
from classifier.coder_names import identity_of
from classifier.errors import ProjectError
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.review_sheet import CODE
from classifier.harvest.suggestion_record import ShownSuggestion, Trace, as_percent, as_share
from classifier.harvest.workbook_headings import headings
from classifier.languages import use_language
from classifier.project.project import Project
from classifier.spelling import label_key
from classifier.suggestion.types import Route

_CELLS = _SUGGESTION, _CONFIDENCE, _OTHERS, _ROUTE = "suggestion", "confidence", "other candidates", "route"
_ROUTES = frozenset(written for route in Route for written in headings(route))


def shown_beside(harvest: Harvest, outcome: Outcome, field: CodeField, trace: Trace) -> ShownSuggestion | None:
    """Return the suggestion that a coder had in view, as it was written; None where there was none.

    In a workbook that keeps no trace of what was written, it is read from its columns, without the model.
    """
    written = trace.get((outcome.fragment_id, field.name))
    if written is None:
        return _read(harvest, outcome, field)
    # Somebody may have taken the columns out, for outcomes to be coded blind.
    reviewed = outcome.reviewed.get(field.name)
    is_in_view = _column(harvest, written.columns[0]) is not None or (
        reviewed is not None and reviewed.suggestion is not None
    )
    return written.shown if is_in_view else None


def shown_on_page(project: Project, coder: str, fragment_id: str) -> Mapping[str, ShownSuggestion]:
    """Return the suggestions that a coder was shown last on the review page, by the name of the field.

    Those of a set that is no longer in the project are left out.
    """
    found: dict[str, ShownSuggestion] = {}
    for view in project.journal.views(identity_of(coder), fragment_id):
        with suppress(ProjectError, KeyError):
            stored = project.suggestions.get(view.set_number).outcomes[fragment_id]
            shown = {name: stored.fields[name].shown(stored.model) for name in view.fields}
            found |= {name: suggestion for name, suggestion in shown.items() if suggestion is not None}
    return found


def typed_over(harvest: Harvest, outcome: Outcome, field: CodeField, trace: Trace) -> Iterator[str]:
    """Report cells of a suggestion that are not as they were written; anything that is not a code is not quoted."""
    written = trace.get((outcome.fragment_id, field.name))
    if written is None:
        return
    reviewed = outcome.reviewed.get(field.name)
    ours = written.cells(field.separator)[0]
    as_written = {*_as_written(field, written.suggested)}
    if reviewed is not None and reviewed.suggestion is not None and _spaced(reviewed.suggestion) not in as_written:
        yield (
            f"{reviewed.suggestion_where}: the suggestion for {field.heading} of {outcome.fragment_id} "
            f"{_difference(_SUGGESTION, reviewed.suggestion, ours, field)}; codes belong in the column {CODE!r}"
        )
    for what, name, text in zip(_CELLS, written.columns, written.cells(field.separator), strict=True):
        column = _column(harvest, name)
        here = _spaced(harvest.cell(outcome, column))
        if what == _CONFIDENCE:
            here = as_percent(here)
        if column is not None and here not in (as_written if what == _SUGGESTION else {_spaced(text)}):
            yield (
                f"{harvest.sheet.place(outcome.row, column)}: the {what} for {field.heading} of "
                f"{outcome.fragment_id} "
                f"{_difference(what, here, text, field)}; codes belong in the column {field.heading!r}"
            )


def _difference(what: str, here: str, ours: str, field: CodeField) -> str:
    if what == _OTHERS:
        return "are not as they were written"
    is_known = {
        _SUGGESTION: all(map(field.find, field.split(here))),
        _CONFIDENCE: as_share(here) is not None,
        _ROUTE: here in _ROUTES,
    }[what]
    found = "empty" if not here else repr(here) if is_known else "something else"
    return f"is {found} here but was {f'written as {ours!r}' if ours else 'left empty'}"


def _read(harvest: Harvest, outcome: Outcome, field: CodeField) -> ShownSuggestion | None:
    suggestion, confidence, others = (
        next((text for column in columns if (text := harvest.cell(outcome, column).strip())), "")
        for columns in (
            [_column(harvest, f"{known}: {written}") for known in field.headings for written in headings(name)]
            for name in _CELLS[:3]
        )
    )
    suggested = tuple(code for label in field.split(suggestion) if (code := field.find(label)) is not None)
    share = as_share(confidence)
    if not suggested or share is None:
        return None
    # Codes that remain possible bear a mark; the suggested ones are among them.
    possible = tuple(code.code for code in field.codes if any(f"{name}* " in others for name in code.names))
    return ShownSuggestion(
        suggested=suggested,
        confidence=share,
        prediction_set=(*suggested, *possible),
        model="",
    )


def _column(harvest: Harvest, name: str) -> int | None:
    return _places(tuple(harvest.header)).get(label_key(name))


@lru_cache(maxsize=1)
def _places(header: tuple[str, ...]) -> Mapping[str, int]:
    # Of two columns of one name the first is meant.
    return {label_key(name): column for column, name in reversed([*enumerate(header)])}


def _as_written(field: CodeField, codes: Sequence[str]) -> Iterator[str]:
    """Yield what a cell with codes holds, in each language."""
    yield _spaced(field.separator.join(codes))
    for language in field.languages:
        with use_language(language):
            yield _spaced(field.separator.join(field.shown(codes)))


def _spaced(text: str) -> str:
    return " ".join(text.split())
