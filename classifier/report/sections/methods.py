"""Methods paragraph of a report, to paste."""

from __future__ import annotations

from classifier import __version__
from classifier.evaluation.evaluated import Evaluated
from classifier.features.registry import DEFAULT_ENCODERS
from classifier.versions import library_versions
from classifier.wording import counted

_STATISTICS = (
    "Intervals are 95 % bias-corrected and accelerated bootstrap intervals (doi:10.1080/01621459.1987.10478410) of "
    "1,000 draws, groups of near-duplicates drawn as a whole; those of shares routed to confirm are exact "
    "(doi:10.1093/biomet/26.4.404). Cohen's kappa: doi:10.1177/001316446002000104; Krippendorff's alpha: "
    "doi:10.1080/19312450709336664, with MASI distance for several codes; Gwet's AC1: "
    "doi:10.1348/000711006X126600. Figures of fewer than 30 outcomes of a field, or 10 of a code, are not given."
)


def describe_methods(evaluated: Evaluated) -> str:
    """Describe data, split, statistics, thresholds, seed and versions."""
    options, n_outcomes = evaluated.options, len(evaluated.predictions.outcomes)
    thresholds = (
        f"coverage {options.coverage:g}, and codes to confirm aim at a precision of {options.precision:g}, with "
        "thresholds set on other outcomes"
        if evaluated.is_unseen
        else "as given; at which coverage and precision is not known"
    )
    versions = ", ".join(f"{name} {version}" for name, version in library_versions().items())
    return (
        f"Codes were suggested by outcome-coder {__version__} (encoders {', '.join(DEFAULT_ENCODERS)}, unless a model "
        f"says otherwise) and compared with the codes that coders agreed on for {counted(n_outcomes, 'outcome')}"
        f"{_describe_split(evaluated)}{_describe_confidentiality(evaluated)} {_STATISTICS} Prediction sets are "
        f"conformal (doi:10.1080/01621459.2017.1395341), {thresholds}. Seed {options.seed}. {versions}."
    )


def _describe_confidentiality(evaluated: Evaluated) -> str:
    confidentiality = str(evaluated.confidentiality)
    return f" Training and test: {confidentiality}." if confidentiality else ""


def _describe_split(evaluated: Evaluated) -> str:
    predictions = evaluated.predictions
    repeated = (
        f" {counted(len(predictions.repeats), 'tested outcome')} repeat a training outcome; figures without them are "
        "marked as such."
        if predictions.repeats
        else ""
    )
    if not evaluated.is_unseen:
        return (
            f": {evaluated.split}.{repeated} It is not known whether the model was trained on any of these outcomes; "
            "if it was, all figures are too high. Near-duplicates among them were not looked for."
        )
    training = ""
    if predictions.n_training:
        few, many = min(predictions.n_training), max(predictions.n_training)
        training = f" Models were trained on {few if few == many else f'{few} to {many}'} outcomes."
    excluded = (
        f" {counted(evaluated.n_excluded, 'outcome')} in both training and test were left out of one."
        if evaluated.n_excluded
        else ""
    )
    n_groups = len(set(predictions.groups.tolist()))
    return (
        f" in {counted(n_groups, 'group')} of near-duplicates: {evaluated.split}.{training}{excluded}{repeated} No "
        "outcome was coded by a model that was trained on it."
    )
