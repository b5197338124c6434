"""The scenario of test_hooks_accepted.py: hooks of several calls at once, each noted outside once it was answered."""

import asyncio
import os
from pathlib import Path
from typing import TextIO

from aiohttp import ClientSession

from router.wiring import build_question_app
from tests.fakes.zadarma import FakeCall, Sent
from tests.router.test_hooks import PATH
from tests.router.ways import served
from trunkline.directory.reader import Directory
from trunkline.settings import load
from trunkline.spool import SpoolWriter

CALLS = 4
HOOKS = 3


async def hear(data_dir: str, answered: str, way: str) -> None:
    """Send by the `short` way or to `aiohttp`; call and event are appended to the file `answered` once answered."""
    settings = load(None, {"TRUNKLINE_DATA_DIR": data_dir, "TRUNKLINE_SECRETS_KEY": "ab" * 32})
    directory = Directory.open(Path(data_dir) / "directory")
    with (
        SpoolWriter(Path(data_dir) / "spool" / "question", cap_bytes=1 << 20) as spool,
        Path(answered).open("a", buffering=1) as notes,
    ):
        async with served(build_question_app(settings, directory, spool)) as ways, ClientSession() as session:
            url = f"http://127.0.0.1:{ways.short if way == 'short' else ways.aiohttp}{PATH}"
            names = [f"in_{os.getpid()}_{number}" for number in range(CALLS)]
            await asyncio.gather(*(_tell(session, url, name, notes) for name in names))
            assert bool(ways.lanes.open) == (way == "short")


async def _tell(session: ClientSession, url: str, name: str, notes: TextIO) -> None:
    call = FakeCall(call=name)
    forged = Sent(call.rings("102").body, {"Signature": "other"})
    for event, sent, status in (("start", call.start_(), 200), ("rings", call.rings("101"), 200), ("x", forged, 403)):
        response = await session.post(url, data=sent.body, headers=dict(sent.headers))
        assert response.status == status
        await response.read()
        notes.write(f"{name}:{event}\n")
