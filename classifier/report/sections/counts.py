"""Sections on disagreements, counts, the learning curve, and the harvest itself."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import Cause
from classifier.evaluation.learning_curve import LearningCurve
from classifier.evaluation.metrics import CodeCount
from classifier.report.crosstab.counts import Crosstab, count_codes, cross_tables
from classifier.report.document import Picture, Section, TableBlock
from classifier.report.formatting import column_of, short
from classifier.report.plots import Lines, plot_bars, plot_curve
from classifier.wording import counted, percent

_MOST_SERIES = 4  # bars side by side
_N_SHOWN = 20  # disagreements on the page; all are in the files


def disagreements_section(evaluated: Evaluated) -> Section | None:
    """List of the disagreements of suggestions and coders, with their likely cause."""
    disagreements = evaluated.disagreements
    if not disagreements:
        return None
    n_of = {cause: sum(found.cause is cause for found in disagreements) for cause in Cause}
    paragraphs = [
        f"Suggestions and coders differ in {counted(len(disagreements), 'code')}: {n_of[Cause.LABEL]} are possible "
        "coding errors (the suggestion is as confident of its code as for outcomes that were given it; confident "
        "learning, "
        f"doi:10.1613/jair.1.12125), {n_of[Cause.DEFINITION]} are between two codes that coders confuse too, and "
        f"{n_of[Cause.MODEL]} are likely errors of the model. The workbook adjudication.xlsx lists them all, with "
        "drop-downs to adjudicate them.",
    ]
    if evaluated.coders is None:
        paragraphs.append(
            "Codings by single coders were not given (--coder), so it is not known which codes coders confuse; no "
            "disagreement is put down to an unclear definition."
        )
    table = TableBlock(
        name="disagreements",
        title=f"The {min(_N_SHOWN, len(disagreements))} disagreements with the largest margin, of {len(disagreements)}",
        header=("FragmentID", "Field", "Coders", "Suggested", "Confidence", "Possible cause"),
        rows=tuple(
            (
                found.fragment_id,
                column_of(evaluated, found.field),
                "; ".join(found.agreed),
                "; ".join(found.suggested),
                percent(found.margin),
                str(found.cause),
            )
            for found in disagreements
        ),
        n_shown=_N_SHOWN,
        note="Confidence: by how much the confidence in the suggested code exceeds that in the coders'.",
    )
    return Section(name="disagreements", title="Where they differ", paragraphs=tuple(paragraphs), tables=(table,))


def counts_section(evaluated: Evaluated) -> Section:
    """Code counts by coders, as suggested, and corrected."""
    return Section(
        name="counts",
        title="Counts",
        paragraphs=(
            "A count of suggestions is not a result: if the model favours a code, so does the count. A report may "
            "quote coders' counts, or counts corrected by a random sample that was coded.",
            _describe_correction(evaluated),
        ),
        pictures=(_count_plot(evaluated),),
        tables=(_count_table(evaluated), *([_corrected_table(evaluated)] if evaluated.counts else [])),
    )


def _count_table(evaluated: Evaluated) -> TableBlock:
    return TableBlock(
        name="counts",
        title="Outcomes with each code, of those tested",
        header=("Field", "Code", "Coders", "Suggested", "Difference"),
        rows=tuple(
            (
                column_of(evaluated, name),
                count.code,
                str(count.n_coders),
                str(count.n_suggested),
                f"{_difference(count):+d}",
            )
            for name, field in evaluated.evaluation.fields.items()
            for count in field.counts
        ),
        note="Suggested: as suggested, uncorrected. Not to be quoted as a result.",
        n_shown=0,  # the plot shows the same
    )


def _count_plot(evaluated: Evaluated) -> Picture:
    fields = evaluated.evaluation.fields
    counts = [count for field in fields.values() for count in field.counts]
    headings, n_lines = {}, 0
    for name, field in fields.items():
        headings[n_lines] = column_of(evaluated, name)
        n_lines += len(field.counts)
    furthest = max(counts, key=lambda count: abs(_difference(count)))
    return plot_bars(
        "counts",
        "Outcomes with each code, by coders and as suggested",
        f"Largest difference: {furthest.code}, given by coders {counted(furthest.n_coders, 'time')} and suggested "
        f"{counted(furthest.n_suggested, 'time')}.",
        lines=Lines(names=tuple(short(count.code) for count in counts), headings=headings),
        series={
            "coders": [count.n_coders for count in counts],
            "suggested, uncorrected": [count.n_suggested for count in counts],
        },
        axis="Outcomes",
    )


def _difference(count: CodeCount) -> int:
    return count.n_suggested - count.n_coders


def _describe_correction(evaluated: Evaluated) -> str:
    if not evaluated.counts:
        return (
            "For corrected counts of a whole harvest, draw about 100 of its outcomes at random, code them, and name "
            "both: --sample CODED_SAMPLE --all HARVEST."
        )
    first = next(iter(next(iter(evaluated.counts.values())).values()))
    return (
        f"The corrected counts are of all {first.n_outcomes} outcomes, from a random sample of {first.n_sample} that "
        "coders coded (prediction-powered inference, doi:10.1126/science.adi6000 and doi:10.48550/arXiv.2311.01453, "
        "for a finite harvest). They hold only if the sample was drawn at random."
    )


def _corrected_table(evaluated: Evaluated) -> TableBlock:
    return TableBlock(
        name="corrected-counts",
        title="Corrected counts of the whole harvest",
        header=("Field", "Code", "In the sample", "Suggested, of all", "Corrected", "95 % interval", "Note"),
        rows=tuple(
            (
                column_of(evaluated, name),
                code,
                f"{count.n_in_sample} of {count.n_sample}",
                str(count.n_suggested),
                f"{count.count:.0f}",
                f"{count.low:.0f} to {count.high:.0f}",
                "from the sample alone" if count.is_exact else "",
            )
            for name, counts in evaluated.counts.items()
            for code, count in counts.items()
        ),
        note=(
            "From the sample alone: if it holds fewer than ten outcomes with the code, or without it, the count and "
            "its exact interval are those of the sample."
        ),
    )


def curve_section(evaluated: Evaluated) -> Section | None:
    """Learning curve, and the outcomes that each code needs."""
    curve = evaluated.curve
    if curve is None:
        return None
    header, *rows = curve.needs_table
    table = TableBlock(
        name="outcomes-needed",
        title=f"How many more outcomes each code needs to reach an F1 of {curve.target:g}",
        header=header,
        rows=tuple(rows),
    )
    return Section(
        name="learning-curve",
        title="What more coded outcomes would bring",
        pictures=(
            plot_curve(
                "learning-curve",
                "Agreement by the number of training outcomes",
                _describe_gain(evaluated, curve),
                curve=curve,
            ),
        ),
        tables=(table,),
    )


def _describe_gain(evaluated: Evaluated, curve: LearningCurve) -> str:
    gains = {}
    for name, field in curve.fields.items():
        most = max(field.points)
        halves = [size for size in field.points if size <= most / 2]
        if halves:
            gains[name] = field.points[most].value - field.points[max(halves)].value
    if not gains:
        return ""
    steepest = max(gains, key=lambda name: gains[name])
    return (
        f"Doubling the training outcomes brought most in {column_of(evaluated, steepest)}: {gains[steepest]:+.2f} in "
        "kappa."
    )


def harvest_section(evaluated: Evaluated) -> Section:
    """Code counts of the harvest itself."""
    tables = count_codes(evaluated.harvests, evaluated.codebook)
    by_period = [table for table in cross_tables(evaluated.harvests, evaluated.codebook) if table.by == "period"]
    is_by_period = bool(by_period) and len(by_period[0].columns) <= _MOST_SERIES
    return Section(
        name="harvest",
        title="The coded harvest itself",
        paragraphs=(
            "Cross-tables of any two fields, and of each by country, period, negative and unintended, with undecided "
            "outcomes, are in tables/harvest.xlsx.",
        ),
        pictures=(
            _harvest_plot(
                by_period if is_by_period else tables,
                f"Outcomes that coders gave each code{', by harvest period' if is_by_period else ''}",
                _describe_commonest(tables),
            ),
        ),
        tables=(_harvest_table(tables),),
    )


def _harvest_plot(tables: Sequence[Crosstab], title: str, reading: str) -> Picture:
    headings, names = {}, list[str]()
    for table in tables:
        headings[len(names)] = table.field
        names += [short(code) for code in table.rows]
    counts = [row for table in tables for row in table.counts]
    return plot_bars(
        "harvest",
        title,
        reading,
        lines=Lines(names=tuple(names), headings=headings),
        series={column: [row[place] for row in counts] for place, column in enumerate(tables[0].columns)},
        axis="Outcomes",
    )


def _describe_commonest(tables: Sequence[Crosstab]) -> str:
    share, code = max(
        (row[0] or 0.0, code) for table in tables for code, row in zip(table.rows, table.shares, strict=True)
    )
    return f"{code} has the largest share of its field: {percent(share)} of the outcomes coded in it."


def _harvest_table(tables: Sequence[Crosstab]) -> TableBlock:
    return TableBlock(
        name="harvest",
        title="Outcomes with each code, by coders",
        header=("Field", "Code", "Outcomes", "Share", "Undecided", "n"),
        rows=tuple(
            (
                table.field,
                code,
                str(count),
                "" if share is None else percent(share),
                str(table.n_undecided),
                str(table.n_outcomes),
            )
            for table in tables
            for code, (count,), (share,) in zip(table.rows, table.counts, table.shares, strict=True)
        ),
        note=" ".join(note for table in tables for note in table.notes),
        n_shown=0,
    )
