"""What a model was made from, and how well it did on outcomes it had not seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import nan
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from classifier.agreement.bootstrap import Estimate
from classifier.control_characters import control_character_in
from classifier.features.device import KNOWN, PROCESSOR
from classifier.harvest.confidentiality import Confidentiality
from classifier.languages import gettext, marked
from classifier.wording import listed

FORMAT = 6
"""Version of the model folder: in 5, stories were read in one piece; in 4, the fitted part was a skops file too."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderRecord(_Record):
    """Encoder that a model was trained with."""

    name: str
    sha256: str


class TrainedFile(_Record):
    """File that a model was trained on; its folder is not kept."""

    name: str
    sha256: str
    fragment_ids: tuple[str, ...]


_FROM_DEFINITIONS = marked(", from definitions only")
# JSON has no nan: a figure that isn't defined, such as the interval of a kappa of 1, is written as null.
_Figure = Annotated[float, BeforeValidator(lambda value: nan if value is None else value)]


class FieldFigures(_Record):
    """Out-of-fold agreement of a field with the coders' main code, and that of the linear baseline.

    The baseline is a logistic regression on the words of the whole story; earlier models have no figure of it.
    """

    n_outcomes: int
    cohen_kappa: _Figure
    cohen_kappa_low: _Figure
    cohen_kappa_high: _Figure
    share_right: float
    words_kappa: _Figure = nan
    words_kappa_low: _Figure = nan
    words_kappa_high: _Figure = nan

    @property
    def kappa(self) -> Estimate:
        """Cohen's kappa with its interval."""
        return Estimate(
            value=self.cohen_kappa,
            low=self.cohen_kappa_low,
            high=self.cohen_kappa_high,
            n_outcomes=self.n_outcomes,
        )

    @property
    def baseline(self) -> Estimate:
        """Cohen's kappa of the linear baseline with its interval."""
        return Estimate(
            value=self.words_kappa,
            low=self.words_kappa_low,
            high=self.words_kappa_high,
            n_outcomes=self.n_outcomes,
        )


class ConfidentialityRecord(_Record):
    """What was done in training with confidential outcomes, and with those of which it is unknown.

    Attributes
    ----------
    n_confidential, n_unknown : int
        How many there were in the files.
    is_confidential_used, is_unknown_used : bool
        Whether the model was trained on them.
    """

    n_confidential: int
    n_unknown: int
    is_confidential_used: bool
    is_unknown_used: bool

    @classmethod
    def of(cls, confidentiality: Confidentiality) -> Self:
        """Record what was done with the harvests that a model is trained on."""
        return cls(
            n_confidential=confidentiality.n_confidential,
            n_unknown=confidentiality.n_unknown,
            is_confidential_used=confidentiality.is_included,
            is_unknown_used=confidentiality.is_unknown_included,
        )


class ReducedRecord(_Record):
    """What is told of the outcomes of a reduced model; see `classifier.model.reduction`."""

    n_outcomes: int = Field(ge=0, lt=2**31)


class Manifest(_Record):
    """The `manifest.json` of a model folder.

    Attributes
    ----------
    files : list of TrainedFile
        None where the model was made from the codebook's definitions alone.
    near_duplicates : list of list of str
        FragmentIDs of outcomes that were kept in one fold.
    codes : dict of str to dict of str to int
        Per field, how many outcomes with each code it was trained on.
    languages : dict of str to int
        How many stories in each language it was trained on, the commonest language first.
    out_of_fold : dict of str to FieldFigures
        Per field, where there were enough outcomes.
    rests_on : dict of str to dict of str to int
        Per field, how many of the codes trained on were given blind, with a suggestion in view and so on, by
        the words of `classifier.project.provenance.Provenance`. Empty where the model was not trained in a project.
    confidentiality : ConfidentialityRecord, optional
        None where the model was made before it was noted, or from definitions alone.
    reduced : ReducedRecord, optional
        None where the model keeps the outcomes it was trained on.
    fast : dict of str to FieldFigures
        Per field, `out_of_fold` of the fast model; empty where there is none.
    device : str
        What the encoders were computed on in training: ``cpu``, or a graphics card as torch names it.
    reads_apart : bool
        Whether encoders read descriptions apart from the rest of a story; models of earlier formats read all in one.
    """

    format: int = FORMAT
    name: str
    created: str
    seed: int
    codebook_sha256: str
    encoders: tuple[EncoderRecord, ...]
    files: tuple[TrainedFile, ...]
    near_duplicates: tuple[tuple[str, ...], ...]
    codes: dict[str, dict[str, int]]
    languages: dict[str, int]
    out_of_fold: dict[str, FieldFigures]
    versions: dict[str, str]
    rests_on: dict[str, dict[str, int]] = {}
    confidentiality: ConfidentialityRecord | None = None
    reduced: ReducedRecord | None = None
    fast: dict[str, FieldFigures] = {}
    device: Annotated[str, Field(pattern=f"^({KNOWN})$")] = PROCESSOR
    reads_apart: bool = False

    @model_serializer(mode="wrap")
    def _without_empty(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Manifests without these are written as they always were: their hashes are kept in workbooks.
        plain: dict[str, Any] = written(self)
        empty = [name for name in ("rests_on", "confidentiality", "reduced", "fast") if not getattr(self, name)]
        if self.device == PROCESSOR:
            empty.append("device")
        if not self.reads_apart:
            empty.append("reads_apart")
        return {name: value for name, value in plain.items() if name not in empty}

    @property
    def encoder_hashes(self) -> dict[str, str]:
        """The hash of each encoder by its name."""
        return {encoder.name: encoder.sha256 for encoder in self.encoders}

    @property
    def fragment_ids(self) -> tuple[str, ...]:
        """The outcomes trained on, file by file."""
        return tuple(fragment_id for file in self.files for fragment_id in file.fragment_ids)

    @property
    def n_outcomes(self) -> int:
        """How many outcomes it was trained on."""
        return len(self.fragment_ids) if self.reduced is None else self.reduced.n_outcomes

    @property
    def knows_near_duplicates(self) -> bool:
        """Whether near-duplicates are among the outcomes trained on."""
        known = set(self.fragment_ids)
        return all(group and known.issuperset(group) for group in self.near_duplicates)

    @property
    def control_characters(self) -> str:
        """The parts that hold characters that a terminal obeys, with one each; an empty text where there are none."""
        found = dict(_control_characters(self.model_dump(), ""))
        return listed([f"{character} in {place}" for place, character in found.items()])

    def is_by_definition(self, field: str) -> bool:
        """Whether a field's codes are known by their definitions only."""
        counts = self.codes.get(field)
        return counts is not None and not any(counts.values())

    @property
    def title(self) -> str:
        """The model's name and the day it was made, as shown to coders."""
        made_from = "" if self.files else _FROM_DEFINITIONS
        return f"{self.name} ({self.created[:10]}{made_from})"


def shown_title(title: str) -> str:
    """Return the title of a model as it is shown in the current language; what is kept, and files, have it in English.

    Examples
    --------
    >>> from classifier.languages import use_language
    >>> with use_language("fr"):
    ...     shown_title("ours (2026-03-01, from definitions only)"), shown_title("ours (2026-03-01)")
    ('ours (2026-03-01, à partir des définitions seules)', 'ours (2026-03-01)')
    """
    is_of_definitions = title.endswith(f"{_FROM_DEFINITIONS})")
    return f"{title.removesuffix(f'{_FROM_DEFINITIONS})')}{gettext(_FROM_DEFINITIONS)})" if is_of_definitions else title


def _control_characters(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if found := control_character_in(value):
            yield place, found
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _control_characters(key, place)
            yield from _control_characters(inner, place or key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _control_characters(inner, place)


def now() -> str:
    """Tell the time, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
