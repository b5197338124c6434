"""What every command shares: the settings named by `--config`, a database, and one way to end on an error."""

import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import asyncpg
import typer
import uvloop

from trunkline import log
from trunkline.db.migrate import migrate, require_current
from trunkline.db.pool import open_pool
from trunkline.db.types import Pool
from trunkline.embedded.borrowed import servers_running
from trunkline.errors import DatabaseUnfit, TrunklineError
from trunkline.servers import database_url, require_installation
from trunkline.settings import Settings, load

T = TypeVar("T")

Config = Annotated[
    Path | None,
    typer.Option("--config", envvar="TRUNKLINE_CONFIG", help="Settings file; what it leaves out keeps its default."),
]


def settings_of(config: Path | None, *, level: str | None = None, look: bool = False) -> Settings:
    """The settings, with logging set up; wrong ones end the command with every mistake, see `load`."""
    try:
        settings = load(config, os.environ, look=look)
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
    except BrokenPipeError:
        raise  # who read what we told has left (`| head`): typer ends the command without a word
    except OSError as error:
        fail(_told(error))


def _told(error: OSError) -> str:
    """`/etc/x: Permission denied`, without Python's number and quotation marks."""
    named = error.filename if isinstance(error.filename, str) else ""
    return f"{named}: {error.strerror}" if named and error.strerror else str(error)


def read_text(file: Path, option: str) -> str:
    """What `file` holds, or standard input for `-`; ends the command where it cannot be read."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(f"{option}: {file} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{option}: {file} is no text in UTF-8: save it as UTF-8")


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
    async with servers_running(settings), AsyncExitStack() as stack:
        url = database_url(settings)
        try:
            pool = await stack.enter_async_context(open_pool(url, size=4, application="trunkline-cli"))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseUnfit(_refusal(settings, url, error)) from error
        async with pool.acquire() as connection:
            await (require_current if asks else migrate)(connection)
        yield pool


def _refusal(settings: Settings, url: str, error: Exception) -> str:
    """Which database does not let us in, without its password, and where that is set."""
    reason = getattr(error, "strerror", None) or str(error) or "no answer in time"
    if not settings.database.url:
        return f"the database in {settings.data_dir} does not answer: {reason}; is `trunkline serve` just starting?"
    given = urlsplit(url)
    where = f"{given.hostname or 'localhost'}:{given.port or 5432}{given.path}"
    return f"the database {where} does not let us in: {reason}; look at database.url of the settings"


def is_terminal() -> bool:
    """Whether a person watches standard output."""
    return sys.stdout.isatty()
