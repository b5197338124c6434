"""`/callbacks/new`: a client put by hand among those who are called back; the guard answers at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from aiohttp import web

from trunkline.dialing.callbacks_ask import LONGEST_NOTE, CallbackBody, ask_back, refused_because
from trunkline.dialing.callbacks_store import SQL, Taken
from trunkline.dialing.words import BY_HAND
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.pages.request import mistakes_of, now, text_field, transaction
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_LIST, _PATH = "/callbacks", "/callbacks/new"
_FIELDS: Final = {
    "number": mark("Number"),
    "queue": mark("Queue"),
    "agent": mark("Whom to ask first"),
    "line": mark("Our line he sees"),
    "wanted_at": mark("Call him at"),
    "note": mark("Note"),
}
_SLACK: Final = timedelta(minutes=1)
"""A browser's clock shows minutes only."""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_PATH, show), web.post(_LIST, add)]


async def show(request: web.Request) -> web.Response:
    """`GET ?number=`: the empty form."""
    return await _page(request, dict.fromkeys(_FIELDS, "") | {"number": request.query.get("number", "")[:128]})


async def add(request: web.Request) -> web.StreamResponse:
    """`POST number, queue, agent?, line?, wanted_at?, note?`: mistakes and the guard's refusal stand in the form."""
    sent = {name: (await text_field(request, name)).replace("\0", "").strip()[:1000] for name in _FIELDS}
    try:
        taken = await ask_back(request, _body(request, sent))
    except InvalidInput as error:
        told = {path.removeprefix("$."): message for path, message in mistakes_of(error).items()}
        return await _page(request, sent, told)
    if taken.refused:
        return await _page(request, sent, {"number": refused_because(taken)[1]})
    return redirect(request, _LIST, _said(taken))


def _body(request: web.Request, sent: Mapping[str, str]) -> CallbackBody:
    """What was written as a program would say it; raises InvalidInput."""
    mistakes = []
    if not sent["number"]:
        mistakes.append(Mistake("number", _("write the number to call")))
    if not sent["queue"]:
        mistakes.append(Mistake("queue", _("choose one")))
    if len(sent["note"]) > LONGEST_NOTE:
        mistakes.append(Mistake("note", _("must have at most %(number)s letters") % {"number": LONGEST_NOTE}))
    wanted_at = None
    try:
        if sent["wanted_at"]:
            wanted_at = datetime.strptime(sent["wanted_at"][:16], "%Y-%m-%dT%H:%M").replace(
                tzinfo=reader_of(request).timezone
            )
            if wanted_at < now() - _SLACK:
                mistakes.append(Mistake("wanted_at", _("is over; leave it empty to call at once")))
    except ValueError:
        mistakes.append(Mistake("wanted_at", _("must be a day and a time, e.g. 2026-12-31T15:30")))
    if mistakes:
        raise InvalidInput(*mistakes)
    words = {name: sent[name][:128] for name in ("number", "queue", "line", "agent")}
    return msgspec.convert(words | {"wanted_at": wanted_at, "source": BY_HAND, "note": sent["note"]}, CallbackBody)


def _said(taken: Taken) -> str:
    if taken.fresh:
        return _("The guard lets him through: he is called as soon as it is time and somebody is free.")
    if taken.was_wanted_at is not None:
        return _("He waits already and is called at the sooner time now.")
    if taken.id is None:
        return _("He waits already, with others than yours: nothing was changed.")
    return _("He waits already, for no later than this.")


async def _page(
    request: web.Request, sent: Mapping[str, str], mistakes: Mapping[str, str] | None = None
) -> web.Response:
    departments = signed_in(request).reach().departments
    async with transaction(request) as connection:
        queues = await connection.fetch(SQL["queues_of"], departments)
        agents = await connection.fetch(SQL["agents_of"], departments)
    mistakes = mistakes or {}
    return page(
        request,
        "dialing/callback_new.html",
        status=422 if mistakes else 200,
        values=sent,
        mistakes=mistakes,
        told=[(field, f"{_(_FIELDS[field])}: {message}") for field, message in mistakes.items() if field in _FIELDS],
        labels={field: _(label) for field, label in _FIELDS.items()},
        queues=[("", "—"), *((row["id"], row["name"]) for row in queues)],
        agents=[("", _("anybody of the queue")), *((row["extension"], row["name"]) for row in agents)],
        longest_note=LONGEST_NOTE,
        zone=reader_of(request).timezone.key,
    )
