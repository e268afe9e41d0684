from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from httpx2 import Response
from openpyxl import load_workbook

from classifier.control_characters import without_isolates
from classifier.errors import ModelError
from classifier.limits import MOST_FILES_AT_ONCE
from classifier.progress import ProgressReporter
from classifier.project.add_harvest import add_harvest
from classifier.project.project import Project
from classifier.project.suggestion_store import SuggestionSet
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from classifier.review.pages import begin as begin_page
from classifier.review.pages import model
from tests.support.projects import begin_project, row
from tests.support.visiting import SITE, Form, Visitor, forms_in, page_context_of, stranger, text_in
from tests.support.workbooks import write_outcomes

A, B = "SCC-XYZ/001", "SCC-XYZ/002"  # which the sample's model was not trained on
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local, definition: A village or town.}, {code: National, definition: The whole country.}]
"""
LONGEST_S = 120.0
LONGEST_NAME = 100


@pytest.fixture
def page_context(tmp_path: Path) -> Iterator[PageContext]:
    """Return the office of a start screen, with no project yet."""
    opened = PageContext(site=SITE, home=tmp_path / "projects")
    yield opened
    if opened.open_project is not None:
        ended(opened)
        opened.open_project.project.journal.close()


@pytest.fixture
def ana(page_context: PageContext) -> Visitor:
    """Return Ana before the start screen."""
    return Visitor(page_context)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make no suggestions, which would take the real encoders."""

    def refresh(project: Project, *, progress: ProgressReporter) -> SuggestionSet:
        return project.suggestions.keep({})

    monkeypatch.setattr(model, "refresh_suggestions", refresh)


def ended(page_context: PageContext) -> str:
    """Wait for the job of the open project, and return what became of it."""
    assert page_context.open_project is not None
    until = time.monotonic() + LONGEST_S
    job = page_context.open_project.jobs.latest
    while job is not None and job.is_running and time.monotonic() < until:
        time.sleep(0.02)
    return "" if job is None else job.error or job.result or ""


def workbook(folder: Path, *names: str, **reported: str) -> bytes:
    """Return the content of a workbook that tells of outcomes."""
    rows = [{**row(name), **reported} for name in names or (A, B)]
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


def begin(
    visitor: Visitor, content: bytes, *, name: str = "harvest 3.xlsx", coder: str = "Ana", codebook: str = ""
) -> Response:
    """Choose a workbook, and begin as it is read if nothing is wrong with it."""
    checked = check(visitor, content, name=name, coder=coder, codebook=codebook)
    return checked if checked.status_code == 400 else take(visitor, checked)


def take(visitor: Visitor, checked: Response, **chosen: str) -> Response:
    """Begin with a workbook that was checked."""
    return visitor.send(forms_in(checked.text)["/start/check"].filled(do="take", **chosen))


def check(
    visitor: Visitor, content: bytes, *, name: str = "harvest 3.xlsx", coder: str = "Ana", codebook: str = ""
) -> Response:
    """Choose a workbook, and see what it is read as."""
    files = {"workbook": (name, content, XLSX)}
    if codebook:
        files["codebook"] = ("codebook.yaml", codebook.encode(), "application/yaml")
    form = forms_in(visitor.see("/start"))["/start"].filled(coder=coder, workbook=[], codebook=[])
    return visitor.client.post("/start", data=dict(form.values), files=files)


def kept_in(page_context: PageContext) -> list[str]:
    """Name everything that lies in the folder of projects."""
    assert page_context.home is not None
    return sorted(path.name for path in page_context.home.iterdir()) if page_context.home.exists() else []


def draft(visitor: Visitor, folder: Path) -> Response:
    """Have a codebook drafted from the codes of a workbook."""
    codes = ("Village", "Country", "Village", "Country", "Village", "Country")
    rows = [{**row(f"SCC-XYZ/{number:03}"), "Scale": "", "Level": code} for number, code in enumerate(codes, start=1)]
    content = write_outcomes(folder / "coded.xlsx", *rows).read_bytes()
    return visitor.send(forms_in(check(visitor, content).text)["/start/check"].filled(do="draft"))


# Beginning


def test_who_comes_in_is_shown_the_start_screen(ana: Visitor) -> None:
    assert "Begin with your workbook" in ana.see("/")


def test_codebook_is_drafted_from_a_coded_workbook_and_completed(ana: Visitor, tmp_path: Path, unhurried: None) -> None:
    form = forms_in(draft(ana, tmp_path).text)["/start/codebook"]
    assert form.values["field-0-heading"] == ["Level"]
    checked = ana.send(form.filled(code_0_0_definition="A village or town.", code_0_1_code="Nation"))
    assert "Level: 6 outcomes coded: Village (3), Nation (3)" in text_in(checked.text)
    take(ana, checked)
    assert ana.page_context.open_project is not None
    codebook = ana.page_context.open_project.project.codebook
    assert codebook.field("level").find("Country") == "Nation"
    assert codebook.field("level").codes[0].definition == "A village or town."


def test_notes_on_a_draft_say_what_can_be_done_on_the_page(ana: Visitor, tmp_path: Path) -> None:
    codes = ("Village", "Country") * 3
    rows = [
        {"Ref. no.": f"R{n}", "What changed": f"The council met {n}.", "Level": code} for n, code in enumerate(codes)
    ]
    content = write_outcomes(tmp_path / "coded.xlsx", *rows).read_bytes()
    checked = check(ana, content)
    shown = text_in(ana.send(forms_in(checked.text)["/start/check"].filled(do="draft")).text)
    assert "column 'Ref. no.' is read as the IDs; if that is wrong, choose another one on the next page" in shown
    assert "`" not in shown


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "colonne « Level » : moins de 5 cellules contiennent 'Village' (3), 'Country' (3)"),
        ("es", "columna «Level»: menos de 5 celdas contienen 'Village' (3), 'Country' (3)"),
        ("ar", "العمود «Level»: أقل من 5 خلايا فيها 'Village' (3)، 'Country' (3)"),
    ],
)
def test_notes_on_a_draft_are_in_the_language_of_the_page(
    ana: Visitor, tmp_path: Path, language: str, told: str
) -> None:
    ana.page_context.language = language
    shown = text_in(draft(ana, tmp_path).text)
    assert told in without_isolates(shown)


def test_draft_with_problems_is_shown_with_them(ana: Visitor, tmp_path: Path) -> None:
    form = forms_in(draft(ana, tmp_path).text)["/start/codebook"]
    shown = ana.send(form.filled(code_0_1_code="village"))
    assert (shown.status_code, "code 'village' appears twice" in text_in(shown.text)) == (400, True)


def in_french(visitor: Visitor, form: Form) -> str:
    """Choose French on a page with a form that is being filled in."""
    shown = visitor.send(replace(form, action=f"{form.action}?language=fr"))
    assert shown.status_code == 200
    return shown.text


def test_language_is_changed_on_a_checked_workbook_with_what_was_chosen(ana: Visitor, tmp_path: Path) -> None:
    checked = check(ana, workbook(tmp_path)).text
    form = forms_in(checked)["/start/check"]
    assert 'form="entered" formaction="/start/check?language=fr"' in checked
    shown = in_french(ana, form.filled(do="check", holds_4=""))
    assert (shown.partition('<html lang="')[2][:2], forms_in(shown)["/start/check"].values["was-4"]) == ("fr", [""])
    assert '<html lang="fr"' in ana.see("/start")


def test_language_is_changed_on_a_drafted_codebook_with_what_was_entered(ana: Visitor, tmp_path: Path) -> None:
    form = forms_in(draft(ana, tmp_path).text)["/start/codebook"].filled(code_0_0_definition="A village or town.")
    shown = in_french(ana, form)
    assert "Compléter le guide de codage" in text_in(shown)
    assert forms_in(shown)["/start/codebook"].values["code-0-0-definition"] == ["A village or town."]


@pytest.mark.parametrize("language", ["de", "", "fr;"])
def test_form_is_shown_in_the_language_of_the_page_where_no_known_one_is_chosen(
    ana: Visitor, tmp_path: Path, language: str
) -> None:
    form = forms_in(check(ana, workbook(tmp_path)).text)["/start/check"].filled(do="check")
    shown = ana.send(replace(form, action=f"/start/check?language={language}"))
    assert ('<html lang="en"' in shown.text, "set-cookie" in shown.headers) == (True, False)


def test_workbook_without_codes_gives_no_draft(ana: Visitor, tmp_path: Path) -> None:
    shown = ana.send(forms_in(check(ana, workbook(tmp_path)).text)["/start/check"].filled(do="draft"))
    assert "No column of this workbook looks like codes, so no codebook can be drafted from it." in text_in(shown.text)


def test_no_draft_is_taken_before_a_workbook_was_chosen(ana: Visitor) -> None:
    assert "Choose the workbook again." in text_in(ana.post("/start/codebook").text)


def test_start_screen_names_what_the_samples_codebook_codes(ana: Visitor) -> None:
    assert "Without one, the sample codebook is used: TypeOfChangeCluster," in text_in(ana.see("/start"))


@pytest.mark.usefixtures("unhurried")
def test_workbook_without_faults_begins_a_project(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    assert begin(ana, workbook(tmp_path)).headers["location"] == "/preparing"
    assert (kept_in(page_context), list(project_of(page_context).outcomes)) == (["harvest 3"], [A, B])


def project_of(page_context: PageContext) -> Project:
    assert page_context.open_project is not None
    return page_context.open_project.project


def test_codebook_without_definitions_begins_a_project_without_suggestions(
    ana: Visitor, page_context: PageContext, tmp_path: Path
) -> None:
    bare = "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
    begin(ana, workbook(tmp_path), codebook=bare)
    assert (project_of(page_context).model, ended(page_context)) == (None, "")
    assert "None of the codebook's codes has a definition, so no codes can be suggested yet." in text_in(
        ana.see("/model")
    )


@pytest.mark.usefixtures("unhurried")
def test_copy_of_the_workbook_is_kept_as_it_is(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    content = workbook(tmp_path)
    begin(ana, content)
    (harvest,) = project_of(page_context).harvests
    assert (harvest.path.name, harvest.path.read_bytes()) == ("001_harvest 3.xlsx", content)


@pytest.mark.usefixtures("unhurried")
def test_second_workbook_of_the_same_name_begins_another_project(
    ana: Visitor, page_context: PageContext, tmp_path: Path
) -> None:
    for names in ([A], [B]):
        begin(ana, workbook(tmp_path, *names))
        ended(page_context)
    assert (kept_in(page_context), list(project_of(page_context).outcomes)) == (["harvest 3", "harvest 3 2"], [B])


NAMES = [
    ("../../harvest.xlsx", "harvest"),
    ("..\\..\\harvest.xlsx", "harvest"),
    ("/etc/harvest.xlsx", "harvest"),
    ("C:\\Users\\ana\\harvest.xlsx", "harvest"),
    ("a:b*?.xlsx", "a_b__"),
    ("con.xlsx", "_con"),  # a device to Windows
    ("حصاد ٢٠٢٦.xlsx", "حصاد ٢٠٢٦"),
    ("...xlsx", "__"),
    ("x" * 300 + ".xlsx", "x" * LONGEST_NAME),
    ("نامه\u200cها.xlsx", "نامه_ها"),
]


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(("name", "folder"), NAMES)
def test_project_stays_in_the_folder_of_projects_whatever_the_file_is_called(
    ana: Visitor, page_context: PageContext, tmp_path: Path, name: str, folder: str
) -> None:
    begin(ana, workbook(tmp_path), name=name)
    assert kept_in(page_context) == [folder]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.xlsx", "projects"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["..", "../", "/", "."])
def test_file_with_no_name_of_its_own_is_taken_for_a_workbook(
    ana: Visitor, page_context: PageContext, tmp_path: Path, name: str, unhurried: None
) -> None:
    begin(ana, workbook(tmp_path), name=name)
    assert kept_in(page_context) == ["harvest"]


@pytest.mark.usefixtures("unhurried")
def test_coder_goes_on_under_the_name_entered(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    earlier = ana.session
    begin(ana, workbook(tmp_path), coder=" Ana Moss ")
    assert (ana.session.coder, page_context.sessions.find(earlier.id)) == ("Ana Moss", None)


def test_coder_of_the_project_is_one_however_the_name_is_typed(
    ana: Visitor, page_context: PageContext, begun: str
) -> None:
    ana.post("/start/project", coder="Ana Moss", project=begun)
    ana.decide(A, scale="Local")
    ana.post("/start/project", coder="ana  moss", project=begun)
    assert ana.session.coder == "Ana Moss"


# Who is new


@pytest.fixture
def newcomer(ana: Visitor, begun: str) -> Visitor:
    """Return a browser in which somebody new opens a project that Ana Moss has coded in."""
    ana.post("/start/project", coder="Ana Moss", project=begun)
    ana.decide(A, scale="Local")
    ana.post("/start/project", coder="Ana Mos", project=begun)
    return ana


@pytest.mark.parametrize("path", ["/", "/queue", "/outcome", "/progress", "/download"])
def test_new_name_is_asked_about_before_any_page_is_shown(newcomer: Visitor, path: str) -> None:
    assert newcomer.get(path).headers["location"] == "/start/coder"


def test_new_name_is_reported_with_the_one_it_may_be_a_slip_of(newcomer: Visitor) -> None:
    reported = text_in(newcomer.see("/start/coder"))
    assert "Ana Mos has not coded in this project yet." in reported
    assert "I am Ana Moss I am a new coder, Ana Mos" in reported


def test_who_says_that_they_are_known_goes_on_under_the_known_name(newcomer: Visitor) -> None:
    assert newcomer.post("/start/coder", coder="Ana Moss").headers["location"] == "/"
    assert (newcomer.session.coder, len(newcomer.entries())) == ("Ana Moss", 1)


def test_a_new_coder_is_asked_once(newcomer: Visitor, begun: str) -> None:
    assert newcomer.post("/start/coder", new="Ana Mos").headers["location"] == "/"
    newcomer.post("/start/project", coder="ana mos", project=begun)
    assert newcomer.get("/").headers["location"] != "/start/coder"
    assert newcomer.session.coder == "Ana Mos"


def test_name_that_was_not_asked_about_is_not_taken_in(newcomer: Visitor) -> None:
    assert newcomer.post("/start/coder", new="Chi").headers["location"] == "/start/coder"
    assert newcomer.post("/start/coder", coder="Chi").headers["location"] == "/start/coder"
    assert len(newcomer.entries()) == 1


def test_name_that_opened_a_page_once_takes_no_outcomes(
    newcomer: Visitor, begun: str, page_context: PageContext
) -> None:
    newcomer.see("/start/coder")
    newcomer.post("/start/project", coder="ANA MOSS", project=begun)
    assert page_context.open_project is not None
    assert page_context.open_project.coding_queue("Ana Moss").n_mine == len(
        page_context.open_project.coding_items.by_id
    )


# What is to be put right first


def test_faults_of_a_workbook_are_shown_by_their_cells(ana: Visitor, tmp_path: Path) -> None:
    answer = begin(ana, workbook(tmp_path, A, A))
    reported = text_in(answer.text)
    assert answer.status_code == 400
    assert "Check harvest 3.xlsx" in reported
    assert "To correct first Outcomes!A3: FragmentID 'SCC-XYZ/001' appears twice" in reported


def test_faults_say_nothing_of_where_the_file_lay_for_a_moment(ana: Visitor, tmp_path: Path) -> None:
    assert "outcome-coder-" not in text_in(begin(ana, workbook(tmp_path, A, A)).text).replace("outcome-coder ", "")


def test_nothing_is_kept_of_a_workbook_with_faults(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    begin(ana, workbook(tmp_path, A, A))
    assert (kept_in(page_context), page_context.open_project) == ([], None)


def test_file_that_is_no_workbook_is_reported(ana: Visitor, page_context: PageContext) -> None:
    answer = begin(ana, b"The council met in secret.")
    assert (answer.status_code, "secret" in answer.text, kept_in(page_context)) == (400, False, [])


def test_file_of_a_kind_that_is_not_read_is_reported(ana: Visitor, page_context: PageContext) -> None:
    answer = begin(ana, b"%PDF-1.7", name="harvest.pdf")
    assert (answer.status_code, kept_in(page_context)) == (400, [])
    assert "Check harvest.pdf" in text_in(answer.text)


def test_faults_of_a_codebook_are_reported(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    answer = begin(ana, workbook(tmp_path), codebook="fields: []")
    assert (answer.status_code, kept_in(page_context)) == (400, [])
    assert "codebook.yaml needs correcting first codebook.yaml:" in text_in(answer.text)


def test_codebook_chosen_as_the_workbook_is_told_where_it_goes(ana: Visitor) -> None:
    shown = text_in(begin(ana, CODEBOOK.encode(), name="codebook.yaml").text)
    told = "this is a codebook (choose it as the codebook when you begin a project, and a table or workbook here)"
    assert told in shown


def test_harvest_chosen_as_the_codebook_is_told_where_it_goes(
    ana: Visitor, training_data: Path, tmp_path: Path
) -> None:
    files = {
        "workbook": ("harvest.xlsx", workbook(tmp_path), XLSX),
        "codebook": ("ours.xlsx", (training_data / "harvest_1.xlsx").read_bytes(), XLSX),
    }
    form = forms_in(ana.see("/start"))["/start"].filled(coder="Ana", workbook=[], codebook=[])
    shown = text_in(ana.client.post("/start", data=dict(form.values), files=files).text)
    assert (
        "ours.xlsx needs correcting first ours.xlsx: 1 problem to correct in the codebook it has the columns of a "
        "harvest, not of a codebook; give it as the harvest, and draft a codebook from its codes, on the page that "
        "checks it or with `outcome-coder codebook draft`" in shown
    )


@pytest.mark.parametrize("codebook", ["", CODEBOOK])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.7"])
def test_no_codebook_is_told_of_or_drafted_where_nothing_was_read(ana: Visitor, content: bytes, codebook: str) -> None:
    shown = text_in(begin(ana, content, codebook=codebook).text)
    assert "To correct first" in shown
    assert ("Codes are read by" in shown, "Draft a codebook" in shown) == (False, False)


def test_faults_stay_text(ana: Visitor, tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    assert "<script>alert" not in begin(ana, workbook(tmp_path, bad, bad), name=f"{bad}.xlsx").text


@pytest.mark.parametrize(("name", "status"), [("codebook", 400), ("codebook.yaml", 400), ("codebook.xlsx", 303)])
def test_workbook_called_like_the_codebook_is_no_matter(
    ana: Visitor, tmp_path: Path, unhurried: None, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    monkeypatch.setattr(begin_page, "train_from_definitions", lambda **given: None)
    assert begin(ana, workbook(tmp_path), name=name, codebook=CODEBOOK).status_code == status


def test_file_with_an_endless_ending_is_reported(ana: Visitor, tmp_path: Path) -> None:
    answer = begin(ana, workbook(tmp_path), name="x." + "y" * 300)
    assert (answer.status_code, "files ending in .yyy" in text_in(answer.text)) == (400, True)


def test_name_and_workbook_are_asked_for(ana: Visitor, tmp_path: Path) -> None:
    for answer in (begin(ana, workbook(tmp_path), coder="  "), ana.post("/start", coder="Ana")):
        assert (answer.status_code, "Enter your name and choose a workbook." in answer.text) == (400, True)


# Going on


@pytest.fixture
def begun(tmp_path: Path, page_context: PageContext) -> str:
    """Return the name of a project that was begun before."""
    assert page_context.home is not None
    page_context.home.mkdir()
    project = begin_project(page_context.home, row(A))
    project.journal.close()
    return project.folder.name


def test_project_that_was_begun_is_offered(ana: Visitor, begun: str) -> None:
    assert f'value="{begun}" aria-label="Open {begun}"' in ana.see("/start")


def test_nobody_codes_before_they_have_given_a_name(ana: Visitor, page_context: PageContext, begun: str) -> None:
    ana.post("/start/project", coder="Ana", project=begun)
    page_context.coder = "root"
    other = stranger(page_context)
    other.get(f"/enter?token={page_context.token.issue()}")
    assert other.get("/").headers["location"] == "/start"


def proposed(page: str) -> list[str]:
    return forms_in(page)["/start/project"].values["coder"]


def test_no_login_is_proposed_where_nobody_has_coded(page_context: PageContext, begun: str) -> None:
    page_context.coder = "root"
    other = stranger(page_context)
    other.get(f"/enter?token={page_context.token.issue()}")
    assert proposed(other.get("/start").text) == [""]


def test_who_coded_last_is_proposed_to_a_new_browser(ana: Visitor, page_context: PageContext, begun: str) -> None:
    for name in ("Ana", "Ben"):
        ana.post("/start/project", coder=name, project=begun)
        ana.post("/start/coder", new=name)
        ana.decide(A, scale="Local")
    other = Visitor(page_context, "root")
    page = other.see("/start")
    assert (proposed(page), f'<option value="Ana" label="{begun}">' in page) == (["Ben"], True)


def test_who_is_in_stays_proposed(ana: Visitor, page_context: PageContext, begun: str) -> None:
    ana.post("/start/project", coder="Ana", project=begun)
    ana.decide(A, scale="Local")
    ana.post("/start/project", coder="Ben", project=begun)
    assert proposed(ana.see("/start")) == ["Ben"]


@pytest.fixture
def second(begun: str, tmp_path: Path, page_context: PageContext) -> str:
    """Return the name of another project that was begun before."""
    assert page_context.home is not None
    folder = tmp_path / "more"
    folder.mkdir()
    project = begin_project(folder, row(B))
    project.journal.close()
    return project.folder.rename(page_context.home / "second").name


def test_project_is_the_same_when_it_is_come_back_to(
    ana: Visitor, page_context: PageContext, begun: str, second: str
) -> None:
    open_projects = []
    for name in (begun, second, begun):
        ana.post("/start/project", coder="Ana", project=name)
        open_projects.append(page_context.open_project)
    assert (open_projects[0] is open_projects[2], open_projects[0] is open_projects[1]) == (True, False)


def test_project_is_gone_on_with(ana: Visitor, begun: str) -> None:
    form = forms_in(ana.see("/start"))["/start/project"].filled(coder="Ana", project=begun)
    assert ana.send(form).headers["location"] == "/"
    assert f"<h1><bdi>{A}</bdi></h1>" in ana.see("/")


def test_decisions_are_there_when_a_project_is_gone_on_with(ana: Visitor, begun: str) -> None:
    ana.post("/start/project", coder="Ana", project=begun)
    ana.decide(A, scale="Local")
    ana.post("/start/project", coder="Ben", project=begun)
    ana.post("/start/project", coder="Ana", project=begun)
    assert ana.sheet(A).values["codes-1"] == ["Local"]


@pytest.mark.parametrize("name", ["", "..", "../projects/project", "nowhere", "harvest.xlsx"])
def test_project_is_chosen_of_those_that_are_there(ana: Visitor, begun: str, name: str) -> None:
    answer = ana.post("/start/project", coder="Ana", project=name)
    assert (answer.status_code, "Enter your name and choose a project." in answer.text) == (400, True)


def test_coder_who_goes_on_needs_a_name(ana: Visitor, begun: str) -> None:
    assert ana.post("/start/project", coder=" ", project=begun).status_code == 400


def test_project_that_cannot_be_opened_is_reported(ana: Visitor, page_context: PageContext, begun: str) -> None:
    assert page_context.home is not None
    (page_context.home / begun / "codebook.yaml").write_text("fields: []", encoding="utf-8")
    assert ana.post("/start/project", coder="Ana", project=begun).status_code == 400
    assert "Begin with your workbook" in ana.see("/start")


def test_where_one_project_is_served_there_is_no_start_screen(tmp_path: Path) -> None:
    served = page_context_of(tmp_path, A)
    answer = Visitor(served).get("/start")
    assert (answer.status_code, "One project is served here; there is no start screen." in answer.text) == (404, True)
    assert isinstance(served.open_project, OpenProject)
    served.open_project.project.journal.close()


# With suggestions


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep embeddings where nobody else's are."""
    monkeypatch.setenv("OUTCOME_CODER_CACHE", str(tmp_path / "cache"))


@pytest.mark.encoder
@pytest.mark.usefixtures("own_cache")
def test_codes_are_suggested_for_a_workbook(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    begin(ana, workbook(tmp_path))
    assert ended(page_context) == "Codes are suggested for 2 outcomes."
    suggested = project_of(page_context).suggestions.latest()
    assert suggested is not None
    assert {len(outcome.fields) for outcome in suggested.outcomes.values()} == {4}


@pytest.mark.encoder
@pytest.mark.usefixtures("own_cache")
def test_codes_of_ones_own_codebook_are_suggested_by_their_definitions(
    ana: Visitor, page_context: PageContext, tmp_path: Path
) -> None:
    begin(ana, workbook(tmp_path), codebook=CODEBOOK)
    assert ended(page_context) == "Codes are suggested for 2 outcomes."
    settings = json.loads((project_of(page_context).folder / "project.json").read_text(encoding="utf-8"))
    assert settings["model"] == "models/0001"


# Columns by other names


FICHE, TOLD = "Fiche", "Ce qui s'est passé"


def french(folder: Path, **more: str) -> bytes:
    """Return a workbook whose columns nothing but their content tells."""
    rows = [
        {FICHE: f"A{number}", TOLD: f"The council of {place} met in public for the first time.", **more}
        for number, place in enumerate(("Dori", "Gao", "Kita"))
    ]
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


def place_of(page: str, column: str) -> str:
    """Return the number that a column has on its page."""
    values = forms_in(page)["/start/check"].values
    return next(name.partition("-")[2] for name, value in values.items() if value == [column] and "column-" in name)


@pytest.mark.usefixtures("unhurried")
def test_columns_of_other_names_are_proposed_and_taken(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    checked = check(ana, french(tmp_path))
    assert (checked.status_code, text_in(checked.text).count("a guess: please check")) == (200, 2)
    assert kept_in(page_context) == []
    take(ana, checked)
    assert project_of(page_context).columns == {FICHE: "FragmentID", TOLD: "Outcome description"}
    assert list(project_of(page_context).outcomes) == ["A0", "A1", "A2"]


@pytest.mark.usefixtures("unhurried")
def test_column_can_be_read_as_something_else(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    checked = check(ana, coded_elsewhere(tmp_path))
    place = place_of(checked.text, "Portée")
    take(ana, checked, **{f"holds_{place}": "Scale", f"holds_{place_of(checked.text, 'Scale')}": ""})
    assert project_of(page_context).outcomes["A0"].codes == {"scale": ("Local",)}


@pytest.mark.usefixtures("unhurried")
def test_column_that_is_left_out_is_not_read(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    checked = check(ana, workbook(tmp_path, Scale="Local"))
    take(ana, checked, **{f"holds_{place_of(checked.text, 'Scale')}": ""})
    assert (project_of(page_context).columns, project_of(page_context).outcomes[A].codes) == ({"Scale": ""}, {})


def test_choices_are_shown_when_the_workbook_is_checked_again(ana: Visitor, tmp_path: Path) -> None:
    checked = check(ana, workbook(tmp_path, Scale="Local"))
    form = forms_in(checked.text)["/start/check"]
    left_out = ana.send(form.filled(do="check", **{f"holds_{place_of(checked.text, 'Scale')}": ""}))
    assert "2 outcomes coded: Local (2)" in text_in(checked.text)
    assert "outcomes coded" not in text_in(left_out.text)


def test_two_columns_can_not_be_read_as_the_same(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    checked = check(ana, french(tmp_path, Remarque="none"))
    refused = take(ana, checked, **{f"holds_{place_of(checked.text, 'Remarque')}": "FragmentID"})
    assert "'FragmentID' is chosen for two columns, 'Fiche' and 'Remarque'." in text_in(refused.text)
    assert (refused.status_code, kept_in(page_context)) == (400, [])


def test_column_that_marks_confidential_outcomes_can_not_be_left_out(ana: Visitor, tmp_path: Path) -> None:
    name = "Outcome statements is CONFIDENTIAL"
    page = check(ana, workbook(tmp_path, **{name: "YES"})).text
    select = page.partition(f'aria-label="{name} is read as">')[2].partition("</select>")[0]
    assert ("not read" in select, f'<option value="{name}" selected>' in select) == (False, True)


def test_first_outcomes_are_shown_by_column(ana: Visitor, tmp_path: Path) -> None:
    assert f"<li><bdi>{A}</bdi></li><li><bdi>{B}</bdi></li>" in check(ana, workbook(tmp_path)).text


@pytest.mark.usefixtures("unhurried")
def test_sheets_are_chosen_by_ticking(ana: Visitor, page_context: PageContext, tmp_path: Path) -> None:
    content = two_sheets(tmp_path)
    checked = check(ana, content)
    assert forms_in(checked.text)["/start/check"].values["sheet"] == ["Mali"]
    ana.send(forms_in(checked.text)["/start/check"].filled(do="take", sheet=["Mali", "Kenya"]))
    assert list(project_of(page_context).outcomes) == [A, B]


def test_at_least_one_sheet_is_ticked(ana: Visitor, tmp_path: Path) -> None:
    checked = check(ana, two_sheets(tmp_path))
    refused = ana.send(forms_in(checked.text)["/start/check"].filled(do="take", sheet=[]))
    assert (refused.status_code, "Tick at least one sheet." in text_in(refused.text)) == (400, True)


def two_sheets(folder: Path) -> bytes:
    """Return a workbook with a sheet for each country."""
    path = write_outcomes(folder / "made.xlsx", row(A))
    made = load_workbook(path)
    (sheet,) = made.worksheets
    sheet.title = "Mali"
    copy = made.copy_worksheet(sheet)
    copy.title = "Kenya"
    copy["A2"] = B
    made.save(path)
    return path.read_bytes()


def test_what_is_worth_a_look_is_reported_before_a_project_begins(ana: Visitor, tmp_path: Path) -> None:
    reported = text_in(check(ana, workbook(tmp_path, Year="203")).text)
    assert "Worth a look" in reported
    assert "year '203' is unusual" in reported


def coded_elsewhere(folder: Path) -> bytes:
    """Return a workbook whose codes are in a column that the codebook doesn't know."""
    rows = [row(f"A{number}") | {"Portée": "Local"} for number in range(3)]
    return write_outcomes(folder / "made.xlsx", *rows).read_bytes()


@pytest.mark.usefixtures("unhurried")
def test_notes_on_the_page_name_no_option_of_a_command(ana: Visitor, tmp_path: Path) -> None:
    noted = text_in(check(ana, coded_elsewhere(tmp_path)).text)
    assert "--map" not in noted


def test_workbook_can_not_be_checked_again_before_one_was_chosen(ana: Visitor) -> None:
    assert "Choose the workbook again." in text_in(ana.post("/start/check", do="take").text)


def test_project_is_not_begun_with_a_workbook_chosen_in_another_tab_since(ana: Visitor, tmp_path: Path) -> None:
    first = check(ana, workbook(tmp_path), name="Mali.xlsx")
    check(ana, coded_elsewhere(tmp_path), name="Kenya.xlsx")
    assert "Choose the workbook again." in text_in(take(ana, first).text)
    assert kept_in(ana.page_context) == []


def test_draft_of_a_workbook_is_not_completed_for_one_chosen_in_another_tab_since(ana: Visitor, tmp_path: Path) -> None:
    first = forms_in(draft(ana, tmp_path).text)["/start/codebook"]
    draft(ana, tmp_path)
    assert "Choose the workbook again." in text_in(ana.send(first).text)


# The sample


@pytest.mark.slow
@pytest.mark.usefixtures("unhurried")
def test_sample_is_tried_in_one_click(ana: Visitor, page_context: PageContext) -> None:
    assert ana.send(forms_in(ana.see("/start"))["/start/sample"]).headers["location"] == "/preparing"
    assert (kept_in(page_context), len(project_of(page_context).outcomes)) == (["Trial with the sample"], 118)


@pytest.mark.usefixtures("unhurried")
def test_trial_that_was_begun_is_gone_on_with(ana: Visitor, page_context: PageContext) -> None:
    for _ in range(2):
        ana.post("/start/sample")
        ended(page_context)
    assert kept_in(page_context) == ["Trial with the sample"]


@pytest.mark.usefixtures("unhurried")
def test_trial_can_be_deleted(ana: Visitor, page_context: PageContext) -> None:
    ana.post("/start/sample")
    ended(page_context)
    assert ana.send(forms_in(ana.see("/start"))["/start/delete"]).headers["location"] == "/start"
    assert (kept_in(page_context), "Trial with the sample was deleted." in ana.see("/start")) == ([], True)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize(
    ("language", "project", "coder"),
    [
        ("fr", "Essai avec échantillon", "Codeur·se d'essai"),
        ("es", "Prueba con la muestra", "Persona de prueba"),
        ("ar", "تجربة بالعينة", "مرمّز تجريبي"),
    ],
)
def test_trial_and_its_coder_are_named_in_the_language_of_the_page(
    ana: Visitor, page_context: PageContext, language: str, project: str, coder: str
) -> None:
    page_context.language = language
    ana.post("/start/sample", coder="")
    assert (kept_in(page_context), ana.session.coder) == ([project], coder)


@pytest.mark.usefixtures("unhurried")
def test_trial_is_gone_on_with_in_another_language(ana: Visitor, page_context: PageContext) -> None:
    for language in ("fr", "en"):
        page_context.language = language
        ana.post("/start/sample")
        ended(page_context)
    assert kept_in(page_context) == ["Essai avec échantillon"]


def test_no_more_files_are_read_at_once_than_memory_is_there_for(ana: Visitor, tmp_path: Path) -> None:
    content = workbook(tmp_path)
    for _ in range(MOST_FILES_AT_ONCE):
        ana.page_context.reading.acquire()
    assert "Other files are being read; try again in a minute." in text_in(check(ana, content).text)
    ana.page_context.reading.release()
    assert "2 outcomes can be read." in text_in(check(ana, content).text)


@pytest.mark.usefixtures("unhurried")
def test_trial_with_another_file_says_why_it_can_not_be_deleted(
    ana: Visitor, page_context: PageContext, tmp_path: Path
) -> None:
    ana.post("/start/sample")
    ended(page_context)
    project = project_of(page_context)
    folder = add_harvest(project, write_outcomes(tmp_path / "more.xlsx", row(A))).project.folder
    shown = ana.see("/start")
    assert "/start/delete" not in forms_in(shown)
    assert (
        f"{folder.name} can't be deleted here, since it has files besides those of the sample: if you don't need them, "
        f"delete its folder in {folder.parent}." in text_in(shown)
    )


def test_workbook_that_is_in_a_project_already_is_told(ana: Visitor, tmp_path: Path) -> None:
    content = workbook(tmp_path)
    first = text_in(check(ana, content).text)
    begin(ana, content)
    again = text_in(check(ana, content).text)
    assert "This file is already in the project" not in first
    assert "This file is already in the project harvest 3. To go on with that, continue the project;" in again


def test_project_whose_harvest_can_not_be_added_is_not_begun(
    ana: Visitor, page_context: PageContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ModelError("the disk was pulled out")

    monkeypatch.setattr(begin_page, "add_harvest", fail)
    assert "the disk was pulled out" in begin(ana, workbook(tmp_path)).text
    assert kept_in(page_context) == []


def test_start_screen_is_shown_while_a_project_on_it_is_deleted(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.review.pages.start.projects_in", lambda home: ["harvest 3"])
    assert "harvest 3" in ana.see("/start")


def test_project_of_other_outcomes_can_not_be_deleted(ana: Visitor, page_context: PageContext, begun: str) -> None:
    assert "/start/delete" not in forms_in(ana.see("/start"))
    refused = ana.post("/start/delete", project=begun)
    assert (refused.status_code, begun in kept_in(page_context)) == (400, True)


# While suggestions are made


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let suggestions be made only when they may be."""
    may_end = threading.Event()

    def refresh(project: Project, *, progress: ProgressReporter) -> SuggestionSet:
        progress.step("Reading stories", 2)(1)
        may_end.wait(LONGEST_S)
        return project.suggestions.keep({})

    monkeypatch.setattr(model, "refresh_suggestions", refresh)
    yield may_end
    may_end.set()


def test_coder_sees_how_far_suggestions_are_and_then_the_first_outcome(
    ana: Visitor, page_context: PageContext, tmp_path: Path, slow: threading.Event
) -> None:
    begin(ana, workbook(tmp_path))
    assert "Preparing 2 outcomes" in text_in(ana.see("/preparing"))
    assert "hx-redirect" not in ana.get("/preparing/job").headers
    slow.set()
    ended(page_context)
    assert ana.get("/preparing/job").headers["hx-redirect"] == "/"
    assert ana.get("/preparing").headers["location"] == "/"


def test_why_suggestions_could_not_be_made_is_reported(
    ana: Visitor, page_context: PageContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> SuggestionSet:
        raise ModelError("models/ours: heads.npz is missing")

    monkeypatch.setattr(model, "refresh_suggestions", refuse)
    begin(ana, workbook(tmp_path))
    ended(page_context)
    assert "Suggesting codes did not work models/ours: heads.npz is missing" in text_in(ana.see("/preparing"))


# Recent projects


def test_start_screen_says_how_far_a_project_is(ana: Visitor, begun: str) -> None:
    ana.post("/start/project", coder="Ana", project=begun)
    ana.decide(A, scale="Local")
    assert f"{begun} Open 1 of 1" in text_in(ana.see("/start"))


def test_empty_workbook_is_handed_out(ana: Visitor) -> None:
    answer = ana.get("/start/template.xlsx")
    names = load_workbook(BytesIO(answer.content)).sheetnames
    assert (answer.headers["content-disposition"], names) == (
        'attachment; filename="harvest_template.xlsx"',
        ["Outcomes", "Codes"],
    )


@pytest.mark.usefixtures("unhurried")
def test_coder_of_the_trial_is_not_proposed_for_a_project(ana: Visitor) -> None:
    ana.client.post("/start/sample", data={"csrf": ana.session.csrf})
    assert forms_in(ana.see("/start"))["/start"].values["coder"] == [""]


def test_sheets_that_will_not_be_read_are_named(ana: Visitor, tmp_path: Path) -> None:
    reported = text_in(check(ana, two_sheets(tmp_path)).text)
    assert (
        "1 more sheet with the same columns will not be read: Kenya (1 row). Tick it below to read it too." in reported
    )


@pytest.mark.usefixtures("unhurried")
def test_check_of_a_workbook_shows_no_other_project(ana: Visitor, tmp_path: Path) -> None:
    begin(ana, workbook(tmp_path, A))
    assert "You have decided" not in text_in(check(ana, workbook(tmp_path, B)).text)
