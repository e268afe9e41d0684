"""Faults handed over by the process that reads files."""

from __future__ import annotations

import json

import pytest

from classifier.faults import Fault, FaultKind
from classifier.languages import lazy_gettext, lazy_ngettext, use_language
from classifier.spreadsheet.sheet_exchange import fault_as_plain, fault_from_plain


def handed_over(what: str) -> Fault:
    fault = Fault(kind=FaultKind.FILE, where="", what=what, remedy=lazy_gettext("save it again as .xlsx"))
    return fault_from_plain(json.loads(json.dumps(fault_as_plain(fault))))


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


def test_text_without_translations_stays_as_it_is() -> None:
    assert handed_over("{of no value}").what == "{of no value}"


@pytest.mark.parametrize("text", ["{file.__class__}", "{file:>9999999999}", "{file!s}", "{other}", "{0}", "{"])
def test_format_of_a_hostile_process_is_refused(text: str) -> None:
    plain = ["file", "", {"text": text, "plural": "", "values": {"file": "x"}}, "", True, ""]
    with pytest.raises(ValueError, match=r"value that is not given|expected '}'|Single '{'"):
        fault_from_plain(plain)
