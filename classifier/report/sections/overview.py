"""Overview: the half-page at the top of a report, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from classifier.agreement.by_field import TOO_FEW, fields_averaged
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import Cause
from classifier.evaluation.metrics import Ceiling, FieldEvaluation
from classifier.evaluation.predictions import OURS
from classifier.report.formatting import column_of, describe_mean
from classifier.wording import counted, listed, percent

_MIN_CONFIRMED = 30  # codes; the precision of fewer is chance


def overview(evaluated: Evaluated) -> dict[str, str]:
    """Return the paragraphs of the overview by their headings."""
    return {
        "Agreement between coders": _agreement_of_coders(evaluated),
        "Agreement of suggestions with coders": _agreement_of_suggestions(evaluated),
        "Which fields to trust": " ".join(_trustworthy_fields(evaluated)),
        "What to do next": " ".join(_next_steps(evaluated)),
    }


def _agreement_of_coders(evaluated: Evaluated) -> str:
    ceiling = evaluated.evaluation.ceiling
    if ceiling is None:
        return (
            "Not known: no codings by single coders were compared. Have about 100 of these outcomes coded by two "
            "coders independently, and name their files with --coder; without that, nobody can say how far "
            "suggestions could agree with coders at all."
        )
    compared = [field for field in ceiling.coders.values() if field.is_enough]
    if not compared:
        return f"On {counted(ceiling.n_outcomes, 'outcome')} coded by several coders: {TOO_FEW}."
    n_differ, n_codes = sum(field.n_differ for field in compared), sum(field.n_outcomes for field in compared)
    text = f"{len(ceiling.names)} coders differ in {n_differ} of {n_codes} codes ({ceiling.n_outcomes} outcomes)."
    with_kappa = [field for field in compared if field.has_kappa]
    if with_kappa:
        weakest = min(with_kappa, key=lambda field: field.kappa.value)
        text += f" Kappa is lowest in {column_of(evaluated, weakest.field)}, {weakest.kappa.point}."
    if all(field.is_near_perfect for field in compared):
        text += " That is far more agreement than people usually reach: as a ceiling it is too high."
    return text


def _agreement_of_suggestions(evaluated: Evaluated) -> str:
    evaluation = evaluated.evaluation
    ours = evaluation.mean_kappa[OURS]
    if math.isnan(ours.value):
        return f"In no field were thirty outcomes with more than one code compared: {TOO_FEW}."
    fields = fields_averaged(ours, evaluated.codebook)
    text = f"On average over {fields}, suggestions agree with coders at a kappa of {ours.with_n}"
    baselines = [name for name in evaluation.mean_kappa if name not in (OURS, "commonest code")]
    if baselines:
        text += " (" + "; ".join(f"{name}: {evaluation.mean_kappa[name].point}" for name in baselines) + ")"
    text += "."
    if not evaluated.is_unseen:
        text += " It is not known whether the model was trained on these outcomes."
    if evaluation.new_only:
        new = evaluation.new_only[OURS]
        text += (
            f" For the {counted(new.n_outcomes, 'outcome')} that repeat no training outcome: "
            f"{describe_mean(evaluated, new, beside=ours)}."
        )
    return text + ("" if evaluation.ceiling is None else _comparison_with_ceiling(evaluation.ceiling))


def _comparison_with_ceiling(ceiling: Ceiling) -> str:
    pairs = [
        (field.kappa.value, ceiling.shares[name].main.suggestions.value)
        for name, field in ceiling.coders.items()
        if field.has_kappa
    ]
    if not pairs:
        return ""
    coders, suggestions = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    return f" Where coders can be compared, their mean kappa is {coders:.2f}, that of suggestions {suggestions:.2f}."


def _trustworthy_fields(evaluated: Evaluated) -> Iterator[str]:
    target = evaluated.options.precision
    good: list[str] = []
    unsure: list[str] = []
    poor: list[str] = []
    for name, field in evaluated.evaluation.fields.items():
        title, confirmed = column_of(evaluated, name), field.confirmed
        if confirmed.n_outcomes < _MIN_CONFIRMED:
            unsure.append(title)
        elif confirmed.value >= target:
            good.append(f"{title} ({confirmed.n_outcomes} to confirm, {percent(confirmed.value)} right)")
        else:
            chance = ", which may be chance" if confirmed.high >= target else ""
            poor.append(
                f"Check codes to confirm in {title} with care: {percent(confirmed.value, decimals=1)} of "
                f"{confirmed.n_outcomes} were right, below the target of {percent(target)}{chance}."
            )
    if good:
        yield f"A quick look is enough for codes to confirm in {'; '.join(good)}."
    yield from poor
    if unsure:
        yield f"Too few codes were confident enough to confirm in {'; '.join(unsure)}: code these with care."
    weakest = evaluated.evaluation.weakest
    if weakest is not None:
        agreement = weakest.agreement
        yield f"The weakest field is {column_of(evaluated, agreement.field)}, kappa {agreement.kappa}."


def _next_steps(evaluated: Evaluated) -> Iterator[str]:
    weakest = evaluated.evaluation.weakest
    n_errors = sum(found.cause is Cause.LABEL for found in evaluated.disagreements)
    if n_errors and weakest is not None:
        yield (
            f"Check the {counted(n_errors, 'possible coding error')} first, marked in adjudication.xlsx, most likely "
            "on top."
        )
    pair = None if weakest is None else _most_confused(weakest)
    if weakest is not None and pair is not None:
        yield (
            f"Sharpen the definitions of {pair[0]} and {pair[1]} in {column_of(evaluated, weakest.agreement.field)}, "
            "the pair confused most often in the weakest field."
        )
    rare = [
        code.code
        for field in evaluated.evaluation.fields.values()
        for code in field.agreement.codes
        if code.doubt == TOO_FEW
    ]
    if rare:
        yield f"There are too few outcomes with {listed(rare)} to say anything; code more of them."
    if evaluated.evaluation.ceiling is None:
        yield "Have some outcomes coded by two coders, to know how far coders agree."


def _most_confused(field: FieldEvaluation) -> tuple[str, str] | None:
    codes, counts = field.predictions.field.code_names, field.agreement.confusion
    both = counts + counts.T
    pairs = [(int(both[a, b]), codes[a], codes[b]) for a in range(len(codes)) for b in range(a)]
    n_confused, first, second = max(pairs, default=(0, "", ""))
    return (first, second) if n_confused else None
