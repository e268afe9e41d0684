"""Codebook draft from the labels of a coded workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from classifier.codebook.code import Code
from classifier.codebook.columns import Columns
from classifier.codebook.labels import Answers
from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.table import field_name
from classifier.codebook.tick_columns import Column
from classifier.codebook.yaml_format import dump_yaml
from classifier.errors import CodebookError
from classifier.harvest.draft_columns import (
    FEW,
    DraftNote,
    DraftTable,
    coded_columns,
    find_table,
    keys,
    named_columns,
    names_of,
)
from classifier.harvest.draft_notes import label_notes, table_notes
from classifier.languages import Message, lazy_gettext, lazy_ngettext
from classifier.spelling import label_key

_ODD_SHARE = 0.05  # coders slip: so many rows may contradict what the others say of an option

_HEADER = """\
# A draft, made from the labels found in a coded workbook. Edit it before you use it:
# - write under each `definition` what a coder needs to apply the code;
# - check the aliases: each should mean the same as its code;
# - delete the fields and codes that nobody should be asked for.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A first codebook, and what a person should look at before using it."""

    codebook: Codebook
    found: tuple[DraftNote, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes for a reader of the terminal."""
        return tuple(note.what for note in self.found)

    @property
    def notes_on_page(self) -> tuple[Message, ...]:
        """The notes for a reader of the page."""
        return tuple(note.for_page() for note in self.found)

    def dump(self) -> str:
        """Write the draft as YAML that `Codebook.parse` reads, with an empty definition under each code."""
        content: dict[str, object] = {"fields": [_written_field(field) for field in self.codebook.fields]}
        if self.codebook.columns != Columns():
            content["columns"] = self.codebook.columns.model_dump(mode="json", exclude_defaults=True)
        return _HEADER + dump_yaml(content)


def _written_field(field: CodeField) -> dict[str, object]:
    written: dict[str, object] = {"name": field.name, "column": field.column}
    if field.derived_from:
        written["derived_from"] = field.derived_from
    written["kind"] = field.kind
    if field.is_multiple:
        written["separator"] = field.separator
    # The definition is what only a person can write, so its key waits for one under every code.
    return written | {"codes": [_written_code(code) for code in field.codes]}


def _written_code(code: Code) -> dict[str, object]:
    lists = {"mcq": list(code.mcq), "aliases": list(code.aliases)}
    own = {"column": code.column} if code.column else {}
    return {"code": code.code, **own, "definition": code.definition} | {
        key: names for key, names in lists.items() if names
    }


def draft_codebook(path: Path | str, *, columns: Sequence[str] | None = None, sheet: str | None = None) -> Draft:
    """Draft a codebook from a workbook that has been coded.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns to take as fields. By default those whose cells look like codes: short labels, few of
        them, that come back again and again.

    Returns
    -------
    Draft
        Fields in the order of the columns, codes in the order of how often they occur. A column whose
        labels each lead to one label of another column becomes that one's `derived_from`. Near spellings
        of a label are proposed as its aliases; each is in the notes, and so is what was left out.

    Examples
    --------
    >>> draft = draft_codebook(getfixture("training_data") / "harvest_1.xlsx")
    >>> draft.codebook.names
    ('social_actor', 'scale', 'link_to_scc_specific_objectives', 'type_of_change_cluster')
    >>> draft.codebook.field("scale").code_names
    ('Local', 'National', 'Sub-national', 'International', 'Regional')
    """
    table = find_table(Path(path), columns or (), sheet)
    found, left_out = coded_columns(table)
    if columns is None:
        answers, spare = found, found
    else:
        answers, left_out = named_columns(table, columns), ()
        named = {answers_of.column.key for answers_of in answers}
        spare = tuple(answers_of for answers_of in found if answers_of.column.key not in named)
    option_columns = _option_columns(spare, answers)
    sources = {option_column.source.column.key for option_column in option_columns}
    answers = tuple(answers_of for answers_of in answers if answers_of.column.key not in sources)
    if not answers:
        what = f"no column looks like codes (name those that hold codes with --columns; {names_of(table)})"
        raise CodebookError(table.path.name, [what])
    codebook = Codebook(fields=_fields(answers, option_columns), columns=table.known)
    return Draft(codebook=codebook, found=(*_notes(table, answers, option_columns), *left_out))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OptionColumn:
    """A column whose labels each lead to one code of another.

    `options` has the code for the normal form of each label, the commonest first; `n_odd` counts the rows
    where another code is given.
    """

    source: Answers
    target: Answers
    options: Mapping[str, str]
    n_odd: int


def _option_columns(sources: Iterable[Answers], targets: Iterable[Answers]) -> tuple[_OptionColumn, ...]:
    pairs = [(source, target) for target in targets for source in sources]
    option_columns = (
        _option_column(source, target)
        for source, target in pairs
        if not source.separator and not target.separator and len(source.labels) > len(target.labels)
    )
    return tuple(option_column for option_column in option_columns if option_column is not None)


def _option_column(source: Answers, target: Answers) -> _OptionColumn | None:
    """Find which code each label leads to, or None where one column hardly predicts the other."""
    code_by_key = {each.key: label.text for label in target.labels for each in (label, *label.typos)}
    pairs = Counter(
        (label_key(option), code_by_key[label_key(code)])
        for options, codes in zip(source.by_row, target.by_row, strict=True)
        for option in options
        for code in codes
    )
    usual: dict[str, str] = {}
    for (option, code), _ in pairs.most_common():
        usual.setdefault(option, code)
    n_odd = pairs.total() - sum(pairs[pair] for pair in usual.items())
    n_by_code: Counter[str] = Counter()
    for (_, code), n in pairs.items():
        n_by_code[code] += n
    # Goodman and Kruskal's lambda: how much better than "always the commonest code" the option tells it.
    n_unexplained = pairs.total() - max(n_by_code.values(), default=0)
    if n_unexplained < FEW or n_odd > _ODD_SHARE * n_unexplained:
        return None
    return _OptionColumn(source=source, target=target, options=usual, n_odd=n_odd)


def _fields(answers: Sequence[Answers], option_columns: Sequence[_OptionColumn]) -> tuple[CodeField, ...]:
    names: list[str] = []
    for answers_of in answers:
        names.append(_field_name(answers_of.column, names))
    return tuple(
        _field(answers_of, name, _option_column_of(answers_of, option_columns))
        for answers_of, name in zip(answers, names, strict=True)
    )


def _option_column_of(answers: Answers, option_columns: Iterable[_OptionColumn]) -> _OptionColumn | None:
    """Choose the column with the fewest labels among those that lead to the codes of another."""
    ours = [option_column for option_column in option_columns if option_column.target is answers]
    return min(ours, key=lambda option_column: len(option_column.options), default=None)


def _field_name(column: Column, taken: Iterable[str]) -> str:
    slug = field_name(column.name)
    numbered = chain([slug], (f"{slug}_{number}" for number in count(2)))
    return next(name for name in numbered if label_key(name) not in keys(taken))


def _field(answers: Answers, name: str, option_column: _OptionColumn | None) -> CodeField:
    return CodeField(
        name=name,
        column=answers.column.name,
        kind="multiple" if answers.separator else "single",
        separator=_written_separator(answers),
        derived_from=option_column.source.column.name if option_column else None,
        codes=tuple(
            Code(
                code=label.text,
                column=answers.ticks.get(label.text),
                aliases=tuple(typo.text for typo in label.typos),
                mcq=tuple(_options(option_column, label.text)) if option_column else (),
            )
            for label in answers.labels
        ),
    )


def _options(option_column: _OptionColumn, code: str) -> Iterator[str]:
    for label in option_column.source.labels:
        for each in (label, *label.typos):
            if option_column.options.get(each.key) == code:
                yield each.text


def _written_separator(answers: Answers) -> str:
    """Write the separator with the blanks around it that most cells have."""
    if not answers.separator or answers.separator.isspace():
        return answers.separator or "; "
    forms: list[str] = re.findall(f" ?{re.escape(answers.separator)} ?", "\n".join(answers.column.cells))
    return max(forms, key=forms.count, default="; ")


def _notes(
    table: DraftTable, answers: Iterable[Answers], option_columns: Sequence[_OptionColumn]
) -> Iterator[DraftNote]:
    yield from table_notes(table)
    for answers_of in answers:
        notes = chain(label_notes(answers_of), _option_notes(answers_of, option_columns))
        yield from (note.on_column(answers_of.column.name.strip()) for note in notes)


def _option_notes(answers: Answers, option_columns: Sequence[_OptionColumn]) -> Iterator[DraftNote]:
    ours = [option_column for option_column in option_columns if option_column.target is answers]
    for option_column in ours:
        name, n_options = option_column.source.column.name.strip(), len(option_column.options)
        if option_column is not _option_column_of(answers, option_columns):
            what = lazy_gettext("column {name!r} leads to its codes too, so that it is not a field", name=name)
            yield DraftNote(what=what)
            continue
        yield DraftNote(
            what=lazy_gettext(
                "it is `derived_from` column {name!r}, whose {n_options} labels each lead to one code",
                name=name,
                n_options=n_options,
            ),
            on_page=lazy_gettext(
                "it follows from column {name!r}, whose {n_options} labels each lead to one code",
                name=name,
                n_options=n_options,
            ),
        )
        if option_column.n_odd:
            yield DraftNote(
                what=lazy_ngettext(
                    "{n} cell with another code than {name!r} usually leads to; check them",
                    "{n} cells with another code than {name!r} usually leads to; check them",
                    option_column.n_odd,
                    name=name,
                )
            )
