from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import FaultsError
from classifier.spreadsheet.alphabets import ENCODINGS, likely_encoding
from classifier.spreadsheet.text_encoding import decode

STORIES = {
    "French": "Les associations de femmes ont créé une coalition à Bélem ; la mairie n’a rien dit.",
    "Spanish": "La radio comunitaria comenzó un programa en el que las niñas hablan del matrimonio infantil.",
    "Portuguese": "A comunicação chegou a três regiões, e não há mais exclusões.",
    "German": "Die Bürgermeisterin unterschrieb die Verordnung und die Straße wurde geöffnet.",
    "Polish": "Rada gminy przyjęła uchwałę, która rezerwuje jedną trzecią stoisk dla kobiet.",
    "Czech": "Obecní rada přijala vyhlášku, která vyhrazuje třetinu stánků na tržišti ženám.",
    "Hungarian": "A minisztérium közzétette a költségvetést; a nők is eljöttek.",
    "Romanian": "Ministerul a publicat bugetul şi a invitat societatea civilă la audiere.",
    "Russian": "Муниципальный совет принял постановление о торговых местах для женщин.",
    "Ukrainian": "Міська рада ухвалила рішення, яке резервує третину торгових місць для жінок.",
    "Turkish": "Belediye, kadınların pazarda yer alması için yeni kararlar aldı ve gençleri çağırdı.",
    "Arabic": "اعتمد المجلس البلدي لائحة تخصص ثلث الأكشاك للنساء البائعات لأول مرة",
    "Greek": "Το δημοτικό συμβούλιο υιοθέτησε κανονισμό που κρατά το ένα τρίτο των πάγκων.",
    "Hebrew": "אישרה מועצת העיר תקנה השומרת שליש מהדוכנים לנשים סוחרות",
    "Thai": "สภาเทศบาลได้ออกข้อบังคับที่สงวนแผงขายของหนึ่งในสามไว้สำหรับผู้หญิง",
    "Japanese": "町議会は市場の屋台の三分の一を女性のために確保する条例を採択しました。",
    "Korean": "시의회는 시장 가판대의 삼분의 일을 여성 상인에게 배정하는 조례를 채택했다.",
    "Chinese": "市议会通过了一项规定,把市场三分之一的摊位留给女商贩。",
    "Taiwanese": "市議會通過了一項規定,把市場三分之一的攤位留給女商販。",
    "English": "The chief’s council met – twice – and “agreed”.",
    "an Arabic story with French names": "اعتمد المجلس لائحة (Comité créé à Tilbo) للنساء البائعات لأول مرة",
    "a name": "The mayor of São Tomé said so.",
}
WRITTEN = [
    *(("French", name) for name in ("cp1252", "mac_roman", "cp850")),
    *(("Spanish", name) for name in ("cp1252", "mac_roman")),
    *(("Portuguese", name) for name in ("cp1252", "mac_roman")),
    ("German", "cp1252"),
    *((language, "cp1250") for language in ("Polish", "Czech", "Hungarian", "Romanian")),
    *(("Russian", name) for name in ("cp1251", "koi8_r")),
    ("Ukrainian", "cp1251"),
    ("Turkish", "cp1254"),
    ("Arabic", "cp1256"),
    ("an Arabic story with French names", "cp1256"),
    ("Greek", "cp1253"),
    ("Hebrew", "cp1255"),
    ("Thai", "cp874"),
    *(("Japanese", name) for name in ("cp932", "euc_jp")),
    ("Korean", "cp949"),
    ("Chinese", "gb18030"),
    ("Taiwanese", "big5"),
    *(("English", name) for name in ("cp1252", "mac_roman")),
    *(("a name", name) for name in ("cp1252", "mac_roman")),
]
PATH = Path("harvest.csv")


def table_of(story: str) -> str:
    story = story.replace(" ;", "")
    return f"FragmentID;Outcome description\r\nSCC-1;The by-law passed.\r\nSCC-2;{story}\r\n"


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_letters_are_read_as_they_were_written(language: str, encoding: str) -> None:
    story = STORIES[language] if encoding != "cp850" else STORIES[language].replace("’", "'")
    text, notes = decode(PATH, table_of(story).encode(encoding))
    assert text == table_of(story)
    assert [note.where for note in notes] == ["line 3"]


def test_guess_is_reported_with_the_first_line_that_shows_it() -> None:
    _, notes = decode(PATH, table_of(STORIES["Arabic"]).encode("cp1256"))
    assert [str(note) for note in notes] == [
        "line 3: the file is not in UTF-8; it was read as cp1256 (Arabic, Windows), which is a guess (check the "
        "letters of that line; if they are wrong, name the encoding with --encoding, or save the file in UTF-8)"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("language", ["Arabic", "French", "Japanese"])
def test_unicode_that_says_so_is_read_without_a_note(language: str, encoding: str) -> None:
    story = table_of(STORIES[language])
    assert decode(PATH, story.encode(encoding)) == (story, ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_does_not_say_so_is_reported(encoding: str) -> None:
    story = table_of(STORIES["Russian"] + " " + STORIES["English"] * 4)
    text, notes = decode(PATH, story.encode(encoding))
    assert text == story
    assert "read as utf-16" in notes[0].what


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("language", ["French", "Russian"])
def test_line_of_utf_16_is_counted_in_letters(language: str, encoding: str) -> None:
    _, notes = decode(PATH, table_of(STORIES[language] + " " + STORIES["English"] * 4).encode(encoding))
    assert notes[0].where == "line 3"


def test_utf_16_without_a_letter_to_check_names_no_line() -> None:
    _, notes = decode(PATH, table_of("The council met.").encode("utf-16-le"))
    assert [str(note) for note in notes] == [
        "the file is not in UTF-8; it was read as utf-16-le (two bytes for each letter), which is a guess (check its "
        "letters; if they are wrong, name the encoding with --encoding, or save the file in UTF-8)"
    ]


def test_line_that_is_not_in_the_encoding_asked_for_is_counted_in_letters() -> None:
    content = table_of("The council met.").encode("utf-16-le") + b"\x00\xdc"  # half a letter
    assert "line 4: not in utf-16-le" in refusal_of(content, "utf-16-le")


def test_mark_at_the_start_moves_no_line() -> None:
    assert "line 2: not in utf-8" in refusal_of(b"\xef\xbb\xbfFragmentID\n\xe9", "utf-8")


def test_encoding_asked_for_is_taken_without_a_note() -> None:
    story = table_of(STORIES["Polish"])
    assert decode(PATH, story.encode("cp1250"), "windows-1250") == (story, ())


def test_mark_at_the_start_is_no_letter_of_the_encoding_asked_for() -> None:
    story = table_of(STORIES["Polish"])
    assert decode(PATH, story.encode("utf-8-sig"), "UTF8") == (story, ())


def refusal_of(content: bytes, encoding: str | None = None) -> str:
    with pytest.raises(FaultsError) as caught:
        decode(PATH, content, encoding)
    return str(caught.value)


def test_text_that_is_not_in_the_encoding_asked_for_is_reported_with_its_line() -> None:
    assert refusal_of(table_of(STORIES["French"]).encode("cp1252"), "utf-8") == (
        "harvest.csv: 1 problem to correct\n  line 3: not in utf-8 (name another encoding, or save it again in UTF-8)"
    )


def test_unknown_encoding_is_reported_with_the_nearest() -> None:
    assert refusal_of(b"FragmentID", "mac_romain") == (
        "harvest.csv: 1 problem to correct\n  there is no encoding 'mac_romain' (did you mean 'mac_roman'?)"
    )


@pytest.mark.parametrize("name", ["base64", "rot13", "a\0b", "undefined"])
def test_codec_that_is_no_encoding_is_refused(name: str) -> None:
    assert "there is no encoding" in refusal_of("Bélem".encode(), name)


def test_single_letters_that_are_not_in_utf_8_are_reported_with_their_lines() -> None:
    content = table_of(STORIES["French"]).encode() + b"SCC-3;Caf\xe9\r\nSCC-4;Un\xe9\r\n"
    text, notes = decode(PATH, content)
    assert text.endswith("SCC-3;Caf\N{REPLACEMENT CHARACTER}\r\nSCC-4;Un\N{REPLACEMENT CHARACTER}\r\n")
    assert [str(note) for note in notes] == [
        f"line {line}: a letter is not in UTF-8 as the others are, and was read as \N{REPLACEMENT CHARACTER} (correct "
        "the letter)"
        for line in (4, 5)
    ]


def test_characters_of_no_known_language_are_read_in_the_most_common_encoding() -> None:
    assert likely_encoding("FragmentID;Share\nSCC-1;a¤b¶c\n".encode("cp1252")) == "cp1252"


def test_names_from_several_languages_are_read() -> None:
    names = "Åsa Lindström, José Muñoz and François met in Zürich."
    assert likely_encoding(names.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("content", [b"Fragment\0ID", b"\x81\x8d\x01\xff\xff\x8d"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    assert "this is not text" in refusal_of(content)


def test_every_encoding_that_is_tried_exists() -> None:
    assert [name for name in ENCODINGS if not "FragmentID".encode(name)] == []
