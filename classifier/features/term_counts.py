"""Counts of terms: how often each text uses each word, word pair and letter group."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer

# How a text is cut into terms. Any letters and digits make a word, single ones too: Arabic and Chinese have short
# words, and `redacted`, `person` and `LOC` remain as words of their own.
WORD_PATTERN = r"(?u)\b\w+\b"
WORDS = {"ngram_range": (1, 2), "token_pattern": WORD_PATTERN, "dtype": np.float32}
LETTERS = {"analyzer": "char_wb", "ngram_range": (3, 5), "dtype": np.float32}
# Of so few texts, a fold may be fitted on 20 or fewer, where terms that come once count too.
_FEW_TEXTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """How often each text uses each term.

    Attributes
    ----------
    terms : ndarray of shape (n_terms,), str
        In alphabetical order.
    hashes : ndarray of shape (n_terms,)
        A number for each term, the same on every machine.
    uses : sparse array of shape (n_texts, n_terms), float32
    """

    terms: npt.NDArray[Any]
    hashes: npt.NDArray[np.uint32]
    uses: Any

    @classmethod
    def of(cls, texts: Sequence[str], cut: dict[str, Any]) -> TermCounts:
        """Count the terms of texts; unless texts are few, leave out those of one text alone."""
        counter = CountVectorizer(**cut)
        uses = counter.fit_transform(texts)
        terms = counter.get_feature_names_out()
        if len(texts) > _FEW_TEXTS:
            shared = np.flatnonzero(np.bincount(uses.indices, minlength=len(terms)) > 1)
            terms, uses = terms[shared], uses[:, shared]
        hashes = np.array([zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in terms], dtype=np.uint32)
        return cls(terms=terms, hashes=hashes, uses=uses)

    def rows(self, index: npt.NDArray[np.intp]) -> TermCounts:
        """Pick texts."""
        return TermCounts(terms=self.terms, hashes=self.hashes, uses=self.uses[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCounts:
    """Counts of the words and word pairs of texts, and of letter groups within words.

    Cross-validation fits a vocabulary for each fold; what takes long, cutting texts into terms, is done once.

    Examples
    --------
    >>> counts = TextCounts.of(["The council met.", "The police met."])
    >>> counts.words.terms[:3].tolist()
    ['council', 'council met', 'met']
    >>> counts.rows(np.array([1])).words.uses.sum().item()
    5.0
    """

    words: TermCounts
    letters: TermCounts

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextCounts:
        """Count the terms of texts."""
        return cls(words=TermCounts.of(texts, WORDS), letters=TermCounts.of(texts, LETTERS))

    def rows(self, index: npt.NDArray[np.intp]) -> TextCounts:
        """Pick texts."""
        return TextCounts(words=self.words.rows(index), letters=self.letters.rows(index))

    def __len__(self) -> int:
        return int(self.words.uses.shape[0])


def letter_groups(word: str) -> list[str]:
    """Return the letter groups of a word that stands between blanks.

    Examples
    --------
    >>> letter_groups("met")
    [' me', 'met', 'et ', ' met', 'met ', ' met ']
    """
    groups: list[str] = CountVectorizer(**LETTERS).build_analyzer()(word)
    return groups
