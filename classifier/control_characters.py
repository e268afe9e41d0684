"""Control characters: those that a terminal obeys rather than shows, those that turn text round, and surrogates.

A surrogate, half of a character, can't be written to any file. Python has them for what is not UTF-8 in the name of a
file, such as one of an archive that was made with an old encoding, and JSON and YAML can spell them.
"""

from __future__ import annotations

import re

# Line breaks and tabs are in many cells of workbooks. A carriage return alone writes over the line before it.
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff]|\r(?!\n)")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ISOLATES = dict.fromkeys(range(0x2066, 0x206A))  # signs that isolate a text from the direction of the text around it


def control_character_in(text: str) -> str | None:
    r"""Name the first control character of a text; None where there is none, or only line breaks and tabs.

    Examples
    --------
    >>> control_character_in("Lo\x1b[31mcal"), control_character_in("Local\N{RIGHT-TO-LEFT OVERRIDE}")
    ('U+001B', 'U+202E')
    >>> control_character_in("Scale\n(level of governance)") is None
    True
    """
    found = _CONTROL.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def has_surrogate(text: str) -> bool:
    r"""Whether a text can't be written in UTF-8.

    Examples
    --------
    >>> has_surrogate("R\udc82colte.xlsx"), has_surrogate("Récolte.xlsx")
    (True, False)
    """
    return _SURROGATE.search(text) is not None


def whole_characters(text: str) -> str:
    r"""Join halves of characters that were written apart, and put a replacement character where one is alone.

    Examples
    --------
    >>> whole_characters("\ud83d\ude00 a\ud800") == "\N{GRINNING FACE} a\N{REPLACEMENT CHARACTER}"
    True
    """
    if not has_surrogate(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def without_isolates(text: str) -> str:
    r"""Leave out the signs that a name is isolated by on an Arabic page, which come with it when it is copied.

    Examples
    --------
    >>> without_isolates("\u2068SCC-LPC/001\u2069")
    'SCC-LPC/001'
    """
    return text.translate(_ISOLATES)


def escape_control_characters(text: str) -> str:
    r"""Write control characters as JSON does, so that a terminal shows them instead of obeying them.

    Examples
    --------
    >>> print(escape_control_characters("HO-\x1b[2J1"))
    HO-\u001b[2J1
    """
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
