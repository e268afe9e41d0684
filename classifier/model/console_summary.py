"""Console summary of training."""

from __future__ import annotations

from classifier.model.workflow import TrainedFolder
from classifier.summary import Summary

NOT_CALIBRATED = "confidence is not calibrated, and nothing will be to confirm"
_SHIPPED_CODEBOOK = "the one that ships with outcome-coder"


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
            learnt_from if manifest.files else f"Made of the definitions of {n_codes} codes; {NOT_CALIBRATED}",
            f"Codebook: {codebook or _SHIPPED_CODEBOOK}",
            f"Encoders: {', '.join(encoder.name for encoder in manifest.encoders)}",
        ),
        tables=(
            (
                ("Field", "Cohen's kappa on outcomes not learnt from", "First suggestion right"),
                *(
                    (name, figures[name].kappa.with_n, f"{figures[name].share_right:.0%}")
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
