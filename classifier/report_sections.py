"""The sections of an evaluation report: what was found, in words, tables and pictures."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from classifier.agreement import BANDS, Measure
from classifier.comparison import TOO_FEW, UNCERTAIN, CodeAgreement, FieldAgreement, outcomes_needed
from classifier.corrected_counts import CorrectedCount
from classifier.disagreement import Disagreement, Fault
from classifier.evaluating import Evaluated
from classifier.evaluation import Evaluation, FieldEvaluation
from classifier.outcomes import Route
from classifier.plots import draw_curve
from classifier.report import Section, Table
from classifier.report_plots import (
    Dots,
    Lines,
    Panel,
    as_picture,
    plot_bars,
    plot_calibration,
    plot_confusion,
    plot_dots,
    plot_precision,
)
from classifier.resampling import Figure
from classifier.tabulation import count_codes, cross_tables
from classifier.trials import OURS

__all__ = ["column_of", "percent", "sections_of", "told"]

_HEADINGS = {
    Measure.PERCENT: "Coded alike",
    Measure.COHEN: "Cohen's kappa",
    Measure.FLEISS: "Fleiss' kappa",
    Measure.ALPHA: "Krippendorff's alpha",
    Measure.AC1: "Gwet's AC1",
    Measure.MACRO_F1: "Macro F1",
    Measure.MICRO_F1: "Micro F1",
    Measure.POSITIVE: "Positive agreement (F1)",
}
_LONGEST_NAME = 38  # letters of a code in a plot; tables have all of it
_MOST_SERIES = 4  # bars side by side
_N_SHOWN = 20  # disagreements on the page; all are in the files
_WIDTHS = (0.2, 0.1)  # of intervals to plan for
_BAND_SOURCE, _ALPHA_SOURCE = BANDS


def sections_of(evaluated: Evaluated) -> tuple[Section, ...]:
    """Make the sections that there is something to say in."""
    made = (
        _agreement(evaluated),
        _ceiling(evaluated),
        _codes(evaluated),
        _confusion(evaluated),
        _confidence(evaluated),
        _triage(evaluated),
        _slices(evaluated),
        _disagreements(evaluated),
        _counts(evaluated),
        _curve(evaluated),
        _harvest(evaluated),
    )
    return tuple(section for section in made if section is not None)


def told(figure: Figure) -> str:
    """Write a figure with its interval; nothing where it isn't defined."""
    if math.isnan(figure.value):
        return "undefined"
    span = f" ({figure.low:.3f} to {figure.high:.3f})" if figure.has_interval else ""
    return f"{figure.value:.3f}{span}"


def percent(share: float) -> str:
    """Write a share as a percentage."""
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def column_of(evaluated: Evaluated, name: str) -> str:
    """Name a field as the owner's column does."""
    return evaluated.codebook.field(name).column.strip()


# How far suggestions agree with coders


def _agreement(evaluated: Evaluated) -> Section:
    evaluation = evaluated.evaluation
    enough = {name: one for name, one in evaluation.fields.items() if one.agreement.has_kappa}
    ways = list(evaluation.mean_kappa)
    table = Table(
        name="agreement",
        title="Suggestions and coders, by field",
        header=("Field", "n", *(_HEADINGS[one] for one in _measures(evaluation))),
        rows=tuple(
            (column_of(evaluated, name), str(one.agreement.n_outcomes), *_row_of(one.agreement, _measures(evaluation)))
            for name, one in evaluation.fields.items()
        ),
        note=(
            "95 % intervals in brackets, near-duplicates drawn together. Coded alike: just the same codes. Kappa and "
            "AC1 are of the main code; in a field of several codes alpha weighs what two sets have in common (MASI), "
            "and F1 counts every code."
        ),
    )
    beside = Table(
        name="simple-ways",
        title="Cohen's kappa beside the simple ways, on the same outcomes",
        header=("Field", "n", *ways),
        rows=(
            *(
                (
                    column_of(evaluated, name),
                    str(one.agreement.n_outcomes),
                    *(told(_kappa_by(one, way)) if one.agreement.is_enough else TOO_FEW for way in ways),
                )
                for name, one in evaluation.fields.items()
            ),
            _mean_row("Mean of the fields", evaluation.mean_kappa),
            *(
                [_mean_row("Mean, of outcomes that repeat none learnt from", evaluation.new_only)]
                if evaluation.new_only
                else []
            ),
        ),
        note=(
            "Linear SVM: on words, word pairs and letter groups, the classes balanced. Commonest code: the same code "
            "for every outcome. Definitions only: what the codebook's words say, nothing learnt."
        )
        if len(ways) > 1
        else "",
    )  # fmt: skip
    pictures = []
    if enough:
        shown = [way for way in ways if way != "commonest code"]
        pictures.append(
            plot_dots(
                "agreement",
                "Agreement with coders beyond chance, by field",
                _agreement_reading(evaluated, enough),
                lines=Lines(names=tuple(column_of(evaluated, name) for name in enough)),
                series=[Dots(name=way, figures=tuple(_kappa_by(one, way) for one in enough.values())) for way in shown],
                axis="Cohen's kappa, with 95 % interval (0: as chance would; 1: always)",
            )
        )
    return Section(
        name="agreement",
        title="How far suggestions agree with coders",
        paragraphs=(_bands_told(evaluation),),
        pictures=tuple(pictures),
        tables=(table, beside),
    )


def _mean_row(title: str, mean: Mapping[str, Figure]) -> tuple[str, ...]:
    return (title, str(mean[OURS].n_outcomes), *map(told, mean.values()))


def _measures(evaluation: Evaluation) -> list[Measure]:
    return list(next(iter(evaluation.fields.values())).agreement.figures)


def _row_of(agreement: FieldAgreement, measures: Sequence[Measure]) -> Iterator[str]:
    for measure in measures:
        yield told(agreement.figures[measure]) if agreement.is_enough else TOO_FEW


def _kappa_by(one: FieldEvaluation, way: str) -> Figure:
    return one.agreement.kappa if way == OURS else one.others.get(way, _NONE)


_NONE = Figure(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0)


def _agreement_reading(evaluated: Evaluated, enough: Mapping[str, FieldEvaluation]) -> str:
    best = max(enough.values(), key=lambda one: one.agreement.kappa.value)
    worst = min(enough.values(), key=lambda one: one.agreement.kappa.value)
    if best is worst:
        return f"Suggestions agree with coders at a kappa of {best.agreement.kappa.value:.2f}."
    return (
        f"Suggestions agree with coders most in {column_of(evaluated, best.agreement.field)} "
        f"({best.agreement.kappa.value:.2f}) and least in {column_of(evaluated, worst.agreement.field)} "
        f"({worst.agreement.kappa.value:.2f})."
    )


def _bands_told(evaluation: Evaluation) -> str:
    kappa = evaluation.mean_kappa[OURS]
    if math.isnan(kappa.value):
        return f"In no field were thirty outcomes of more than one code compared: {TOO_FEW}."
    word = next(band.word for band in BANDS[_BAND_SOURCE] if kappa.value >= band.low)
    alphas = [
        one.agreement.figures[Measure.ALPHA].value for one in evaluation.fields.values() if one.agreement.is_enough
    ]
    lowest = min(alphas)
    alpha_word = next(band.word for band in BANDS[_ALPHA_SOURCE] if lowest >= band.low)
    return (
        f"The mean kappa of {kappa.value:.2f} would be called “{word}” by {_BAND_SOURCE.removesuffix(', of kappa')}; "
        f"the lowest alpha, {lowest:.2f}, “{alpha_word}” by {_ALPHA_SOURCE.removesuffix(', of alpha')}. Such words are "
        "conventions: quote the figure with its interval, not the word."
    )


# The ceiling


def _ceiling(evaluated: Evaluated) -> Section | None:
    ceiling = evaluated.evaluation.ceiling
    if ceiling is None:
        return None
    rows, plan = [], []
    for name, one in ceiling.coders.items():
        rows.append(
            (
                column_of(evaluated, name),
                str(one.n_outcomes),
                str(one.n_differ),
                told(one.figures[Measure.PERCENT]) if one.is_enough else TOO_FEW,
                told(one.kappa) if one.is_enough else TOO_FEW,
                told(one.figures[Measure.ALPHA]) if one.is_enough else "",
                told(ceiling.suggestions[name]) if one.is_enough else "",
            )
        )
        needed = [outcomes_needed(one.kappa, width=width) for width in _WIDTHS]
        plan.append(
            (column_of(evaluated, name), *("too few differences to say" if n is None else f"about {n}" for n in needed))
        )
    kappa = _HEADINGS[Measure.COHEN if len(ceiling.names) == 2 else Measure.FLEISS]
    n_differ = sum(one.n_differ for one in ceiling.coders.values())
    n_codes = sum(one.n_outcomes for one in ceiling.coders.values())
    paragraphs = [
        f"{', '.join(ceiling.names)} coded the same {ceiling.n_outcomes} outcomes; they differ in {n_differ} of "
        f"{n_codes} codes. Nobody can expect suggestions to agree with coders more than coders agree with each other."
    ]
    if any(one.is_near_perfect for one in ceiling.coders.values()):
        paragraphs.append(
            "Where coders differ in fewer than five outcomes, kappa has no interval: drawing outcomes anew, most draws "
            "would hold hardly a difference, and the interval would be too narrow to be believed. The share coded "
            "alike has an exact one (Clopper and Pearson, doi:10.1093/biomet/26.4.404). People seldom agree so far: "
            "make sure that the codings were made without sight of each other."
        )
    shown = [name for name, one in ceiling.coders.items() if one.has_kappa]
    pictures = (
        plot_dots(
            "ceiling",
            "Coders with each other, and suggestions with coders",
            _ceiling_reading(evaluated),
            lines=Lines(names=tuple(column_of(evaluated, name) for name in shown)),
            series=[
                Dots(name="coders with each other", figures=tuple(ceiling.coders[name].kappa for name in shown)),
                Dots(name="suggestions with each coder", figures=tuple(ceiling.suggestions[name] for name in shown)),
            ],
            axis="Kappa, with 95 % interval where there is one",
        ),
    )
    return Section(
        name="ceiling",
        title="The ceiling: how far coders agree",
        paragraphs=tuple(paragraphs),
        pictures=pictures if shown else (),
        tables=(
            Table(
                name="ceiling",
                title="Coders with each other, and suggestions with coders, on the same outcomes",
                header=("Field", "n", "Differ", "Coded alike", kappa, _HEADINGS[Measure.ALPHA], "Suggestions: kappa"),
                rows=tuple(rows),
                note="Suggestions: Cohen's kappa with each coder, the mean.",
            ),
            Table(
                name="double-coding",
                title="How many outcomes to have coded twice",
                header=("Field", *(f"for a kappa within ±{width / 2:g}" for width in _WIDTHS)),
                rows=tuple(plan),
                note="If the others are coded as alike as these; an interval narrows with the root of their number.",
            ),
        ),
    )


def _ceiling_reading(evaluated: Evaluated) -> str:
    ceiling = evaluated.evaluation.ceiling
    assert ceiling is not None
    gaps = {
        name: one.kappa.value - ceiling.suggestions[name].value for name, one in ceiling.coders.items() if one.has_kappa
    }
    widest = max(gaps, key=lambda name: gaps[name])
    if gaps[widest] <= 0:
        return "Suggestions agree with coders as far as coders agree with each other."
    title = column_of(evaluated, widest)
    return f"The gap between coders and suggestions is widest in {title}: {gaps[widest]:.2f} of kappa."


# Codes


def _codes(evaluated: Evaluated) -> Section:
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    figures: list[Figure | None] = []
    pale, grey, groups = set(), set(), {}
    for name, one in evaluated.evaluation.fields.items():
        shown = [code for code in one.agreement.codes if code.n_outcomes]
        if shown:
            groups[len(lines)] = column_of(evaluated, name)
        for code in shown:
            doubt = code.doubt if one.agreement.is_enough else TOO_FEW
            if doubt:
                pale.add(len(rows))
            rows.append(_code_row(column_of(evaluated, name), code, doubt))
            if doubt == UNCERTAIN:
                grey.add(len(lines))
            lines.append(f"{_short(code.code)} ({code.n_outcomes})")
            figures.append(None if doubt == TOO_FEW else code.figures[Measure.POSITIVE])
    return Section(
        name="codes",
        title="Code by code",
        pictures=(
            plot_dots(
                "codes",
                "Positive agreement of suggestions and coders, by code",
                _codes_reading(evaluated),
                lines=Lines(names=tuple(lines), headings=groups),
                series=[Dots(name="", figures=tuple(figures), pale=frozenset(grey))],
                axis="F1, with 95 % interval; hollow and grey: uncertain; no dot: too few to say",
                span=(0.0, 1.02),
            ),
        ),
        tables=(
            Table(
                name="codes",
                title="Suggestions and coders, by code",
                header=("Field", "Code", "n", "Coders", "Suggested", "F1", "Kappa", "Alpha", "AC1", ""),
                rows=tuple(rows),
                pale=frozenset(pale),
                note=(
                    "n: outcomes that either gave the code. Coders, suggested: how many each gave it to. Fewer than "
                    f"10: {TOO_FEW}; 10 to 29: {UNCERTAIN}. Whether a code is given is a question of its own here: "
                    "kappa, alpha and AC1 are of yes and no."
                ),
            ),
        ),
    )  # fmt: skip


def _code_row(field: str, code: CodeAgreement, doubt: str) -> tuple[str, ...]:
    head = (field, code.code, str(code.n_outcomes), *(str(count) for count in code.n_given.values()))
    if doubt == TOO_FEW:
        return (*head, "", "", "", "", TOO_FEW)
    figures = code.figures
    others = (
        "undefined" if math.isnan(figures[one].value) else f"{figures[one].value:.3f}"
        for one in (Measure.COHEN, Measure.ALPHA, Measure.AC1)
    )
    return (*head, told(figures[Measure.POSITIVE]), *others, doubt)


def _codes_reading(evaluated: Evaluated) -> str:
    sure = [
        (code.figures[Measure.POSITIVE].value, code.code)
        for one in evaluated.evaluation.fields.values()
        if one.agreement.is_enough
        for code in one.agreement.codes
        if not code.doubt
    ]
    if not sure:
        return "No code has thirty outcomes or more, so each of these is uncertain."
    (low, worst), (high, best) = min(sure), max(sure)
    return (
        f"Of the codes with thirty outcomes or more, {best} is found best (F1 {high:.2f}) and {worst} least well "
        f"({low:.2f})."
    )


# What is taken for what


def _confusion(evaluated: Evaluated) -> Section:
    pictures, tables = [], []
    for name, one in evaluated.evaluation.fields.items():
        codes, counts = one.trial.field.code_names, one.agreement.confusion
        title = column_of(evaluated, name)
        apart = [
            (int(counts[row, column]), codes[row], codes[column])
            for row in range(len(codes))
            for column in range(len(codes))
            if row != column
        ]
        most, given, suggested = max(apart, default=(0, "", ""))
        reading = (
            f"Most often mistaken: {suggested} suggested where coders gave {given} ({most} times)."
            if most
            else "No main code is mistaken for another."
        )
        pictures.append(
            plot_confusion(
                f"confusion-{_slug(name)}",
                f"{title}: what coders gave, and what was suggested",
                reading,
                codes=codes,
                counts=counts,
                rows="Coders",
                columns="Suggested",
            )
        )
        tables.append(
            Table(
                name=f"confusion-{_slug(name)}",
                title=f"{title}: main codes by coders (rows) and suggested (columns)",
                header=("", *codes),
                rows=tuple((code, *(str(count) for count in counts[place])) for place, code in enumerate(codes)),
                n_shown=0,
            )
        )
    return Section(name="confusion", title="What is taken for what", pictures=tuple(pictures), tables=tuple(tables))


# Confidence


def _confidence(evaluated: Evaluated) -> Section:
    fields = evaluated.evaluation.fields
    whole = evaluated.evaluation.reliability
    pooled = [*((column_of(evaluated, name), one.reliability) for name, one in fields.items()), ("All fields", whole)]
    reliability = Table(
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
    sets = Table(
        name="prediction-sets",
        title="Prediction sets: how often they hold the settled codes, and how large they are",
        header=("Field", "n", *chain.from_iterable((_level(level), "codes") for level in levels)),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(one.reliability.n_outcomes),
                *chain.from_iterable(
                    (told(one.sets[level].covered), f"{one.sets[level].n_codes:.2f}") for level in levels
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
    sure = sum(float(one.trial.confidence.max(axis=1).sum()) for one in evaluated.evaluation.fields.values())
    right = sum(int((one.trial.best == one.trial.agreed_main).sum()) for one in evaluated.evaluation.fields.values())
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


def _triage(evaluated: Evaluated) -> Section:
    asked, fields = evaluated.asked, evaluated.evaluation.fields
    rows = []
    for name, one in fields.items():
        n_by_route = [sum(route is told_route for told_route in one.trial.routes) for route in Route]
        n_tried = len(one.trial.routes)
        rows.append(
            (
                column_of(evaluated, name),
                str(n_tried),
                *(f"{n} ({percent(n / n_tried)})" for n in n_by_route),
                told(one.confirmed) if one.confirmed.n_outcomes else "none to confirm",
            )
        )
    confirmed = evaluated.evaluation.confirmed
    reading = (
        f"Of all {sum(len(one.trial.routes) for one in fields.values())} codes, {confirmed.n_outcomes} were to "
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
                            one.confirmed.n_outcomes / len(one.trial.routes),
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
            Table(
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


def _slices(evaluated: Evaluated) -> Section | None:
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
            Table(
                name="parts",
                title="Mean kappa of the fields, for parts of the outcomes",
                header=("By", "", "n", "Mean kappa"),
                rows=tuple(
                    (one.by, one.value, str(one.n_outcomes), told(one.kappa) if one.is_enough else TOO_FEW)
                    for one in slices
                ),
                pale=frozenset(place for place, one in enumerate(slices) if not one.is_enough),
            ),
        ),
    )


# Disagreements


def _disagreements(evaluated: Evaluated) -> Section | None:
    found = evaluated.disagreements
    if not found:
        return None
    counts = {fault: sum(one.fault is fault for one in found) for fault in Fault}
    paragraphs = [
        f"Suggestions and coders differ in {len(found)} codes: {counts[Fault.LABEL]} look like slips of the label "
        "(the suggestion is as sure of its code as of outcomes that were given it; confident learning, "
        f"doi:10.1613/jair.1.12125), {counts[Fault.DEFINITION]} are of two codes that coders take for one another too, "
        f"and {counts[Fault.MODEL]} are likely errors of the model. The workbook adjudication.xlsx holds them all, "
        "with drop-downs to settle them.",
    ]
    if evaluated.coders is None:
        paragraphs.append(
            "Codings by single coders were not given (--coder), so that it can't be told which codes coders take for "
            "one another; none is put down to an unclear definition."
        )
    return Section(
        name="disagreements",
        title="Where they differ",
        paragraphs=tuple(paragraphs),
        tables=(
            Table(
                name="disagreements",
                title=f"The surest {min(_N_SHOWN, len(found))} of {len(found)} disagreements",
                header=("FragmentID", "Field", "Coders", "Suggested", "How sure", "Likely"),
                rows=tuple(_disagreement_row(evaluated, one) for one in found),
                n_shown=_N_SHOWN,
                note="How sure: by how much more the suggestion trusts its own code than the coders'.",
            ),
        ),
    )


def _disagreement_row(evaluated: Evaluated, one: Disagreement) -> tuple[str, ...]:
    return (
        one.fragment_id,
        column_of(evaluated, one.field),
        "; ".join(one.agreed),
        "; ".join(one.suggested),
        percent(one.surety),
        str(one.fault),
    )


# Counts


def _counts(evaluated: Evaluated) -> Section:
    fields = evaluated.evaluation.fields
    lines: list[str] = []
    coders, suggested, groups, rows = [], [], {}, []
    for name, one in fields.items():
        groups[len(lines)] = column_of(evaluated, name)
        for count in one.counts:
            lines.append(_short(count.code))
            coders.append(count.n_coders)
            suggested.append(count.n_suggested)
            rows.append(
                (
                    column_of(evaluated, name),
                    count.code,
                    str(count.n_coders),
                    str(count.n_suggested),
                    f"{count.n_suggested - count.n_coders:+d}",
                )
            )
    furthest = max(
        (count for one in fields.values() for count in one.counts),
        key=lambda count: abs(count.n_suggested - count.n_coders),
    )
    tables = [
        Table(
            name="counts",
            title="Outcomes with each code, of those tested",
            header=("Field", "Code", "Coders", "Suggested", "Difference"),
            rows=tuple(rows),
            note="Suggested: as the suggestions come, uncorrected. Not to be quoted as a result.",
            n_shown=0,  # the picture tells the same
        )
    ]
    paragraphs = [
        "A count of suggestions is not a result: where the model leans towards a code, the count leans with it. A "
        "report may quote coders' counts, or counts corrected by a random sample that was coded."
    ]
    if evaluated.counts:
        tables.append(_corrected_table(evaluated))
        first = next(iter(next(iter(evaluated.counts.values())).values()))
        paragraphs.append(
            f"The corrected counts are of all {first.n_outcomes} outcomes, from a random sample of {first.n_sample} "
            "that coders coded (prediction-powered inference, doi:10.1126/science.adi6000 and "
            "doi:10.48550/arXiv.2311.01453, for a finite harvest). They hold only if the sample was drawn by lot."
        )
    else:
        paragraphs.append(
            "To have corrected counts of a whole harvest, draw some 100 of its outcomes by lot, code them, and name "
            "both: --sample CODED_SAMPLE --all HARVEST."
        )
    return Section(
        name="counts",
        title="Counts",
        paragraphs=tuple(paragraphs),
        pictures=(
            plot_bars(
                "counts",
                "Outcomes with each code, by coders and as suggested",
                f"Furthest apart: {furthest.code}, given by coders {furthest.n_coders} times and suggested "
                f"{furthest.n_suggested} times.",
                lines=Lines(names=tuple(lines), headings=groups),
                series={"coders": coders, "suggested, uncorrected": suggested},
                axis="Outcomes",
            ),
        ),
        tables=tuple(tables),
    )


def _corrected_table(evaluated: Evaluated) -> Table:
    return Table(
        name="corrected-counts",
        title="Corrected counts of the whole harvest",
        header=("Field", "Code", "In the sample", "Suggested, of all", "Corrected", "95 % interval", ""),
        rows=tuple(
            (column_of(evaluated, name), code, *_corrected_cells(one))
            for name, by_code in evaluated.counts.items()
            for code, one in by_code.items()
        ),
        note=(
            "From the sample alone: where it holds fewer than ten outcomes with the code, or without it, the count and "
            "its exact interval are those of the sample."
        ),
    )


def _corrected_cells(one: CorrectedCount) -> tuple[str, ...]:
    return (
        f"{one.n_in_sample} of {one.n_sample}",
        str(one.n_suggested),
        f"{one.count:.0f}",
        f"{one.low:.0f} to {one.high:.0f}",
        "from the sample alone" if one.is_exact else "",
    )


# The learning curve


def _curve(evaluated: Evaluated) -> Section | None:
    curve = evaluated.curve
    if curve is None:
        return None
    most = max(max(one.points) for one in curve.fields.values())
    gains = {
        name: one.points[most].value - one.points[max(size for size in one.points if size <= most / 2)].value
        for name, one in curve.fields.items()
        if any(size <= most / 2 for size in one.points)
    }
    steepest = max(gains, key=lambda name: gains[name], default=None)
    reading = (
        f"Twice as many outcomes brought most in {column_of(evaluated, steepest)}: {gains[steepest]:+.2f} of kappa."
        if steepest is not None
        else ""
    )
    canvas = draw_curve(curve, evaluated.codebook)
    return Section(
        name="learning-curve",
        title="What more coded outcomes are worth",
        pictures=(
            as_picture(canvas, "learning-curve", "Agreement by how many coded outcomes were learnt from", reading),
        ),
        tables=(
            Table(
                name="outcomes-needed",
                title=f"How many more outcomes each code needs to be found with an F1 of {curve.target:g}",
                header=("Field", "Code", "Outcomes", "F1 now", "More outcomes with it"),
                rows=tuple(
                    (
                        column_of(evaluated, one.field),
                        one.code,
                        str(one.n_examples),
                        f"{one.f1:.2f}" if one.n_examples else "",
                        str(one),
                    )
                    for one in curve.needs
                ),
            ),
        ),
    )


def _short(code: str) -> str:
    return textwrap.shorten(code, _LONGEST_NAME, placeholder=" …")


# The harvest itself


def _harvest(evaluated: Evaluated) -> Section:
    counts = count_codes(evaluated.harvests, evaluated.codebook)
    by_period = [table for table in cross_tables(evaluated.harvests, evaluated.codebook) if table.by == "period"]
    shown = by_period if by_period and len(by_period[0].columns) <= _MOST_SERIES else list(counts)
    lines: list[str] = []
    groups = {}
    for table in shown:
        groups[len(lines)] = table.field
        lines += [_short(code) for code in table.rows]
    series = {
        name: [row[place] for table in shown for row in table.counts] for place, name in enumerate(shown[0].columns)
    }
    by = ", by harvest period" if shown is by_period else ""
    share, commonest = max(
        (row[0] or 0.0, code) for table in counts for code, row in zip(table.rows, table.shares, strict=True)
    )
    return Section(
        name="harvest",
        title="The coded harvest itself",
        paragraphs=(
            "Any two fields against each other, and each by country, period, negative and unintended, with the "
            "outcomes that are undecided, are in tables/harvest.xlsx.",
        ),
        pictures=(
            plot_bars(
                "harvest",
                f"Outcomes that coders gave each code{by}",
                f"The largest share of its field has {commonest}: {percent(share)} of the outcomes coded in it.",
                lines=Lines(names=tuple(lines), headings=groups),
                series=series,
                axis="Outcomes",
            ),
        ),
        tables=(
            Table(
                name="harvest",
                title="Outcomes with each code, by coders",
                header=("Field", "Code", "Outcomes", "Share", "Undecided", "n"),
                rows=tuple(
                    (
                        table.field,
                        code,
                        str(count),
                        "" if part is None else percent(part),
                        str(table.n_undecided),
                        str(table.n_outcomes),
                    )
                    for table in counts
                    for code, (count,), (part,) in zip(table.rows, table.counts, table.shares, strict=True)
                ),
                note=" ".join(note for table in counts for note in table.notes),
                n_shown=0,
            ),
        ),
    )


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())
