"""The bytes of a recording, whole or the one range that is asked for (RFC 9110 §14)."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import hdrs, web

from recordings.heard import Lately
from recordings.recording import Recording
from recordings.vault import Vault

vault_key = web.AppKey("vault", Vault)
lately_key = web.AppKey("recordings_lately", Lately)


class NotThere(Exception):
    """Its sound is not in the store."""


@dataclass(frozen=True, slots=True)
class File:
    """What is sent: a key of the store, its bytes and their media type."""

    key: str
    size: int
    kind: str


def opus_of(one: Recording) -> File:
    """What is kept of it."""
    return File(one.key, one.size, "audio/ogg")


async def send_audio(
    request: web.Request,
    one: Recording,
    file: File,
    who: str,
    heard: Callable[[], Awaitable[None]],
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """Send it; `heard` is called before the first byte of each listen of `who`. Raises NotThere."""
    span = _span(request, file.size)
    if span is None:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{file.size}"})
    start, end, partial = span
    response = web.StreamResponse(status=206 if partial else 200, headers=headers)
    response.headers.update(
        {
            hdrs.CONTENT_TYPE: file.kind,
            hdrs.CONTENT_LENGTH: str(end - start),
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "private, no-store",
        }
    )
    if partial:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{file.size}"
    chunks = request.app[vault_key].read(file.key, start, end)
    try:
        first = await anext(chunks)
    except (FileNotFoundError, StopAsyncIteration):
        raise NotThere from None
    listens = request.method == hdrs.METH_GET and request.app[lately_key].begins(
        who, str(one.id), start == 0, time.monotonic()
    )
    if listens:
        await heard()
    await response.prepare(request)
    with suppress(ConnectionResetError):  # whoever moves on in it, or has heard enough
        await response.write(first)
        async for chunk in chunks:
            await response.write(chunk)
        await response.write_eof()
    return response


def _span(request: web.Request, size: int) -> tuple[int, int, bool] | None:
    """The first byte, the one behind the last, and whether only a part was asked for; None where there is none."""
    try:
        asked = request.http_range
    except ValueError:  # several ranges, or none that can be read: all of it (RFC 9110 §14.2)
        return 0, size, False
    if asked.start is None:
        return 0, size, False
    start = max(0, size + asked.start) if asked.start < 0 else asked.start
    end = min(size, asked.stop if asked.stop is not None else size)
    return (start, end, True) if start < end else None
