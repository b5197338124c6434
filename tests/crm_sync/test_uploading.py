"""A recording on its way into a portal: hours of it leave from the disk, and its address stays a secret."""

import tracemalloc
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.record import ATTACH_RECORD
from crm_sync.bitrix24.uploading import Uploads
from crm_sync.store import find_connector
from tests.crm_sync.portal_client import serving
from tests.crm_sync.scene import Scene

SECRET = "telephony-0123456789abcdef"
HOURS = 64 << 20
"""Bytes: two hours of MP3 on two tracks."""


async def attach(scene: Scene, upload: Handler, path: Path) -> str:
    """By a portal that has the file sent to `upload`."""
    place: list[str] = []

    async def asked(_request: web.Request) -> web.Response:
        return web.json_response({"result": {"uploadUrl": f"{place[0]}up?token={SECRET}", "fieldName": "file"}})

    async with serving({f"/rest/{ATTACH_RECORD}.json": asked, "/up": upload}) as url, scene.portals() as portals:
        place.append(url)
        await scene.pool.execute("update crm_tokens set endpoint = $1", f"{url}rest/")
        await scene.pool.execute("update crm_connectors set portal = $1", url.rstrip("/"))
        async with scene.pool.acquire() as connection:
            known = await find_connector(connection, scene.connector)
        return await Uploads(portals).attach(known, "externalCall.1", "call.mp3", path)


async def test_hours_of_sound_are_sent_from_the_disk(scene: Scene, tmp_path: Path) -> None:
    """With their length, which not every server does without."""
    sound, got = tmp_path / "sound.mp3", {"bytes": 0, "told": 0}
    with sound.open("wb") as file:
        file.truncate(HOURS)

    async def upload(request: web.Request) -> web.Response:
        got["told"] = request.content_length or 0
        async for chunk in request.content.iter_any():
            got["bytes"] += len(chunk)
        return web.json_response({"result": {"FILE_ID": 9079}})

    tracemalloc.start()
    try:
        assert await attach(scene, upload, sound) == "9079"
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert got["bytes"] == got["told"] > HOURS
    assert most < HOURS / 8


async def test_the_words_of_a_fault_do_not_quote_the_address(scene: Scene, tmp_path: Path) -> None:
    """Of an answer that is no HTTP, aiohttp's do."""
    sound = tmp_path / "sound.mp3"
    sound.write_bytes(b"mp3")

    async def upload(request: web.Request) -> web.StreamResponse:
        await request.read()
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n")
        request.transport.close()
        return web.Response()

    with pytest.raises(Refused) as refused:
        await attach(scene, upload, sound)
    fault = refused.value.failed
    assert fault.fault.reason == "the upload of the recording was cut off"
    assert SECRET not in repr(fault)
