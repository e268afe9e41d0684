"""Summary of a new model beside the previous one, on the terminal and on the review page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from classifier.evaluation.model_comparison import ModelComparison
from classifier.language_names import language_name
from classifier.languages import Message, WrittenLater, joined, lazy_gettext, lazy_ngettext


def comparison_lines(comparison: ModelComparison) -> Iterator[Message]:
    """Yield what is said of a comparison above its table."""
    languages = [
        lazy_gettext(
            "{language} {n_outcomes}", language=WrittenLater(partial(language_name, name)), n_outcomes=n_outcomes
        )
        for name, n_outcomes in comparison.languages.items()
    ]
    outcomes = lazy_ngettext("{n} outcome", "{n} outcomes", comparison.n_outcomes)
    yield lazy_gettext(
        "On {outcomes} that neither was trained on, {verdict}: mean kappa {current} by the previous model, {new} by "
        "the new one, {difference} in difference",
        outcomes=joined("", [outcomes, *([" (", joined(", ", languages), ")"] if languages else [])]),
        verdict=comparison.verdict,
        current=comparison.current,
        new=comparison.new,
        difference=WrittenLater(lambda: comparison.difference.signed),
    )
    if comparison.is_unseen:
        yield lazy_gettext("Their codes came with a file, or were given with no suggestion in view")
    else:
        yield lazy_gettext(
            "Some of these codes were given with a suggestion of the previous model in view, which favours it: code "
            "more outcomes blind"
        )
    if comparison.n_repeats:
        yield lazy_ngettext(
            "Left out: {n} outcome that seems to repeat one that the previous model was trained on",
            "Left out: {n} outcomes that seem to repeat one that the previous model was trained on",
            comparison.n_repeats,
        )


def comparison_table(comparison: ModelComparison, columns: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Return a table of the fields: kappa by both models, and what either would have put up to confirm."""
    header = (
        "Field", "Outcomes neither was trained on", "Kappa, previous model", "Kappa, new model",
        "To confirm, previous model", "To confirm, new model",
    )  # fmt: skip
    rows = [
        (
            columns[field.field],
            str(field.n_outcomes),
            str(field.current),
            str(field.new),
            str(field.current_confirm),
            str(field.new_confirm),
        )
        for field in comparison.fields
    ]
    return (header, *rows)


def comparison_by_field(comparison: ModelComparison, columns: Mapping[str, str]) -> Iterator[Message]:
    """Yield a line for each field, where there is no table."""
    for field in comparison.fields:
        line = lazy_gettext(
            "{field}, n={n_outcomes}: kappa {current} by the previous model, {new} by the new one; to confirm "
            "{current_confirm} by the previous model, {new_confirm} by the new one",
            field=columns[field.field],
            n_outcomes=field.n_outcomes,
            current=field.current,
            new=field.new,
            current_confirm=field.current_confirm,
            new_confirm=field.new_confirm,
        )
        yield joined("", ["  ", line])
