"""XLSForms, as KoboToolbox and ODK use them: a field for each question with choices, with the choices as its codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.codebook.cell_splitting import CellSplitter
from classifier.codebook.columns import Columns
from classifier.codebook.found_codebook import FoundCodebook, too_many_names
from classifier.errors import CodebookError
from classifier.language_names import language_code
from classifier.languages import gettext, ngettext
from classifier.limits import MOST_CODE_NAMES, MOST_CODES
from classifier.spelling import exact_key, normalise
from classifier.spreadsheet.sheet import Sheet
from classifier.wording import listed

_SURVEY, _CHOICES, _SETTINGS = "survey", "choices", "settings"
_TYPE = re.compile(r"select[ _](?P<kind>one|multiple)\s+(?P<list>\S+)(?P<other>\s+or[ _]other)?", re.IGNORECASE)
_FROM_FILE = re.compile(r"select[ _](one|multiple)[ _]from[ _]file\b", re.IGNORECASE)
_GROUP = re.compile(r"(?P<edge>begin|end)[ _](group|repeat)", re.IGNORECASE)
_LABEL = re.compile(r"label(\s*::?\s*(?P<language>.+))?", re.IGNORECASE)
_ENGLISH = re.compile(r"english|\(en\)", re.IGNORECASE)
_MEANINGS = ("definition", "include", "exclude")  # which forms may have in columns of their own, by language or not
_MEANING = re.compile(rf"(?P<key>{'|'.join(_MEANINGS)})\s*::?\s*(?P<language>.+)", re.IGNORECASE)
_BLANK = " "  # between the names of several choices in a cell of an export
_OTHER = "Other"
_LONGEST_NAME = 40  # of a question whose label can stand at the head of a column
_UUID = "_uuid"  # of a submission, in every export

Translations = dict[str, dict[str, str]]  # by the code of the language, texts by their keys


def read_form(path: Path, sheets: Sequence[Sheet]) -> FoundCodebook | None:
    """Read the questions and choices of a form; None where the sheets are not those of one."""
    by_name = {sheet.name.strip().casefold(): _Table.of(sheet) for sheet in sheets}
    survey, choices = by_name.get(_SURVEY), by_name.get(_CHOICES)
    if survey is None or choices is None or not (survey.has("type", "name") and choices.has("list_name", "name")):
        return None
    settings = by_name.get(_SETTINGS)
    default = settings.cell(settings.rows[0], "default_language") if settings is not None and settings.rows else ""
    reader = _Reader(survey=survey, choices=choices, default=default)
    if problem := reader.too_many():
        raise CodebookError(path.name, [problem])
    reader.read()
    if not reader.fields:
        problem = gettext(
            "no question of this form is a select_one or select_multiple with choices; give another codebook"
        )
        raise CodebookError(path.name, [problem])
    content: dict[str, object] = {"fields": reader.fields, "columns": {"id": [*Columns().id, _UUID]}}
    return FoundCodebook(content=content, places=reader.places, notes=tuple(reader.notes()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A sheet of a form, whose header is its first row."""

    sheet: Sheet
    columns: Mapping[str, int]  # by the name, in small letters and with an underscore for a blank
    labels: Mapping[str, int]  # the columns of labels by their language; "" for one that names none
    meanings: Mapping[tuple[str, str], int]  # those of definitions and criteria by what they hold and their language
    rows: Sequence[int]

    @classmethod
    def of(cls, sheet: Sheet) -> _Table:
        header = sheet.rows[0] if sheet.rows else ()
        names = [name.strip() for name in header]
        labels = {
            (found["language"] or "").strip(): place
            for place, name in enumerate(names)
            if (found := _LABEL.fullmatch(name))
        }
        meanings = {
            (found["key"].lower(), language): place
            for place, name in reversed([*enumerate(names)])
            if (found := _MEANING.fullmatch(name)) and (language := language_code(found["language"]))
        }
        columns = {name.casefold().replace(" ", "_"): place for place, name in reversed([*enumerate(names)])}
        return cls(sheet=sheet, columns=columns, labels=labels, meanings=meanings, rows=sheet.filled_rows(below=0))

    def has(self, *names: str) -> bool:
        return all(name in self.columns for name in names)

    def cell(self, row: int, name: str) -> str:
        return " ".join(self.sheet.cell(row, self.columns.get(name)).split())

    def labels_of(self, row: int) -> dict[str, str]:
        """Return the labels of a row by their language, those that it has."""
        found = {language: " ".join(self.sheet.cell(row, place).split()) for language, place in self.labels.items()}
        return {language: label for language, label in found.items() if label}

    def translations_of(self, row: int, key: str, *, without: str) -> Translations:
        """Return the labels of a row, under a key, and what else is said there, by the code of each language.

        Labels in `without`, the language of the codebook, are no translation.
        """
        found: Translations = {}
        for language, label in self.labels_of(row).items():
            code = language_code(language)
            if code is not None and language != without:
                found.setdefault(code, {}).setdefault(key, label)
        for (meaning, code), place in self.meanings.items():
            text = " ".join(self.sheet.cell(row, place).split())
            if text and code != language_code(without):
                found.setdefault(code, {})[meaning] = text
        return found

    def meaning(self, row: int, key: str, language: str) -> str:
        """Return a definition or criterion of a row, in the language of the codebook."""
        place = self.meanings.get((key, language_code(language) or ""))
        return self.cell(row, key) or " ".join(self.sheet.cell(row, place).split())

    def place(self, row: int, name: str) -> str:
        return self.sheet.place(row, self.columns[name])


class _Reader:
    """Reads the questions of a form, in their order."""

    def __init__(self, *, survey: _Table, choices: _Table, default: str) -> None:
        self.survey, self.choices = survey, choices
        self.language = _language(choices, default)
        self.fields: list[dict[str, object]] = []
        self.places: dict[tuple[int, ...], str] = {}
        self.from_file: list[str] = []
        self.by_name_only: list[str] = []
        self.shared: dict[str, None] = {}  # translations that are names of another choice
        self.taken: set[str] = set()  # names of columns, as `exact_key` has them
        self.lists: dict[str, list[int]] = {}
        for row in choices.rows:
            if choices.cell(row, "name"):
                self.lists.setdefault(choices.cell(row, "list_name"), []).append(row)

    def too_many(self) -> str:
        """Say what the form has too many of; empty where it has not. A long list counts for each question with it."""
        asked = Counter(
            found["list"] for row in self.survey.rows if (found := _TYPE.fullmatch(self.survey.cell(row, "type")))
        )
        if sum(n * len(self.lists.get(name, ())) for name, n in asked.items()) > MOST_CODES:
            return gettext(
                "its questions have more choices than the {most} that are read at most; delete the questions that are "
                "no codes of outcomes",
                most=MOST_CODES,
            )
        n_names = {
            name: sum(1 + len(self.choices.labels_of(row)) for row in self.lists.get(name, ())) for name in asked
        }
        return too_many_names() if sum(n * n_names[name] for name, n in asked.items()) > MOST_CODE_NAMES else ""

    def read(self) -> None:
        groups: list[str] = []
        rows = [(row, self.survey.cell(row, "type"), self.survey.cell(row, "name")) for row in self.survey.rows]
        self.taken = {exact_key(name) for _, kind, name in rows if _TYPE.fullmatch(kind)}
        for row, kind, name in rows:
            if edge := _GROUP.match(kind):
                if edge["edge"].lower() == "begin":
                    groups.append(name)
                else:
                    del groups[-1:]
            elif _FROM_FILE.match(kind):
                self.from_file.append(name)
            elif (found := _TYPE.fullmatch(kind)) and name and self.lists.get(found["list"]):
                self._read_question(row, name, found, groups)

    def notes(self) -> Iterator[str]:
        yield ngettext(
            "read as a form (XLSForm): {n} question with choices; delete the fields that are no codes of outcomes",
            "read as a form (XLSForm): {n} questions with choices; delete the fields that are no codes of outcomes",
            len(self.fields),
        )
        others = [language for language in self.choices.labels if language != self.language]
        translated = [language for language in others if language_code(language) is not None]
        if self.language:
            yield gettext("codes are the labels in {language!r}", language=self.language)
        if translated:
            languages = gettext(", ").join(map(repr, translated))
            yield gettext("labels in {languages} are translations of the codes and questions", languages=languages)
        if others:
            named = [
                repr(language) if language else gettext("no language")
                for language in others
                if language not in translated
            ]
            if named:
                yield gettext(
                    "labels in {languages}, and the names of choices, are read as other names of the codes",
                    languages=gettext(", ").join(named),
                )
            else:
                yield gettext("the names of choices are read as other names of the codes")
        if self.shared:
            yield gettext(
                "{names}: left out of the translations, since several choices of a question go by that label; give "
                "each its own",
                names=listed([*map(repr, self.shared)]),
            )
        if self.by_name_only:
            yield gettext(
                "{names}: the codes are the names of choices, since labels can't be told apart where an export parts "
                "them by blanks",
                names=gettext(", ").join(map(repr, self.by_name_only)),
            )
        yield gettext(
            "outcomes are known by {uuid!r} where an export has no column {id!r}", uuid=_UUID, id=Columns().id[0]
        )
        if self.from_file:
            yield gettext("{names}: choices in a file of its own, not read", names=listed([*map(repr, self.from_file)]))

    def _read_question(self, row: int, name: str, found: re.Match[str], groups: Sequence[str]) -> None:
        is_multiple = found["kind"].lower() == "multiple"
        headings = self.survey.labels_of(row)
        aliases = ["/".join([*groups, name])] if groups else []
        aliases = [heading for heading in (*aliases, *headings.values()) if self._is_free(heading)]
        field: dict[str, object] = {"name": name, "column": name, "kind": "multiple" if is_multiple else "single"}
        field |= {"aliases": aliases} if aliases else {}
        field |= {"question": headings[self.language]} if self.language in headings else {}
        translations = self.survey.translations_of(row, "question", without=self.language)
        for language, label in headings.items():
            code = language_code(language)
            is_its_own = label in aliases or exact_key(label) == exact_key(name)
            if code is not None and is_its_own and _is_name(label):
                translations.setdefault(code, {}).setdefault("column", label)
        if translations:
            field["translations"] = translations
        if is_multiple:
            field["separator"] = _BLANK
        place = len(self.fields)
        self.places[(place,)] = self.survey.place(row, "name")
        choices = self.lists[found["list"]]
        for number, choice in enumerate(choices):
            self.places[place, number] = self.choices.place(choice, "name")
        field["codes"] = self._codes(name, choices, is_multiple=is_multiple, has_other=bool(found["other"]))
        self.fields.append(field)

    def _is_free(self, heading: str) -> bool:
        """Whether no other column has a name; from now on one has."""
        key = exact_key(heading)
        is_free = key not in self.taken
        self.taken.add(key)
        return is_free

    def _codes(
        self, question: str, choices: Sequence[int], *, is_multiple: bool, has_other: bool
    ) -> list[dict[str, object]]:
        named = [(self.choices.cell(row, "name"), self.choices.labels_of(row), row) for row in choices]
        codes = [self._code(name, labels, row) for name, labels, row in named]
        if has_other and exact_key(_OTHER) not in {exact_key(name) for name, _, _ in named}:
            codes.append({"code": _OTHER})
            named.append(("other", {}, -1))
        self.shared |= dict.fromkeys(_drop_shared_names(codes))
        if is_multiple:
            if CellSplitter(_BLANK, [str(name) for code in codes for name in _names(code)]).confused():
                self.by_name_only.append(question)
                codes = [_by_name(name, code) for (name, _, _), code in zip(named, codes, strict=True)]
            for (name, _, _), code in zip(named, codes, strict=True):
                code["column"] = f"{question}/{name}"
        return codes

    def _code(self, name: str, labels: Mapping[str, str], row: int) -> dict[str, object]:
        label = labels.get(self.language) or next(iter(labels.values()), name)
        meanings = {key: text for key in _MEANINGS if (text := self.choices.meaning(row, key, self.language))}
        translations = self.choices.translations_of(row, "code", without=self.language)
        translated = {exact_key(texts.get("code", "")) for texts in translations.values()}
        others = [name, *(other for other in labels.values() if exact_key(other) not in translated)]
        code = {"code": label, **meanings, "aliases": [other for other in others if other != label]}
        return code | ({"translations": translations} if translations else {})


def _language(choices: _Table, default: str) -> str:
    """Choose the language of codes: that of the form, else the labels that name none, else English, else the first."""
    languages = [*choices.labels]
    return next(
        (
            language
            for language in (
                *(language for language in languages if default and normalise(language) == normalise(default)),
                *(language for language in languages if not language),
                *(language for language in languages if _ENGLISH.search(language)),
                *languages,
            )
        ),
        "",
    )


def _is_name(label: str) -> bool:
    """Whether the label of a question names what is asked for, as a heading does, and is no sentence."""
    return len(label) <= _LONGEST_NAME and not label.endswith((*"?؟:.",))


def _names(code: Mapping[str, object]) -> Iterator[object]:
    yield code["code"]
    aliases = code.get("aliases", ())
    assert isinstance(aliases, list | tuple)
    yield from aliases
    yield from (texts["code"] for texts in _translations(code).values() if "code" in texts)


def _translations(code: Mapping[str, object]) -> Translations:
    translations = code.get("translations", {})
    assert isinstance(translations, dict)
    return translations


def _drop_shared_names(codes: Sequence[dict[str, object]]) -> list[str]:
    """Leave out other names of a code that it has already, or that another one has; return such translations."""
    dropped: list[str] = []
    owners: dict[str, set[int]] = {}
    for place, code in enumerate(codes):
        for name in _names(code):
            owners.setdefault(exact_key(str(name)), set()).add(place)
    for code in codes:
        kept: dict[str, str] = {}
        aliases = code.pop("aliases", ())
        assert isinstance(aliases, list | tuple)
        for name in map(str, aliases):
            if len(owners[exact_key(name)]) == 1 and exact_key(name) != exact_key(str(code["code"])):
                kept.setdefault(exact_key(name), name)
        if kept:
            code["aliases"] = [*kept.values()]
        translations = _translations(code)
        for language, texts in [*translations.items()]:
            if "code" in texts and len(owners[exact_key(texts["code"])]) > 1:
                dropped.append(texts.pop("code"))
            if not texts:
                del translations[language]
    return dropped


def _by_name(name: str, code: Mapping[str, object]) -> dict[str, object]:
    """Return a code that is called as its choice, and defined by its label in each language if nothing more is said."""
    translations = {
        language: {"definition": texts["code"]} | {key: texts[key] for key in _MEANINGS if key in texts}
        for language, texts in _translations(code).items()
        if "code" in texts
    }
    meanings = {"definition": code["code"]} | {key: code[key] for key in _MEANINGS if key in code}
    return {"code": name, **meanings} | ({"translations": translations} if translations else {})
