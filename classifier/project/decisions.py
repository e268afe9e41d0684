"""What coders do, as decisions for the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from classifier.codebook.schema import Codebook, CodeField
from classifier.project.coding_items import Offer
from classifier.project.consensus import Settlement
from classifier.project.journal import Decision, Entry, Shown, Way
from classifier.project.journal_state import Ledger
from classifier.suggestion.types import FieldSuggestion, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The codes that a coder chose in one field.

    Attributes
    ----------
    codes : tuple of str
        The main one first; empty to take back what was decided.
    seconds : float or None
        How long it took.
    seen : int or None
        See `Decision.seen`.
    """

    codes: tuple[str, ...]
    seconds: float | None = None
    seen: int | None = None


def candidates_in_order(field: CodeField, suggestion: FieldSuggestion | None) -> tuple[str, ...]:
    """Return a field's codes as they are put before a coder: those that remain possible first, best first.

    Where a suggestion is too poor to go by, or none may be in view, the codebook's order stands.
    """
    if suggestion is None or suggestion.route is Route.CODE_AFRESH:
        return field.code_names
    first = dict.fromkeys((*suggestion.suggested, *suggestion.prediction_set))
    return tuple(dict.fromkeys((*first, *field.code_names)))


def decide(
    offer: Offer,
    choices: Mapping[str, Choice],
    *,
    coder: str,
    codebook: Codebook,
    ledger: Ledger,
    together: Sequence[Offer] = (),
) -> Iterator[Decision]:
    """Make decisions of what a coder chose for an outcome, and for others that tell of the same change.

    A field that stands as it was chosen is left out.

    Parameters
    ----------
    choices : dict of str to Choice
        By the name of the field.
    together : sequence of Offer
        Outcomes that are given the same codes in the same act, with the same suggestion in view, where they are
        not decided or coded yet.
    """
    for name, choice in choices.items():
        field = codebook.field(name)
        suggestion = offer.suggestions.get(field.name)
        decision = Decision(
            coder=coder,
            fragment_id=offer.fragment_id,
            field=field.name,
            codes=choice.codes,
            way=Way.BY_HAND,
            codebook=codebook.sha256,
            shown=_shown(offer, suggestion),
            rank=_rank(field, suggestion, choice.codes),
            seconds=choice.seconds,
            seen=choice.seen,
        )
        if _is_new(decision, field, ledger):
            yield decision
        for other in together if choice.codes else ():
            if not _is_decided(other, field, coder, ledger):
                yield replace(
                    decision,
                    fragment_id=other.fragment_id,
                    way=Way.TOGETHER,
                    seconds=None,
                    seen=ledger.latest_number(coder, other.fragment_id, field.name),
                )


def confirm_suggestions(
    offers: Sequence[Offer], field: CodeField, *, coder: str, codebook: Codebook, ledger: Ledger
) -> Iterator[Decision]:
    """Confirm what is suggested for many outcomes in a field, in one act.

    Left out is what was decided before or is coded in its file, and what is too poor to go by.
    """
    for offer in offers:
        suggestion = offer.suggestions.get(field.name)
        if suggestion is None or not suggestion.suggested or suggestion.route is Route.CODE_AFRESH:
            continue
        if _is_decided(offer, field, coder, ledger):
            continue
        yield Decision(
            coder=coder,
            fragment_id=offer.fragment_id,
            field=field.name,
            codes=suggestion.suggested,
            way=Way.BULK,
            codebook=codebook.sha256,
            shown=_shown(offer, suggestion),
            rank=1,
            seen=ledger.latest_number(coder, offer.fragment_id, field.name),
        )


def undo(ledger: Ledger, coder: str) -> Iterator[Decision]:
    """Take back a coder's last act; what was decided before it counts again."""
    for entry in ledger.last_act(coder):
        yield replace(entry.decision, codes=(), way=Way.UNDONE, shown=None, rank=None, seconds=None, seen=entry.number)


def note(offer: Offer, text: str, *, coder: str, codebook: Codebook) -> Decision:
    """Note something on an outcome; an empty text takes the note back."""
    return _no_decision(offer, Way.NOTE, coder=coder, codebook=codebook, text=text.strip())


def skip(offer: Offer, *, coder: str, codebook: Codebook) -> Decision:
    """Put an outcome off."""
    return _no_decision(offer, Way.SKIPPED, coder=coder, codebook=codebook, text="")


def settle(difference: Settlement, codes: tuple[str, ...], *, coder: str, codebook: Codebook, why: str) -> Decision:
    """Settle what coders differ in."""
    return Decision(
        coder=coder,
        fragment_id=difference.fragment_id,
        field=difference.field,
        codes=codes,
        way=Way.ADJUDICATION,
        codebook=codebook.sha256,
        note=why.strip(),
    )


def _no_decision(offer: Offer, way: Way, *, coder: str, codebook: Codebook, text: str) -> Decision:
    return Decision(
        coder=coder,
        fragment_id=offer.fragment_id,
        field="",
        codes=(),
        way=way,
        codebook=codebook.sha256,
        note=text,
    )


def _is_decided(offer: Offer, field: CodeField, coder: str, ledger: Ledger) -> bool:
    before = ledger.standing(coder, offer.fragment_id, field.name)
    is_known = before is not None and field.has_all(before.decision.codes)
    return is_known or bool(offer.outcome.codes.get(field.name))


def _is_new(decision: Decision, field: CodeField, ledger: Ledger) -> bool:
    before: Entry | None = ledger.standing(decision.coder, decision.fragment_id, decision.field)
    stands = () if before is None else before.decision.codes
    # A code that the codebook no longer has is not in view, so to leave it out takes nothing back.
    return decision.codes != (stands if field.has_all(stands) else ())


def _shown(offer: Offer, suggestion: FieldSuggestion | None) -> Shown | None:
    if suggestion is None or suggestion.confidence is None:
        return None
    return Shown(
        suggested=suggestion.suggested,
        confidence=suggestion.confidence,
        prediction_set=suggestion.prediction_set,
        model=offer.model,
    )


def _rank(field: CodeField, suggestion: FieldSuggestion | None, codes: tuple[str, ...]) -> int | None:
    """Say where the main code stood among those put before the coder."""
    if suggestion is None or suggestion.route is Route.CODE_AFRESH or not codes:
        return None
    return candidates_in_order(field, suggestion).index(codes[0]) + 1
