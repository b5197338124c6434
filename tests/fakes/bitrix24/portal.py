"""The whole portal on loopback: `async with portal() as bitrix`, then `bitrix.url`, `bitrix.world` and the switches.

Its behaviours are cited where they are: crm.md §2 (authorisation in `access`, telephony in `telephony`, `recordings`,
events in `events` and `offline`, the CRM in `crm_items`, `crm_lists`, limits in `limits` and `running`) and the
vendor's specifications of `$TRUNKLINE_TEST_DATA/bitrix24`. It was written without sight of the connector.
"""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from aiohttp.test_utils import TestServer

from tests.fakes.bitrix24 import callings, crm_items, crm_lists, crm_more, lines, recordings, system, telephony
from tests.fakes.bitrix24.access import Access, App
from tests.fakes.bitrix24.chaos import Chaos
from tests.fakes.bitrix24.door import Door
from tests.fakes.bitrix24.events import Delivery
from tests.fakes.bitrix24.limits import Clock, LeakyBucket, Limits, OperatingTime
from tests.fakes.bitrix24.listing import Row
from tests.fakes.bitrix24.running import Heard, Running
from tests.fakes.bitrix24.specs import Specs, Violation
from tests.fakes.bitrix24.world import Call, World

METHODS = {
    **telephony.METHODS, **recordings.METHODS, **lines.METHODS, **system.METHODS, **callings.METHODS,
    **crm_items.METHODS, **crm_lists.METHODS, **crm_more.METHODS,
}  # fmt: skip


@dataclass
class Portal:
    """A running one; what a test asserts on are its properties."""

    world: World
    running: Running
    chaos: Chaos
    app: App
    webhook_url: str = ""
    url: str = ""
    oauth_url: str = ""
    limits: Limits = field(default_factory=Limits)
    buckets: dict[str, LeakyBucket] = field(default_factory=dict)
    """By source address."""

    @property
    def access(self) -> Access:
        """Webhooks, applications and their tokens."""
        return self.world.access

    @property
    def violations(self) -> list[Violation]:
        """What requests had against the vendor's specifications."""
        return self.running.violations

    @property
    def heard(self) -> list[Heard]:
        """Every call of a method that came as far as the method, in its order."""
        return self.running.heard

    @property
    def calls(self) -> list[Call]:
        """All that were registered."""
        return list(self.world.calls.values())

    @property
    def finished(self) -> list[Row]:
        """Rows of statistics."""
        return self.world.statistic

    @property
    def deliveries(self) -> list[Delivery]:
        """What was posted to handlers of events."""
        return self.world.events.deliveries

    def asked(self, method: str) -> list[Heard]:
        """The calls of one method."""
        return [one for one in self.heard if one.method.lower() == method.lower()]

    def activities_of(self, external: str) -> list[Row]:
        """The activities of the calls with this EXTERNAL_CALL_ID: of each physical call there is to be one."""
        ids = {f"VI_{call.id}" for call in self.calls if call.external == external}
        return [row for row in self.world.activities.values() if row.get("ORIGIN_ID") in ids]

    def record_of(self, external: str) -> bytes | None:
        """What the portal plays of a call; None for nothing."""
        for call in self.calls:
            if call.external == external and call.id in self.world.records:
                return self.world.records[call.id][-1].content
        return None

    def transcripts_of(self, external: str) -> list[list[Row]]:
        """All that were attached to a call, a repeated one too."""
        return [
            one for call in self.calls if call.external == external for one in self.world.transcripts.get(call.id, [])
        ]

    def cards_of(self, user: int) -> list[Call]:
        """The calls whose card a user has open."""
        return [call for call in self.calls if user in call.shown]

    async def click_to_call(self, user: int, phone: str, line: str = "", entity: tuple[int, int] | None = None) -> Call:
        """A user clicks a number: the call is registered, the application is told, and told all there is to tell."""
        call = callings.clicked(self.world, self.app, user, phone, line, entity)
        await self.world.events.settled()
        return call

    def card_form(self, user: int, call: str, **options: str) -> tuple[str, dict[str, str]]:
        """What a user's browser posts when the card of a call opens with our tab: query and form.

        The vendor's page `widgets/telephony`, CALL_CARD, «Что получает обработчик»; `$_REQUEST` holds both.
        """
        told = self.access.told(self.access.grant(self.app, user))
        found = self.world.calls.get(call)
        said = {
            "CALL_ID": call,
            "PHONE_NUMBER": found.phone if found else "",
            "LINE_NUMBER": found.line if found else "",
            "LINE_NAME": "",
            "CRM_ENTITY_TYPE": "",
            "CRM_ENTITY_ID": "0",
            "CRM_ACTIVITY_ID": "undefined",
            "CALL_DIRECTION": "incoming",
            "CALL_STATE": "connected",
            "CALL_LIST_MODE": "false",
        }
        form = {
            "AUTH_ID": told["access_token"],
            "AUTH_EXPIRES": "3600",
            "REFRESH_ID": told["refresh_token"],
            "member_id": told["member_id"],
            "status": "L",
            "PLACEMENT": "CALL_CARD",
            "PLACEMENT_OPTIONS": json.dumps(said | options),
        }
        query = {"DOMAIN": told["domain"], "PROTOCOL": "0", "LANG": "ru", "APP_SID": secrets.token_hex(16)}
        return urlencode(query), form

    async def callback_form(self, phone: str, line: str = "", entity: tuple[int, int] | None = None) -> None:
        """Somebody asks to be called back on a form of the CRM's."""
        callings.form_filled(self.world, phone, line, entity)
        await self.world.events.settled()


@asynccontextmanager
async def portal(specs: Specs, *, now: Clock = time.time, limits: Limits | None = None) -> AsyncIterator[Portal]:
    """A running one with an application and a webhook of its administrator's."""
    plan = limits or Limits()
    world, chaos = World.new(specs, now), Chaos()
    running = Running(world, OperatingTime(plan, now), METHODS)
    door = Door(running, chaos, plan, now)
    posting = asyncio.create_task(world.events.run())
    try:
        async with TestServer(door.application()) as server, aiohttp.ClientSession() as world.session:
            url = str(server.make_url("/"))
            world.access.url = url
            fake = Portal(world, running, chaos, world.access.add_app(), url=url, limits=plan, buckets=door.buckets)
            hook = world.access.add_webhook(1)
            fake.webhook_url, fake.oauth_url = f"{url}rest/1/{hook.code}/", f"{url}oauth/token/"
            yield fake
    finally:
        posting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await posting
