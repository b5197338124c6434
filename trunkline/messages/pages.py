"""`/messages`: what rules told the reader; `/settings/messages/log`: what they told everybody; what a client allows."""

from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from aiohttp import web

from trunkline.calls.phone import mask
from trunkline.errors import InvalidInput, NotFound
from trunkline.keys import settings_key
from trunkline.messages.happening import KIND_NAMES, Kind
from trunkline.messages.rule import CHANNEL_NAMES, Channel
from trunkline.messages.rules_store import SQL as RULES
from trunkline.messages.store import SQL
from trunkline.messages.template import filled, without_phone
from trunkline.messages.words import STATE_NAMES, WHY_NAMES, whys_of_trace
from trunkline.notices.notice import MESSAGES
from trunkline.notices.store import count_open, done
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import Reader
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url, page_of
from trunkline.web.render import page, redirect

LOG: Final = "/settings/messages/log"
_PAGE: Final = 50
_OWN: Final = 100


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/messages", show_own),
        web.get("/messages/count", show_count),
        web.get("/messages/{id}", show_one),
        web.post("/messages/{id}/seen", seen),
        web.get(LOG, show_log),
        web.get("/contacts/{id}/messages", show_client),
        web.post("/contacts/{id}/messages", change_consent),
    ]


async def show_own(request: web.Request) -> web.Response:
    """`GET`: the latest the reader was told."""
    async with transaction(request) as connection:
        rows = await connection.fetch(SQL["own_latest"], signed_in(request).person, _OWN)
    return page(request, "messages/own.html", messages=rows, one=None)


async def show_count(request: web.Request) -> web.Response:
    """`GET`: how many notices of rules the reader has not seen to, for the navigation."""
    async with transaction(request) as connection:
        waiting = await count_open(connection, MESSAGES, signed_in(request).person)
    return page(request, "messages/count.html", waiting=waiting)


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one of them."""
    async with transaction(request) as connection:
        row = await connection.fetchrow(SQL["own"], _id(request), signed_in(request).person)
    if row is None:
        raise NotFound(_("There is no such message, or it is not to you."))
    return page(request, "messages/own.html", messages=[row], one=row, subject=_subject(row))


async def seen(request: web.Request) -> web.StreamResponse:
    """`POST`: the reader sees to it; nobody after him in the chain is told."""
    person, identifier = signed_in(request).person, _id(request)
    async with transaction(request) as connection:
        if await connection.fetchval(SQL["seen"], identifier, person, now()) is None:
            raise NotFound(_("There is no such message, or it is not to you."))
        await done(connection, MESSAGES, identifier, now(), person)
        await record(connection, actor_of(request), Deed("message.seen", "message", str(identifier)), now())
    return redirect(request, "/messages", _("You see to it: nobody else is told."))


async def show_log(request: web.Request) -> web.Response:
    """`GET ?state=&name=&cursor=`: what was told to whom, or why not, the newest first."""
    state = request.query.get("state", "")
    name = request.query.get("name", "").replace("\0", "").strip()[:100]
    try:
        after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    except InvalidInput as error:
        raise web.HTTPBadRequest(text=_("This is not an address of ours.")) from error
    asked = (state if state in STATE_NAMES else None, _escaped(name) or None)
    async with transaction(request) as connection:
        rows = await connection.fetch(SQL["log"], *asked, *(after or (None, None)), _PAGE + 1)
    shown = page_of(rows, _PAGE, lambda row: (row["at"], row["id"]))
    sees = signed_in(request).holds(Right.CONTACTS_READ)
    return page(
        request,
        "messages/log.html",
        messages=[_shown(row, sees, _company(request)) for row in shown.rows],
        next_url=shown.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
        state=state,
        name=name,
        states=[("", _("all"))] + [(key, _(word)) for key, word in STATE_NAMES.items()],
    )


async def show_client(request: web.Request) -> web.Response:
    """`GET`: whether this client may be written to, and what he was told."""
    contact = _id(request)
    async with transaction(request) as connection:
        named = await connection.fetchrow(SQL["client"], contact)
        if named is None:
            raise NotFound(_("There is no such contact."))
        consent = await connection.fetchrow(RULES["consent"], contact)
        rows = await connection.fetch(SQL["told_client"], contact, _PAGE)
    shown = [_shown(row, True, _company(request)) for row in rows]
    return page(request, "messages/client.html", contact=named, consent=consent, messages=shown)


async def change_consent(request: web.Request) -> web.StreamResponse:
    """`POST allowed=yes|no`: as the client said."""
    contact, allowed = _id(request), await text_field(request, "allowed") == "yes"
    async with transaction(request) as connection:
        if await connection.fetchrow(SQL["client"], contact) is None:
            raise NotFound(_("There is no such contact."))
        await connection.execute(RULES["put_consent"], contact, allowed, now(), signed_in(request).person)
        if allowed:
            await connection.execute(SQL["drop_stop"], contact)
        deed = Deed("contact.messages_allowed", "contact", str(contact), after={"allowed": allowed})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"/contacts/{contact}/messages", _("Saved."))


def _company(request: web.Request) -> Reader:
    """In whose language and by whose clock messages are told."""
    web_settings = request.app[settings_key].web
    return Reader(web_settings.language, ZoneInfo(web_settings.timezone))


def _shown(row: asyncpg.Record, sees: bool, company: Reader) -> dict[str, object]:
    """A row of the log; who may not see contacts reads no number. What waits has the words it would be told in now."""
    state, text = row["shown_state"], row["text"]
    if state == "waiting":
        today = now().astimezone(company.timezone).date
        text = filled(row["template"], Kind(row["kind"]), row["facts"], company, today)
    text = text if sees else without_phone(text, [row["phone"]])
    phone = (row["phone"] if sees else mask(row["phone"])) if row["client"] and row["phone"] else ""
    key, why = row["why"], row["failed"] or row["warning"] or (row["trouble"] if row["under_way"] else "")
    return dict(row) | {
        "state": state,
        "state_name": _(STATE_NAMES[state]),
        "why": why or (_(WHY_NAMES[key]) if key else ""),
        "text": text,
        "phone": phone,
        "kind_name": _(KIND_NAMES[Kind(row["kind"])]),
        "channel_name": _(CHANNEL_NAMES[Channel(row["channel"])]),
        "trace": whys_of_trace(row["trace"]),
    }


def _subject(row: asyncpg.Record) -> str:
    """The page of what it is about, where there is one."""
    kind = Kind(row["kind"])
    if kind.value.startswith("lead."):
        return f"/leads/{row['subject']}"
    if kind.value.startswith(("overlap.", "reservation.")):
        return "/leads/overlaps" + ("" if kind is Kind.OVERLAP_FOUND else "?state=confirmed")
    if kind is Kind.CALL_ENDED:
        return f"/calls/{row['subject']}"
    if kind is Kind.RECORDING_COMMENTED:
        return f"/recordings/quality/{row['subject']}"
    return "/missed" if kind is Kind.MISSED_LATE else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such message, or it is not to you.")) from None
