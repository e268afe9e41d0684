"""Writes the corpus of hostile and odd files, `tests/data/hostile`: python -m tests.support.hostile_files.

Each is of a kind that fuzzing found to end, hang or fill a reader, or that other programs write. The files are kept,
so that a later version of a library, or of this script, is tried with the same bytes.
"""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["CORPUS"]

CORPUS = Path(__file__).parents[1] / "data" / "hostile"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
)


def _package(parts: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            # With a date, the same bytes come of it each time.
            package.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _xlsx(sheet: str, *, strings: str = "", doctype: str = "") -> bytes:
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    of_sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _package(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
            f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{of_sheet}.sheet.main'
            f'+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{of_sheet}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{relations}"><sheets><sheet name="Outcomes" '
            'sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
            f'Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/sharedStrings.xml": f'{doctype}<sst xmlns="{_MAIN}">{strings or "<si><t>FragmentID</t></si>"}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>',
        }
    )


def _cell(place: str, text: str = "FragmentID") -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _workbooks() -> Iterator[tuple[str, bytes]]:
    first = f'<row r="1">{_cell("A1")}</row>'
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    yield "far_cell.xlsx", _xlsx(f"<sheetData>{first}{far}</sheetData>")
    rows = "".join('<row><c t="s"><v>0</v></c></row>' for _ in range(30_000))
    yield "repeated_string.xlsx", _xlsx(f"<sheetData>{rows}</sheetData>", strings=f"<si><t>{'x' * 32_767}</t></si>")
    yield "string_beyond_the_last.xlsx", _xlsx('<sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData>')
    yield "entities.xlsx", _xlsx(f"<sheetData>{first}</sheetData>", strings="<si><t>&j;</t></si>", doctype=_BOMB)
    merged = "".join(f'<mergeCell ref="A{n}:XFD{n + 9}"/>' for n in range(2, 5000, 10))
    yield "merged_rows.xlsx", _xlsx(f"<sheetData>{first}</sheetData><mergeCells>{merged}</mergeCells>")
    yield "rows_in_disorder.xlsx", _xlsx(f'<sheetData><row r="9">{_cell("B3")}</row>{first}{first}</sheetData>')
    yield "no_such_cell.xlsx", _xlsx(f'<sheetData><row r="0">{_cell("AAAA0")}{_cell("A-1")}</row></sheetData>')
    yield "deep_markup.xlsx", _xlsx(f"<sheetData>{'<row>' * 20_000}{'</row>' * 20_000}</sheetData>")
    numbers = "".join(f"<c><v>{number}</v></c>" for number in ("1e999", "NaN", "-0", "9" * 400))
    yield "numbers.xlsx", _xlsx(f'<sheetData><row r="1">{numbers}</row></sheetData>')
    whole = _xlsx(f"<sheetData>{first}</sheetData>")
    yield "cut_short.xlsx", whole[: len(whole) // 2]
    yield "without_directory.xlsx", whole[: whole.rindex(b"PK\x01\x02")]
    yield "wrong_checksum.xlsx", whole.replace(struct.pack("<I", zlib.crc32(b"")), b"\0\0\0\1") + b"\0"
    place = whole.index(b"PK\x01\x02")
    yield "huge_by_its_directory.xlsx", whole[: place + 24] + b"\xff\xff\xff\x7f" + whole[place + 28 :]
    yield "zeros.xlsx", _package({"xl/workbook.xml": bytes(30_000_000)})
    yield "names_outside.xlsx", _package({"../../etc/passwd": "x", "xl/workbook.xml": "<workbook/>", "/xl": ""})
    cells = f'<table:table-cell table:number-columns-repeated="{2**31 - 1}"><text:p>x</text:p></table:table-cell>'
    for name, row in {
        "repeated_rows.ods": f'<table:table-row table:number-rows-repeated="{2**31}">{cells}</table:table-row>',
        "negative_repeats.ods": f'<table:table-row table:number-rows-repeated="-5">{cells}</table:table-row>',
        "deep_spans.ods": "<table:table-row><table:table-cell>" + "<text:span>" * 20_000,
    }.items():
        yield name, _ods(row)
    record = b"\x83\x01\xff\xff\xff\x7f"
    yield "truncated.xlsb", _package({"xl/workbook.bin": record, "xl/worksheets/sheet1.bin": b"\1"})


def _ods(rows: str) -> bytes:
    content = (
        f'<office:document-content xmlns:office="{_OFFICE}" xmlns:table="{_TABLE}" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Outcomes">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return _package({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def _old_workbooks() -> Iterator[tuple[str, bytes]]:
    whole = (CORPUS.parent / "old_workbook.xls").read_bytes()
    yield "cut_short.xls", whole[:700]
    yield "header_alone.xls", whole[:512]
    looped = bytearray(whole)
    looped[512:1024] = struct.pack("<128I", *[0] * 128)  # each sector is followed by the first
    yield "sectors_in_a_loop.xls", bytes(looped)
    lot = random.Random(3572)
    noisy = bytearray(whole)
    for place in lot.sample(range(1024, len(whole)), 400):
        noisy[place] ^= 1 << lot.randrange(8)
    yield "noise.xls", bytes(noisy)


def _texts() -> Iterator[tuple[str, bytes]]:
    table = "FragmentID,Outcome description\nSCC-1,Le préfet a libéré Mme Ndiaye\n"
    for encoding in ("utf-16-le", "utf-32", "utf-7", "cp1256", "mac-roman"):
        yield f"{encoding}.csv", table.encode(encoding, "replace")
    yield "half_characters.csv", table.encode() + b"SCC-2,\xed\xa0\x80\xed\xb0\x80\xc0\xaf\xff\n"
    yield "zero_bytes.csv", table.replace(",", ",\0").encode()
    yield "quote_without_end.csv", table.encode() + b'SCC-2,"' + b"x,\n" * 3_000
    yield "quotes_alone.csv", b'"' * 9_001
    yield "commas_alone.csv", b"," * 9_000
    yield "returns_alone.csv", table.replace("\n", "\r").encode() * 40
    yield "odd_separator.csv", b'sep="\n' + table.encode()
    yield "records_without_end.txt", b"**FragmentID**: " * 1000
    yield "marks_of_direction.txt", "\u202e**FragmentID**\u2066: SCC-1\u2028**Year**: \u0662\u0660".encode()


def _records() -> Iterator[tuple[str, bytes]]:
    yield "deep.json", b"[" * 9_000 + b"]" * 9_000
    yield "deep_objects.jsonl", b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"\n"
    yield "numbers.json", b'[{"FragmentID": 1e400, "Year": ' + b"9" * 5000 + b', "x": NaN, "y": -Infinity}]'
    yield "half_characters.json", b'[{"FragmentID": "\\ud800", "\\udc00": "\\u0000"}]'
    yield "same_keys.json", b"[{" + b'"FragmentID": "SCC-1",' * 500 + b'"FragmentID": {}}]'
    yield "a_key_each.json", json.dumps([{f"k{n}": n} for n in range(1500)]).encode()
    yield "kinds_mixed.jsonl", b'{"FragmentID": "SCC-1"}\n[1]\n"x"\nnull\n{}\n{"FragmentID": ["SCC-2", {}]}\n'
    yield "not_closed.json", b'[{"FragmentID": "SCC-1"'


def _codebooks() -> Iterator[tuple[str, bytes]]:
    field = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}]}]\n"
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    yield "codebook_laughs.yaml", (laughs + field).encode()
    yield "codebook_of_itself.yaml", b"fields: &f [{name: a, column: A, kind: single, codes: *f}]\n"
    merges = "m0: &m0 {a: 1}\n" + "".join(f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}]}}\n" for n in range(1, 40))
    yield "codebook_merges.yaml", (merges + field).encode()
    yield "codebook_number.yaml", f"contact: {'59:' * 6_000}59\n{field}".encode()
    yield "codebook_tags.yaml", b"fields: !!python/object/apply:os.system ['true']\n"
    yield "codebook_binary.yaml", b"note: !!binary ////\n" + field.encode()
    yield "codebook_deep.yaml", b"fields: " + b"[" * 9_000
    yield "codebook_keys.yaml", b"? [a, b]\n: c\n? {x: y}\n: z\n" + field.encode()
    yield "codebook_dates.yaml", b"since: 2024-02-30\nuntil: 9999-12-31T25:61:61Z\n" + field.encode()
    yield "codebook_utf16.yaml", field.encode("utf-16")
    long = "".join(f"- {{code: '{n}', definition: *long}}\n" for n in range(600))
    yield "codebook_text.yaml", f"note: &long {'x' * 2000}\nkept: &codes\n{long}{field}".encode()
    codes = '<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{}</Codes></CodeBook>'
    yield "codebook_entities.qdc", (_BOMB + codes.format('<Code name="&j;"/>')).encode()
    external = '<!DOCTYPE c [<!ENTITY p SYSTEM "file:///etc/passwd">]>'
    yield "codebook_file.qdc", (external + codes.format("&p;")).encode()
    yield "codebook_deep.qdc", codes.format('<Code name="a">' * 500).encode()
    attributes = " ".join(f"a{n}='x'" for n in range(900))
    yield "codebook_attributes.qdc", codes.format(f"<Code {attributes}/>").encode()
    yield "codebook_encoding.qdc", b'<?xml version="1.0" encoding="utf-7"?>' + codes.encode()
    yield "codebook_no_names.qdc", codes.format("<Code/><Code><Code/></Code>" * 500).encode()
    yield "codebook_packed.qdc", _package({"codebook.qdc": "x"})


def _projects() -> Iterator[tuple[str, bytes]]:
    project = '<Project xmlns="urn:QDA-XML:project:1.0" name="p">{}</Project>'
    source = '<Sources><TextSource guid="1" name="A/1" plainTextPath="internal://{}"/></Sources>'
    yield "entities.qdpx", _package({"project.qde": _BOMB + project.format(f"<Description>&j;</Description>{source}")})
    external = '<!DOCTYPE c [<!ENTITY p SYSTEM "file:///etc/passwd">]>'
    yield "file.qdpx", _package({"project.qde": external + project.format("&p;")})
    yield "deep.qdpx", _package({"project.qde": project.format("<Sources>" * 500)})
    yield "zeros.qdpx", _package({"project.qde": bytes(30_000_000)})
    yield "outside.qdpx", _package({"project.qde": project.format(source.format("../../etc/passwd"))})
    lost = project.format(source.format("lost.txt"))
    yield "lost.qdpx", _package({"project.qde": lost})
    yield "truncated.qdpx", _package({"project.qde": lost, "sources/lost.txt": "x" * 5000})[:-200]
    of_itself = '<CodeBook><Codes><Code guid="1" name="a"><Code guid="1" name="a"/></Code></Codes></CodeBook>'
    yield "same_guids.qdpx", _package({"project.qde": project.format(of_itself + source.format("a.txt")), "a.txt": "x"})
    yield "codebook_of_project.qdpx", _package({"project.qde": project.format(of_itself)})
    yield "codebook_zeros.qdpx", _package({"project.qde": bytes(30_000_000)})


def main() -> None:
    """Write the files."""
    CORPUS.mkdir(exist_ok=True)
    for kind in (_workbooks, _old_workbooks, _texts, _records, _codebooks, _projects):
        for name, content in kind():
            (CORPUS / name).write_bytes(content)


if __name__ == "__main__":
    main()
