"""Sections on agreement: suggestions with coders, baselines, codes, confusion."""

from __future__ import annotations

import math
from collections.abc import Mapping

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import TOO_FEW, UNCERTAIN, CodeAgreement, MeanEstimate, fields_averaged
from classifier.agreement.coefficients import BANDS, Coefficient
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.metrics import Evaluation, FieldEvaluation
from classifier.evaluation.predictions import OURS
from classifier.report.document import Picture, Row, Section, TableBlock
from classifier.report.formatting import HEADINGS, column_of, describe_mean, if_enough, short, slug
from classifier.report.plots import Dots, Lines, plot_confusion, plot_dots
from classifier.wording import counted

_BAND_SOURCE, _ALPHA_SOURCE = BANDS
_UNDEFINED = Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0)


def agreement_section(evaluated: Evaluated) -> Section:
    """Agreement of suggestions with coders by field, with the baselines."""
    compared = {name: field for name, field in evaluated.evaluation.fields.items() if field.agreement.has_kappa}
    return Section(
        name="agreement",
        title="Agreement of suggestions with coders",
        paragraphs=(_describe_bands(evaluated),),
        pictures=(_agreement_plot(evaluated, compared),) if compared else (),
        tables=(_agreement_table(evaluated), _baseline_table(evaluated)),
    )


def _agreement_table(evaluated: Evaluated) -> TableBlock:
    fields = evaluated.evaluation.fields
    coefficients = list(next(iter(fields.values())).agreement.estimates)
    return TableBlock(
        name="agreement",
        title="Suggestions and coders, by field",
        header=("Field", "n", *(HEADINGS[coefficient] for coefficient in coefficients)),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(field.agreement.n_outcomes),
                *(if_enough(field.agreement, field.agreement.estimates[coefficient]) for coefficient in coefficients),
            )
            for name, field in fields.items()
        ),
        note=(
            "95 % intervals in brackets, near-duplicates drawn together. Coded alike: exactly the same codes. Kappa "
            "and AC1 are of the main code; in a field of several codes alpha weighs what two sets have in common "
            "(MASI), and F1 counts every code."
        ),
    )


def _baseline_table(evaluated: Evaluated) -> TableBlock:
    evaluation = evaluated.evaluation
    methods = list(evaluation.mean_kappa)
    rows = [
        (
            column_of(evaluated, name),
            str(field.agreement.n_outcomes),
            *(if_enough(field.agreement, _kappa_of(field, method)) for method in methods),
        )
        for name, field in evaluation.fields.items()
    ]
    rows.append(_mean_row(evaluated, evaluation.mean_kappa, ""))
    if evaluation.new_only:
        rows.append(_mean_row(evaluated, evaluation.new_only, ", of outcomes that repeat no training outcome"))
    return TableBlock(
        name="baselines",
        title="Cohen's kappa of suggestions and baselines, on the same outcomes",
        header=("Field", "n", *methods),
        rows=tuple(rows),
        note=(
            "Linear SVM: on words, word pairs and character n-grams of the whole story, with balanced classes. "
            "Commonest code: the same code for every outcome. Definitions only: by the codebook's definitions, "
            "without training."
            if len(methods) > 1
            else ""
        ),
    )


def _agreement_plot(evaluated: Evaluated, compared: Mapping[str, FieldEvaluation]) -> Picture:
    methods = [method for method in evaluated.evaluation.mean_kappa if method != "commonest code"]
    return plot_dots(
        "agreement",
        "Agreement with coders beyond chance, by field",
        _describe_agreement(evaluated, compared),
        lines=Lines(names=tuple(column_of(evaluated, name) for name in compared)),
        series=[
            Dots(name=method, estimates=tuple(_kappa_of(field, method) for field in compared.values()))
            for method in methods
        ],
        axis="Cohen's kappa, with 95 % interval (0: chance; 1: perfect agreement)",
    )


def _mean_row(evaluated: Evaluated, means: Mapping[str, MeanEstimate], which: str) -> Row:
    ours = means[OURS]
    cells = (describe_mean(evaluated, mean, beside=ours) for mean in means.values())
    return (f"Mean of {fields_averaged(ours, evaluated.codebook)}{which}", str(ours.n_outcomes), *cells)


def _kappa_of(field: FieldEvaluation, method: str) -> Estimate:
    return field.agreement.kappa if method == OURS else field.baselines.get(method, _UNDEFINED)


def _describe_agreement(evaluated: Evaluated, compared: Mapping[str, FieldEvaluation]) -> str:
    agreements = [field.agreement for field in compared.values()]
    best = max(agreements, key=lambda agreement: agreement.kappa.value)
    worst = min(agreements, key=lambda agreement: agreement.kappa.value)
    if best is worst:
        return f"Suggestions agree with coders at a kappa of {best.kappa.point}."
    return (
        f"Suggestions agree with coders most in {column_of(evaluated, best.field)} ({best.kappa.point}) and least in "
        f"{column_of(evaluated, worst.field)} ({worst.kappa.point})."
    )


def _describe_bands(evaluated: Evaluated) -> str:
    evaluation = evaluated.evaluation
    kappa = evaluation.mean_kappa[OURS]
    if math.isnan(kappa.value):
        return f"In no field were thirty outcomes with more than one code compared: {TOO_FEW}."
    word = next(word for low, word in BANDS[_BAND_SOURCE] if kappa.value >= low)
    lowest = min(
        field.agreement.estimates[Coefficient.ALPHA].value
        for field in evaluation.fields.values()
        if field.agreement.is_enough
    )
    alpha_word = next(word for low, word in BANDS[_ALPHA_SOURCE] if lowest >= low)
    return (
        f"The mean kappa of {fields_averaged(kappa, evaluated.codebook)}, {kappa.point}, would be called “{word}” by "
        f"{_BAND_SOURCE.removesuffix(', of kappa')}; the lowest alpha, {lowest:.2f}, “{alpha_word}” by "
        f"{_ALPHA_SOURCE.removesuffix(', of alpha')}. Such words are conventions: quote the figure with its interval, "
        "not the word."
    )


def codes_section(evaluated: Evaluated) -> Section:
    """Agreement of suggestions with coders, by code."""
    rows: list[Row] = []
    lines: list[str] = []
    estimates: list[Estimate | None] = []
    pale_rows, pale_lines, headings = set(), set(), {}
    for name, field in evaluated.evaluation.fields.items():
        used = [code for code in field.agreement.codes if code.n_outcomes]
        if used:
            headings[len(lines)] = column_of(evaluated, name)
        for code in used:
            doubt = code.doubt if field.agreement.is_enough else TOO_FEW
            if doubt:
                pale_rows.add(len(rows))
            rows.append(_code_row(column_of(evaluated, name), code, doubt))
            if doubt == UNCERTAIN:
                pale_lines.add(len(lines))
            lines.append(f"{short(code.code)} ({code.n_outcomes})")
            estimates.append(None if doubt == TOO_FEW else code.estimates[Coefficient.POSITIVE])
    plot = plot_dots(
        "codes",
        "Positive agreement of suggestions and coders, by code",
        _describe_codes(evaluated.evaluation),
        lines=Lines(names=tuple(lines), headings=headings),
        series=[Dots(name="", estimates=tuple(estimates), pale=frozenset(pale_lines))],
        axis="F1, with 95 % interval; hollow and grey: uncertain; no dot: too few to say",
        span=(0.0, 1.02),
    )
    table = TableBlock(
        name="codes",
        title="Suggestions and coders, by code",
        header=("Field", "Code", "n", "Coders", "Suggested", "F1", "Kappa", "Alpha", "AC1", "Note"),
        rows=tuple(rows),
        pale=frozenset(pale_rows),
        note=(
            "n: outcomes given the code by coders, suggestions or both. Coders, suggested: outcomes given it by each. "
            f"Fewer than 10: {TOO_FEW}; 10 to 29: {UNCERTAIN}. Each code is a yes-or-no question here: kappa, alpha "
            "and AC1 are of whether it was given."
        ),
    )
    return Section(name="codes", title="Code by code", pictures=(plot,), tables=(table,))


def _code_row(field: str, code: CodeAgreement, doubt: str) -> Row:
    head = (field, code.code, str(code.n_outcomes), *map(str, code.n_given.values()))
    if doubt == TOO_FEW:
        return (*head, "", "", "", "", TOO_FEW)
    points = (code.estimates[name].point for name in (Coefficient.COHEN, Coefficient.ALPHA, Coefficient.AC1))
    return (*head, str(code.estimates[Coefficient.POSITIVE]), *points, doubt)


def _describe_codes(evaluation: Evaluation) -> str:
    certain = [
        (code.estimates[Coefficient.POSITIVE].value, code.code)
        for field in evaluation.fields.values()
        if field.agreement.is_enough
        for code in field.agreement.codes
        if not code.doubt
    ]
    if not certain:
        return "No code has thirty outcomes or more, so each of these is uncertain."
    (low, worst), (high, best) = min(certain), max(certain)
    return (
        f"Of the codes with thirty outcomes or more, {best} has the highest F1 ({high:.2f}) and {worst} the lowest "
        f"({low:.2f})."
    )


def confusion_section(evaluated: Evaluated) -> Section:
    """Confusion matrix of each field."""
    pictures, tables = [], []
    for name, field in evaluated.evaluation.fields.items():
        codes, counts = field.predictions.field.code_names, field.agreement.confusion
        title, file_name = column_of(evaluated, name), f"confusion-{slug(name)}"
        pictures.append(
            plot_confusion(
                file_name,
                f"{title}: codes by coders, and suggested",
                _describe_confusion(field),
                codes=codes,
                counts=counts,
                rows="Coders",
                columns="Suggested",
            )
        )
        tables.append(
            TableBlock(
                name=file_name,
                title=f"{title}: main codes by coders (rows) and suggested (columns)",
                header=("Coders", *codes),
                rows=tuple((code, *map(str, counts[place])) for place, code in enumerate(codes)),
                n_shown=0,
            )
        )
    return Section(name="confusion", title="Which codes are confused", pictures=tuple(pictures), tables=tuple(tables))


def _describe_confusion(field: FieldEvaluation) -> str:
    codes, counts = field.predictions.field.code_names, field.agreement.confusion
    pairs = [
        (int(counts[row, column]), codes[row], codes[column])
        for row in range(len(codes))
        for column in range(len(codes))
        if row != column
    ]
    n_confused, given, suggested = max(pairs, default=(0, "", ""))
    if not n_confused:
        return "No main code is confused with another."
    return f"Most frequent confusion: {suggested} suggested where coders gave {given} ({counted(n_confused, 'time')})."
