"""`/r/{signed}` on the public listener: a recording for whoever has its link; each listen is logged."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from aiohttp import hdrs, web

from recordings.copying import copy_of
from recordings.heard import Lately
from recordings.links import SQL, Dead, open_link, read_signed
from recordings.recording import Recording
from recordings.sending import NotNow, NotThere, lately_key, opus_of, send_audio, vault_key
from recordings.vault import vault_of
from trunkline.errors import Overloaded
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.pages.request import now, transaction
from trunkline.web.security import peer_key

_HEADERS = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
_ENDED = "This link has ended or was taken back; ask who gave it for another.\n"
_BUSY = "The MP3 is not ready yet; try again in a minute.\n"
_LATER = "Where recordings are kept does not answer; try again in a minute.\n"
_MUTING = "A card's number is being hidden in this recording: try again in a minute.\n"
_NONE = "There is no such link; was it copied whole?\n"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/r/{signed}.mp3", partial(play, copied=True)), web.get("/r/{signed}", play)]


async def play(request: web.Request, *, copied: bool = False) -> web.StreamResponse:
    """`GET`: its Opus in Ogg or its MP3, with ranges; 404 for what is no link of ours, 410 for one that has ended.

    503 while the store does not answer, or many MP3s are being made.
    """
    try:
        link = read_signed(request.app[secret_box_key], request.match_info["signed"], now())
        async with transaction(request) as connection:
            name, one = await open_link(connection, link, now())
        if one.muting:
            raise web.HTTPServiceUnavailable(text=_MUTING, headers=_HEADERS | {hdrs.RETRY_AFTER: "60"})
        heard = partial(_note_heard, request, link, name, one)
        file = await copy_of(request, one) if copied else opus_of(one)
        return await send_audio(request, one, file, str(link), heard, _HEADERS)
    except Dead as dead:
        kind, told = (web.HTTPGone, _ENDED) if dead.ended else (web.HTTPNotFound, _NONE)
        raise kind(text=told, headers=_HEADERS) from None
    except Overloaded:
        raise web.HTTPServiceUnavailable(text=_BUSY, headers={**_HEADERS, hdrs.RETRY_AFTER: "60"}) from None
    except NotThere:
        raise web.HTTPGone(text=_ENDED, headers=_HEADERS) from None
    except NotNow:
        raise web.HTTPServiceUnavailable(text=_LATER, headers=_HEADERS | {hdrs.RETRY_AFTER: "60"}) from None


async def recordings_context(app: web.Application) -> AsyncIterator[None]:
    """The store, and the key that links are signed with."""
    settings = app[settings_key]
    app[vault_key] = vault_of(settings)
    app[lately_key] = Lately()
    app[secret_box_key] = settings.secret_box()
    yield


async def _note_heard(request: web.Request, link: UUID, name: str, one: Recording) -> None:
    actor = Actor(None, name, f"link {link.hex[-6:]}", request[peer_key].address)
    async with transaction(request) as connection:
        await connection.execute(SQL["note_opened"], link, now())
        after = {"call": str(one.call_id), "link": str(link)}
        await record(connection, actor, Deed("recording.heard", "recording", str(one.id), after=after), now())
