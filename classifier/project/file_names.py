"""File names of the harvests kept in a project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from classifier.faults import Fault, FaultKind
from classifier.harvest.reading import Harvest
from classifier.languages import lazy_gettext

_MEANING = '<>:"/\\|?*'  # to one system or another
_DEVICES = frozenset(  # what Windows opens under these names, whatever their ending, is no file
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)
_JOINERS = "\u200c\u200d"  # Persian and Indian names are written with them, though they print nothing
_LONGEST_NAME = 100  # bytes; systems take 255, of a number, the name and what is added while it is written
_LONGEST_SUFFIX = 10


def renaming_notes(path: Path, name: str) -> Iterator[Fault]:
    """Note that a name was changed."""
    if name != shown_name(path.name):
        yield Fault(
            kind=FaultKind.NOTE,
            where=path.name,
            what=lazy_gettext(
                "is kept as {name!r}, because the project has another file of that name, with other outcomes", name=name
            ),
            remedy=lazy_gettext("if it is a corrected version of that file, give its outcomes the same FragmentIDs"),
        )


def is_named(harvest: Harvest) -> bool:
    """Whether its sheet has a name of its own; that of a text file is called after the file."""
    return harvest.sheet.name != harvest.path.stem


def original_name(path: Path) -> str:
    """Return the name that a harvest had when it was added."""
    return path.name.partition("_")[2]


def shown_name(name: str) -> str:
    """Return a file's name as every system can keep it: no folders, no signs that mean something, and not too long.

    Examples
    --------
    >>> shown_name("../June: the harvest?.xlsx")
    'June_ the harvest_.xlsx'
    >>> shown_name("AUX.xlsx")
    '_AUX.xlsx'
    """
    own = Path("".join(sign if _is_harmless(sign) else "_" for sign in _last_part(name)))
    if own.name in ("", ".."):
        return "harvest.xlsx"
    stem, suffix = (own.stem, own.suffix) if len(own.suffix.encode()) <= _LONGEST_SUFFIX else (own.name, "")
    if stem.partition(".")[0].strip().casefold() in _DEVICES:
        stem = f"_{stem}"
    return f"{stem.encode()[:_LONGEST_NAME].decode(errors='ignore')}{suffix}"


def _is_harmless(sign: str) -> bool:
    return sign not in _MEANING and (sign.isprintable() or sign in _JOINERS)


def _last_part(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    return parts[-1].strip()
