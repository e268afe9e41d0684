"""Number of words of a text, also in scripts that are written without blanks."""

from __future__ import annotations

import re

_HAN_AND_KANA = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff"  # and their punctuation
_INDOCHINESE = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
# Letters that stand for an English word: 1.6 to 2.5 and 3 to 4 in a few sentences that were translated.
_LETTERS_OF_A_WORD = ((re.compile(f"[{_HAN_AND_KANA}]"), 2), (re.compile(f"[{_INDOCHINESE}]"), 5))
_LONGEST_WORD = 8  # letters, where blanks are missing in any other script


def count_words(text: str) -> int:
    """Return the number of words of a text; in scripts without blanks, approximate.

    Examples
    --------
    >>> count_words("The council met in public."), count_words("村委会公开开会")
    (5, 4)
    """
    words, n_letters = len(text.split()), sum(map(str.isalnum, text))
    if text.isascii():
        return max(words, n_letters // _LONGEST_WORD)
    n_words, rest = 0, text
    for script, n_letters_of_a_word in _LETTERS_OF_A_WORD:
        found = script.findall(rest)
        if found:
            n_words += -(-sum(map(str.isalnum, found)) // n_letters_of_a_word)
            rest = script.sub(" ", rest)
    return max(words, n_letters // _LONGEST_WORD, n_words + len(rest.split()))
