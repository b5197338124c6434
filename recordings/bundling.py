"""`/recordings/export.zip`: what the list or a search shows, the newest of it, each recording logged as it goes out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs, web

from recordings.asking import Asked, parse_asked
from recordings.bundle import Bundle
from recordings.exporting import as_text
from recordings.listening import file_name, note_exported
from recordings.reading import text_of
from recordings.recording import Recording
from recordings.search_store import search
from recordings.sending import cut_off, vault_key
from recordings.store import find, list_recordings
from recordings.vault import StoreLost
from trunkline.db.types import Connection
from trunkline.errors import Overloaded
from trunkline.log import get_logger
from trunkline.people.pages.request import now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

MOST: Final = 200
"""Recordings of a bundle."""
_MOST_BYTES: Final = 300 << 20
_PAGE: Final = 50
_AT_ONCE: Final = 2
_READER_SECONDS: Final = 60.0
"""Who takes nothing for so long holds up others no more."""
_turns_key = web.AppKey("bundle_turns", asyncio.Semaphore)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/recordings/export.zip", send, allow_head=False)]


def prepare(app: web.Application) -> None:
    """Let few bundles be sent at once: each reads as fast as its reader does."""
    app[_turns_key] = asyncio.Semaphore(_AT_ONCE)


async def send(request: web.Request) -> web.StreamResponse:
    """`GET q=&by=&tag=&category=`: a zip of the newest 200 that the list of these shows, 300 MB at most."""
    asked, turns = parse_asked(request.query), request.app[_turns_key]
    if turns.locked():
        raise Overloaded(_("Others are downloading recordings: try again in a minute."))
    async with turns:
        async with transaction(request) as connection:
            chosen = within(await _shown(connection, request, asked), _MOST_BYTES)
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "application/zip",
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="recordings-{now():%Y-%m-%d}.zip"',
                hdrs.CACHE_CONTROL: "private, no-store",
                "Trunkline-Bytes": str(sum(one.size for one in chosen)),
            }
        )
        await response.prepare(request)
        try:
            async for data in _bundled(request, chosen):
                async with asyncio.timeout(_READER_SECONDS):
                    await response.write(data)
            await response.write_eof()
        except StoreLost as error:
            cut_off(request, error)
    return response


def within(found: list[Recording], most_bytes: int) -> list[Recording]:
    """The first of them that are no more than `most_bytes` together."""
    chosen, size = [], 0
    for one in found:
        size += one.size
        if size > most_bytes:
            break
        chosen.append(one)
    return chosen


async def _shown(connection: Connection, request: web.Request, asked: Asked) -> list[Recording]:
    """The newest of the list or the search that can be heard."""
    reach = signed_in(request).reach()
    if asked.sought is None:
        found = [one.recording for one in await list_recordings(connection, reach, None, MOST, asked.labels)]
    else:
        found, before = [], None
        while len(found) < MOST:
            part = await search(connection, asked.sought, asked.end, reach, before, now(), _PAGE, asked.labels)
            found += [hit.listed.recording for hit in part.hits]
            before = part.before
            if before is None:
                break
    return [one for one in found[:MOST] if one.is_audible]


async def _bundled(request: web.Request, chosen: list[Recording]) -> AsyncIterator[bytes]:
    """The bytes of the zip; what is missing in the store, or goes meanwhile, is named in it. Raises StoreLost."""
    bundle, missing = Bundle(), []
    for one in chosen:
        began = datetime.fromtimestamp(one.began, UTC)
        sound = request.app[vault_key].read(one.key, 0, one.size)
        try:
            first = await anext(sound)
        except StoreLost:
            raise
        except (OSError, StopAsyncIteration):
            missing.append(file_name(one, "ogg"))
            continue
        async with transaction(request) as connection:
            still = await find(connection, one.id)
            if still is None or not still.is_audible:
                continue  # refused, or being silenced, since the zip was begun
            await note_exported(connection, request, one, "zip")
            text = await text_of(connection, one)
        broken: list[OSError] = []
        async for data in bundle.add(file_name(one, "ogg"), began, _after(first, sound, broken)):
            yield data
        if broken:
            log.warning("recording_not_whole_in_zip", recording=str(one.id), error=str(broken[0]))
            missing.append(_("%(file)s: not whole") % {"file": file_name(one, "ogg")})
        elif text is not None:
            yield bundle.add_whole(file_name(one, "txt"), began, as_text(one, text))
    if missing:
        yield bundle.add_whole("missing.txt", now(), "\n".join(missing).encode())
    yield bundle.end()


async def _after(first: bytes, rest: AsyncIterator[bytes], broken: list[OSError]) -> AsyncIterator[bytes]:
    """All of a sound as far as the store has it; why it ends before its end is put into `broken`. Raises StoreLost."""
    yield first
    try:
        async for chunk in rest:
            yield chunk
    except StoreLost:
        raise
    except OSError as error:
        broken.append(error)
