"""The group `trunkline import`, and `trunkline import spam FILE`."""

import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import typer

from trunkline.cli import calendar, contacts, lines, mirror, numbering
from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.importing import (
    DryRun,
    FileToRead,
    ReplaceSource,
    Report,
    Source,
    import_bar,
    problems_file,
    recorded,
    tell_import,
)
from trunkline.contacts.imports import DEFAULT_SOURCE, ImportOptions, ImportReport, import_spam
from trunkline.contacts.runs import Kind, prune_runs
from trunkline.contacts.undo import let_go
from trunkline.ids import uuid7
from trunkline.settings import Settings


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="Bring contacts, spam numbers, lines, records, numbering ranges or calendars in from files.",
        no_args_is_help=True,
    )
    contacts.add_to(group)
    group.command("spam")(spam)
    lines.add_to(group)
    mirror.add_to(group)
    numbering.add_to(group)
    calendar.add_to(group)
    application.add_typer(group, name="import")


def spam(
    file: FileToRead,
    source: Source = DEFAULT_SOURCE,
    replace_source: ReplaceSource = False,
    dry_run: DryRun = False,
    report: Report = None,
    config: Config = None,
) -> None:
    """Bring in spam numbers: a list with or without a header."""
    settings = settings_of(config, level="warning")
    options = ImportOptions(source, replace_source, dry_run, report or problems_file(settings, file.stem))
    result, identifier = run(_import(file, options, settings))
    tell_import(result, options)
    if identifier is not None:
        typer.echo(f"To take it back: trunkline import undo {identifier}")
    raise typer.Exit(0 if not result.refused else 2)


async def _import(file: Path, options: ImportOptions, settings: Settings) -> tuple[ImportReport, UUID | None]:
    async with database(settings, asks=options.dry_run) as pool:
        with import_bar(file) as note:
            if options.dry_run:
                return await import_spam(pool, file, options, note), None
            identifier = uuid7(time.time())
            report = await recorded(pool, file, Kind.SPAM, replace(options, run=identifier), settings.node, note)
        async with pool.acquire() as connection, connection.transaction():
            await prune_runs(connection)
            await let_go(connection)
        return report, identifier
