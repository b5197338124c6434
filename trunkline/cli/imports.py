"""`trunkline import contacts FILE` and `trunkline import spam FILE`."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import TextColumn

from trunkline.cli import calendar, lines, mirror, numbering
from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.importing import PROBLEMS_SHOWN, DryRun, FileToRead, Report, bar, problems_file, tell_problems
from trunkline.contacts.imports import (
    DEFAULT_SOURCE,
    ImportOptions,
    ImportReport,
    import_contacts,
    import_spam,
)
from trunkline.contacts.imports import Progress as HowFar
from trunkline.settings import Settings

Source = Annotated[
    str, typer.Option("--source", help="Whose list this is; a later file of the same source is its next state.")
]
ReplaceSource = Annotated[
    bool, typer.Option("--replace-source", help="Take out what the source had before and this file no longer names.")
]
Importer = Callable[[Any, Path, ImportOptions, Callable[[HowFar], None]], Coroutine[Any, Any, ImportReport]]


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="Bring contacts, spam numbers, lines, records, numbering ranges or calendars in from files.",
        no_args_is_help=True,
    )
    group.command("contacts")(contacts)
    group.command("spam")(spam)
    lines.add_to(group)
    mirror.add_to(group)
    numbering.add_to(group)
    calendar.add_to(group)
    application.add_typer(group, name="import")


def contacts(
    file: FileToRead,
    source: Source = DEFAULT_SOURCE,
    replace_source: ReplaceSource = False,
    dry_run: DryRun = False,
    report: Report = None,
    config: Config = None,
) -> None:
    """Bring in contacts; the columns are listed in docs/directory.md."""
    _import(import_contacts, file, ImportOptions(source, replace_source, dry_run, report), config)


def spam(
    file: FileToRead,
    source: Source = DEFAULT_SOURCE,
    replace_source: ReplaceSource = False,
    dry_run: DryRun = False,
    report: Report = None,
    config: Config = None,
) -> None:
    """Bring in spam numbers: a list with or without a header."""
    _import(import_spam, file, ImportOptions(source, replace_source, dry_run, report), config)


def _import(work: Importer, file: Path, options: ImportOptions, config: Path | None) -> None:
    settings = settings_of(config, level="warning")
    if options.report_path is None:
        path = problems_file(settings, file.stem)
        options = ImportOptions(options.source, options.replace_source, options.dry_run, path)
    report = run(_with_bar(work, file, options, settings))
    _tell(report, options)
    raise typer.Exit(0 if not report.refused else 2)


async def _with_bar(work: Importer, file: Path, options: ImportOptions, settings: Settings) -> ImportReport:
    async with database(settings, asks=options.dry_run) as pool:
        with bar(TextColumn("{task.fields[rows]} lines, {task.fields[refused]} refused")) as shown:
            task = shown.add_task(file.name, total=1.0, rows=0, refused=0)
            return await work(
                pool,
                file,
                options,
                lambda far: shown.update(task, completed=far.done, rows=far.rows, refused=far.refused),
            )


def _tell(report: ImportReport, options: ImportOptions) -> None:
    would = "would have been " if report.dry_run else ""
    stored = report.stored
    typer.echo(
        f"{report.source}: {stored.added} {would}added, {stored.changed} {would}changed, "
        f"{stored.unchanged} unchanged, {report.removed} {would}removed, "
        f"{report.refused} lines refused; {report.seconds:.1f} s"
    )
    if report.ignored_columns:
        typer.echo(f"Columns not used: {', '.join(report.ignored_columns)}")
    tell_problems(report.problems[:PROBLEMS_SHOWN])
    if report.problem_count:
        typer.echo(f"All {report.problem_count} problems: {options.report_path}")
