"""`trunkline import lines FILE`."""

import os
from datetime import UTC, datetime
from pathlib import Path

import typer

from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.importing import DryRun, FileToRead, tell_problems
from trunkline.cli.why import language_of
from trunkline.lines.imports import LinesReport, import_lines
from trunkline.people.audit import Actor
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading

_ACTOR = Actor(None, "trunkline import", "command line")


def add_to(group: typer.Typer) -> None:
    """Add this module's command to `trunkline import`."""
    group.command("lines")(lines)


def lines(file: FileToRead, dry_run: DryRun = False, config: Config = None) -> None:
    """Bring in our own numbers; the columns are listed in docs/lines.md. Ends with 2 where a row was refused."""
    settings = settings_of(config, level="warning")
    with reading(Reader(language_of(os.environ)), Translations(("trunkline.lines",))):
        report = run(_import(settings, file, dry_run=dry_run))
    would = "would have been " if report.dry_run else ""
    typer.echo(
        f"{report.added} {would}added, {report.changed} {would}changed, {report.unchanged} unchanged, "
        f"{report.refused} rows refused"
    )
    if report.ignored_columns:
        typer.echo(f"Columns not used: {', '.join(report.ignored_columns)}")
    tell_problems(report.problems)
    raise typer.Exit(2 if report.refused else 0)


async def _import(settings: Settings, file: Path, *, dry_run: bool) -> LinesReport:
    async with database(settings, asks=dry_run) as pool:
        return await import_lines(pool, file, _ACTOR, datetime.now(UTC), dry_run=dry_run)
