"""Disclosure: what a model folder gives away of the outcomes it was trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook
from classifier.features.term_counts import WORD
from classifier.features.tfidf import LexicalView
from classifier.model.model import Model

FEW_OUTCOMES = 5
"""A word of fewer outcomes than this may point to one of them."""
_NO_RARITY = 1  # distinct frequencies in a table of hashed words that holds none


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or word pair in a model's vocabulary.

    Attributes
    ----------
    n_outcomes : int
        In how many of the outcomes trained on it occurs, which the model's weights tell.
    is_common : bool
        Whether all of its words are in the vocabulary of the encoder, or in the codebook.
    """

    text: str
    n_outcomes: int
    is_common: bool

    @property
    def may_be_a_name(self) -> bool:
        """Whether it occurs in few outcomes and is no common word: a name, a place, a programme, or a slip."""
        return self.n_outcomes < FEW_OUTCOMES and not self.is_common and not self.text.isnumeric()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What a model folder gives away of the outcomes it was trained on.

    Attributes
    ----------
    terms : tuple of Term
        The words and word pairs of the vocabularies, those of the fewest outcomes first.
    n_letter_groups, n_rare_letter_groups : int
        Groups of 3 to 5 letters, and those of few outcomes.
    n_fingerprints : int
        Outcomes of which a fingerprint is kept, by which a text can be recognised as one trained on.
    has_word_table : bool
        Whether it has the frequencies of all words under hashes, in which a guessed word can be looked up.
    file_names : tuple of str
        Files trained on, with the hash of each.
    n_scores : int
        Confidences of single outcomes when they were held out, in the order of the files.
    """

    name: str
    n_outcomes: int
    fragment_ids: tuple[str, ...]
    file_names: tuple[str, ...]
    terms: tuple[Term, ...]
    n_letter_groups: int
    n_rare_letter_groups: int
    n_fingerprints: int
    has_word_table: bool
    n_scores: int

    @property
    def words(self) -> tuple[Term, ...]:
        """The terms that are single words."""
        return tuple(term for term in self.terms if " " not in term.text)

    @property
    def rare_words(self) -> tuple[Term, ...]:
        """The words of few outcomes."""
        return tuple(term for term in self.words if term.n_outcomes < FEW_OUTCOMES)

    @property
    def possible_names(self) -> tuple[Term, ...]:
        """The words that may be names."""
        return tuple(term for term in self.words if term.may_be_a_name)


def find_disclosure(model: Model, *, common_words: Collection[str]) -> Disclosure:
    """Find what a model gives away of the outcomes it was trained on.

    Parameters
    ----------
    common_words : collection of str
        Words that everybody uses, in lower case, such as those of an encoder's vocabulary.

    Examples
    --------
    >>> from classifier.model.storage import load_model
    >>> found = find_disclosure(load_model(), common_words={"council"})
    >>> found.n_outcomes, found.n_fingerprints, found.has_word_table
    (322, 322, True)
    """
    manifest, views = model.manifest, model.views
    lexical = views.lexical
    known = set(common_words) | set(words_of_codebook(model.codebook))
    n_outcomes = manifest.n_outcomes
    groups = _outcomes_by_term(lexical, "letters", n_outcomes)
    terms = [
        Term(text=text, n_outcomes=count, is_common=all(word in known for word in text.split()))
        for text, count in _outcomes_by_term(lexical, "words", n_outcomes).items()
    ]
    return Disclosure(
        name=manifest.name,
        n_outcomes=n_outcomes,
        fragment_ids=manifest.fragment_ids,
        file_names=tuple(file.name for file in manifest.files),
        terms=tuple(sorted(terms, key=lambda term: (term.n_outcomes, term.text))),
        n_letter_groups=len(groups),
        n_rare_letter_groups=sum(count < FEW_OUTCOMES for count in groups.values()),
        n_fingerprints=len(model.fingerprints),
        has_word_table=len(np.unique(model.fingerprinter.rarity)) > _NO_RARITY,
        n_scores=max((len(field.calibration_scores.right) for field in model.fields.values()), default=0),
    )


def _outcomes_by_term(views: Sequence[LexicalView], half: str, n_outcomes: int) -> dict[str, int]:
    """Count in how many outcomes each term occurs, which its inverse document frequency tells; the most of any view."""
    counts: dict[str, int] = {}
    for view in views:
        arrays = view.to_arrays()
        found = outcomes_of_terms(arrays[f"{half}_idf"], n_outcomes)
        for term, count in zip(arrays[half].tolist(), found.tolist(), strict=True):
            counts[term] = max(counts.get(term, 0), count)
    return counts


def outcomes_of_terms(rarity: npt.NDArray[Any], n_outcomes: int) -> npt.NDArray[np.intp]:
    """Count in how many outcomes each term occurs, which its inverse document frequency tells.

    Examples
    --------
    >>> outcomes_of_terms(np.array([1.0, 1 + np.log(11 / 3)]), 10)
    array([10,  2])
    """
    # The inverse of idf = ln((1 + n) / (1 + count)) + 1.
    return np.rint((1 + n_outcomes) / np.exp(rarity.astype(np.float64) - 1) - 1).astype(np.intp)


def words_of_codebook(codebook: Codebook) -> Iterator[str]:
    """Yield the words of a codebook, in lower case."""
    for field in codebook.fields:
        for code in field.codes:
            text = " ".join((*code.labels, code.definition, code.include, code.exclude))
            yield from WORD.findall(text.lower())
