"""Co-occurrence of codes: combinations across fields that are unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr

from classifier.codebook.schema import Codebook
from classifier.harvest.outcome import Outcome

# Chosen on out-of-fold suggestions for harvests 1 and 2: of 30 outcomes flagged as unusual, 29 had a wrong code.
_RARE = 0.2
"""A combination is odd that was given less than this share of the times that chance would bring its codes together."""
_CHANCE = 0.01
"""How rarely chance alone may bring so few outcomes together."""
_FEW = 5.0  # outcomes; where fewer are expected, finding none is not unusual

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Code that hardly ever occurs beside another one, and the usual one.

    Examples
    --------
    >>> print(Oddity(heading="Scale", code="International", beside="Local council", usual="Local"))
    Scale 'International' beside 'Local council' (usually 'Local')
    """

    heading: str  # of the field of the code
    code: str
    beside: str
    usual: str

    def __str__(self) -> str:
        return f"{self.heading} {self.code!r} beside {self.beside!r} (usually {self.usual!r})"


@dataclass(frozen=True, kw_only=True)
class Combinations:
    """How often the main codes of each two fields were given together.

    Attributes
    ----------
    counts : dict of (str, str) to ndarray of shape (n_codes, n_codes)
        By the names of two fields, in the codebook's order; the first one's codes are the rows.
    """

    codebook: Codebook
    counts: Mapping[tuple[str, str], Counts]

    @classmethod
    def count(cls, outcomes: Sequence[Outcome], codebook: Codebook) -> Combinations:
        """Count the outcomes that are coded in both fields."""
        counts = {}
        for one, other in combinations(codebook.fields, 2):
            table = np.zeros((len(one.codes), len(other.codes)), dtype=np.int32)
            for outcome in outcomes:
                ours, theirs = outcome.codes.get(one.name), outcome.codes.get(other.name)
                if ours and theirs:
                    table[one.code_names.index(ours[0]), other.code_names.index(theirs[0])] += 1
            counts[one.name, other.name] = table
        return cls(codebook=codebook, counts=counts)

    def oddities(self, codes: Mapping[str, tuple[str, float]]) -> Iterator[Oddity]:
        """Name what is odd about codes that are suggested together.

        Parameters
        ----------
        codes : dict of str to tuple of str and float
            The code of each field with its confidence; of two that don't go together, the less sure one
            is the odd one.
        """
        for one, other in combinations([name for name in self.codebook.names if name in codes], 2):
            places = self._places[one][codes[one][0]], self._places[other][codes[other][0]]
            if places not in self._odd[one, other]:
                continue
            sure, odd = (one, other) if codes[one][1] >= codes[other][1] else (other, one)
            table = self.counts[one, other] if sure == one else self.counts[one, other].T
            field = self.codebook.field(odd)
            usual = field.code_names[int(table[self._places[sure][codes[sure][0]]].argmax())]
            yield Oddity(heading=field.heading, code=codes[odd][0], beside=codes[sure][0], usual=usual)

    @cached_property
    def _places(self) -> Mapping[str, Mapping[str, int]]:
        """Place of each code among those of its field, by the names of both."""
        return {
            field.name: {code: place for place, code in enumerate(field.code_names)} for field in self.codebook.fields
        }

    @cached_property
    def _odd(self) -> Mapping[tuple[str, str], frozenset[tuple[int, int]]]:
        """Places of the codes of each two fields that hardly ever occur together."""
        return {
            names: frozenset(place for place in np.ndindex(table.shape) if _is_odd(table, *place))
            for names, table in self.counts.items()
        }


def _is_odd(table: Counts, row: int, column: int) -> bool:
    found = table[row, column]
    expected = table[row].sum() * table[:, column].sum() / max(table.sum(), 1)
    return bool(expected >= _FEW and found <= _RARE * expected and pdtr(found, expected) < _CHANCE)
