"""`trunkline pbx recordings`: where this machine sees what a PBX recorded."""

from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.errors import NotFound
from trunkline.pbx.recorded import MONITOR, Folder, told_of
from trunkline.pbx.store import find_pbx, save_pbx
from trunkline.settings import Settings


def recordings(
    pbx: Annotated[str, typer.Argument(help="Its short name, e.g. office.", metavar="NAME")],
    *,
    seen: Annotated[Path | None, typer.Option(help="Where this machine has the PBX's folder of recordings.")] = None,
    at: Annotated[str, typer.Option(help="What the PBX calls that folder.")] = MONITOR,
    off: Annotated[bool, typer.Option("--off", help="Fetch no recordings of it any more.")] = False,
    config: Config = None,
) -> None:
    """Say where its recordings are, so that they are fetched; or, with --off, fetch them no longer.

    On another host: mount its folder, or copy it here every few minutes (docs/recordings.md).
    """
    settings = settings_of(config, level="warning")
    if off == (seen is not None):
        fail("say where its recordings are with --seen FOLDER, or --off")
    if seen is not None and not (seen.is_absolute() and seen.is_dir()):
        fail(f"--seen {seen}: there is no such folder; give its full path, e.g. {MONITOR}")
    if not at.startswith("/"):
        fail(f"--at {at}: give the full path the PBX has it under, e.g. {MONITOR}")
    run(_keep(settings, pbx, Folder(at, seen) if seen is not None else None))
    typer.echo(f"Recordings of {pbx} are fetched from {seen}." if seen else f"Recordings of {pbx} are not fetched.")


async def _keep(settings: Settings, pbx: str, folder: Folder | None) -> None:
    async with database(settings) as pool:
        row = await find_pbx(pool, pbx)
        if row is None:
            raise NotFound(f"there is no PBX named {pbx}; trunkline pbx list names them")
        kept = row.settings | told_of(folder)
        box = settings.secret_box()
        await save_pbx(pool, box, pbx=pbx, name=row.name, kind=row.kind, settings=kept, active=row.active)
