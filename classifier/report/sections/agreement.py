"""How far suggestions agree with coders, and coders with each other: sections of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import (
    TOO_FEW,
    UNCERTAIN,
    CodeAgreement,
    FieldAgreement,
    MeanEstimate,
    outcomes_needed,
)
from classifier.agreement.coefficients import BANDS, Coefficient
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.metrics import Evaluation, FieldEvaluation
from classifier.evaluation.predictions import OURS
from classifier.report.document import Section, TableBlock
from classifier.report.evaluation_plots import Dots, Lines, plot_confusion, plot_dots
from classifier.report.formatting import HEADINGS, column_of, fields_told, mean_told, short, slug

_WIDTHS = (0.2, 0.1)  # of intervals to plan for
_BAND_SOURCE, _ALPHA_SOURCE = BANDS


# How far suggestions agree with coders


def agreement_section(evaluated: Evaluated) -> Section:
    """Say how far suggestions agree with coders, by field."""
    evaluation = evaluated.evaluation
    enough = {name: one for name, one in evaluation.fields.items() if one.agreement.has_kappa}
    ways = list(evaluation.mean_kappa)
    table = TableBlock(
        name="agreement",
        title="Suggestions and coders, by field",
        header=("Field", "n", *(HEADINGS[one] for one in _coefficients(evaluation))),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(one.agreement.n_outcomes),
                *_row_of(one.agreement, _coefficients(evaluation)),
            )
            for name, one in evaluation.fields.items()
        ),
        note=(
            "95 % intervals in brackets, near-duplicates drawn together. Coded alike: just the same codes. Kappa and "
            "AC1 are of the main code; in a field of several codes alpha weighs what two sets have in common (MASI), "
            "and F1 counts every code."
        ),
    )
    beside = TableBlock(
        name="simple-ways",
        title="Cohen's kappa beside the simple ways, on the same outcomes",
        header=("Field", "n", *ways),
        rows=(
            *(
                (
                    column_of(evaluated, name),
                    str(one.agreement.n_outcomes),
                    *(str(_kappa_by(one, way)) if one.agreement.is_enough else TOO_FEW for way in ways),
                )
                for name, one in evaluation.fields.items()
            ),
            _mean_row(evaluated, evaluation.mean_kappa, ""),
            *(
                [_mean_row(evaluated, evaluation.new_only, ", of outcomes that repeat none learnt from")]
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
        paragraphs=(_bands_told(evaluated),),
        pictures=tuple(pictures),
        tables=(table, beside),
    )


def _mean_row(evaluated: Evaluated, mean: Mapping[str, MeanEstimate], of_outcomes: str) -> tuple[str, ...]:
    ours = mean[OURS]
    figures = (mean_told(evaluated, one, beside=ours) for one in mean.values())
    return (f"Mean of {fields_told(evaluated, ours)}{of_outcomes}", str(ours.n_outcomes), *figures)


def _coefficients(evaluation: Evaluation) -> list[Coefficient]:
    return list(next(iter(evaluation.fields.values())).agreement.estimates)


def _row_of(agreement: FieldAgreement, coefficients: Sequence[Coefficient]) -> Iterator[str]:
    for coefficient in coefficients:
        yield str(agreement.estimates[coefficient]) if agreement.is_enough else TOO_FEW


def _kappa_by(one: FieldEvaluation, way: str) -> Estimate:
    return one.agreement.kappa if way == OURS else one.baselines.get(way, _NONE)


_NONE = Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0)


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


def _bands_told(evaluated: Evaluated) -> str:
    evaluation = evaluated.evaluation
    kappa = evaluation.mean_kappa[OURS]
    if math.isnan(kappa.value):
        return f"In no field were thirty outcomes of more than one code compared: {TOO_FEW}."
    word = next(band.word for band in BANDS[_BAND_SOURCE] if kappa.value >= band.low)
    alphas = [
        one.agreement.estimates[Coefficient.ALPHA].value
        for one in evaluation.fields.values()
        if one.agreement.is_enough
    ]
    lowest = min(alphas)
    alpha_word = next(band.word for band in BANDS[_ALPHA_SOURCE] if lowest >= band.low)
    return (
        f"The mean kappa of {fields_told(evaluated, kappa)}, {kappa.value:.2f}, would be called “{word}” by "
        f"{_BAND_SOURCE.removesuffix(', of kappa')}; the lowest alpha, {lowest:.2f}, “{alpha_word}” by "
        f"{_ALPHA_SOURCE.removesuffix(', of alpha')}. Such words are conventions: quote the figure with its interval, "
        "not the word."
    )


# The ceiling


def ceiling_section(evaluated: Evaluated) -> Section | None:
    """Say how far coders agree with each other, where that is known."""
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
                str(one.estimates[Coefficient.PERCENT]) if one.is_enough else TOO_FEW,
                str(one.kappa) if one.is_enough else TOO_FEW,
                str(one.estimates[Coefficient.ALPHA]) if one.is_enough else "",
                str(ceiling.suggestions[name]) if one.is_enough else "",
            )
        )
        needed = [outcomes_needed(one.kappa, width=width) for width in _WIDTHS]
        plan.append(
            (column_of(evaluated, name), *("too few differences to say" if n is None else f"about {n}" for n in needed))
        )
    kappa = HEADINGS[Coefficient.COHEN if len(ceiling.names) == 2 else Coefficient.FLEISS]
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
            TableBlock(
                name="ceiling",
                title="Coders with each other, and suggestions with coders, on the same outcomes",
                header=(
                    "Field",
                    "n",
                    "Differ",
                    "Coded alike",
                    kappa,
                    HEADINGS[Coefficient.ALPHA],
                    "Suggestions: kappa",
                ),
                rows=tuple(rows),
                note="Suggestions: Cohen's kappa with each coder, the mean.",
            ),
            TableBlock(
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


def codes_section(evaluated: Evaluated) -> Section:
    """Say how far suggestions agree with coders, code by code."""
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    figures: list[Estimate | None] = []
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
            lines.append(f"{short(code.code)} ({code.n_outcomes})")
            figures.append(None if doubt == TOO_FEW else code.estimates[Coefficient.POSITIVE])
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
            TableBlock(
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
    figures = code.estimates
    others = (figures[one].point for one in (Coefficient.COHEN, Coefficient.ALPHA, Coefficient.AC1))
    return (*head, str(figures[Coefficient.POSITIVE]), *others, doubt)


def _codes_reading(evaluated: Evaluated) -> str:
    sure = [
        (code.estimates[Coefficient.POSITIVE].value, code.code)
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


def confusion_section(evaluated: Evaluated) -> Section:
    """Show which codes are taken for which."""
    pictures, tables = [], []
    for name, one in evaluated.evaluation.fields.items():
        codes, counts = one.predictions.field.code_names, one.agreement.confusion
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
                f"confusion-{slug(name)}",
                f"{title}: what coders gave, and what was suggested",
                reading,
                codes=codes,
                counts=counts,
                rows="Coders",
                columns="Suggested",
            )
        )
        tables.append(
            TableBlock(
                name=f"confusion-{slug(name)}",
                title=f"{title}: main codes by coders (rows) and suggested (columns)",
                header=("", *codes),
                rows=tuple((code, *(str(count) for count in counts[place])) for place, code in enumerate(codes)),
                n_shown=0,
            )
        )
    return Section(name="confusion", title="What is taken for what", pictures=tuple(pictures), tables=tuple(tables))
