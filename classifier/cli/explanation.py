"""Why codes are suggested for an outcome, as a page in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from classifier.codebook.schema import CodeField
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import FieldSuggestion, Flag, Neighbour, OutcomeSuggestions, Reason

_BAR = 10  # signs for a share of 1
_N_OTHERS = 3
_LEAST_TOLD = 0.01
_INDENT = (0, 0, 0, 2)
_UNTRUSTED = {
    Flag.TOO_SHORT: "it is too short",
    Flag.LANGUAGE: "the model can't judge its language",
    Flag.UNLIKE: "it is unlike all outcomes learnt from",
}
_HOW_TO_READ = (
    "How to read this: what speaks for a code is shared out over the sentences of the story, and the shares add up to "
    "100%. They are exact: the views' regressions are linear, and the story's words and embedding are the sums of "
    "those of its sentences. A word pair across two sentences counts half for either; what the encoder makes of a "
    "word, which it reads together with its neighbours, counts for the sentence it stands in. They say what the model "
    "went by, not whether it is right. Likeness is at most 1, for the same text."
)


def print_explanation(suggestions: Suggestions, *, width: int | None) -> None:
    """Print why codes are suggested for each outcome.

    Parameters
    ----------
    width : int or None
        Signs in a line; None for as many as the terminal has.
    """
    console = Console(width=width, highlight=False, emoji=False, markup=False)
    for one in suggestions.outcomes:
        for block in _page(one, suggestions):
            console.print(block)


def _page(one: OutcomeSuggestions, suggestions: Suggestions) -> Iterator[RenderableType]:
    manifest = suggestions.model.manifest
    yield Text(f"{one.fragment_id} of {suggestions.harvest.path.name}, by model {manifest.title}", style="bold")
    if Flag.NO_TEXT in one.flags:
        yield Text("There is no text to suggest codes by, and so nothing to explain.")
        return
    if any(flag.startswith(Flag.NOT_JUDGED) for flag in one.flags):
        yield Text(f"This outcome {'; '.join(one.flags)}, by a fault of ours. Code it afresh.")
        return
    doubts = [told for flag, told in _UNTRUSTED.items() if any(raised.startswith(flag) for raised in one.flags)]
    if doubts:
        yield Text(f"Do not trust these suggestions: {' and '.join(doubts)}. Code the outcome afresh.", style="bold")
    if one.flags:
        yield Text(f"Flags: {'; '.join(one.flags)}")
    if one.fragment_id in manifest.fragment_ids:
        yield Text("The model has learnt from an outcome of this ID; what it suggests may be what it was taught.")
    for field in suggestions.fields:
        yield Text()
        yield from _field_blocks(field, one.fields[field.name])
    yield Text()
    yield Text(_HOW_TO_READ)


def _field_blocks(field: CodeField, suggestion: FieldSuggestion) -> Iterator[RenderableType]:
    suggested = field.separator.join(suggestion.suggested)
    yield Text(
        f"{field.column.strip()}: {suggested} (confidence {suggestion.confidence:.0%}, {suggestion.route})",
        style="bold",
    )
    others = [
        one for one in suggestion.candidates if one.code not in suggestion.suggested and one.confidence >= _LEAST_TOLD
    ][:_N_OTHERS]
    if others:
        yield _indented(f"Next likely: {'; '.join(f'{one.code} {one.confidence:.0%}' for one in others)}")
    if suggestion.repeats is not None:
        yield _indented(
            f"It seems to tell of the same change as {suggestion.repeats}, whose coding counts beside the sentences."
        )
    if not suggestion.reasons:
        yield _indented("There were too few examples to tell codes by: it is suggested whatever the story says.")
    for reason in suggestion.reasons:
        yield from _reason_blocks(reason, names_code=len(suggestion.reasons) > 1)
    if suggestion.nearest:
        yield _indented("Nearest coded outcomes:")
        yield Padding(_neighbours(suggestion.nearest, field.separator), (0, 0, 0, 4))


def _reason_blocks(reason: Reason, *, names_code: bool) -> Iterator[RenderableType]:
    name = f"{reason.code}: " if names_code else ""
    yield _indented(f"{name}{reason.definition or 'The codebook has no definition of it.'}")
    if not reason.parts:
        yield _indented("No sentence speaks for it: it is what is left when other codes are less likely.")
        return
    rows = Table.grid(padding=(0, 1))
    rows.add_column(justify="right", no_wrap=True)
    rows.add_column(no_wrap=True, width=_BAR)
    rows.add_column(overflow="fold")
    for one in reason.sentences:
        told = "" if one.share > 0 else " - speaks against it"
        rows.add_row(Text(f"{one.share:.0%}"), Text(_bar(one.share)), Text(f"{one.text} [{one.part}]{told}"))
    yield Padding(rows, _INDENT)
    yield _indented(f"By part of the story: {', '.join(f'{part} {share:.0%}' for part, share in reason.parts.items())}")
    if reason.accounted < 1:
        yield _indented(
            f"{1 - reason.accounted:.0%} of the views' weight is not in these shares: it can't be shared out over "
            "sentences."
        )


def _neighbours(nearest: tuple[Neighbour, ...], separator: str) -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(overflow="fold")
    rows.add_column(overflow="fold")
    rows.add_column(no_wrap=True)
    for one in nearest:
        # As Text, so that square brackets in a code are no markup.
        rows.add_row(Text(one.fragment_id), Text(separator.join(one.codes)), Text(f"likeness {one.similarity:.2f}"))
    return rows


def _bar(share: float) -> str:
    return ("#" if share > 0 else "-") * min(max(round(abs(share) * _BAR), 1), _BAR)


def _indented(text: str) -> Padding:
    return Padding(Text(text), _INDENT)
