"""Section on the ceiling: agreement of coders with each other, and that of suggestions as a share of it."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.agreement.by_field import MIN_OF_CODE, outcomes_needed
from classifier.agreement.ceiling import describe_share
from classifier.agreement.coefficients import Coefficient
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.metrics import Ceiling
from classifier.report.document import Picture, Section, TableBlock
from classifier.report.formatting import HEADINGS, column_of, if_enough
from classifier.report.plots import Dots, Lines, plot_dots

_WIDTHS = (0.2, 0.1)  # of intervals to plan for


def ceiling_section(evaluated: Evaluated) -> Section | None:
    """Agreement of coders with each other, if known."""
    ceiling = evaluated.evaluation.ceiling
    if ceiling is None:
        return None
    compared = [name for name, field in ceiling.coders.items() if field.has_kappa]
    return Section(
        name="ceiling",
        title="The ceiling: agreement between coders",
        paragraphs=_ceiling_paragraphs(ceiling),
        pictures=(_ceiling_plot(evaluated, ceiling, compared),) if compared else (),
        tables=(
            _ceiling_table(evaluated, ceiling),
            _code_ceiling_table(evaluated, ceiling),
            _double_coding_table(evaluated, ceiling),
        ),
    )


def _ceiling_paragraphs(ceiling: Ceiling) -> tuple[str, ...]:
    n_differ = sum(field.n_differ for field in ceiling.coders.values())
    n_codes = sum(field.n_outcomes for field in ceiling.coders.values())
    first = (
        f"{', '.join(ceiling.names)} coded the same {ceiling.n_outcomes} outcomes; they differ in {n_differ} of "
        f"{n_codes} codes. Suggestions cannot be expected to agree with coders more than coders agree with each other."
    )
    if not any(field.is_enough and field.is_near_perfect for field in ceiling.coders.values()):
        return (first,)
    return (
        first,
        "Where coders differ in fewer than five outcomes, kappa has no interval: most bootstrap draws would hold "
        "hardly a difference, and the interval would be too narrow. The share coded alike has an exact interval "
        "(Clopper and Pearson, doi:10.1093/biomet/26.4.404). People seldom agree this much: make sure that the "
        "codings were made independently.",
    )


def _ceiling_plot(evaluated: Evaluated, ceiling: Ceiling, compared: Sequence[str]) -> Picture:
    return plot_dots(
        "ceiling",
        "Coders with each other, and suggestions with coders",
        _describe_gap(evaluated, ceiling, compared),
        lines=Lines(names=tuple(column_of(evaluated, name) for name in compared)),
        series=[
            Dots(name="coders with each other", estimates=tuple(ceiling.coders[name].kappa for name in compared)),
            Dots(
                name="suggestions with each coder",
                estimates=tuple(ceiling.shares[name].main.suggestions for name in compared),
            ),
        ],
        axis="Kappa, with 95 % interval where there is one",
    )


def _ceiling_table(evaluated: Evaluated, ceiling: Ceiling) -> TableBlock:
    kappa = HEADINGS[Coefficient.COHEN if len(ceiling.names) == 2 else Coefficient.FLEISS]
    return TableBlock(
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
            "Share of the ceiling",
        ),
        rows=tuple(
            (
                column_of(evaluated, name),
                str(field.n_outcomes),
                str(field.n_differ),
                if_enough(field, field.estimates[Coefficient.PERCENT]),
                if_enough(field, field.kappa),
                if_enough(field, field.estimates[Coefficient.ALPHA], ""),
                if_enough(field, ceiling.shares[name].main.suggestions, ""),
                describe_share(ceiling.shares[name].main) if field.is_enough else "",
            )
            for name, field in ceiling.coders.items()
        ),
        note=(
            "Suggestions: mean of Cohen's kappa with each coder. Share of the ceiling: that, divided by the mean of "
            "Cohen's kappas of pairs of coders; 1.00 means that suggestions agree with a coder as much as another "
            "coder does."
        ),
    )


def _code_ceiling_table(evaluated: Evaluated, ceiling: Ceiling) -> TableBlock:
    rows = tuple(
        (
            column_of(evaluated, name),
            code,
            str(share.coders),
            str(share.suggestions),
            describe_share(share),
        )
        for name, of_field in ceiling.shares.items()
        if of_field.is_enough
        for code, share in of_field.codes.items()
    )
    return TableBlock(
        name="ceiling-codes",
        title="The same by code",
        header=("Field", "Code", "Coders: kappa", "Suggestions: kappa", "Share of the ceiling"),
        rows=rows,
        note=f"Of whether a code applies; codes that coders gave to {MIN_OF_CODE} of these outcomes or more.",
    )


def _double_coding_table(evaluated: Evaluated, ceiling: Ceiling) -> TableBlock:
    rows = []
    for name, field in ceiling.coders.items():
        needed = [outcomes_needed(field.kappa, width=width) for width in _WIDTHS]
        cells = ("too few differences to say" if n is None else f"about {n}" for n in needed)
        rows.append((column_of(evaluated, name), *cells))
    return TableBlock(
        name="double-coding",
        title="How many outcomes to have coded twice",
        header=("Field", *(f"for a kappa within ±{width / 2:g}" for width in _WIDTHS)),
        rows=tuple(rows),
        note=(
            "If agreement on the others is the same; the width of an interval falls with the square root of their "
            "number."
        ),
    )


def _describe_gap(evaluated: Evaluated, ceiling: Ceiling, compared: Sequence[str]) -> str:
    gaps = {name: ceiling.coders[name].kappa.value - ceiling.shares[name].main.suggestions.value for name in compared}
    widest = max(gaps, key=lambda name: gaps[name])
    if gaps[widest] <= 0:
        return "Suggestions agree with coders as much as coders agree with each other."
    title = column_of(evaluated, widest)
    return f"The gap between coders and suggestions is widest in {title}: {gaps[widest]:.2f} in kappa."
