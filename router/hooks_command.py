"""`trunkline pbx replay FILE`: recorded webhooks of a hosted PBX met again, without doing anything."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from router.devices import NoDevices
from router.hook_doors import Door, Doors
from router.hooks_replay import Replayed, calls_told, read_recording, replay
from router.state import StateBook
from router.switchboard import Switchboard
from trunkline.cli.context import Config, fail, read_text, settings_of
from trunkline.cli.pbx import app
from trunkline.directory.reader import Directory
from trunkline.errors import NotFound, TrunklineError
from trunkline.settings import Settings


def add_to(_: typer.Typer) -> None:
    """Add this module's command to `trunkline pbx`."""
    app.command("replay")(replay_file)


def replay_file(
    file: Annotated[
        Path, typer.Argument(help="Recorded requests, JSON a line, as `pbx hooks` writes; - for standard input.")
    ],
    pbx: Annotated[str, typer.Option("--pbx", help="The PBX they came to: its settings and the plan answer.")],
    config: Config = None,
) -> None:
    """Tell what recorded webhooks would be answered, and what calls they tell. Keeps nothing and answers nobody."""
    settings = settings_of(config, level="error")
    try:
        for line in _told(settings, pbx, read_text(file, "FILE")):
            typer.echo(line)
    except (TrunklineError, OSError) as error:
        fail(error)


def _told(settings: Settings, pbx: str, text: str) -> Iterator[str]:
    directory = Directory.open(settings.data_dir / "directory")
    try:
        box = settings.secret_box()
        door = Doors(directory.head, box).of(pbx)
        if door is None:
            raise NotFound(f"there is no PBX in the cloud named {pbx} that is in use; trunkline pbx list names them")
        switchboard = Switchboard(directory, StateBook(box), NoDevices())
        replayed = _replayed(door, text, switchboard)
        yield from (_line(one) for one in replayed)
        yield ""
        yield from calls_told(replayed)
    finally:
        directory.close()


def _replayed(door: Door, text: str, switchboard: Switchboard) -> Sequence[Replayed]:
    return list(replay(read_recording(text), door.provider, door.account, switchboard, time.time()))


def _line(one: Replayed) -> str:
    at = f"{datetime.fromtimestamp(one.request.received / 1e6, UTC):%Y-%m-%d %H:%M:%S}" if one.request.received else ""
    decided = (
        f"; {one.decision.rule}: {one.decision.action.value} {one.decision.target}".rstrip() if one.decision else ""
    )
    answered = f"; answers {one.answered}" if one.answered else ""
    return f"{at} {one.name or '?'} {one.call} [{one.verdict}]{decided}{answered}; steps: {len(one.steps)}".lstrip()
