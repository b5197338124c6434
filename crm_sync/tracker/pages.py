"""`/tracker/{calls,leads}/{id}`: the issue of a call or a lead, and what is written to it here and there."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from aiohttp import web

from crm_sync.tracker.store import SQL, TrackerRow, add_comment, find_tracker, open_issue
from trunkline.calls.api import full_call
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import redis_key, settings_key
from trunkline.leads.api import hand_of, lead_of
from trunkline.leads.hand import named
from trunkline.leads.reading import find_lead
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.web.auth import signed_in
from trunkline.web.human import full_moment, phone
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, reader_of, redirect

_LONGEST_SUMMARY: Final = 250
_LONGEST_TEXT: Final = 5000
_NAMES: Final = {"summary": mark("Issue"), "description": mark("In words"), "text": mark("Comment")}


class About(NamedTuple):
    """What an issue is about: its page, and what the form proposes."""

    kind: str
    id: UUID
    back: str
    summary: str
    description: str

    @property
    def here(self) -> str:
        """The page of its issue."""
        return f"/tracker{self.back}"


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/tracker/calls/{id}", show_call),
        web.post("/tracker/calls/{id}", open_of_call),
        web.post("/tracker/calls/{id}/comment", comment_of_call),
        web.get("/tracker/leads/{id}", show_lead),
        web.post("/tracker/leads/{id}", open_of_lead),
        web.post("/tracker/leads/{id}/comment", comment_of_lead),
    ]


async def is_connected(connection: Connection) -> bool:
    """Whether calls and leads have a way to issues."""
    return bool(await connection.fetchval(SQL["is_connected"]))


async def show_call(request: web.Request) -> web.Response:
    """`GET`: to whoever sees the call."""
    return await _page(request, await _call(request))


async def open_of_call(request: web.Request) -> web.StreamResponse:
    """`POST summary, description`: an issue about it; once, however often it is sent."""
    return await _open(request, await _call(request))


async def comment_of_call(request: web.Request) -> web.StreamResponse:
    """`POST text`: one more comment there."""
    return await _comment(request, await _call(request))


async def show_lead(request: web.Request) -> web.Response:
    """`GET`: to whoever sees the lead."""
    return await _page(request, await _lead(request))


async def open_of_lead(request: web.Request) -> web.StreamResponse:
    """`POST summary, description`: an issue about it; once, however often it is sent."""
    return await _open(request, await _lead(request))


async def comment_of_lead(request: web.Request) -> web.StreamResponse:
    """`POST text`: one more comment there."""
    return await _comment(request, await _lead(request))


async def _call(request: web.Request) -> About:
    call = (await full_call(request, signed_in(request))).call
    number, at = phone(call.client or call.caller), full_moment(call.started_at, reader_of(request))
    back = f"/calls/{call.id}"
    lines = (_("Call of %(moment)s") % {"moment": at}, number, phone(call.dialled), _link(request, back))
    summary = _("Call: %(number)s, %(moment)s") % {"number": number, "moment": at}
    return About("call", call.id, back, summary, "\n".join(line for line in lines if line))


async def _lead(request: web.Request) -> About:
    async with transaction(request) as connection:
        lead = await find_lead(connection, hand_of(request).asker, lead_of(request))
    back = f"/leads/{lead.id}"
    number, line = phone(lead.phone) if lead.phone else lead.email, lead.line_name or lead.direction
    lines = (lead.contact, lead.company, number, lead.title, line, _link(request, back))
    summary = _("Lead: %(who)s") % {"who": named(lead) if named(lead) != lead.phone else number}
    return About("lead", lead.id, back, summary, "\n".join(line for line in lines if line))


def _link(request: web.Request, path: str) -> str:
    settings = request.app[settings_key]
    return f"{settings.public_url}{path}" if settings.server.public_url else ""


async def _open(request: web.Request, about: About) -> web.StreamResponse:
    sent = {name: (await text_field(request, name)).replace("\0", "").strip() for name in ("summary", "description")}
    sent["summary"] = " ".join(sent["summary"].split())
    try:
        _bounded("summary", sent["summary"], _LONGEST_SUMMARY, needed=True)
        _bounded("description", sent["description"], _LONGEST_TEXT)
        async with transaction(request) as connection:
            tracker, told = await _connected(connection), (sent["summary"], sent["description"])
            person = signed_in(request).person
            fresh = await open_issue(connection, tracker, about.kind, about.id, told, person, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, about, dict(mistakes_of(error)), sent)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    said = _("The issue goes to the tracker.") if fresh else _("There is an issue of it already.")
    return redirect(request, about.here, said)


async def _comment(request: web.Request, about: About) -> web.StreamResponse:
    text = (await text_field(request, "text")).replace("\0", "").strip()
    try:
        _bounded("text", text, _LONGEST_TEXT, needed=True)
    except InvalidInput as error:
        return await _page(request, about, dict(mistakes_of(error)), {"text": text})
    async with transaction(request) as connection:
        tracker = await _connected(connection)
        issue = await connection.fetchrow(SQL["issue_about"], about.kind, about.id)
        if issue is None:
            raise NotFound(_("There is no issue of it yet."))
        await add_comment(connection, tracker, issue, text, signed_in(request).name, actor_of(request), now())
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return redirect(request, about.here, _("The comment goes to the tracker."))


def _bounded(name: str, text: str, longest: int, *, needed: bool = False) -> None:
    if needed and not text:
        raise InvalidInput(Mistake(name, _("must not be empty")))
    if len(text) > longest:
        raise InvalidInput(Mistake(name, _("has more than %(number)s characters") % {"number": longest}))


async def _connected(connection: Connection) -> TrackerRow:
    tracker = await find_tracker(connection)
    if tracker is None:
        raise NotFound(_("There is no tracker."))
    return tracker


async def _page(
    request: web.Request, about: About, mistakes: dict[str, str] | None = None, sent: dict[str, str] | None = None
) -> web.Response:
    async with transaction(request) as connection:
        tracker = await _connected(connection)
        issue = await connection.fetchrow(SQL["issue_about"], about.kind, about.id)
        comments: list[asyncpg.Record] = [] if issue is None else await connection.fetch(SQL["comments"], issue["id"])
    mistakes = mistakes or {}
    values: dict[str, Any] = {"summary": about.summary, "description": about.description, "text": "", **(sent or {})}
    return page(
        request,
        "crm_sync/issue.html",
        status=422 if mistakes else 200,
        about=about,
        tracker=tracker,
        issue=issue,
        comments=comments,
        values=values,
        names={name: _(word) for name, word in _NAMES.items()},
        mistakes={name: mistakes.get(name, "") for name in _NAMES},
        told=[(name, f"{_(_NAMES[name])}: {said}") for name, said in mistakes.items()],
        longest={"summary": _LONGEST_SUMMARY, "text": _LONGEST_TEXT},
    )
