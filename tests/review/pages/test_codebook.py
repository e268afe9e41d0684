from __future__ import annotations

import threading
from pathlib import Path

import pytest
from httpx2 import Response

from classifier.codebook.schema import Codebook
from classifier.errors import DiskFullError
from classifier.project.codebook_migration import Changed, change_codebook
from classifier.project.project import Project
from classifier.review.context import PageContext
from classifier.review.pages import codebook as codebook_page
from tests.support.visiting import Form, Visitor, forms_in, links_in, open_project_of, text_in

A, B = "SCC-LPC/001", "SCC-LPC/002"


def edit_form(visitor: Visitor) -> Form:
    """Open the form in which the codebook is changed."""
    return forms_in(visitor.see("/codebook/edit"))["/codebook/edit"]


def changed(visitor: Visitor, **changes: str) -> Response:
    """Change something in the form, and see what would become of it; ``code_0_1_code`` is the second code's name."""
    return visitor.send(edit_form(visitor).filled(**changes))


def save(visitor: Visitor, **changes: str) -> str:
    """Change something in the form and save it; return the page that is shown then."""
    shown = changed(visitor, **changes)
    assert visitor.send(forms_in(shown.text)["/codebook/save"]).status_code == 303
    return text_in(visitor.see("/codebook"))


def codes_of(visitor: Visitor, field: str = "scale") -> tuple[str, ...]:
    return open_project_of(visitor.page_context).project.codebook.field(field).code_names


def test_form_says_nothing_of_other_languages_where_there_are_none(ana: Visitor) -> None:
    assert "in other languages" not in text_in(ana.see("/codebook/edit"))


def test_manual_shows_fields_codes_and_definitions(ana: Visitor) -> None:
    save(ana, code_0_0_definition="A village.", code_0_0_include="Hamlets.", code_0_0_exclude="Provinces.")
    shown = text_in(ana.see("/codebook"))
    assert "Scale One code. Local A village. Counts: Hamlets. Doesn't count: Provinces. National" in shown


def test_manual_says_which_codes_have_no_definition(ana: Visitor) -> None:
    assert "National no definition yet" in text_in(ana.see("/codebook"))


def test_codebook_is_handed_out_as_a_file(ana: Visitor) -> None:
    answer = ana.get("/codebook/codebook.yaml")
    assert Codebook.parse(answer.text) == open_project_of(ana.page_context).project.codebook


def test_form_that_is_sent_as_it_is_changes_nothing(ana: Visitor) -> None:
    shown = changed(ana)
    assert "Nothing: fields, codes and definitions are as they were." in text_in(shown.text)
    assert "Save the codebook" not in shown.text


def test_renamed_code_takes_its_decisions_along(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    reported = save(ana, code_0_0_code="Village")
    entry = open_project_of(ana.page_context).project.decided()["Ana", A, "scale"]
    assert entry.decision.codes == ("Village",)
    assert (
        "The codebook was changed. Decisions carried over to a changed code: 1; sent back to be coded again: 0."
        in reported
    )


def test_what_becomes_of_codes_is_shown_before_anything_is_changed(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    shown = text_in(changed(ana, code_0_0_code="Village").text)
    assert "Field Code Became Decisions Scale Local renamed to Village 1" in shown
    assert codes_of(ana) == ("Local", "National", "Regional")


def test_outcomes_with_a_removed_code_are_to_be_coded_again(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    reported = save(ana, code_0_0_removed="1")
    assert codes_of(ana) == ("National", "Regional")
    assert "Decisions carried over to a changed code: 0; sent back to be coded again: 1." in reported


def test_code_that_becomes_part_of_another_takes_its_decisions_along(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    save(ana, code_0_0_into="Regional")
    assert open_project_of(ana.page_context).project.decided()["Ana", A, "scale"].decision.codes == ("Regional",)


def test_code_is_added(ana: Visitor) -> None:
    save(ana, code_0_3_code="Global")
    assert codes_of(ana) == ("Local", "National", "Regional", "Global")


def test_field_is_added(ana: Visitor) -> None:
    save(ana, field_2_heading="Actor", code_2_0_code="State", code_2_1_code="Media")
    assert codes_of(ana, "actor") == ("State", "Media")


def test_field_is_removed(ana: Visitor) -> None:
    save(ana, field_1_removed="1")
    assert open_project_of(ana.page_context).project.codebook.names == ("scale",)


def test_problems_are_listed_and_what_was_typed_stays(ana: Visitor) -> None:
    shown = changed(ana, code_0_0_code="National", code_0_0_definition="A village.")
    assert shown.status_code == 400
    assert "field 'Scale': codes: code 'National' appears twice" in text_in(shown.text)
    assert forms_in(shown.text)["/codebook/edit"].values["code-0-0-definition"] == ["A village."]


def test_back_in_the_form_what_was_typed_is_there(ana: Visitor) -> None:
    changed(ana, code_0_0_definition="A village.")
    assert edit_form(ana).values["code-0-0-definition"] == ["A village."]


def test_codebook_that_was_changed_meanwhile_is_not_overwritten(ana: Visitor) -> None:
    shown = changed(ana, code_0_0_code="Village")
    ben = Visitor(ana.page_context, "Ben")
    save(ben, code_0_1_code="Country")
    ana.send(forms_in(shown.text)["/codebook/save"])
    assert "Somebody has changed the codebook meanwhile." in text_in(ana.see("/codebook"))
    assert codes_of(ana) == ("Local", "Country", "Regional")


def test_form_of_a_codebook_that_was_changed_meanwhile_is_not_taken(ana: Visitor) -> None:
    form = edit_form(ana)
    save(Visitor(ana.page_context, "Ben"), code_0_1_code="Country")
    ana.send(form.filled(code_0_0_code="Village"))
    assert "Somebody has changed the codebook meanwhile." in text_in(ana.see("/codebook"))


def test_nothing_is_saved_that_was_not_shown(ana: Visitor) -> None:
    ana.post("/codebook/save")
    assert codes_of(ana) == ("Local", "National", "Regional")


def test_change_that_was_checked_in_another_tab_since_is_not_saved(ana: Visitor) -> None:
    form = edit_form(ana)
    first, second = ana.send(form.filled(code_0_0_code="Village")), ana.send(form.filled(code_0_1_code="Country"))
    ana.send(forms_in(first.text)["/codebook/save"])
    told = "Another change was checked in another window meanwhile. Check yours again."
    assert (told in text_in(ana.see("/codebook")), codes_of(ana)) == (True, ("Local", "National", "Regional"))
    ana.send(forms_in(second.text)["/codebook/save"])
    assert codes_of(ana) == ("Local", "Country", "Regional")


def test_codebook_is_replaced_by_a_file(ana: Visitor) -> None:
    written = ana.get("/codebook/codebook.yaml").text.replace("Local", "Village")
    form = forms_in(ana.see("/codebook"))["/codebook/file"]
    files = {"codebook": ("ours.yaml", written.encode(), "application/yaml")}
    shown = ana.client.post("/codebook/file", data=dict(form.values), files=files)
    assert "Scale Local dropped 0 Scale Village new" in text_in(shown.text)
    ana.send(forms_in(shown.text)["/codebook/save"])
    assert codes_of(ana) == ("Village", "National", "Regional")


def test_file_with_problems_is_refused_with_them(ana: Visitor) -> None:
    form = forms_in(ana.see("/codebook"))["/codebook/file"]
    files = {"codebook": ("ours.yaml", b"fields: 3", "application/yaml")}
    shown = ana.client.post("/codebook/file", data=dict(form.values), files=files)
    assert (shown.status_code, "ours.yaml: 1 problem to correct in the codebook" in shown.text) == (400, True)


def test_codebook_with_very_many_codes_is_changed_in_a_file(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebook_page, "_MOST_CODES", 4)
    shown = ana.see("/codebook")
    assert "This codebook has too many codes to be changed on a page" in text_in(shown)
    assert "Change the codebook" not in links_in(shown)
    assert ana.get("/codebook/edit").headers["location"] == "/codebook"


def test_codebook_is_not_changed_while_a_task_is_running(ana: Visitor, page_context: PageContext) -> None:
    shown = changed(ana, code_0_0_code="Village")
    may_end = threading.Event()
    open_project_of(page_context).jobs.start("Suggesting codes", lambda progress: str(may_end.wait(30)))
    ana.send(forms_in(shown.text)["/codebook/save"])
    reported = text_in(ana.see("/codebook/edit"))
    may_end.set()
    assert "Another task is running; save the codebook when it has finished." in reported


def test_codebook_that_two_leads_save_at_once_is_changed_by_the_first(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = Visitor(ana.page_context, "Ben")
    ours, theirs = (
        forms_in(changed(who, code_0_0_code=code).text)["/codebook/save"]
        for who, code in ((ana, "Village"), (ben, "Valley"))
    )
    other = threading.Thread(target=lambda: ben.send(theirs))

    def interrupted(project: Project, new: Path, *, map_file: Path | None = None) -> Changed:
        if not other.ident:
            other.start()
            other.join(0.5)
        return change_codebook(project, new, map_file=map_file)

    monkeypatch.setattr(codebook_page, "change_codebook", interrupted)
    ana.send(ours)
    other.join()
    assert codes_of(ana) == ("Village", "National", "Regional")
    assert "Somebody has changed the codebook meanwhile." in text_in(ben.see("/codebook"))


def test_proposed_codebook_that_could_not_be_written_can_be_saved_again(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = changed(ana, code_0_0_code="Village")

    def full(project: Project, new: Path, *, map_file: Path | None = None) -> Changed:
        raise DiskFullError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(codebook_page, "change_codebook", full)
        assert ana.send(forms_in(shown.text)["/codebook/save"]).status_code == 400
    ana.send(forms_in(shown.text)["/codebook/save"])
    assert codes_of(ana) == ("Village", "National", "Regional")
