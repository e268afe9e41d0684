from __future__ import annotations

import gc
import threading
from io import BytesIO
from pathlib import Path

import pytest
from httpx2 import Response
from openpyxl import load_workbook

from classifier.limits import MOST_FILES_AT_ONCE
from classifier.project.provenance import Provenance, provenance_of
from tests.support.projects import row
from tests.support.visiting import Visitor, check_and_add, forms_in, open_project_of, text_in
from tests.support.workbooks import write_outcomes

A, B, C, D = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003", "SCC-LPC/004")


def workbook(folder: Path, *rows: dict[str, str]) -> bytes:
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


def test_harvests_are_listed_under_the_names_that_they_had(ana: Visitor) -> None:
    assert "File Outcomes harvest.xlsx 3" in text_in(ana.see("/harvests"))


def test_harvest_added_brings_its_outcomes(ana: Visitor, tmp_path: Path) -> None:
    answer = check_and_add(ana, workbook(tmp_path, row(D)), name="more.xlsx")
    assert "1 new outcome, 0 unchanged, 0 changed." in text_in(answer.text)
    assert list(open_project_of(ana.page_context).coding_items.by_id) == [A, B, C, D]


def test_corrected_harvest_reports_what_changed(ana: Visitor, tmp_path: Path) -> None:
    ana.decide(B, scale="Local")
    reported = text_in(check_and_add(ana, workbook(tmp_path, row(A), row(B, country="Niger"))).text)
    assert "0 new outcomes, 1 unchanged, 1 changed. SCC-LPC/002: country" in reported
    assert "1 of the changed outcomes had already been decided; check them again." in reported
    assert (
        "1 outcome of the earlier version is not in this one; it stays in the project with all decisions." in reported
    )


def test_faults_of_a_harvest_are_reported_by_their_cells(ana: Visitor, tmp_path: Path) -> None:
    answer = check_and_add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx")
    assert answer.status_code == 400
    assert "Check more.xlsx" in text_in(answer.text)
    assert "To correct first Outcomes!A3: FragmentID 'SCC-LPC/004' appears twice" in text_in(answer.text)


def test_faults_of_a_harvest_say_nothing_of_where_it_lay_for_a_moment(ana: Visitor, tmp_path: Path) -> None:
    reported = check_and_add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx").text
    assert ("/tmp" in reported, "outcome-coder-" in reported) == (False, False)


def test_file_that_is_being_checked_is_forgotten_when_its_lead_signs_out(ana: Visitor, tmp_path: Path) -> None:
    form = forms_in(ana.see("/harvests"))["/harvests"]
    ana.client.post(
        "/harvests", data=dict(form.values), files={"workbook": ("more.xlsx", workbook(tmp_path, row(D)), "")}
    )
    waiting = len(ana.page_context.waiting)
    ana.post("/sign-out")
    gc.collect()
    assert (waiting, len(ana.page_context.waiting)) == (1, 0)


def test_harvest_with_faults_adds_nothing(ana: Visitor, tmp_path: Path) -> None:
    folder = open_project_of(ana.page_context).project.folder / "harvests"
    check_and_add(ana, workbook(tmp_path, row(D), row(D)), name="more.xlsx")
    assert [path.name for path in folder.iterdir()] == ["001_harvest.xlsx"]


@pytest.mark.parametrize("name", ["../../more.xlsx", "/etc/more.xlsx", "..\\more.xlsx"])
def test_harvest_stays_in_the_project_whatever_the_file_is_called(ana: Visitor, tmp_path: Path, name: str) -> None:
    check_and_add(ana, workbook(tmp_path, row(D)), name=name)
    folder = open_project_of(ana.page_context).project.folder / "harvests"
    assert sorted(path.name for path in folder.iterdir()) == ["001_harvest.xlsx", "002_more.xlsx"]


def test_harvest_is_asked_for(ana: Visitor) -> None:
    ana.post("/harvests")
    assert "Choose a file first." in ana.see("/harvests")


def test_file_that_ends_the_process_that_reads_it_costs_its_own_request_alone(
    ana: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = workbook(tmp_path, row(D))
    monkeypatch.setattr("classifier.spreadsheet.reading._READER", "tests.support.in_child:abort")
    answer = check_and_add(ana, content)
    assert answer.status_code == 400
    assert "harvest.xlsx" in text_in(answer.text)
    assert "made to do harm" in text_in(answer.text)
    ana.see("/queue")


@pytest.mark.slow
def test_coders_go_on_while_a_file_hangs(ana: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.spreadsheet.reading._READER", "tests.support.in_child:hang")
    upload = threading.Thread(target=check_and_add, args=(ana, workbook(tmp_path, row(D))))
    upload.start()
    ben = Visitor(ana.page_context, "Ben")
    ben.decide(A, scale="Local")
    assert upload.is_alive()
    assert not ana.page_context.lock.locked()
    upload.join()


def test_file_waits_for_a_place_where_others_are_being_read(ana: Visitor) -> None:
    for _ in range(MOST_FILES_AT_ONCE):
        ana.page_context.reading.acquire()
    check_and_add(ana, b"")
    assert "Other files are being read" in ana.see("/harvests")


def test_harvest_that_was_not_chosen_is_asked_for(ana: Visitor) -> None:
    assert check_and_add(ana, b"", name="").headers["location"] == "/harvests"


def test_harvest_is_not_added_before_it_was_checked(ana: Visitor, tmp_path: Path) -> None:
    form = forms_in(ana.see("/harvests"))["/harvests"]
    file = ("more.xlsx", workbook(tmp_path, row(D)), "application/octet-stream")
    checked = ana.client.post("/harvests", data=dict(form.values), files={"workbook": file})
    assert "1 outcome can be read." in text_in(checked.text)
    assert D not in open_project_of(ana.page_context).coding_items.by_id


def test_harvest_can_not_be_checked_again_before_one_was_chosen(ana: Visitor) -> None:
    assert ana.post("/harvests/check", do="take").headers["location"] == "/harvests"
    assert "Choose the file again." in ana.see("/harvests")


# Codes that a coder entered in a workbook


def checked_page(visitor: Visitor, content: bytes) -> Response:
    """Choose a workbook that came back, and see what it is read as."""
    form = forms_in(visitor.see("/harvests"))["/harvests"]
    return visitor.client.post("/harvests", data=dict(form.values), files={"workbook": ("back.xlsx", content, "")})


def record(visitor: Visitor, content: bytes, coder: str) -> Response:
    form = forms_in(checked_page(visitor, content).text)["/harvests/check"]
    return visitor.send(form.filled(do="record", **{"entered-by": coder}))


def test_codes_of_a_workbook_that_came_back_are_recorded_as_a_coders(ana: Visitor, tmp_path: Path) -> None:
    reported = text_in(record(ana, workbook(tmp_path, row(A, scale="Local"), row(B)), "Ana").text)
    assert "Codes of Ana 1 decision recorded, each on one field of one outcome." in reported
    (entry,) = open_project_of(ana.page_context).project.journal.entries()
    assert (entry.decision.coder, entry.decision.codes, str(entry.decision.method)) == ("Ana", ("Local",), "workbook")


def test_workbook_whose_codes_are_recorded_is_not_added(ana: Visitor, tmp_path: Path) -> None:
    record(ana, workbook(tmp_path, row(A, scale="Local")), "Ana")
    folder = open_project_of(ana.page_context).project.folder / "harvests"
    assert [path.name for path in folder.iterdir()] == ["001_harvest.xlsx"]


def test_codes_that_differ_from_the_coders_own_are_not_recorded(ana: Visitor, tmp_path: Path) -> None:
    ana.decide(A, scale="National")
    reported = text_in(record(ana, workbook(tmp_path, row(A, scale="Local")), "Ana").text)
    assert "1 code differs from what this coder decided before, and was not recorded." in reported


def test_check_asks_whose_the_codes_are_that_no_file_of_the_project_has(ana: Visitor, tmp_path: Path) -> None:
    coded = text_in(checked_page(ana, workbook(tmp_path, row(A, scale="Local"), row(B, scale="Local"))).text)
    assert "2 outcomes of the project have codes here that are in none of its files." in coded
    assert "count as codes of the file, by nobody" in coded
    new = text_in(checked_page(ana, workbook(tmp_path, row(D, scale="Local"))).text)
    assert "Whose codes are these?" not in new


def test_nothing_is_recorded_of_a_workbook_with_a_label_that_is_no_code(ana: Visitor, tmp_path: Path) -> None:
    answer = record(ana, workbook(tmp_path, row(A, scale="Local"), row(B, scale="Village")), "Ana")
    told = "Nothing was recorded back.xlsx: 1 problem to correct Outcomes!E3: 'Village' is not a code of 'Scale' ("
    assert (answer.status_code, told in text_in(answer.text)) == (400, True)
    assert open_project_of(ana.page_context).project.journal.entries() == ()


def test_whose_codes_they_are_is_to_be_chosen(ana: Visitor, tmp_path: Path) -> None:
    answer = record(ana, workbook(tmp_path, row(A, scale="Local")), "")
    assert (answer.status_code, "Choose whose codes these are." in answer.text) == (400, True)
    assert open_project_of(ana.page_context).project.journal.entries() == ()


def test_code_of_a_workbook_is_not_blind_where_its_coder_had_seen_the_suggestion(ana: Visitor, tmp_path: Path) -> None:
    ana.see("/outcome", id=A)
    record(ana, workbook(tmp_path, row(A, scale="Local"), row(B, scale="Local")), "Ana")
    seen, unseen = (entry.decision for entry in ana.entries())
    assert seen.shown is not None
    assert (seen.shown.suggested, seen.rank) == (("Local",), 1)
    assert (provenance_of([seen]), provenance_of([unseen])) == (Provenance.ASSISTED, Provenance.BLIND)


def test_codes_of_a_file_chosen_in_another_tab_since_are_not_recorded(ana: Visitor, tmp_path: Path) -> None:
    first = forms_in(checked_page(ana, workbook(tmp_path, row(A, scale="Local"))).text)["/harvests/check"]
    checked_page(ana, workbook(tmp_path, row(A, scale="National")))
    ana.send(first.filled(do="record", entered_by="Ana"))
    assert "Choose the file again." in ana.see("/harvests")
    assert ana.entries() == ()


def test_file_chosen_in_another_tab_since_is_not_added(ana: Visitor, tmp_path: Path) -> None:
    first = forms_in(checked_page(ana, workbook(tmp_path, row(D))).text)["/harvests/check"]
    second = forms_in(checked_page(ana, workbook(tmp_path, row("SCC-LPC/005"))).text)["/harvests/check"]
    ana.send(first.filled(do="take"))
    assert "Choose the file again." in ana.see("/harvests")
    assert "1 new outcome, 0 unchanged, 0 changed." in text_in(ana.send(second.filled(do="take")).text)
    assert list(open_project_of(ana.page_context).coding_items.by_id) == [A, B, C, "SCC-LPC/005"]


def test_empty_workbook_has_the_codes_of_the_project(ana: Visitor) -> None:
    content = load_workbook(BytesIO(ana.get("/harvests/template.xlsx").content))
    assert [cell.value for cell in content["Outcomes"][1]][-2:] == ["Scale", "Objective"]
