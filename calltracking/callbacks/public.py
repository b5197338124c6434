"""`/calltracking/v1/callback` on the public listener: what the button shows, and who wants to be called."""

import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from aiohttp import hdrs, web

from calltracking.callbacks.store import KeptWidgets
from calltracking.callbacks.widget import CompanyKinds, Offer, Tickets, WidgetFields, Window, is_worked, windows_of
from calltracking.forms.form import FormRecord, Told
from calltracking.forms.public import desk_key
from calltracking.forms.store import keep_forms
from calltracking.leases.answering import Refused
from calltracking.leases.limits import Buckets, Rate
from calltracking.leases.public import allowed, answered, engine_key, sender_of, sent, site_asked
from calltracking.sites.catalogue import Site
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.dialing.callbacks_store import Taken, Wanted, take
from trunkline.dialing.store import Wish
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.leads.rules import KeptLeadRules, LeadRulesOf, usual_lead_rules
from trunkline.leads.touching import hold_people
from trunkline.outbox.wake import wake
from trunkline.people.identity import Reach
from trunkline.web.metrics import DIALS_REFUSED, FORMS_TAKEN
from trunkline.web.security import Address, peer_key

OF_ADDRESS: Final = Rate(1 / 600, 5)
OF_SITE: Final = Rate(1 / 30, 30)
"""Whatever a thousand addresses ask for: people would be rung who asked for nothing."""
OF_TICKET: Final = Rate(1 / 600, 3)
"""A page that was refused may try again, not for ever."""
_EVERYBODY: Final = Reach(UUID(int=0), None, None)
_LATER: Final = frozenset(("ip_calls", "ip_minutes", "number_calls", "number_minutes"))
_SOURCE: Final = "site"


class CallbackWish(Told, frozen=True):
    """`POST /calltracking/v1/callback`."""

    ticket: Annotated[str, msgspec.Meta(max_length=100)] = ""
    wanted_at: datetime | None = None


class CallbackTaken(msgspec.Struct, frozen=True):
    """When he is called; null: at once."""

    wanted_at: datetime | None


_WISH: Final = msgspec.json.Decoder(CallbackWish)


@dataclass(frozen=True, slots=True)
class CallbackDesk:
    """What a wish to be called is answered by."""

    widgets: KeptWidgets
    tickets: Tickets
    pool: Pool
    zone: ZoneInfo
    kinds: Callable[[date], CompanyKinds]
    box: SecretBox
    leads: LeadRulesOf = usual_lead_rules
    addresses: Buckets = field(default_factory=lambda: Buckets(OF_ADDRESS))
    sites: Buckets = field(default_factory=lambda: Buckets(OF_SITE))
    used: Buckets = field(default_factory=lambda: Buckets(OF_TICKET))

    async def widget(self, site: Site) -> WidgetFields:
        """The site's button; raises Refused."""
        found = await self.widgets.of(site.id)
        if found is None:
            raise Refused(404, "callback", "this site calls nobody back", "site")
        return found

    def windows(self, widget: WidgetFields, now: datetime) -> list[Window]:
        """When calls are made in the coming days."""
        return windows_of(widget, self.zone, now, self.kinds(now.astimezone(self.zone).date()))

    def check(self, site: Site, body: CallbackWish, widget: WidgetFields, network: str, now: datetime) -> None:
        """Raises Refused for a wish that no page of ours can have made, or that is for no hour of work."""
        at = now.timestamp()
        if not self.tickets.is_good(site.id, body.ticket, at) or not self.used.take(body.ticket, at):
            raise Refused(403, "ticket", "is not good, or not any more: ask for the site's button again", "ticket")
        wanted = body.wanted_at
        if wanted is not None and wanted.tzinfo is None:
            raise Refused(400, "body", "must name its zone, e.g. 2026-11-27T14:00:00+03:00", "wanted_at")
        if not is_worked(self.windows(widget, now), max(wanted.timestamp(), at) if wanted else at):
            raise Refused(409, "closed", "calls are made in working hours: choose a time of `windows`", "wanted_at")
        if not self.addresses.take(network, at):
            raise Refused(429, "callback_address_rate", "too many callbacks asked for from this address")
        if not self.sites.take(site.id, at):
            raise Refused(429, "callback_site_rate", "too many callbacks asked for at once: try again later")

    async def ask(
        self, site: Site, record: FormRecord, body: CallbackWish, widget: WidgetFields, address: Address | None
    ) -> tuple[Taken, frozenset[str]]:
        """Put him before the guard; the callback and the touch of his visit are one commit."""
        now = datetime.fromtimestamp(record.at, UTC)
        key = sha256(b"site" + site.id.bytes + body.id.bytes).hexdigest()
        wish = Wish(record.phone, "", "", ip=address, line=widget.line, key=key)
        wanted = Wanted(wish, widget.queue, self.zone.key, _SOURCE, max(body.wanted_at or now, now), note=record.name)
        async with self.pool.acquire() as connection, connection.transaction():
            # Before the guard's row, which all dialling waits for: a telephone may be held by a batch of calls.
            await hold_people(connection, [record.phone])
            taken = await take(connection, wanted, _EVERYBODY, now, self.box)
            if taken.id is None:
                return taken, frozenset()
            return taken, await keep_forms(connection, [record], taken.id, self.leads)


company_kinds_key = web.AppKey[Callable[[date], CompanyKinds]]("company_kinds")
"""How the two weeks from a day on differ from weekdays; whoever knows the routing plan tells it."""
desk_of_callbacks = web.AppKey("calltracking_callbacks", CallbackDesk)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/calltracking/v1/callback/{key}.json", answered(show)),
        web.post("/calltracking/v1/callback", answered(receive)),
    ]


async def callbacks_context(app: web.Application) -> AsyncIterator[None]:
    """Stands on the engine and the desk of forms."""
    settings = app[settings_key]
    tickets, zone = Tickets(settings.secret_key()), ZoneInfo(settings.web.timezone)
    kinds = app[company_kinds_key]
    app[desk_of_callbacks] = CallbackDesk(
        KeptWidgets(app[pool_key]), tickets, app[pool_key], zone, kinds, settings.secret_box(), KeptLeadRules(zone)
    )
    yield


async def show(request: web.Request) -> web.Response:
    """`GET /callback/{key}.json`: the hours, the text to agree to, and a ticket for one wish."""
    site, origin = site_asked(request)
    desk = request.app[desk_of_callbacks]
    widget = await desk.widget(site)
    now = time.time()
    windows = desk.windows(widget, datetime.fromtimestamp(now, UTC))
    ticket = desk.tickets.issue(site.id, now, os.urandom(8))
    offer = Offer(1, int(now * 1000), windows, widget.agreed, widget.terms, ticket)
    headers = {hdrs.CACHE_CONTROL: "no-store", **allowed(origin)}
    return web.Response(body=msgspec.json.encode(offer), content_type="application/json", headers=headers)


async def receive(request: web.Request) -> web.Response:
    """`POST /callback`: 200 with when he is called, or why not."""
    body, site, origin = await sent(request, _WISH)
    desk, sender = request.app[desk_of_callbacks], sender_of(request)
    widget = await desk.widget(site)
    now = datetime.fromtimestamp(request.app[engine_key].clock(), UTC)
    desk.check(site, body, widget, sender.network, now)
    record = await request.app[desk_key].recorded(site, body, sender)
    told = CallbackTaken(body.wanted_at if body.wanted_at and body.wanted_at > now else None)
    if record is not None:
        record = msgspec.structs.replace(record, kind="callback")
        taken, topics = await _asked(desk, site, record, body, widget, request[peer_key].address)
        if taken.refused:
            raise _refusal(taken)
        FORMS_TAKEN.labels("callback").inc()
        if topics:
            await wake(request.app[redis_key], *topics)
    headers = {hdrs.CACHE_CONTROL: "no-store", **allowed(origin)}
    return web.Response(body=msgspec.json.encode(told), content_type="application/json", headers=headers)


async def _asked(
    desk: CallbackDesk,
    site: Site,
    record: FormRecord,
    body: CallbackWish,
    widget: WidgetFields,
    address: Address | None,
) -> tuple[Taken, frozenset[str]]:
    try:
        return await desk.ask(site, record, body, widget, address)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refused(503, "callback_database", "callbacks cannot be kept at the moment") from error


def _refusal(taken: Taken) -> Refused:
    """Without the guard's rule: whether a number is on a list is nobody's business."""
    assert taken.verdict is not None
    rule = taken.verdict.rule
    DIALS_REFUSED.labels(rule).inc()
    if rule in _LATER:
        return Refused(429, "callback_guard", "was called or asked for too often today", "phone")
    return Refused(409, "callback_guard", "cannot be called by us", "phone")
