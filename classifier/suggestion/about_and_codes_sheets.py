"""Sheets added to a workbook of suggestions: the codes, and how to read the suggestions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import CodeField
from classifier.harvest.harvest_sheet import HarvestSheet
from classifier.harvest.review_sheet import CODE, FIELD, ID, REVIEW_SHEET
from classifier.harvest.workbook_headings import heading, headings_by_language
from classifier.languages import compact_percentage, gettext, ngettext
from classifier.model.manifest import Manifest, shown_title
from classifier.model.targets import confirm_promise
from classifier.spreadsheet.cell_styles import StyleCache
from classifier.spreadsheet.cells import set_direction, write_grid
from classifier.spreadsheet.copying import free_title
from classifier.suggestion.drop_downs import drop_down, how_several_are_written, several_in_a_cell, strict_drop_down
from classifier.suggestion.names import route_name
from classifier.suggestion.route_styles import dress_route
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Route

CODES_SHEET = "Codes"
CODES_HEADER = ("Column", "Code", "Definition", "Include", "Exclude", "Leads to")
_ABOUT_SHEET = "About the suggestions"
_ABOUT_HEADER = ("Item", "Explanation")
_EARLIER_ABOUT_HEADER = ("What", "Says")  # of workbooks that an earlier version wrote


def our_headers() -> frozenset[tuple[str, ...]]:
    """Return the first rows of our sheets in all languages, by which they are known again."""
    in_languages = (zip(*map(headings_by_language, header), strict=True) for header in (CODES_HEADER, _ABOUT_HEADER))
    return frozenset([_EARLIER_ABOUT_HEADER, *(row for rows in in_languages for row in rows)])


def write_codes(sheet: Worksheet, fields: Sequence[CodeField]) -> Mapping[str, str]:
    """Write the sheet of codes; return the range of each column's answers, for its drop-down."""
    ranges = {}
    rows: list[tuple[str, ...]] = [tuple(map(heading, CODES_HEADER))]
    set_direction(sheet)
    for field in fields:
        blocks = {field.column: [(*code.shown, "") for code in field.codes]}
        if field.derived_from and field.options:
            leads_to = field.shown(field.derive(option) or "" for option in field.options)
            blocks[field.derived_from] = [
                (option, "", "", "", code) for option, code in zip(field.options, leads_to, strict=True)
            ]
        for column, block in blocks.items():
            name = field.shown_heading if column == field.column else column.strip()
            ranges[column] = f"{quote_sheetname(sheet.title)}!$B${len(rows) + 1}:$B${len(rows) + len(block)}"
            rows += [(name, *cells) for cells in block]
    write_grid(sheet, rows, widths=(26, 42, 60, 40, 40, 32))
    return ranges


def offer_codes(target: HarvestSheet, field: CodeField, ranges: Mapping[str, str], *, explained_in: str) -> None:
    """Offer the codes of a field as a drop-down list."""
    names = {field.column: target.harvest.layout.fields.get(field.name)}
    if field.derived_from in ranges:
        names[str(field.derived_from)] = target.harvest.layout.options.get(field.name)
    for name, place in names.items():
        if place is not None:
            column = place + 1
        elif name == field.column:
            note = several_in_a_cell(field) if field.is_multiple else gettext("Enter the code here.")
            column = target.write_column(field.shown_heading, [], width=28, note=note)
            target.for_codes.add(column)
        else:
            continue  # a workbook without the column that codes derive from does well without it
        is_of_codes = name == field.column
        validation = (
            drop_down(field, ranges[name], explained_in=explained_in)
            if is_of_codes
            else strict_drop_down(ranges[name], explained_in=explained_in)
        )
        if ranges_free := " ".join(_free_ranges(target, column)):
            validation.sqref = MultiCellRange(ranges_free)
            target.sheet.add_data_validation(validation)


def _free_ranges(target: HarvestSheet, column: int) -> Iterator[str]:
    """Name the ranges of empty cells beside outcomes which no validation of the user's own looks after."""
    letters = get_column_letter(column)
    rows = [outcome.row + 1 for outcome in target.harvest.outcomes]
    taken = {
        row
        for validation in target.sheet.data_validations.dataValidation
        for cells in validation.sqref.ranges
        if cells.min_col <= column <= cells.max_col
        for row in range(max(cells.min_row, rows[0]), min(cells.max_row, rows[-1]) + 1)
    }
    free = [row for row in rows if row not in taken and target.sheet.cell(row, column).value in (None, "")]
    # Rows that follow each other differ from their place in the list by the same number.
    for _, run in groupby(enumerate(free), key=lambda pair: pair[1] - pair[0]):
        together = [row for _, row in run]
        yield f"{letters}{together[0]}:{letters}{together[-1]}"


def write_about(
    workbook: Workbook, suggestions: Suggestions, *, codes_title: str, review_title: str, no_review: str
) -> None:
    """Write the sheet that says how to read the suggestions.

    `review_title` is the sheet for choosing codes; where it is none, `no_review` says why.
    """
    sheet = workbook.create_sheet(free_title(workbook, heading(_ABOUT_SHEET)))
    set_direction(sheet)
    rows = [
        tuple(map(heading, _ABOUT_HEADER)),
        (
            gettext("Suggestions"),
            gettext(
                "Made by outcome-coder for a coder to confirm; no code was entered for you. Enter codes in the code "
                "columns: empty cells there have a drop-down, and the sheet {codes!r} has the definitions.",
                codes=codes_title,
            ),
        ),
        *(
            _review_rows(review_title, codes_title)
            if review_title
            else ((heading(REVIEW_SHEET), gettext("Left out: {reason}.", reason=no_review)),)
        ),
        *((gettext("Several codes in one cell"), text) for text in how_several_are_written(suggestions.fields)),
        (gettext("Model"), _model_described(suggestions.model.manifest)),
        *(((gettext("This harvest"), f"{withdrawn}."),) if (withdrawn := suggestions.withdrawn_promise()) else ()),
        *_column_rows(suggestions),
        *_about_rows(),
        *(
            (field.shown_heading, _figures_described(suggestions.model.manifest, field.name))
            for field in suggestions.fields
        ),
    ]
    write_grid(sheet, rows, widths=(28, 110))
    styles = StyleCache()
    for row in sheet.iter_rows(min_row=2):
        route = next((route for route in Route if row[0].value == route_name(route)), None)
        if route is not None:
            dress_route(row[0], route, styles)


def _review_rows(title: str, codes_title: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Say how the sheet for choosing codes is used, in two lines."""
    return (
        (
            title,
            gettext(
                "The quickest way to code: a row for each outcome and field. Read the story and choose a code under "
                "{code!r} from the drop-down (the sheet {codes!r} has the definitions); it counts like one in the "
                "outcome's own code column, so fill in one of the two.",
                code=heading(CODE),
                codes=codes_title,
            ),
        ),
        (
            gettext("{sheet}: rows", sheet=title),
            gettext(
                "Sort, filter and delete rows as you like, but leave {id!r} and {field!r} as they are. The button + "
                "above the columns unfolds other candidates, why a code is suggested, and flags. Long stories go on in "
                "their cell.",
                id=heading(ID),
                field=heading(FIELD),
            ),
        ),
    )


def _model_described(manifest: Manifest) -> str:
    if not manifest.files:
        return gettext(
            "{model}. It uses the names and definitions of codes only; it was not trained on any coded outcome.",
            model=shown_title(manifest.title),
        )
    return ngettext(
        "{model}, trained on {n} coded outcome of {files}",
        "{model}, trained on {n} coded outcomes of {files}",
        manifest.n_outcomes,
        model=shown_title(manifest.title),
        files=gettext(", ").join(file.name for file in manifest.files),
    )


def _column_rows(suggestions: Suggestions) -> Iterator[tuple[str, str]]:
    """Yield what each column of suggestions means, and each route."""
    is_calibrated = bool(suggestions.model.manifest.files)
    yield _of_field("suggestion"), gettext("The suggested code, or codes.")
    yield (
        _of_field("confidence"),
        gettext(
            "How sure the model is of the first suggested code. Calibrated: of suggestions at 80%, about four in five "
            "have been right on outcomes the model had not seen."
        )
        if is_calibrated
        else gettext(
            "How well the first suggested code fits by its definition. It is not calibrated: how often such "
            "suggestions are right is not known until some outcomes are coded."
        ),
    )
    yield (
        _of_field("other candidates"),
        gettext(
            "The next likely codes. Those marked * remain possible: the suggestion and the marked codes together "
            "include the right code for about {share} of outcomes.",
            share=compact_percentage(suggestions.coverage),
        )
        if is_calibrated
        else gettext(
            "The next likely codes. The suggestion and those marked * are the few that fit best; how often the right "
            "code is among them is not known."
        ),
    )
    yield (
        _of_field("why"),
        gettext(
            "The sentences that contribute most to the suggested code, each with its share of the evidence; the part "
            "of the story they are in; and the most similar coded outcomes, each with its codes and its similarity (1 "
            "is the same). The shares are exact: they are the terms that the model adds up. They show which words the "
            "model relied on, and are no proof that the code is right."
        ),
    )
    yield _of_field("route"), gettext("What to do, one of three:")
    yield route_name(Route.CONFIRM), confirm_promise(suggestions.precision)
    yield (
        route_name(Route.CHOOSE),
        gettext("One to three codes fit, none with enough confidence to confirm. Read the outcome, then choose."),
    )
    yield (
        route_name(Route.CODE_AFRESH),
        gettext(
            "No code fits, or too many do, or the model can't suggest codes for the outcome (see its flags). Code it "
            "as if there were no suggestion."
        ),
    )


def _of_field(name: str) -> str:
    return f"… : {heading(name)}"


def _about_rows() -> tuple[tuple[str, str], ...]:
    return (
        (
            heading("Suggestion flags"),
            gettext(
                "too short: too few words to suggest codes from. near-duplicate of …: seems to report the same change "
                "as that outcome. already coded: had a code before. no text: there is nothing to read. language: …: "
                "the model can't suggest codes for this language. other language: …: few training outcomes are in this "
                "language, so the codes come from the multilingual encoder alone and are never to confirm. heavily "
                "redacted: more than one word in seven was taken out. by definition only: the model was not trained on "
                "any outcome with the code, or on any coded in the field. unlike training: not similar to any outcome "
                "the model was trained on. unusual: two codes that rarely occur together, and the usual one. could not "
                "be judged, could not be explained: because of an internal error."
            ),
        ),
        (
            gettext("Sorting"),
            gettext(
                "Rows may be sorted, filtered and deleted. Sort all columns together: a hidden column says which "
                "outcome each row belongs to, and a file in which some columns were sorted without the others is "
                "refused. If only columns of codes were sorted, that can't be detected."
            ),
        ),
        (
            gettext("Hidden sheet"),
            gettext(
                "Keeps what was suggested, by the outcomes' IDs and without their texts, so that `outcome-coder "
                "confirm` can distinguish it from what somebody typed over it."
            ),
        ),
    )


def _figures_described(manifest: Manifest, field: str) -> str:
    figures = manifest.out_of_fold.get(field)
    if figures is not None:
        return gettext(
            "Agreement with coders on outcomes not used for training: Cohen's kappa {kappa}; {share} of first "
            "suggestions right.",
            kappa=figures.kappa.with_n,
            share=compact_percentage(figures.share_right),
        )
    if manifest.is_by_definition(field):
        return gettext("The model was not trained on any coded outcome: codes are suggested by definition only.")
    return gettext("Too few coded outcomes to say how good the suggestions are.")
