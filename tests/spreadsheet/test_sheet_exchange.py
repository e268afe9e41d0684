"""Faults handed over by the process that reads files."""

from __future__ import annotations

import json

import pytest

from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext, lazy_ngettext, use_language
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.sheet_exchange import faults_as_plain, faults_from_plain, sheet_as_plain, sheet_from_plain


def handed_over(what: str) -> Fault:
    fault = Fault(kind=FaultKind.FILE, where="", what=what, remedy=lazy_gettext("save it again as .xlsx"))
    (told,) = faults_from_plain(json.loads(json.dumps(faults_as_plain([fault]))))
    return told


def test_fault_that_was_handed_over_is_translated_where_it_is_shown() -> None:
    fault = handed_over(lazy_gettext("no sheet {named!r}", named="Outcomes"))
    assert str(fault) == "no sheet 'Outcomes' (save it again as .xlsx)"
    with use_language("fr"):
        assert fault.translated() == (
            "pas de feuille «\N{NO-BREAK SPACE}Outcomes\N{NO-BREAK SPACE}» (enregistrez-le de nouveau en .xlsx)"
        )


def test_number_and_message_within_a_message_are_handed_over() -> None:
    told = lazy_ngettext("{n} outcome", "{n} outcomes", 1234)
    assert handed_over(lazy_gettext("{gist}; the first: {first}", gist=told, first="A2")).what == (
        "1,234 outcomes; the first: A2"
    )


def test_text_that_faults_share_is_handed_over_once() -> None:
    what = lazy_gettext("this cell holds the error {error}", error="#REF!")
    faults = [Fault(kind=FaultKind.NOTE, where=where, what=what, remedy="") for where in ("A!C2", "A!C3")]
    plain = faults_as_plain(faults)
    assert json.dumps(plain).count("#REF!") == 1
    assert faults_from_plain(plain) == tuple(faults)


@pytest.mark.parametrize("place", [1, -1, "0", None])
def test_fault_whose_text_is_not_given_is_refused(place: object) -> None:
    with pytest.raises(ValueError, match=r"a fault has a text that is not given|a number was expected|too small"):
        faults_from_plain([["it is damaged"], [["file", "", place, 0, 0, True]]])


def test_text_without_translations_stays_as_it_is() -> None:
    assert handed_over("{of no value}").what == "{of no value}"


def hostile(what: object) -> list[object]:
    return [[what], [["file", "", 0, 0, 0, True]]]


def message(text: str, /, **values: object) -> dict[str, object]:
    return {"text": text, "plural": "", "values": values}


@pytest.mark.parametrize(
    "text", ["{file.__class__}", "{file:>9999999999}", "{file!s}", "{other}", "{0}", "{", "{file} {file}"]
)
def test_format_of_a_hostile_process_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"value that is not given|expected '}'|Single '{'"):
        faults_from_plain(hostile(message(text, file="x")))


@pytest.mark.parametrize("name", ["", "0", "file.__class__", "file[0]", "\u0666"])
def test_name_of_a_value_that_leads_into_another_one_is_refused(name: str) -> None:
    values: dict[str, object] = {name: "x", "file": "y"}
    with pytest.raises(ValueError, match="a value has no name"):
        faults_from_plain(hostile(message(f"{{{name}}}", **values)))


def test_messages_far_within_each_other_are_refused() -> None:
    text: object = "x"
    for _ in range(12):
        text = message("{text}", text=text)
    with pytest.raises(ValueError, match="a text holds too many within each other"):
        faults_from_plain(hostile(text))


def test_quoted_message_is_refused() -> None:
    with pytest.raises(ValueError, match="a message is quoted"):
        faults_from_plain(hostile(message("{text!r}", text=message("it's"))))


def test_message_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(ValueError, match="a text is too long"):
        faults_from_plain(hostile(message("{file}", file="x" * 100_001)))


def test_number_with_hundreds_of_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="a number was expected"):
        faults_from_plain(hostile(message("{n}", n=10**300)))


def test_half_of_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="a text can't be written to a file"):
        faults_from_plain(hostile("\ud800"))


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": [[]]},
        {"unread": [[[7, 0]], hostile("it is damaged")]},
    ],
)
def test_sheet_with_a_cell_on_no_line_is_refused(changes: dict[str, object]) -> None:
    plain = sheet_as_plain(Sheet(name="harvest", rows=[["H3-004"]], addressed=False, lines=[[1]]))
    with pytest.raises(ValueError, match=r"a row has no line|a cell is in no row"):
        sheet_from_plain({**plain, **changes})
