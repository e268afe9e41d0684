"""Code cells: the codes of an outcome, read from labels, tick columns or an option."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

from classifier.codebook.code_keys import CodeKeys
from classifier.codebook.doubt import is_doubted
from classifier.codebook.schema import CodeField
from classifier.codebook.tick_columns import is_ticked
from classifier.codebook.unknown_label import label_hint, repeated_hint, several_codes_hint
from classifier.faults import Fault, FaultKind, shown
from classifier.harvest.layout import Layout
from classifier.languages import joined, lazy_gettext
from classifier.spelling import did_you_mean, label_key
from classifier.spreadsheet.sheet import Sheet
from classifier.wording import lazily_paired

Codes = tuple[str, ...]

_MOST_COMPARISONS = 300_000  # of unknown labels with names of codes, which takes some seconds
_OTHER_CODEBOOK = lazy_gettext(
    "so many labels of this column are unknown that no others are proposed; check the codebook, and that this is the "
    "column of these codes"
)
_UNTOLD = lazy_gettext("a label of a confidential outcome, which is not shown,")
_CODEBOOK = lazy_gettext("the codebook")
_IF_NOT = lazy_gettext("if that is wrong, write the whole code")


class CodeReader:
    """Reads the codes of one field.

    What is wrong with them, or was guessed, is added to `faults`. A column of labels counts before columns that
    say yes or no to one code each, and both before the option that a code is derived from. With `takes_keys`, a
    code may be given by the key that begins it, as our drop-downs say; see `classifier.codebook.code_keys`.
    """

    def __init__(
        self, sheet: Sheet, layout: Layout, field: CodeField, faults: list[Fault], *, takes_keys: bool = False
    ) -> None:
        self.sheet, self.field, self.header = sheet, field, layout.header
        self.keys = CodeKeys(field) if takes_keys else None
        self.labels = layout.fields.get(field.name)
        self.option = layout.options.get(field.name)
        self.ticks = layout.ticks.get(field.name, {})
        self.faults = faults
        self.is_quoted = True
        self._n_names = sum(len(code.names) for code in field.codes)
        self._guesses: dict[str, tuple[str | None, str]] = {}
        self._misspellings: dict[str, bool] = {}  # whether some words are like one code
        faults.extend(self._tick_faults())

    def read(self, row: int, *, is_quoted: bool = True) -> Codes:
        """Return the codes of a row, those that the codebook knows.

        Parameters
        ----------
        is_quoted : bool
            Whether faults quote what is no code; of a confidential outcome it may be a name.
        """
        self.is_quoted = is_quoted
        given = self._labelled(row)
        ticked = self._ticked(row)
        if given and ticked and set(given) != set(ticked):
            self._note(
                row,
                self.labels,
                lazy_gettext(
                    "{heading!r} and the columns of single codes differ; the first is used", heading=self.field.heading
                ),
                lazy_gettext("correct one of them"),
            )
        given = given or ticked
        option = self.sheet.cell(row, self.option).strip()
        if self.option is None or not option:
            return given
        derived = self.field.derive(option)
        if derived is not None and self._is_doubted(option, (derived,)):
            self._doubted(row, self.option, option)
            return given
        if derived is None:
            self._unknown_option(row, self.option, option, has_code=bool(given))
        elif given and derived not in given:
            self._fault(
                row,
                self.labels if self.labels is not None else self.option,
                lazy_gettext(
                    "{field} is {code!r}, but {options} {option!r} belongs to {derived!r}",
                    field=self.field.heading,
                    code=given[0],
                    options=self.field.derived_from,
                    option=option,
                    derived=derived,
                ),
                lazy_gettext("correct one of the two cells"),
            )
        return given or ((derived,) if derived else ())

    def _labelled(self, row: int) -> Codes:
        if self.labels is None:
            return ()
        codes: dict[str, None] = {}
        for label in self._labels_in(self.sheet.cell(row, self.labels)):
            code = self._find(label)
            several = self._parted_by_blanks(label) if code is None else ()
            if several and not self._is_doubted(label, several):
                codes.update(dict.fromkeys(several))
                continue
            hint = ""
            if code is None and not several:
                code, hint = self._guess(label)
            if several or (code is not None and self._is_doubted(label, (code,))):
                self._doubted(row, self.labels, label)
                continue
            if code is not None:
                codes[code] = None
            if hint and code is not None:
                what = lazy_gettext("{label} is read as {code!r}", label=shown(label), code=code)
                self._tell(FaultKind.GUESS, row, self.labels, what, hint)
            elif hint:
                what = lazy_gettext(
                    "{label} is not a code of {heading!r}", label=self._quoted(label), heading=self.field.heading
                )
                self._fault(row, self.labels, what, hint)
        return tuple(codes)

    def _labels_in(self, cell: str) -> Iterable[str]:
        """Return the labels of a cell; where blanks part them, words that are like one code are a misspelt one."""
        labels = self.field.split(cell)
        if self.field.separator.strip() or "\n" in self.field.separator:
            return labels
        runs = [(known, [*words]) for known, words in groupby(labels, lambda label: self._find(label) is not None)]
        return [label for known, words in runs for label in ([*words] if known else self._misspelt(words))]

    def _misspelt(self, words: Sequence[str]) -> Sequence[str]:
        whole = " ".join(words)
        if whole not in self._misspellings and len(self._misspellings) * self._n_names <= _MOST_COMPARISONS:
            are_parts = all(self.field.completed(word) for word in words)
            self._misspellings[whole] = not are_parts and self.field.nearest(whole) is not None
        return [whole] if self._misspellings.get(whole) else words

    def _find(self, label: str) -> str | None:
        code = self.field.find(label)
        return self.keys.find(label) if code is None and self.keys is not None else code

    def _is_doubted(self, label: str, codes: Codes) -> bool:
        names = (name for code in self.field.codes if code.code in codes for name in (*code.names, *code.mcq))
        return is_doubted(label, names)

    def _doubted(self, row: int, column: int, label: str) -> None:
        what = lazy_gettext(
            "{label} has a question mark, so it is no code of {heading!r}",
            label=self._quoted(label),
            heading=self.field.heading,
        )
        remedy = lazy_gettext("write the code without it once it is sure, or leave the cell empty")
        self._fault(row, column, what, remedy)

    def _guess(self, label: str) -> tuple[str | None, str]:
        """Return the code that an unknown label is taken for, if any, and what to do about it."""
        if label not in self._guesses:
            if len(self._guesses) * self._n_names > _MOST_COMPARISONS:
                return None, _OTHER_CODEBOOK
            code = self.field.completed(label)
            self._guesses[label] = (code, self._remedy(label) if code is None else _IF_NOT)
        return self._guesses[label]

    def _remedy(self, label: str) -> str:
        return several_codes_hint(self.field, label) or _or_add(label_hint(self.field, label), _CODEBOOK)

    def _parted_by_blanks(self, label: str) -> Codes:
        """Read codes parted by blanks, as survey tools write them; nothing if one of the words is no code."""
        codes = [self._find(word) for word in label.split()] if self.field.is_multiple else []
        return tuple(code for code in codes if code is not None) if None not in codes else ()

    def _ticked(self, row: int) -> Codes:
        codes = []
        for code, column in self.ticks.items():
            text = self.sheet.cell(row, column)
            labels = self.field.names_of(code)
            is_given = None if is_doubted(text, labels) else is_ticked(text, *labels)
            if is_given:
                codes.append(code)
            elif is_given is None:
                what = lazy_gettext(
                    "{strip} says neither yes nor no to code {code!r}", strip=self._quoted(text.strip()), code=code
                )
                self._fault(row, column, what, lazy_gettext("write 1 or 0, or leave it empty"))
        if len(codes) > 1 and not self.field.is_multiple:
            what = lazy_gettext(
                "{codes} are ticked, but {heading!r} takes one code",
                codes=lazily_paired(map(repr, codes)),
                heading=self.field.heading,
            )
            remedy = lazy_gettext("keep one, or make the field `multiple` in the codebook")
            self._fault(row, self.ticks[codes[0]], what, remedy)
            return ()
        return tuple(codes)

    def _tick_faults(self) -> Iterable[Fault]:
        if not self.ticks:
            return
        heading, n_codes = self.field.heading, len(self.field.codes)
        where = self.sheet.place(self.header, min(self.ticks.values()))
        what = lazy_gettext(
            "{heading!r} is read from {ticks} columns that say yes or no to one code each",
            heading=heading,
            ticks=len(self.ticks),
        )
        names = {label_key(self.sheet.cell(self.header, column)) for column in self.ticks.values()}
        named = any(code.column and label_key(code.column) in names for code in self.field.codes)
        yield Fault(
            kind=FaultKind.NOTE,
            where=where,
            what=what,
            remedy=(
                lazy_gettext("as the codebook says")
                if named
                else lazy_gettext("by their names; if other columns are meant, rename these")
            ),
        )
        missing = [code.code for code in self.field.codes if code.code not in self.ticks]
        if missing and len(missing) < n_codes:
            what = lazy_gettext(
                "there is no column for {missing} of {heading!r}",
                missing=joined(", ", map(repr, missing)),
                heading=heading,
            )
            yield Fault(kind=FaultKind.NOTE, where=where, what=what, remedy=lazy_gettext("it is read as not given"))

    def _unknown_option(self, row: int, column: int, option: str, *, has_code: bool) -> None:
        self._tell(
            # Without a code the row would be lost to the field; with one, the option is only a curiosity.
            FaultKind.NOTE if has_code else FaultKind.CODE,
            row,
            column,
            lazy_gettext(
                "{option} is not an option that leads to a code of {heading!r}",
                option=self._quoted(option),
                heading=self.field.heading,
            ),
            _or_add(did_you_mean(option, self.field.options, otherwise=""), lazy_gettext("the codebook under `mcq`")),
        )

    def _quoted(self, text: str) -> str:
        return shown(text) if self.is_quoted else _UNTOLD

    def _note(self, row: int, column: int | None, what: str, remedy: str) -> None:
        self._tell(FaultKind.NOTE, row, column or 0, what, remedy)

    def _fault(self, row: int, column: int, what: str, remedy: str) -> None:
        self._tell(FaultKind.CODE, row, column, what, remedy)

    def _tell(self, kind: FaultKind, row: int, column: int, what: str, remedy: str) -> None:
        where, repeated = self.sheet.place(row, column), _repeated(remedy)
        self.faults.append(Fault(kind=kind, where=where, what=what, remedy=remedy, repeated=repeated))


def code_column(sheet: Sheet, layout: Layout, row: int, field: str) -> int | None:
    """Return the column that the codes of a row are in, for a field; None where it has none."""
    columns = (layout.fields.get(field), layout.options.get(field), *layout.ticks.get(field, {}).values())
    return next((column for column in columns if column is not None and sheet.cell(row, column).strip()), None)


@lru_cache(maxsize=1024)  # most unknown labels of a column have one remedy
def _or_add(hint: str, place: str) -> str:
    """Say after a hint what else can be done about an unknown label."""
    if hint.startswith("did you mean"):
        return lazy_gettext("{hint} If not, add it to {place}", hint=hint, place=place)
    correct = _correct(place)
    return lazy_gettext("{what}; {remedy}", what=hint, remedy=correct) if hint else correct


def _correct(place: str) -> str:
    return lazy_gettext("correct the cell, or add it to {place}", place=place)


@lru_cache(maxsize=1024)
def _repeated(remedy: str) -> str:
    """Return a remedy without the codes of the field, where it names them."""
    return _correct(_CODEBOOK) if repeated_hint(remedy) else ""
