"""`trunkline import calendar FILE…`: production calendars, a year a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, database, run, settings_of
from trunkline.directory.calendar_file import CalendarYear, read_calendar
from trunkline.directory.calendar_store import store_year
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor
from trunkline.settings import Settings


def add_to(application: typer.Typer) -> None:
    """Add this module's command to the group `import`."""
    application.command("calendar")(calendar)


def calendar(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of xmlcalendar, a year each.", exists=True, dir_okay=False, readable=True),
    ],
    config: Config = None,
) -> None:
    """Import production calendars; a file takes the place of what was known of its year and country."""
    settings = settings_of(config, level="warning")
    years = run(_import(settings, files))
    for year in years:
        kinds = [each.kind.value for each in year.days]
        told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("off", "short", "working"))
        typer.echo(f"{year.country} {year.year}: {told}, {len(year.refused)} refused")
        for mistake in year.refused:
            typer.echo(f"  {mistake}")
    raise typer.Exit(2 if any(year.refused for year in years) else 0)


async def _import(settings: Settings, files: list[Path]) -> list[CalendarYear]:
    """All files or, where one is no calendar, none."""
    years = [_read(file) for file in files]
    actor = Actor(None, "trunkline import calendar", "command line")
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        for year in years:
            await store_year(connection, year, actor, datetime.now(UTC))
    return years


def _read(file: Path) -> CalendarYear:
    try:
        return read_calendar(file.read_bytes())
    except InvalidInput as error:
        raise InvalidInput(*(Mistake(f"{file.name}: {each.path}", each.message) for each in error.mistakes)) from error
