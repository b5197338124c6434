"""What every command shares: the settings named by `--config`, a database, and one way to end on an error."""

import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop

from trunkline import log
from trunkline.db.migrate import migrate, require_current
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.borrowed import servers_running
from trunkline.errors import TrunklineError
from trunkline.servers import database_url, require_installation
from trunkline.settings import Settings, load

T = TypeVar("T")

Config = Annotated[
    Path | None,
    typer.Option("--config", envvar="TRUNKLINE_CONFIG", help="Settings file; what it leaves out keeps its default."),
]


def settings_of(config: Path | None, *, level: str | None = None) -> Settings:
    """The settings, with logging set up; wrong ones end the command with every mistake."""
    try:
        settings = load(config, os.environ)
    except TrunklineError as error:
        fail(error)
    log.configure(level or settings.log.level, settings.log.format, mask_numbers=settings.log.mask_numbers)
    return settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; an error that Trunkline foresaw is told in words, without a traceback."""
    try:
        return uvloop.run(work)
    except TrunklineError as error:
        fail(error)
    except OSError as error:
        fail(error)


def fail(error: Exception | str) -> NoReturn:
    """End the command with status 1 and `error` in words."""
    raise SystemExit(f"trunkline: {error}")


@asynccontextmanager
async def database(settings: Settings, *, asks: bool = False) -> AsyncIterator[Pool]:
    """A pool on the migrated database, whose server is started for the command when none runs.

    A command that only `asks` makes no installation and changes no schema; it raises NotFound, DatabaseUnfit instead.
    """
    if asks:
        require_installation(settings)
    url = database_url(settings)
    async with servers_running(settings), open_pool(url, size=4, application="trunkline-cli") as pool:
        async with pool.acquire() as connection:
            await (require_current if asks else migrate)(connection)
        yield pool


def is_terminal() -> bool:
    """Whether a person watches standard output."""
    return sys.stdout.isatty()
