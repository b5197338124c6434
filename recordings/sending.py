"""The bytes of a recording, whole or the one range that is asked for (RFC 9110 §14)."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from recordings.heard import Lately
from recordings.recording import Recording
from recordings.vault import StoreLost, Vault
from trunkline.log import get_logger

log = get_logger(__name__)

_FIRST_SECONDS: Final = 15.0
"""Nobody looks at a player for longer that says nothing."""
vault_key = web.AppKey("vault", Vault)
lately_key = web.AppKey("recordings_lately", Lately)


_NO_BYTES: Final = re.compile(r"bytes=-0+", re.IGNORECASE)
"""The last none of them, which nothing satisfies (RFC 9110 §14.1.2); aiohttp reads it as all."""


class NotThere(Exception):
    """Its sound is not in the store."""


class NotNow(Exception):
    """The store does not answer."""


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
    """Send it; `heard` is called before the first byte of each listen of `who`. Raises NotThere and NotNow."""
    span = _span(request, file.size)
    if span is None:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{file.size}"})
    start, end, _partial = span
    response = _begun(file, span, headers)
    chunks = request.app[vault_key].read(file.key, start, end)
    first = await _first(one, chunks)
    listens = request.method == hdrs.METH_GET and request.app[lately_key].begins(
        who, str(one.id), start == 0, time.monotonic()
    )
    if listens:
        await heard()
    await response.prepare(request)
    try:
        await response.write(first)
        async for chunk in chunks:
            await response.write(chunk)
        await response.write_eof()
    except ConnectionResetError:  # whoever moves on in it, or has heard enough
        pass
    except OSError as error:
        cut_off(request, error)
    return response


def _begun(file: File, span: tuple[int, int, bool], headers: Mapping[str, str]) -> web.StreamResponse:
    """The answer before its first byte."""
    start, end, partial = span
    told: dict[str, str] = {
        hdrs.CONTENT_TYPE: file.kind,
        hdrs.CONTENT_LENGTH: str(end - start),
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CACHE_CONTROL: "private, no-store",
    }
    if partial:
        told[hdrs.CONTENT_RANGE] = f"bytes {start}-{end - 1}/{file.size}"
    return web.StreamResponse(status=206 if partial else 200, headers={**headers, **told})


async def _first(one: Recording, chunks: AsyncIterator[bytes]) -> bytes:
    """What the store answers first; raises NotThere and NotNow."""
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            return await anext(chunks)
    except (FileNotFoundError, StopAsyncIteration):
        raise NotThere from None
    except (StoreLost, TimeoutError) as error:
        log.warning("recording_not_sent", recording=str(one.id), error=str(error) or type(error).__name__)
        raise NotNow from None


def cut_off(request: web.Request, error: OSError) -> None:
    """End an answer that was begun and cannot be ended: whoever reads it must not take it for the whole."""
    log.warning("recording_cut_off", error=str(error))
    if request.transport is not None:
        request.transport.abort()


def _span(request: web.Request, size: int) -> tuple[int, int, bool] | None:
    """The first byte, the one behind the last, and whether only a part was asked for; None where there is none."""
    try:
        asked = request.http_range
    except ValueError:  # several ranges, or none that can be read: all of it (RFC 9110 §14.2)
        return 0, size, False
    if asked.start is None:
        return 0, size, False
    if _NO_BYTES.fullmatch(request.headers.get(hdrs.RANGE, "").strip()):
        return None
    start = max(0, size + asked.start) if asked.start < 0 else asked.start
    end = min(size, asked.stop if asked.stop is not None else size)
    return (start, end, True) if start < end else None
