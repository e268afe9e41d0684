"""What the page on Python shows is what happens."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from classifier import compare_coders

ROOT = Path(__file__).resolve().parents[1]


PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
PYTHON_PAGE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.encoder
def test_python_example_prints_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (example, shown) = re.findall(r"```python\n(.*?)```\s+```\n(.*?)```", PAGE, re.DOTALL)[0]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(example, {})  # the example is ours, and this is the test that it runs
    assert printed.getvalue() == shown


@pytest.mark.encoder
def test_python_page_goes_from_a_frame_to_suggestions(training_data: Path) -> None:
    frame = pd.read_excel(training_data / "harvest_3_new.xlsx", engine="calamine").head(2)
    names: dict[str, Any] = {"frame": frame}
    exec(PYTHON_PAGE[1], names)
    assert set(names["suggestions"]["FragmentID"]) == set(frame["FragmentID"])


def test_python_page_goes_from_frames_to_agreement(training_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    files = {name: training_data / f"harvest_3_coder_{name}.xlsx" for name in ("a", "b")}
    names: dict[str, Any] = {"frames": {name: pd.read_excel(path, engine="calamine") for name, path in files.items()}}
    exec(PYTHON_PAGE[2], names)
    from_files = compare_coders(list(files.values()), codebook=names["codebook"]).to_frame()
    pd.testing.assert_frame_equal(names["agreement"], from_files)


@pytest.mark.parametrize("example", PYTHON_PAGE)
def test_python_page_imports_what_there_is(example: str) -> None:
    exec("\n".join(re.findall(r"^from classifier import .*$", example, re.MULTILINE)), {})
