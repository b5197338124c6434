"""`trunkline test-call LINE`: where a call would go and why, without placing one; works with the database down."""

import os
import sys
from typing import Annotated

import typer

from trunkline.cli.context import Config, fail
from trunkline.cli.why import language_of
from trunkline.web.i18n import LANGUAGES


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command("test-call")(trial)


def trial(
    line: Annotated[str, typer.Argument(help="The called number as the PBX sends it, or an alias.", metavar="LINE")],
    caller: Annotated[
        str, typer.Option("--from", help="Who calls, in any spelling; somebody unknown when left out.")
    ] = "",
    at: Annotated[str, typer.Option("--at", help="2026-08-06T10:15, or 10:15 for today; now when left out.")] = "",
    language: Annotated[str, typer.Option("--language", help="en or ru; the terminal's when left out.")] = "",
    config: Config = None,
) -> None:
    """Tell where a call would go and why. Places no call and changes nothing."""
    if language and language not in LANGUAGES:
        fail(f"--language: {language!r} is none of {', '.join(LANGUAGES)}")
    arguments = [f"--language={language or language_of(os.environ)}"]
    arguments += [f"--from={caller}"] if caller else []
    arguments += [f"--at={at}"] if at else []
    arguments += [f"--config={config}"] if config else []
    # The rules are a feature's: only the composition root, a process of its own, may load them.
    os.execv(sys.executable, [sys.executable, "-m", "trunkline.app.trial", *arguments, "--", line])  # noqa: S606
