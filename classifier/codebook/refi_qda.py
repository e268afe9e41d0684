"""REFI-QDA codebooks (.qdc), and those of projects (.qdpx), as NVivo, ATLAS.ti and MAXQDA export them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from classifier.codebook.found_codebook import FoundCodebook
from classifier.codebook.table import field_name
from classifier.errors import CodebookError
from classifier.faults import shown
from classifier.languages import gettext, marked
from classifier.limits import DEEPEST_QDC, MIB, MOST_FILE_MIB, MOST_QDC_MIB
from classifier.spreadsheet.plain_xml import XmlError, XmlProblem, local_name, parse_xml
from classifier.spreadsheet.qdpx import OTHER_CODES, unpack_project
from classifier.spreadsheet.workbook_size import UNPACKING_ERRORS
from classifier.wording import listed

_PACKAGE = b"PK\x03\x04"
INCLUDE, EXCLUDE = "Include: ", "Exclude: "
"""Begin the lines of a code's description that say when it is used, and when not."""
_PROBLEMS = {
    XmlProblem.DOCTYPE: marked("it has a document type (DOCTYPE), which no codebook needs; it is not read"),
    XmlProblem.DEPTH: marked("its codes are nested too deeply"),
}


def read_qdc(path: Path) -> FoundCodebook:
    """Read the codes of a .qdc file: a code with codes below it is a field, and those below it are its codes."""
    root = _parsed(path)
    top = [
        code for codes in root.iter() if local_name(codes) == "Codes" for code in codes if local_name(code) == "Code"
    ]
    if not top:
        raise CodebookError(path.name, [gettext("it holds no codes; export the codebook (.qdc) again")])
    parents = [code for code in top if _children(code)]
    alone = [code for code in top if not _children(code)]
    fields = [(_name(parent), list(_below(parent))) for parent in parents]
    if alone:
        fields.append((path.stem if not parents else OTHER_CODES, [(_name(code), _meaning(code)) for code in alone]))
    notes = [*_notes(path, parents, alone)]
    content = [
        {
            "name": field_name(name),
            "column": name,
            "kind": "single",
            "codes": [{"code": code} | meaning for code, meaning in codes],
        }
        for name, codes in fields
    ]
    places: dict[tuple[int, ...], str] = {
        (place,): gettext("code {code!r}", code=name) for place, (name, _) in enumerate(fields)
    }
    return FoundCodebook(content={"fields": content}, places=places, notes=tuple(notes))


def _notes(path: Path, parents: list[ElementTree.Element], alone: list[ElementTree.Element]) -> Iterator[str]:
    coded = [parent for parent in parents if parent.get("isCodable", "true").lower() == "true"]
    if parents:
        yield gettext("codes with others below them are read as fields: {codes}", codes=_named(parents))
    if coded:
        yield gettext("{codes}: can be given to a text there, but is not read as a code", codes=_named(coded))
    if alone and parents:
        yield gettext(
            "{codes}: under no other code; read as codes of a field {field!r}", codes=_named(alone), field=OTHER_CODES
        )
    elif alone:
        yield gettext("no code is under another one; all are read as codes of one field, {field!r}", field=path.stem)
    yield gettext("all fields are read as `single`; write `kind: multiple` where an outcome may have several")
    yield gettext("a field's codes are looked for under a column of its name; else correct `column`")


def _parsed(path: Path) -> ElementTree.Element:
    try:
        most = MOST_FILE_MIB if path.suffix.lower() == ".qdpx" else MOST_QDC_MIB  # a project has its sources too
        is_too_large = path.stat().st_size > most * MIB
        content = b"" if is_too_large else path.read_bytes()
    except OSError as error:
        problem = gettext("the file can't be read; check the name and your permissions")
        raise CodebookError(str(path), [problem]) from error
    try:
        if content.startswith(_PACKAGE):
            content = unpack_project(content) or b""
            is_too_large = not content
    except (*UNPACKING_ERRORS, KeyError, NotImplementedError) as error:
        problem = gettext("it is a compressed file and no project (.qdpx); export it again")
        raise CodebookError(path.name, [problem]) from error
    if is_too_large:
        problem = gettext("it is larger than {most} MiB, which no codebook is", most=MOST_QDC_MIB)
        raise CodebookError(path.name, [problem])
    try:
        return parse_xml(content, deepest=DEEPEST_QDC)
    except XmlError as error:
        not_xml = marked("is not XML ({error}); export the codebook (.qdc) again")
        what = gettext(_PROBLEMS.get(error.problem, not_xml), error=str(error))
        raise CodebookError(path.name, [what]) from error


def _below(parent: ElementTree.Element) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the codes below one, by name and meaning; those that only hold others are left out."""
    for code in _children(parent):
        if not _children(code) or code.get("isCodable", "true").lower() == "true":
            yield _name(code), _meaning(code)
        yield from _below(code)


def _named(codes: list[ElementTree.Element]) -> str:
    return listed([shown(_name(code)) for code in codes])


def _children(parent: ElementTree.Element) -> list[ElementTree.Element]:
    return [child for child in parent if local_name(child) == "Code"]


def _name(code: ElementTree.Element) -> str:
    return " ".join(code.get("name", "").split())


def _meaning(code: ElementTree.Element) -> dict[str, str]:
    """Return the definition of a code, and when it is used and when not, as far as it has lines for these."""
    lines: dict[str, list[str]] = {"definition": [], "include": [], "exclude": []}
    described = next(("".join(child.itertext()) for child in code if local_name(child) == "Description"), "")
    key = "definition"
    for line in described.splitlines():
        for begins, found in ((INCLUDE, "include"), (EXCLUDE, "exclude")):
            if line.startswith(begins):
                key, line = found, line.removeprefix(begins)
        lines[key] += line.split()
    return {key: " ".join(words) for key, words in lines.items() if words}
