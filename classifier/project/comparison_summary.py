"""Summary of a new model beside the previous one, on the terminal and on the review page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from classifier.evaluation.model_comparison import ModelComparison
from classifier.wording import counted

_SEEN = (
    "Some of these codes were given with a suggestion of the previous model in view, which favours it: code more "
    "outcomes blind"
)
_UNSEEN = "Their codes came with a file, or were given with no suggestion in view"


def comparison_lines(comparison: ModelComparison) -> Iterator[str]:
    """Yield what is said of a comparison above its table."""
    languages = ", ".join(f"{name} {n_outcomes}" for name, n_outcomes in comparison.languages.items())
    counts = f"{counted(comparison.n_outcomes, 'outcome')}{f' ({languages})' if languages else ''}"
    yield (
        f"On {counts} that neither was trained on, {comparison.verdict}: mean kappa {comparison.current} by the "
        f"previous model, {comparison.new} by the new one, {comparison.difference.signed} in difference"
    )
    yield _UNSEEN if comparison.is_unseen else _SEEN
    if comparison.n_repeats:
        yield (
            f"Left out: {counted(comparison.n_repeats, 'outcome')} that seem to repeat one that the previous model was "
            "trained on"
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


def comparison_by_field(comparison: ModelComparison, columns: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each field, where there is no table."""
    for field in comparison.fields:
        yield (
            f"  {columns[field.field]}, n={field.n_outcomes}: kappa {field.current} by the previous model, {field.new} "
            f"by the new one; to confirm {field.current_confirm} by the previous model, {field.new_confirm} by the new "
            "one"
        )
