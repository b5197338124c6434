"""`/leads/orphans`: leads and deals without an owner who works here, or without a next step; and who gets them."""

from datetime import datetime, time
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.keys import redis_key
from trunkline.leads.api import hand_of
from trunkline.leads.orphans import Given, Lack, give, list_orphans
from trunkline.leads.touching import SQL
from trunkline.leads.words import LACKS
from trunkline.notices.notice import ORPHANS
from trunkline.notices.store import seen_all, spread
from trunkline.people.pages.request import now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url
from trunkline.web.render import page, reader_of, redirect

HERE: Final = "/leads/orphans"
_NEXT_STEP_AT: Final = time(10)
"""A day alone means this time of it."""


def routes() -> list[web.RouteDef]:
    """The routes of this module; they stand before `/leads/{id}`."""
    return [web.get(HERE, show), web.post(f"{HERE}/give", give_one)]


async def show(request: web.Request) -> web.Response:
    """`GET ?lack=&cursor=`: what the last look found; who looks has seen what he was told."""
    identity, at = signed_in(request), now()
    text = request.query.get("lack", "")
    lack = Lack(text) if text in set(Lack) else None
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID, str])
    async with transaction(request) as connection:
        found = await list_orphans(connection, identity.reach(), after, lack)
        colleagues = await connection.fetch(SQL["colleagues"])
        looked_at = await connection.fetchval("select nullif(looked_at, '-infinity') from orphan_looks")
        await seen_all(connection, ORPHANS, identity.person, at)
    return page(
        request,
        "leads/orphans.html",
        orphans=found.rows,
        lack=lack.value if lack else "",
        lacks=[("", _("all")), *((one.value, _(word)) for one, word in LACKS.items())],
        lack_words={one.value: _(word) for one, word in LACKS.items()},
        people=[("", "—"), *((str(row["id"]), row["name"]) for row in colleagues)],
        looked_at=looked_at,
        named=identity.holds(Right.CONTACTS_READ),
        money=identity.holds(Right.MONEY_READ),
        today=at.astimezone(reader_of(request).timezone).date(),
        next_url=found.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def give_one(request: web.Request) -> web.StreamResponse:
    """`POST kind, subject, person?, next_on?`: somebody minds it; what is wrong is told on the list."""
    try:
        given = await _given(request)
        async with transaction(request) as connection:
            told = await give(connection, hand_of(request), given)
    except InvalidInput as error:
        return redirect(request, HERE, error.mistakes[0].message, "bad")
    except (Forbidden, NotFound) as error:
        return redirect(request, HERE, str(error), "bad")
    await spread(request.app[redis_key], told)
    return redirect(request, HERE, _("Somebody minds it from now on."))


async def _given(request: web.Request) -> Given:
    sent = {name: (await text_field(request, name)).strip() for name in ("kind", "subject", "person", "next_on")}
    try:
        subject = UUID(sent["subject"])
        person = UUID(sent["person"]) if sent["person"] else None
    except ValueError:
        raise InvalidInput(Mistake("person", _("choose one"))) from None
    return Given("deal" if sent["kind"] == "deal" else "lead", subject, person, _moment(request, sent["next_on"]))


def _moment(request: web.Request, text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d") if text else None  # noqa: DTZ007 - the reader's zone follows
    except ValueError:
        raise InvalidInput(Mistake("next_on", _("must be a day, e.g. 2026-12-31"))) from None
    return datetime.combine(day, _NEXT_STEP_AT, reader_of(request).timezone) if day else None
