"""Console summary of the counts of codes."""

from __future__ import annotations

from typing import Any

from classifier.languages import compact_percentage, gettext, ngettext, number
from classifier.report.crosstab.counts import Crosstab
from classifier.report.crosstab.workflow import CodeCounts
from classifier.summary import Rows, Summary


def summarise_counts(counted: CodeCounts, *, seconds: float) -> Summary:
    """Summarise the counts of codes, and those by the columns asked for."""
    names = ", ".join(harvest.path.name for harvest in counted.harvests)
    written = "" if counted.out is None else f"Wrote {counted.out} with all tables. "
    return Summary(
        opening=(
            ngettext("{n} outcome of {files}", "{n} outcomes of {files}", counted.counts[0].n_outcomes, files=names),
            *filter(None, [str(counted.confidentiality)]),
        ),
        tables=(_counts(counted.counts), *map(_crossed, counted.crossed)),
        notes=(*(note for table in counted.counts for note in table.notes), *counted.notes),
        ending=f"{written}Shares are of the outcomes coded in the field. Counted in {seconds:.0f} s",
        plain={
            "outcomes": counted.counts[0].n_outcomes,
            "confidentiality": counted.confidentiality.as_dict(),
            "fields": {table.field: _as_dict(table) for table in counted.counts},
            "crossed": [{"field": table.field, "by": table.by, **_as_dict(table)} for table in counted.crossed],
            "out": None if counted.out is None else str(counted.out),
            "warnings": [str(note) for note in counted.notes],
        },
    )


def _counts(tables: tuple[Crosstab, ...]) -> Rows:
    rows = [(gettext("Field"), gettext("Code"), gettext("Outcomes"), gettext("Share of decided"))]
    for table in tables:
        for place, (code, (count,), (share,)) in enumerate(zip(table.rows, table.counts, table.shares, strict=True)):
            rows.append(
                (
                    "" if place else table.field,
                    code,
                    str(count),
                    "" if share is None else compact_percentage(share, decimals=1),
                )
            )
        rows.append(("", gettext("undecided"), str(table.n_undecided), gettext("of {n}", n=number(table.n_outcomes))))
    return tuple(rows)


def _crossed(table: Crosstab) -> Rows:
    cells = [[str(count) if count else "" for count in counts] for counts in table.counts]
    undecided = [str(count) if count else "" for count in table.undecided_by_column]
    n = list(map(str, table.n_by_column))
    if len(table.columns) <= len(table.rows):
        body = [(code, *row) for code, row in zip(table.rows, cells, strict=True)]
        return ((table.title, *table.columns), *body, (gettext("undecided"), *undecided), ("n", *n))
    # Many countries don't fit side by side.
    body = [
        (value, *row, *ends)
        for value, *ends, row in zip(table.columns, undecided, n, zip(*cells, strict=True), strict=True)
    ]
    return ((table.title, *table.rows, gettext("undecided"), "n"), *body)


def _as_dict(table: Crosstab) -> dict[str, Any]:
    return {
        "n": table.n_outcomes,
        "undecided": table.n_undecided,
        "columns": list(table.columns),
        "codes": {code: list(counts) for code, counts in zip(table.rows, table.counts, strict=True)},
    }
