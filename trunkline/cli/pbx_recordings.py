"""`trunkline pbx recordings`: where this machine sees what a PBX recorded, or how its provider is asked for it."""

from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, database, fail, read_text, run, settings_of
from trunkline.errors import InvalidInput, NotFound
from trunkline.pbx.linked import KEPT_AS, LinkById, check_link, told_of_link
from trunkline.pbx.recorded import MONITOR, Folder, told_of
from trunkline.pbx.store import find_pbx, save_link, save_pbx
from trunkline.settings import Settings


def recordings(
    pbx: Annotated[str, typer.Argument(help="Its short name, e.g. office.", metavar="NAME")],
    *,
    seen: Annotated[Path | None, typer.Option(help="Where this machine has the PBX's folder of recordings.")] = None,
    at: Annotated[str, typer.Option(help="What the PBX calls that folder.")] = MONITOR,
    link: Annotated[
        str, typer.Option(help="Of a provider: the address that answers with the link to recording {id}.")
    ] = "",
    link_at: Annotated[
        str, typer.Option(help="Where in its answer the link stands, e.g. /data/link; left out: it answers the sound.")
    ] = "",
    link_header: Annotated[str, typer.Option(help="The header that it wants a secret in, e.g. X-API-Key.")] = "",
    link_secret_file: Annotated[
        Path | None, typer.Option(help="File with that secret, - for standard input; left out: the one that it has.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Fetch no recordings of it any more.")] = False,
    config: Config = None,
) -> None:
    """Say where its recordings are, so that they are fetched; or, with --off, fetch them no longer.

    On another host: mount its folder, or copy it here every few minutes. Of a provider: how it is asked for the link to
    a recording by the recording's id (docs/recordings.md).
    """
    settings = settings_of(config, level="warning")
    if [off, seen is not None, bool(link)].count(True) != 1:
        fail("say where its recordings are with --seen FOLDER or --link ADDRESS, or --off")
    if link:
        secret = read_text(link_secret_file, "--link-secret-file").strip() if link_secret_file else ""
        run(_keep_link(settings, pbx, _link(LinkById(link, link_at, link_header), secret), secret))
        typer.echo(f"Recordings of {pbx} are asked for by their ids.")
        return
    if link_at or link_header or link_secret_file:
        fail("--link-at, --link-header and --link-secret-file go with --link")
    if seen is not None and not (seen.is_absolute() and seen.is_dir()):
        fail(f"--seen {seen}: there is no such folder; give its full path, e.g. {MONITOR}")
    if not at.startswith("/"):
        fail(f"--at {at}: give the full path the PBX has it under, e.g. {MONITOR}")
    run(_keep(settings, pbx, Folder(at, seen) if seen is not None else None))
    typer.echo(f"Recordings of {pbx} are fetched from {seen}." if seen else f"Recordings of {pbx} are not fetched.")


def _link(link: LinkById, secret: str) -> LinkById:
    """As it was given; ends the command where it cannot be used."""
    try:
        check_link(link)
    except InvalidInput as error:
        names = {"link": "--link", "at": "--link-at", "header": "--link-header"}
        fail("; ".join(f"{names[mistake.path]} {mistake.message}" for mistake in error.mistakes))
    if secret and not (link.header and secret.isprintable()):
        fail("--link-secret-file: must hold one line, which --link-header carries")
    return link


async def _keep_link(settings: Settings, pbx: str, link: LinkById, secret: str) -> None:
    async with database(settings) as pool:
        row = await find_pbx(pool, pbx)
        if row is None:
            raise NotFound(f"there is no PBX named {pbx}; trunkline pbx list names them")
        told, secrets = told_of_link(link), {KEPT_AS: secret} if secret else {}
        box, place = settings.secret_box(), {"pbx": pbx, "name": row.name, "kind": row.kind}
        await save_link(pool, box, row, **place, link=told, secrets=secrets, active=row.active)


async def _keep(settings: Settings, pbx: str, folder: Folder | None) -> None:
    async with database(settings) as pool:
        row = await find_pbx(pool, pbx)
        if row is None:
            raise NotFound(f"there is no PBX named {pbx}; trunkline pbx list names them")
        kept = row.settings | told_of(folder) | ({} if folder else told_of_link(None))
        box = settings.secret_box()
        await save_pbx(pool, box, pbx=pbx, name=row.name, kind=row.kind, settings=kept, active=row.active)
