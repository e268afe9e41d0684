"""REFI-QDA codebooks (.qdc), and those of projects (.qdpx), as NVivo, ATLAS.ti and MAXQDA export them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from classifier.codebook.found_codebook import FoundCodebook
from classifier.codebook.table import field_name
from classifier.errors import CodebookError
from classifier.faults import shown
from classifier.limits import DEEPEST_QDC, MIB, MOST_FILE_MIB, MOST_QDC_MIB
from classifier.spreadsheet.plain_xml import XmlError, XmlProblem, local_name, parse_xml
from classifier.spreadsheet.qdpx import OTHER_CODES, unpack_project
from classifier.spreadsheet.workbook_size import UNPACKING_ERRORS
from classifier.wording import listed

_PACKAGE = b"PK\x03\x04"
INCLUDE, EXCLUDE = "Include: ", "Exclude: "
"""Begin the lines of a code's description that say when it is used, and when not."""
_PROBLEMS = {
    XmlProblem.DOCTYPE: f"{XmlProblem.DOCTYPE}, which no codebook needs; it is not read",
    XmlProblem.DEPTH: "its codes are nested too deeply",
}


def read_qdc(path: Path) -> FoundCodebook:
    """Read the codes of a .qdc file: a code with codes below it is a field, and those below it are its codes."""
    root = _parsed(path)
    top = [
        code for codes in root.iter() if local_name(codes) == "Codes" for code in codes if local_name(code) == "Code"
    ]
    if not top:
        raise CodebookError(path.name, ["it holds no codes; export the codebook (.qdc) again"])
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
    places: dict[tuple[int, ...], str] = {(place,): f"code {name!r}" for place, (name, _) in enumerate(fields)}
    return FoundCodebook(content={"fields": content}, places=places, notes=tuple(notes))


def _notes(path: Path, parents: list[ElementTree.Element], alone: list[ElementTree.Element]) -> Iterator[str]:
    coded = [parent for parent in parents if parent.get("isCodable", "true").lower() == "true"]
    if parents:
        yield f"codes with others below them are read as fields: {_named(parents)}"
    if coded:
        yield f"{_named(coded)}: can be given to a text there, but is not read as a code"
    if alone and parents:
        yield f"{_named(alone)}: under no other code; read as codes of a field 'Other codes'"
    elif alone:
        yield f"no code is under another one; all are read as codes of one field, {path.stem!r}"
    yield "all fields are read as `single`; write `kind: multiple` where an outcome may have several"
    yield "a field's codes are looked for under a column of its name; else correct `column`"


def _parsed(path: Path) -> ElementTree.Element:
    try:
        most = MOST_FILE_MIB if path.suffix.lower() == ".qdpx" else MOST_QDC_MIB  # a project has its sources too
        is_too_large = path.stat().st_size > most * MIB
        content = b"" if is_too_large else path.read_bytes()
    except OSError as error:
        raise CodebookError(str(path), ["the file can't be read; check the name and your permissions"]) from error
    try:
        if content.startswith(_PACKAGE):
            content = unpack_project(content) or b""
            is_too_large = not content
    except (*UNPACKING_ERRORS, KeyError, NotImplementedError) as error:
        raise CodebookError(path.name, ["it is a compressed file and no project (.qdpx); export it again"]) from error
    if is_too_large:
        raise CodebookError(path.name, [f"it is larger than {MOST_QDC_MIB} MiB, which no codebook is"])
    try:
        return parse_xml(content, deepest=DEEPEST_QDC)
    except XmlError as error:
        what = _PROBLEMS.get(error.problem, f"is not XML ({error}); export the codebook (.qdc) again")
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
