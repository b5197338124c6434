"""Rooms of team messengers: incoming webhooks that take a text. Slack and Mattermost speak alike here (crm.md §5), and
their hosts are held to our rules of addresses; others go by Apprise (services.py).

Their address is their only secret: it is sealed, and nothing that is shown names more than its host.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final
from uuid import UUID

import aiohttp
from yarl import URL

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.messages.channels import ROOM_KIND
from trunkline.messages.rules_store import SQL
from trunkline.messages.services import SECONDS, SERVICES, plugin_of, send
from trunkline.outbox.event import (
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Unknowable,
    Verdict,
)
from trunkline.web.i18n import gettext as _
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of, retry_after

SLACK: Final = "slack"
MATTERMOST: Final = "mattermost"
ROOM_KINDS: Final[Mapping[str, str]] = {SLACK: "Slack", MATTERMOST: "Mattermost"} | {
    kind: service.name for kind, service in SERVICES.items()
}
_SLACK_HOST: Final = "hooks.slack.com"
_LONGEST: Final = 3500
_RATE: Final = 1.0
"""A second of one room: Slack takes one (crm.md §5)."""
_EXCERPT: Final = 300
_LONGEST_ADDRESS: Final = 1000


def wrong_address(kind: str, text: str, rules: AddressRules) -> str:
    """Why nothing can be sent there, in the reader's language; empty where it can. Blocks: Apprise is loaded."""
    if kind in SERVICES:
        return _wrong_service(kind, text)
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if not url.host or url.user is not None or len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return _("must be the whole address of an incoming webhook, e.g. https://chat.example.com/hooks/…")
    if kind == SLACK and (url.scheme, url.host) != ("https", _SLACK_HOST):
        return _("must begin with https://hooks.slack.com/")
    if kind == MATTERMOST and "/hooks/" not in url.path:
        return _("must be the whole address of an incoming webhook, e.g. https://chat.example.com/hooks/…")
    if url.scheme != "https" and not (url.scheme == "http" and _is_allowed(url.host, rules)):
        return _("must be https; plain http only to an address of [web] webhook_private_addresses")
    return ""


def _wrong_service(kind: str, text: str) -> str:
    try:
        plugin_of(kind, text)
    except ValueError:
        return _("must be %(kind)s://… as Apprise writes it, without parameters") % {"kind": kind}
    return ""


def _is_allowed(host: str, rules: AddressRules) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return rules.allows(host)


def spoken(kind: str, text: str) -> str:
    """The text so that nothing in it calls everybody or is taken for markup (docs.slack.dev «Escaping text»)."""
    text = text[:_LONGEST]
    if kind == SLACK:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("@", "@\u200b")


class RoomDeliverer:
    """A second copy does less harm than none."""

    kinds: Mapping[str, KindPolicy] = {ROOM_KIND: KindPolicy(max_attempts=20, time_limit=30.0)}

    def __init__(self, pool: Pool, box: SecretBox, session: aiohttp.ClientSession, rules: AddressRules) -> None:
        self._pool = pool
        self._box = box
        self._session = session
        self._rules = rules

    def account(self, event: Event) -> Account:
        return Account(f"room:{event.payload['room']}", _RATE, _RATE)

    async def verify(self, _event: Event) -> Verdict:
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        row = await self._pool.fetchrow(SQL["room"], UUID(event.payload["room"]))
        if row is None:
            return Delivered(warning="the room was removed; nothing was sent")
        try:
            address = self._box.open(row["address"]).decode()
        except WrongKey:
            words = "the room's address cannot be opened with this installation's key"
            return Failed(Fault(words, Sent.NO, refusal=Refusal.NEVER))
        if row["kind"] in SERVICES:
            return await self._by_apprise(row["kind"], address, event)
        request = f"POST {URL(address).origin()}/…"
        try:
            self._rules.check_literal(URL(address).host or "")
            return await self._post(address, row["kind"], event, request)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            fault = fault_of(error)
            return Failed(Fault(fault.reason.replace(address, "…"), fault.sent, refusal=fault.refusal), request=request)

    async def _by_apprise(self, kind: str, address: str, event: Event) -> Outcome:
        """It tells no more than whether it was taken."""
        try:
            async with asyncio.timeout(SECONDS):
                taken = await asyncio.to_thread(send, kind, address, event.payload["subject"], event.payload["text"])
        except TimeoutError:
            return Failed(Fault("no answer in time", Sent.MAYBE), request=kind)
        except ValueError:
            words = "the room's address is none that can be sent to"
            return Failed(Fault(words, Sent.NO, refusal=Refusal.NEVER), request=kind)
        return Delivered("taken") if taken else Failed(Fault("the service has not taken it", Sent.MAYBE), request=kind)

    async def _post(self, address: str, kind: str, event: Event, request: str) -> Outcome:
        text = spoken(kind, f"{event.payload['subject']}\n{event.payload['text']}")
        async with self._session.post(address, json={"text": text}, allow_redirects=False) as response:
            said = (await response.content.read(_EXCERPT)).decode("utf-8", "replace")
            if 200 <= response.status < 300:
                return Delivered(f"HTTP {response.status}")
            pause = retry_after(response.headers.get("Retry-After"), datetime.now(UTC).timestamp())
            fault = Fault(f"HTTP {response.status}", Sent.ANSWERED, response.status, retry_after=pause)
            return Failed(fault, request=request, answer=said)
