"""Windows of a long text: pieces of like length that an encoder reads to their end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_REACH = 8  # tokens within which a blank is looked for to cut a text at


def cut_windows(text: str, starts: Sequence[int], n_read: int) -> tuple[str, ...]:
    """Cut a text into the fewest pieces of like length that are each read to their end; joined they are the text.

    Parameters
    ----------
    starts : sequence of int
        Where in the text each token starts.
    n_read : int
        How many tokens are read at a time, with the two that mark start and end.

    Examples
    --------
    >>> cut_windows("She was freed.", [0, 4, 8, 13], n_read=256)
    ('She was freed.',)
    """
    # A cut at a blank may move a few tokens over to the next piece.
    room = max(8, n_read - 2 - _REACH)
    n_windows = -(-len(starts) // room)
    reach = min(_REACH, room // 4)
    cuts = [_blank_before(text, starts, len(starts) * k // n_windows, reach) for k in range(1, n_windows)]
    return tuple(text[start:end] for start, end in pairwise([0, *cuts, len(text)])) or (text,)


def _blank_before(text: str, starts: Sequence[int], place: int, reach: int) -> int:
    # Words are kept whole where there is a blank within reach; scripts without blanks are cut anywhere.
    # The reach is counted in tokens: forty letters can be forty of them, too many for the next window.
    near = starts[place - reach : place + 1]
    return next((start for start in reversed(near) if text[start - 1].isspace()), starts[place])
