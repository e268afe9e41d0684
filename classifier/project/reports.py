"""Reports on a project's decisions: agreement between its coders, and counts of its codes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from classifier.agreement.codings import Codings
from classifier.agreement.workflow import CodersCompared, compare_codings
from classifier.errors import ComparisonError
from classifier.harvest.confidentiality import leave_out_confidential
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.project.codability import codability_of
from classifier.project.consensus import consensus_of
from classifier.project.current_decisions import JournalState
from classifier.project.file_names import original_name
from classifier.project.journal import Decision
from classifier.project.project import Project
from classifier.project.status import codings_of, independent_decisions
from classifier.report.crosstab.counts import count_codes, unfit_columns
from classifier.report.crosstab.workflow import CodeCounts

Visible = Callable[[Decision], bool]


def compare_project_coders(
    project: Project, *, include_confidential: bool = False, is_visible: Visible = lambda decision: True
) -> CodersCompared:
    """Compare what a project's coders decided before they could see each other's codes.

    Raises
    ------
    ComparisonError
        If no outcome was coded by two coders, in any field, who could not see each other's codes.
    """
    codebook, journal_state = project.codebook, _visible_state(project, is_visible)
    harvests, confidentiality = leave_out_confidential(
        project.harvests, codebook, include_confidential=include_confidential, others=project.outcomes_of_all_files
    )
    names = tuple(dict.fromkeys(outcome.fragment_id for harvest in harvests for outcome in harvest.outcomes))
    decided = independent_decisions(names, codebook, journal_state)
    fields = {name: found for name, found in codings_of(codebook, names, decided).items() if found.is_compared.any()}
    if not fields:
        raise ComparisonError("no outcome has been coded yet by two coders who could not see each other's codes")
    columns = {field.name: field.heading for field in codebook.fields}
    codability = codability_of(codebook, (entry.decision for entry in decided.values()))
    return compare_codings(
        Codings(
            coders=tuple(dict.fromkeys(coder for coder, _, _ in decided)),
            harvests=harvests,
            fragment_ids=names,
            fields=fields,
            notes=tuple(f"{columns[found.field]}: {found}" for found in codability),
        ),
        list(fields.values()),
        codebook=codebook,
        confidentiality=confidentiality,
    )


def count_project_codes(
    project: Project, *, include_confidential: bool = False, is_visible: Visible = lambda decision: True
) -> CodeCounts:
    """Count the codes that a project's coders agreed on or adjudicated, and those that came with its files."""
    codebook, journal_state = project.codebook, _visible_state(project, is_visible)
    kept, confidentiality = leave_out_confidential(
        project.current, codebook, include_confidential=include_confidential, others=project.outcomes_of_all_files
    )
    harvests = _with_agreed_codes(kept, project, journal_state)
    return CodeCounts(
        harvests=harvests,
        counts=count_codes(harvests, codebook),
        crossed=(),
        out=None,
        notes=unfit_columns(harvests, codebook),
        confidentiality=confidentiality,
    )


def _visible_state(project: Project, is_visible: Visible) -> JournalState:
    return JournalState(entry for entry in project.journal.entries() if is_visible(entry.decision))


def _with_agreed_codes(
    harvests: Collection[Harvest], project: Project, journal_state: JournalState
) -> tuple[Harvest, ...]:
    names = [outcome.fragment_id for harvest in harvests for outcome in harvest.outcomes]
    agreed = consensus_of(names, project.codebook, journal_state)

    def coded(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
        return tuple(
            replace(
                outcome,
                codes={
                    field: agreed[outcome.fragment_id, field].codes
                    if (outcome.fragment_id, field) in agreed
                    else outcome.codes.get(field, ())
                    for field in project.codebook.names
                },
            )
            for outcome in outcomes
        )

    return tuple(
        replace(harvest, path=harvest.path.with_name(original_name(harvest.path)), outcomes=coded(harvest.outcomes))
        for harvest in harvests
    )
