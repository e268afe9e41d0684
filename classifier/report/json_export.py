"""From what was found to a report: the half-page in plain words, the methods, the figures for programs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from typing import Any

from classifier import __version__, sample_files
from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import TOO_FEW, MeanEstimate
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import Cause
from classifier.evaluation.metrics import FieldEvaluation
from classifier.evaluation.predictions import OURS
from classifier.features.registry import DEFAULT_ENCODERS
from classifier.harvest.reading import file_names
from classifier.report.document import Report, Section
from classifier.report.formatting import column_of, fields_told, mean_told, percent
from classifier.report.sections.all import sections_of
from classifier.versions import library_versions

SCHEMA = 1
"""Of the machine-readable part; see docs/report.md."""
_SAMPLE = (
    "These are the fictional sample harvests that ship with outcome-coder, coded by two passes of a language model, "
    "which agree far more than people do. Nothing here is evidence about any programme, or about coders."
)
_MOST_NAMED = 5
_MIN_CONFIRMED = 30  # codes; the precision of fewer is chance


def write_report(evaluated: Evaluated, *, more: tuple[Section, ...] = ()) -> Report:
    """Make a report of what was found.

    Parameters
    ----------
    more : tuple of Section
        Sections that follow those of the evaluation.
    """
    made = datetime.datetime.now(tz=datetime.UTC).astimezone().isoformat(timespec="minutes")
    names = file_names(evaluated.harvests)
    return Report(
        title="Agreement on the codes of harvested outcomes",
        made=f"{names}; {len(evaluated.predictions.outcomes)} outcomes; {made[:10]}; outcome-coder {__version__}",
        warning=_SAMPLE if sample_files.is_sample(evaluated.hashes.values()) else "",
        opening={
            "How far coders agree": _coders_told(evaluated),
            "How far suggestions reach that": _suggestions_told(evaluated),
            "Which fields to trust": _trust_told(evaluated),
            "What to do next": " ".join(_next_steps(evaluated)),
        },
        sections=(*sections_of(evaluated), *more),
        methods=_methods(evaluated),
        sources=tuple(f"{name}, sha256 {digest}" for name, digest in evaluated.hashes.items()),
        figures=_figures(evaluated, made),
    )


def _coders_told(evaluated: Evaluated) -> str:
    ceiling = evaluated.evaluation.ceiling
    if ceiling is None:
        return (
            "Not known: no codings by single coders were compared. Have some 100 of these outcomes coded by two coders "
            "without sight of each other, and name their files with --coder; without that, nobody can say how far "
            "suggestions could agree with coders at all."
        )
    enough = {name: one for name, one in ceiling.coders.items() if one.is_enough}
    if not enough:
        return f"On {ceiling.n_outcomes} outcomes coded by several coders: {TOO_FEW}."
    n_differ, n_codes = (sum(getattr(one, what) for one in enough.values()) for what in ("n_differ", "n_outcomes"))
    weakest = min((one for one in enough.values() if one.has_kappa), key=lambda one: one.kappa.value, default=None)
    text = f"{len(ceiling.names)} coders differ in {n_differ} of {n_codes} codes ({ceiling.n_outcomes} outcomes)."
    if weakest is not None:
        text += f" Kappa is lowest in {column_of(evaluated, weakest.field)}, {weakest.kappa.value:.2f}."
    if all(one.is_near_perfect for one in enough.values()):
        text += " That is far more alike than people usually code: as a ceiling it flatters."
    return text


def _suggestions_told(evaluated: Evaluated) -> str:
    evaluation = evaluated.evaluation
    ours = evaluation.mean_kappa[OURS]
    if math.isnan(ours.value):
        return f"In no field were thirty outcomes of more than one code compared: {TOO_FEW}."
    warning = "" if evaluated.is_unseen else " Whether the model had learnt from these outcomes is not known."
    text = (
        f"On average over {fields_told(evaluated, ours)}, suggestions agree with coders at a kappa of {ours}, "
        f"n={ours.n_outcomes}"
    )
    others = [name for name in evaluation.mean_kappa if name not in (OURS, "commonest code")]
    if others:
        text += " (" + "; ".join(f"{name}: {evaluation.mean_kappa[name].value:.2f}" for name in others) + ")"
    text += f".{warning}"
    if evaluation.new_only:
        new = evaluation.new_only[OURS]
        new_told = mean_told(evaluated, new, beside=ours)
        text += f" Of the {new.n_outcomes} outcomes that repeat none learnt from: {new_told}."
    if evaluation.ceiling is not None:
        pairs = [
            (one.kappa.value, evaluation.ceiling.suggestions[name].value)
            for name, one in evaluation.ceiling.coders.items()
            if one.has_kappa
        ]
        if pairs:
            coders, ours_with = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
            text += (
                f" Where coders can be compared, they reach {coders:.2f} with each other, suggestions {ours_with:.2f}."
            )
    return text


def _trust_told(evaluated: Evaluated) -> str:
    evaluation, target = evaluated.evaluation, evaluated.asked.precision
    good: list[str] = []
    unsure: list[str] = []
    others: list[str] = []
    for name, one in evaluation.fields.items():
        title, confirmed = column_of(evaluated, name), one.confirmed
        if confirmed.n_outcomes < _MIN_CONFIRMED:
            unsure.append(title)
        elif confirmed.value >= target:
            good.append(f"{title} ({confirmed.n_outcomes} to confirm, {percent(confirmed.value)} right)")
        else:
            chance = ", which may be chance" if confirmed.high >= target else ""
            others.append(
                f"Look with care at codes to confirm in {title}: {percent(confirmed.value)} of {confirmed.n_outcomes} "
                f"were right, where {percent(target)} were asked for{chance}."
            )
    parts = [f"A glance is enough for codes to confirm in {'; '.join(good)}."] if good else []
    parts += others
    if unsure:
        parts.append(f"Too few codes were sure enough to confirm in {'; '.join(unsure)}: code these with care.")
    weakest = evaluation.weakest
    if weakest is not None:
        field, kappa = column_of(evaluated, weakest.agreement.field), weakest.agreement.kappa
        parts.append(f"The weakest field is {field}, kappa {kappa}.")
    return " ".join(parts)


def _next_steps(evaluated: Evaluated) -> Iterator[str]:
    n_slips = sum(one.fault is Cause.LABEL for one in evaluated.disagreements)
    if n_slips and evaluated.evaluation.weakest is not None:
        yield f"Look at the {n_slips} likely slips first, marked so in adjudication.xlsx, the surest on top."
    weakest = evaluated.evaluation.weakest
    pair = None if weakest is None else _most_mistaken(weakest)
    if weakest is not None and pair is not None:
        yield (
            f"Sharpen what tells {pair[0]} from {pair[1]} in {column_of(evaluated, weakest.agreement.field)}, the pair "
            "mistaken most often in the weakest field."
        )
    rare = [
        code.code
        for one in evaluated.evaluation.fields.values()
        for code in one.agreement.codes
        if code.doubt == TOO_FEW
    ]
    if rare:
        more = f" and {len(rare) - _MOST_NAMED} more" if len(rare) > _MOST_NAMED else ""
        yield f"Of {', '.join(rare[:_MOST_NAMED])}{more} there are too few outcomes to say anything; code more of them."
    if evaluated.evaluation.ceiling is None:
        yield "Have outcomes coded twice, to know the ceiling."


def _most_mistaken(one: FieldEvaluation) -> tuple[str, str] | None:
    codes, counts = one.predictions.field.code_names, one.agreement.confusion
    both = counts + counts.T
    pairs = [(int(both[a, b]), codes[a], codes[b]) for a in range(len(codes)) for b in range(a)]
    most = max(pairs, default=(0, "", ""))
    return (most[1], most[2]) if most[0] else None


def _methods(evaluated: Evaluated) -> str:
    predictions, asked = evaluated.predictions, evaluated.asked
    n_outcomes, n_groups = len(predictions.outcomes), len(set(predictions.groups.tolist()))
    learnt = ""
    if predictions.n_learnt:
        few, many = min(predictions.n_learnt), max(predictions.n_learnt)
        learnt = f" Models learnt from {few if few == many else f'{few} to {many}'} outcomes."
    excluded = (
        f" {evaluated.n_excluded} outcomes that stand on both sides were left out of one."
        if evaluated.n_excluded
        else ""
    )
    repeated = (
        f" {len(predictions.repeats)} tested outcomes repeat one learnt from and are also left out where that is said."
        if predictions.repeats
        else ""
    )
    versions = ", ".join(f"{name} {version}" for name, version in library_versions().items()) + "."
    if evaluated.is_unseen:
        seen = (
            f" in {n_groups} groups of near-duplicates: {evaluated.split}.{learnt}{excluded}{repeated} No outcome was "
            "judged by a model that had learnt from it."
        )
        aims = (
            f"coverage {asked.coverage:g}, and codes to confirm aim at a precision of {asked.precision:g}, thresholds "
            "coming from other outcomes"
        )
    else:
        seen = (
            f": {evaluated.split}.{repeated} Whether the model had learnt from any of these outcomes is not known; if "
            "it had, all figures flatter. Near-duplicates among them were not looked for."
        )
        aims = "as they were given; at which coverage and precision is not known"
    return (
        f"Codes were suggested by outcome-coder {__version__} (encoders {', '.join(DEFAULT_ENCODERS)}, unless a model "
        f"says otherwise) and compared with the codes that coders settled on for {n_outcomes} outcomes{seen} "
        "Intervals are 95 % bias-corrected and accelerated bootstrap intervals (doi:10.1080/01621459.1987.10478410) of "
        "1,000 draws, groups of near-duplicates drawn as a whole; those of shares routed to confirm are exact "
        "(doi:10.1093/biomet/26.4.404). Cohen's kappa: doi:10.1177/001316446002000104; Krippendorff's alpha: "
        "doi:10.1080/19312450709336664, with MASI distance for several codes; Gwet's AC1: "
        "doi:10.1348/000711006X126600. Figures of fewer than 30 outcomes of a field, or 10 of a code, are not given. "
        f"Prediction sets are conformal (doi:10.1080/01621459.2017.1395341), {aims}. Seed {asked.seed}. {versions}"
    )


# For programs


def _figures(evaluated: Evaluated, made: str) -> dict[str, Any]:
    evaluation = evaluated.evaluation
    return {
        "schema": SCHEMA,
        "made_by": f"outcome-coder {__version__}",
        "made": made,
        "split": evaluated.split,
        "seed": evaluated.asked.seed,
        "n": len(evaluated.predictions.outcomes),
        "files": dict(evaluated.hashes),
        "versions": library_versions(),
        "mean_cohen_kappa": {way: _mean_plain(mean) for way, mean in evaluation.mean_kappa.items()},
        "mean_cohen_kappa_without_repeats": {way: _mean_plain(mean) for way, mean in evaluation.new_only.items()},
        "ece": _round(evaluation.reliability.calibration_error),
        "ece_of_perfect": [_round(evaluation.reliability.perfect_low), _round(evaluation.reliability.perfect_high)],
        "confirm": _plain(evaluation.confirmed),
        "fields": {name: _field(evaluated, name, one) for name, one in evaluation.fields.items()},
        "ceiling": _ceiling(evaluated),
        "parts": [
            {"by": one.by, "value": one.value, "n": one.n_outcomes, "mean_cohen_kappa": _mean_plain(one.kappa)}
            for one in evaluation.slices
        ],
        "disagreements": {str(fault): sum(one.fault is fault for one in evaluated.disagreements) for fault in Cause},
        "corrected_counts": {
            name: {
                code: {
                    "n": one.n_outcomes,
                    "n_sample": one.n_sample,
                    "in_sample": one.n_in_sample,
                    "suggested": one.n_suggested,
                    "count": _round(one.count),
                    "low": _round(one.low),
                    "high": _round(one.high),
                    "from_sample_alone": one.is_exact,
                }
                for code, one in by_code.items()
            }
            for name, by_code in evaluated.counts.items()
        },
    }


def _field(evaluated: Evaluated, name: str, one: FieldEvaluation) -> dict[str, Any]:
    agreement, asked = one.agreement, evaluated.asked.coverage
    level = asked if asked in one.sets else min(one.sets)
    return {
        "column": column_of(evaluated, name),
        "n": agreement.n_outcomes,
        "enough": agreement.is_enough,
        **{str(measure): _round(figure.value) for measure, figure in agreement.estimates.items()},
        "ece": _round(one.reliability.calibration_error),
        "ece_of_perfect": [_round(one.reliability.perfect_low), _round(one.reliability.perfect_high)],
        "brier": _round(one.reliability.brier),
        "log_loss": _round(one.reliability.log_loss),
        "coverage": _round(one.sets[level].covered.value),
        "intervals": {
            **{str(measure): _span(figure) for measure, figure in agreement.estimates.items()},
            "coverage": _span(one.sets[level].covered),
        },
        "baselines": {way: _plain(figure) for way, figure in one.baselines.items()},
        "prediction_sets": [
            {"asked": at, "coverage": _plain(told_at.covered), "codes": _round(told_at.n_codes)}
            for at, told_at in one.sets.items()
        ],
        "confirm": _plain(one.confirmed),
        "codes": [
            {
                "code": code.code,
                "n": code.n_outcomes,
                "doubt": code.doubt,
                "coders": count.n_coders,
                "suggested": count.n_suggested,
                **{str(measure): _plain(figure) for measure, figure in code.estimates.items()},
            }
            for code, count in zip(agreement.codes, one.counts, strict=True)
        ],
        "confusion": agreement.confusion.tolist(),
    }


def _ceiling(evaluated: Evaluated) -> dict[str, Any] | None:
    ceiling = evaluated.evaluation.ceiling
    if ceiling is None:
        return None
    return {
        "coders": list(ceiling.names),
        "fields": {
            name: {
                "n": one.n_outcomes,
                "differ": one.n_differ,
                **{str(measure): _plain(figure) for measure, figure in one.estimates.items()},
                "suggestions_with_coders": _plain(ceiling.suggestions[name]),
            }
            for name, one in ceiling.coders.items()
        },
    }


def _plain(figure: Estimate) -> Mapping[str, float | int | None]:
    return {
        "value": _round(figure.value),
        "low": _round(figure.low),
        "high": _round(figure.high),
        "n": figure.n_outcomes,
    }


def _mean_plain(mean: MeanEstimate) -> dict[str, Any]:
    return {**_plain(mean), "fields": list(mean.fields), "left_out": dict(mean.left_out)}


def _span(figure: Estimate) -> list[float | None]:
    return [_round(figure.low), _round(figure.high)]


def _round(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
