"""Layout of a harvest: what the codebook looks for, and the column it was found in."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.options import NOT_READ
from classifier.harvest.tick_questions import find_tick, questions_of
from classifier.spelling import label_key
from classifier.spreadsheet.column_synonyms import role_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Columns of a harvest in its sheet; all numbers count from 0."""

    header: int  # the row that names the columns; of several, the last
    id: int
    merged: int | None
    parts: Mapping[str, int]
    period: int | None
    country: int | None
    year: int | None
    confidential: tuple[int, ...]  # a yes in any of them counts
    fields: Mapping[str, int]  # the column of each code field that the sheet has, by the field's name
    options: Mapping[str, int]  # the column that a field is derived from, by the field's name
    # The columns that say yes or no to one code each, by the field's name and the code.
    ticks: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    # What each column is called in the file, where the header takes several rows; else the header has it.
    names: Sequence[str] = ()
    # The columns with a date or a level that may mean confidential; it is unknown of an outcome that has one.
    levels: tuple[int, ...] = ()
    # The columns that were found otherwise than by their own names, by `Target.key`.
    taken: Mapping[str, int] | None = None

    @property
    def columns(self) -> frozenset[int]:
        """All columns that are read."""
        single = (self.id, self.merged, self.period, self.country, self.year)
        return frozenset(
            (*self.texts, *self.codes, *self.confidential, *(column for column in single if column is not None))
        )

    @property
    def texts(self) -> tuple[int, ...]:
        """The columns that tell the story."""
        return (*self.parts.values(), *(() if self.merged is None else (self.merged,)))

    def with_ticks(self, columns: Collection[int]) -> Layout:
        """Return this layout with these of the columns that say yes or no to a code, and no others."""
        kept = {
            field: {code: index for code, index in ticks.items() if index in columns}
            for field, ticks in self.ticks.items()
        }
        return dataclasses.replace(self, ticks={field: ticks for field, ticks in kept.items() if ticks})

    @property
    def codes(self) -> tuple[int, ...]:
        """The columns that codes are read from."""
        ticks = chain.from_iterable(columns.values() for columns in self.ticks.values())
        return (*self.fields.values(), *self.options.values(), *ticks)


class TargetKind(StrEnum):
    """Role of a column."""

    ID = "id"
    DESCRIPTION = "description"
    PART = "part"
    MERGED = "merged"
    ABOUT = "about"  # metadata of an outcome, such as its country
    FIELD = "field"
    OPTION = "option"
    TICK = "tick"  # yes or no to one code


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that is looked for in the columns of a harvest."""

    kind: TargetKind
    names: tuple[str, ...]  # the names it goes by, the codebook's own first
    # What forms in other languages would call it is listed under; see `classifier.spreadsheet.column_synonyms`.
    role: str | None = None
    field: CodeField | None = None  # the field whose codes it holds
    code: str = ""  # the code it says yes or no to
    is_implied: bool = False  # whether the codebook does not name the column, but survey tools would call it so

    @property
    def name(self) -> str:
        """The name that the codebook calls it by; of several, the one that says what it is."""
        return next((name for name in self.names if name == self.role), self.names[0]).strip()

    @property
    def key(self) -> str:
        """The first of its names, as `label_key` has it."""
        return label_key(self.names[0])

    def goes_by(self, name: str) -> bool:
        """Whether it may be called so; a code field also by the name it has in the codebook."""
        own = (*self.names, self.field.name) if self.field and self.kind is TargetKind.FIELD else self.names
        return label_key(name) in map(label_key, own)


def targets_of(codebook: Codebook) -> tuple[Target, ...]:
    """List what is looked for in the columns of a harvest, by a codebook.

    Examples
    --------
    >>> [target.name for target in targets_of(getfixture("codebook"))][:3]
    ['FragmentID', 'Outcome description', 'Significance of the outcome']
    """
    return tuple(_targets(codebook))


def _targets(codebook: Codebook) -> Iterator[Target]:
    columns = codebook.columns
    yield Target(kind=TargetKind.ID, names=columns.id, role=_role(columns.id, "id"))
    for place, part in enumerate(columns.parts):
        kind = TargetKind.PART if place else TargetKind.DESCRIPTION
        yield Target(kind=kind, names=part.column, role=_role(part.column, None if place else "description"))
    yield Target(kind=TargetKind.MERGED, names=columns.merged, role=_role(columns.merged, "merged"))
    for key in ("period", "country", "year", "confidential", "negative", "unintended"):
        names = getattr(columns, key)
        yield Target(kind=TargetKind.ABOUT, names=names, role=_role(names, key))
    options: dict[str, Target] = {}
    for field in codebook.fields:
        yield Target(kind=TargetKind.FIELD, names=field.columns, role=_role(field.columns, None), field=field)
        if field.derived_from:
            target = Target(kind=TargetKind.OPTION, names=(field.derived_from,), field=field)
            options.setdefault(label_key(field.derived_from), target)
        yield from _ticks_of(field)
    yield from options.values()


def _ticks(codebook: Codebook) -> Iterator[Target]:
    return chain.from_iterable(map(_ticks_of, codebook.fields))


def _ticks_of(field: CodeField) -> Iterator[Target]:
    for code in field.codes:
        name = code.column or f"{field.heading}/{code.code}"
        yield Target(kind=TargetKind.TICK, names=(name,), field=field, code=code.code, is_implied=code.column is None)


def name_ticks(targets: Iterable[Target], names: Sequence[str]) -> tuple[Target, ...]:
    """Name the columns that say yes or no to one code as a header does, where it has none of the name expected.

    Survey tools make them of any name of the question and any label of the answer.

    Examples
    --------
    >>> codes = [{"code": "Media", "aliases": ["Médias"]}]
    >>> who = CodeField(name="who", column="Actor", aliases=["Acteur"], kind="multiple", codes=codes)
    >>> targets = [Target(kind=TargetKind.TICK, names=("Actor/Media",), field=who, code="Media", is_implied=True)]
    >>> [target.names for target in name_ticks(targets, ["FragmentID", "Acteur [Médias]"])]
    [('Acteur [Médias]',)]
    """
    targets = tuple(targets)
    fields = {target.field.name: target.field for target in targets if target.field and target.kind is TargetKind.TICK}
    questions = questions_of(fields.values())
    positions, found = positions_of(names), dict[tuple[str, str], str]()
    for name in names:
        asked = find_tick(name, questions)
        if asked is not None and asked.field is not None and (code := asked.field.find(asked.answer)) is not None:
            found.setdefault((asked.field.name, code), name)

    def renamed(target: Target) -> Target:
        if target.kind is not TargetKind.TICK or target.field is None or target.key in positions:
            return target
        name = found.get((target.field.name, target.code))
        return target if name is None else replace(target, names=(name,), is_implied=True)

    return tuple(map(renamed, targets))


def _role(names: Iterable[str], wanted: str | None) -> str | None:
    """Find the role of the names a codebook has; one that no form uses was chosen to mean just itself."""
    roles = [role for name in names if (role := role_of(name)) is not None]
    if wanted is not None:
        return wanted if wanted in roles else None
    return roles[0] if roles else None


def known_columns(mapping: Mapping[str, str], codebook: Codebook) -> dict[str, str]:
    """Keep what is said of columns (what each holds, by its name in the file) where the codebook knows it."""
    targets = targets_of(codebook)
    return {
        column: name
        for column, name in mapping.items()
        if name == NOT_READ or any(target.goes_by(name) for target in targets)
    }


def positions_of(names: Sequence[str]) -> dict[str, int]:
    """Return the column of each name, as `label_key` has it; of two columns of one name the first."""
    positions: dict[str, int] = {}
    for index, name in enumerate(names):
        if name.strip():
            positions.setdefault(label_key(name), index)
    return positions


def layout_of(names: Sequence[str], *, row: int, taken: Mapping[str, int], codebook: Codebook) -> Layout:
    """Lay out the columns found; `taken` has those found otherwise than by their own names, by `Target.key`."""
    used = set(taken.values())
    positions = {name: index for name, index in positions_of(names).items() if index not in used} | dict(taken)
    columns = codebook.columns
    parts = {part.column[0]: _first(positions, part.column) for part in columns.parts}
    fields = {field.name: _first(positions, field.columns) for field in codebook.fields}
    options = {field.name: _first(positions, [field.derived_from]) for field in codebook.fields if field.derived_from}
    ticks: dict[str, dict[str, int]] = {}
    for target in name_ticks(_ticks(codebook), names):
        index = _first(positions, target.names)
        if target.field is not None and index is not None:
            ticks.setdefault(target.field.name, {})[target.code] = index
    return Layout(
        header=row,
        id=_first(positions, columns.id) or 0,
        merged=_first(positions, columns.merged),
        parts={name: index for name, index in parts.items() if index is not None},
        period=_first(positions, columns.period),
        country=_first(positions, columns.country),
        year=_first(positions, columns.year),
        confidential=tuple(
            sorted({positions[key] for name in columns.confidential if (key := label_key(name)) in positions})
        ),
        fields={name: index for name, index in fields.items() if index is not None},
        options={name: index for name, index in options.items() if index is not None},
        ticks=ticks,
        names=tuple(names),
        taken=dict(taken),
    )


def _first(positions: Mapping[str, int], names: Iterable[str]) -> int | None:
    return next((positions[label_key(name)] for name in names if label_key(name) in positions), None)
