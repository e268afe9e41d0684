"""Suggestions as tasks of Label Studio, with predictions, and the labelling configuration that these belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Comment, Element, SubElement, indent, tostring

from classifier.codebook.schema import CodeField
from classifier.errors import OutputError
from classifier.files import check_writable, write_whole
from classifier.harvest.story import lay_out
from classifier.spreadsheet.copy_losses import writable
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import OutcomeSuggestions

_ID, _STORY = "FragmentID", "outcome_description"  # by which the reader of exports knows them
_OURS = " written by outcome-coder: paste this as the labelling interface of the project "
_BEGINS = f'[\n{{"data": {{"{_ID}": '
_DECIMALS = 4


def configuration_of(out: Path) -> Path:
    """Return where the labelling configuration of a file of tasks is written: beside it."""
    return out.with_suffix(".xml")


def check_configuration(out: Path, *, overwrite: bool) -> None:
    """Refuse tasks whose labelling configuration is in somebody's way."""
    path = configuration_of(out)
    check_writable(path)
    if path.exists() and not overwrite and _OURS not in path.read_text(encoding="utf-8", errors="replace"):
        raise OutputError(
            f"{path}: the labelling configuration is written there, and the file exists and was not written by "
            "outcome-coder; choose another --out, or add --overwrite"
        )


def are_our_tasks(path: Path) -> bool:
    """Whether a file holds tasks as they are written here, not an export of Label Studio."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def write_tasks(suggestions: Suggestions, path: Path, configuration: Path) -> None:
    """Write a task for each outcome, a line each, with a prediction of the codes that a coder would be shown."""
    title = suggestions.model.manifest.title
    lines = [json.dumps(_task(one, suggestions.fields, title), ensure_ascii=False) for one in suggestions.outcomes]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8", newline="\n")
    with write_whole(configuration) as temporary:
        temporary.write_bytes(_configuration(suggestions.fields))


def _task(one: OutcomeSuggestions, fields: tuple[CodeField, ...], title: str) -> dict[str, object]:
    results = [*_results(one, fields)]
    data = {_ID: one.fragment_id, _STORY: lay_out(one.outcome.story)}
    prediction: dict[str, object] = {"model_version": title, "result": results}
    confidences = [one.fields[field.name].confidence for field in fields if one.fields[field.name].can_be_confirmed]
    known = [confidence for confidence in confidences if confidence is not None]
    if known:
        prediction["score"] = round(min(known), _DECIMALS)  # so that sorting by it has the most doubtful first
    return {"data": data, "predictions": [prediction] if results else []}


def _results(one: OutcomeSuggestions, fields: tuple[CodeField, ...]) -> Iterator[dict[str, object]]:
    for field in fields:
        suggestion = one.fields[field.name]
        if suggestion.can_be_confirmed:
            result: dict[str, object] = {"from_name": field.heading, "to_name": _STORY, "type": "choices"}
            result["value"] = {"choices": [*suggestion.suggested]}
            if suggestion.confidence is not None:
                result["score"] = round(suggestion.confidence, _DECIMALS)
            yield result


def _configuration(fields: tuple[CodeField, ...]) -> bytes:
    view = Element("View")
    view.append(Comment(_OURS))
    SubElement(view, "Header", {"value": f"${_ID}"})
    SubElement(view, "Text", {"name": _STORY, "value": f"${_STORY}"})
    for field in fields:
        SubElement(view, "Header", {"value": writable(field.heading)})
        choice = "multiple" if field.is_multiple else "single"
        choices = SubElement(view, "Choices", {"name": field.heading, "toName": _STORY, "choice": choice})
        for code in field.codes:
            hint = {"hint": writable(" ".join(code.definition.split()))} if code.definition.strip() else {}
            SubElement(choices, "Choice", {"value": code.code, **hint})
    indent(view)
    content: bytes = tostring(view, encoding="utf-8")
    return content
