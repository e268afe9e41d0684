"""Console summary of suggestions."""

from __future__ import annotations

from classifier.harvest.review_sheet import REVIEW_SHEET
from classifier.harvest.workbook_headings import heading
from classifier.languages import use_language
from classifier.model.model_card import NOT_CALIBRATED
from classifier.spelling import normalise
from classifier.suggestion.csv_and_jsonl import is_for_label_studio
from classifier.suggestion.harvest_shift import HarvestShift
from classifier.suggestion.label_studio_tasks import configuration_of
from classifier.suggestion.review_sheet import review_row_limit
from classifier.suggestion.streamed_workflow import StreamedFile
from classifier.suggestion.types import Route
from classifier.suggestion.workflow import SuggestedFile
from classifier.summary import Summary
from classifier.wording import counted

_SAMPLE_DESCRIBED = ", the fictional sample that ships with outcome-coder; train your own for real work"


def summarise_suggestions(written: SuggestedFile, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise what was suggested; the codebook is the file that was asked for, None for the model's own."""
    suggestions, harvest = written.suggestions, written.suggestions.harvest
    manifest = suggestions.model.manifest
    routes = {field.name: suggestions.n_by_route(field) for field in suggestions.fields}
    n_outcomes = len(suggestions.outcomes)
    return Summary(
        opening=(
            f"Read {counted(n_outcomes, 'outcome')} from {harvest.path}" + _sheets_described(written),
            f"Codebook: {codebook or 'the one of the model'}",
            f"Model: {manifest.title}" + (_SAMPLE_DESCRIBED if written.is_sample else ""),
            *(() if manifest.files else (f"The model was not trained on any coded outcome; {NOT_CALIBRATED}",)),
        ),
        tables=(
            (
                ("Field", *(str(route) for route in Route)),
                *(
                    (field.heading, *(str(routes[field.name][route]) for route in Route))
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
            "sheets": [sheet.sheet.name for sheet in (harvest, *suggestions.others)],
            "model": manifest.title,
            "codebook": codebook or "the one of the model",
            "routes": {name: {str(route): count for route, count in counts.items()} for name, counts in routes.items()},
            "flags": suggestions.n_by_flag(),
            "shift": _shift_as_dict(suggestions.shift),
            "warnings": [str(note) for note in written.notes],
            "out": str(written.out),
            "seconds": round(seconds, 1),
        },
    )


def summarise_stream(written: StreamedFile, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise what was suggested part by part; the codebook is the file that was asked for."""
    counts, manifest = written.counts, written.manifest
    continued = f"; the first {written.n_continued:,} by a run that was stopped" if written.n_continued else ""
    return Summary(
        opening=(
            f"Read {counted(counts.n_outcomes, 'outcome')} from {written.harvest}{continued}",
            f"Codebook: {codebook or 'the one of the model'}",
            f"Model: {manifest.title}" + (_SAMPLE_DESCRIBED if written.is_sample else ""),
            *(() if manifest.files else (f"The model was not trained on any coded outcome; {NOT_CALIBRATED}",)),
        ),
        tables=(
            (
                ("Field", *(str(route) for route in Route)),
                *(
                    (field.heading, *(f"{counts.routes[field.name][str(route)]:,}" for route in Route))
                    for field in written.fields
                ),
            ),
        ),
        notes=written.notes,
        ending=f"Wrote {written.out} in {seconds:.0f} s\nNext: join it to your outcomes by FragmentID",
        plain={
            "outcomes": counts.n_outcomes,
            "continued": written.n_continued,
            "harvest": str(written.harvest),
            "model": manifest.title,
            "codebook": codebook or "the one of the model",
            "routes": counts.routes,
            "flags": counts.flags,
            "shift": _shift_as_dict(counts.shift),
            "warnings": [str(note) for note in written.notes],
            "out": str(written.out),
            "seconds": round(seconds, 1),
        },
    )


def _shift_as_dict(shift: HarvestShift | None) -> dict[str, object] | None:
    return None if shift is None else {"p_value": shift.p_value, "is_unlike": shift.is_unlike}


def _next_step(written: SuggestedFile) -> str:
    if written.out.suffix.lower() == ".xlsx":
        sheets = written.suggestions.by_sheet()
        with use_language(written.language):
            title = heading(REVIEW_SHEET)
        on_review = f"choose codes on the sheet {title!r}, or in"
        return (
            f"Next: open it and {'fill in' if review_row_limit(sheets) else on_review} the code columns; then, in a "
            "project, `outcome-coder confirm "
            f'"{written.out}" --coder NAME --project FOLDER`, or count the codes by `outcome-coder summary`'
        )
    if is_for_label_studio(written.out):
        configuration = configuration_of(written.out)
        return (
            f"Next: in Label Studio, paste {configuration} as the labelling interface of a project, then import "
            f"{written.out.name}; its export in JSON is read by `outcome-coder confirm` with --coder-column annotator"
        )
    return (
        "Next: join it to your outcomes by FragmentID; to code in a workbook, run it again with --out ending in .xlsx"
    )


def _sheets_described(written: SuggestedFile) -> str:
    harvest, others = written.suggestions.harvest, written.suggestions.others
    if others:
        return f", sheets {', '.join(repr(sheet.sheet.name) for sheet in (harvest, *others))}"
    is_named = harvest.sheet.addressed and normalise(harvest.sheet.name) != normalise(harvest.path.stem)
    return f", sheet {harvest.sheet.name!r}" if is_named else ""
