"""What a job did, in the few lines that its user reads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.codebook import normalise
from classifier.comparison import MeanFigure
from classifier.faults import Note
from classifier.learning_curve import FieldCurve, LearningCurve
from classifier.outcomes import Route
from classifier.resampling import Figure
from classifier.workbench import SuggestedFile, TrainedFolder

__all__ = [
    "Summary",
    "figure_plain",
    "mean_plain",
    "mean_told",
    "summarise_curve",
    "summarise_suggestions",
    "summarise_training",
]

Rows = tuple[tuple[str, ...], ...]

_SAMPLE_TOLD = ", the fictional sample that ships with outcome-coder; train your own for real work"
_NOT_CALIBRATED = "confidence is not calibrated, and nothing will be to confirm"
_SHIPPED_CODEBOOK = "the one that ships with outcome-coder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary for people, and as plain values for programs.

    Attributes
    ----------
    opening : tuple of str
        What was read and used.
    tables : tuple of tuple of tuple of str
        The figures, each table under a first row of headings.
    notes : tuple of Note or str
        What is worth a look.
    ending : str
        What was written, and how long it took.
    """

    opening: tuple[str, ...]
    tables: tuple[Rows, ...]
    notes: tuple[Note | str, ...]
    ending: str
    plain: dict[str, Any]


def summarise_suggestions(written: SuggestedFile, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise what was suggested.

    Parameters
    ----------
    codebook : str or None
        The file that was asked for; None for the model's own.
    """
    suggestions, harvest = written.suggestions, written.suggestions.harvest
    manifest = suggestions.model.manifest
    routes = {field.name: suggestions.n_by_route(field) for field in suggestions.fields}
    n_outcomes = len(suggestions.outcomes)
    return Summary(
        opening=(
            f"Read {n_outcomes} {'outcome' if n_outcomes == 1 else 'outcomes'} from {harvest.path}"
            + _sheet_told(written),
            f"Codebook: {codebook or 'the one of the model'}",
            f"Model: {manifest.title}" + (_SAMPLE_TOLD if written.is_sample else ""),
            *(() if manifest.files else (f"No coded outcome was learnt from; {_NOT_CALIBRATED}",)),
        ),
        tables=(
            (
                ("Field", *(str(route) for route in Route)),
                *(
                    (field.column.strip(), *(str(routes[field.name][route]) for route in Route))
                    for field in suggestions.fields
                ),
            ),
        ),
        notes=written.notes,
        ending=f"Wrote {written.out} in {seconds:.0f} s\n{_next_step(written)}",
        plain={
            "outcomes": n_outcomes,
            "harvest": str(harvest.path),
            "sheet": harvest.sheet.name,
            "sheets": [one.sheet.name for one in (harvest, *suggestions.others)],
            "model": manifest.title,
            "codebook": codebook or "the one of the model",
            "routes": {name: {str(route): count for route, count in counts.items()} for name, counts in routes.items()},
            "flags": suggestions.n_by_flag(),
            "warnings": [str(note) for note in written.notes],
            "out": str(written.out),
            "seconds": round(seconds, 1),
        },
    )


def _next_step(written: SuggestedFile) -> str:
    if written.out.suffix.lower() == ".xlsx":
        return (
            "Next: open it and fill in the code columns; then, in a project, `outcome-coder confirm "
            f'"{written.out}" --coder NAME --project FOLDER`, or count the codes by `outcome-coder summary`'
        )
    return (
        "Next: join it to your outcomes by FragmentID; to code in a workbook, run it again with --out ending in .xlsx"
    )


def summarise_training(trained: TrainedFolder, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise what was learnt."""
    manifest = trained.model.manifest
    figures = manifest.out_of_fold
    n_codes = sum(map(len, manifest.codes.values()))
    learnt_from = (
        f"Learnt from {len(manifest.fragment_ids)} outcomes of {', '.join(one.name for one in manifest.files)}"
    )
    return Summary(
        opening=(
            learnt_from if manifest.files else f"Made of the definitions of {n_codes} codes; {_NOT_CALIBRATED}",
            f"Codebook: {codebook or _SHIPPED_CODEBOOK}",
            f"Encoders: {', '.join(encoder.name for encoder in manifest.encoders)}",
        ),
        tables=(
            (
                ("Field", "Cohen's kappa on outcomes not learnt from", "First suggestion right"),
                *(
                    (name, str(figures[name].kappa), f"{figures[name].share_right:.0%}")
                    if name in figures
                    else (name, "too few to say" if manifest.files else "no coded outcome", "")
                    for name in manifest.codes
                ),
            ),
        ),
        notes=trained.notes,
        ending=f"Wrote the model {trained.folder} in {seconds:.0f} s",
        plain={
            "outcomes": len(manifest.fragment_ids),
            "codebook": codebook or _SHIPPED_CODEBOOK,
            "model": str(trained.folder),
            "out_of_fold": {name: one.model_dump() for name, one in figures.items()},
            "warnings": [str(note) for note in trained.notes],
            "seconds": round(seconds, 1),
        },
    )


def summarise_curve(curve: LearningCurve, *, out: Path, seconds: float) -> Summary:
    """Summarise what coded outcomes were worth, and how many more each code needs."""
    return Summary(
        opening=(
            f"Learnt from up to {max(max(one.points) for one in curve.fields.values())} of {curve.n_outcomes} coded "
            "outcomes, tested on others. Cohen's kappa by how many were learnt from:",
            *(f"  {name}: {_points_told(one)}" for name, one in curve.fields.items()),
            f"How many more outcomes with a code it takes to find it with an F1 of {curve.target:g} (in brackets, 8 of "
            "10 resamples):",
        ),
        tables=(
            (
                ("Field", "Code", "Outcomes", "F1 now", "More outcomes with it"),
                *(
                    (one.field, one.code, str(one.n_examples), f"{one.f1:.2f}" if one.n_examples else "", str(one))
                    for one in curve.needs
                ),
            ),
        ),
        notes=(),
        ending=f"Wrote {out} in {seconds:.0f} s",
        plain={
            "outcomes": curve.n_outcomes,
            "kappa": {
                name: {
                    "definitions only": figure_plain(one.by_definition),
                    **{str(size): figure_plain(one.points[size]) for size in sorted(one.points)},
                }
                for name, one in curve.fields.items()
            },
            "target": curve.target,
            "needs": [
                {
                    "field": one.field,
                    "code": one.code,
                    "outcomes": one.n_examples,
                    "f1": round(one.f1, 4) if one.n_examples else None,
                    "more": one.n_more,
                    "low": one.low,
                    "high": one.high,
                }
                for one in curve.needs
            ],
            "out": str(out),
            "seconds": round(seconds, 1),
        },
    )


def _points_told(one: FieldCurve) -> str:
    points = ", ".join(f"{size} {one.points[size].value:.2f}" for size in sorted(one.points))
    return f"0 (definitions only) {one.by_definition.value:.2f}, {points}"


def figure_plain(figure: Figure) -> dict[str, float | None]:
    """Give a figure as plain values for programs; None for what isn't defined."""
    return {
        name: None if math.isnan(value) else round(value, 4)
        for name, value in (("value", figure.value), ("low", figure.low), ("high", figure.high))
    }


def mean_plain(mean: MeanFigure) -> dict[str, object]:
    """Give a mean of several fields as plain values for programs, with the fields that it is of."""
    return {**figure_plain(mean), "fields": list(mean.fields), "left_out": dict(mean.left_out)}


def mean_told(mean: MeanFigure) -> tuple[str, ...]:
    """Say which fields a mean is not of, and why, each reason once."""
    reasons = dict.fromkeys(mean.left_out.values())
    return tuple(
        f"{', '.join(name for name, one in mean.left_out.items() if one == why)}: left out of the mean: {why}"
        for why in reasons
    )


def _sheet_told(written: SuggestedFile) -> str:
    harvest, others = written.suggestions.harvest, written.suggestions.others
    if others:
        return f", sheets {', '.join(repr(one.sheet.name) for one in (harvest, *others))}"
    is_named = harvest.sheet.addressed and normalise(harvest.sheet.name) != normalise(harvest.path.stem)
    return f", sheet {harvest.sheet.name!r}" if is_named else ""
