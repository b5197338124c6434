"""A client who is to be called back, asked for by a program or by hand: checked, then put before the guard."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated, Final

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.dialing import callbacks_store
from trunkline.dialing.api import line_of
from trunkline.dialing.callbacks_store import Taken, Wanted
from trunkline.dialing.store import SQL as DIALS
from trunkline.dialing.store import Wish
from trunkline.dialing.words import refusal
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import directory_key, secret_box_key
from trunkline.numbering.subjects import zones_of
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Identity, Via
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.presence.people import zone_of
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.metrics import DIALS_REFUSED
from trunkline.web.security import Address, peer_key

LONGEST_NOTE: Final = 500
_AHEAD = timedelta(days=30)
_BEHIND = timedelta(days=1)

Text = Annotated[str, msgspec.Meta(max_length=128)]


class CallbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is posted; `ip` is the visitor's where a site's server asks for him, which a token alone may say."""

    number: Text
    queue: Text
    line: Text = ""
    agent: Text = ""
    """Whom to ask first: an extension."""
    wanted_at: datetime | None = None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "api"
    ip: Text = ""
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""


async def ask_back(request: web.Request, body: CallbackBody, key: str | None = None) -> Taken:
    """Put a client in the order of those who are called back, or say why not. Raises InvalidInput."""
    asker, at = signed_in(request), now()
    async with transaction(request) as connection:
        wanted = await _wanted(request, connection, asker, body, at)
        wanted = wanted._replace(wish=wanted.wish._replace(key=key))
        taken = await callbacks_store.take(connection, wanted, asker.reach(), at, request.app[secret_box_key])
        if taken.id is not None and (taken.fresh or taken.was_wanted_at is not None):
            await _record(request, connection, body, taken, at)
    if taken.verdict is not None and not taken.verdict.passed:
        DIALS_REFUSED.labels(taken.verdict.rule).inc()
    return taken


def refused_because(taken: Taken) -> tuple[str, str]:
    """The guard's rule that refused, and the sentence for people."""
    assert taken.verdict is not None
    rule, reason = taken.verdict.rule, taken.verdict.trace[-1].used.get("reason")
    return rule, refusal(rule, str(reason) if reason else None)


async def _record(request: web.Request, connection: Connection, body: CallbackBody, taken: Taken, at: datetime) -> None:
    """Each wish that counts is a deed: the first one, and one for a sooner time."""
    said = {"queue": body.queue, "source": body.source, "wanted_at": taken.wanted_at}
    if taken.was_wanted_at is None:
        deed = Deed("callback.added", "callback", str(taken.id), after=said)
    else:
        deed = Deed("callback.sooner", "callback", str(taken.id), {"wanted_at": taken.was_wanted_at}, said)
    await record(connection, actor_of(request), deed, at)


async def _wanted(
    request: web.Request, connection: Connection, asker: Identity, body: CallbackBody, at: datetime
) -> Wanted:
    """What is asked for; raises InvalidInput with every mistake."""
    mistakes = []
    queue = await connection.fetchrow(callbacks_store.SQL["find_queue"], body.queue)
    departments = asker.scope.departments
    if queue is None or (departments is not None and queue["department_id"] not in departments):
        mistakes.append(Mistake("$.queue", _("must be the id of a queue of ours")))
    owner = await connection.fetchrow(DIALS["find_agent"], body.agent) if body.agent else None
    if body.agent and owner is None:
        mistakes.append(Mistake("$.agent", _("nobody works at extension %(extension)s") % {"extension": body.agent}))
    wanted_at = body.wanted_at or at
    if wanted_at.tzinfo is None:
        mistakes.append(Mistake("$.wanted_at", _("must name its zone, e.g. 2026-08-06T14:00:00+03:00")))
    elif wanted_at < at - _BEHIND:
        mistakes.append(Mistake("$.wanted_at", _("is over: leave it out for as soon as may be")))
    elif wanted_at > at + _AHEAD:
        mistakes.append(Mistake("$.wanted_at", _("must be within 30 days")))
    if not body.source.isprintable():
        mistakes.append(Mistake("$.source", _("must be at most 100 printable characters")))
    address = _address(request, asker, body.ip, mistakes)
    if mistakes:
        raise InvalidInput(*mistakes)
    line = await line_of(connection, asker, body.line)
    zones = zones_of(request.app[directory_key].view.region(callbacks_store.number_of(body.number)))
    zone = (zones[0] if zones else zone_of(request)).key
    wish = Wish(body.number, "", "", by=asker.person, ip=address, line=line)
    person = owner["id"] if owner else None
    return Wanted(wish, body.queue, zone, body.source, max(wanted_at, at), person, " ".join(body.note.split()))


def _address(request: web.Request, asker: Identity, text: str, mistakes: list[Mistake]) -> Address | None:
    """Whose request it counts as: the visitor's whom a site's server names, never whom a browser names."""
    try:
        named = ip_address(text) if text else None
    except ValueError:
        mistakes.append(Mistake("$.ip", _("must be an address, e.g. 203.0.113.5")))
        return None
    if named is None or asker.via is not Via.TOKEN:
        return request[peer_key].address
    return named.ipv4_mapped or named if isinstance(named, IPv6Address) else named
