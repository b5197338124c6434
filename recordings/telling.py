"""`POST /api/v1/recordings/references`: where a provider has the recording of a call; it is fetched from there."""

from uuid import UUID

import msgspec
from aiohttp import web
from yarl import URL

from recordings.fetching import SETTING
from recordings.recording import Recording, recording_id
from recordings.reference import file_of
from recordings.references import OfAnotherCall, note_reference
from recordings.store import find
from recordings.uploading import LONGEST_LEG, RecordingTaken, refused_call
from trunkline.calls.reading import find_call
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.outbox.wake import JOBS_WAKE, wake
from trunkline.pbx.linked import LONGEST_ID, is_address, is_recording_id
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, PrivateOnly


class ReferenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is the provider's, `url` its link: one of them at least. `leg`: of which channel; else of the first."""

    call: UUID
    id: str = ""
    url: str = ""
    leg: str = ""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/api/v1/recordings/references", tell)]


async def tell(request: web.Request) -> web.Response:
    """`POST` a ReferenceBody: 201, or 200 where that recording of the call was told of."""
    body = await read_json(request, ReferenceBody)
    _check(body, request.app[settings_key].web.recording_private_addresses)
    jobs = PgQueuerJobs(request.app[pool_key], request.app[redis_key])
    async with transaction(request) as connection:
        call = await find_call(connection, body.call, signed_in(request).reach())
        if call is None:
            raise InvalidInput(Mistake("call", _("must be the id of a call within reach, as `/api/v1/calls` tells it")))
        row, _story = call
        before = await find(connection, recording_id(body.call, file_of(body.id, body.url)))
        leg = body.leg or row.linkedid
        if before is not None and before.is_gone:
            raise InvalidInput(Mistake("id" if body.id else "url", _("is of a recording that may be kept no more")))
        try:
            told = await note_reference(connection, jobs, body.call, row.pbx, leg, body.id, body.url, now())
        except OfAnotherCall:
            raise InvalidInput(Mistake("id", _("is that of another call's recording"))) from None
        if told is None:
            raise refused_call()
        one = await find(connection, told)
        assert one is not None
        if before is None:
            await _note(connection, request, one)
    await wake(request.app[redis_key], JOBS_WAKE)
    return json_answer(RecordingTaken(one.id, one.call_id, one.stage, one.stop), 200 if before else 201)


def _check(body: ReferenceBody, allowed: tuple[str, ...]) -> None:
    mistakes = []
    if not body.id and not body.url:
        mistakes.append(Mistake("id", _("must be the provider's id of the recording, unless `url` is the link to it")))
    if body.id and not is_recording_id(body.id):
        told = _("must be 1 to %(most)s characters, and not dots alone") % {"most": LONGEST_ID}
        mistakes.append(Mistake("id", told))
    if body.url and not _may_be_asked(body.url, allowed):
        told = _("must be an https address of the world, or one that [web] recording_private_addresses allows")
        mistakes.append(Mistake("url", told))
    if len(body.leg) > LONGEST_LEG:
        mistakes.append(Mistake("leg", _("must be a channel's id of at most 150 characters")))
    if mistakes:
        raise InvalidInput(*mistakes)


def _may_be_asked(text: str, allowed: tuple[str, ...]) -> bool:
    """As far as can be told before its name is resolved."""
    if not is_address(text):
        return False
    url = URL(text, encoded=True)
    rules = (AddressRules if url.scheme == "https" else PrivateOnly)(allowed, SETTING)
    try:
        rules.check_literal(url.host or "")
    except ForbiddenAddress:
        return False
    return True


async def _note(connection: Connection, request: web.Request, one: Recording) -> None:
    deed = Deed("recording.told", "recording", str(one.id), after={"call": str(one.call_id), "file": one.file})
    await record(connection, actor_of(request), deed, now())
