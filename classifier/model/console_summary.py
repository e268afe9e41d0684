"""Console summary of training."""

from __future__ import annotations

from classifier.model.workflow import TrainedFolder
from classifier.summary import Summary
from classifier.wording import counted

NOT_CALIBRATED = "confidence is not calibrated, and no suggestion will be to confirm"
_SHIPPED_CODEBOOK = "the one that ships with outcome-coder"


def summarise_training(trained: TrainedFolder, *, codebook: str | None, seconds: float) -> Summary:
    """Summarise a trained model."""
    manifest = trained.model.manifest
    figures = manifest.out_of_fold
    columns = {field.name: field.column.strip() for field in trained.model.codebook.fields}
    n_codes = sum(map(len, manifest.codes.values()))
    trained_on = (
        f"Trained on {counted(len(manifest.fragment_ids), 'outcome')} of "
        f"{', '.join(file.name for file in manifest.files)}"
    )
    return Summary(
        opening=(
            trained_on
            if manifest.files
            else f"Made from the definitions of {counted(n_codes, 'code')}; {NOT_CALIBRATED}",
            *filter(None, [str(trained.confidentiality)]),
            f"Codebook: {codebook or _SHIPPED_CODEBOOK}",
            f"Encoders: {', '.join(encoder.name for encoder in manifest.encoders)}",
        ),
        tables=(
            (
                ("Field", "Cohen's kappa on outcomes held out", "First suggestion right"),
                *(
                    (columns[name], figures[name].kappa.with_n, f"{figures[name].share_right:.0%}")
                    if name in figures
                    else (columns[name], "too few outcomes" if manifest.files else "no coded outcome", "")
                    for name in manifest.codes
                ),
            ),
        ),
        notes=trained.notes,
        ending=f"Wrote the model {trained.folder} in {seconds:.0f} s",
        plain={
            "outcomes": len(manifest.fragment_ids),
            "confidentiality": trained.confidentiality.as_dict(),
            "codebook": codebook or _SHIPPED_CODEBOOK,
            "model": str(trained.folder),
            "out_of_fold": {name: figure.model_dump() for name, figure in figures.items()},
            "warnings": [str(note) for note in trained.notes],
            "seconds": round(seconds, 1),
        },
    )
