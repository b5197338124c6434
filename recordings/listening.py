"""A recording as a browser plays it: the bytes asked for, to whoever may hear the call; every listen is logged."""

from uuid import UUID

from aiohttp import hdrs, web

from recordings.recording import Recording, Stage
from recordings.store import find
from recordings.vault import Vault
from trunkline.calls.reading import find_call
from trunkline.errors import NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _

vault_key = web.AppKey("vault", Vault)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/recordings/{id}/audio", play)]


async def play(request: web.Request) -> web.StreamResponse:
    """`GET`: its Opus in Ogg, whole or the one range asked for (RFC 9110 §14)."""
    one = await _heard(request)
    span = _span(request, one.size)
    if span is None:
        return web.Response(status=416, headers={hdrs.CONTENT_RANGE: f"bytes */{one.size}"})
    start, end, partial = span
    response = web.StreamResponse(
        status=206 if partial else 200,
        headers={
            hdrs.CONTENT_TYPE: "audio/ogg",
            hdrs.CONTENT_LENGTH: str(end - start),
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "private, no-store",
            **({hdrs.CONTENT_RANGE: f"bytes {start}-{end - 1}/{one.size}"} if partial else {}),
        },
    )
    chunks = request.app[vault_key].read(one.key, start, end)
    try:
        first = await anext(chunks)
    except (FileNotFoundError, StopAsyncIteration):
        raise NotFound(_("The sound of this recording is not in the store.")) from None
    if start == 0 and request.method == hdrs.METH_GET:  # what a player asks for afterwards is the same listen
        await _note_heard(request, one)
    await response.prepare(request)
    await response.write(first)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def _heard(request: web.Request) -> Recording:
    """The recording; raises NotFound, for what he may not hear too."""
    nothing = NotFound(_("There is no such recording, or it is not yours to hear."))
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise nothing from None
    async with transaction(request) as connection:
        one = await find(connection, identifier)
        if one is None or await find_call(connection, one.call_id, signed_in(request).reach()) is None:
            raise nothing
        if one.stage not in {Stage.CONVERTED, Stage.KEPT}:
            raise NotFound(_("This recording is not ready yet."))
    return one


async def _note_heard(request: web.Request, one: Recording) -> None:
    deed = Deed("recording.heard", "recording", str(one.id), after={"call": str(one.call_id)})
    async with transaction(request) as connection:
        await record(connection, actor_of(request), deed, now())


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
