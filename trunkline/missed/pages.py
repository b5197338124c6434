"""`/missed`: whom to call back, by when and who does it; one client with all that was tried."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec.structs import replace

from trunkline.calls.listing import parse_listing
from trunkline.calls.places import queue_names
from trunkline.calls.reading import CallRow, list_calls
from trunkline.calls.words import why_missed
from trunkline.card.keeping import CallBack, due_call_backs
from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.keys import directory_key
from trunkline.missed.hand import LONGEST_NOTE, CloseBody, Hand, Reason, close, release, take
from trunkline.missed.keep import SQL
from trunkline.missed.reading import (
    FIELDS,
    Asker,
    MissedClient,
    Wanted,
    after_of,
    count_open,
    find_client,
    list_closed,
    list_open,
    places_open,
    wanted,
)
from trunkline.missed.rules import read_rules
from trunkline.missed.words import DEEDS, HOW, REASONS, UNANSWERED
from trunkline.people.pages.request import mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import first_url
from trunkline.web.render import page, reader_of, redirect

_CLOSED_SHOWN = 50
_BACK = re.compile(r"/missed(/[0-9a-f-]{36})?(\?[\w=&%+.-]*)?", re.ASCII).fullmatch
_CALLS_SHOWN = 50


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/missed", show_list),
        web.get("/missed/count", show_count),
        web.get("/missed/{id}", show_client),
        web.post("/missed/{id}/take", take_client),
        web.post("/missed/{id}/release", release_client),
        web.post("/missed/{id}/close", close_client),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?whose=&overdue=&line=&queue=&cursor=`: who waits, the nearest promise first.

    The first page also tells whom the reader promised a call, and who left the list today.
    """
    identity, at = signed_in(request), now()
    asker = Asker.of(identity, at)
    query, mistakes, asked = _asked(request)
    after = after_of(request.query)
    closed: Sequence[MissedClient] = []
    promises: Sequence[CallBack] = []
    zone = reader_of(request).timezone
    morning = datetime.combine(at.astimezone(zone).date(), time(), zone)
    async with transaction(request) as connection:
        waiting = await list_open(connection, asker, asked, after)
        total, overdue = await count_open(connection, asker)
        lines, queues = await places_open(connection, asker)
        if after is None and not mistakes:
            closed = (await list_closed(connection, asker, asked, morning, size=_CLOSED_SHOWN)).rows
            promises = await _promises(connection, asker, asked)
    return page(
        request,
        "missed/list.html",
        status=400 if mistakes else 200,
        waiting=waiting.rows,
        closed=closed,
        promises=promises,
        total=total,
        overdue=overdue,
        next_url=waiting.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
        asked=query,
        filtered=any(query.values()),
        mistakes=mistakes,
        lines=_choices(lines, query["line"], shown=phone),
        queues=_choices(queues, query["queue"], shown=queue_names(request.app[directory_key].head)),
        here=str(request.rel_url),
        **_shared(request, at),
    )


def _asked(request: web.Request) -> tuple[dict[str, str], Mapping[str, str], Wanted]:
    """The filters as they were written, what is wrong with them, and what they mean."""
    query = {name: request.query.get(name, "") for name in FIELDS}
    try:
        return query, {}, wanted(query, signed_in(request).person)
    except InvalidInput as error:
        return query, mistakes_of(error), Wanted()


async def _promises(connection: Connection, asker: Asker, asked: Wanted) -> Sequence[CallBack]:
    """Whom the reader himself promised a call on a card; a line or a queue leaves them out, for they are of none."""
    if asked.line or asked.queue:
        return []
    promises = await due_call_backs(connection, asker.reach.person, asker.now if asked.overdue else None)
    return promises if asker.named else [replace(one, names=[]) for one in promises]


async def show_count(request: web.Request) -> web.Response:
    """`GET`: how many wait, for the navigation of every page."""
    async with transaction(request) as connection:
        waiting, overdue = await count_open(connection, Asker.of(signed_in(request), now()))
    return page(request, "missed/count.html", waiting=waiting, overdue=overdue)


async def show_client(request: web.Request) -> web.Response:
    """`GET`: one client, his calls and ours since he was missed, and what was done by hand."""
    return await _client(request)


async def take_client(request: web.Request) -> web.StreamResponse:
    """`POST back?`: I call him."""
    return await _done(request, take, _("You call this client back."))


async def release_client(request: web.Request) -> web.StreamResponse:
    """`POST back?`: somebody else may."""
    return await _done(request, release, _("Anybody may take this client now."))


async def close_client(request: web.Request) -> web.StreamResponse:
    """`POST reason, note?`: he needs no call; a mistake is told in the form."""
    sent = {name: (await text_field(request, name)).replace("\0", "").strip() for name in ("reason", "note")}
    try:
        body = _body(sent)
        async with transaction(request) as connection:
            await close(connection, await _hand(request, connection), _entry(request), body)
    except InvalidInput as error:
        return await _client(request, sent, mistakes_of(error))
    return redirect(request, "/missed", _("The client is off the list."))


async def _done(request: web.Request, do: Any, said: str) -> web.StreamResponse:
    """Do it, and go back to where the button was; whatever is in the way is told there."""
    back = await text_field(request, "back")
    back = back if _BACK(back) else "/missed"
    try:
        async with transaction(request) as connection:
            await do(connection, await _hand(request, connection), _entry(request))
    except Forbidden as error:
        return redirect(request, back, str(error), "bad")
    except NotFound as error:
        return redirect(request, "/missed", str(error), "bad")
    except InvalidInput as error:
        return redirect(request, back, error.mistakes[0].message, "bad")
    return redirect(request, back, said)


async def _client(
    request: web.Request, sent: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None
) -> web.Response:
    at = now()
    async with transaction(request) as connection:
        one = await find_client(connection, Asker.of(signed_in(request), at), _entry(request))
        calls = await _calls(request, connection, one)
        deeds = await connection.fetch(SQL["deeds_of"], one.number, one.first_missed_at, one.closed_at)
    named = {"reason": _("Why"), "note": _("Note"), "id": _("Entry")}
    return page(
        request,
        "missed/client.html",
        status=422 if mistakes else 200,
        one=one,
        calls=calls,
        deeds=deeds,
        sent=sent or {"reason": Reason.TALKED.value, "note": ""},
        mistakes=mistakes or {},
        told=[(field, f"{named.get(field, field)}: {message}") for field, message in (mistakes or {}).items()],
        reasons=[(reason.value, _(word)) for reason, word in REASONS.items()],
        longest_note=LONGEST_NOTE,
        **_shared(request, at),
    )


async def _calls(request: web.Request, connection: Connection, one: MissedClient) -> list[CallRow]:
    """The calls with him since he was missed that the asker may see, the newest first."""
    asked = {"number": one.number, "since": one.first_missed_at.isoformat(), "limit": str(_CALLS_SHOWN)}
    return (await list_calls(connection, parse_listing(asked), signed_in(request).reach())).items


def _shared(request: web.Request, at: datetime) -> dict[str, Any]:
    identity = signed_in(request)
    return {
        "now": at,
        "me": identity.person,
        "may_dial": identity.holds(Right.CALLS_DIAL),
        "may_take_over": identity.holds(Right.PRESENCE_OTHERS),
        "why_missed": why_missed,
        "queue_name": queue_names(request.app[directory_key].head),
        "how": {key: (_(word), kind) for key, (word, kind) in HOW.items()},
        "reason_words": {key.value: _(word) for key, word in REASONS.items()},
        "deed_words": {key: _(word) for key, word in DEEDS.items()},
        "unanswered": {key: _(word) for key, word in UNANSWERED.items()},
    }


def _choices(values: list[str], asked: str, shown: Any = str) -> list[tuple[str, str]]:
    """What a filter offers: what somebody waits on, and what was asked for."""
    known = values if not asked or asked in values else [*values, asked]
    return [("", _("any")), *((value, shown(value)) for value in known)]


async def _hand(request: web.Request, connection: Connection) -> Hand:
    rules = await read_rules(connection)
    return Hand(signed_in(request), now(), rules.in_zone(reader_of(request).timezone))


def _entry(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such entry: the list has changed meanwhile.")) from None


def _body(sent: Mapping[str, str]) -> CloseBody:
    if sent["reason"] not in set(Reason):
        raise InvalidInput(Mistake("reason", _("choose one")))
    try:
        return msgspec.convert(dict(sent), CloseBody)
    except msgspec.ValidationError:
        told = _("must have at most %(number)s letters") % {"number": LONGEST_NOTE}
        raise InvalidInput(Mistake("note", told)) from None
