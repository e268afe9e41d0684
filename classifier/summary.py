"""What a job did, in the few lines that its user reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classifier.codebook import normalise
from classifier.outcomes import Route
from classifier.workbench import SuggestedFile, TrainedFolder

__all__ = ["Summary", "summarise_suggestions", "summarise_training"]

_SAMPLE_TOLD = ", the fictional sample that ships with outcome-coder; train your own for real work"
_SHIPPED_CODEBOOK = "the one that ships with outcome-coder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary for people, and as plain values for programs.

    Attributes
    ----------
    opening : tuple of str
        What was read and used.
    table : tuple of tuple of str
        The figures, under a first row of headings.
    notes : tuple of str
        What is worth a look.
    ending : str
        What was written, and how long it took.
    """

    opening: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
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
        ),
        table=(
            ("Field", *(str(route) for route in Route)),
            *(
                (field.column.strip(), *(str(routes[field.name][route]) for route in Route))
                for field in suggestions.fields
            ),
        ),
        notes=written.notes,
        ending=f"Wrote {written.out} in {seconds:.0f} s",
        plain={
            "outcomes": n_outcomes,
            "harvest": str(harvest.path),
            "sheet": harvest.sheet.name,
            "model": manifest.title,
            "codebook": codebook or "the one of the model",
            "routes": {name: {str(route): count for route, count in counts.items()} for name, counts in routes.items()},
            "flags": suggestions.n_by_flag(),
            "warnings": list(written.notes),
            "out": str(written.out),
            "seconds": round(seconds, 1),
        },
    )


def summarise_training(trained: TrainedFolder, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise what was learnt."""
    manifest = trained.model.manifest
    figures = manifest.out_of_fold
    return Summary(
        opening=(
            f"Learnt from {len(manifest.fragment_ids)} outcomes of {', '.join(file.name for file in manifest.files)}",
            f"Codebook: {codebook or _SHIPPED_CODEBOOK}",
            f"Encoder: {manifest.encoder.name}",
        ),
        table=(
            ("Field", "Cohen's kappa on outcomes not learnt from", "First suggestion right"),
            *(
                (name, str(figures[name].kappa), f"{figures[name].share_right:.0%}")
                if name in figures
                else (name, "too few to say", "")
                for name in manifest.codes
            ),
        ),
        notes=trained.notes,
        ending=f"Wrote the model {trained.folder} in {seconds:.0f} s",
        plain={
            "outcomes": len(manifest.fragment_ids),
            "codebook": codebook or _SHIPPED_CODEBOOK,
            "model": str(trained.folder),
            "out_of_fold": {name: one.model_dump() for name, one in figures.items()},
            "warnings": list(trained.notes),
            "seconds": round(seconds, 1),
        },
    )


def _sheet_told(written: SuggestedFile) -> str:
    sheet = written.suggestions.harvest.sheet
    is_named = sheet.addressed and normalise(sheet.name) != normalise(written.suggestions.harvest.path.stem)
    return f", sheet {sheet.name!r}" if is_named else ""
