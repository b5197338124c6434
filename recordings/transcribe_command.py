"""`trunkline transcribe`: what a file says; or, with --again, the recordings that a new model is to write down."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from recordings.policy import Rule
from recordings.prober import NoSound, Prober
from recordings.speech.models import Model, usable, why_none
from recordings.speech.transcriber import NotWrittenDown, Transcriber
from recordings.transcript import Transcript
from recordings.transcript_files import as_json, as_text, as_vtt
from recordings.wanting import want_again
from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.linechild import ChildFailed
from trunkline.settings import Settings


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command()(transcribe)


def transcribe(
    file: Annotated[Path | None, typer.Argument(help="A file that holds speech.", metavar="[FILE]")] = None,
    *,
    model: Annotated[str, typer.Option(help="A name of `trunkline models`; the one that is used when left out.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Words with their times, for programs.")] = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Subtitles.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Have recordings written down that the present model has not.")
    ] = False,
    since: Annotated[
        datetime | None, typer.Option(help="With --again: only those found since that day.", formats=["%Y-%m-%d"])
    ] = None,
    config: Config = None,
) -> None:
    """Write down what FILE says. Two tracks are two sides; the sound stays on this machine.

    With --again no file is read: recordings whose text is by another model than the one used now, or that have none
    though the rules want it, are queued; their words stay until there are new ones.
    """
    settings = settings_of(config, level="warning")
    if again == (file is not None) or (since is not None and not again) or (json and vtt):
        fail("give a FILE with --json, --vtt or neither; or --again, with --since or without")
    chosen = chosen_model(settings, model)
    if file is None:
        moment = since.replace(tzinfo=ZoneInfo(settings.web.timezone)) if since else datetime.min.replace(tzinfo=UTC)
        wanted = run(_again(settings, chosen, moment))
        typer.echo(f"{wanted} recordings are to be written down with {chosen.name}.")
        return
    if not file.is_file():
        fail(f"{file}: there is no such file")
    with _bar(file.name) as tell:
        transcript = run(written_down(chosen, file.resolve(), tell))
    typer.echo((as_json if json else as_vtt if vtt else as_text)(transcript), nl=False)


def chosen_model(settings: Settings, name: str) -> Model:
    """The model named, or the one of the settings; ends the command where there is none."""
    wanted = name or settings.recordings.text_model
    model = usable(settings.models_dir, wanted)
    if model is None:
        fail(why_none(settings.models_dir, wanted))
    return model


async def written_down(model: Model, file: Path, tell: Callable[[float, float], None]) -> Transcript:
    """What the file says; `tell` is told how many of how many seconds of tracks were heard."""
    async with Prober() as prober, Transcriber() as transcriber:
        try:
            sound = await prober.probe(file, file.name)
            tracks = 2 if sound.channels == 2 else 1
            return await transcriber.write_down(
                model, file, file.name, sound.channels, lambda heard: tell(heard, sound.seconds * tracks)
            )
        except (NoSound, NotWrittenDown, ChildFailed) as error:
            fail(f"{file}: {error}")


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float, float], None]]:
    """On standard error, where a person watches; the words go to standard output."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        yield lambda heard, whole: progress.update(task, completed=heard, total=max(heard, whole))


async def _again(settings: Settings, model: Model, since: datetime) -> int:
    rules = tuple(map(Rule.read, settings.recordings.text))
    async with database(settings) as pool:
        return await want_again(pool, PgQueuerJobs(pool, None), rules, model.name, since)
