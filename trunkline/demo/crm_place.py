"""Where the demo's CRM stands: its file, its port, and its place among Trunkline's CRMs."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Final
from zoneinfo import ZoneInfo

from trunkline.background import running
from trunkline.demo.crm import PORT, Crm, Poster
from trunkline.demo.crm_book import Book
from trunkline.demo.loopback import serve_on_loopback
from trunkline.demo.words import load_words
from trunkline.log import get_logger
from trunkline.settings import Settings

log = get_logger(__name__)

Join = Callable[[Settings, str, str], Awaitable[str | None]]
"""Connects the CRM at an address by a secret both know; where it posts its records, None where it is not reached."""
_FILE: Final = "demo-crm.sqlite"


@asynccontextmanager
async def serving_crm(settings: Settings, join: Join) -> AsyncIterator[str]:
    """The company's CRM, connected where the settings let us reach it; its address."""
    secret = settings.secret_box().sign("demo crm", b"").hex()
    with closing(Book(settings.data_dir / _FILE, load_words(), ZoneInfo(settings.web.timezone))) as book:
        runner, address = await serve_on_loopback(Crm(book, secret.encode(), settings.public_url).app(), PORT)
        try:
            hooks = await join(settings, f"{address}/", secret)
            if hooks is None:
                remedy = 'name "127.0.0.1" in [web] webhook_private_addresses'
                log.warning("demo_crm_not_connected", address=address, remedy=remedy)
                yield address
                return
            async with running({"demo-crm": Poster(book, address, hooks, time.time()).run}):
                yield address
        finally:
            await runner.cleanup()
