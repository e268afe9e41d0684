"""Dashboard of a project: what is done, by whom, with which codes, how far coders agree, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifier.agreement.by_field import MIN_COMPARED
from classifier.codebook.schema import CodeField
from classifier.harvest.outcome import Outcome
from classifier.languages import gettext, marked, ngettext
from classifier.project.completeness import CellCounts, add_up
from classifier.project.consensus import consensus_of
from classifier.project.journal import NOT_CODABLE
from classifier.project.provenance import Provenance
from classifier.project.status import SplitAgreement, Status
from classifier.review.open_project import OpenProject
from classifier.review.pace import pace_s
from classifier.review.shown_counts import CountedCodes
from classifier.wording import percent

Codes = tuple[str, ...]
_MOST_GROUPS = 8  # countries or periods that have a column of their own
_REST = marked("others")
_NOT_GIVEN = marked("not given")


class GroupedBy(StrEnum):
    """What the codes so far are told apart by."""

    NOTHING = ""
    COUNTRY = "country"
    PERIOD = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar, in percent of its length."""

    state: str
    title: str
    n: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProgress:
    """How far a field is."""

    name: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderProgress:
    """What a coder has decided."""

    coder: str
    n_decided: tuple[int, ...]  # by field
    n_blind: int
    seconds: int | None  # from one outcome to the next; None where too few tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBar:
    """How many outcomes have a code so far."""

    code: str
    n: int
    width: float  # in percent of the commonest code
    by_group: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCodes:
    """The codes of a field so far."""

    name: str
    n_outcomes: int
    counts: tuple[CodeBar, ...]  # in the order of the codebook


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Something to do, and the page where it is done."""

    text: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """What a lead sees of a project.

    Attributes
    ----------
    groups : tuple of str
        The countries or periods that the codes so far are told apart by.
    counted_of_others : tuple of CountedCodes
        The codes counted that others chose, and that who looks has not decided on.
    n_from_files : int
        Codes that came with the files, which are not among those so far.
    n_hidden : int
        Outcomes of which others' codes are not counted, since somebody is still to code them unseen.
    agreement : tuple of str
        How far coders agree, in sentences.
    """

    total: FieldProgress
    fields: tuple[FieldProgress, ...]
    coders: tuple[CoderProgress, ...]
    codes: tuple[FieldCodes, ...]
    groups: tuple[str, ...]
    counted_of_others: tuple[CountedCodes, ...]
    n_from_files: int
    n_hidden: int
    agreement: tuple[str, ...]
    next_steps: tuple[NextStep, ...]


def dashboard_of(opened: OpenProject, status: Status, *, coder: str, grouped_by: GroupedBy) -> Dashboard:
    """Make the dashboard that a lead sees; others' codes that somebody is still to choose unseen are not in it."""
    codebook, outcomes = opened.project.codebook, [item.outcome for item in opened.coding_items.by_id.values()]
    groups = _groups(outcomes, grouped_by)
    consensus = consensus_of(opened.coding_items.by_id, codebook, opened.journal_state)
    given: dict[str, list[tuple[Outcome, Codes]]] = {field.name: [] for field in codebook.fields}
    hidden, of_others = set(), list[CountedCodes]()
    for (name, field), found in consensus.items():
        outcome = opened.coding_items.by_id[name].outcome
        own = opened.journal_state.current_decision(coder, name, field)
        if opened.may_see_others(coder, name, field):
            codes = found.codes
        else:
            codes = () if own is None else own.decision.codes
            hidden.add(name)
        if codes:
            given[field].append((outcome, codes))
        if own is None and name not in hidden:
            # That it is not codable, or that coders differ, is counted too.
            told = codes or ((NOT_CODABLE,) if found.is_not_codable else ())
            group = _group_among(groups, outcome, grouped_by)
            of_others.append(CountedCodes(fragment_id=name, field=field, codes=frozenset(told), group=group))
    total = add_up(status.cells.values())
    return Dashboard(
        total=_progress_bar(gettext("All fields"), total),
        fields=tuple(_progress_bar(status.columns[name].strip(), counts) for name, counts in status.cells.items()),
        coders=tuple(_coders(opened, status)),
        codes=tuple(_codes_so_far(field, given[field.name], groups, grouped_by) for field in codebook.fields),
        groups=groups,
        counted_of_others=tuple(of_others),
        n_from_files=total.n_from_file,
        n_hidden=len(hidden),
        agreement=(
            *_agreement_in_words(status),
            *(f"{status.columns[found.field].strip()}: {found}." for found in status.codability),
        ),
        next_steps=tuple(_next_steps(opened, status, coder)),
    )


def _progress_bar(name: str, counts: CellCounts) -> FieldProgress:
    states = {
        "decided": (gettext("Decided"), counts.n_decided),
        "adjudicated": (gettext("Adjudicated"), counts.n_adjudicated),
        "not codable": (gettext("Not codable"), counts.n_not_codable),
        "differing": (gettext("Differing"), counts.n_differing),
        "coded in the file": (gettext("Coded in the file"), counts.n_from_file),
        "undecided": (gettext("Undecided"), counts.n_undecided),
    }
    segments, start = [], 0.0
    for state, (title, n) in states.items():
        width = 100 * n / max(counts.n_cells, 1)
        segments.append(Segment(state=state, title=title, n=n, start=round(start, 2), width=round(width, 2)))
        start += width
    return FieldProgress(name=name, segments=tuple(segments))


def _coders(opened: OpenProject, status: Status) -> Iterator[CoderProgress]:
    made = {(progress.coder, progress.field): progress for progress in status.progress}
    for coder in dict.fromkeys(progress.coder for progress in status.progress):
        own = [made[coder, field] for field in status.cells if (coder, field) in made]
        seconds = pace_s(opened.journal_state.actions(coder))
        yield CoderProgress(
            coder=coder,
            n_decided=tuple(progress.n_decided for progress in own),
            n_blind=sum(progress.n_blind for progress in own),
            seconds=None if seconds is None else round(seconds),
        )


# Codes so far


def _group_of(outcome: Outcome, grouped_by: GroupedBy) -> str:
    group = {GroupedBy.COUNTRY: outcome.country, GroupedBy.PERIOD: outcome.period}.get(grouped_by, "")
    return group.strip() or _NOT_GIVEN


def _group_among(groups: Sequence[str], outcome: Outcome, grouped_by: GroupedBy) -> str:
    """Return the group that an outcome is counted in; none where they are not told apart."""
    group = _group_of(outcome, grouped_by)
    return group if group in groups else _REST if groups else ""


def _groups(outcomes: Sequence[Outcome], grouped_by: GroupedBy) -> tuple[str, ...]:
    """Return the commonest groups in the order of their names, the rest as one."""
    if grouped_by is GroupedBy.NOTHING:
        return ()
    counts = Counter(_group_of(outcome, grouped_by) for outcome in outcomes)
    common = sorted(name for name, _ in counts.most_common(_MOST_GROUPS))
    return (*common, *([_REST] if len(counts) > _MOST_GROUPS else []))


def _codes_so_far(
    field: CodeField,
    given: Sequence[tuple[Outcome, tuple[str, ...]]],
    groups: Sequence[str],
    grouped_by: GroupedBy,
) -> FieldCodes:
    counts = Counter(code for _, codes in given for code in codes)
    by_group: Mapping[tuple[str, str], int] = Counter(
        (code, _group_among(groups, outcome, grouped_by)) for outcome, codes in given for code in codes
    )
    most = max(counts.values(), default=1)
    return FieldCodes(
        name=field.shown_heading,
        n_outcomes=len(given),
        counts=tuple(
            CodeBar(
                code=field.shown([code])[0],
                n=counts[code],
                width=round(100 * counts[code] / most, 1),
                by_group=tuple(by_group[code, group] for group in groups),
            )
            for code in field.code_names
        ),
    )


# In words


def _agreement_in_words(status: Status) -> Iterator[str]:
    if not status.agreement:
        yield gettext(
            "No outcome has been coded yet by two coders who could not see each other's codes. When a second coder "
            "codes some of the same outcomes before they open Differences or Reports or download everybody's codes, "
            "this says how far coders agree."
        )
        return
    splits = {split.field: split for split in status.between_coders}
    few = [found for found in status.agreement if not found.is_enough]
    for found in status.agreement:
        if found.is_enough:
            alike = found.n_outcomes - found.n_differ
            yield ngettext(
                "{field}: of {n} outcome coded by two coders or more, {alike} have the same codes ({share}){kappas}.",
                "{field}: of {n} outcomes coded by two coders or more, {alike} have the same codes ({share}){kappas}.",
                found.n_outcomes,
                field=status.columns[found.field].strip(),
                alike=alike,
                share=percent(alike / found.n_outcomes),
                kappas=_kappas_in_words(splits[found.field]),
            )
    if few:
        names = gettext(", ").join(f"{status.columns[found.field].strip()} ({found.n_outcomes})" for found in few)
        yield gettext(
            "Too few outcomes were coded by two coders to say how far they agree in {fields}; at least {least} are "
            "needed.",
            fields=names,
            least=MIN_COMPARED,
        )


def _kappas_in_words(split: SplitAgreement) -> str:
    words = {
        Provenance.BLIND: marked("kappa coded blind: {kappa}"),
        Provenance.ASSISTED: marked("kappa with a suggestion in view: {kappa}"),
    }
    told = [
        gettext(words[provenance], kappa=str(found.kappa))
        for provenance in words
        if (found := split.kinds.get(provenance)) is not None and found.is_enough
    ]
    between = gettext("; ")
    return f"{between}{between.join(told)}" if told else ""


def _next_steps(opened: OpenProject, status: Status, coder: str) -> Iterator[NextStep]:
    queue, together = opened.coding_queue(coder), add_up(status.cells.values())
    if n_left := queue.n_mine - queue.n_done:
        text = ngettext("Code the {n} outcome that you have left", "Code the {n} outcomes that you have left", n_left)
        yield NextStep(text=text, path="/?order=uncertain")
    if together.n_differing:
        text = ngettext("Adjudicate {n} difference", "Adjudicate {n} differences", together.n_differing)
        yield NextStep(text=text, path="/differences")
    if n_left or together.n_undecided:
        return
    yield NextStep(text=gettext("Download the coded harvest"), path="/download")
    yield NextStep(text=gettext("Train a model on these codes, for the next harvest"), path="/model")
