"""Agreeing to be told of rings, from the card's page; and what the browser runs for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

from softphone_card.push.mailman import Mailman
from softphone_card.push.post import push_session
from softphone_card.push.pusher import Pusher
from softphone_card.push.sight import Sight
from softphone_card.push.store import subscribe, unsubscribe
from softphone_card.push.subscription import LONGEST_ENDPOINT, SubscriptionBody, checked
from softphone_card.room import room_key
from trunkline.background import running
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.keys import directory_key, pool_key, redis_key, secret_box_key, settings_key
from trunkline.people.identity import Identity, Via
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.render import pages_key, reader_of
from trunkline.webhooks.address import AddressRules, ForbiddenAddress

MOST_BODY: Final = 4_096
_WORKER: Final = (files("softphone_card") / "push" / "static" / "worker.js").read_bytes()

T = TypeVar("T")

mailman_key = web.AppKey("push_mailman", Mailman)
pusher_key = web.AppKey("pusher", Pusher)
rules_key = web.AppKey("push_rules", AddressRules)


class KeyAnswer(msgspec.Struct, frozen=True):
    """Our public key, as `pushManager.subscribe` takes it."""

    key: str


class EndpointBody(msgspec.Struct, frozen=True):
    """Which browser."""

    endpoint: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/card/worker.js", worker),
        web.get("/card/push", show_key),
        web.post("/card/push", agree),
        web.post("/card/push/end", decline),
    ]


async def worker(_request: web.Request) -> web.Response:
    """The service worker; it may speak for `/card` and what lies below, and is asked for anew each time."""
    headers = {"Service-Worker-Allowed": "/card", hdrs.CACHE_CONTROL: "no-cache"}
    return web.Response(body=_WORKER, content_type="text/javascript", charset="utf-8", headers=headers)


async def show_key(request: web.Request) -> web.Response:
    """`GET`: what a browser subscribes with."""
    return json_answer(KeyAnswer((await request.app[mailman_key].signer()).public))


async def agree(request: web.Request) -> web.Response:
    """`POST`: this browser is told of rings from now on."""
    identity = _with_session(request)
    wanted = checked(await _read(request, SubscriptionBody))
    try:
        request.app[rules_key].check_literal(urlsplit(wanted.endpoint).hostname or "")
    except ForbiddenAddress as error:
        raise InvalidInput(Mistake("endpoint", str(error))) from error
    await subscribe(request.app[pool_key], identity, wanted, reader_of(request).language, datetime.now(UTC))
    return web.Response(status=204)


async def decline(request: web.Request) -> web.Response:
    """`POST`: it is told no more."""
    body = await _read(request, EndpointBody)
    if len(body.endpoint) <= LONGEST_ENDPOINT:
        await unsubscribe(request.app[pool_key], signed_in(request).person, body.endpoint)
    return web.Response(status=204)


async def push_context(app: web.Application) -> AsyncIterator[None]:
    """Who tells browsers, as long as the application runs; wants the room of cards before it."""
    settings = app[settings_key]
    rules = app[rules_key] = AddressRules(settings.web.push_private_addresses, "push_private_addresses")
    room = app[room_key]
    sight = Sight(room, app[redis_key])
    async with push_session(rules) as session:
        mailman = app[mailman_key] = Mailman(
            app[pool_key],
            app[secret_box_key],
            app[directory_key],
            app[pages_key].translations,
            subject=_subject(settings.public_url, settings.mail.sender),
            rules=rules,
            session=session,
        )
        pusher = app[pusher_key] = Pusher(room.feed, sight, app[redis_key], mailman)
        room.feed.watch(pusher.hear)
        async with running({"card sight": sight.keep_told}):
            yield
        await pusher.close()


def _subject(public_url: str, sender: str) -> str:
    """Whom a push service may write to (RFC 8292 §2.1): a mail address, or our https address."""
    if "@" in sender and sender.isascii() and not set(sender) & set("<> "):
        return f"mailto:{sender}"
    return public_url if public_url.startswith("https://") else "mailto:trunkline@localhost.localdomain"


def _with_session(request: web.Request) -> Identity:
    identity = signed_in(request)
    if identity.via is not Via.SESSION:
        raise Forbidden(_("only a browser that is signed in can be told of rings"))
    return identity


async def _read(request: web.Request, kind: type[T]) -> T:
    if request.content_length is None or request.content_length > MOST_BODY:
        raise InvalidInput(Mistake("$", _("must have at most %(number)s bytes") % {"number": MOST_BODY}))
    return await read_json(request, kind)
