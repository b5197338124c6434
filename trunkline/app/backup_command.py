"""`trunkline backup` and `trunkline restore`."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from crm_sync.standing_in import doubt_calls, signed_in
from recordings.backing_up import KeptSounds
from trunkline.backup.archive import Manifest, read_manifest
from trunkline.backup.keeping import key_in_place, told_of_keys
from trunkline.backup.putting_back import PutBack, absent, put_back
from trunkline.backup.run import backup, check_empty, restore
from trunkline.backup.told import told_of_absent, told_of_put_back, told_of_written
from trunkline.cli.context import Config, fail, run, settings_of
from trunkline.db.pool import open_pool
from trunkline.embedded.borrowed import servers_running
from trunkline.embedded.ownership import owned
from trunkline.errors import DatabaseUnfit
from trunkline.pbx.asterisk.process import KIND, RowUnusable, reach
from trunkline.pbx.store import list_pbxs
from trunkline.servers import database_url, require_installation
from trunkline.settings import Settings


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command("backup")(backup_command)
    application.command("restore")(restore_command)


def backup_command(
    file: Annotated[Path, typer.Argument(help="Where to write the backup, e.g. trunkline-2026-06-01.tar.")],
    with_key: Annotated[
        bool,
        typer.Option("--with-key", help="Put the key in as well: whoever has the file can then read every secret."),
    ] = False,
    with_recordings: Annotated[
        bool,
        typer.Option(
            "--with-recordings",
            help="Put the sound of recordings in as well. What is in a bucket stays there, and is listed.",
        ),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over FILE where there is one.", show_default=False)
    ] = False,
    config: Config = None,
) -> None:
    """Write everything in the database to one file, while Trunkline runs or not."""
    settings = settings_of(config, level="warning")
    if not file.resolve().parent.is_dir():
        fail(f"{file.resolve().parent} is not a folder")
    if file.exists() and not file.is_file():
        fail(f"{file.resolve()} is no file; name one to write the backup to")
    if file.exists() and not replace:
        fail(f"{file.resolve()} is there already; name another file, or write over it with --replace")
    run(_backup(settings, file.resolve(), with_key=with_key, with_recordings=with_recordings))


async def _backup(settings: Settings, file: Path, *, with_key: bool, with_recordings: bool = False) -> None:
    require_installation(settings)
    sounds = KeptSounds(settings)
    async with servers_running(settings):
        manifest, written = await backup(
            database_url(settings),
            file,
            settings.secret_key(),
            with_key=with_key,
            sounds=sounds,
            with_sounds=with_recordings,
        )
    rows = sum(manifest.tables.values())
    typer.echo(f"{file}: {rows:,} rows of {len(manifest.tables)} tables.")
    for line in told_of_written(manifest, written, settings.recordings_place, asked=with_recordings):
        typer.echo(line)
    if not with_key:
        typer.echo(
            f"Keep {settings.key_file} as well, in another place: "
            "without it the PBX and CRM passwords in the backup cannot be opened."
        )


def restore_command(
    file: Annotated[Path, typer.Argument(help="A file that `trunkline backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the database holds now.", show_default=False)
    ] = False,
    config: Config = None,
) -> None:
    """Fill the database from a backup. Trunkline must be stopped."""
    run(_restore(settings_of(config, level="warning"), file, replace=replace))


async def _restore(settings: Settings, file: Path, *, replace: bool) -> None:
    manifest = read_manifest(file)  # before anything is made or started for it
    with owned(settings.data_dir):
        pass
    with key_in_place(settings, file, manifest) as placed:
        url = database_url(settings)  # not before: it asks for the key, and makes one where there is none
        async with servers_running(settings):
            await check_empty(url, replace=replace)
            told = await _sounds_back(settings, file, manifest)
            await restore(url, file, replace=replace, then=[doubt_calls])
            reached, renewed = await _reached(settings), await _renewed(settings)
    # The directory was built from what the restore threw away; the worker builds it anew.
    shutil.rmtree(settings.data_dir / "directory", ignore_errors=True)
    for line in (*told_of_keys(settings, manifest, placed=placed), *told):
        typer.echo(line)
    typer.echo(f"Restored {sum(manifest.tables.values()):,} rows, as of {manifest.created_at}.")
    for line in (*_told_of_reached(reached), *_told_of_renewed(renewed, manifest)):
        typer.echo(line)


async def _sounds_back(settings: Settings, file: Path, manifest: Manifest) -> list[str]:
    """Before the database: what is cut is found out while nothing was thrown away, and a second run goes on."""
    if manifest.listed is None:
        return []
    sounds, lines, place = KeptSounds(settings), list[str](), settings.recordings_place
    if manifest.with_sounds and sounds.folder is not None:
        back: PutBack = await asyncio.to_thread(put_back, file, sounds.folder)
        lines += told_of_put_back(back, place)
    try:
        lines += told_of_absent(*await absent(file, sounds), place)
    except OSError as error:
        lines.append(f"Whether the recordings are in {place} could not be asked: {error}")
    return lines


def _told_of_reached(reached: Sequence[str]) -> Iterator[str]:
    if reached:
        yield (
            f"The next start connects to {', '.join(reached)}, as the original does. To keep it from one, first run "
            "`trunkline pbx add NAME --inactive` with its --host and other options as they were."
        )


def _told_of_renewed(names: Sequence[str], manifest: Manifest) -> Iterator[str]:
    """Only one installation may have a pair of tokens: each renewal voids the other's."""
    yield (
        "Start it only where the original is gone for good: two of them tell every call twice, and take each other's "
        "sign-ins. What may have been delivered since is looked for before it is sent."
    )
    if names:
        yield (
            f"The sign-in of {', '.join(names)} is of {manifest.created_at} and may have been renewed since: where "
            "Settings → CRM says that it has ended, press Connect anew there. Calls wait until then."
        )


async def _renewed(settings: Settings) -> list[str]:
    """CRMs whose sign-in may be another by now."""
    async with open_pool(database_url(settings), size=1, application="trunkline-cli") as pool:
        return await signed_in(pool)


async def _reached(settings: Settings) -> list[str]:
    """The PBXs the next start connects to, and where; none where the rows of an old version are not as ours.

    Whatever is wrong with the database, the restore was done, and the next start says it.
    """
    try:
        async with open_pool(database_url(settings), size=1, application="trunkline-cli") as pool:
            rows = [row for row in await list_pbxs(pool, KIND) if row.active]
    except (OSError, DatabaseUnfit, asyncpg.PostgresError):
        return []
    found = []
    for row in rows:
        with suppress(RowUnusable):
            address, _ = reach(row, settings.secret_box())
            found.append(f"{row.id} ({address.host}:{address.port})")
    return found
