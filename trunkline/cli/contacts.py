"""`trunkline import contacts FILE`, and `trunkline import undo` to take an import back."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

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
from trunkline.contacts.child import look_at
from trunkline.contacts.imports import DEFAULT_SOURCE, ImportOptions, ImportReport, import_contacts
from trunkline.contacts.looking import Look, said_by, suggestion, told
from trunkline.contacts.maps import recall, remember
from trunkline.contacts.preview import Preview
from trunkline.contacts.runs import Kind, prune_runs
from trunkline.contacts.undo import Undoable, Undone, let_go, undo_import, undoable
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import uuid7
from trunkline.people.audit import Actor
from trunkline.settings import Settings

_ACTOR = Actor(None, "trunkline import undo", "command line")
_CHANGES_TOLD = 10

Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="COLUMN=FIELD, COLUMN by its heading or number; FIELD as in docs/directory.md, or empty."
    ),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line is a contact; columns by their numbers.")]
Import = Annotated[str, typer.Argument(help="The import's id; without one, those that can be undone are listed.")]


def add_to(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("contacts")(contacts)
    group.command("undo")(undo)


def contacts(
    file: FileToRead,
    source: Source = DEFAULT_SOURCE,
    replace_source: ReplaceSource = False,
    mapped: Mapped = None,
    no_header: NoHeader = False,
    dry_run: DryRun = False,
    report: Report = None,
    config: Config = None,
) -> None:
    """Bring in contacts; the columns are listed in docs/directory.md."""
    settings = settings_of(config, level="warning")
    options = ImportOptions(source, replace_source, dry_run, report or problems_file(settings, file.stem))
    result, identifier = run(_import(file, options, mapped or [], settings, header=not no_header))
    tell_import(result, options)
    if isinstance(result.preview, Preview):
        _tell_changes(result.preview)
    if identifier is not None:
        typer.echo(f"To take it back: trunkline import undo {identifier}")
    raise typer.Exit(0 if not result.refused else 2)


def undo(identifier: Import = "", config: Config = None) -> None:
    """Take back an import of contacts or spam numbers; what was changed since stays."""
    settings = settings_of(config, level="warning")
    if not identifier:
        _list(run(_undoable(settings)))
        return
    undone = run(_undo(identifier, settings))
    typer.echo(f"{undone.restored} are as before, {undone.taken_out} added ones are out again")
    if undone.left_count:
        typer.echo(f"{undone.left_count} were changed since and stay as they are:")
        for one in undone.left:
            typer.echo(f"  {one.id or ''} {one.name}{' (taken out since)' if one.gone else ''}")


async def _import(
    file: Path, options: ImportOptions, pairs: list[str], settings: Settings, *, header: bool
) -> tuple[ImportReport, UUID | None]:
    async with database(settings, asks=options.dry_run) as pool:
        seen = await look_at(file)
        look = said_by(seen, pairs, header=header) if pairs or not header else await _known(pool, seen)
        if look is not None:
            options = replace(options, layout=look.layout)
        with import_bar(file) as note:
            if options.dry_run:
                return await import_contacts(pool, file, options, note), None
            identifier = uuid7(time.time())
            report = await recorded(pool, file, Kind.CONTACTS, replace(options, run=identifier), settings.node, note)
        async with pool.acquire() as connection, connection.transaction():
            if look is not None:
                await remember(connection, look)
            await prune_runs(connection)
            await let_go(connection)
        return report, identifier


async def _known(pool: Pool, look: Look) -> Look | None:
    """The columns as such a file had them the last time; None where its headings say enough. Raises InvalidInput."""
    async with pool.acquire() as connection:
        known = await recall(connection, look)
    if known is not None and known.sure:
        used = ", ".join(f"{heading}={field}" for heading, _, field in known.shown if field)
        typer.echo(f"Columns as the last time: {used}", err=True)
        return known
    if look.sure:
        return None
    raise InvalidInput(
        Mistake("file", f"has no column for the number or none for the name; its columns are {told(look)}. "
                f"Say what they are, for example: {suggestion(look)}")
    )  # fmt: skip


async def _undoable(settings: Settings) -> list[Undoable]:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        return await undoable(connection)


async def _undo(identifier: str, settings: Settings) -> Undone:
    try:
        wanted = UUID(identifier)
    except ValueError:
        raise InvalidInput(
            Mistake("import", f"{identifier!r} is no id of an import; run it without one for a list")
        ) from None
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        return await undo_import(connection, wanted, _ACTOR, datetime.now(UTC))


def _list(found: list[Undoable]) -> None:
    if not found:
        typer.echo("There is no import that can be undone.")
    for one in found:
        typer.echo(
            f"{one.id}  {one.started_at:%Y-%m-%d %H:%M} UTC  {one.kind}  {one.source}  {one.file_name}: "
            f"{one.added} added, {one.changed} changed, {one.removed} removed"
        )


def _tell_changes(preview: Preview) -> None:
    for one in preview.changed[:_CHANGES_TOLD]:
        changes = "; ".join(
            f"{field} {_plain(one.before[field])} -> {_plain(one.after[field])}" for field in one.before
        )
        typer.echo(f"line {one.line}, {one.name}: {changes or 'comes back'}")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "-" if value in {None, ""} else str(value)
