"""Codebook in a table: a row for each code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.codebook.found_codebook import FoundCodebook, too_many_names
from classifier.codebook.labels import words_of
from classifier.codebook.translated_columns import TranslatedColumns, home_language, translated_columns
from classifier.codebook.xlsform import read_form
from classifier.errors import CodebookError, FaultsError
from classifier.languages import gettext, ngettext
from classifier.limits import MOST_CODE_NAMES, MOST_CODES
from classifier.spelling import label_key, nearest
from classifier.spreadsheet.column_synonyms import role_despite_hint
from classifier.spreadsheet.header import HEADER_ROWS
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

_LIKE = 0.85  # how like a known name a column's is, to be taken for it
# What columns are called, by what they hold: in English, French, Spanish and Portuguese, and in what survey tools and
# programs for qualitative analysis write.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "code": (
        *("Sub-code", "Subcodes", "Sub-category", "Subcategory", "Code", "Codes", "Code name", "Label", "Answer"),
        *("Answer option", "Option", "Choice", "Value label", "Category", "Value", "Name", "Sous-code", "Subcódigo"),
        *("Libellé", "Étiquette", "Réponse", "Código", "Códigos", "Respuesta", "Etiqueta", "Resposta", "الرمز"),
        *("الترميز",),
    ),
    "field": (
        *("Field", "Question", "Variable", "Code group", "Code groups", "Group", "Dimension", "Theme", "list_name"),
        *("Parent code", "Parent", "Champ", "Groupe", "Thème", "Campo", "Pregunta", "Grupo", "Tema", "Pergunta"),
        *("السؤال",),
        *("Category", "Catégorie", "Categoría", "Categoria", "Code"),
    ),
    "definition": (
        *("Definition", "Description", "Meaning", "Explanation", "Comment", "Memo", "Code memo", "What it means"),
        *("Définition", "Explication", "Definición", "Descripción", "Definição", "Descrição", "التعريف", "الوصف"),
    ),
    "include": (
        *("Include", "Includes", "Inclusion", "Inclusion criteria", "When to use", "Use when", "Use for", "Examples"),
        *("Inclure", "Inclut", "Quand l'utiliser", "Incluir", "Incluye", "Cuándo usar", "Inclui", "Quando usar"),
    ),
    "exclude": (
        *("Exclude", "Excludes", "Exclusion", "Exclusion criteria", "When not to use", "Do not use when", "Not for"),
        *("Exclure", "Exclut", "Quand ne pas l'utiliser", "Excluir", "Excluye", "Cuándo no usar", "Exclui"),
    ),
    "aliases": ("Alias", "Aliases", "Synonym", "Synonyms", "Also called", "Other names", "Synonymes", "Sinónimos"),
    "kind": ("Kind", "Single or multiple", "How many", "Answers"),
    "column": ("Column", "Column name", "Colonne", "Columna", "Coluna"),
}
_TRANSLATED = ("code", "definition", "include", "exclude", "field")  # what may be in several languages
_SEVERAL = {
    label_key(word) for word in ("multiple", "several", "many", "select_multiple", "plusieurs", "varios", "vários")
}
_SEPARATED = re.compile(r"[;\n|]")


def read_table(path: Path) -> FoundCodebook:
    """Read the codes of a table, or of several sheets of one field each."""
    try:
        sheets = read_sheets(path)
    except FaultsError as error:
        problems = [fault.translated() for faults in error.faults.values() for fault in faults]
        raise CodebookError(path.name, problems) from error
    if (form := read_form(path, sheets)) is not None:
        return form
    tables = [table for sheet in sheets if not sheet.is_hidden and (table := _table(sheet)) is not None]
    if not tables and any(map(_is_of_harvest, sheets)):
        problem = gettext(
            "it has the columns of a harvest, not of a codebook; give it as the harvest, and draft a codebook from its "
            "codes, on the page that checks it or with `outcome-coder codebook draft`"
        )
        raise CodebookError(path.name, [problem])
    if not tables:
        problem = gettext(
            "no sheet has a column of codes with their definitions or fields; name a column Code, and others Field and "
            "Definition, or give a codebook in YAML"
        )
        raise CodebookError(path.name, [problem])
    reader = _Reader(path)
    named = [table for table in tables if "field" in table.columns]
    for table in named[:1] or tables:
        reader.read(table, is_only=bool(named) or len(tables) == 1)
    for table in tables:
        if table not in (named[:1] or tables):
            reader.notes.append(gettext("sheet {sheet!r} has codes too, and is not read", sheet=table.sheet.name))
    return FoundCodebook(content={"fields": reader.fields}, places=reader.places, notes=tuple(reader.notes))


def field_name(text: str) -> str:
    """Make a field's name of what it is called: letters, digits and underscores.

    Examples
    --------
    >>> field_name("Type of change (main)")
    'type_of_change_main'
    """
    return "_".join(words_of(text)[:6]) or "field"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A sheet with codes: its header row and its columns, by what they hold."""

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    guessed: Mapping[str, str]
    translated: TranslatedColumns

    @property
    def other_names(self) -> tuple[int, ...]:
        """The columns that call the codes something else: what a form shows, or what it writes."""
        known = set(map(label_key, _NAMES["code"])) - set(map(label_key, _NAMES["field"]))
        return tuple(
            place
            for place, name in enumerate(self.sheet.rows[self.header])
            if label_key(name) in known and place not in self.columns.values()
        )

    def translations(self, row: int) -> dict[str, dict[str, str]]:
        """Return what is said in a row in other languages, by their codes."""
        found: dict[str, dict[str, str]] = {}
        for (role, language), column in self.translated.items():
            if text := self.sheet.cell(row, column).strip():
                found.setdefault(language, {})[role] = text
        return found

    @property
    def parents(self) -> frozenset[str]:
        """Fields that codes belong to."""
        rows = range(self.header + 1, len(self.sheet.rows))
        return frozenset(label_key(self.sheet.cell(row, self.columns.get("field"))) for row in rows) - {""}


def _table(sheet: Sheet) -> _Table | None:
    for row, cells in enumerate(sheet.rows[:HEADER_ROWS]):
        translated = dict(translated_columns(cells, {role: _NAMES[role] for role in _TRANSLATED}))
        columns, guessed = _columns(cells, without=translated.values())
        home = home_language(translated, has_codes="code" in columns)
        for role, language in [*translated]:
            if language == home and role not in columns:
                columns[role] = translated.pop((role, language))
        if "code" in columns and len(columns) > 1:
            return _Table(sheet=sheet, header=row, columns=columns, guessed=guessed, translated=translated)
    return None


def _is_of_harvest(sheet: Sheet) -> bool:
    """Whether a sheet has a column of IDs and one of descriptions."""
    return any({"id", "description"} <= set(map(role_despite_hint, cells)) for cells in sheet.rows[:HEADER_ROWS])


def _columns(cells: Sequence[str], *, without: Collection[int]) -> tuple[dict[str, int], dict[str, str]]:
    """Find what the columns hold, by their names, the commonest first; by likeness where none is known."""
    named = [(place, name) for place, name in enumerate(cells) if name.strip() and place not in without]
    keys = {label_key(name): place for place, name in reversed(named)}
    columns: dict[str, int] = {}
    guessed: dict[str, str] = {}
    for role, names in _NAMES.items():
        known = next((keys[label_key(name)] for name in names if label_key(name) in keys), None)
        if known is not None and known not in columns.values():
            columns[role] = known
    for role, names in _NAMES.items():
        free = {cells[place].strip(): place for place in keys.values() if place not in columns.values()}
        likest = next((found for name in names if (found := nearest(name, free, cutoff=_LIKE))), None)
        if role not in columns and likest is not None:
            columns[role], guessed[role] = free[likest], likest
    return columns, guessed


class _Reader:
    """Reads tables into the content of a codebook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fields: list[dict[str, object]] = []
        self.places: dict[tuple[int, ...], str] = {}
        self.notes: list[str] = []
        self.n_names = 0

    def read(self, table: _Table, *, is_only: bool) -> None:
        """Read the rows of a table; where no column names the field, it is called after the sheet or the file."""
        sheet = table.sheet
        named = "field" in table.columns
        name = "" if named else (self.path.stem if is_only else sheet.name)
        self.notes += [
            gettext("column {column!r} is read as {role!r}", column=name, role=role)
            for role, name in table.guessed.items()
        ]
        if table.translated:
            read = sorted(table.translated.values())
            columns = gettext(", ").join(repr(sheet.cell(table.header, column).strip()) for column in read)
            self.notes.append(gettext("{columns}: read as translations", columns=columns))
        if not named:
            self.notes.append(
                gettext(
                    "{cell}: no column says which field a code belongs to; all are read as codes of the field "
                    "{field!r}",
                    cell=sheet.place(table.header, 0),
                    field=name,
                )
            )
        fields: dict[str, dict[str, object]] = {}
        parents, other_names = table.parents, table.other_names
        n_carried = 0
        for row in range(table.header + 1, len(sheet.rows)):
            cells = {role: sheet.cell(row, column).strip() for role, column in table.columns.items()}
            if not cells["code"]:
                name = cells.get("field") or name  # a heading of its own
                continue
            if named and not cells["field"] and label_key(cells["code"]) in parents:
                name = cells["code"]  # the field itself, above its codes
                continue
            n_carried += named and not cells["field"]
            name = cells.get("field") or name
            if not name:
                cell = sheet.place(row, table.columns["field"])
                raise CodebookError(self.path.name, [gettext("{cell}: no field is named", cell=cell)])
            field = fields.get(label_key(name)) or self._field(name, cells, sheet.place(row, table.columns["code"]))
            fields[label_key(name)] = field
            others = [sheet.cell(row, column).strip() for column in other_names]
            translations = table.translations(row)
            self._add_code(field, cells, others, translations, place=sheet.place(row, table.columns["code"]))
        for field in fields.values():
            _take_other_names(field)
        if fields:
            self._note_fields(table, fields, n_carried=n_carried)

    def _note_fields(self, table: _Table, fields: Mapping[str, Mapping[str, object]], *, n_carried: int) -> None:
        """Note how the fields and codes of a table were read."""
        sheet, other_names = table.sheet, table.other_names
        if other_names:
            columns = gettext(", ").join(repr(sheet.cell(table.header, column).strip()) for column in other_names)
            self.notes.append(gettext("{columns}: read as other names of the codes", columns=columns))
        if n_carried:
            self.notes.append(
                ngettext(
                    "{n} code beside an empty field; read as codes of the field above",
                    "{n} codes beside an empty field; read as codes of the field above",
                    n_carried,
                )
            )
        if "kind" not in table.columns:
            columns = gettext(", ").join(repr(field["column"]) for field in fields.values())
            self.notes.append(
                gettext(
                    "{columns}: read as `single`; write `kind: multiple` where an outcome may have several",
                    columns=columns,
                )
            )
        if "field" in table.columns and "column" not in table.columns:
            self.notes.append(
                gettext("a field's codes are looked for under a column of its name; else correct `column`")
            )

    def _field(self, name: str, cells: Mapping[str, str], place: str) -> dict[str, object]:
        column = cells.get("column") or name
        kind = "multiple" if _SEVERAL & set(map(label_key, cells.get("kind", "").split())) else "single"
        field: dict[str, object] = {"name": field_name(name), "column": column, "kind": kind, "codes": []}
        self.places[(len(self.fields),)] = place
        self.fields.append(field)
        return field

    def _add_code(
        self,
        field: dict[str, object],
        cells: Mapping[str, str],
        others: Sequence[str],
        translations: Mapping[str, dict[str, str]],
        *,
        place: str,
    ) -> None:
        codes = field["codes"]
        assert isinstance(codes, list)
        if len(self.places) > 2 * MOST_CODES:  # those of fields are places too
            problem = gettext("it has more codes than the {most} that are read at most", most=MOST_CODES)
            raise CodebookError(self.path.name, [problem])
        aliases, others = [*_listed(cells.get("aliases", ""))], [name for name in others if name]
        self.n_names += 1 + len(aliases) + len(others) + len(translations)
        if self.n_names > MOST_CODE_NAMES:
            raise CodebookError(self.path.name, [too_many_names()])
        self.places[self.fields.index(field), len(codes)] = place
        content = {"code": cells["code"]} | {
            role: cells[role] for role in ("definition", "include", "exclude") if cells.get(role)
        }
        for language, texts in translations.items():
            if "field" in texts:
                columns = field.setdefault("translations", {})
                assert isinstance(columns, dict)
                columns.setdefault(language, {"column": texts.pop("field")})
        kept = {language: texts for language, texts in translations.items() if texts}
        names = {"aliases": aliases, "others": others}
        codes.append({**content, **names, **({"translations": kept} if kept else {})})


def _take_other_names(field: Mapping[str, object]) -> None:
    """Add a code's other names to its aliases, unless several codes of the field have them."""
    codes = field["codes"]
    assert isinstance(codes, list)
    counts = Counter(label_key(name) for code in codes for name in (code["code"], *code["aliases"], *code["others"]))
    for code in codes:
        names = [*code.pop("aliases"), *(name for name in code.pop("others") if counts[label_key(name)] == 1)]
        if names:
            code["aliases"] = list(dict.fromkeys(names))


def _listed(cell: str) -> Iterator[str]:
    yield from (piece.strip() for piece in _SEPARATED.split(cell) if piece.strip())
