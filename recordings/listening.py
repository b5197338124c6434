"""A recording as a browser plays it, and what people take away: to whoever may hear the call, each time logged."""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from aiohttp import hdrs, web

from recordings.copying import copy_of
from recordings.exporting import FORMATS
from recordings.reading import text_of
from recordings.recording import Recording, Stage
from recordings.sending import NotNow, NotThere, opus_of, send_audio
from recordings.store import find
from trunkline.calls.reading import find_call
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound, Overloaded
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/recordings/{id}/audio", play),
        web.get("/recordings/{id}/transcript/{format}", save_transcript),
    ]


async def play(request: web.Request) -> web.StreamResponse:
    """`GET`: its Opus in Ogg, or with `as=mp3` a copy, whole or the one range asked for (RFC 9110 §14).

    With `save=yes` as a file to keep.
    """
    one = await audible(request)
    form = request.query.get("as", "ogg")
    if form not in {"ogg", "mp3"}:
        raise InvalidInput(Mistake("as", _("must be ogg or mp3")))
    saves = request.query.get("save") == "yes"
    headers: dict[str, str] = {hdrs.CONTENT_DISPOSITION: _named(one, form)} if saves else {}
    heard = partial(_note_audio, request, one, saves=saves)
    try:
        file = await copy_of(request, one) if form == "mp3" else opus_of(one)
        return await send_audio(request, one, file, f"{signed_in(request).person} {saves}", heard, headers)
    except NotThere:
        raise NotFound(_("The sound of this recording is not in the store.")) from None
    except NotNow:
        raise Overloaded(_("Where recordings are kept does not answer: try again in a minute.")) from None


async def save_transcript(request: web.Request) -> web.Response:
    """`GET`: what was said, as a file of the format; 404 where it was not written down."""
    kind, write = FORMATS.get(request.match_info["format"], (None, None))
    if kind is None or write is None:
        raise NotFound(_("There is txt, vtt and json."))
    one = await audible(request)
    async with transaction(request) as connection:
        text = await text_of(connection, one)
        if text is None:
            raise NotFound(_("This recording was not written down."))
        if request.method == hdrs.METH_GET:
            await note_exported(connection, request, one, request.match_info["format"])
    headers = {hdrs.CONTENT_DISPOSITION: _named(one, request.match_info["format"]), hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=write(one, text), content_type=kind, charset="utf-8", headers=headers)


async def audible(request: web.Request) -> Recording:
    """The recording of `{id}`; raises NotFound, for what he may not hear too."""
    one = await readable(request)
    if one.muting:
        raise NotFound(_("A card's number is being hidden in this recording: it can be heard when that is done."))
    if not one.is_audible:
        raise NotFound(_("This recording is not ready yet."))
    return one


async def readable(request: web.Request) -> Recording:
    """The recording of `{id}`, of which there may be words; raises NotFound, for one that is gone too."""
    one = await within_reach(request)
    if one.stage is Stage.EXPIRED:
        raise NotFound(_("The time of this recording was over: it is gone."))
    if one.is_gone:
        raise NotFound(_("The outside party refused this recording, or heard no notice of it: nobody may hear it."))
    return one


async def within_reach(request: web.Request) -> Recording:
    """The recording of `{id}`, at whatever stage; raises NotFound, for one of a call beyond the asker's reach too."""
    nothing = NotFound(_("There is no such recording, or it is not yours to hear."))
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise nothing from None
    async with transaction(request) as connection:
        one = await find(connection, identifier)
        if one is None or await find_call(connection, one.call_id, signed_in(request).reach()) is None:
            raise nothing
    return one


async def note_exported(connection: Connection, request: web.Request, one: Recording, what: str) -> None:
    """Log that he took it away, `what` being audio or a format of the text."""
    deed = Deed("recording.exported", "recording", str(one.id), after={"call": str(one.call_id), "what": what})
    await record(connection, actor_of(request), deed, now())


async def _note_audio(request: web.Request, one: Recording, *, saves: bool) -> None:
    async with transaction(request) as connection:
        if saves:
            await note_exported(connection, request, one, "audio")
        else:
            deed = Deed("recording.heard", "recording", str(one.id), after={"call": str(one.call_id)})
            await record(connection, actor_of(request), deed, now())


def file_name(one: Recording, suffix: str) -> str:
    """A file's name that sorts by the time of the call, UTC."""
    began = datetime.fromtimestamp(one.began, UTC)
    return f"{began:%Y-%m-%d-%H%M%S}-{one.id.hex[-6:]}.{suffix}"


def _named(one: Recording, suffix: str) -> str:
    return f'attachment; filename="{file_name(one, suffix)}"'
