"""`trunkline plan`: the routing plan as a file; checked, taken as the draft, written out."""

import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from router.planning.checking import mistakes_in
from router.planning.files import FORMS, read_file, write_file
from router.planning.forms import Body
from router.planning.store import SQL, ChangedMeanwhile, current_draft, plan_in_force, published_plan, save_draft
from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.cli.why import language_of
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, TrunklineError
from trunkline.people.audit import Actor
from trunkline.settings import Settings
from trunkline.web.i18n import Reader, Translations, reading

app = typer.Typer(help="The routing plan as a file: export, check, import.", no_args_is_help=True)
_PACKAGES = ("router", "router.planning")

FileToRead = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .toml or .json file.")]


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.add_typer(app, name="plan")


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="Where to write; standard output else.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Which plan; the one in force else.")] = None,
    form: Annotated[str, typer.Option(help="toml or json; the file's name tells it too.")] = "",
    config: Config = None,
) -> None:
    """Write a published plan as TOML or JSON."""
    chosen = form or (file.suffix.lstrip(".").lower() if file else "") or "toml"
    if chosen not in FORMS:
        fail(f"{chosen!r} is none of {', '.join(FORMS)}")
    text = write_file(run(_published(settings_of(config, level="warning"), version)), chosen)
    if file is None:
        sys.stdout.write(text)
    else:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            fail(error)


@app.command("check")
def check(file: FileToRead, config: Config = None) -> None:
    """Tell every mistake in a file; ends with 1 if there is any."""
    _try(file, _mistakes, config)
    typer.echo(f"{file.name} is a plan.")


@app.command("import")
def import_(file: FileToRead, config: Config = None) -> None:
    """Take a file as the draft; it is looked at and published on /plan."""
    _try(file, _import, config)
    typer.echo("The file is the draft now. Look at what it changes, and publish it, on /plan/draft.")


def _try(
    file: Path, work: Callable[[Settings, Body], Coroutine[Any, Any, Sequence[Mistake]]], config: Path | None
) -> None:
    """Do `work` with the plan in `file`; where anything is wrong with it, tell every mistake and end with 1."""
    settings = settings_of(config, level="warning")
    with reading(Reader(language_of(os.environ)), Translations(_PACKAGES)):
        try:
            body = read_file(file.name, file.read_bytes())
        except (InvalidInput, OSError) as error:
            fail(error)
        mistakes = run(work(settings, body))
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes:
        raise typer.Exit(1)


async def _published(settings: Settings, version: int | None) -> Body:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        found = await (plan_in_force(connection) if version is None else published_plan(connection, version))
    if not found.version:
        raise TrunklineError("no plan is published yet")
    return found.body


async def _mistakes(settings: Settings, body: Body) -> list[Mistake]:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        return mistakes_in(body, await _queues(connection))


async def _import(settings: Settings, body: Body) -> list[Mistake]:
    actor = Actor(None, "trunkline plan import", "command line")
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        if mistakes := mistakes_in(body, await _queues(connection)):
            return mistakes
        try:
            await save_draft(connection, body, await current_draft(connection), actor, datetime.now(UTC))
        except ChangedMeanwhile as error:
            raise TrunklineError(f"{error}: run the command again") from error
    return []


async def _queues(connection: Connection) -> list[str]:
    return [row["id"] for row in await connection.fetch(SQL["queues"])]
