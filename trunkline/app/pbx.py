"""The process `pbx`: hears every PBX and spools what they say."""

import asyncio

from trunkline.pbx.asterisk.process import run_pbx
from trunkline.settings import Settings


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Hear the PBXs until `stop`."""
    await run_pbx(settings, stop)
