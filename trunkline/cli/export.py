"""`trunkline export`: what a PBX keeps of us for the day we are silent."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, fail, settings_of
from trunkline.interpreter import PYTHON
from trunkline.pbx.asterisk.fallback import Format

app = typer.Typer(help="Files for others to read.", no_args_is_help=True)


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.add_typer(app, name="export")


@app.callback()
def export() -> None:
    """Files for others to read."""


@app.command("fallback")
def fallback(
    form: Annotated[
        Format, typer.Option("--format", help="A dialplan to include, or commands for Asterisk's own database.")
    ] = Format.dialplan,
    output: Annotated[Path | None, typer.Option(help="Write this file instead of standard output.")] = None,
    directory: Annotated[
        Path | None, typer.Option(help="Write both forms into this folder, as the worker does.")
    ] = None,
    config: Config = None,
) -> None:
    """Where calls go while Trunkline is silent: each line's queue, and known suppliers' departments."""
    if output is not None and directory is not None:
        fail("--output and --directory exclude each other")
    settings = settings_of(config, level="warning")
    arguments = [str(settings.data_dir), "--format", form.value]
    arguments += ["--output", str(output)] if output else []
    arguments += ["--directory", str(directory)] if directory else []
    os.execv(sys.executable, [*PYTHON, "-m", "trunkline.app.fallback", *arguments])  # noqa: S606
