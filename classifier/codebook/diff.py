"""Diff between two codebooks: codes renamed, merged, split, dropped, redefined or new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifier.codebook.schema import Codebook, CodeField


class Fate(StrEnum):
    """Kind of change to a code."""

    RENAMED = "renamed"
    MERGED = "merged"  # it is one with other codes now
    SPLIT = "split"  # its decisions go back to the queue, as those of a dropped one do
    DROPPED = "dropped"
    REDEFINED = "redefined"  # it has another definition; its decisions stay
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChange:
    """Change to one code of a field."""

    field: str
    code: str
    fate: Fate
    to: tuple[str, ...] = ()  # the codes of the new codebook that it was renamed to, merged into or split into
    n_decisions: int = 0  # decisions that held it and counted, adjudications included


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMove:
    """A field of the old codebook and the one of its name in the new codebook.

    Examples
    --------
    >>> before = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Village}]}]")
    >>> after = Codebook.parse(
    ...     "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local, aliases: [Village]}]}]"
    ... )
    >>> (scale,) = moves_between(before, after, {})
    >>> scale.carry(["Village"])
    (('Local',), 'carried over from Village')
    """

    before: CodeField
    after: CodeField
    # By old code, the new ones: one as a rule, itself where it stays; several where it was split, none where it
    # was dropped.
    to: Mapping[str, tuple[str, ...]]
    unmapped: tuple[str, ...]  # codes that the new codebook lacks, and of which nothing says what becomes of them
    redefined: tuple[str, ...]  # codes that have another definition

    def carry(self, codes: Sequence[str]) -> tuple[tuple[str, ...], str]:
        """Carry the codes of a decision over, in their order, and say why; none where it goes back to the queue."""
        back = self._back(codes)
        if back and len(codes) == 1:
            return (), back[codes[0]]
        if back:
            message = "; ".join(f"{code} {reason}" for code, reason in back.items())
            return (), f"{message}: all of {', '.join(codes)} goes back to the queue"
        if self.is_too_much(codes):
            return (), "the field takes one code now"
        return self._carried(codes), f"carried over from {', '.join(codes)}"

    def is_too_much(self, codes: Sequence[str]) -> bool:
        """Whether a decision holds several codes, none of them split or dropped, in a field that takes one now."""
        return not self.after.is_multiple and not self._back(codes) and len(self._carried(codes)) > 1

    def changes(self, n_decisions: Mapping[tuple[str, str], int]) -> Iterator[CodeChange]:
        """List what became of each code, the new ones last; codes that stay as they are are left out."""
        name = self.before.name
        n_sources = Counter(codes[0] for codes in self.to.values() if len(codes) == 1)
        for code, to in self.to.items():
            if to != (code,):
                fate = self._fate(to, n_sources)
            elif code in self.redefined:
                fate = Fate.REDEFINED
            else:
                continue
            n_with_it = n_decisions.get((name, code), 0)
            yield CodeChange(field=name, code=code, fate=fate, to=() if to == (code,) else to, n_decisions=n_with_it)
        reached = {code for codes in self.to.values() for code in codes}
        for code in self.after.code_names:
            if code not in reached:
                yield CodeChange(field=name, code=code, fate=Fate.NEW)

    def _carried(self, codes: Sequence[str]) -> tuple[str, ...]:
        # What the old codebook doesn't know either counts for nothing before and after, and stays as it is.
        return tuple(dict.fromkeys(new for code in codes for new in self.to.get(code, (code,))))

    def _back(self, codes: Sequence[str]) -> dict[str, str]:
        """Return, for each code that can't be carried over, why."""
        new = {code: self.to.get(code, (code,)) for code in codes}
        return {
            code: f"split into {', '.join(to)}" if to else "no longer a code"
            for code, to in new.items()
            if len(to) != 1
        }

    @staticmethod
    def _fate(to: tuple[str, ...], n_sources: Mapping[str, int]) -> Fate:
        if len(to) == 1:
            return Fate.MERGED if n_sources[to[0]] > 1 else Fate.RENAMED
        return Fate.SPLIT if to else Fate.DROPPED


def moves_between(
    old: Codebook, new: Codebook, mapped: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[FieldMove]:
    """Compare the codes of each field that both codebooks have.

    `mapped` has the new codes by field and old code. Of a code that is not in it, the new codebook is asked: it may
    know it by an alias, or spelled a little otherwise.
    """
    redefined = redefined_codes(old, new)
    by_name = {field.name: field for field in new.fields}
    for before in old.fields:
        after = by_name.get(before.name)
        if after is None:
            continue
        found = {code: _found(after, code) for code in before.code_names}
        yield FieldMove(
            before=before,
            after=after,
            to={code: mapped.get((before.name, code), to) for code, to in found.items()},
            unmapped=tuple(code for code, to in found.items() if not to and (before.name, code) not in mapped),
            redefined=tuple(code for field, code in redefined if field == before.name),
        )


def _found(field: CodeField, code: str) -> tuple[str, ...]:
    found = field.find(code)
    return () if found is None else (found,)


def codebook_differences(before: Codebook, after: Codebook) -> tuple[str, ...]:
    """Differences in fields and codes between two codebooks; wording does not count."""
    found = []
    for name in dict.fromkeys((*before.names, *after.names)):
        if name not in after.names:
            found.append(f"field {before.field(name).name_and_column} is gone")
        elif name not in before.names:
            found.append(f"field {after.field(name).name_and_column} is new")
        else:
            found += _field_differences(before.field(name), after.field(name))
    return tuple(found)


def redefined_codes(before: Codebook, after: Codebook) -> tuple[tuple[str, str], ...]:
    """Codes whose definition has changed from one codebook to another, each after its field."""
    return tuple(
        (field.name, old.code)
        for field in before.fields
        if field.name in after.names
        for old in field.codes
        for new in after.field(field.name).codes
        if old.code == new.code and old.definition != new.definition
    )


def retranslated_fields(before: Codebook, after: Codebook) -> tuple[str, ...]:
    """Fields of both codebooks whose translations, or those of codes that both have, are others."""
    return tuple(
        field.name
        for field in before.fields
        if field.name in after.names and _is_retranslated(field, after.field(field.name))
    )


def moved_names(before: Codebook, after: Codebook) -> Iterator[tuple[str, str, str, str]]:
    """Yield each name by which another code is read than before: its field, the name, and both codes.

    A code that was renamed or merged is still the same one.

    Examples
    --------
    >>> scale = "fields: [{name: scale, column: Scale, kind: single, codes: [%s]}]"
    >>> before = Codebook.parse(scale % "{code: Local, aliases: [Province]}, {code: National}")
    >>> after = Codebook.parse(scale % "{code: Local}, {code: National, aliases: [Province]}")
    >>> list(moved_names(before, after))
    [('scale', 'Province', 'Local', 'National')]
    """
    by_name = {field.name: field for field in after.fields}
    for field in before.fields:
        for code in field.codes if field.name in by_name else ():
            same = by_name[field.name].find(code.code)
            for name in code.names:
                found = by_name[field.name].find(name)
                if same is not None and found is not None and found != same:
                    yield field.name, name, code.code, found


def _is_retranslated(before: CodeField, after: CodeField) -> bool:
    translations = {code.code: code.translations for code in before.codes}
    return before.translations != after.translations or any(
        code.translations != translations.get(code.code, code.translations) for code in after.codes
    )


def _field_differences(before: CodeField, after: CodeField) -> Iterator[str]:
    if before.kind != after.kind:
        yield f"field {before.name_and_column} was {before.kind} and is {after.kind}"
    for code in before.code_names:
        if code not in after.code_names:
            yield f"field {before.name_and_column}: code {code!r} is gone"
    for code in after.code_names:
        if code not in before.code_names:
            yield f"field {before.name_and_column}: code {code!r} is new"
