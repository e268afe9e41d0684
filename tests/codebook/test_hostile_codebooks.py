"""No codebook file, whatever it holds, may end in anything but a codebook or a message that says what to do."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError
from tests.support.codebooks import CODEBOOK_YAML
from tests.support.workbooks import write_text

YAML = CODEBOOK_YAML.encode()
QDC = b"""<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code name="Scale" isCodable="false"><Code name="Local">
<Description>Of a place</Description></Code><Code name="National"/></Code></Codes></CodeBook>"""
ODD = [b"&a ", b"*a", b"? ", b"<<: ", b"[" * 300, b"!!int ", b"%TAG ! x", b"\xed\xa0\x80", b"9" * 5000, b"1:" * 99]


def read_or_refuse(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder, suppress(CodebookError):
        path = Path(folder) / name
        path.write_bytes(content)
        assert Codebook.read(path).fields


@settings(deadline=None)
@given(st.sampled_from(["codebook.yaml", "codebook.qdc"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    read_or_refuse(name, content)


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([("codebook.yaml", YAML), ("codebook.qdc", QDC)]),
    st.integers(0, 250),
    st.integers(0, 8),
    st.one_of(st.binary(max_size=8), st.sampled_from(ODD)),
)
def test_codebook_with_changed_bytes_is_read_or_refused(
    whole: tuple[str, bytes], place: int, n_lost: int, put: bytes
) -> None:
    name, content = whole
    read_or_refuse(name, content[:place] + put + content[place + n_lost :])


@pytest.mark.parametrize("name", ["codebook.yaml", "codebook.qdc"])
def test_whole_one_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(YAML if name.endswith("yaml") else QDC)
    assert Codebook.read(tmp_path / name).fields[0].code_names == ("Local", "National")


def test_key_that_is_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text("fields: [{name: scale, column: Scale, [a, b]: c, [a, b]: d}]\n", encoding="utf-8")
    with pytest.raises(CodebookError, match="line 1: a list, or what is in braces, is written as a key"):
        Codebook.read(path)


def test_text_behind_aliases_counts_each_time_it_is_used(tmp_path: Path) -> None:
    codes = "".join(f"- {{code: '{number}', definition: *long}}\n" for number in range(1000))
    text = f"note: &long {'Wanjiru was freed. ' * 100}\nkept: &codes\n{codes}"
    field = "fields: [{name: scale, column: Scale, kind: single, codes: *codes}]\n"
    path = write_text(tmp_path / "codebook.yaml", text + field)
    with pytest.raises(CodebookError, match="more than 1 MiB of text, that of an alias each time it is used"):
        Codebook.read(path)


@pytest.mark.parametrize("name", ["codebook.yaml", "codebook.qdc"])
def test_codebook_that_ends_the_process_that_reads_it_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(YAML if name.endswith("yaml") else QDC)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("classifier.codebook.isolated_reading._READER", "tests.support.in_child:abort")
        with pytest.raises(CodebookError, match="don't use it unless you know who made it"):
            Codebook.read(tmp_path / name)
    assert Codebook.read(tmp_path / name).fields


@pytest.mark.parametrize(
    "answer",
    [
        *(None, {}, {"content": {"fields": "none"}}, {"content": {}, "notes": [5]}, {"problems": "none"}),
        *({"content": {"title": "half of a character: \ud83d"}}, {"problems": ["\ud83d"]}),
    ],
)
def test_answer_that_is_no_codebook_is_refused(answer: object, tmp_path: Path) -> None:
    (tmp_path / "codebook.yaml").write_bytes(YAML)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("classifier.codebook.isolated_reading.run_in_child", lambda *_: answer)
        with pytest.raises(CodebookError, match="it is damaged"):
            Codebook.read(tmp_path / "codebook.yaml")


def test_codebook_from_the_child_process_says_the_same(tmp_path: Path) -> None:
    text = (
        CODEBOOK_YAML + "contact: {since: 2024-05-01, teams: [3, 5.10, no, null]}\nunknown_confidentiality: leave-out\n"
    )
    path = write_text(tmp_path / "codebook.yaml", text)
    isolated, own = Codebook.read(path), Codebook.read_own(path)
    assert (isolated.sha256, isolated.fields, isolated.columns) == (own.sha256, own.fields, own.columns)


def test_missing_codebook_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CodebookError, match=r"^codes/none\.yaml: 1 problem.*\n.*can't be read"):
        Codebook.read("codes/none.yaml")


def test_number_as_long_as_a_codebook_may_be_is_a_text(tmp_path: Path) -> None:
    path = write_text(tmp_path / "codebook.yaml", CODEBOOK_YAML + f"contact: {'1:' * 400_000}1\n")
    assert Codebook.read_own(path).fields


def problems_of(path: Path) -> list[str]:
    with pytest.raises(CodebookError) as caught:
        Codebook.read(path)
    return list(caught.value.problems)


def test_control_characters_are_refused_wherever_they_are(tmp_path: Path) -> None:
    text = (
        'fields:\n- name: "sc\\x9bale"\n  column: "Scale\\x07"\n  kind: single\n  codes:\n'
        '  - code: "Lo\\x1b[31mcal"\n    definition: "of a \\x1b]0;village"\n'
        '  - {code: "\\u202eNational", mcq: ["a\\rb"]}\n'
        'columns: {id: ["ID\\x7f"]}\n'
    )
    assert problems_of(write_text(tmp_path / "codebook.yaml", text)) == [
        f"line {line}: {name}: {shown!r} has a control character ({character}); type it again without"
        for line, name, shown, character in [
            (2, "name", "sc\x9bale", "U+009B"),
            (3, "column", "Scale\x07", "U+0007"),
            (6, "code", "Lo\x1b[31mcal", "U+001B"),
            (7, "definition", "of a \x1b]0;village", "U+001B"),
            (8, "code", "\u202eNational", "U+202E"),
            (8, "mcq", "a\rb", "U+000D"),
            (9, "id", "ID\x7f", "U+007F"),
        ]
    ]


def test_control_character_in_a_table_of_codes_is_refused_with_its_cell(tmp_path: Path) -> None:
    path = write_text(tmp_path / "codebook.csv", "Field,Code\nScale,Lo\x1b[31mcal\nScale,National\n")
    assert problems_of(path) == [
        "codebook!B2: code: 'Lo\\x1b[31mcal' has a control character (U+001B); type it again without"
    ]


def test_line_breaks_of_a_column_are_read(tmp_path: Path) -> None:
    text = CODEBOOK_YAML.replace("column: Scale", 'column: "Scale\\n(level)\\t"')
    assert text != CODEBOOK_YAML
    assert Codebook.read(write_text(tmp_path / "codebook.yaml", text)).fields[0].heading == "Scale\n(level)"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_codebook_in_another_encoding_is_to_be_saved_as_utf_8(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_bytes(CODEBOOK_YAML.replace("National", "Régional").encode(encoding))
    assert problems_of(path) == [
        "the file is not UTF-8 text; save it in the encoding UTF-8, or name a codebook in YAML"
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("name", ["codebook.yaml", "codebook.xlsx"])
def test_pipe_is_refused_at_once(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    assert problems_of(tmp_path / name) == ["it is a pipe or a device; name a file"]
