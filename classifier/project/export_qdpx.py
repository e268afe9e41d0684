"""Coded harvest as a REFI-QDA project (.qdpx): stories as texts, codes as codings of the whole text by each coder."""

from __future__ import annotations

import datetime
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from classifier.codebook.refi_qda_writing import ORIGIN, as_xml, code_guid, codes_element, guid_of, xml_text
from classifier.codebook.schema import CodeField
from classifier.files import write_whole
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import lay_out
from classifier.project.coded_outcomes import CodedOutcomes, FileNotes
from classifier.project.journal import DecisionMethod, Entry
from classifier.wording import counted

ADJUDICATED, FROM_FILE = "Adjudicated", "From the file"
"""Users whose codings are the agreed codes of differences, and the codes of outcomes that nobody has decided on."""


def write_qdpx(coded: CodedOutcomes, out: Path) -> FileNotes:
    """Write a project for NVivo, ATLAS.ti, MAXQDA or QualCoder."""
    now = datetime.datetime.now(datetime.UTC)
    texts = {outcome.fragment_id: lay_out(outcome.story) for outcome in coded.outcomes}
    root = Element("Project", {"xmlns": "urn:QDA-XML:project:1.0", "name": xml_text(Path(coded.name).stem)})
    root.attrib |= {"origin": ORIGIN, "creationDateTime": _written(now)}
    sources, notes, users = Element("Sources"), Element("Notes"), dict[str, str]()
    notes_of = _current_notes(coded)
    for outcome in coded.outcomes:
        codings = [*_codings(coded, outcome, now)]
        source = _source(outcome, codings, len(texts[outcome.fragment_id]), now)
        for entry in notes_of.get(outcome.fragment_id, ()):
            guid = guid_of("note", outcome.fragment_id, entry.decision.coder)
            SubElement(source, "NoteRef", {"targetGUID": guid})
            note = SubElement(notes, "Note", {"guid": guid, "name": f"Note on {xml_text(outcome.fragment_id)}"})
            note.attrib |= _made(entry.decision.coder, entry.at)
            SubElement(note, "PlainTextContent").text = xml_text(entry.decision.note)
            users[entry.decision.coder] = guid_of("user", entry.decision.coder)
        sources.append(source)
        users |= {coding.user: guid_of("user", coding.user) for coding in codings}
    if users:
        root.append(_users(users))
    SubElement(root, "CodeBook").append(codes_element(coded.codebook))
    root.extend(element for element in (sources, notes) if len(element))
    with write_whole(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("project.qde", as_xml(root))
        for fragment_id, text in texts.items():
            package.writestr(f"sources/{guid_of('source', fragment_id)}.txt", text.encode())
    told = (f"it contains the texts of {counted(len(texts), 'outcome')}", *coded.left_out, *coded.withheld)
    return FileNotes(notes=tuple(f"{out.name}: {note}" for note in told))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coding:
    """Codes that one user gave an outcome in one field."""

    user: str
    field: CodeField
    codes: tuple[str, ...]
    at: datetime.datetime


def _codings(coded: CodedOutcomes, outcome: Outcome, now: datetime.datetime) -> Iterator[_Coding]:
    for field in coded.codebook.fields:
        decided = coded.journal_state.by_coder(outcome.fragment_id, field.name)
        given = [(coder, entry) for coder, entry in decided.items()]
        if (adjudicated := coded.journal_state.adjudicated(outcome.fragment_id, field.name)) is not None:
            given.append((ADJUDICATED, adjudicated))
        for user, entry in given:
            if field.has_all(entry.decision.codes):
                yield _Coding(user=user, field=field, codes=entry.decision.codes, at=entry.at)
        if not given and (codes := outcome.codes.get(field.name)):
            yield _Coding(user=FROM_FILE, field=field, codes=codes, at=now)


def _current_notes(coded: CodedOutcomes) -> Mapping[str, Sequence[Entry]]:
    """Return coders' current notes, by the ID of the outcome."""
    numbers, found = coded.journal_state.counting(), defaultdict[str, list[Entry]](list)
    for entry in coded.entries:
        if entry.decision.method is DecisionMethod.NOTE and entry.number in numbers and entry.decision.note:
            found[entry.decision.fragment_id].append(entry)
    return found


def _source(outcome: Outcome, codings: Sequence[_Coding], n_letters: int, now: datetime.datetime) -> Element:
    guid = guid_of("source", outcome.fragment_id)
    source = Element("TextSource", {"guid": guid, "name": xml_text(outcome.fragment_id)})
    source.attrib |= {"plainTextPath": f"internal://{guid}.txt", "creationDateTime": _written(now)}
    # Other programs read codings of a selection, and some of them none of a text as a whole.
    for user in dict.fromkeys(coding.user for coding in codings):
        own = [coding for coding in codings if coding.user == user]
        selection = SubElement(source, "PlainTextSelection", {"guid": guid_of("all", outcome.fragment_id, user)})
        selection.attrib |= {"name": xml_text(outcome.fragment_id), "startPosition": "0", "endPosition": str(n_letters)}
        selection.attrib |= _made(user, max(coding.at for coding in own))
        for coding in own:
            for code in coding.codes:
                of = (outcome.fragment_id, user, coding.field.name, code)
                given = SubElement(selection, "Coding", {"guid": guid_of("coding", *of), **_made(user, coding.at)})
                SubElement(given, "CodeRef", {"targetGUID": code_guid(coding.field, code)})
    return source


def _users(users: Mapping[str, str]) -> Element:
    element = Element("Users")
    for name, guid in users.items():
        SubElement(element, "User", {"guid": guid, "name": xml_text(name)})
    return element


def _made(user: str, at: datetime.datetime) -> dict[str, str]:
    return {"creatingUser": guid_of("user", user), "creationDateTime": _written(at)}


def _written(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
