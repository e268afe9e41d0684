"""The commands codebook check, import, export, show, diff and draft."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier.cli.options import Overwrite, SheetName, plain_errors
from classifier.cli.tables import print_table
from classifier.cli.terminal import echo
from classifier.wording import counted

if TYPE_CHECKING:
    from classifier.codebook.schema import Codebook

CodebookArgument = Annotated[
    Path | None, typer.Argument(help="The codebook: YAML, a table of codes, or .qdc. (default: the shipped one)")
]
codebook_app = typer.Typer(
    no_args_is_help=True,
    help="Check, show, compare, draft, import or export codebooks.",
    epilog="Example: outcome-coder codebook show",
)


@codebook_app.command("check", epilog="Example: outcome-coder codebook check codebook.yaml")
def codebook_check(
    file: Annotated[Path, typer.Argument(help="The codebook: YAML, a table of codes, or .qdc.")],
) -> None:
    """Check a codebook, and list the lines to correct."""
    with plain_errors():
        from classifier.codebook.schema import Codebook

        guesses: list[str] = []
        codebook = Codebook.read(file, tell=guesses.append)
    n_codes = sum(len(field.codes) for field in codebook.fields)
    n_fields = counted(len(codebook.fields), "field")
    echo(f"{file.name}: {n_fields} with {counted(n_codes, 'code')}, nothing to correct")
    for note in (*guesses, *codebook.unknown_keys(), *_undefined(codebook), *_translated(codebook)):
        echo(f"  {note}")


def _undefined(codebook: Codebook) -> Iterator[str]:
    if not codebook.has_definitions:
        yield "no code has a definition: none can be suggested until some outcomes are coded, and coders have to guess"
        return
    by_field: dict[str, list[str]] = {}
    for field, code in codebook.undefined:
        by_field.setdefault(field, []).append(code)
    for field, codes in by_field.items():
        n_codes, verb = counted(len(codes), "code"), "has" if len(codes) == 1 else "have"
        named = codebook.field(field).name_and_column
        yield f"field {named}: {n_codes} {verb} no definition: {', '.join(map(repr, codes))}"


def _translated(codebook: Codebook) -> Iterator[str]:
    codes = [code for field in codebook.fields for code in field.codes]
    for language in sorted(frozenset[str]().union(*(field.languages for field in codebook.fields))):
        found = [(code, code.translations[language]) for code in codes if language in code.translations]
        n_names = sum(translation.code is not None for _, translation in found)
        n_defined = sum(bool(code.definition.strip() and translation.definition.strip()) for code, translation in found)
        defined = counted(sum(bool(code.definition.strip()) for code in codes), "definition")
        names = f"the names of {n_names} of {counted(len(codes), 'code')}"
        yield f"translated into {language}: {names}, {n_defined} of {defined}"


@codebook_app.command("import", epilog="Example: outcome-coder codebook import codebook.xlsx --out codebook.yaml")
def codebook_import(
    file: Annotated[
        Path,
        typer.Argument(help="A table of codes (.xlsx, .csv, …), an XLSForm, or a .qdc or .qdpx of NVivo, MAXQDA …"),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codebook to write.")] = Path("codebook.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Convert a table of codes, or the codebook of another program, to YAML for you to check.

    A table has a row for each code, with columns such as Field, Code, Definition, Include, Exclude, Alias, and in
    other languages Code (fr), Definition (fr) and so on.
    In a form of KoboToolbox or ODK (XLSForm), questions with choices become fields; in a .qdc or .qdpx file,
    codes that have others below them do.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.files import check_new, write_whole

        check_new(out, overwrite=overwrite)
        guesses: list[str] = []
        codebook = Codebook.read(file, tell=guesses.append)
        with write_whole(out) as temporary:
            temporary.write_text(codebook.dump(), encoding="utf-8", newline="\n")
    for field in codebook.fields:
        echo(f"{field.heading}: {counted(len(field.codes), 'code')} ({field.kind})")
    for note in (*guesses, *_undefined(codebook)):
        echo(f"  {note}")
    echo(f"Wrote {out}. Read it through, then run `outcome-coder codebook check {out}`.")


@codebook_app.command("export", epilog="Example: outcome-coder codebook export codebook.yaml --out codebook.qdc")
def codebook_export(
    file: CodebookArgument = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codebook to write.")] = Path("codebook.qdc"),
    overwrite: Overwrite = False,
) -> None:
    """Write a codebook for NVivo, ATLAS.ti, MAXQDA or QualCoder (REFI-QDA): each field a code with its codes below it.

    What they have no place for is left out: aliases, translations, separators, and whether a field may have several
    codes.
    """
    with plain_errors():
        from classifier.codebook.refi_qda_writing import write_qdc
        from classifier.errors import OutputError
        from classifier.files import check_new

        if out.suffix.lower() != ".qdc":
            raise OutputError(f"{out}: a codebook for other programs is a .qdc; choose an --out that ends so")
        check_new(out, overwrite=overwrite)
        codebook = _read_or_sample(file)
        write_qdc(codebook, out)
    for field in codebook.fields:
        echo(f"{field.heading}: {counted(len(field.codes), 'code')}")
    echo(f"Wrote {out}")


def changes_between(before: Codebook, after: Codebook) -> list[str]:
    """Describe the differences between two codebooks, a line each."""
    from classifier.codebook.diff import codebook_differences, redefined_codes

    redefined = [
        f"field {after.field(field).name_and_column}: the definition of {code!r} has changed"
        for field, code in redefined_codes(before, after)
    ]
    return [*codebook_differences(before, after), *redefined]


@codebook_app.command("show", epilog="Example: outcome-coder codebook show")
def codebook_show(
    file: CodebookArgument = None,
) -> None:
    """Show the fields and codes of a codebook as a table."""
    with plain_errors():
        codebook = _read_or_sample(file)
    rows = []
    for field in codebook.fields:
        for place, code in enumerate(field.codes):
            head = f"{field.heading} ({field.kind})\n{field.name}" if place == 0 else ""
            rows.append((head, code.code, code.definition))
    print_table([("Field", "Code", "Definition"), *rows])


def _read_or_sample(file: Path | None) -> Codebook:
    from classifier import sample_files
    from classifier.codebook.schema import Codebook

    return Codebook.read(file or sample_files.codebook_path(), tell=lambda note: echo(note, err=True))


@codebook_app.command("diff", epilog="Example: outcome-coder codebook diff codebook_2025.yaml codebook_2026.yaml")
def codebook_diff(
    old: Annotated[Path, typer.Argument(help="The earlier codebook (YAML).")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
) -> None:
    """List the differences between two codebooks: fields and codes added or removed, and changed definitions."""
    with plain_errors():
        from classifier.codebook.diff import moved_names, retranslated_fields
        from classifier.codebook.schema import Codebook

        before, after = Codebook.read(old), Codebook.read(new)
    translated = [
        f"field {after.field(name).name_and_column}: translations have changed"
        for name in retranslated_fields(before, after)
    ]
    moved = [
        f"field {after.field(field).name_and_column}: {name!r} was a name of {code!r} and is one of {other!r}"
        for field, name, code, other in moved_names(before, after)
    ]
    changes = [*changes_between(before, after), *translated, *moved]
    echo(f"{old.name} and {new.name}: {counted(len(changes), 'change') if changes else 'no changes'}")
    for change in changes:
        echo(f"  {change}")


@codebook_app.command("draft", epilog="Example: outcome-coder codebook draft coded.xlsx --out codebook.yaml")
def codebook_draft(
    coded: Annotated[Path, typer.Argument(help="A coded harvest.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codebook to write.")] = Path("codebook.yaml"),
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="A,B", help="The columns that hold codes. (default: those that seem to)"),
    ] = None,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
) -> None:
    """Draft a codebook from the labels found in a coded workbook, for you to complete."""
    with plain_errors():
        from classifier.files import check_new, write_whole
        from classifier.harvest.codebook_draft import draft_codebook

        check_new(out, overwrite=overwrite)
        names = [name.strip() for name in columns.split(",")] if columns else None
        draft = draft_codebook(coded, columns=names, sheet=sheet)
        with write_whole(out) as temporary:
            temporary.write_text(draft.dump(), encoding="utf-8", newline="\n")
    for field in draft.codebook.fields:
        echo(f"{field.heading}: {counted(len(field.codes), 'code')} ({field.kind})")
    for note in draft.notes:
        echo(f"  {note}")
    echo(f"Wrote {out}. Fill in the definitions, then run `outcome-coder codebook check {out}`.")
