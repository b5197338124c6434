"""`trunkline serve`, `migrate` and `check-config`."""

import asyncio
import os
import signal
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trunkline import __version__
from trunkline.background import running
from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.people import tell_first_administrator
from trunkline.interpreter import PYTHON
from trunkline.settings import Settings
from trunkline.settings_checks import notes_on
from trunkline.supervise import Supervisor, tunnel_hint


class ProcessName(StrEnum):
    """Processes that may run alone on a machine (design §1.8)."""

    question = "question"
    web = "web"
    pbx = "pbx"
    worker = "worker"


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("serve")(serve)
    application.command("migrate")(migrate_command)
    application.command("check-config")(check_config)
    application.command("version")(version)


def serve(
    process: Annotated[
        ProcessName | None, typer.Argument(help="Run this one process only, e.g. on a second machine.")
    ] = None,
    config: Config = None,
    listen: Annotated[
        str | None,
        typer.Option("--listen", help="Serve the pages on this host:port, e.g. 0.0.0.0:8080."),
    ] = None,
) -> None:
    """Run Trunkline: its servers (unless settings name others) and its processes, until Ctrl-C or SIGTERM."""
    if listen:
        os.environ["TRUNKLINE_LISTEN_WEB"] = listen
    settings = settings_of(config)
    arguments = ["--config", str(config)] if config else []
    if process is not None:
        os.execv(sys.executable, [*PYTHON, "-m", "trunkline.app", process.value, *arguments])  # noqa: S606
    run(_supervise(settings, arguments))


async def _supervise(settings: Settings, arguments: list[str]) -> None:
    supervisor = Supervisor(settings, arguments)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, supervisor.stop)
    async with running({"first_administrator": partial(tell_first_administrator, settings)}):
        await supervisor.run(lambda: tell_where(settings))


def tell_where(settings: Settings, *more: str) -> None:
    """Say where the pages are, and how to reach them, and what listens on `more`, on a machine without a screen."""
    typer.echo(f"Trunkline {__version__} serves its pages on http://{settings.listen.web}")
    typer.echo(f"PBXs ask on http://{settings.listen.question}/router/v1/route")
    if hint := tunnel_hint((settings.listen.web, *more), os.environ):
        typer.echo(f"From your own computer: {hint}")


def migrate_command(config: Config = None) -> None:
    """Bring the database to this version's schema."""
    settings = settings_of(config, level="warning")
    run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    async with database(settings):
        typer.echo("The database has this version's schema.")


def check_config(config: Config = None) -> None:
    """Read the settings and say what is wrong with them, all of it.

    A `note` is advice: Trunkline starts all the same, and it ends with 0.
    """
    settings = settings_of(config, level="warning", look=True)
    notes = notes_on(
        card_outside=settings.web.card_outside,
        public_url=settings.public_url,
        s3_endpoint=settings.recordings.s3_endpoint,
    )
    for note in notes:
        typer.echo(f"note: {note}")
    source = Path(config) if config else "the defaults"
    places = f"Data goes to {settings.data_dir}, recordings to {settings.recordings_place}"
    typer.echo(f"{source}: fine. {places}, pages to http://{settings.listen.web}")


def version() -> None:
    """Print the version."""
    typer.echo(__version__)
