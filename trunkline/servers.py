"""Where the database and Valkey are: the settings' own servers, or the embedded ones of the data directory."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import database_url as embedded_database_url
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey, valkey_url
from trunkline.errors import AlreadyRunning
from trunkline.settings import Settings


def database_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.database.url or embedded_database_url(settings.data_dir, settings.secret_key())


def redis_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.redis.url or valkey_url(settings.data_dir)


@asynccontextmanager
async def servers_running(settings: Settings, *, valkey: bool = False) -> AsyncIterator[None]:
    """For one command: use the servers of a running Trunkline, or start them for as long as the command lasts."""
    async with AsyncExitStack() as stack:
        if not (settings.database.url and (settings.redis.url or not valkey)):
            try:
                stack.enter_context(owned(settings.data_dir))
            except AlreadyRunning:
                yield
                return
            if not settings.database.url:
                await stack.enter_async_context(embedded_postgres(settings.data_dir, settings.secret_key()))
            if valkey and not settings.redis.url:
                await stack.enter_async_context(embedded_valkey(settings.data_dir))
        yield
