"""The review page as coders use it: in a real browser, by keys, on a phone, without script, with assistance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from classifier.harvest.suggestion_record import ShownSuggestion
from classifier.project.journal import DecisionMethod, Entry
from classifier.review.background import Job
from classifier.review.pages.sign_in import new_link
from tests.support.browsing import (
    ARABIC,
    BLIND,
    CODEBOOK,
    MODEL,
    NEAR_DUPLICATES,
    POOR,
    SURE,
    Served,
    Watch,
    chromium,
    come_in,
    decided,
    laid_open,
    outcome_row,
    served,
    served_project,
    sign_in,
    window,
)
from tests.support.screens import (
    AXE_ON_COLOURS,
    EXPECTED_ERRORS,
    NARROW,
    PATHS,
    Gallery,
    Screen,
    faults_of,
    half_coded,
    screen_of,
)
from tests.support.signed_in import quick_passwords
from tests.support.workbooks import write_outcomes

pytestmark = pytest.mark.browser

# A change of a kind, by whom, at which level, and for which objective; c takes what is suggested.
_KEYS = {True: ("1", "2", "3", "1"), False: ("c", "2", "c", "1")}
_REFUSED = ("Failed to load resource", "Response Status Error")  # so a browser tells of what was refused on purpose
_OTHERS_CODERS = ("Ben", "Cleo")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def page_context() -> Iterator[Served]:
    with served() as opened:
        yield opened


@pytest.fixture
def house(page_context: Served, tmp_path: Path) -> Iterator[Served]:
    """The office with a project laid open in which nothing is decided yet."""
    with laid_open(served_project(tmp_path), page_context) as opened:
        yield opened


@pytest.fixture(scope="module")
def watched(browser: Browser) -> Iterator[tuple[Page, Watch]]:
    watch = Watch()
    with window(browser, watch=watch) as page:
        yield page, watch


@pytest.fixture
def ana(watched: tuple[Page, Watch], house: Served) -> Iterator[Page]:
    """Ana's window, signed in; nothing may go wrong in it, and nothing leave the machine."""
    page, watch = watched
    watch.clear()
    page.set_viewport_size({"width": 1366, "height": 820})
    sign_in(page, house)
    yield page
    assert [error for error in watch.errors if not error.startswith(_REFUSED)] == []
    assert [address for address in watch.asked if not address.startswith(f"{house.origin}/")] == []
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.context.clear_cookies()
    page.goto("about:blank", wait_until="commit")


@pytest.fixture
def at_first(ana: Page, house: Served) -> Page:
    """Ana's window with the first outcome."""
    ana.goto(house.origin)
    return ana


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go_on(page: Page, key: str = "Enter") -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def name_of(page: Page) -> str:
    """Say which outcome lies open."""
    return page.locator(".heading h1").inner_text()


def chosen(page: Page) -> dict[str, str]:
    """Say what is chosen on a page, by field."""
    checked = "inputs => inputs.map(one => [Number(one.name.replace('codes-', '')), one.value])"
    pairs: list[tuple[int, str]] = page.locator(".code input:checked").evaluate_all(checked)
    return {CODEBOOK.fields[number - 1].name: code for number, code in pairs}


def open_outcome(page: Page, house: Served, name: str) -> Page:
    page.goto(f"{house.origin}/outcome?id={name}")
    return page


def click_scale(page: Page, code: str) -> None:
    page.locator("fieldset[data-number='3'] label.code", has_text=code).click()


def codes_of(entries: tuple[Entry, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(entry.decision.fragment_id, entry.decision.field, entry.decision.codes) for entry in entries]


def standing(house: Served, name: str, field: str = "scale", coder: str = "Ana") -> tuple[str, ...] | None:
    house.open_project.refresh()
    entry = house.open_project.journal_state.current_decision(coder, name, field)
    return None if entry is None else entry.decision.codes


# Ten outcomes by keys alone


@dataclass(frozen=True, slots=True, kw_only=True)
class TenCoded:
    """What Ana saw and chose of ten outcomes, what the journal holds of it, and where she went on the day after."""

    n_chosen_before: list[int]
    chosen: dict[str, dict[str, str]]
    entries: tuple[Entry, ...]
    next_one: str
    first_after_coming_back: str
    progress_after_coming_back: str


@pytest.fixture(scope="module")
def ten(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> TenCoded:
    with served() as page_context, laid_open(served_project(tmp_path_factory.mktemp("ten")), page_context) as house:
        n_chosen_before, seen = [], {}
        with window(browser) as page:
            come_in(page, house)
            for _ in range(10):
                n_chosen_before.append(len(chosen(page)))
                press(page, *_KEYS[page.locator(".blind").count() == 1])
                seen[name_of(page)] = chosen(page)
                go_on(page)
            next_one = name_of(page)
        with window(browser) as page:
            come_in(page, house)
            return TenCoded(
                n_chosen_before=n_chosen_before,
                chosen=seen,
                entries=house.entries(),
                next_one=next_one,
                first_after_coming_back=name_of(page),
                progress_after_coming_back=page.locator("p.progress").inner_text(),
            )


def test_nothing_is_chosen_before_the_coder_chooses(ten: TenCoded) -> None:
    assert ten.n_chosen_before == [0] * 10


def test_ten_outcomes_coded_by_keys_are_recorded_as_chosen(ten: TenCoded) -> None:
    reported = {(name, field): (code,) for name, codes in ten.chosen.items() for field, code in codes.items()}
    assert len(reported) == 40
    assert {(name, field): codes for name, field, codes in codes_of(ten.entries)} == reported


def test_what_is_recorded_says_who_decided_by_hand(ten: TenCoded) -> None:
    assert {(entry.decision.coder, entry.decision.method) for entry in ten.entries} == {("Ana", DecisionMethod.BY_HAND)}


def test_suggestion_in_view_is_recorded_with_its_confidence(ten: TenCoded) -> None:
    (entry,) = [
        entry for entry in ten.entries if (entry.decision.fragment_id, entry.decision.field) == ("SCC/01", "scale")
    ]
    assert entry.decision.shown == ShownSuggestion(
        suggested=("Sub-national",), confidence=0.51, prediction_set=("Sub-national", "National"), model=MODEL
    )


def test_place_of_the_chosen_code_is_recorded(ten: TenCoded) -> None:
    ranks = {
        entry.decision.field: entry.decision.rank for entry in ten.entries if entry.decision.fragment_id == "SCC/01"
    }
    assert ranks == {"change_type_cluster": 1, "social_actor": 1, "scale": 1, "scc_objective": 3}


def test_code_given_afresh_has_no_place(ten: TenCoded) -> None:
    ranks = [entry.decision.rank for entry in ten.entries if entry.decision.fragment_id == POOR]
    assert ranks.count(None) == 1


def test_time_taken_is_recorded(ten: TenCoded) -> None:
    taken = dict.fromkeys(ten.chosen, 0.0)
    for entry in ten.entries:
        taken[entry.decision.fragment_id] += entry.decision.seconds or 0.0
    assert all(0.0 < seconds < 60.0 for seconds in taken.values())


def test_nothing_is_recorded_as_shown_where_coded_blind(ten: TenCoded) -> None:
    blind = [
        (entry.decision.shown, entry.decision.rank) for entry in ten.entries if entry.decision.fragment_id == BLIND
    ]
    assert blind == [(None, None)] * 4


def test_coder_who_comes_back_goes_on_where_they_left_off(ten: TenCoded) -> None:
    assert ten.first_after_coming_back == ten.next_one
    assert ten.next_one not in ten.chosen


def test_coder_who_comes_back_sees_how_far_they_are(ten: TenCoded) -> None:
    assert ten.progress_after_coming_back.strip().startswith("You have decided 10 of the 25 outcomes in your share")


# Second thoughts


def test_decision_is_changed_and_the_first_is_kept_beside(ana: Page, house: Served) -> None:
    for code in ("Local", "Regional"):
        open_outcome(ana, house, "SCC/06")
        click_scale(ana, code)
        go_on(ana)
    assert codes_of(house.entries()) == [("SCC/06", "scale", ("Local",)), ("SCC/06", "scale", ("Regional",))]


def test_undo_adds_to_the_journal_and_what_stood_before_counts(ana: Page, house: Served) -> None:
    house.open_project.record([decided("SCC/06", "Local", coder="Ana")])
    open_outcome(ana, house, "SCC/06")
    click_scale(ana, "Regional")
    go_on(ana)
    assert standing(house, "SCC/06") == ("Regional",)
    go_on(ana, "u")
    assert (len(house.entries()), standing(house, "SCC/06")) == (3, ("Local",))


def test_undo_leads_back_to_what_was_undone(at_first: Page) -> None:
    first = name_of(at_first)
    press(at_first, "c")
    go_on(at_first)
    go_on(at_first, "u")
    assert (name_of(at_first), at_first.locator("#said").inner_text()) == (first, f"Undone: {first}.")


def test_enter_pressed_twice_records_once(at_first: Page, house: Served) -> None:
    press(at_first, "c")
    with at_first.expect_navigation():
        at_first.evaluate(
            """() => {
                for (const time of [1, 2])
                    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
            }"""
        )
    expect(at_first.locator("#said")).to_contain_text("Recorded SCC/02.")
    assert len(house.entries()) == 1


def test_outcome_decided_in_another_tab_is_reported_and_not_written_over(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/06")
    with ana.context.new_page() as other:
        open_outcome(other, house, "SCC/06")
        press(other, "1")
        go_on(other)
    press(ana, "2")
    go_on(ana)
    assert ana.locator("#raced").inner_text() == "You have since coded this in another tab or window"
    assert len(house.entries()) == 1


def test_recorded_and_chosen_codes_are_shown_after_a_race(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/06")
    house.open_project.record([decided("SCC/06", "Regional", coder="Ana")])
    click_scale(ana, "Local")
    go_on(ana)
    reported = ana.locator(".notice li").inner_text()
    assert re.fullmatch(r"Scale: recorded as Regional on \d{4}-\d\d-\d\d \d\d:\d\d; you chose Local here\.", reported)


def test_choice_is_recorded_when_it_is_made_again_after_a_race(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/06")
    house.open_project.record([decided("SCC/06", "Regional", coder="Ana")])
    for _ in range(2):
        click_scale(ana, "Local")
        go_on(ana)
    assert standing(house, "SCC/06") == ("Local",)


# Many at once, and together


def test_bulk_shows_first_what_it_would_confirm(ana: Page, house: Served) -> None:
    ana.goto(f"{house.origin}/bulk?field=scale")
    assert tuple(sorted(ana.locator("tbody th").all_inner_texts())) == SURE
    assert house.entries() == ()


def confirm_in_bulk(page: Page, house: Served) -> None:
    page.goto(f"{house.origin}/bulk?field=scale")
    page.get_by_label(f"Confirm {SURE[0]}").uncheck()
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm ticked suggestions").click()


def test_bulk_confirms_what_is_left_ticked(ana: Page, house: Served) -> None:
    confirm_in_bulk(ana, house)
    reported = {(entry.decision.fragment_id, entry.decision.codes, entry.decision.method) for entry in house.entries()}
    assert reported == {(name, ("Local",), DecisionMethod.BULK) for name in SURE[1:]}


def test_one_undo_takes_all_of_a_bulk_back(ana: Page, house: Served) -> None:
    confirm_in_bulk(ana, house)
    go_on(ana, "u")
    assert {standing(house, name) for name in SURE} == {None}


def test_same_change_reported_twice_is_coded_in_one_act(ana: Page, house: Served) -> None:
    open_outcome(ana, house, NEAR_DUPLICATES[0])
    press(ana, "1")
    ana.get_by_label(NEAR_DUPLICATES[1]).check()
    go_on(ana)
    assert {(entry.decision.fragment_id, entry.decision.method) for entry in house.entries()} == {
        (NEAR_DUPLICATES[0], DecisionMethod.BY_HAND),
        (NEAR_DUPLICATES[1], DecisionMethod.TOGETHER),
    }


# Differences


@pytest.fixture
def difference(house: Served) -> Served:
    """A house in which Ben and Cleo differ."""
    house.open_project.record(
        [
            decided("SCC/06", "Local", coder="Ben"),
            decided("SCC/06", "National", coder="Cleo"),
            decided(
                "SCC/06",
                coder="Cleo",
                field="",
                method=DecisionMethod.NOTE,
                note="The ministry changed, not the village.",
            ),
        ]
    )
    return house


@pytest.mark.parametrize("path", ["/differences", "/difference?id=SCC/06"])
def test_page_of_differences_shows_both_choices_and_no_coder(ana: Page, difference: Served, path: str) -> None:
    ana.goto(difference.origin + path)
    assert all(code in ana.locator("main").inner_text() for code in ("Local", "National"))
    assert not any(name in ana.content() for name in _OTHERS_CODERS)


def test_nothing_is_chosen_before_a_difference_is_adjudicated(ana: Page, difference: Served) -> None:
    ana.goto(f"{difference.origin}/difference?id=SCC/06")
    assert ana.locator("input:checked").count() == 0


def test_difference_adjudicated_by_keys_says_who_settled_it(ana: Page, difference: Served) -> None:
    ana.goto(f"{difference.origin}/difference?id=SCC/06")
    press(ana, "3")
    go_on(ana)
    made = difference.entries()[-1].decision
    assert (made.coder, made.method, made.codes) == ("Ana", DecisionMethod.ADJUDICATION, ("National",))


def test_code_pressed_first_is_the_main_one_of_what_is_adjudicated(ana: Page, house: Served) -> None:
    objectives = house.open_project.project.codebook.field("scc_objective").code_names
    given = zip(("Ben", "Cleo"), objectives, strict=False)
    house.open_project.record([decided("SCC/06", code, coder=coder, field="scc_objective") for coder, code in given])
    ana.goto(f"{house.origin}/difference?id=SCC/06")
    press(ana, "3", "1")
    go_on(ana)
    assert house.entries()[-1].decision.codes == (objectives[2], objectives[0])


def test_reason_for_settling_is_kept(ana: Page, difference: Served) -> None:
    ana.goto(f"{difference.origin}/difference?id=SCC/06")
    ana.get_by_label("Local").check()
    ana.get_by_label("Why (optional for a code)").fill("It is one village.")
    with ana.expect_navigation():
        ana.get_by_role("button", name="Adjudicate").click()
    assert difference.entries()[-1].decision.note == "It is one village."


# Notes, putting off, finding


def test_note_leaves_what_is_chosen_and_not_confirmed(at_first: Page, house: Served) -> None:
    press(at_first, "c")
    before = chosen(at_first)
    press(at_first, "n")
    at_first.keyboard.type("The camp is named in the report.")
    press(at_first, "Control+Enter")
    expect(at_first.locator("#note-said")).to_have_text("Note saved.")
    assert (chosen(at_first), len(before)) == (before, 1)


def test_note_is_recorded(at_first: Page, house: Served) -> None:
    press(at_first, "n")
    at_first.keyboard.type("The camp is named in the report.")
    press(at_first, "Control+Enter")
    expect(at_first.locator("#note-said")).to_have_text("Note saved.")
    assert house.open_project.journal_state.note("Ana", name_of(at_first)) == "The camp is named in the report."


def test_note_that_could_not_be_kept_is_reported(at_first: Page, house: Served) -> None:
    at_first.context.clear_cookies()
    press(at_first, "n")
    at_first.keyboard.type("The camp is named in the report.")
    press(at_first, "Control+Enter")
    expect(at_first.locator("#said")).to_have_text(
        "This didn't work: Please sign in. If you typed something, copy it; then reload the page."
    )


def test_note_not_kept_yet_is_reported_before_it_would_be_lost(at_first: Page, house: Served) -> None:
    at_first.get_by_label("Your note on this outcome").fill("The camp is named in the report.")
    at_first.get_by_label("Your note on this outcome").blur()
    press(at_first, "c", "Enter")
    expect(at_first.locator("#unsaved")).to_have_text(
        "Your note is not saved. Press Ctrl+Enter in it to save it, or do the same again to leave without it."
    )
    assert house.entries() == ()


def test_choice_not_confirmed_is_reported_before_a_button_would_lose_it(at_first: Page, house: Served) -> None:
    press(at_first, "c")
    at_first.get_by_role("button", name="Skip for now").click()
    expect(at_first.locator("#unsaved")).to_have_text(
        "Your choices are not confirmed. Press Enter to confirm them, or do the same again to leave without them."
    )
    assert house.entries() == ()


def test_same_key_again_leaves_what_is_not_confirmed(at_first: Page, house: Served) -> None:
    press(at_first, "c", "j")
    go_on(at_first, "j")
    assert (name_of(at_first), house.entries()) == ("SCC/01", ())


def test_note_that_is_kept_does_not_are_in_the_way(at_first: Page, house: Served) -> None:
    press(at_first, "n")
    at_first.keyboard.type("The camp is named in the report.")
    press(at_first, "Control+Enter")
    expect(at_first.locator("#note-said")).to_have_text("Note saved.")
    press(at_first, "c")
    go_on(at_first)
    assert [entry.decision.method for entry in house.entries()] == [DecisionMethod.NOTE, DecisionMethod.BY_HAND]


def test_reason_why_it_is_not_codable_is_recorded_at_once(at_first: Page, house: Served) -> None:
    first = name_of(at_first)
    press(at_first, "x")
    at_first.keyboard.type("It refers to another outcome.")
    go_on(at_first, "Control+Enter")
    reasons = {(entry.decision.fragment_id, entry.decision.not_codable) for entry in house.entries()}
    assert reasons == {(first, "It refers to another outcome.")}


def test_reason_not_recorded_yet_is_reported_before_it_would_be_lost(at_first: Page, house: Served) -> None:
    at_first.get_by_label("Not codable, or not an outcome?").fill("It refers to another outcome.")
    at_first.get_by_label("Not codable, or not an outcome?").blur()
    press(at_first, "c", "Enter")
    expect(at_first.locator("#unsaved")).to_have_text(
        "Why the outcome is not codable is not recorded. Press Ctrl+Enter there to record it, or do the same again to "
        "leave without it."
    )
    assert house.entries() == ()


def test_outcome_put_off_gives_way_to_the_next(at_first: Page, house: Served) -> None:
    first = name_of(at_first)
    go_on(at_first, "s")
    assert name_of(at_first) != first
    assert house.open_project.journal_state.is_skipped("Ana", first)


def test_id_is_jumped_to_by_a_part_of_it(at_first: Page) -> None:
    press(at_first, "g")
    at_first.keyboard.type("19")
    go_on(at_first)
    assert name_of(at_first) == "SCC/19"


def test_unknown_id_is_reported_with_the_likest(at_first: Page) -> None:
    press(at_first, "g")
    at_first.keyboard.type("SCC-19")
    go_on(at_first)
    assert at_first.locator("#said").inner_text() == "There is no outcome “SCC-19”. Did you mean SCC/19?"


def test_nearest_coded_outcomes_come_by_a_key(at_first: Page) -> None:
    press(at_first, "m")
    expect(at_first.locator("#nearest li").first).to_contain_text("similarity 0.80")


def test_sheet_of_keys_opens_and_closes(at_first: Page) -> None:
    press(at_first, "?")
    expect(at_first.get_by_role("dialog")).to_be_visible()
    press(at_first, "Escape")
    expect(at_first.get_by_role("dialog")).to_be_hidden()


def test_sheet_shows_the_keys_in_a_narrow_window_too(at_first: Page) -> None:
    at_first.set_viewport_size({"width": 390, "height": 800})
    press(at_first, "?")
    expect(at_first.locator(".keys kbd").first).to_be_visible()


def test_sheet_of_keys_opens_at_its_beginning_in_a_narrow_window_too(at_first: Page) -> None:
    at_first.set_viewport_size({"width": 390, "height": 500})
    press(at_first, "?")
    expect(at_first.get_by_role("heading", name="Keyboard shortcuts")).to_be_in_viewport()


def test_enter_closes_the_sheet_of_keys(at_first: Page) -> None:
    press(at_first, "?", "Enter")
    expect(at_first.get_by_role("dialog")).to_be_hidden()


def test_keys_do_nothing_while_the_sheet_is_open(at_first: Page) -> None:
    press(at_first, "?", "c")
    assert chosen(at_first) == {}


def test_keys_can_be_switched_off(at_first: Page) -> None:
    press(at_first, "?")
    at_first.get_by_label("Use keyboard shortcuts").uncheck()
    press(at_first, "Escape", "c", "1")
    assert chosen(at_first) == {}


def test_keys_stay_off_on_the_next_page(at_first: Page) -> None:
    press(at_first, "?")
    at_first.get_by_label("Use keyboard shortcuts").uncheck()
    at_first.reload()
    press(at_first, "c", "1")
    assert chosen(at_first) == {}


def test_letters_typed_into_a_note_are_no_keys(at_first: Page) -> None:
    press(at_first, "n")
    at_first.keyboard.type("c1 and u")
    assert chosen(at_first) == {}


def test_main_code_of_several_is_the_one_chosen_first(at_first: Page, house: Served) -> None:
    press(at_first, "ArrowDown", "ArrowDown", "ArrowDown", "2", "1")
    shown = at_first.locator("fieldset[data-number='4'] .code input").evaluate_all(
        "boxes => boxes.map(box => box.value)"
    )
    go_on(at_first)
    assert house.entries()[0].decision.codes == (shown[1], shown[0])


# Whoever reads otherwise


def test_arabic_story_runs_from_right_to_left(ana: Page, house: Served) -> None:
    open_outcome(ana, house, ARABIC)
    reported = ana.locator(".text").first
    assert reported.evaluate("paragraph => getComputedStyle(paragraph).direction") == "rtl"


def test_sentence_that_carried_a_suggestion_is_marked_in_arabic_too(ana: Page, house: Served) -> None:
    open_outcome(ana, house, ARABIC)
    expect(ana.locator("mark[data-levels]").first).to_contain_text("قرر مجلس القرية")


def test_only_the_basis_of_the_field_in_focus_is_marked(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/01")
    mark = ana.locator("mark[data-levels]").first
    expect(mark).to_have_class("level-3")
    mark.evaluate("mark => { mark.dataset.levels = '2:1' }")
    press(ana, "ArrowDown", "ArrowUp")
    expect(mark).to_have_class("off")
    expect(ana.locator("#no-basis")).to_have_text("No sentence stands out for TypeOfChangeCluster.")
    press(ana, "ArrowDown")
    expect(mark).to_have_class("level-1")
    expect(ana.locator("#legend strong")).to_have_text("Social actor")


def test_suggested_codes_come_first_for_who_wants_them_so(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/02")
    codes = ana.locator("fieldset.field").first.locator(".code")
    before = codes.all_inner_texts()
    ana.evaluate("() => localStorage.setItem('outcome-coder-order', 'suggested')")
    ana.reload()
    after = codes.all_inner_texts()
    assert before != after
    assert [text.split()[0] for text in after] == list("12345678")


def test_choices_are_kept_where_the_program_does_not_answer(ana: Page, house: Served) -> None:
    open_outcome(ana, house, "SCC/01")
    press(ana, "2")
    ana.route("**/help", lambda route: route.abort())
    press(ana, "Enter")
    expect(ana.locator("#unsaved")).to_contain_text("The program does not answer, so nothing was recorded.")
    ana.unroute("**/help")
    ana.evaluate("() => window.addEventListener('beforeunload', event => event.stopImmediatePropagation(), true)")
    ana.reload()
    expect(ana.locator("#unsaved")).to_contain_text("Your choices from when the program did not answer are back.")
    with ana.expect_navigation():
        press(ana, "Enter")
    assert [entry.decision.codes for entry in house.entries()] == [(CODEBOOK.fields[0].code_names[1],)]


def test_without_script_codes_are_chosen_by_clicking_their_names(browser: Browser, house: Served) -> None:
    with window(browser, has_script=False) as page:
        come_in(page, house)
        name = name_of(page)
        click_scale(page, "Regional")
        with page.expect_navigation():
            page.get_by_role("button", name="Confirm and continue").click()
        assert page.locator("#said").inner_text().startswith(f"Recorded {name}.")
    assert codes_of(house.entries()) == [(name, "scale", ("Regional",))]


def test_without_script_there_is_no_button_that_needs_it(browser: Browser, house: Served) -> None:
    with window(browser, has_script=False) as page:
        come_in(page, house)
        expect(page.locator("button[type='button']:visible")).to_have_count(0)


def test_skip_link_is_the_first_stop(at_first: Page) -> None:
    press(at_first, "Tab")
    expect(at_first.locator(".skip-link")).to_be_focused()


# Every screen


@pytest.fixture(scope="module")
def gallery(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    watch = Watch()
    project = served_project(tmp_path_factory.mktemp("gallery"))
    with served() as page_context, laid_open(project, page_context) as house, window(browser, watch=watch) as page:
        house.open_project.record(half_coded())
        yield Gallery(house=house, page=come_in(page, house), watch=watch)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_can_be_used_with_assistance(gallery: Gallery, path: str) -> None:
    assert gallery.look_at(path).faults == ()


@pytest.mark.parametrize(
    "screen", ["outcome", "outcome coded blind", "outcome decided", "queue", "difference", "model"]
)
def test_dark_screen_can_be_used_with_assistance(gallery: Gallery, screen: str) -> None:
    assert faults_of(gallery.show(PATHS[screen], scheme="dark"), AXE_ON_COLOURS) == []


@pytest.mark.parametrize("width", NARROW)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_does_not_scroll_sideways(gallery: Gallery, path: str, width: int) -> None:
    assert gallery.look_at(path).overflow[width] <= 0


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_shows_without_an_error(gallery: Gallery, path: str) -> None:
    assert gallery.look_at(path).errors == EXPECTED_ERRORS.get(path, ())


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_screen_asks_nothing_of_other_machines(gallery: Gallery, path: str) -> None:
    asked = gallery.look_at(path).asked
    assert {address.startswith(f"{gallery.house.origin}/") for address in asked} == {True}


def test_queue_gives_no_guess_where_nothing_fits(gallery: Gallery) -> None:
    page = gallery.show("/queue?state=all&everyone=1")
    assert page.locator("tr", has_text=POOR).locator("td").nth(4).inner_text() == "code afresh"


def test_address_that_leads_nowhere_is_reported(gallery: Gallery) -> None:
    assert gallery.show("/nowhere").locator("pre").inner_text() == "There is no such page."


# Screens that are come to by doing something


def test_sheet_of_keys_can_be_used_with_assistance(at_first: Page) -> None:
    press(at_first, "?")
    assert faults_of(at_first) == []


def test_outcome_with_everything_unfolded_can_be_used_with_assistance(ana: Page, house: Served) -> None:
    open_outcome(ana, house, NEAR_DUPLICATES[0])
    press(ana, "c", "d", "m")
    expect(ana.locator("#nearest ol")).to_be_visible()
    ana.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert faults_of(ana) == []


def test_race_can_be_read_with_assistance(at_first: Page, house: Served) -> None:
    house.open_project.record([decided(name_of(at_first), "Regional", coder="Ana")])
    press(at_first, "c")
    go_on(at_first)
    assert faults_of(at_first) == []


@pytest.mark.parametrize(
    "job",
    [
        Job(title="Suggesting codes", step="Reading stories", done=5, total=25),
        Job(title="Suggesting codes", result="Codes are suggested for 25 outcomes."),
        Job(title="Suggesting codes", failure="models/0001: no such model"),
    ],
    ids=["going on", "done", "failed"],
)
def test_job_can_be_followed_with_assistance(ana: Page, house: Served, job: Job) -> None:
    house.open_project.jobs.latest = job
    ana.goto(f"{house.origin}/model")
    assert faults_of(ana) == []


def test_page_of_a_job_says_by_itself_when_it_is_done(ana: Page, house: Served) -> None:
    house.open_project.jobs.latest = job = Job(title="Suggesting codes", step="Reading stories", done=5, total=25)
    ana.goto(f"{house.origin}/model")
    job.result = "Codes are suggested for 25 outcomes."
    expect(ana.locator("#job pre")).to_have_text("Codes are suggested for 25 outcomes.")


def test_harvest_just_added_can_be_read_with_assistance(ana: Page, house: Served, tmp_path: Path) -> None:
    corrected = {**outcome_row("SCC/06"), "Outcome description": "The council of Bourem meets in secret."}
    ana.goto(f"{house.origin}/harvests")
    ana.get_by_label("File").set_input_files(write_outcomes(tmp_path / "corrected.xlsx", corrected))
    with ana.expect_navigation():
        ana.get_by_role("button", name="Check the file").click()
    assert faults_of(ana) == []
    with ana.expect_navigation():
        ana.get_by_role("button", name="Add", exact=True).first.click()
    assert ana.get_by_text("0 new outcomes, 0 unchanged, 1 changed.").is_visible()
    assert faults_of(ana) == []


# Coming in


def test_page_without_a_link_reports_how_to_come_in(browser: Browser, house: Served) -> None:
    with window(browser) as page:
        page.goto(house.origin)
        assert page.get_by_text("Open this page with the link shown in the terminal").is_visible()
        assert faults_of(page) == []


def test_second_browser_needs_another_link(browser: Browser, house: Served) -> None:
    link = new_link(house.page_context)
    with window(browser) as page, window(browser) as other:
        page.goto(link)
        other.goto(link)
        assert (page.url, other.url) == (f"{house.origin}/outcome?id=SCC%2F02", f"{house.origin}/sign-in")


def test_sign_in_with_a_problem_can_be_used_with_assistance(browser: Browser, tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    users.touch()
    with quick_passwords(), served(users=users) as house, window(browser) as page:
        page.goto(house.origin)
        page.get_by_label("Name").fill("Ana")
        page.get_by_label("Password").fill("not hers")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("alert").inner_text() == "Name or password is wrong."
        assert faults_of(page) == []


@contextmanager
def start_screen(browser: Browser, folder: Path, *, watch: Watch | None = None) -> Iterator[Page]:
    """The start screen where one project was begun before."""
    served_project(folder).journal.close()
    with served(home=folder) as house, window(browser, watch=watch) as page:
        yield come_in(page, house)


@pytest.fixture(scope="module")
def start(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """What was seen of the start screen."""
    watch = Watch()
    with start_screen(browser, tmp_path_factory.mktemp("start"), watch=watch) as page:
        return screen_of(page, watch)


def test_start_screen_can_be_used_with_assistance(start: Screen) -> None:
    assert start.faults == ()


@pytest.mark.parametrize("width", NARROW)
def test_start_screen_does_not_scroll_sideways(start: Screen, width: int) -> None:
    assert start.overflow[width] <= 0


def test_project_begun_before_is_gone_on_with(browser: Browser, tmp_path: Path) -> None:
    with start_screen(browser, tmp_path) as page:
        page.get_by_label("Your name", exact=True).fill("Ana")
        with page.expect_navigation():
            page.get_by_role("button", name="Open Mali and Kenya").click()
        assert name_of(page) == POOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What the start screen says of a workbook with faults, and what keeps people from reading it."""

    alert: str
    faults: tuple[str, ...]


@pytest.fixture(scope="module")
def refused(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Refused:
    folder = tmp_path_factory.mktemp("refused")
    rows = [{**outcome_row(name), "Scale": scale} for name, scale in (("SCC/01", "Locl"), ("SCC/01", "Local"))]
    with start_screen(browser, folder) as page:
        page.get_by_label("Your name (saved with each decision)").fill("Ana")
        page.get_by_label("Workbook with the outcomes").set_input_files(write_outcomes(folder / "faulty.xlsx", *rows))
        with page.expect_navigation():
            page.get_by_role("button", name="Check the workbook").click()
        return Refused(alert=page.get_by_role("alert").inner_text(), faults=tuple(faults_of(page)))


def test_faults_of_a_workbook_are_reported_before_anything_is_kept(refused: Refused) -> None:
    assert refused.alert.splitlines() == [
        "To correct first",
        "Outcomes!A3: FragmentID 'SCC/01' appears twice, first in Outcomes!A2 (give each outcome an ID of its own, or "
        "delete the repeated row)",
        "",
        "Choose other columns below, or correct the file, save it, and choose it again.",
    ]


def test_faults_on_the_start_screen_can_be_read_with_assistance(refused: Refused) -> None:
    assert refused.faults == ()
