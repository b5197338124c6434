"""`/api/v1/calls/{id}/move`, `/pass` and `/listen` and `/recording`: the same for programs."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.control.asking import Answer, go_on, listen, move, pass_on, pause
from trunkline.control.order import USUAL_PAUSE, Mode, State
from trunkline.errors import NotFound
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _

Spelled = Annotated[str, msgspec.Meta(max_length=128)]


class MoveBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: the queue he waits in, and where he goes: `queue:NAME` or `extension:101`."""

    queue: Spelled
    to: Spelled


class PassBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: where the client goes, and what whoever takes the call should know; at most 1,000 characters."""

    to: Spelled
    words: str = ""


class ListenBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: whom to listen to; one's own phone rings."""

    agent: Spelled
    mode: Mode = Mode.LISTEN


class RecordingBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: `paused`, for so many seconds at most, or `recorded` to go on before that."""

    state: Literal["paused", "recorded"]
    seconds: int = USUAL_PAUSE


class OrderDone(msgspec.Struct, frozen=True):
    """200: the PBX did it (`done`), or has not said whether it did (`sent`, `unknown`)."""

    id: UUID
    state: State
    message: str


class OrderRefused(msgspec.Struct, frozen=True):
    """409, nothing changed.

    `why`: gone, silent, crowd, queue, dialplan, denied, away, busy, unrecorded, setting or the PBX's.
    """

    error: str
    why: str
    message: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/api/v1/calls/{id}/move", post_move),
        web.post("/api/v1/calls/{id}/pass", post_pass),
        web.post("/api/v1/calls/{id}/listen", post_listen),
        web.post("/api/v1/calls/{id}/recording", post_recording),
    ]


async def post_move(request: web.Request) -> web.Response:
    """`POST {"queue", "to"}`: who waits there goes elsewhere."""
    body = await read_json(request, MoveBody)
    return _told(await move(request, call_of(request), body.queue, body.to))


async def post_pass(request: web.Request) -> web.Response:
    """`POST {"to", "words"?}`: one's own client goes to a colleague or a queue."""
    body = await read_json(request, PassBody)
    return _told(await pass_on(request, call_of(request), body.to, body.words.replace("\0", "").strip()))


async def post_listen(request: web.Request) -> web.Response:
    """`POST {"agent", "mode"?}`: one's own phone rings."""
    body = await read_json(request, ListenBody)
    return _told(await listen(request, call_of(request), body.agent, body.mode.value))


async def post_recording(request: web.Request) -> web.Response:
    """`POST {"state", "seconds"?}`: the recording of a call that goes on pauses, or goes on."""
    body, call = await read_json(request, RecordingBody), call_of(request)
    return _told(await (pause(request, call, body.seconds) if body.state == "paused" else go_on(request, call)))


def call_of(request: web.Request) -> UUID:
    """`{id}` of the path; raises NotFound."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such call, or it is not yours to see.")) from None


def _told(answer: Answer) -> web.Response:
    if answer.order is None or answer.refused:
        why = answer.why or ("away" if answer.state is State.EXPIRED else "")
        return json_answer(OrderRefused("refused", why, answer.message), 409)
    return json_answer(OrderDone(answer.order, answer.state, answer.message))
