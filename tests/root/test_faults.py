"""Faults that are alike, told together."""

from __future__ import annotations

from pathlib import Path

from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind, file_error, group_faults, note_as_dict


def odd_year(cell: str, year: str = "FY2023") -> Fault:
    what, remedy = f"year {year!r} is unusual", "four digits are expected"
    return Fault(kind=FaultKind.YEAR, where=cell, what=what, remedy=remedy, gist="the year is unusual")


def test_few_similar_faults_are_listed_one_by_one() -> None:
    faults = [odd_year(f"Outcomes!E{row}", f"FY{row}") for row in (2, 3, 4)]
    assert [str(note) for note in group_faults(faults)] == [str(fault) for fault in faults]


def test_two_faults_of_the_same_message_are_one_note() -> None:
    (note,) = group_faults(odd_year(cell) for cell in ("Outcomes!E2", "Outcomes!E9"))
    assert str(note) == "Outcomes!E2, E9: year 'FY2023' is unusual (four digits are expected)"


def not_a_code(cell: str, label: str, codes: str = "Local, National") -> Fault:
    what, remedy = f"{label!r} is not a code", f"the codes are {codes}; correct the cell"
    return Fault(kind=FaultKind.CODE, where=cell, what=what, remedy=remedy, repeated="correct the cell")


def test_what_the_codes_of_a_field_are_is_said_once() -> None:
    faults = [
        not_a_code("A!C2", "Village"),
        not_a_code("A!D2", "Mines", "CIV, GEN"),
        not_a_code("A!C3", "Province"),
        not_a_code("A!D3", "Dams", "CIV, GEN"),
    ]
    assert [note.remedy for note in group_faults(faults)] == [
        "the codes are Local, National; correct the cell",
        "the codes are CIV, GEN; correct the cell",
        "correct the cell",
        "correct the cell",
    ]


def test_many_similar_faults_are_listed_once_with_their_first_cells() -> None:
    (note,) = group_faults(odd_year(f"Outcomes!E{row}") for row in range(2, 120))
    assert str(note) == ("Outcomes!E2, E3, E4 and 115 more: year 'FY2023' is unusual (four digits are expected)")


def test_of_many_that_differ_in_a_value_the_first_is_quoted() -> None:
    (note,) = group_faults(odd_year(f"Outcomes!E{row}", f"FY{row}") for row in range(2, 9))
    assert str(note) == (
        "Outcomes!E2, E3, E4 and 4 more: the year is unusual; the first: year 'FY2' is unusual (four digits are "
        "expected)"
    )


def test_a_cell_on_another_sheet_is_named_with_it() -> None:
    (note,) = group_faults(odd_year(f"{sheet}!E{row}") for sheet in ("Chad", "Mali") for row in (2, 3))
    assert str(note).startswith("Chad!E2, E3, Mali!E2 and 1 more: ")


def test_kinds_are_kept_apart() -> None:
    faults = [odd_year("A!E2"), Fault(kind=FaultKind.NOTE, where="A!F2", what="the year is unusual", remedy="look")]
    assert [note.kind for note in group_faults(faults)] == [FaultKind.YEAR, FaultKind.NOTE]


def test_errors_that_are_alike_name_twenty_cells() -> None:
    faults = tuple(file_error(f"Outcomes!A{row}", "FragmentID is empty", "give it an ID") for row in range(2, 40))
    lines = str(FaultsError({Path("harvest.xlsx"): faults})).splitlines()
    assert [lines[0], lines[1].split(": ")[0].split(", ")[-1]] == [
        "harvest.xlsx: 38 problems to correct",
        "A21 and 18 more",
    ]


def test_a_program_gets_kind_count_and_cells() -> None:
    (note,) = group_faults([odd_year(f"Outcomes!E{row}") for row in range(2, 120)], file="coded.xlsx")
    assert note_as_dict(note) == {
        "kind": "year",
        "count": 118,
        "cells": ["Outcomes!E2", "Outcomes!E3", "Outcomes!E4"],
        "file": "coded.xlsx",
        "what": "year 'FY2023' is unusual",
        "remedy": "four digits are expected",
    }
