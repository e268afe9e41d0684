"""Texts of the cells of a suggestion: the other candidates, and why a code is suggested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from classifier.codebook.schema import CodeField
from classifier.harvest.story import part_heading
from classifier.languages import compact_percentage, decimal, gettext
from classifier.suggestion.types import FieldSuggestion

_N_OTHERS = 3
_LEAST_CONFIDENCE = 0.01
_N_SENTENCES = 3
_LEAST_SHARE = 0.1  # of a second or third sentence that is quoted
_LONGEST_SENTENCE = 160  # characters; the whole of it is in the same row


def codes_text(codes: Iterable[str], field: CodeField) -> str:
    """Return the codes of a cell by their names in the current language, with the field's separator between them."""
    return field.separator.join(field.shown(codes))


def others_text(suggestion: FieldSuggestion, field: CodeField) -> str:
    """Return the next likely codes with their confidence; those that remain possible are marked."""
    return gettext("; ").join(_others(suggestion, field))


def why_text(suggestion: FieldSuggestion, field: CodeField) -> str:
    """Return why a code is suggested, in lines: sentences, parts of the story, similar outcomes."""
    return "\n".join(_why(suggestion, field))


def _why(suggestion: FieldSuggestion, field: CodeField) -> Iterator[str]:
    if suggestion.repeats is not None:
        yield gettext(
            "Seems to report the same change as {outcome}, whose codes count too.", outcome=suggestion.repeats
        )
    for reason in suggestion.reasons:
        if len(suggestion.reasons) > 1:
            yield f"{codes_text([reason.code], field)}:"
        for place, one in enumerate(reason.sentences[:_N_SENTENCES]):
            if one.share >= (_LEAST_SHARE if place else 0.0):
                yield f"{compact_percentage(one.share)} \u201c{_clipped(one.text)}\u201d"
        parts = [
            f"{part_heading(part)} {compact_percentage(share)}"
            for part, share in reason.parts.items()
            if share >= _LEAST_CONFIDENCE
        ]
        if parts:
            yield gettext("By part: {parts}", parts=gettext(", ").join(parts))
        else:
            yield gettext("No sentence counts for it; the other codes fit less.")
    if suggestion.nearest:
        near = (
            f"{one.fragment_id} {codes_text(one.codes, field)} ({decimal(one.similarity, decimals=2)})"
            for one in suggestion.nearest
        )
        yield gettext("Nearest: {outcomes}", outcomes=gettext("; ").join(near))


def _clipped(text: str) -> str:
    spaced = " ".join(text.split())
    if len(spaced) <= _LONGEST_SENTENCE:
        return spaced
    start = spaced[:_LONGEST_SENTENCE]
    # Scripts without blanks are cut anywhere.
    return f"{start.rpartition(' ')[0] or start} …"


def _others(suggestion: FieldSuggestion, field: CodeField) -> Iterator[str]:
    others = [candidate for candidate in suggestion.candidates if candidate.code not in suggestion.suggested]
    for place, candidate in enumerate(others):
        remains_possible = candidate.code in suggestion.prediction_set
        if remains_possible or (place < _N_OTHERS and candidate.confidence >= _LEAST_CONFIDENCE):
            mark = "*" if remains_possible else ""
            yield f"{codes_text([candidate.code], field)}{mark} {compact_percentage(candidate.confidence)}"
