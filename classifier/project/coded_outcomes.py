"""Coded outcomes of a project, as they may be handed out: confidential ones left out, decided codes in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import ProjectError
from classifier.faults import Fault, FaultKind
from classifier.harvest.confidential_texts import ConfidentialTexts
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential, left_out_ids
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.project.completeness import CellCounts, count_cells
from classifier.project.consensus import Consensus, consensus_of
from classifier.project.current_decisions import JournalState
from classifier.project.file_names import original_name
from classifier.project.journal import Decision, Entry
from classifier.project.project import Project
from classifier.wording import counted

WITHHELD = "(left out: it has the text of a confidential outcome)"
"""What stands in an export in place of what a coder wrote of another outcome."""
Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported of a project."""

    harvest: str | None = None  # which file, if the project has several
    include_confidential: bool = False
    is_visible: Callable[[Decision], bool] = lambda decision: True  # it is as if the journal held no other decisions
    as_new: bool = False  # whether a workbook is made anew in any case, with the outcomes alone
    wide: bool = False  # whether a table is written that has a column of 0 and 1 for each code


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedOutcomes:
    """Outcomes of one file of a project, and what was decided on them."""

    project: Project
    options: ExportOptions
    harvests: tuple[Harvest, ...]  # the sheets of the file
    confidentiality: Confidentiality
    confidential_texts: ConfidentialTexts  # of the outcomes left out, in whichever file they are
    entries: tuple[Entry, ...]  # of the journal, as far as they may be seen
    journal_state: JournalState
    consensus: Mapping[Key, Consensus]

    @property
    def codebook(self) -> Codebook:
        """The project's codebook."""
        return self.project.codebook

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of all sheets, each once."""
        found = {outcome.fragment_id: outcome for harvest in self.harvests for outcome in harvest.outcomes}
        return tuple(found.values())

    @property
    def n_outcomes(self) -> int:
        """How many rows of outcomes there are."""
        return sum(len(harvest.outcomes) for harvest in self.harvests)

    @property
    def name(self) -> str:
        """The name that the file had when it was added."""
        return original_name(self.harvests[0].path)

    def codes(self, outcome: Outcome, field: CodeField) -> tuple[str, ...]:
        """Return what was decided, else the codes of the file itself; none where coders differ."""
        consensus = self.consensus.get((outcome.fragment_id, field.name))
        return outcome.codes.get(field.name, ()) if consensus is None else consensus.codes

    def cells(self) -> Mapping[str, CellCounts]:
        """Count the cells by their state, by the name of the field."""
        outcomes = [outcome for harvest in self.harvests for outcome in harvest.outcomes]
        return count_cells(outcomes, self.codebook, self.journal_state, self.project.shares)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Which outcomes were left out as confidential, as a note; empty where none was."""
        return (str(self.confidentiality),) if self.confidentiality.n_left_out else ()

    @property
    def withheld(self) -> tuple[str, ...]:
        """How many texts that coders wrote have that of a confidential outcome, as a note; empty where none has."""
        ids = {outcome.fragment_id for outcome in self.outcomes}
        n = sum(
            (entry.decision.note, entry.decision.not_codable).count(WITHHELD)
            for entry in self.entries
            if entry.decision.fragment_id in ids
        )
        return (f"{counted(n, 'note')} of coders left out, with the text of a confidential outcome",) if n else ()

    def warnings_on_confidentiality(self) -> Iterator[Fault]:
        """Yield what may have kept a confidential outcome in, and which were left out for their IDs."""
        for harvest in self.harvests:
            yield from (fault for fault in harvest.warnings if fault.kind is FaultKind.CONFIDENTIAL)


def coded_outcomes(project: Project, options: ExportOptions = ExportOptions()) -> CodedOutcomes:
    """Return the coded outcomes of a file."""
    harvests, confidentiality = leave_out_confidential(
        _chosen(project, options.harvest),
        project.codebook,
        include_confidential=options.include_confidential,
        others=project.outcomes_of_all_files,
    )
    left_out = left_out_ids(
        project.outcomes_of_all_files, project.codebook, include_confidential=options.include_confidential
    )
    texts = ConfidentialTexts.of(project.outcomes_of_all_files, left_out=left_out)
    visible = (entry for entry in project.journal.entries() if options.is_visible(entry.decision))
    entries = tuple(
        entry if entry.decision.fragment_id in left_out else _without_texts(entry, texts) for entry in visible
    )
    journal_state = JournalState(entries)
    ids = [outcome.fragment_id for harvest in harvests for outcome in harvest.outcomes]
    return CodedOutcomes(
        project=project,
        options=options,
        harvests=harvests,
        confidentiality=confidentiality,
        confidential_texts=texts,
        entries=entries,
        journal_state=journal_state,
        consensus=consensus_of(ids, project.codebook, journal_state),
    )


def _without_texts(entry: Entry, texts: ConfidentialTexts) -> Entry:
    """Return an entry whose note and reason have no text of a confidential outcome."""
    decision = entry.decision
    note, reason = (WITHHELD if texts.are_in(text) else text for text in (decision.note, decision.not_codable))
    if (note, reason) == (decision.note, decision.not_codable):
        return entry
    return replace(entry, decision=replace(decision, note=note, not_codable=reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotes:
    """What an export wrote besides the coded outcomes, and what is worth a look."""

    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()  # found in the file that was written
    source_faults: tuple[Fault, ...] = ()  # found in the file that was added
    # Decided outcomes that are in no current file, only in an earlier version of this one.
    missing: tuple[str, ...] = ()


Writer = Callable[[CodedOutcomes, Path], FileNotes]
"""Writes coded outcomes to a file."""


def _chosen(project: Project, name: str | None) -> Sequence[Harvest]:
    """Return the sheets of the file asked for."""
    latest: dict[str, tuple[Harvest, ...]] = {}
    for harvest in project.current:
        latest[original_name(harvest.path)] = (*latest.get(original_name(harvest.path), ()), harvest)
    if not latest:
        raise ProjectError(f"{project.folder}: has no harvest yet; add one with `outcome-coder project add`")
    names = ", ".join(latest)
    if name is None and len(latest) > 1:
        raise ProjectError(f"{project.folder}: has several harvests; name one with --harvest ({names})")
    if name is not None and name not in latest:
        raise ProjectError(f"{project.folder}: has no harvest {name!r}; it has {names}")
    return latest[name] if name is not None else next(iter(latest.values()))
