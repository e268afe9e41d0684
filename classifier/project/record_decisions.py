"""Recording of decisions in the journal: confirm, undo, note, skip, adjudicate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from classifier.codebook.schema import Codebook, CodeField
from classifier.project.coding_items import CodingItem
from classifier.project.consensus import Consensus
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.suggestion.types import FieldSuggestion

_BY_A_PARTY = "Adjudicated by one of the coders who differ, since no other lead could."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The codes that a coder chose in one field."""

    codes: tuple[str, ...]  # the main one first; empty to take back what was decided, or where it is not codable
    seconds: float | None = None  # how long it took
    based_on: int | None = None  # see `Decision.based_on`
    not_codable: str = ""  # see `Decision.not_codable`


def candidates_in_order(field: CodeField, suggestion: FieldSuggestion | None) -> tuple[str, ...]:
    """Return a field's codes as they are put before a coder: those that remain possible first, best first.

    Where a suggestion is too poor to go by, or none may be in view, the codebook's order is kept.
    """
    possible = () if suggestion is None else suggestion.possible
    return tuple(dict.fromkeys((*possible, *field.code_names)))


def decide(
    item: CodingItem,
    choices: Mapping[str, Choice],
    *,
    coder: str,
    codebook: Codebook,
    journal_state: JournalState,
    together: Sequence[CodingItem] = (),
) -> Iterator[Decision]:
    """Make decisions of what a coder chose for an outcome, and for others that tell of the same change.

    A field whose decision is the one chosen is left out.

    Parameters
    ----------
    together : sequence of CodingItem
        Outcomes that are given the same codes in the same action, with the same suggestion in view, where they are
        not decided or coded yet.
    """
    for name, choice in choices.items():
        field = codebook.field(name)
        suggestion = item.suggestions.get(field.name)
        knows_others = journal_state.is_revealed(coder, item.fragment_id)
        decision = Decision(
            coder=coder,
            fragment_id=item.fragment_id,
            field=field.name,
            codes=choice.codes,
            method=DecisionMethod.INFORMED if knows_others else DecisionMethod.BY_HAND,
            codebook=codebook.sha256,
            shown=None if suggestion is None else suggestion.shown(item.model),
            rank=_rank(field, suggestion, choice.codes),
            seconds=choice.seconds,
            based_on=choice.based_on,
            not_codable=choice.not_codable,
        )
        if _is_new(decision, field, journal_state):
            yield decision
        for other in together if choice.codes else ():
            if not _is_decided(other, field, coder, journal_state):
                yield replace(
                    decision,
                    fragment_id=other.fragment_id,
                    method=DecisionMethod.TOGETHER,
                    seconds=None,
                    based_on=journal_state.latest_number(coder, other.fragment_id, field.name),
                )


def confirm_suggestions(
    coding_items: Sequence[CodingItem], field: CodeField, *, coder: str, codebook: Codebook, journal_state: JournalState
) -> Iterator[Decision]:
    """Confirm the suggestions for many outcomes in one field, in one action.

    Left out is what was decided before or is coded in its file, and what is too poor to go by.
    """
    for item in coding_items:
        suggestion = item.suggestions.get(field.name)
        if suggestion is None or not suggestion.can_be_confirmed or _is_decided(item, field, coder, journal_state):
            continue
        yield Decision(
            coder=coder,
            fragment_id=item.fragment_id,
            field=field.name,
            codes=suggestion.suggested,
            method=DecisionMethod.BULK,
            codebook=codebook.sha256,
            shown=suggestion.shown(item.model),
            rank=1,
            based_on=journal_state.latest_number(coder, item.fragment_id, field.name),
        )


def undo(journal_state: JournalState, coder: str) -> Iterator[Decision]:
    """Undo a coder's last action; the decisions before it are current again."""
    for entry in journal_state.last_action(coder):
        yield replace(
            entry.decision,
            codes=(),
            not_codable="",
            method=DecisionMethod.UNDONE,
            shown=None,
            rank=None,
            seconds=None,
            based_on=entry.number,
        )


def note(item: CodingItem, text: str, *, coder: str, codebook: Codebook) -> Decision:
    """Note something on an outcome; an empty text takes the note back."""
    return _no_decision(item, DecisionMethod.NOTE, coder=coder, codebook=codebook, text=text.strip())


def skip(item: CodingItem, *, coder: str, codebook: Codebook) -> Decision:
    """Skip an outcome for now."""
    return _no_decision(item, DecisionMethod.SKIPPED, coder=coder, codebook=codebook, text="")


def reveal(item: CodingItem, *, coder: str, codebook: Codebook) -> Decision:
    """Note that a coder is shown what others chose for an outcome."""
    return _no_decision(item, DecisionMethod.REVEALED, coder=coder, codebook=codebook, text="")


def close(item: CodingItem, *, coder: str, codebook: Codebook) -> Decision:
    """Close blind and double coding of an outcome: coders who have not begun it are no longer asked to."""
    return _no_decision(item, DecisionMethod.CLOSED, coder=coder, codebook=codebook, text="")


def adjudicate(
    difference: Consensus,
    codes: tuple[str, ...],
    *,
    coder: str,
    codebook: Codebook,
    why: str,
    is_party: bool = False,
) -> Decision:
    """Adjudicate a difference between coders; without codes, as not codable, and `why` says why.

    With `is_party`, it is adjudicated by one of those who differ, which the note then says.
    """
    note = f"{_BY_A_PARTY if is_party else ''} {why.strip() if codes else ''}"
    return Decision(
        coder=coder,
        fragment_id=difference.fragment_id,
        field=difference.field,
        codes=codes,
        method=DecisionMethod.ADJUDICATION,
        codebook=codebook.sha256,
        note=note.strip(),
        not_codable="" if codes else why.strip(),
    )


def merge_coders(kept: str, other: str, *, coder: str, codebook: Codebook) -> Decision:
    """Record that two names are one coder's; the decisions of both stay as they are, and count as theirs."""
    return Decision(
        coder=coder,
        fragment_id="",
        field="",
        codes=(kept, other),
        method=DecisionMethod.MERGED,
        codebook=codebook.sha256,
    )


def separate_coders(merge: Entry, *, coder: str) -> Decision:
    """Undo the merge of two names."""
    return replace(merge.decision, coder=coder, codes=(), method=DecisionMethod.UNDONE, based_on=merge.number)


def _no_decision(item: CodingItem, method: DecisionMethod, *, coder: str, codebook: Codebook, text: str) -> Decision:
    return Decision(
        coder=coder,
        fragment_id=item.fragment_id,
        field="",
        codes=(),
        method=method,
        codebook=codebook.sha256,
        note=text,
    )


def _is_decided(item: CodingItem, field: CodeField, coder: str, journal_state: JournalState) -> bool:
    before = journal_state.current_decision(coder, item.fragment_id, field.name)
    is_known = before is not None and field.has_all(before.decision.codes)
    return is_known or bool(item.outcome.codes.get(field.name))


def _is_new(decision: Decision, field: CodeField, journal_state: JournalState) -> bool:
    before: Entry | None = journal_state.current_decision(decision.coder, decision.fragment_id, decision.field)
    # A code that the codebook no longer has is not in view, so to leave it out takes nothing back.
    if before is None or not field.has_all(before.decision.codes):
        return decision.is_given
    return (decision.codes, decision.not_codable) != (before.decision.codes, before.decision.not_codable)


def _rank(field: CodeField, suggestion: FieldSuggestion | None, codes: tuple[str, ...]) -> int | None:
    """Return the place of the main code among the candidates shown."""
    if suggestion is None or suggestion.is_poor or not codes:
        return None
    return candidates_in_order(field, suggestion).index(codes[0]) + 1
