"""Exports of Label Studio: a record for each task and annotator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

ANNOTATOR = "annotator"
"""The column that says whose coding a row is."""
_VALUES = ("choices", "taxonomy", "text", "rating", "number", "labels")
_CHOICES = '{"choices":'


def are_tasks(records: Sequence[Mapping[str, object]]) -> bool:
    """Whether all records are tasks with annotations."""
    return bool(records) and all(
        isinstance(record.get("data"), dict) and isinstance(record.get("annotations"), list) for record in records
    )


def records_of_task(task: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Yield a record for each annotation of a task, or one without codes where nobody annotated it.

    Annotations that were skipped are left out.

    Examples
    --------
    >>> result = {"from_name": "topic", "value": {"choices": ["Policy", "Peace"]}}
    >>> task = {"id": 7, "data": {"text": "They met."}, "annotations": [{"completed_by": 1, "result": [result]}]}
    >>> list(records_of_task(task))
    [{'id': 7, 'text': 'They met.', 'annotator': 1, 'topic': ['Policy', 'Peace']}]
    """
    data = task["data"]
    record: dict[str, object] = {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}
    record = {"task_id" if "id" in record else "id": task.get("id"), **record}
    annotations = task["annotations"]
    given = [item for item in annotations if isinstance(item, dict)] if isinstance(annotations, list) else []
    made = [item for item in given if not item.get("was_cancelled")]
    if not made:
        yield record
    for annotation in made:
        yield {**record, ANNOTATOR: _name(annotation.get("completed_by")), **_codes(annotation.get("result"))}


def _name(annotator: object) -> object:
    if isinstance(annotator, dict):
        return annotator.get("email") or annotator.get("username") or annotator.get("id")
    return annotator


def _codes(results: object) -> dict[str, object]:
    """Gather the values of all results by the names of what was asked."""
    codes: dict[str, list[object]] = {}
    for result in results if isinstance(results, list) else ():
        name, value = (result.get("from_name"), result.get("value")) if isinstance(result, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(value, dict):
            continue
        for found in (value[kind] for kind in _VALUES if kind in value):
            codes.setdefault(name, []).extend(found if isinstance(found, list) else [found])
    return {name: [_path(choice) for choice in found] for name, found in codes.items()}


def _path(value: object) -> object:
    """Write a choice within choices by its names."""
    return " / ".join(map(str, value)) if isinstance(value, list) else value


def plain_choices(cell: str) -> str:
    r"""Write the choices that an export as a table holds in one cell, each in a line; all else stays as it is.

    Examples
    --------
    >>> plain_choices('{"choices": ["Policy", "Rights, law"]}')
    'Policy\nRights, law'
    """
    if not cell.startswith(_CHOICES):
        return cell
    try:
        choices = json.loads(cell)["choices"]
    except (ValueError, RecursionError):
        return cell
    is_plain = isinstance(choices, list) and all(isinstance(choice, str) for choice in choices)
    return "\n".join(choices) if is_plain else cell
