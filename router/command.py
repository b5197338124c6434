"""`trunkline test-call LINE`: where a call would go and why, without placing one; works with the database down."""

import os
import time
from typing import Annotated

import typer

from router.devices import NoDevices
from router.state import StateBook
from router.switchboard import Switchboard
from router.trial import A_STRANGER, read_moment, told
from trunkline.cli.context import Config, fail, settings_of
from trunkline.cli.why import language_of
from trunkline.directory.reader import Directory
from trunkline.errors import NotFound, TrunklineError
from trunkline.servers import require_installation
from trunkline.settings import Settings
from trunkline.web.i18n import LANGUAGES, Reader, Translations, gettext, reading

_PACKAGES = ("trunkline.calls", "router")


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command("test-call")(trial)


def trial(
    line: Annotated[str, typer.Argument(help="The called number as the PBX sends it, or an alias.", metavar="LINE")],
    caller: Annotated[
        str, typer.Option("--from", help="Who calls, in any spelling; somebody unknown when left out.")
    ] = A_STRANGER,
    at: Annotated[str, typer.Option("--at", help="2026-08-06T10:15, or 10:15 for today; now when left out.")] = "",
    language: Annotated[str, typer.Option("--language", help="en or ru; the terminal's when left out.")] = "",
    config: Config = None,
) -> None:
    """Tell where a call would go and why. Places no call and changes nothing."""
    if language and language not in LANGUAGES:
        fail(f"--language: {language!r} is none of {', '.join(LANGUAGES)}")
    settings = settings_of(config, level="error")
    with reading(Reader(language or language_of(os.environ)), Translations(_PACKAGES)):
        try:
            sentences = _story(settings, line, caller, at)
        except (TrunklineError, OSError) as error:
            fail(error)
    for sentence in sentences:
        typer.echo(sentence)


def _story(settings: Settings, line: str, caller: str, at: str) -> list[str]:
    folder = settings.data_dir / "directory"
    directory = Directory.open(folder)
    try:
        if directory.built_at == 0.0:
            require_installation(settings)
            reason = directory.fault or gettext("the worker writes it when `trunkline serve` runs for the first time")
            raise NotFound(
                gettext("there is no directory in %(folder)s to answer from: %(reason)s")
                % {"folder": folder, "reason": reason}
            )
        now = time.time()
        switchboard = Switchboard(directory, StateBook(settings.secret_box()), NoDevices())
        moment = read_moment(at, switchboard.zone, now) if at else now
        return list(told(switchboard, line, caller, moment, now))
    finally:
        directory.close()
