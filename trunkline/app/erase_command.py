"""`trunkline erase`: a telephone number out of everything Trunkline keeps, with a proof."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from recordings.erasing import forget_of_calls
from recordings.vault import vault_of
from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.embedded.borrowed import servers_running
from trunkline.erasing.erasing import Eraser, erase, look, number_of
from trunkline.erasing.proof import told_of_counts
from trunkline.erasing.proofs import newest
from trunkline.people.audit import Actor
from trunkline.servers import require_installation, valkey
from trunkline.settings import Settings

_ACTOR = Actor(None, "trunkline", "command line")
_MOST = 50


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command("erase")(erase_command)


def erase_command(
    number: Annotated[str, typer.Argument(help="The number, in any spelling; without it, the last proofs.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase. Without it only tell what would go, by table.", show_default=False)
    ] = False,
    proof: Annotated[
        Path | None, typer.Option("--proof", help="Where to write the proof as JSON, too.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Erase a telephone number and what is linked to it everywhere; there is no way back but a backup."""
    settings = settings_of(config, level="warning")
    if proof is not None and proof.exists():
        fail(f"{proof} is there already; name another file for the proof")
    if proof is not None and not (yes and number):
        fail("--proof is of an erasure: name the number, and say --yes")
    if not number:
        run(_list(settings))
    else:
        run(_erase(settings, number, proof) if yes else _look(settings, number))


async def _list(settings: Settings) -> None:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        for one in await newest(connection, _MOST):
            typer.echo("\n".join((*one.lines(), "")))


async def _look(settings: Settings, text: str) -> None:
    number = number_of(text)
    async with _opened(settings) as eraser:
        counts = await look(eraser, number)
    typer.echo("Would go, by rows that hold the number, and what is linked to it goes with them:")
    typer.echo("\n".join(told_of_counts(counts)))
    typer.echo("Nothing was changed. Erase it with --yes; make a backup before, for there is no way back.")


async def _erase(settings: Settings, text: str, file: Path | None) -> None:
    number = number_of(text)
    async with _opened(settings) as eraser:
        proof = await erase(eraser, number, _ACTOR, datetime.now(UTC))
    if file is not None:
        await asyncio.to_thread(file.write_bytes, proof.document())
    typer.echo("\n".join(proof.lines()))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Eraser]:
    """Beside a running Trunkline or a stopped one, whose servers then run for as long as this does."""
    require_installation(settings)
    async with servers_running(settings, valkey=True), database(settings, asks=True) as pool:
        redis = valkey(settings)
        try:
            sounds = partial(forget_of_calls, pool, vault_of(settings))
            yield Eraser(pool, redis, settings.secret_box(), settings.data_dir, sounds)
        finally:
            await redis.aclose()
