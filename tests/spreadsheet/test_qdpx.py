from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from classifier.errors import FaultsError
from classifier.spreadsheet import qdpx
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="Harvest"><Users><User guid="{{U1}}" name="Ana Moss"/>
<User guid="U2" name="Ben"/></Users><CodeBook><Codes>
<Code guid="C1" name="Scale" isCodable="true"><Code guid="C2" name="Local" isCodable="true"/>
<Code guid="C3" name="Abroad" isCodable="false"><Code guid="C4" name="Region" isCodable="true"/></Code></Code>{codes}
</Codes></CodeBook><Sources>{sources}</Sources></Project>"""
TEXT = "The council met in public."


def coding(code: str, user: str = "u1") -> str:
    return f'<Coding guid="x" creatingUser="{user}"><CodeRef targetGUID="{code}"/></Coding>'


def source(*inside: str, name: str = "SCC-LPC/035", text: str = TEXT) -> str:
    content = f"<PlainTextContent>{text}</PlainTextContent>" if text else ""
    return f'<TextSource guid="s" name="{name}">{content}{"".join(inside)}</TextSource>'


def selection(start: int, end: int, *inside: str, user: str = "U1") -> str:
    places = f'startPosition="{start}" endPosition="{end}" creatingUser="{user}"'
    return f'<PlainTextSelection guid="p" {places}>{"".join(inside)}</PlainTextSelection>'


def write(folder: Path, *sources: str, codes: str = "", **texts: str) -> Path:
    path = folder / "harvest.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("project.qde", PROJECT.format(codes=codes, sources="".join(sources)))
        for name, text in texts.items():
            package.writestr(f"Sources/{name}.txt", text)
    return path


def read(folder: Path, *sources: str, codes: str = "", **texts: str) -> Sheet:
    (sheet,) = read_sheets(write(folder, *sources, codes=codes, **texts))
    return sheet


def rows(sheet: Sheet) -> list[list[str]]:
    return [[*cells] for cells in sheet.rows]


def notes(sheet: Sheet) -> list[str]:
    return [f"{fault.what}; {fault.remedy}" for fault in sheet.notes]


@pytest.mark.slow
def test_project_of_thousands_of_sources_is_read(tmp_path: Path) -> None:
    many = range(6000)
    places = [f'<TextSource guid="s" name="S/{n}" plainTextPath="internal://t{n}.txt"/>' for n in many]
    sheet = read(tmp_path, *places, **{f"t{n}": f"Council {n} met in public." for n in many})
    assert (len(sheet.rows), sheet.rows[-1][1]) == (6001, "Council 5999 met in public.")


def test_source_is_an_outcome_with_the_codes_of_each_coder(tmp_path: Path) -> None:
    sheet = read(tmp_path, source(coding("C2"), coding("c4", user="{U2}")))
    assert rows(sheet) == [
        ["FragmentID", "Outcome description", "coder", "Scale"],
        ["SCC-LPC/035", TEXT, "Ana Moss", "Local"],
        ["SCC-LPC/035", TEXT, "Ben", "Region"],
    ]


def test_coding_of_the_whole_text_is_one_of_the_source(tmp_path: Path) -> None:
    sheet = read(tmp_path, source(selection(0, len(TEXT), coding("C2", user=""))))
    assert (rows(sheet)[1], notes(sheet)) == (["SCC-LPC/035", TEXT, "Ana Moss", "Local"], [])


def test_coding_of_a_part_is_read_and_told(tmp_path: Path) -> None:
    sheet = read(tmp_path, source(selection(4, 11, coding("C2")), selection(0, 5, coding("C4"))))
    assert rows(sheet)[1][-1] == "Local\nRegion"
    assert notes(sheet) == [
        "2 codings of a part of a text, read as a code of the whole text; check outcomes of which parts have different "
        "codes"
    ]


def test_text_is_read_from_its_own_file(tmp_path: Path) -> None:
    told = '<TextSource guid="s" name="A" plainTextPath="internal://t1.txt"/>'
    assert rows(read(tmp_path, told, t1="\ufeffThe council\r\nmet."))[1][:2] == ["A", "The council\nmet."]


def test_source_that_nobody_coded_is_the_first_coders(tmp_path: Path) -> None:
    assert rows(read(tmp_path, source()))[1] == ["SCC-LPC/035", TEXT, "Ana Moss", ""]


def test_codes_under_no_other_one_are_a_field(tmp_path: Path) -> None:
    sheet = read(tmp_path, source(coding("C9")), codes='<Code guid="C9" name="Quote" isCodable="true"/>')
    assert rows(sheet) == [
        ["FragmentID", "Outcome description", "coder", "Scale", "Other codes"],
        ["SCC-LPC/035", TEXT, "Ana Moss", "", "Quote"],
    ]


def test_field_called_like_a_column_of_the_source_has_a_column_of_its_own(tmp_path: Path) -> None:
    code = '<Code guid="C8" name="Coder" isCodable="false"><Code guid="C9" name="Twice" isCodable="true"/></Code>'
    assert rows(read(tmp_path, source(coding("C9")), codes=code))[0][-1] == "Coder (codes)"


def test_coding_with_a_field_is_left_out_and_told(tmp_path: Path) -> None:
    sheet = read(tmp_path, source(coding("C1"), coding("C2")))
    assert (rows(sheet)[1][-1], notes(sheet)) == (
        "Local",
        ["1 coding with a code that has others below it, not read; give a code below it: 'Scale'"],
    )


def test_sources_without_text_are_told(tmp_path: Path) -> None:
    sheet = read(tmp_path, '<PictureSource guid="v" name="photo.jpg"/>', source())
    assert notes(sheet) == ["1 source without text, not read: 'photo.jpg'; code texts alone here"]


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ("<!DOCTYPE x>" + PROJECT, "it has a document type (DOCTYPE), which no project needs; it is not read"),
        ("<a>" * 60 + "</a>" * 60, "its elements are nested too deeply"),
        ("Project", "its project.qde is not XML (syntax error: line 1, column 0)"),
        ("<Project/>", "the project has no texts"),
    ],
)
def test_what_is_no_project_is_refused(tmp_path: Path, described: str, message: str) -> None:
    path = tmp_path / "bad.qdpx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("project.qde", described.partition("?>")[2] if described.startswith("<?") else described)
    with pytest.raises(FaultsError) as refused:
        read_sheets(path)
    assert str(refused.value) == f"bad.qdpx: 1 problem to correct\n  {message} (export the project (.qdpx) again)"


def test_project_whose_text_is_missing_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '<TextSource guid="s" name="A" plainTextPath="internal://../../etc/passwd"/>')
    with pytest.raises(FaultsError) as refused:
        read_sheets(path)
    message = "the project is damaged (export the project (.qdpx) again)"
    assert str(refused.value) == f"harvest.qdpx: 1 problem to correct\n  {message}"


def test_description_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdpx, "MOST_QDE_MIB", 0)
    path = write(tmp_path, source())
    with pytest.raises(FaultsError) as refused:
        qdpx.read_project(path, path.read_bytes())
    assert str(refused.value) == (
        "harvest.qdpx: 1 problem to correct\n  its project.qde has more than 0 MiB uncompressed (export the sources "
        "that are outcomes alone)"
    )
