"""`/recordings`: what was recorded, the newest first; and the recordings of a call on the call's page."""

from typing import Final
from uuid import UUID

from aiohttp import web

from recordings.recording import Recording, Stage, Stop
from recordings.store import list_recordings, of_call
from recordings.waveform import waveform_of
from trunkline.calls.api import full_call
from trunkline.people.pages.request import transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext, mark
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page

_SIZE: Final = 50
WHYS: Final = {
    Stop.NO_FOLDER: mark("nobody said where this machine sees the PBX's recordings"),
    Stop.OUTSIDE: mark("its file is not in the PBX's folder of recordings"),
    Stop.MISSING: mark("its file is not there"),
    Stop.EMPTY: mark("the file holds no sound"),
    Stop.UNREADABLE: mark("no sound is found in the file"),
    Stop.FAILED: mark("the work on it failed three times"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/recordings", show_list), web.get("/calls/{id}/recordings", show_of_call)]


async def show_list(request: web.Request) -> web.Response:
    """`GET cursor=`: a page of recordings within reach."""
    before = decode_cursor(request.query.get("cursor"), UUID)
    async with transaction(request) as connection:
        found = await list_recordings(connection, signed_in(request).reach(), before, _SIZE + 1)
    rows = page_of(found, _SIZE, lambda one: one.recording.id)
    return page(
        request,
        "recordings/list.html",
        rows=rows.rows,
        state_of=state_in_words,
        next_url=rows.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def show_of_call(request: web.Request) -> web.Response:
    """`GET`: a part of the call's page."""
    full = await full_call(request, signed_in(request))
    async with transaction(request) as connection:
        found = await of_call(connection, full.call.id)
    return page(
        request,
        "recordings/of_call.html",
        call=full.call,
        recordings=found,
        state_of=state_in_words,
        waveform_of=waveform_of,
    )


def state_in_words(one: Recording) -> tuple[str, str]:
    """How it stands, and of which kind the badge is."""
    if one.stop is not None:
        return gettext(WHYS[one.stop]), "warn" if one.stop in {Stop.MISSING, Stop.NO_FOLDER} else "bad"
    return ("", "ok") if one.stage in {Stage.CONVERTED, Stage.KEPT} else (gettext("is made ready"), "info")
