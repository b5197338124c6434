"""`POST /api/v1/recordings`: the sound of a call from whoever has it; it goes the way of those that a PBX wrote.

What is asked for is checked before the sound is written, and the recording has its row before the store has a byte of
it: whatever is killed, there is nothing in the store that no row tells of.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec.structs import replace

from recordings.finding import GO_ON, refuse_all
from recordings.forgetting import forget_strays
from recordings.putting import put_at_stage
from recordings.recording import Recording, Stage, Stop, recording_id
from recordings.sending import vault_key
from recordings.store import find, is_refused, note_sent, of_call, reach
from trunkline.calls.reading import find_call
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, Overloaded
from trunkline.ids import call_uuid, carries_time
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.log import get_logger
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer
from trunkline.web.i18n import gettext as _
from trunkline.web.uploads import Form, receive_form

log = get_logger(__name__)

AT_ONCE: Final = 4
"""Files that a process takes in: each is on this machine's disk whole before the store has it."""
_FIELDS: Final = frozenset({"call", "pbx", "linkedid", "leg"})
LONGEST_LEG: Final = 150
_turns_key = web.AppKey("upload_turns", asyncio.Semaphore)


class RecordingTaken(msgspec.Struct, frozen=True):
    """What whoever sends one in is told: nothing of what it holds, which takes the right to listen."""

    id: UUID
    call_id: UUID
    stage: Stage
    stop: Stop | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/api/v1/recordings", receive)]


def prepare(app: web.Application) -> None:
    """Let few files come in at once."""
    app[_turns_key] = asyncio.Semaphore(AT_ONCE)


async def receive(request: web.Request) -> web.Response:
    """`POST` a form of `call` (or `pbx` and `linkedid`), `leg` (if wanted) and then `file`: 201.

    200 where that file of the call is known; 503 while as many others are at it as may be, and while the store does not
    answer; 408 where nothing comes any more.
    """
    turns = request.app[_turns_key]
    if turns.locked():
        raise Overloaded(_("Others are sending in recordings: try again in a minute."))
    async with AsyncExitStack() as turn:
        await turn.enter_async_context(turns)
        workshop = request.app[settings_key].data_dir / "workshop"
        try:
            await asyncio.to_thread(workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=workshop) as folder:
                one, status = await _received(request, Path(folder, "sent"), turn)
        except OSError as error:
            log.warning("recording_not_received", error=str(error) or type(error).__name__)
            raise Overloaded(_("The recording could not be kept: send it again in a minute.")) from error
    return json_answer(RecordingTaken(one.id, one.call_id, one.stage, one.stop), status)


@dataclass(slots=True)
class _Asked:
    """What the form asked for before its file came; `turn` ends where the file need not be taken in."""

    request: web.Request
    turn: AsyncExitStack
    fields: frozenset[str] = frozenset()
    one: Recording | None = None

    async def wanted(self, form: Form) -> bool:
        """Whether the file is to be taken; raises InvalidInput."""
        self.fields = frozenset(form.fields)
        self.one = await _meant(self.request, form.fields, form.file_name)
        if self.one.stage is Stage.FOUND:
            return True
        await self.turn.aclose()
        return False


async def _received(request: web.Request, path: Path, turn: AsyncExitStack) -> tuple[Recording, int]:
    """Its row, and the status that tells it; raises OSError and InvalidInput."""
    most, asked = request.app[settings_key].recordings.upload_mb << 20, _Asked(request, turn)
    form = await receive_form(request, path, most, _FIELDS, _larger, asked.wanted)
    one = asked.one
    if one is None:
        raise InvalidInput(Mistake("file", _("holds nothing: send the sound of the call")))
    if late := form.fields.keys() - asked.fields:
        raise InvalidInput(*(Mistake(name, _("must stand before the file in the form")) for name in sorted(late)))
    if one.stage is not Stage.FOUND:
        return one, 200
    if not form.size:
        raise InvalidInput(Mistake("file", _("holds nothing: send the sound of the call")))
    async with transaction(request) as connection:
        if await is_refused(connection, one.call_id):
            raise refused_call()
        # The PBX may have named it by another path since; from now on it finds this. What came further then gets 200.
        one = replace(await _known(connection, one.call_id, one.file_name) or one, stage=Stage.FOUND)
        await note_sent(connection, one)
    return await _taken(request, one, path)


def _larger(megabytes: int) -> str:
    return _("is larger than %(number)s MB, the most that `recordings.upload_mb` lets in") % {"number": megabytes}


def refused_call() -> InvalidInput:
    """What whoever sends or tells of a recording that is not to be is told."""
    return InvalidInput(Mistake("call", _("was not to be recorded: the outside party refused it, or heard no notice")))


async def _meant(request: web.Request, fields: dict[str, str], file_name: str) -> Recording:
    """The recording of that name of the call, wherever its PBX has it, or as it would be found; raises InvalidInput."""
    nothing = InvalidInput(Mistake("call", _("must be the id of a call within reach, as `/api/v1/calls` tells it")))
    leg = fields.get("leg", "").replace("\0", "")
    if len(leg) > LONGEST_LEG:
        raise InvalidInput(Mistake("leg", _("must be a channel's id of at most 150 characters")))
    if (call_id := _call_id(fields)) is None:
        raise nothing
    async with transaction(request) as connection:
        call = await find_call(connection, call_id, signed_in(request).reach())
        if call is None:
            raise nothing
        if await is_refused(connection, call_id):
            raise refused_call()
        known = await _known(connection, call_id, file_name)
    row, _story = call
    new = recording_id(call_id, file_name)
    return known or Recording(new, call_id, row.pbx, leg or row.linkedid, file_name, Stage.FOUND)


def _call_id(fields: dict[str, str]) -> UUID | None:
    """By our id, or by what its PBX calls it; None for what is none. Raises InvalidInput where neither was told."""
    if "call" not in fields and not {"pbx", "linkedid"} <= fields.keys():
        told = _(
            "must stand before the file in the form: a call's id, as `/api/v1/calls` tells it, or `pbx` and `linkedid`"
        )
        raise InvalidInput(Mistake("call", told))
    if "call" not in fields:
        return call_uuid(fields["pbx"], fields["linkedid"], 0.0) if carries_time(fields["linkedid"]) else None
    try:
        return UUID(fields["call"])
    except ValueError:
        return None


async def _known(connection: Connection, call_id: UUID, file_name: str) -> Recording | None:
    """The recording of that name of the call, wherever its PBX has it."""
    named = (one for one in await of_call(connection, call_id) if one.file_name == file_name)
    return next(named, None)


async def _taken(request: web.Request, one: Recording, path: Path) -> tuple[Recording, int]:
    """Its sound in the store, its row as fetched and the job that goes on with it; 200 where another was quicker.

    Raises InvalidInput where it is wanted no more, and OSError.
    """
    jobs, status = PgQueuerJobs(request.app[pool_key], request.app[redis_key]), 200
    async with transaction(request) as connection:
        put = await put_at_stage(connection, request.app[vault_key], one, one.source_key, path)
        # The call before its recordings, as who tells of a refusal changes them.
        refused = await is_refused(connection, one.call_id)
        if refused:
            await refuse_all(connection, jobs, one.call_id)
        elif put is not None and await reach(connection, put, Stage.FETCHED, 0.0):
            await jobs.enqueue(connection, GO_ON, one.id.bytes, once=str(one.id))
            await _note(connection, request, one)
            status = 201
        kept = await find(connection, one.id)
    assert kept is not None
    await forget_strays(request.app[vault_key], kept)
    if refused:
        raise refused_call()
    if kept.is_gone:
        raise InvalidInput(Mistake("call", _("is older than recordings are kept")))
    return kept, status


async def _note(connection: Connection, request: web.Request, one: Recording) -> None:
    deed = Deed("recording.sent", "recording", str(one.id), after={"call": str(one.call_id), "file": one.file})
    await record(connection, actor_of(request), deed, now())
