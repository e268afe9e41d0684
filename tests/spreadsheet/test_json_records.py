from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import FaultsError
from classifier.spreadsheet.json_records import read_json
from classifier.spreadsheet.sheet import Sheet

PATH = Path("harvest.json")
RECORDS = [{"FragmentID": "SCC-1", "Scale": "Local"}, {"FragmentID": "SCC-2", "Year": 2024}]
ROWS = [["FragmentID", "Scale", "Year"], ["SCC-1", "Local", ""], ["SCC-2", "", "2024"]]


def sheet_of(value: object, **layout: int) -> Sheet:
    return read_json(PATH, json.dumps(value, **layout))  # type: ignore[arg-type]


def refusal_of(text: str) -> str:
    with pytest.raises(FaultsError) as caught:
        read_json(PATH, text)
    return str(caught.value)


def task(number: int, *codings: tuple[object, list[str]], **more: object) -> dict[str, object]:
    annotations = [
        {
            "completed_by": who,
            "result": [{"type": "choices", "from_name": "topic", "to_name": "text", "value": {"choices": codes}}],
        }
        for who, codes in codings
    ]
    return {"id": number, "data": {"text": f"Story {number}."}, "annotations": annotations, **more}


@pytest.mark.parametrize("indent", [0, 1])
def test_list_of_objects_is_read(indent: int) -> None:
    assert sheet_of(RECORDS, indent=indent).rows == ROWS


def test_object_of_a_list_is_placed_by_its_line() -> None:
    sheet = read_json(PATH, '[\n{"FragmentID": "SCC-1"},\n\n{"FragmentID":\n"SCC-2"}]\n')
    assert [sheet.place(1, 0), sheet.place(2, 0)] == ["line 2", "line 4"]


@pytest.mark.parametrize("value", [RECORDS, {"results": RECORDS}])
def test_object_of_a_list_without_line_breaks_is_placed_by_its_number(value: object) -> None:
    sheet = sheet_of(value)
    assert [sheet.place(1, 0), sheet.place(2, 0)] == ["record 1", "record 2"]


def test_repeated_key_in_a_list_without_line_breaks_is_placed_by_the_number_of_its_object() -> None:
    sheet = read_json(PATH, '[{"FragmentID": "1"}, {"FragmentID": "2", "Scale": "Local", "Scale": "National"}]')
    assert [note.where for note in sheet.notes] == ["record 2"]


def test_fields_of_a_nested_object_are_columns_of_their_own() -> None:
    record = {"id": "rec1", "createdTime": "2026-01-05", "fields": {"Scale": "Local", "id": 7, "By": {"name": "Asa"}}}
    assert sheet_of({"records": [record]}).rows == [
        ["id", "createdTime", "Scale", "fields/id", "By"],
        ["rec1", "2026-01-05", "Local", "7", '{"name": "Asa"}'],
    ]


def test_one_object_per_line_is_read_whatever_the_name_says() -> None:
    assert read_json(PATH, "\n".join(map(json.dumps, RECORDS))).rows == ROWS


def test_list_within_the_answer_of_a_service_is_read() -> None:
    answer = {"count": 2, "next": None, "results": RECORDS}
    assert sheet_of(answer, indent=1).rows == sheet_of(answer).rows == ROWS


def test_number_of_any_length_is_read_as_it_is_written() -> None:
    assert read_json(PATH, f'[{{"FragmentID": {"9" * 5000}}}]').rows[1] == ["9" * 5000]


def test_repeated_key_is_reported() -> None:
    sheet = read_json(PATH, '[{"FragmentID": "1", "Scale": "Local", "Scale": "National"}]')
    assert [str(note) for note in sheet.notes] == [
        "record 1: 'Scale' appears twice in an object; the last was read (rename one of the two)"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"FragmentID": "1"},\n{"FragmentID": }]', "line 2: not JSON: Expecting value"),
        ('[{"FragmentID": "1"},\n3]', "line 2: not an object in braces"),
        ('[{"FragmentID": "1"}\n', "line 2: not JSON: the list doesn't end as it should"),
        ('[{"FragmentID": "1"}, 3]', "record 2: not an object in braces"),
        ('[{"FragmentID": "1"}, {"FragmentID": }]', "record 2: not JSON: Expecting value"),
        ('[{"FragmentID": "1"}]\nmore', "line 1: not JSON: the list doesn't end as it should"),
    ],
)
def test_what_is_no_list_of_objects_is_reported_with_its_place(text: str, message: str) -> None:
    assert f"  {message} (give a list of objects, or one object per line)" in refusal_of(text)


@pytest.mark.parametrize("depth", [500, 900, 100_000])
@pytest.mark.parametrize("shape", ['{"FragmentID": %s1%s}', '[{"FragmentID": %s1%s}]'])
def test_lists_within_lists_are_read_or_refused(depth: int, shape: str) -> None:
    with suppress(FaultsError):
        assert read_json(PATH, shape % ("[" * depth, "]" * depth)).rows[1] == ["1"]


# Label Studio


def test_codings_of_a_task_are_placed_by_its_number() -> None:
    sheet = sheet_of([task(7, (1, ["Policy"])), task(8, (1, ["Policy"]), (2, ["Peace"]))])
    assert [sheet.place(row, 0) for row in (1, 2, 3)] == ["record 1", "record 2", "record 2"]


def test_task_has_a_row_for_each_annotator() -> None:
    sheet = sheet_of([task(1, (1, ["Policy"]), (2, ["Policy", "Rights, law"])), task(2, (1, []))])
    assert sheet.rows == [
        ["id", "text", "annotator", "topic"],
        ["1", "Story 1.", "1", "Policy"],
        ["1", "Story 1.", "2", "Policy\nRights, law"],
        ["2", "Story 2.", "1", ""],
    ]


def test_annotator_is_named_by_the_address() -> None:
    sheet = sheet_of([task(1, ({"id": 3, "email": "asa@example.org"}, ["Policy"]))])
    assert sheet.rows[1][2] == "asa@example.org"


def test_task_that_nobody_annotated_has_a_row_without_codes() -> None:
    sheet = sheet_of([task(1, (1, ["Policy"])), task(2)])
    assert sheet.rows[2] == ["2", "Story 2.", "", ""]


def test_annotation_that_was_skipped_is_left_out() -> None:
    skipped = {"completed_by": 2, "was_cancelled": True, "result": []}
    both = task(1, (1, ["Policy"]))
    both["annotations"] = [*both["annotations"], skipped]  # type: ignore[misc]
    assert len(sheet_of([both]).rows) == 2


def test_id_of_the_data_stays_beside_that_of_the_task() -> None:
    record = task(7, (1, ["Policy"]), data={"id": "SCC-1", "text": "They met."})
    assert sheet_of([record]).rows[0] == ["task_id", "id", "text", "annotator", "topic"]


def test_short_export_is_read() -> None:
    records = [{"id": 1, "text": "They met.", "annotator": 2, "topic": {"choices": ["Policy", "Peace"]}}]
    assert sheet_of(records).rows[1] == ["1", "They met.", "2", "Policy\nPeace"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["data", "annotations"]), inner),
)


@pytest.mark.slow
@settings(deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    with suppress(FaultsError):
        assert sheet_of(value).name == "harvest"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FaultsError):
        assert read_json(PATH, text).name == "harvest"
