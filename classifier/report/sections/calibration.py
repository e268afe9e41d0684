"""Sections on confidence, routes and parts of the outcomes."""

from __future__ import annotations

from itertools import chain

from classifier.agreement.by_field import TOO_FEW
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.metrics import Evaluation, FieldEvaluation, Slice
from classifier.report.document import Picture, Row, Section, TableBlock
from classifier.report.formatting import column_of, describe_mean
from classifier.report.plots import Dots, Lines, Panel, plot_calibration, plot_dots, plot_precision
from classifier.suggestion.types import Route
from classifier.wording import percent


def confidence_section(evaluated: Evaluated) -> Section:
    """Calibration of confidence, and prediction sets."""
    plot = plot_calibration(
        "calibration",
        "Share of suggestions that was right, by confidence",
        _describe_calibration(evaluated.evaluation),
        panels=[
            Panel(
                title=column_of(evaluated, name),
                x=[found.confidence for found in field.bins],
                y=[found.right.value for found in field.bins],
                low=[found.right.low for found in field.bins],
                high=[found.right.high for found in field.bins],
            )
            for name, field in evaluated.evaluation.fields.items()
        ],
    )
    return Section(
        name="confidence",
        title="Confidence",
        pictures=(plot,),
        tables=(_calibration_table(evaluated), _prediction_set_table(evaluated)),
    )


def _calibration_table(evaluated: Evaluated) -> TableBlock:
    evaluation = evaluated.evaluation
    rows = [(column_of(evaluated, name), field.reliability) for name, field in evaluation.fields.items()]
    return TableBlock(
        name="calibration",
        title="Calibration error of confidence",
        header=(
            "Field",
            "n",
            "Calibration error",
            "95 % range of a perfect one",
            "Brier score",
            "Log loss",
            "Within that range",
        ),
        rows=tuple(
            (
                title,
                str(reliability.n_outcomes),
                f"{reliability.calibration_error:.3f}",
                f"{reliability.perfect_low:.3f} to {reliability.perfect_high:.3f}",
                f"{reliability.brier:.3f}",
                f"{reliability.log_loss:.3f}",
                "yes" if reliability.is_within else "no, above",
            )
            for title, reliability in (*rows, ("All fields", evaluation.reliability))
        ),
        note=(
            "Expected calibration error of the confidence in the first suggestion, in 15 bins of equal size, with the "
            "95 % range that a perfectly calibrated model with the same confidences would show by chance."
        ),
    )


def _prediction_set_table(evaluated: Evaluated) -> TableBlock:
    fields = evaluated.evaluation.fields
    levels = sorted({level for field in fields.values() for level in field.sets})
    return TableBlock(
        name="prediction-sets",
        title="Prediction sets: how often they hold the agreed codes, and how large they are",
        header=(
            "Field",
            "n",
            *chain.from_iterable((_level(level), f"Codes per set, {_level(level)}") for level in levels),
        ),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(field.reliability.n_outcomes),
                *chain.from_iterable(
                    (str(field.sets[level].covered), f"{field.sets[level].n_codes:.2f}") for level in levels
                ),
            )
            for name, field in fields.items()
        ),
        note="Share of agreed codes that were in their set, by the coverage asked for; and codes per set.",
    )


def _level(level: float) -> str:
    return f"at {percent(level)}" if level else "as given"


def _describe_calibration(evaluation: Evaluation) -> str:
    reliability = evaluation.reliability
    predictions = [field.predictions for field in evaluation.fields.values()]
    confidence = sum(float(field.confidence.max(axis=1).sum()) for field in predictions)
    n_right = sum(int((field.best == field.agreed_main).sum()) for field in predictions)
    verdict = "no larger than" if reliability.is_within else "larger than"
    return (
        f"Mean confidence was {percent(confidence / reliability.n_outcomes)}, and "
        f"{percent(n_right / reliability.n_outcomes)} of suggestions were right; over all fields the calibration error "
        f"is {reliability.calibration_error:.3f}, {verdict} chance alone would give with perfect calibration."
    )


def triage_section(evaluated: Evaluated) -> Section:
    """Routes, and the precision of codes to confirm."""
    return Section(
        name="triage",
        title="What a coder is asked to do",
        pictures=(_precision_plot(evaluated),),
        tables=(_route_table(evaluated),),
    )


def _route_table(evaluated: Evaluated) -> TableBlock:
    return TableBlock(
        name="routes",
        title="Routes, and how many of the codes to confirm were right",
        header=("Field", "n", *(str(route) for route in Route), "Right, of those to confirm"),
        rows=tuple(
            _route_row(column_of(evaluated, name), field) for name, field in evaluated.evaluation.fields.items()
        ),
        note=(
            f"Codes are to confirm if the model is confident enough that {percent(evaluated.options.precision)} of "
            "them are right. That is tested on other outcomes, with a margin for chance; still, about one field in ten "
            "falls short of it. Exact 95 % intervals."
            if evaluated.is_unseen
            else "Routes as given. Exact 95 % intervals."
        ),
    )


def _route_row(title: str, field: FieldEvaluation) -> Row:
    routes = field.predictions.routes
    return (
        title,
        str(len(routes)),
        *(f"{routes.count(route)} ({percent(routes.count(route) / len(routes))})" for route in Route),
        str(field.confirmed) if field.confirmed.n_outcomes else "none to confirm",
    )


def _precision_plot(evaluated: Evaluated) -> Picture:
    fields, confirmed = evaluated.evaluation.fields, evaluated.evaluation.confirmed
    n_codes = sum(len(field.predictions.routes) for field in fields.values())
    return plot_precision(
        "precision",
        "How many of the most confident suggestions are right",
        (
            f"Of all {n_codes} codes, {confirmed.n_outcomes} were to confirm, and {percent(confirmed.value)} of those "
            "were right."
            if confirmed.n_outcomes
            else "No code was to confirm."
        ),
        target=evaluated.options.precision,
        panels=[_precision_panel(column_of(evaluated, name), field) for name, field in fields.items()],
    )


def _precision_panel(title: str, field: FieldEvaluation) -> Panel:
    confirmed = field.confirmed
    share = confirmed.n_outcomes / len(field.predictions.routes)
    return Panel(
        title=title,
        x=field.kept.tolist(),
        y=field.precision.tolist(),
        marked=(share, confirmed.value, "to confirm") if confirmed.n_outcomes else None,
    )


def parts_section(evaluated: Evaluated) -> Section | None:
    """Mean kappa by country, period, length, redaction and language."""
    slices = evaluated.evaluation.slices
    if not slices:
        return None
    compared = [part for part in slices if part.is_enough]
    return Section(
        name="parts",
        title="Where suggestions agree more, and less",
        paragraphs=(
            f"Parts with fewer than thirty outcomes are {TOO_FEW}. Where intervals overlap, the parts may not differ "
            "at all.",
        ),
        pictures=(_parts_plot(compared),) if compared else (),
        tables=(
            TableBlock(
                name="parts",
                title="Mean kappa of the fields, for parts of the outcomes",
                header=("By", "Part", "n", "Mean kappa"),
                rows=tuple(
                    (
                        part.by,
                        part.value,
                        str(part.n_outcomes),
                        describe_mean(evaluated, part.kappa) if part.is_enough else TOO_FEW,
                    )
                    for part in slices
                ),
                pale=frozenset(place for place, part in enumerate(slices) if not part.is_enough),
            ),
        ),
    )


def _parts_plot(compared: list[Slice]) -> Picture:
    lowest = min(compared, key=lambda part: part.kappa.value)
    headings = {
        place: part.by.capitalize()
        for place, part in enumerate(compared)
        if not place or compared[place - 1].by != part.by
    }
    return plot_dots(
        "parts",
        "Mean kappa, for parts of the outcomes",
        f"Lowest of those with thirty outcomes or more: {lowest.by} {lowest.value} ({lowest.kappa.point}).",
        lines=Lines(names=tuple(f"{part.value} ({part.n_outcomes})" for part in compared), headings=headings),
        series=[Dots(name="", estimates=tuple(part.kappa for part in compared))],
        axis="Mean Cohen's kappa of the fields, with 95 % interval",
    )
