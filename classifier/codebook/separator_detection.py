"""Separator detection: cells that join several labels, split without a codebook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

from classifier.codebook.cell_splitting import CellSplitter
from classifier.spelling import label_key

_PLAIN = (";", "؛", "|", "\n")  # characters that labels seldom hold
_SHY = (",", "،", "、", "/", " ")  # characters that labels often hold; more must speak for them
_MOST_LABELS = 200  # with more of them, the cells hold texts
_OFTEN = 5  # cells; what is always side by side in so many is one label

Pieces = tuple[str, ...]


def taken_apart(cells: Sequence[str]) -> tuple[str, list[Pieces]]:
    """Find the separator that joins several labels in a cell, and the labels of each cell.

    A label may hold the separator itself: "Police, army and courts" stays whole where "army and courts" never occurs
    without "Police" before it.

    Returns
    -------
    tuple of str and list of tuple of str
        The separator, empty where each cell holds one label; the labels of each cell.

    Examples
    --------
    >>> taken_apart(["Media, Police, army and courts", "Media", "Police, army and courts", "Media, Youth", "Youth"])[0]
    ','
    """
    filled = list(dict.fromkeys(filter(None, cells)))
    # A semicolon joins what a line break only wraps.
    plain = [separator for separator in _PLAIN if separator != "\n" or not any(";" in cell for cell in filled)]
    for separator in (*plain, *_SHY):
        parted = [_pieces(cell, separator) for cell in filled]
        if all(len(pieces) < 2 for pieces in parted):
            continue
        if separator == " " and not all(map(_is_name, chain.from_iterable(parted))):
            continue
        if len(set(chain.from_iterable(parted))) > _MOST_LABELS:
            continue
        if separator in _SHY:
            parted = _with_labels_whole(parted, separator)
        if _joins_labels(parted) and (separator not in _SHY or _moves_freely(parted)):
            splitter = CellSplitter(separator, dict.fromkeys(chain.from_iterable(parted)))
            return separator, [
                splitter.split(cell) if separator in _SHY else _pieces(cell, separator) for cell in cells
            ]
    return "", [(cell,) if cell else () for cell in cells]


def _pieces(cell: str, separator: str) -> Pieces:
    return tuple(piece.strip() for piece in cell.split(separator) if piece.strip())


def _is_name(piece: str) -> bool:
    """Whether a piece is what a form calls an answer, such as womens_groups; answers in words hold blanks."""
    return piece.isascii() and piece == piece.lower() and piece.replace("_", "").replace("-", "").isalnum()


def _joins_labels(parted: Iterable[Pieces]) -> bool:
    """Whether most pieces also come alone or in other company; else the separator is part of a label."""
    contents = {frozenset(map(label_key, pieces)) for pieces in parted}
    n_met = Counter(chain.from_iterable(contents))
    joined = {piece for pieces in contents if len(pieces) > 1 for piece in pieces}
    return 2 * sum(n_met[piece] > 1 for piece in joined) > len(joined)


def _moves_freely(parted: Iterable[Pieces]) -> bool:
    """Whether most pieces are alone somewhere, or first as well as later; a place and its country don't."""
    roles: defaultdict[str, set[str]] = defaultdict(set)
    for pieces in parted:
        for place, piece in enumerate(pieces):
            roles[label_key(piece)].add("alone" if len(pieces) == 1 else "first" if place == 0 else "later")
    joined = [found for found in roles.values() if found != {"alone"}]
    return 2 * sum("alone" in found or len(found) > 1 for found in joined) > len(joined)


def _with_labels_whole(parted: Sequence[Pieces], separator: str) -> list[Pieces]:
    """Join the pieces of labels that hold the separator themselves."""
    between = separator if separator.isspace() else f"{separator} "
    rows = list(parted)
    while pair := _torn(rows):
        rows = [_joined(pieces, pair, between) for pieces in rows]
    return rows


def _torn(rows: Iterable[Pieces]) -> tuple[str, str] | None:
    """Find two pieces that are one label: the second never comes without the first before it."""
    rows = list(rows)
    n_cells = Counter(chain.from_iterable(rows))
    n_pairs = Counter(chain.from_iterable(map(pairwise, rows)))
    for (first, second), n_side_by_side in n_pairs.items():
        goes_on = first[:1].isupper() and second[:1].islower()
        is_inseparable = n_side_by_side == n_cells[first] == n_cells[second]
        if n_side_by_side == n_cells[second] and (goes_on or (is_inseparable and n_side_by_side >= _OFTEN)):
            return first, second
    return None


def _joined(pieces: Pieces, pair: tuple[str, str], between: str) -> Pieces:
    joined: list[str] = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] = between.join(pair)
        else:
            joined.append(piece)
    return tuple(joined)
