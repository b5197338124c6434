"""`POST /api/v1/calls`: click-to-call, and what became of it. The agent's phone rings first, then the client's."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.calls.phone import NamedKind, parse, short_digits
from trunkline.db.types import Connection
from trunkline.dialing.dial import State
from trunkline.dialing.store import SQL, DialRow, Wish, accept, find_dial
from trunkline.dialing.wake import DIALS_WAKE
from trunkline.dialing.words import refusal
from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.keys import redis_key, secret_box_key
from trunkline.log import get_logger
from trunkline.outbox.wake import wake
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.metrics import DIALS_REFUSED
from trunkline.web.security import peer_key

log = get_logger(__name__)
_KEY = "Idempotency-Key"
_LONGEST_KEY = 100

Spelled = Annotated[str, msgspec.Meta(max_length=128)]


class DialBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted: whom to call, from which extension (one's own), the number of ours to show."""

    to: Spelled
    agent: Spelled = ""
    line: Spelled = ""
    anyway: bool = False
    """Beyond the cap on how often a client is called; needs `presence.others`."""


class DialAccepted(msgspec.Struct, frozen=True):
    """202: it is on its way; ask for it by its id."""

    id: UUID
    state: State


class DialRefused(msgspec.Struct, frozen=True):
    """409: the rule of the guard that refused, and the sentence for people."""

    error: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a wish: the dial, or why there is none."""

    dial: UUID | None
    rule: str = ""
    message: str = ""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.post("/api/v1/calls", dial), web.get("/api/v1/calls/dials/{id}", show)]


async def dial(request: web.Request) -> web.Response:
    """`POST {"to", "agent"?, "line"?, "anyway"?}`: 202 with the dial's id, or 409 with the rule that refused."""
    body = await read_json(request, DialBody)
    asked = await ask(request, body, idempotency_key(request))
    if asked.dial is None:
        return json_answer(DialRefused("refused", asked.rule, asked.message), 409)
    return json_answer(DialAccepted(asked.dial, State.ACCEPTED), 202)


async def show(request: web.Request) -> web.Response:
    """`GET`: where a dial stands; one's own, and with `presence.others` those of one's departments."""
    return json_answer(await dial_of(request))


async def dial_of(request: web.Request) -> DialRow:
    """The dial of `{id}` within the asker's reach; raises NotFound."""
    viewer = signed_in(request)
    departments = viewer.reach().departments if viewer.holds(Right.PRESENCE_OTHERS) else []
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such dial.")) from None
    async with transaction(request) as connection:
        row = await find_dial(connection, identifier, viewer.person, departments)
    if row is None:
        raise NotFound(_("There is no such dial."))
    return row


async def ask(request: web.Request, body: DialBody, key: str | None = None) -> Asked:
    """Put a wish before the guard; the nodes that dial are woken after the commit. Raises InvalidInput, Forbidden."""
    asker = signed_in(request)
    async with transaction(request) as connection:
        wish = await _wish(connection, asker, body)
        if wish is None:
            return Asked(None, "no_pbx", _("No PBX lets Trunkline dial: an administrator has to allow it."))
        wish = wish._replace(ip=request[peer_key].address, key=key)
        found = await accept(connection, wish, now(), request.app[secret_box_key])
        if found.dial is not None and found.fresh:
            said = {"agent": wish.agent, "line": wish.line} | ({"anyway": True} if wish.anyway else {})
            await record(
                connection, actor_of(request), Deed("call.dialled", "dial", str(found.dial), after=said), now()
            )
    if found.dial is None:
        assert found.verdict is not None
        rule, reason = found.verdict.rule, found.verdict.trace[-1].used.get("reason")
        DIALS_REFUSED.labels(rule).inc()
        log.info("dial_refused", rule=rule, person=str(asker.person))
        return Asked(None, rule, refusal(rule, str(reason) if reason else None))
    await wake(request.app[redis_key], DIALS_WAKE)
    return Asked(found.dial)


async def _wish(connection: Connection, asker: Identity, body: DialBody) -> Wish | None:
    """What is asked for, every part checked; None where no PBX may dial."""
    extension = short_digits(body.agent) if body.agent.strip() else asker.extension or ""
    if not extension:
        wrong = _("must be the extension whose phone rings first, e.g. 101")
        raise InvalidInput(Mistake("$.agent", wrong if body.agent else f"{wrong}; {_('you have none of your own')}"))
    person = await connection.fetchrow(SQL["find_agent"], extension)
    if person is None:
        raise InvalidInput(Mistake("$.agent", _("nobody works at extension %(extension)s") % {"extension": extension}))
    own = person["id"] == asker.person
    if not own and not (asker.holds(Right.PRESENCE_OTHERS) and _reaches(asker, person["department_id"])):
        raise Forbidden(_("Only a supervisor may dial for somebody else."))
    line = await line_of(connection, asker, body.line)
    pbx = await connection.fetchval(SQL["dialling_pbxs"])
    if body.anyway and not asker.holds(Right.PRESENCE_OTHERS):
        raise Forbidden(_("Only a supervisor may call a client more often than the rule allows."))
    if pbx is None:
        return None
    return Wish(body.to, pbx, extension, person["id"], asker.person, line=line, anyway=body.anyway)


def _reaches(asker: Identity, department: UUID | None) -> bool:
    departments = asker.scope.departments
    return departments is None or department in departments


async def line_of(connection: Connection, asker: Identity, text: str) -> str:
    """The line to show, one of those the asker sees; empty where he leaves it to the rule."""
    if not text.strip():
        return ""
    number = parse(text)
    row = None if isinstance(number, NamedKind) else await connection.fetchrow(SQL["find_line"], number)
    if row is None or (asker.scope.lines is not None and row["id"] not in asker.scope.lines):
        raise InvalidInput(Mistake("$.line", _("must be one of our lines in use, e.g. +74951234567")))
    return str(number)


def idempotency_key(request: web.Request) -> str | None:
    """The request's key as it is stored: two people's keys never meet, whatever is in them. Raises InvalidInput."""
    key = request.headers.get(_KEY, "").strip()
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise InvalidInput(Mistake(_KEY, _("must be at most 100 printable characters")))
    return sha256(signed_in(request).person.bytes + key.encode()).hexdigest() if key else None
