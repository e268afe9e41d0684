"""Unknown label: what to do about a cell that is no code of a field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from classifier.codebook.cell_splitting import CellSplitter, describe_separator
from classifier.codebook.schema import CodeField
from classifier.languages import WrittenLater, lazy_gettext, marked
from classifier.spelling import normalise
from classifier.wording import lazily_listed, lazily_paired

_SEPARATORS = (";", ",", "/", "|", "+", "&")
_AND = re.compile(r"\s+(?:and|et|y|e|und|و)\s+", re.IGNORECASE)
_NOTHING = frozenset(
    map(
        normalise,
        (
            *("N/A", "NA", "not applicable", "none", "nil", "TBD", "TBC", "to be coded", "to be determined", "unknown"),
            *(
                "not coded",
                "sans objet",
                "non applicable",
                "S/O",
                "aucun",
                "à préciser",
                "à coder",
                "No aplica",
                "ninguno",
            ),
            *("por definir", "por codificar", "Não se aplica", "nenhum", "a definir", "لا ينطبق", "لا يوجد"),
        ),
    )
)
_MOST_PIECES = 20  # a cell with more of them is a remark
_MOST_NAMED = 50  # codes in a hint


def label_hint(field: CodeField, label: str) -> str:
    """Say what a label that is no code may mean: several codes, one that is spelled much like it, or any of them.

    Examples
    --------
    >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
    >>> label_hint(scale, "Natonal"), label_hint(scale, "Galactic")
    ("did you mean 'National'?", 'the codes are Local, National')
    """
    if _says_nothing(field, label):
        return lazy_gettext("leave the cell empty where nothing is coded")
    if several := several_codes_hint(field, label):
        return several
    guess = field.nearest(label) or next((codes[0] for _, codes in _joined(field, label)), None)
    if guess:
        return lazy_gettext("did you mean {guess!r}?", guess=guess)
    return lazy_gettext("the codes are {codes}", codes=lazily_listed(field.code_names, most=_MOST_NAMED))


def repeated_hint(hint: str) -> str:
    """Say what `label_hint` does where it said the codes of the same field just before; nothing for another hint.

    Examples
    --------
    >>> repeated_hint("the codes are Local, National"), repeated_hint("did you mean 'National'?")
    ('the codes are named above', '')
    """
    return lazy_gettext("the codes are named above") if hint.startswith("the codes are") else ""


def several_codes_hint(field: CodeField, label: str) -> str:
    """Say what to do about a label that joins several codes otherwise than the field's cells do; else nothing.

    Examples
    --------
    >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
    >>> several_codes_hint(scale, "Local/National")
    "it holds 'Local' and 'National'; keep one, or make the field `multiple` in the codebook"
    """
    separator, codes = next((found for found in _joined(field, label) if len(found[1]) > 1), ("", ()))
    if not codes:
        return ""
    names = lazily_paired(map(repr, codes))
    if not field.is_multiple:
        return lazy_gettext("it holds {names}; keep one, or make the field `multiple` in the codebook", names=names)
    between = WrittenLater(partial(describe_separator, field.separator))
    if separator:
        what = marked("it holds {names}; write {between} between them, or `separator: {other!r}` into the codebook")
        return lazy_gettext(what, names=names, between=between, other=separator)
    return lazy_gettext("it holds {names}; write {between} between them", names=names, between=between)


def _says_nothing(field: CodeField, label: str) -> bool:
    """Whether a label is a word or, where no code is one, a sign for nothing."""
    has_letters = [any(map(str.isalnum, name)) for name in (label, *field.code_names)]
    return normalise(label) in _NOTHING if has_letters[0] else all(has_letters[1:])


def _joined(field: CodeField, label: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each way to read a label as codes with something between them: the separator, if any, and the codes."""
    labels = [name for code in field.codes for name in code.names]
    for separator in _SEPARATORS:
        if separator in label:
            yield from _read(field, separator, CellSplitter(separator, labels).split(label))
    yield from _read(field, "", _AND.split(label))


def _read(
    field: CodeField, separator: str, pieces: tuple[str, ...] | list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    codes: dict[str, None] = {}
    if not 1 < len(pieces) <= _MOST_PIECES:
        return
    for piece in pieces:
        code = field.find(piece) or field.completed(piece)
        if code is None:
            return
        codes[code] = None
    yield separator, tuple(codes)
