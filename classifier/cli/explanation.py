"""Explanation of an outcome's suggestions, printed on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

from classifier.cli.terminal import as_text
from classifier.codebook.schema import CodeField
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import FieldSuggestion, Flag, Neighbour, OutcomeSuggestions, Reason

_BAR = 10  # characters for a share of 1
_N_OTHERS = 3
_LEAST_SHOWN = 0.01
_INDENT = (0, 0, 0, 2)
_UNTRUSTED = {
    Flag.TOO_SHORT: "it is too short",
    Flag.LANGUAGE: "the model can't judge its language",
    Flag.UNLIKE: "it is unlike all the training outcomes",
}
_HOW_TO_READ = (
    "How to read this: the evidence for a code is divided among the sentences of the story, and the shares add up to "
    "100%. They are exact: the classifiers are linear, and the words and the embedding of a story are sums over its "
    "sentences. A pair of words across two sentences counts half for each; an encoder reads a word in its context, and "
    "the result counts for the sentence that the word is in. Shares describe what the model used, not whether it is "
    "right. Similarity is at most 1, for the same text."
)


def print_explanation(suggestions: Suggestions, *, width: int | None) -> None:
    """Print why codes are suggested for each outcome.

    Parameters
    ----------
    width : int or None
        Characters in a line; None for the width of the terminal.
    """
    console = Console(width=width, highlight=False, emoji=False, markup=False)
    for outcome in suggestions.outcomes:
        for block in _page(outcome, suggestions):
            console.print(block)


def _page(outcome: OutcomeSuggestions, suggestions: Suggestions) -> Iterator[RenderableType]:
    manifest = suggestions.model.manifest
    yield as_text(f"{outcome.fragment_id} of {suggestions.harvest.path.name}, by model {manifest.title}", style="bold")
    if Flag.NO_TEXT in outcome.flags:
        yield as_text("The outcome has no text, so there is nothing to explain.")
        return
    if any(flag.startswith(Flag.NOT_JUDGED) for flag in outcome.flags):
        yield as_text(f"This outcome {'; '.join(outcome.flags)}, because of an internal error. Code it afresh.")
        return
    doubts = [doubt for flag, doubt in _UNTRUSTED.items() if any(raised.startswith(flag) for raised in outcome.flags)]
    if doubts:
        yield as_text(f"Do not trust these suggestions: {' and '.join(doubts)}. Code the outcome afresh.", style="bold")
    if outcome.flags:
        yield as_text(f"Flags: {'; '.join(outcome.flags)}")
    if outcome.fragment_id in manifest.fragment_ids:
        yield as_text("The model was trained on an outcome with this ID, so it may only repeat the code given there.")
    for field in suggestions.fields:
        yield as_text()
        yield from _field_blocks(field, outcome.fields[field.name])
    yield as_text()
    yield as_text(_HOW_TO_READ)


def _field_blocks(field: CodeField, suggestion: FieldSuggestion) -> Iterator[RenderableType]:
    suggested = field.separator.join(suggestion.suggested)
    yield as_text(
        f"{field.heading}: {suggested} (confidence {suggestion.confidence:.0%}, {suggestion.route})",
        style="bold",
    )
    others = [
        candidate
        for candidate in suggestion.candidates
        if candidate.code not in suggestion.suggested and candidate.confidence >= _LEAST_SHOWN
    ][:_N_OTHERS]
    if others:
        yield _indented(f"Next: {'; '.join(f'{other.code} {other.confidence:.0%}' for other in others)}")
    if suggestion.repeats is not None:
        yield _indented(
            f"It seems to report the same change as {suggestion.repeats}, whose codes count as well as the sentences."
        )
    if not suggestion.reasons:
        yield _indented("Too few coded examples to tell codes apart: it is suggested whatever the story says.")
    for reason in suggestion.reasons:
        yield from _reason_blocks(reason, names_code=len(suggestion.reasons) > 1)
    if suggestion.nearest:
        yield _indented("Most similar coded outcomes:")
        yield Padding(_neighbours(suggestion.nearest, field.separator), (0, 0, 0, 4))


def _reason_blocks(reason: Reason, *, names_code: bool) -> Iterator[RenderableType]:
    name = f"{reason.code}: " if names_code else ""
    yield _indented(f"{name}{reason.definition or 'The codebook has no definition of it.'}")
    if not reason.parts:
        yield _indented("No sentence is evidence for it: the other codes are less likely still.")
        return
    rows = Table.grid(padding=(0, 1))
    rows.add_column(justify="right", no_wrap=True)
    rows.add_column(no_wrap=True, width=_BAR)
    rows.add_column(overflow="fold")
    for sentence in reason.sentences:
        against = "" if sentence.share > 0 else " - evidence against it"
        rows.add_row(
            as_text(f"{sentence.share:.0%}"),
            as_text(_bar(sentence.share)),
            as_text(f"{sentence.text} [{sentence.part}]{against}"),
        )
    yield Padding(rows, _INDENT)
    yield _indented(f"By part of the story: {', '.join(f'{part} {share:.0%}' for part, share in reason.parts.items())}")
    if reason.accounted < 1:
        yield _indented(
            f"{1 - reason.accounted:.0%} of the model's weight can't be attributed to sentences, and is not in these "
            "shares."
        )


def _neighbours(nearest: tuple[Neighbour, ...], separator: str) -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(overflow="fold")
    rows.add_column(overflow="fold")
    rows.add_column(no_wrap=True)
    for outcome in nearest:
        # As Text, so that square brackets in a code are not read as markup.
        similarity = as_text(f"similarity {outcome.similarity:.2f}")
        rows.add_row(as_text(outcome.fragment_id), as_text(separator.join(outcome.codes)), similarity)
    return rows


def _bar(share: float) -> str:
    return ("#" if share > 0 else "-") * min(max(round(abs(share) * _BAR), 1), _BAR)


def _indented(text: str) -> Padding:
    return Padding(as_text(text), _INDENT)
