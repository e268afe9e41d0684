"""View of one outcome: its story with the sentences behind each suggestion, and its fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.codebook.code import Code
from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.outcome import Outcome
from classifier.harvest.sentences import cut_sentences
from classifier.harvest.story import part_heading
from classifier.languages import gettext, marked
from classifier.project.coding_items import CodingItem, CodingItems
from classifier.project.journal import Entry
from classifier.project.project import Project
from classifier.project.queue import CodingQueue
from classifier.project.record_decisions import candidates_in_order
from classifier.project.suggestion_store import story_sha256
from classifier.review.open_project import OpenProject
from classifier.suggestion.types import FieldSuggestion, SentenceShare, near_duplicate_named
from classifier.wording import percent

_N_SENTENCES = 3
_LEAST_SHARE = 0.1  # of a sentence that is marked
_LEAST_ABOVE_EVEN = 1.2  # times the share that it would have if all sentences counted alike
_LEVELS = (0.3, 0.2)  # the shares from which a sentence is marked more strongly
_N_KEYS = 9
_WORDS = (
    (0.95, marked("almost certain")),
    (0.8, marked("likely")),
    (0.6, marked("fairly likely")),
    (0.4, marked("possible")),
    (0.0, marked("unsure")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text.

    Attributes
    ----------
    levels : dict of int to int
        How strongly it is marked, from 1 to 3, by the number of each field to whose suggestion it contributed most.
    """

    text: str
    levels: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the story under its heading."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeButton:
    """A code to choose."""

    code: Code
    key: str  # the digit that chooses it, the same for every outcome; empty where there is none left
    percent: str  # how likely it is, where it remains possible
    is_possible: bool  # whether it remains possible
    place: int  # in the order in which suggested codes come first
    is_chosen: bool  # whether this coder has decided so


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field of an outcome."""

    number: int  # counted from 1
    field: CodeField
    buttons: tuple[CodeButton, ...]
    suggestion: FieldSuggestion | None  # None where there is none, or none may be in view
    words: str  # how sure the suggestion is
    guesses: tuple[tuple[str, str], ...]  # what a suggestion too poor to go by would be, with its shares
    current_decision: Entry | None  # what this coder decided
    in_file: tuple[str, ...]  # the codes that the file came with
    based_on: int | None  # see `Decision.based_on`

    @property
    def is_poor(self) -> bool:
        """Whether the suggestion is too poor to go by."""
        return self.suggestion is not None and self.suggestion.is_poor

    @property
    def can_be_taken(self) -> bool:
        """Whether there is a suggestion that one may confirm."""
        return self.suggestion is not None and self.suggestion.can_be_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """A near-duplicate, and the fields in which this coder has not decided it."""

    item: CodingItem
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """An outcome as one coder sees it."""

    item: CodingItem
    set_number: int  # of the suggestions that it shows
    parts: tuple[Part, ...]
    fields: tuple[FieldView, ...]
    note: str  # this coder's
    is_mine: bool
    is_skipped: bool
    key: str  # see `page_key`
    # Outcomes that report the same change and may be given the same codes in one action.
    near_duplicates: tuple[NearDuplicate, ...]

    @property
    def outcome(self) -> Outcome:
        """The outcome."""
        return self.item.outcome

    @property
    def is_guided(self) -> bool:
        """Whether any suggestion is in view."""
        return any(field.suggestion is not None for field in self.fields)

    @property
    def not_codable(self) -> str:
        """Why this coder says that it is not codable; empty where they don't."""
        decisions = (field.current_decision.decision for field in self.fields if field.current_decision is not None)
        return next((decision.not_codable for decision in decisions if decision.not_codable), "")


def view_outcome(opened: OpenProject, item: CodingItem, *, set_number: int, queue: CodingQueue) -> OutcomeView:
    """Put an outcome on a page for a coder."""
    codebook = opened.project.codebook
    coder = queue.coder
    names = {field.name: field.shown_heading for field in codebook.fields}
    return OutcomeView(
        item=replace(item, flags=tuple(_flags_for(item, queue, opened.coding_items))),
        set_number=set_number,
        parts=story_parts(item.outcome, codebook, item.suggestions),
        fields=tuple(
            _field_view(number, field, item, opened, coder) for number, field in enumerate(codebook.fields, start=1)
        ),
        note=opened.journal_state.note(coder, item.fragment_id),
        is_mine=queue.is_mine(item.fragment_id),
        is_skipped=opened.journal_state.is_skipped(coder, item.fragment_id),
        key=page_key(opened.project, item),
        near_duplicates=tuple(
            NearDuplicate(
                item=opened.coding_items.by_id[near_duplicate],
                undecided=tuple(names[name] for name in names if name in queue.undecided(near_duplicate)),
            )
            for near_duplicate in item.near_duplicates
            if queue.may_read(near_duplicate)
        ),
    )


def _flags_for(item: CodingItem, queue: CodingQueue, coding_items: CodingItems) -> Iterator[str]:
    """Yield an outcome's flags, without one that names a confidential outcome which this coder may not read."""
    for flag in item.flags:
        other = near_duplicate_named(flag)
        if other not in coding_items.by_id or queue.may_read(other):
            yield flag


def page_key(project: Project, item: CodingItem) -> str:
    """Tell by a short text what a page of an outcome rests on; where it is another by now, the page is out of date."""
    rests_on = (
        str(project.folder.absolute()),
        project.codebook.sha256,
        str(item.is_blind),
        story_sha256(item.outcome),
    )
    return hashlib.sha256("\0".join(rests_on).encode()).hexdigest()[:32]


def story_parts(outcome: Outcome, codebook: Codebook, suggestions: Mapping[str, FieldSuggestion]) -> tuple[Part, ...]:
    """Take a story apart under the headings of its columns, and mark what carried the suggestions."""
    parts = outcome.story.parts or {codebook.columns.description.column[0]: outcome.story.merged}
    marks: dict[str, list[tuple[str, int, int]]] = {}
    even = 1 / max(sum(len(cut_sentences(text)) for text in parts.values()), 1)
    for number, code_field in enumerate(codebook.fields, start=1):
        for sentence in _standing_out(suggestions.get(code_field.name), even):
            level = 3 - sum(sentence.share < least for least in _LEVELS)
            marks.setdefault(sentence.part, []).append((sentence.text, number, level))
    order = [part.column[0] for part in codebook.columns.parts]
    ordered = sorted(parts, key=lambda column: order.index(column) if column in order else len(order))
    return tuple(
        Part(heading=part_heading(column), pieces=tuple(_pieces(parts[column], marks.get(column, ()))))
        for column in ordered
    )


def confidence_words(confidence: float) -> str:
    """Say in words how sure a suggestion is.

    Examples
    --------
    >>> confidence_words(0.97), confidence_words(0.5)
    ('almost certain', 'possible')
    """
    return gettext(next(words for least, words in _WORDS if confidence >= least))


def confidence_percent(confidence: float) -> str:
    """Write a confidence as a percentage that never says 0 or 100, since nothing is that sure."""
    rounded = round(100 * confidence)
    if rounded < 1:
        return gettext("under {share}", share=percent(0.01))
    return gettext("over {share}", share=percent(0.99)) if rounded > 99 else percent(confidence)


def _standing_out(suggestion: FieldSuggestion | None, even: float) -> Iterator[SentenceShare]:
    """Yield the sentences that contributed most to a suggestion: never all of them, as their shares are even then."""
    if suggestion is None or suggestion.is_poor:
        return
    for reason in suggestion.reasons:
        for sentence in reason.sentences[:_N_SENTENCES]:
            if sentence.share >= max(_LEAST_SHARE, _LEAST_ABOVE_EVEN * even):
                yield sentence


def _pieces(text: str, marks: Sequence[tuple[str, int, int]]) -> Iterator[Piece]:
    levels: dict[tuple[int, int], dict[int, int]] = {}
    for sentence, number, level in marks:
        start = text.find(sentence)
        if start >= 0:
            levels.setdefault((start, start + len(sentence)), {}).setdefault(number, level)
    last = 0
    for (start, end), by_field in sorted(levels.items(), key=lambda pair: pair[0]):
        if start >= last:
            if start > last:
                yield Piece(text=text[last:start])
            yield Piece(text=text[start:end], levels=by_field)
            last = end
    if text[last:].strip():
        yield Piece(text=text[last:])


def _field_view(number: int, field: CodeField, item: CodingItem, opened: OpenProject, coder: str) -> FieldView:
    suggestion = item.suggestions.get(field.name)
    current_decision = opened.journal_state.current_decision(coder, item.fragment_id, field.name)
    if current_decision is not None and not field.has_all(current_decision.decision.codes):
        current_decision = None
    is_poor = suggestion is not None and suggestion.is_poor
    shares = (
        {}
        if suggestion is None
        else {candidate.code: confidence_percent(candidate.confidence) for candidate in suggestion.candidates}
    )
    possible = () if suggestion is None else suggestion.possible
    by_name = {code.code: code for code in field.codes}
    suggested_first = candidates_in_order(field, suggestion)
    chosen = () if current_decision is None else current_decision.decision.codes
    return FieldView(
        number=number,
        field=field,
        buttons=tuple(
            CodeButton(
                code=by_name[name],
                key=str(number_of_code) if number_of_code <= _N_KEYS else "",
                percent=shares[name] if name in possible else "",
                is_possible=name in possible,
                place=suggested_first.index(name) + 1,
                is_chosen=name in chosen,
            )
            for number_of_code, name in enumerate(field.code_names, start=1)
        ),
        suggestion=suggestion,
        words="" if suggestion is None or suggestion.confidence is None else confidence_words(suggestion.confidence),
        guesses=tuple(list(shares.items())[:3]) if is_poor else (),
        current_decision=current_decision,
        in_file=item.outcome.codes.get(field.name, ()),
        based_on=opened.journal_state.latest_number(coder, item.fragment_id, field.name),
    )
