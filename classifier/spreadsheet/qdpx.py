"""REFI-QDA projects (.qdpx), as NVivo, ATLAS.ti, MAXQDA and QualCoder export them, read as a row for each source.

The codes of a source are put below the code that they are under, each in a line of the cell. Where several people
coded, each source has a row for each of them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

from classifier.errors import refusal
from classifier.faults import Fault, FaultKind, shown
from classifier.languages import lazy_gettext, lazy_ngettext
from classifier.limits import DEEPEST_QDC, MIB, MOST_QDE_MIB, MOST_UNPACKED_MIB
from classifier.spelling import label_key
from classifier.spreadsheet.plain_xml import XmlError, XmlProblem, local_name, parse_xml
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.text_records import sheet_of_records
from classifier.spreadsheet.workbook_size import UNPACKING_ERRORS, mebibytes_of
from classifier.wording import lazily_listed

CODER = "coder"
"""The column that says whose coding a row is."""
OTHER_CODES = "Other codes"
"""The field of codes that are under no other one, beside others that are."""
_ID, _TEXT = "FragmentID", "Outcome description"
_PROJECT = "project.qde"
_TEXTS = ("TextSource", "PDFSource")
_WITHOUT_TEXT = ("PictureSource", "AudioSource", "VideoSource")
_AGAIN = lazy_gettext("export the project (.qdpx) again")
_REFUSED = {
    XmlProblem.DOCTYPE: lazy_gettext("it has a document type (DOCTYPE), which no project needs; it is not read"),
    XmlProblem.DEPTH: lazy_gettext("its elements are nested too deeply"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    field: str
    name: str


def unpack_project(content: bytes) -> bytes | None:
    """Return the description of a project from its package; None where it is larger than is read.

    Raises
    ------
    Exception
        One of `UNPACKING_ERRORS`, or a KeyError, if the package is damaged or none.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        part = _by_name(parts)[_PROJECT]
        return None if part.file_size > MOST_QDE_MIB * MIB else parts.read(part)


def read_project(path: Path, content: bytes) -> Sheet:
    """Read the sources of a project with their texts and codes; the name of a source is the ID of the outcome."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if (size := mebibytes_of(parts)) > MOST_UNPACKED_MIB:
                what = lazy_gettext(
                    "the project has {size} MiB uncompressed, and at most {value} MiB are read",
                    size=size,
                    value=MOST_UNPACKED_MIB,
                )
                raise refusal(path, what, lazy_gettext("export the sources that are outcomes alone"))
            described = unpack_project(content)
            if described is None:
                what = lazy_gettext(
                    "its {value} has more than {value_2} MiB uncompressed", value=_PROJECT, value_2=MOST_QDE_MIB
                )
                raise refusal(path, what, lazy_gettext("export the sources that are outcomes alone"))
            root = parse_xml(described, deepest=DEEPEST_QDC)
            return _Reader(path, root, parts).read()
    except XmlError as error:
        not_xml = lazy_gettext("its {name} is not XML ({error})", name=_PROJECT, error=error)
        raise refusal(path, _REFUSED.get(error.problem, not_xml), _AGAIN) from error
    except (*UNPACKING_ERRORS, KeyError, NotImplementedError) as error:
        raise refusal(path, lazy_gettext("the project is damaged"), _AGAIN) from error


class _Reader:
    """Reads the sources of a project into records, and gathers what is worth a look."""

    def __init__(self, path: Path, root: Element, parts: zipfile.ZipFile) -> None:
        self.path, self.root, self.parts = path, root, parts
        self.by_name = _by_name(parts)
        self.users = {
            _guid(user): " ".join(user.get("name", "").split()) for user in root.iter() if local_name(user) == "User"
        }
        self.places = {name: place for place, name in reversed([*enumerate(self.users.values())])}
        self.codes: dict[str, _Code] = {}
        self.parents: dict[str, str] = {}  # codes that are read as fields
        self.n_on_parents = self.n_parts = 0
        self._learn_codes()

    def read(self) -> Sheet:
        """Return a row for each source and coder."""
        sources = [source for holder in self.root if local_name(holder) == "Sources" for source in holder]
        told = [source for source in sources if local_name(source) in _TEXTS]
        records = [
            (number, {key: (number, text) for key, text in record.items()})
            for number, source in enumerate(told, start=1)
            for record in self._records(source)
        ]
        if not records:
            raise refusal(self.path, lazy_gettext("the project has no texts"), _AGAIN)
        fields = dict.fromkeys(code.field for code in self.codes.values())
        columns = [_ID, _TEXT, CODER, *fields]
        first, record = records[0]
        records[0] = (first, {column: record.get(column, (first, "")) for column in columns})
        sheet = sheet_of_records(self.path, records)
        return replace(sheet, name="Sources", counted_in="source", notes=tuple(self._notes(sources)))

    def _learn_codes(self) -> None:
        books = [book for book in self.root if local_name(book) == "CodeBook"]
        top = [code for book in books for codes in book if local_name(codes) == "Codes" for code in _below(codes)]
        alone = self.path.stem if not any(map(_below, top)) else OTHER_CODES
        for code in top:
            if _below(code):
                self.parents[_guid(code)] = _name(code)
                self._learn_below(code, _free(_name(code)))
            else:
                self.codes[_guid(code)] = _Code(field=_free(alone), name=_name(code))

    def _learn_below(self, parent: Element, field: str) -> None:
        for code in _below(parent):
            self.codes[_guid(code)] = _Code(field=field, name=_name(code))
            self._learn_below(code, field)

    def _records(self, source: Element) -> Iterator[dict[str, str]]:
        text = self._text(source)
        record = {_ID: " ".join(source.get("name", "").split()), _TEXT: text}
        by_coder: dict[str, dict[str, dict[str, None]]] = {}
        for coder, code in self._codings(source, coder="", n_letters=len(text)):
            by_coder.setdefault(coder, {}).setdefault(code.field, {})[code.name] = None
        for coder in sorted(by_coder, key=lambda coder: self.places.get(coder, len(self.places))):
            codes = {field: "\n".join(names) for field, names in by_coder[coder].items()}
            yield {**record, CODER: coder, **codes}
        if not by_coder:
            yield {**record, CODER: next(iter(self.users.values()), "")}

    def _codings(self, element: Element, *, coder: str, n_letters: int) -> Iterator[tuple[str, _Code]]:
        """Yield the codings of a source, of it as a whole and of its parts, each with the name of the coder."""
        coder = self.users.get(element.get("creatingUser", "").strip("{}").lower(), coder)
        for child in element:
            if local_name(child) != "Coding":
                if local_name(child).endswith(("Selection", "Representation")):
                    yield from self._codings(child, coder=coder, n_letters=n_letters)
                continue
            who = self.users.get(child.get("creatingUser", "").strip("{}").lower(), coder)
            for reference in child:
                target = reference.get("targetGUID", "").strip("{}").lower()
                if target in self.parents:
                    self.n_on_parents += 1
                elif target in self.codes:
                    self.n_parts += _is_part(element, n_letters)
                    yield who, self.codes[target]

    def _text(self, source: Element) -> str:
        if local_name(source) == "PDFSource":
            source = next((child for child in source if local_name(child) == "Representation"), source)
        inside = next((child.text or "" for child in source if local_name(child) == "PlainTextContent"), None)
        place = source.get("plainTextPath", "")
        if inside is not None or not place.startswith("internal://"):
            return inside or ""
        part = self.by_name[PurePosixPath(place).name.lower()]
        return self.parts.read(part).decode("utf-8-sig", "replace").replace("\r\n", "\n").strip()

    def _notes(self, sources: list[Element]) -> Iterator[Fault]:
        others = [source.get("name", "") for source in sources if local_name(source) in _WITHOUT_TEXT]
        if others:
            what = lazy_ngettext(
                "{n} source without text, not read: {names}",
                "{n} sources without text, not read: {names}",
                len(others),
                names=lazily_listed([shown(name) for name in others]),
            )
            yield _note(what, lazy_gettext("code texts alone here"))
        if self.n_on_parents:
            what = lazy_gettext(
                "{count} with a code that has others below it, not read",
                count=lazy_ngettext("{n} coding", "{n} codings", self.n_on_parents),
            )
            parents = lazily_listed([shown(name) for name in self.parents.values()])
            yield _note(what, lazy_gettext("give a code below it: {codes}", codes=parents))
        if self.n_parts:
            what = lazy_gettext(
                "{count} of a part of a text, read as a code of the whole text",
                count=lazy_ngettext("{n} coding", "{n} codings", self.n_parts),
            )
            yield _note(what, lazy_gettext("check outcomes of which parts have different codes"))


def _by_name(parts: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """Return the parts of a package by their names in small letters, in whatever folders; of several, the first."""
    return {PurePosixPath(part.filename).name.lower(): part for part in reversed(parts.infolist())}


def _is_part(element: Element, n_letters: int) -> bool:
    start, end = element.get("startPosition", "0"), element.get("endPosition", "")
    return end.isdigit() and (start.strip("0") != "" or int(end) < n_letters)


def _note(what: str, remedy: str) -> Fault:
    return Fault(kind=FaultKind.NOTE, where="", what=what, remedy=remedy)


def _below(parent: Element) -> list[Element]:
    return [child for child in parent if local_name(child) == "Code"]


def _guid(element: Element) -> str:
    return element.get("guid", "").strip("{}").lower()


def _name(code: Element) -> str:
    return " ".join(code.get("name", "").split())


def _free(field: str) -> str:
    """Return the column of a field, which is none of those of a source."""
    return f"{field} (codes)" if label_key(field) in map(label_key, (_ID, _TEXT, CODER)) else field
