"""The embedded servers for one command: those of a running Trunkline, or started for as long as it lasts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from trunkline.embedded.ownership import owned
from trunkline.embedded.postgres import embedded_postgres
from trunkline.embedded.valkey import embedded_valkey
from trunkline.errors import AlreadyRunning
from trunkline.settings import Settings


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
