from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from classifier import sample_files
from classifier.clock import seconds_passed
from classifier.error_report import error_report_folder
from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.add_harvest import add_harvest
from classifier.project.blind_and_double_coding import is_blind
from classifier.project.journal import DecisionMethod
from classifier.project.project import Project, Shares, change_shares, new_project, open_project, replace_codebook
from classifier.project.suggestion_store import StoredSuggestions
from classifier.review.context import PageContext
from classifier.review.open_project import OpenProject
from classifier.review.pages import coding
from classifier.review.view_log import ViewLog
from classifier.suggestion.types import FieldSuggestion, Neighbour, Route
from tests.support.projects import CODEBOOK, GUIDED, begin_project, kept, objective, open_differences, row, scale
from tests.support.visiting import SITE, Form, Visitor, forms_in, keep_for, links_in, page_context_of, text_in
from tests.support.workbooks import write_outcomes, write_text

A, B, C, D, E, F = NAMES = tuple(f"SCC-LPC/{number:03}" for number in range(1, 7))
BLIND = Shares(blind=1.0)
HALF_BLIND = Shares(blind=0.5, seed=3)
HIDDEN = tuple(name for name in NAMES if is_blind(name, HALF_BLIND))
IN_VIEW = tuple(name for name in NAMES if name not in HIDDEN)
ODD_IDS = (
    "SCC LPC/35",
    "SCC & Co/35",
    "SCC#35",
    "SCC?id=35",
    "100%/35",
    "SCC+LPC/35",
    'the "35th"',
    "Ana's/35",
    "<b>35</b>",
    "حصاد/٣٥",
    "récolte/35",
    "../35",
    "SCC  35",
)
OUT_OF_DATE = "This page is out of date. Please go back, reload it, and try again."
Opened = Callable[..., Visitor]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Return what opens a project of outcomes named, and lets Ana in."""
    offices: list[PageContext] = []

    def visit(*names: str, shares: Shares = GUIDED, team: Sequence[str] = (), is_suggested: bool = True) -> Visitor:
        offices.append(page_context_of(tmp_path, *names, shares=shares, team=team, is_suggested=is_suggested))
        return Visitor(offices[-1])

    yield visit
    for page_context in offices:
        open_project_of(page_context).project.journal.close()


@pytest.fixture
def ana(opened: Opened) -> Visitor:
    """Return Ana before a project of three outcomes, for each of which a local scale and GEN are suggested."""
    return opened(A, B, C)


@contextmanager
def project_elsewhere(folder: Path) -> Iterator[Visitor]:
    """Let Ana into another project of the same outcomes."""
    page_context = page_context_of(folder, A, B, C)
    yield Visitor(page_context)
    open_project_of(page_context).project.journal.close()


def open_project_of(page_context: PageContext) -> OpenProject:
    assert page_context.open_project is not None
    return page_context.open_project


def project_of(visitor: Visitor) -> Project:
    return open_project_of(visitor.page_context).project


def colleague(visitor: Visitor, name: str = "Ben") -> Visitor:
    return Visitor(visitor.page_context, name)


def codes_of(visitor: Visitor) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Give what counts of coders' own decisions."""
    return {key: entry.decision.codes for key, entry in project_of(visitor).decided().items()}


def keep(visitor: Visitor, scales: FieldSuggestion, *names: str, flags: Sequence[str] = ()) -> None:
    """Suggest another scale, for the outcomes named or for all, as somebody else might at any time."""
    project = project_of(visitor)
    reported = {
        name: kept(outcome, *flags, model="newer", scale=scales, objective=objective("GEN"))
        for name, outcome in project.outcomes.items()
        if not names or name in names
    }
    keep_for(open_again(project), **reported)


def open_again(project: Project) -> Project:
    """Open a project as another program does."""
    again = open_project(project.folder)
    again.journal.close()
    return again


def listed(page: str) -> list[str]:
    """Return the outcomes that a queue lists."""
    return [name for name, href in links_in(page).items() if href.startswith("/outcome?")]


# What is put before a coder


def test_suggestion_is_shown_in_words_and_figures(ana: Visitor) -> None:
    assert "Suggested: Local — fairly likely (75 %), choose a code." in text_in(ana.see("/outcome", id=A))


def test_blind_outcome_says_so(opened: Opened) -> None:
    shown = text_in(opened(A, shares=BLIND).see("/outcome", id=A))
    assert "Coded blind. No suggestion is shown, so that agreement can be measured honestly." in shown


def test_page_of_a_blind_outcome_reports_nothing_of_what_is_suggested(opened: Opened) -> None:
    shown = opened(A, shares=BLIND).see("/outcome", id=A)
    found = [
        word for word in ("Suggested", "75\xa0%", "possible", "data-suggested", "<mark", "likely") if word in shown
    ]
    assert found == []


def test_page_of_a_blind_outcome_is_the_same_whatever_is_suggested(opened: Opened) -> None:
    ana = opened(A, shares=BLIND)
    before = ana.see("/outcome", id=A)
    keep(ana, scale("National", 0.99, route=Route.CONFIRM))
    after = ana.see("/outcome", id=A)
    assert re.sub(r'name="(opened|set)" value="[^"]*"', "", after) == re.sub(
        r'name="(opened|set)" value="[^"]*"', "", before
    )


def near(visitor: Visitor) -> StoredSuggestions:
    neighbour = Neighbour(fragment_id="SCC-OLD/007", codes=("Regional",), similarity=0.5)
    return kept(project_of(visitor).outcomes[A], scale=replace(scale(), nearest=(neighbour,)))


def test_nearest_coded_outcomes_are_listed_with_their_codes(ana: Visitor) -> None:
    project_of(ana).suggestions.keep({A: near(ana)})
    assert text_in(ana.see("/nearest", id=A, set="2")) == "SCC-OLD/007 similarity 0.50 Scale: Regional"


@pytest.mark.parametrize("number", ["1", "2"])
def test_nearest_coded_outcomes_of_a_blind_one_are_not_listed(opened: Opened, number: str) -> None:
    ana = opened(A, shares=BLIND)
    project_of(ana).suggestions.keep({A: near(ana)})
    assert "SCC-OLD/007" not in ana.see("/nearest", id=A, set=number)


def test_nothing_is_chosen_beforehand(ana: Visitor) -> None:
    keep(ana, scale("Local", 0.99, route=Route.CONFIRM))
    assert [name for name in ana.sheet(A).values if name.startswith("codes-")] == []


def test_codes_in_the_file_are_reported_and_not_chosen(tmp_path: Path) -> None:
    begun = begin_project(tmp_path, row(A, scale="National"))
    ana = Visitor(PageContext(site=SITE, open_project=OpenProject(begun)))
    assert "In the file: National." in text_in(ana.see("/outcome", id=A))
    assert "codes-1" not in ana.sheet(A).values
    begun.journal.close()


def test_own_decision_is_chosen_when_the_outcome_is_opened_again(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert ana.sheet(A).values["codes-1"] == ["National"]


def test_decision_of_another_coder_is_not_shown(ana: Visitor) -> None:
    colleague(ana).decide(A, scale="Regional")
    shown = ana.see("/outcome", id=A)
    assert ("codes-1" in forms_in(shown)["/decide"].values, "Ben" in shown) == (False, False)


def test_outcome_that_the_project_lacks_is_reported(ana: Visitor) -> None:
    answer = ana.get("/outcome", id="SCC-LPC/999")
    assert (answer.status_code, "There is no outcome with that ID, or it is confidential" in answer.text) == (404, True)


def test_story_with_markup_is_shown_as_it_was_reported(tmp_path: Path) -> None:
    reported = {**row(A), "Outcome description": "The council <script>alert(1)</script> & met."}
    begun = begin_project(tmp_path, reported)
    shown = Visitor(PageContext(site=SITE, open_project=OpenProject(begun))).see("/outcome", id=A)
    begun.journal.close()
    assert ("<script>alert" in shown, "The council &lt;script&gt;alert(1)&lt;/script&gt; &amp; met." in shown) == (
        False,
        True,
    )


def test_country_with_markup_is_shown_as_it_was_written(tmp_path: Path) -> None:
    begun = begin_project(tmp_path, row(A, country="<img src=x>"))
    ana = Visitor(PageContext(site=SITE, open_project=OpenProject(begun)))
    pages = ana.see("/outcome", id=A) + ana.see("/queue")
    begun.journal.close()
    assert "<img" not in pages


# Deciding


def test_what_was_chosen_is_recorded(ana: Visitor) -> None:
    ana.decide(A, scale="National", objective=["CIV"])
    assert codes_of(ana) == {("Ana", A, "scale"): ("National",), ("Ana", A, "objective"): ("CIV",)}


def test_field_in_which_nothing_was_chosen_is_not_recorded(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert [entry.decision.field for entry in ana.entries()] == ["scale"]


def test_decision_holds_what_was_in_view(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    (entry,) = ana.entries()
    assert (entry.decision.method, entry.decision.rank, entry.decision.shown) == (
        DecisionMethod.BY_HAND,
        2,
        ShownSuggestion(suggested=("Local",), confidence=0.75, prediction_set=("Local",), model="ours (2026-11-26)"),
    )


def test_blind_decision_holds_that_nothing_was_in_view(opened: Opened) -> None:
    ana = opened(A, shares=BLIND)
    ana.decide(A, scale="National")
    (entry,) = ana.entries()
    assert (entry.decision.shown, entry.decision.rank) == (None, None)


def test_decision_holds_the_suggestion_that_stood_on_the_page_though_a_newer_one_exists(ana: Visitor) -> None:
    sheet = ana.sheet(A)
    keep(ana, scale("Regional", 0.95))
    ana.send(sheet.filled(codes_1="Local"))
    shown = ana.entries()[0].decision.shown
    assert shown is not None
    assert (shown.suggested, shown.model) == (("Local",), "ours (2026-11-26)")


def test_page_without_suggestions_is_out_of_date_once_some_were_made(opened: Opened) -> None:
    ana = opened(A, is_suggested=False)
    sheet = ana.sheet(A)
    keep(ana, scale("Regional", 0.95))
    assert "This page was out of date" in ana.send(sheet.filled(codes_1="Local")).text
    assert ana.entries() == ()


def test_page_opened_after_suggestions_were_refreshed_shows_the_new_ones(ana: Visitor) -> None:
    ana.sheet(A)
    keep(ana, scale("Regional", 0.95))
    assert "Suggested: Regional" in text_in(ana.see("/outcome", id=A))


def test_decision_leads_to_the_next_outcome(ana: Visitor) -> None:
    following = ana.decide(A, scale="Local", objective=["GEN"], asked="order=file").headers["location"]
    assert f"<h1><bdi>{B}</bdi></h1>" in ana.see(following)


def test_last_decision_leads_to_the_queue(opened: Opened) -> None:
    ana = opened(A)
    assert ana.decide(A, scale="Local", objective=["GEN"]).headers["location"] == "/queue"
    assert "All of your outcomes are decided." in ana.see("/queue")


def test_project_without_outcomes_is_not_reported_to_be_done(tmp_path: Path) -> None:
    begun = new_project(tmp_path / "project", codebook=sample_files.codebook_path())
    reported = Visitor(PageContext(site=SITE, open_project=OpenProject(begun))).see("/queue")
    begun.journal.close()
    assert ("The project has no outcomes yet." in reported, "All of your outcomes are decided." in reported) == (
        True,
        False,
    )


def test_next_outcome_is_one_of_those_asked_for(opened: Opened) -> None:
    ana = opened(A, B, C)
    keep(ana, scale("Regional", 0.95, route=Route.CONFIRM), C)
    following = ana.decide(A, scale="Local", asked="order=file&route=confirm").headers["location"]
    assert following == "/outcome?order=file&route=confirm&id=SCC-LPC%2F003"


def test_confirming_nothing_records_nothing_and_says_so(ana: Visitor) -> None:
    ana.send(ana.sheet(A))
    assert "Nothing was chosen, so nothing was recorded." in ana.see("/outcome", id=A)
    assert ana.entries() == ()


def test_a_message_is_shown_once(ana: Visitor) -> None:
    ana.send(ana.sheet(A))
    ana.see("/outcome", id=A)
    assert "Nothing was chosen" not in ana.see("/outcome", id=A)


def test_same_choice_again_records_nothing(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    ana.decide(A, scale="National")
    assert len(ana.entries()) == 1


def test_change_of_mind_is_kept_beside_what_was_before(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    ana.decide(A, scale="Local")
    assert [(entry.decision.codes, entry.decision.based_on) for entry in ana.entries()] == [
        (("National",), None),
        (("Local",), 1),
    ]


def test_choice_taken_back_counts_no_more(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    ana.send(ana.sheet(A).filled(codes_1=[]))
    assert codes_of(ana) == {}


@pytest.mark.parametrize("order", ["CIV\nGEN", "CIV\r\nGEN", " CIV\nGEN "])
def test_code_chosen_first_is_the_main_one(ana: Visitor, order: str) -> None:
    ana.send(ana.sheet(A).filled(codes_2=["GEN", "CIV"], order_2=order))
    assert codes_of(ana) == {("Ana", A, "objective"): ("CIV", "GEN")}


def test_seconds_are_those_that_the_page_took(ana: Visitor) -> None:
    opened = open_project_of(ana.page_context)
    opened.view_log = ViewLog(lambda: opened.project.journal, clock=lambda: seconds_passed() - 60.0)
    ana.send(ana.sheet(A).filled(codes_1="Local", seconds_1="12.5"))
    assert ana.entries()[0].decision.seconds == 12.5


def test_seconds_are_no_more_than_have_passed_since_the_page_was_shown(ana: Visitor) -> None:
    ana.send(ana.sheet(A).filled(codes_1="Local", seconds_1="5000"))
    assert (ana.entries()[0].decision.seconds or 0.0) < 60.0


@pytest.mark.parametrize("seconds", ["", "-1", "nan", "inf", "soon"])
def test_seconds_that_mean_nothing_are_counted_from_when_the_page_was_made(ana: Visitor, seconds: str) -> None:
    ana.send(ana.sheet(A).filled(codes_1="Local", seconds_1=seconds))
    took = ana.entries()[0].decision.seconds
    assert took is not None
    assert 0.0 <= took < 60.0


def test_choice_made_in_two_windows_is_recorded_once(ana: Visitor) -> None:
    first, second = ana.sheet(A), ana.sheet(A)
    ana.send(first.filled(codes_1="National"))
    answer = ana.send(second.filled(codes_1="Local"))
    assert (answer.status_code, codes_of(ana)) == (409, {("Ana", A, "scale"): ("National",)})


def test_second_window_shows_recorded_and_chosen_codes(ana: Visitor) -> None:
    first, second = ana.sheet(A), ana.sheet(A)
    ana.send(first.filled(codes_1="National"))
    reported = text_in(ana.send(second.filled(codes_1="Local")).text)
    assert re.search(r"Scale: recorded as National on [-\d: ]+; you chose Local here\.", reported)


def test_second_window_may_replace_recorded_codes_by_choosing_again(ana: Visitor) -> None:
    first, second = ana.sheet(A), ana.sheet(A)
    ana.send(first.filled(codes_1="National"))
    shown = ana.send(second.filled(codes_1="Local")).text
    ana.send(forms_in(shown)["/decide"].filled(codes_1="Local"))
    assert codes_of(ana) == {("Ana", A, "scale"): ("Local",)}


def test_two_coders_never_race_each_other(ana: Visitor) -> None:
    ben = colleague(ana)
    sheets = [(ana, ana.sheet(A)), (ben, ben.sheet(A))]
    assert [visitor.send(sheet.filled(codes_1="Local")).status_code for visitor, sheet in sheets] == [303, 303]


@pytest.mark.parametrize("codes", [["Galactic"], ["Local", "National"], ["local"], ["GEN"], [""]])
def test_choice_that_the_codebook_does_not_allow_is_refused(ana: Visitor, codes: list[str]) -> None:
    answer = ana.send(ana.sheet(A).filled(codes_1=codes, codes_2="GEN"))
    assert (answer.status_code, ana.entries()) == (400, ())
    assert "This page is older than the codebook. Please reload it." in answer.text


@pytest.mark.parametrize("number", ["2", "99999999999999999"])
def test_set_of_suggestions_that_there_is_not_is_refused(ana: Visitor, number: str) -> None:
    answer = ana.send(ana.sheet(A).filled(codes_1="Local", set=number))
    assert (answer.status_code, ana.entries()) == (400, ())


def test_coder_is_who_is_signed_in_whatever_the_form_says(ana: Visitor) -> None:
    ana.send(ana.sheet(A).filled(codes_1="Local", coder="Ben", name="Ben"))
    assert [entry.decision.coder for entry in ana.entries()] == ["Ana"]


def test_form_of_another_coder_is_refused(ana: Visitor) -> None:
    answer = colleague(ana).send(ana.sheet(A).filled(codes_1="Local"))
    assert (answer.status_code, answer.text, ana.entries()) == (403, OUT_OF_DATE, ())


POSTED = ("/decide", "/undo", "/note", "/skip", "/bulk", "/difference", "/model/suggest", "/model/train", "/harvests")


@pytest.mark.parametrize("path", [*POSTED, "/start", "/start/project", "/sign-out"])
def test_form_without_the_sessions_token_changes_nothing(ana: Visitor, path: str) -> None:
    ana.decide(A, scale="National")
    sent = Form(method="post", action=path, values={"id": [A], "codes-1": ["Local"], "note": ["seen"]})
    answer = ana.send(sent)
    assert (answer.status_code, len(ana.entries())) == (403, 1)


# The same change told twice


@pytest.fixture
def near_duplicates(opened: Opened) -> Visitor:
    """Return Ana before three outcomes, of which the second tells of the first one's change."""
    ana = opened(A, B, C)
    keep(ana, scale(), B, flags=[A])
    return ana


def test_outcome_of_the_same_change_is_offered_to_be_coded_with_it(near_duplicates: Visitor) -> None:
    shown = near_duplicates.see("/outcome", id=A)
    assert re.findall(r'name="together" value="([^"]+)"', shown) == [B]


def test_outcome_ticked_is_given_the_same_codes_in_the_same_act(near_duplicates: Visitor) -> None:
    near_duplicates.send(near_duplicates.sheet(A).filled(codes_1="Local", together=B))
    ways = [(entry.decision.fragment_id, entry.decision.method) for entry in near_duplicates.entries()]
    assert ways == [(A, DecisionMethod.BY_HAND), (B, DecisionMethod.TOGETHER)]
    assert f"Recorded {A}, and 1 more outcome with it." in near_duplicates.see("/outcome", id=C)


def test_fields_left_open_are_named_when_the_others_are_recorded(ana: Visitor) -> None:
    ana.decide(A, scale="Local")
    assert f"Recorded {A}. Not decided yet: Objective." in ana.see("/outcome", id=B)


def test_nothing_is_left_open_where_all_fields_are_recorded(ana: Visitor) -> None:
    ana.decide(A, scale="Local", objective=["GEN"])
    assert "Not decided yet" not in ana.see("/outcome", id=B)


def test_outcome_that_is_no_near_duplicate_is_not_coded_together_even_if_it_is_posted(near_duplicates: Visitor) -> None:
    near_duplicates.send(near_duplicates.sheet(A).filled(codes_1="Local", together=[C, "SCC-LPC/999"]))
    assert codes_of(near_duplicates) == {("Ana", A, "scale"): ("Local",)}


def test_outcome_of_the_same_change_as_a_blind_one_is_coded_blind_too(opened: Opened) -> None:
    ana = opened(*NAMES, shares=HALF_BLIND)
    seen, hidden = IN_VIEW[0], HIDDEN[0]
    keep(ana, scale(), seen, flags=[hidden])
    shown = ana.see("/outcome", id=seen)
    assert ("Coded blind." in shown, "Suggested" in shown) == (True, False)


def test_near_duplicate_that_is_decided_is_not_offered_again(near_duplicates: Visitor) -> None:
    near_duplicates.decide(B, scale="Regional", objective=["CIV"])
    shown = near_duplicates.see("/outcome", id=A)
    assert (f"{B} is already decided." in text_in(shown), 'name="together"' in shown) == (True, False)


# Taking back, noting, putting off


def undo(visitor: Visitor) -> str:
    """Take the last act back, and return the page that follows."""
    return visitor.see(visitor.send(forms_in(visitor.see("/outcome", id=A))["/undo"]).headers["location"])


def test_last_act_is_taken_back_and_shown(ana: Visitor) -> None:
    ana.decide(B, scale="National", objective=["GEN"])
    shown = undo(ana)
    assert (f"<h1><bdi>{B}</bdi></h1>" in shown, f"Undone: {B}." in shown, codes_of(ana)) == (True, True, {})


def test_what_was_decided_before_counts_again_when_undone(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    ana.decide(A, scale="Local")
    undo(ana)
    assert codes_of(ana) == {("Ana", A, "scale"): ("National",)}


def test_nothing_to_undo_is_reported(ana: Visitor) -> None:
    assert "There is nothing to undo." in undo(ana)


def test_act_of_another_coder_is_not_undone(ana: Visitor) -> None:
    colleague(ana).decide(A, scale="National")
    undo(ana)
    assert codes_of(ana) == {("Ben", A, "scale"): ("National",)}


def noted(visitor: Visitor, text: str) -> None:
    visitor.send(forms_in(visitor.see("/outcome", id=A))["/note"].filled(note=text))


def test_note_is_on_the_outcome(ana: Visitor) -> None:
    noted(ana, "The camp is named.")
    shown = ana.see("/outcome", id=A)
    assert (">The camp is named.</textarea>" in shown, "Note saved." in shown) == (True, True)


def test_note_with_markup_is_shown_as_it_was_written(ana: Visitor) -> None:
    noted(ana, "</textarea><script>alert(1)</script>")
    assert "<script>alert" not in ana.see("/outcome", id=A) + ana.see("/queue")


def test_note_of_another_coder_is_not_shown(ana: Visitor) -> None:
    noted(colleague(ana), "The camp is named.")
    assert "The camp is named." not in ana.see("/outcome", id=A)


def test_note_is_kept_with_plain_line_breaks(ana: Visitor) -> None:
    noted(ana, "The camp is named.\r\nAsk Ben.")
    assert ana.entries()[0].decision.note == "The camp is named.\nAsk Ben."


def test_note_is_taken_back_by_emptying_it(ana: Visitor) -> None:
    noted(ana, "The camp is named.")
    ana.post("/note", id=A, note="")
    assert "Note removed." in ana.see("/outcome", id=A)


def test_note_is_cut_after_five_thousand_letters(ana: Visitor) -> None:
    noted(ana, "x" * 6000)
    assert len(ana.entries()[0].decision.note) == 5000


def test_note_kept_by_script_leaves_the_page_as_it_is(ana: Visitor) -> None:
    form = forms_in(ana.see("/outcome", id=A))["/note"].filled(note="seen")
    answer = ana.client.post("/note", data=dict(form.values), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, '<span class="said">Note saved.</span>')


def test_outcome_put_off_leads_to_the_next(ana: Visitor) -> None:
    answer = ana.post("/skip", id=A, asked="order=file")
    assert answer.headers["location"] == "/outcome?order=file&id=SCC-LPC%2F002"


def test_outcome_put_off_comes_last(ana: Visitor) -> None:
    ana.post("/skip", id=A)
    assert listed(ana.see("/queue", order="file")) == [B, C, A]


# The queue


def test_queue_lists_what_is_undecided(ana: Visitor) -> None:
    ana.decide(B, scale="Local", objective=["GEN"])
    assert listed(ana.see("/queue", order="file")) == [A, C]


@pytest.mark.parametrize("asked", [{"route": "choose"}, {"code": "Local"}, {"above": "0.5"}, {"code": "GEN"}])
def test_queue_by_what_is_suggested_never_lists_blind_outcomes(opened: Opened, asked: dict[str, str]) -> None:
    page = opened(*NAMES, shares=HALF_BLIND).see("/queue", order="file", everyone="1", **asked)
    assert listed(page) == list(IN_VIEW)


def test_queue_shows_nothing_of_what_is_suggested_for_blind_outcomes(opened: Opened) -> None:
    page = opened(A, B, C, shares=BLIND).see("/queue")
    assert (len(listed(page)), "Local?" in page, "75\xa0%" in page) == (3, False, False)


def test_blind_outcomes_do_not_name_flags_of_suggestions(opened: Opened) -> None:
    ana = opened(A, shares=BLIND)
    keep(ana, scale(), flags=["unusual: 'Local' with 'GEN'", "too short"])
    page = ana.see("/queue")
    assert ("unusual" in page, "too short" in page) == (False, True)


def test_hundred_outcomes_are_on_a_page(opened: Opened) -> None:
    names = [f"SCC-LPC/{number:03}" for number in range(1, 104)]
    ana = opened(*names, is_suggested=False)
    first = ana.see("/queue", order="file")
    second = ana.see(links_in(first)["Next"])
    assert (len(listed(first)), listed(second)) == (100, names[100:])


def test_what_was_asked_last_is_gone_on_with(ana: Visitor) -> None:
    keep(ana, scale("Regional", 0.95), C)
    ana.see("/outcome", id=A, code="Regional", order="file")
    assert ana.get("/").headers["location"] == "/outcome?order=file&code=Regional&id=SCC-LPC%2F003"


def test_what_another_coder_asked_for_in_the_same_browser_is_not_gone_on_with(ana: Visitor) -> None:
    ana.see("/outcome", id=A, country="Mali", everyone="1", order="file")
    ben = colleague(ana)
    ben.client.cookies.set("outcome_coder_asked", ana.client.cookies["outcome_coder_asked"])
    assert ben.get("/").headers["location"] == f"/outcome?id={quote(A, safe='')}"


def test_what_was_asked_for_in_another_project_is_not_gone_on_with(
    ana: Visitor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ana.see("/outcome", id=A, country="Mali", everyone="1", order="file")
    with project_elsewhere(tmp_path_factory.mktemp("other")) as other:
        other.client.cookies.set("outcome_coder_asked", ana.client.cookies["outcome_coder_asked"])
        assert other.get("/").headers["location"] == f"/outcome?id={quote(A, safe='')}"


@pytest.mark.parametrize("wanted", [B, B.lower(), f" {B} ", "002", "c-lpc/002"])
def test_outcome_is_found_by_its_id_or_a_part_that_no_other_has(ana: Visitor, wanted: str) -> None:
    assert f"<h1><bdi>{B}</bdi></h1>" in ana.see("/jump", id=wanted)


def test_outcome_whose_id_is_part_of_another_is_found(opened: Opened) -> None:
    assert "<h1><bdi>SCC/1</bdi></h1>" in opened("SCC/1", "SCC/11").see("/jump", id="scc/1")


def test_of_ids_that_differ_by_case_the_one_typed_is_found(opened: Opened) -> None:
    ana = opened("SCC/1a", "SCC/1A")
    assert [ana.get("/jump", id=name).headers["location"] for name in ("SCC/1a", "SCC/1A")] == [
        "/outcome?id=SCC%2F1a",
        "/outcome?id=SCC%2F1A",
    ]


def test_part_that_several_ids_have_leads_to_the_queue(ana: Visitor) -> None:
    assert "There is no outcome “SCC”. The queue lists the IDs." in text_in(ana.see("/jump", id="SCC"))


def test_id_misspelt_is_answered_with_the_nearest(ana: Visitor) -> None:
    reported = text_in(ana.see("/jump", id="SCC-LCP/002"))
    assert "There is no outcome “SCC-LCP/002”. Did you mean SCC-LPC/002?" in reported


def test_no_id_leads_to_the_queue(ana: Visitor) -> None:
    assert ana.get("/jump").headers["location"] == "/queue"


@pytest.mark.parametrize("name", ODD_IDS)
def test_outcome_is_coded_whatever_signs_its_id_has(opened: Opened, name: str) -> None:
    ana = opened(name, B)
    link = next(href for href in links_in(ana.see("/queue")).values() if href.startswith("/outcome") and B not in href)
    ana.send(forms_in(ana.see(link))["/decide"].filled(codes_1="Local"))
    assert codes_of(ana) == {("Ana", name, "scale"): ("Local",)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD_IDS)
def test_outcome_is_led_to_whatever_signs_its_id_has(opened: Opened, name: str) -> None:
    ana = opened(name, B)
    following = ana.decide(B, scale="Local", objective=["GEN"]).headers["location"]
    assert forms_in(ana.see(following))["/decide"].values["id"] == [name]


@pytest.mark.parametrize("name", ODD_IDS)
def test_outcome_is_found_whatever_signs_its_id_has(opened: Opened, name: str) -> None:
    assert forms_in(opened(name, B).see("/jump", id=name))["/decide"].values["id"] == [name]


def test_id_with_a_line_break_comes_back_from_a_form(opened: Opened) -> None:
    ana = opened("SCC\nLPC/35", B)
    ana.send(ana.sheet("SCC\nLPC/35").filled(id="SCC\r\nLPC/35", codes_1="Local"))  # as browsers send it
    assert codes_of(ana) == {("Ana", "SCC\nLPC/35", "scale"): ("Local",)}


# Many at once


def sure(visitor: Visitor) -> Visitor:
    keep(visitor, scale("Local", 0.97, route=Route.CONFIRM))
    return visitor


def test_suggestions_to_confirm_are_shown_before_they_are(ana: Visitor) -> None:
    shown = sure(ana).see("/bulk")
    reported = text_in(shown)
    wrong = "Judging by their confidence, about 0.1 of them would differ from what coders decide."
    assert f"3 suggestions for Scale. {wrong}" in reported
    assert forms_in(shown)["/bulk"].values["id"] == [A, B, C]


def test_suggestions_left_ticked_are_confirmed_in_bulk(ana: Visitor) -> None:
    form = forms_in(sure(ana).see("/bulk"))["/bulk"]
    ana.send(form.filled(id=[A, C]))
    assert {(entry.decision.fragment_id, entry.decision.method) for entry in ana.entries()} == {
        (A, DecisionMethod.BULK),
        (C, DecisionMethod.BULK),
    }


def test_one_undo_takes_all_of_them_back(ana: Visitor) -> None:
    ana.send(forms_in(sure(ana).see("/bulk"))["/bulk"])
    assert len(codes_of(ana)) == 3
    undo(ana)
    assert codes_of(ana) == {}


def test_blind_outcomes_are_not_shown_in_bulk(opened: Opened) -> None:
    shown = sure(opened(*NAMES, shares=HALF_BLIND)).see("/bulk", everyone="1")
    assert sorted(forms_in(shown)["/bulk"].values["id"]) == list(IN_VIEW)


def test_blind_outcomes_are_left_out_of_bulk_even_if_they_are_posted(opened: Opened) -> None:
    ana = sure(opened(*NAMES, shares=HALF_BLIND))
    ana.see("/bulk")
    ana.see("/queue")
    ana.post("/bulk", field="scale", set="2", id=NAMES)
    assert {entry.decision.fragment_id for entry in ana.entries()} == set(IN_VIEW)


def test_suggestion_of_an_earlier_page_is_what_bulk_confirms(ana: Visitor) -> None:
    form = forms_in(sure(ana).see("/bulk"))["/bulk"]
    keep(ana, scale("Regional", 0.99, route=Route.CONFIRM))
    ana.send(form)
    assert {entry.decision.codes for entry in ana.entries()} == {("Local",)}


def test_outcome_posted_twice_is_confirmed_once(ana: Visitor) -> None:
    sure(ana).see("/bulk")
    ana.post("/bulk", field="scale", set="2", id=[A, A])
    assert len(ana.entries()) == 1


def test_unticking_all_confirms_nothing_and_says_so(ana: Visitor) -> None:
    sure(ana).post("/bulk", field="scale", set="2")
    assert "Nothing was ticked, so nothing was recorded." in ana.see("/queue")


def test_suggestions_too_poor_to_go_by_are_not_shown_in_bulk(ana: Visitor) -> None:
    keep(ana, scale("Local", 0.3, route=Route.CODE_AFRESH))
    assert "There is nothing left to confirm here." in ana.see("/bulk", route="any")


# Differences


@pytest.fixture
def differing(opened: Opened) -> Visitor:
    """Return Ana before two outcomes on whose scale Yolanda and Zebedee differ, who noted something on the first."""
    ana = opened(A, B)
    for name, code in (("Yolanda", "Local"), ("Zebedee", "National")):
        coder = colleague(ana, name)
        coder.decide(A, scale=code)
        coder.decide(B, scale=code)
        noted(coder, f"It is {code.lower()}.")
    return ana


def test_differences_are_listed_with_what_was_chosen(differing: Visitor) -> None:
    reported = text_in(differing.see("/differences"))
    assert re.search(rf"{A} Scale (Local or National|National or Local)", reported)


@pytest.mark.parametrize("path", ["/differences", f"/difference?id={A}", "/queue?everyone=1&state=all"])
def test_pages_on_which_differences_are_adjudicated_name_no_coder(differing: Visitor, path: str) -> None:
    shown = differing.see(path)
    assert [name for name in ("Yolanda", "Zebedee") if name in shown] == []


def test_difference_shows_notes_and_no_suggestion(differing: Visitor) -> None:
    shown = text_in(differing.see("/difference", id=A))
    assert ("It is local." in shown, "It is national." in shown, "Suggested" in shown) == (True, True, False)


def test_nothing_is_chosen_beforehand_to_settle_by(differing: Visitor) -> None:
    form = forms_in(differing.see("/difference", id=A))["/difference"]
    assert "codes-1" not in form.values


def adjudicate(visitor: Visitor, *codes: str, name: str = A) -> str:
    """Settle a difference, and return where that leads."""
    form = forms_in(visitor.see("/difference", id=name))["/difference"]
    return visitor.send(form.filled(codes_1=codes, why="It names one village.")).headers["location"]


def test_what_was_settled_is_recorded_with_who_settled_it(differing: Visitor) -> None:
    adjudicate(differing, "Local")
    decision = differing.entries()[-1].decision
    assert (decision.coder, decision.codes, decision.method, decision.note) == (
        "Ana",
        ("Local",),
        DecisionMethod.ADJUDICATION,
        "It names one village.",
    )


def test_settling_leads_to_the_next_difference_and_at_last_to_the_list(differing: Visitor) -> None:
    assert adjudicate(differing, "Local") == "/difference?id=SCC-LPC%2F002"
    assert adjudicate(differing, "Local", name=B) == "/differences"


def test_settled_difference_says_who_settled_it_and_may_be_settled_anew(differing: Visitor) -> None:
    adjudicate(differing, "Local")
    assert "Adjudicated as Local by Ana" in text_in(differing.see("/difference", id=A))
    adjudicate(differing, "National")
    (first, second) = (entry for entry in differing.entries() if entry.decision.method is DecisionMethod.ADJUDICATION)
    assert (first.decision.codes, second.decision.codes) == (("Local",), ("National",))


def test_difference_adjudicated_by_somebody_else_meanwhile_is_looked_at_again(differing: Visitor) -> None:
    form = forms_in(differing.see("/difference", id=A))["/difference"]
    adjudicate(colleague(differing, "Chi"), "Local")
    differing.send(form.filled(codes_1="National"))
    shown = text_in(differing.see("/difference", id=A))
    assert "Somebody has adjudicated this, or undone that, in the meantime; look at it again." in shown
    assert differing.entries()[-1].decision.coder == "Chi"


def test_difference_is_not_shown_to_who_has_begun_the_outcome_and_is_to_decide_on_it(differing: Visitor) -> None:
    differing.decide(A, objective=["GEN"])
    answer = differing.get("/difference", id=A)
    reported = "Coders don't differ on this, or somebody is still to code it unseen."
    assert (answer.status_code, reported in text_in(answer.text)) == (404, True)


def test_settling_is_undone_like_any_act(differing: Visitor) -> None:
    adjudicate(differing, "Local")
    undo(differing)
    assert (A, "scale") in open_differences([A], CODEBOOK, project_of(differing).journal_state())


@pytest.mark.parametrize("codes", [[], ["Galactic"], ["Local", "National"]])
def test_difference_is_not_adjudicated_by_what_the_codebook_does_not_allow(
    differing: Visitor, codes: list[str]
) -> None:
    differing.see("/differences")  # which is recorded once
    before = len(differing.entries())
    assert adjudicate(differing, *codes) == "/difference?id=SCC-LPC%2F001"
    assert "Choose a code first." in differing.see("/difference", id=A)
    assert len(differing.entries()) == before


# What others change meanwhile


def test_harvest_added_meanwhile_is_noticed(ana: Visitor, tmp_path: Path) -> None:
    ana.see("/queue")
    add_harvest(open_again(project_of(ana)), write_outcomes(tmp_path / "more.xlsx", row(D)))
    assert listed(ana.see("/queue", order="file", everyone="1")) == [A, B, C, D]


OTHER_CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: Regional}, {code: Global}]
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: GEN}]
"""


def change_codebook(visitor: Visitor, folder: Path) -> None:
    replace_codebook(open_again(project_of(visitor)), write_text(folder / "other.yaml", OTHER_CODEBOOK))


def test_codebook_replaced_meanwhile_is_noticed(ana: Visitor, tmp_path: Path) -> None:
    ana.see("/outcome", id=A)
    change_codebook(ana, tmp_path)
    shown = ana.see("/outcome", id=A)
    assert re.findall(r'name="codes-1" value="(\w+)"', shown) == ["Local", "Regional", "Global"]


def test_choice_by_a_codebook_that_was_replaced_meanwhile_is_refused(ana: Visitor, tmp_path: Path) -> None:
    sheet = ana.sheet(A)
    change_codebook(ana, tmp_path)
    answer = ana.send(sheet.filled(codes_1="National"))
    reported = "then choose. You had chosen: National."
    assert (answer.status_code, reported in text_in(answer.text), ana.entries()) == (409, True, ())


def test_choice_on_a_story_that_was_corrected_meanwhile_is_refused(ana: Visitor, tmp_path: Path) -> None:
    sheet = ana.sheet(A)
    reported = {**row(A), "Outcome description": "The council met in secret."}
    add_harvest(open_again(project_of(ana)), write_outcomes(tmp_path / "harvest.xlsx", reported))
    answer = ana.send(sheet.filled(codes_1="Local"))
    assert (answer.status_code, "The council met in secret." in answer.text, ana.entries()) == (409, True, ())


def test_choice_on_an_outcome_that_is_to_be_coded_blind_by_now_is_refused(ana: Visitor) -> None:
    sheet = ana.sheet(A)
    change_shares(open_again(project_of(ana)), BLIND)
    answer = ana.send(sheet.filled(codes_1="Local"))
    assert (answer.status_code, "Suggested" in answer.text, ana.entries()) == (409, False, ())


def test_choice_on_a_page_of_no_known_make_is_refused(ana: Visitor) -> None:
    answer = ana.send(ana.sheet(A).filled(codes_1="Local", key=[]))
    assert (answer.status_code, ana.entries()) == (409, ())


def test_choice_made_again_on_the_page_as_it_is_now_is_recorded(ana: Visitor, tmp_path: Path) -> None:
    sheet = ana.sheet(A)
    change_codebook(ana, tmp_path)
    shown = ana.send(sheet.filled(codes_1="National")).text
    ana.send(forms_in(shown)["/decide"].filled(codes_1="Global"))
    assert codes_of(ana) == {("Ana", A, "scale"): ("Global",)}


def test_decision_with_a_code_that_was_taken_out_is_left_as_it_is_when_another_field_is_decided(
    ana: Visitor, tmp_path: Path
) -> None:
    ana.decide(A, scale="National")
    change_codebook(ana, tmp_path)
    ana.decide(A, objective=["GEN"])
    assert [(entry.decision.field, entry.decision.codes) for entry in ana.entries()] == [
        ("scale", ("National",)),
        ("objective", ("GEN",)),
    ]


def test_decision_made_elsewhere_meanwhile_is_noticed(ana: Visitor) -> None:
    ana.see("/queue")
    elsewhere = PageContext(site=SITE, open_project=OpenProject(open_project(project_of(ana).folder)))
    Visitor(elsewhere).decide(A, scale="National")
    open_project_of(elsewhere).project.journal.close()
    assert ana.sheet(A).values["codes-1"] == ["National"]


def test_project_that_cannot_be_opened_any_more_is_reported(ana: Visitor) -> None:
    path = project_of(ana).folder / "project.json"
    path.write_text("{", encoding="utf-8")
    answer = ana.get("/queue")
    message = "project/project.json: can't be read; restore it from a backup"  # not where the folder is on the server
    assert (answer.status_code, message in text_in(answer.text)) == (400, True)


# What goes wrong


def test_page_that_there_is_not_is_reported(ana: Visitor) -> None:
    answer = ana.get("/nowhere")
    assert (answer.status_code, "There is no such page." in answer.text) == (404, True)


def test_field_that_there_is_not_is_reported(ana: Visitor) -> None:
    answer = ana.post("/bulk", field="cluster", set="1", id=A)
    assert (answer.status_code, "There is no field with that name." in answer.text) == (404, True)


def test_what_nobody_foresaw_is_reported_by_its_kind_alone(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OUTCOME_CODER_REPORTS", str(tmp_path / "reports"))

    def coding_queue(opened: OpenProject, coder: str, *, reads_all: bool) -> None:
        raise RuntimeError("The council met in secret.")

    monkeypatch.setattr(OpenProject, "coding_queue", coding_queue)
    answer = ana.get("/outcome", id=A)
    (report,) = error_report_folder().iterdir()
    assert (answer.status_code, answer.text) == (
        500,
        "Something went wrong in outcome-coder (RuntimeError), because of an internal error and not because of "
        f"your files. A report is in {report}: please send it to the maintainers of outcome-coder; it contains no "
        "outcome text. Everything recorded before is safe. Go back, reload the page and try again.",
    )
    assert "secret" not in report.read_text(encoding="utf-8")


def test_keys_are_reported_on_a_page_of_their_own(ana: Visitor) -> None:
    assert "No code is ever chosen for you." in text_in(ana.see("/help"))


def test_who_is_done_is_reported_what_is_left_of_others(opened: Opened) -> None:
    ana = opened(*NAMES, team=["Ana", "Ben"])
    project = ana.page_context.open_project
    assert project is not None
    for name in NAMES:
        if project.coding_queue("Ana").is_mine(name):
            ana.decide(name, scale="Local", objective=["GEN"])
    n_left = sum(not project.coding_queue("Ana").is_mine(name) for name in NAMES)
    assert f"{n_left} undecided outcomes in other coders' shares" in text_in(ana.see("/queue"))


# Search and pages of the queue


def test_search_is_kept_in_the_address_and_in_the_links(ana: Visitor) -> None:
    page = ana.see("/queue", text=A, state="all")
    assert 'name="text" value="' + A in page
    assert links_in(page)[A] == f"/outcome?id={A}&state=all&text={quote(A, safe='')}"


def test_heading_sorts_by_its_column(ana: Visitor) -> None:
    assert links_in(ana.see("/queue", state="all"))["ID"] == "/queue?state=all&order=id"
    assert 'aria-sort="ascending"' in ana.see("/queue", order="id")


@pytest.mark.parametrize(("number", "first"), [("", 1), ("2", 3), ("9", 3), ("0", 1), ("two", 1)])
def test_page_of_the_queue_is_gone_to(ana: Visitor, monkeypatch: pytest.MonkeyPatch, number: str, first: int) -> None:
    monkeypatch.setattr(coding, "_PER_PAGE", 2)
    assert f"{first}–" in text_in(ana.see("/queue", state="all", everyone="1", page=number))


# Undo after a note


def test_note_that_was_saved_last_keeps_undo_from_another_outcome(ana: Visitor) -> None:
    ana.decide(A, scale="Local", objective=["GEN"])
    ana.post("/note", id=B, note="Ask Ben.")
    assert B in unquote(ana.post("/undo").headers["location"])
    assert ana.sheet(A).values["codes-1"] == ["Local"]


def test_who_undoes_once_more_after_a_note_undoes_the_codes(ana: Visitor) -> None:
    ana.decide(A, scale="Local", objective=["GEN"])
    ana.post("/note", id=B, note="Ask Ben.")
    for _ in range(2):
        ana.post("/undo")
    assert "codes-1" not in ana.sheet(A).values
