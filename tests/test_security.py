"""What SECURITY.md says of limits is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from classifier import limits

SECURITY = (Path(__file__).resolve().parents[1] / "SECURITY.md").read_text(encoding="utf-8")


def test_security_page_states_every_limit_with_its_value() -> None:
    stated = {
        name: int(value.replace(",", ""))
        for value, name in re.findall(r"^\| [^|]+ \| ([\d,]+)[^|]* \| `([A-Z_]+)` \|$", SECURITY, re.MULTILINE)
    }
    assert stated == {name: value for name, value in vars(limits).items() if name.isupper() and name != "MIB"}


def test_security_page_states_the_units_of_limits() -> None:
    units = dict(re.findall(r"^\| [^|]+ \| [\d,]+ ?([^|]*) \| `([A-Z_]+)` \|$", SECURITY, re.MULTILINE))
    wrong = [name for unit, name in units.items() if name.endswith("_MIB") != (unit == "MiB")]
    assert wrong == []
