"""Confidence, routes, and where suggestions agree less: sections of a report."""

from __future__ import annotations

from itertools import chain

from classifier.agreement.by_field import TOO_FEW
from classifier.evaluation.evaluated import Evaluated
from classifier.report.document import Section, TableBlock
from classifier.report.evaluation_plots import Dots, Lines, Panel, plot_calibration, plot_dots, plot_precision
from classifier.report.formatting import column_of, mean_told, percent
from classifier.suggestion.types import Route

# Confidence


def confidence_section(evaluated: Evaluated) -> Section:
    """Say whether confidence can be taken at its word."""
    fields = evaluated.evaluation.fields
    whole = evaluated.evaluation.reliability
    pooled = [*((column_of(evaluated, name), one.reliability) for name, one in fields.items()), ("All fields", whole)]
    reliability = TableBlock(
        name="calibration",
        title="Whether confidence can be taken at its word",
        header=("Field", "n", "Calibration error", "of a perfect one", "Brier score", "Log loss", ""),
        rows=tuple(
            (
                title,
                str(one.n_outcomes),
                f"{one.calibration_error:.3f}",
                f"{one.perfect_low:.3f} to {one.perfect_high:.3f}",
                f"{one.brier:.3f}",
                f"{one.log_loss:.3f}",
                "within" if one.is_within else "above",
            )
            for title, one in pooled
        ),
        note=(
            "Expected calibration error of the first suggestion's confidence, in 15 bins of equal size, beside the 95 "
            "% range that a perfectly calibrated model of the same confidences would show by chance."
        ),
    )
    levels = sorted({level for one in fields.values() for level in one.sets})
    sets = TableBlock(
        name="prediction-sets",
        title="Prediction sets: how often they hold the settled codes, and how large they are",
        header=("Field", "n", *chain.from_iterable((_level(level), "codes") for level in levels)),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(one.reliability.n_outcomes),
                *chain.from_iterable(
                    (str(one.sets[level].covered), f"{one.sets[level].n_codes:.2f}") for level in levels
                ),
            )
            for name, one in fields.items()
        ),
        note="The share of settled codes that were in their set, by the share that was asked for; and codes in a set.",
    )
    picture = plot_calibration(
        "calibration",
        "How often suggestions were right, by how sure they were",
        _calibration_reading(evaluated),
        panels=[
            Panel(
                title=column_of(evaluated, name),
                x=[one_bin.confidence for one_bin in one.bins],
                y=[one_bin.right.value for one_bin in one.bins],
                low=[one_bin.right.low for one_bin in one.bins],
                high=[one_bin.right.high for one_bin in one.bins],
            )
            for name, one in fields.items()
        ],
    )
    return Section(name="confidence", title="Confidence", pictures=(picture,), tables=(reliability, sets))


def _level(level: float) -> str:
    return f"at {percent(level)}" if level else "as given"


def _calibration_reading(evaluated: Evaluated) -> str:
    whole = evaluated.evaluation.reliability
    sure = sum(float(one.predictions.confidence.max(axis=1).sum()) for one in evaluated.evaluation.fields.values())
    right = sum(
        int((one.predictions.best == one.predictions.agreed_main).sum()) for one in evaluated.evaluation.fields.values()
    )
    verdict = (
        "no further off than chance alone would take a perfect model"
        if whole.is_within
        else "further off than chance alone would take a perfect model"
    )
    return (
        f"Suggestions were {percent(sure / whole.n_outcomes)} sure on average and "
        f"{percent(right / whole.n_outcomes)} right; all together the calibration error is "
        f"{whole.calibration_error:.3f}, {verdict}."
    )


# Triage


def triage_section(evaluated: Evaluated) -> Section:
    """Say what coders were asked to do, and how often that was right."""
    asked, fields = evaluated.asked, evaluated.evaluation.fields
    rows = []
    for name, one in fields.items():
        n_by_route = [sum(route is told_route for told_route in one.predictions.routes) for route in Route]
        n_tried = len(one.predictions.routes)
        rows.append(
            (
                column_of(evaluated, name),
                str(n_tried),
                *(f"{n} ({percent(n / n_tried)})" for n in n_by_route),
                str(one.confirmed) if one.confirmed.n_outcomes else "none to confirm",
            )
        )
    confirmed = evaluated.evaluation.confirmed
    reading = (
        f"Of all {sum(len(one.predictions.routes) for one in fields.values())} codes, {confirmed.n_outcomes} were to "
        f"confirm, and {percent(confirmed.value)} of those were right."
        if confirmed.n_outcomes
        else "No code was to confirm."
    )
    return Section(
        name="triage",
        title="What a coder is asked to do",
        pictures=(
            plot_precision(
                "precision",
                "How many of the surest suggestions are right",
                reading,
                target=asked.precision,
                panels=[
                    Panel(
                        title=column_of(evaluated, name),
                        x=one.kept.tolist(),
                        y=one.precision.tolist(),
                        marked=(
                            one.confirmed.n_outcomes / len(one.predictions.routes),
                            one.confirmed.value,
                            "to confirm",
                        )
                        if one.confirmed.n_outcomes
                        else None,
                    )
                    for name, one in fields.items()
                ],
            ),
        ),
        tables=(
            TableBlock(
                name="routes",
                title="Routes, and how many of the codes to confirm were right",
                header=("Field", "n", *(str(route) for route in Route), "Right, of those to confirm"),
                rows=tuple(rows),
                note=(
                    f"Codes are to confirm where so sure that {percent(asked.precision)} of them should be right; the "
                    "threshold comes from other outcomes. Exact 95 % intervals."
                    if evaluated.is_unseen
                    else "The routes are those that were given. Exact 95 % intervals."
                ),
            ),
        ),
    )


# Some of the outcomes


def parts_section(evaluated: Evaluated) -> Section | None:
    """Say where suggestions agree more, and less."""
    slices = evaluated.evaluation.slices
    if not slices:
        return None
    enough = [one for one in slices if one.is_enough]
    groups = {
        place: one.by.capitalize() for place, one in enumerate(enough) if not place or enough[place - 1].by != one.by
    }
    lowest = min(enough, key=lambda one: one.kappa.value, default=None)
    reading = (
        f"Lowest of those with thirty outcomes or more: {lowest.by} {lowest.value} ({lowest.kappa.value:.2f})."
        if lowest is not None
        else ""
    )
    pictures = (
        plot_dots(
            "parts",
            "Mean kappa, for parts of the outcomes",
            reading,
            lines=Lines(names=tuple(f"{one.value} ({one.n_outcomes})" for one in enough), headings=groups),
            series=[Dots(name="", figures=tuple(one.kappa for one in enough))],
            axis="Mean Cohen's kappa of the fields, with 95 % interval",
        ),
    )
    return Section(
        name="parts",
        title="Where suggestions agree more, and less",
        paragraphs=(
            f"Parts with fewer than thirty outcomes are {TOO_FEW}. Intervals that overlap say that the parts may not "
            "differ at all.",
        ),
        pictures=pictures if enough else (),
        tables=(
            TableBlock(
                name="parts",
                title="Mean kappa of the fields, for parts of the outcomes",
                header=("By", "", "n", "Mean kappa"),
                rows=tuple(
                    (
                        one.by,
                        one.value,
                        str(one.n_outcomes),
                        mean_told(evaluated, one.kappa) if one.is_enough else TOO_FEW,
                    )
                    for one in slices
                ),
                pale=frozenset(place for place, one in enumerate(slices) if not one.is_enough),
            ),
        ),
    )
