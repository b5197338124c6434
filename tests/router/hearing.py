"""The scenario of test_hooks_accepted.py: hooks of several calls at once, each noted outside once it was answered."""

import asyncio
import os
from pathlib import Path
from typing import TextIO

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.fakes.zadarma import FakeCall, Sent
from tests.router.test_hooks import PATH
from trunkline.directory.reader import Directory
from trunkline.settings import load
from trunkline.spool import SpoolWriter

CALLS = 4
HOOKS = 3


async def hear(data_dir: str, answered: str) -> None:
    """Send; a call and its event are appended to the file `answered` once the answer has come."""
    settings = load(None, {"TRUNKLINE_DATA_DIR": data_dir, "TRUNKLINE_SECRETS_KEY": "ab" * 32})
    directory = Directory.open(Path(data_dir) / "directory")
    with (
        SpoolWriter(Path(data_dir) / "spool" / "question", cap_bytes=1 << 20) as spool,
        Path(answered).open("a", buffering=1) as notes,
    ):
        async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
            await asyncio.gather(*(_tell(client, f"in_{os.getpid()}_{number}", notes) for number in range(CALLS)))


async def _tell(client: TestClient[web.Request, web.Application], name: str, notes: TextIO) -> None:
    call = FakeCall(call=name)
    forged = Sent(call.rings("102").body, {"Signature": "other"})
    for event, sent, status in (("start", call.start_(), 200), ("rings", call.rings("101"), 200), ("x", forged, 403)):
        response = await client.post(PATH, data=sent.body, headers=dict(sent.headers))
        assert response.status == status
        await response.read()
        notes.write(f"{name}:{event}\n")
