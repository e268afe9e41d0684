"""Codebook written in the REFI-QDA format, a field as a code with its codes below it."""

from __future__ import annotations

import uuid
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from classifier.codebook.code import Code
from classifier.codebook.refi_qda import EXCLUDE, INCLUDE
from classifier.codebook.schema import Codebook, CodeField
from classifier.files import write_whole
from classifier.spreadsheet.copy_losses import writable

ORIGIN = "outcome-coder"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, ORIGIN)


def write_qdc(codebook: Codebook, path: Path) -> None:
    """Write a codebook for NVivo, ATLAS.ti, MAXQDA or QualCoder."""
    root = Element("CodeBook", {"xmlns": "urn:QDA-XML:codebook:1.0", "origin": ORIGIN})
    root.append(codes_element(codebook))
    with write_whole(path) as temporary:
        temporary.write_bytes(as_xml(root))


def codes_element(codebook: Codebook) -> Element:
    """Return the element of all codes; a field is one that can't be given to a text."""
    codes = Element("Codes")
    for field in codebook.fields:
        parent = _add(codes, guid_of("field", field.name), field.heading, field.question, is_codable=False)
        for code in field.codes:
            _add(parent, code_guid(field, code.code), code.code, _description(code), is_codable=True)
    return codes


def code_guid(field: CodeField, code: str) -> str:
    """Return the identifier of a code, which is the same in every export."""
    return guid_of("code", field.name, code)


def guid_of(*names: str) -> str:
    """Return the identifier of something by its names, which is the same in every export."""
    return str(uuid.uuid5(_NAMESPACE, "\x00".join(names)))


def xml_text(text: str) -> str:
    """Return a text without the characters that XML can't hold."""
    return writable(text)


def as_xml(root: Element) -> bytes:
    """Return the bytes of an XML file."""
    indent(root)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add(parent: Element, guid: str, name: str, description: str, *, is_codable: bool) -> Element:
    attributes = {"guid": guid, "name": xml_text(name), "isCodable": str(is_codable).lower()}
    code = SubElement(parent, "Code", attributes)
    if description:
        SubElement(code, "Description").text = xml_text(description)
    return code


def _description(code: Code) -> str:
    lines = [" ".join(code.definition.split())]
    for begins, text in ((INCLUDE, code.include), (EXCLUDE, code.exclude)):
        if text.strip():
            lines.append(f"{begins}{' '.join(text.split())}")
    return "\n".join(filter(None, lines))
