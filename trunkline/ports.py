"""Whether the addresses of [listen] are free, before anything is started that would promise them, and then answer."""

import asyncio
import errno
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack

from trunkline.errors import Mistake, SettingsError
from trunkline.settings import Listen, host_and_port

_TRY_AGAIN_SECONDS = 0.1


async def require_free(listeners: Mapping[str, str]) -> None:
    """Raise SettingsError with every `host:port` of `listeners` (by setting) that cannot be listened on.

    Each is held until all were tried, so that one port named twice is found too.
    """
    loop = asyncio.get_running_loop()
    mistakes: list[Mistake] = []
    async with AsyncExitStack() as held:
        for setting, listener in listeners.items():
            try:
                server = await loop.create_server(asyncio.Protocol, *host_and_port(listener))
            except OSError as error:
                mistakes.append(unusable(setting, listener, error))
            else:
                held.callback(server.close)
    if mistakes:
        raise SettingsError(mistakes)


async def until_open(listeners: Iterable[str]) -> None:
    """Return once every `host:port` takes connections."""
    for listener in listeners:
        while True:
            try:
                _reader, writer = await asyncio.open_connection(*host_and_port(listener))
            except OSError:
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
            else:
                writer.close()
                break


def needed(listen: Listen) -> dict[str, str]:
    """Listeners without which `trunkline serve` does not serve; without FastAGI the question still answers."""
    return {"listen.question": listen.question, "listen.web": listen.web, "listen.public": listen.public}


def unusable(setting: str, listener: str, error: OSError) -> Mistake:
    """What is wrong with a listener, and what would be right."""
    if error.errno == errno.EADDRINUSE:
        return Mistake(setting, f"{listener} is taken by another program; stop that one, or name another port here")
    return Mistake(setting, f"cannot listen on {listener} ({error.strerror or error}); name an address of this machine")
