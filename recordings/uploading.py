"""`POST /api/v1/recordings`: the sound of a call from whoever has it; it goes the way of those that a PBX wrote."""

import asyncio
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import UUID

from aiohttp import web
from msgspec.structs import replace

from recordings.api import detail_of
from recordings.finding import GO_ON
from recordings.recording import Recording, Stage, recording_id
from recordings.sending import vault_key
from recordings.store import find, note_found, of_call, reach
from trunkline.calls.reading import find_call
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, Overloaded
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.log import get_logger
from trunkline.pbx.notice import UNRECORDED
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext as _
from trunkline.web.uploads import receive_form

log = get_logger(__name__)

_FIELDS: Final = frozenset({"call", "leg"})
_LONGEST_LEG: Final = 150


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/api/v1/recordings", receive)]


async def receive(request: web.Request) -> web.Response:
    """`POST` a form of `call`, `leg` (if wanted) and `file`: 201, or 200 where that file of the call is known."""
    workshop = request.app[settings_key].data_dir / "workshop"
    await asyncio.to_thread(workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
    most = request.app[settings_key].recordings.upload_mb << 20
    try:
        with tempfile.TemporaryDirectory(dir=workshop) as folder:
            path = Path(folder, "sent")
            form = await receive_form(request, path, most, _FIELDS, _larger)
            if not form.size:
                raise InvalidInput(Mistake("file", _("holds nothing: send the sound of the call")))
            one = await _meant(request, form.fields, form.file_name)
            if one.stage is not Stage.FOUND:
                return await _told(request, one, 200)
            digest = await request.app[vault_key].put(one.source_key, path)
    except OSError as error:
        log.warning("recording_not_received", error=str(error))
        raise Overloaded(_("The recording could not be kept: send it again in a minute.")) from error
    return await _told(request, await _taken(request, replace(one, size=form.size, sha256=digest)), 201)


async def _told(request: web.Request, one: Recording, status: int) -> web.Response:
    async with transaction(request) as connection:
        return json_answer(await detail_of(connection, one), status)


def _larger(megabytes: int) -> str:
    return _("is larger than %(number)s MB, the most that `recordings.upload_mb` lets in") % {"number": megabytes}


async def _meant(request: web.Request, fields: dict[str, str], file_name: str) -> Recording:
    """The recording of that name of the call, wherever its PBX has it, or as it would be found; raises InvalidInput."""
    nothing = InvalidInput(Mistake("call", _("must be the id of a call within reach, as `/api/v1/calls` tells it")))
    leg = fields.get("leg", "").replace("\0", "")
    if len(leg) > _LONGEST_LEG:
        raise InvalidInput(Mistake("leg", _("must be a channel's id of at most 150 characters")))
    try:
        call_id = UUID(fields.get("call", ""))
    except ValueError:
        raise nothing from None
    async with transaction(request) as connection:
        call = await find_call(connection, call_id, signed_in(request).reach())
        if call is None:
            raise nothing
        known = [one for one in await of_call(connection, call_id) if PurePosixPath(one.file).name == file_name]
    row, _story = call
    if row.notice_state in UNRECORDED:
        wrong = _("was not to be recorded: the outside party refused it, or heard no notice")
        raise InvalidInput(Mistake("call", wrong))
    new = recording_id(call_id, file_name)
    return known[0] if known else Recording(new, call_id, row.pbx, leg or row.linkedid, file_name, Stage.FOUND)


async def _taken(request: web.Request, one: Recording) -> Recording:
    """Its row as fetched, with the job that goes on with it."""
    async with transaction(request) as connection:
        await note_found(connection, one.call_id, one.pbx, one.leg, one.file)
        if await reach(connection, one, Stage.FETCHED, 0.0):
            jobs = PgQueuerJobs(request.app[pool_key], request.app[redis_key])
            await jobs.enqueue(connection, GO_ON, one.id.bytes, once=str(one.id))
            await _note(connection, request, one)
        kept = await find(connection, one.id)
    assert kept is not None
    return kept


async def _note(connection: Connection, request: web.Request, one: Recording) -> None:
    deed = Deed("recording.sent", "recording", str(one.id), after={"call": str(one.call_id), "file": one.file})
    await record(connection, actor_of(request), deed, now())
