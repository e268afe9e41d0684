"""Notes on what a model of a project is trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from classifier.faults import FaultKind, Note
from classifier.harvest.reading import Harvest
from classifier.languages import Message, lazy_ngettext
from classifier.project.file_names import original_name
from classifier.project.project import Project


def not_used(n_open: int, n_still_to_code: int) -> Iterator[Message]:
    """Note codes that are left out: of differences, and of outcomes that somebody is still to code."""
    if n_open:
        yield lazy_ngettext(
            "{n} code that coders differ in, not used for training until adjudicated",
            "{n} codes that coders differ in, not used for training until adjudicated",
            n_open,
        )
    if n_still_to_code:
        yield lazy_ngettext(
            "codes of {n} outcome, not used for training until all coders have coded",
            "codes of {n} outcomes, not used for training until all coders have coded",
            n_still_to_code,
        )


def unknown_codes(project: Project) -> Iterator[Message]:
    """Note cells in the project's own files whose codes are unknown or contradict each other."""
    latest = {id(outcome) for outcome in project.outcomes.values()}
    for harvest in project.harvests:
        unknown = [fault for fault in harvest.warnings if fault.kind is FaultKind.CODE]
        if unknown and any(id(outcome) in latest for outcome in harvest.outcomes):
            yield lazy_ngettext(
                "{file}: {n} code cell to check, the first: {first}",
                "{file}: {n} code cells to check, the first: {first}",
                len(unknown),
                file=original_name(harvest.path),
                first=unknown[0].as_message(),
            )


def notes_on_further(further: Sequence[Harvest], ours: Collection[str]) -> Iterator[Note | str]:
    """Note what is to be checked in further harvests, and which of their outcomes the project has."""
    for harvest in further:
        yield from harvest.notes
        n_ours = sum(outcome.fragment_id in ours for outcome in harvest.outcomes)
        if n_ours:
            yield lazy_ngettext(
                "{file}: {n} outcome also in the project; its codes here are used only where the project has none",
                "{file}: {n} outcomes also in the project; their codes here are used only where the project has none",
                n_ours,
                file=harvest.path.name,
            )


def fewer_than_before(n_outcomes: int, n_before: int | None) -> Iterator[Message]:
    """Note that a model was trained on fewer outcomes than the one before."""
    if n_before is not None and n_outcomes < n_before:
        yield lazy_ngettext(
            "trained on {n} outcome, the previous model on {before}: add the coded harvests to the project",
            "trained on {n} outcomes, the previous model on {before}: add the coded harvests to the project",
            n_outcomes,
            before=n_before,
        )
