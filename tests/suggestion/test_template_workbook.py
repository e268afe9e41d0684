from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from classifier.suggestion.template_workbook import template_workbook


@pytest.fixture
def template(codebook: Codebook) -> Workbook:
    return load_workbook(BytesIO(template_workbook(codebook)))


def kept(template: Workbook, folder: Path) -> Path:
    path = folder / "harvest.xlsx"
    template.save(path)
    return path


def test_template_has_the_columns_of_the_codebook(template: Workbook) -> None:
    names = [cell.value for cell in template["Outcomes"][1]]
    assert names[:3] == ["FragmentID", "Outcome description", "Significance of the outcome"]
    assert {"TypeOfChangeCluster", "Social actor", "Scale", "Link to SCC Specific Objectives"} <= set(names)


def test_template_that_was_filled_in_is_read_without_its_example(
    template: Workbook, codebook: Codebook, tmp_path: Path
) -> None:
    sheet = template["Outcomes"]
    names = [cell.value for cell in sheet[1]]
    for name, text in (("FragmentID", "H3-001"), ("Outcome description", "The council met."), ("Scale", "Local")):
        sheet.cell(3, names.index(name) + 1).value = text
    harvest = read_harvest(kept(template, tmp_path), codebook=codebook)
    assert [(one.fragment_id, one.codes) for one in harvest.outcomes] == [("H3-001", {"scale": ("Local",)})]
    assert [str(note) for note in harvest.notes] == [
        "harvest.xlsx: Outcomes!A2: this row is the example of the template, and is not read as an outcome (nothing to "
        "do)"
    ]


def test_template_as_it_is_holds_no_outcome(template: Workbook, codebook: Codebook, tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match="no outcomes below the header"):
        read_harvest(kept(template, tmp_path), codebook=codebook)


def test_outcome_written_over_the_example_is_read(template: Workbook, codebook: Codebook, tmp_path: Path) -> None:
    template["Outcomes"]["B2"] = "The council of Dori met in public."
    (outcome,) = read_harvest(kept(template, tmp_path), codebook=codebook).outcomes
    assert outcome.story.description == "The council of Dori met in public."


def test_each_code_column_has_a_drop_down(template: Workbook, codebook: Codebook) -> None:
    assert len(template["Outcomes"].data_validations.dataValidation) == len(codebook.fields)
