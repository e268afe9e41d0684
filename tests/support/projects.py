"""A small project, what is suggested in it, and what its coders did, for tests of what is put before coders."""

from __future__ import annotations

import atexit
import datetime
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome
from classifier.project.add_harvest import add_harvest
from classifier.project.consensus import Consensus, consensus_of
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project, Shares, new_project, open_project
from classifier.project.settings import change_settings
from classifier.project.suggestion_store import StoredSuggestions, SuggestionSet, story_sha256
from classifier.suggestion.types import FieldSuggestion, Flag, Route
from tests.support.suggested import suggested
from tests.support.workbooks import write_outcomes, write_text

__all__ = [
    "CODEBOOK",
    "GUIDED",
    "NOON",
    "OBJECTIVE",
    "SCALE",
    "begin_project",
    "by_hand",
    "entered",
    "keep_all",
    "kept",
    "kept_folder",
    "ledger_of",
    "objective",
    "open_differences",
    "row",
    "scale",
    "undone",
    "use_model",
]

_CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}, {code: Regional}]
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: GEN}]
"""
CODEBOOK = Codebook.parse(_CODEBOOK)
SCALE, OBJECTIVE = CODEBOOK.fields
GUIDED = Shares(blind=0.0)
"""Nobody codes blind."""
NOON = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)


def row(name: str, *, scale: str = "", objective: str = "", country: str = "Mali", period: str = "") -> dict[str, str]:
    """Tell of an outcome as a harvest does; a story of its own, codes if it comes coded."""
    return {
        "FragmentID": name,
        "OH-harvesting period": period,
        "country": country,
        "Outcome description": f"The council of {name} met in public.",
        "Scale": scale,
        "Objective": objective,
    }


def begin_project(folder: Path, *rows: Mapping[str, str], shares: Shares = GUIDED) -> Project:
    """Begin a project of the outcomes in rows; nobody codes blind unless told otherwise."""
    shutil.copytree(_begun(tuple(tuple(row.items()) for row in rows), shares), folder, dirs_exist_ok=True)
    return open_project(folder / "project")


def kept_folder() -> Path:
    """Return a new folder that is there until the tests have ended, for what many tests copy."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _begun(rows: tuple[tuple[tuple[str, str], ...], ...], shares: Shares) -> Path:
    """Begin a project once; those that begin alike are copies of it, which take a tenth of the time."""
    folder = kept_folder()
    codebook = write_text(folder / "codebook.yaml", _CODEBOOK)
    begun = new_project(folder / "project", codebook=codebook, shares=shares)
    add_harvest(begun, write_outcomes(folder / "harvest.xlsx", *map(dict, rows))).project.journal.close()
    return folder


# What is suggested


def scale(code: str = "Local", confidence: float = 0.75, *, route: Route = Route.CHOOSE) -> FieldSuggestion:
    """Suggest a scale."""
    return suggested(SCALE, code, confidence=confidence, route=route)


def objective(*codes: str, confidence: float = 0.75) -> FieldSuggestion:
    """Suggest objectives."""
    return suggested(OBJECTIVE, *codes, confidence=confidence)


def kept(
    outcome: Outcome, *flags: str, model: str = "ours (2026-11-26)", **fields: FieldSuggestion
) -> StoredSuggestions:
    """Keep what is suggested for an outcome; what tells of another outcome is given by its ID alone."""
    reported = tuple(f"{Flag.NEAR_DUPLICATE} {flag}" if "/" in flag else flag for flag in flags)
    return StoredSuggestions(story=story_sha256(outcome), model=model, fields=fields, flags=reported)


def keep_all(outcomes: Mapping[str, StoredSuggestions], *, number: int = 1) -> SuggestionSet:
    """Keep a set of suggestions in memory."""
    return SuggestionSet(number=number, made=NOON, outcomes=outcomes)


# What was done


def by_hand(
    name: str,
    *codes: str,
    coder: str = "Ana",
    field: str = "scale",
    method: DecisionMethod = DecisionMethod.BY_HAND,
    note: str = "",
    based_on: int | None = None,
    not_codable: str = "",
) -> Decision:
    """Decide on the codes of an outcome, or that it is not codable; without any, take back what was decided."""
    return Decision(
        coder=coder,
        fragment_id=name,
        field=field,
        codes=codes,
        method=method,
        codebook=CODEBOOK.sha256,
        note=note,
        based_on=based_on,
        not_codable=not_codable,
    )


def undone(decision: Decision, number: int) -> Decision:
    """Take back the entry of a number."""
    return by_hand(
        decision.fragment_id, coder=decision.coder, field=decision.field, method=DecisionMethod.UNDONE, based_on=number
    )


def entered(*actions: Decision | Sequence[Decision], after: int = 0) -> list[Entry]:
    """Number decisions as a journal does, a minute apart; those of one list were recorded together."""
    entries: list[Entry] = []
    for minute, action in enumerate(actions):
        at = NOON + datetime.timedelta(minutes=after + minute)
        for decision in [action] if isinstance(action, Decision) else action:
            entries.append(Entry(number=after + len(entries) + 1, at=at, decision=decision))
    return entries


def ledger_of(*actions: Decision | Sequence[Decision]) -> JournalState:
    """Say what counts of decisions."""
    return JournalState(entered(*actions))


def open_differences(
    fragment_ids: Iterable[str], codebook: Codebook, journal_state: JournalState
) -> Mapping[tuple[str, str], Consensus]:
    """Give what coders differ in and nobody has settled."""
    return {key: one for key, one in consensus_of(fragment_ids, codebook, journal_state).items() if one.is_open}


def use_model(project: Project, model: str) -> Project:
    """Let a project's suggestions come from another model, by its name or folder."""
    change_settings(project.folder, model=model)
    return open_project(project.folder)
