"""`/bots/{adapter}/{secret}` on the public listener: what messengers tell us, done in a transaction and answered.

Telegram (core.telegram.org/bots/api#setwebhook) and MAX (dev.max.ru/docs-api, POST /subscriptions: ten times, for
eight hours) post an update again until they get a 200: a database that is away
costs time and nothing else. The secret of the address is made of the installation's key, so that a stranger's request
asks the database nothing; the header's is the bot's own.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from aiohttp import web

from crm_sync.bots.hearing import Ear
from crm_sync.bots.kinds import KINDS, BotKind
from crm_sync.bots.store import Bot, find_bot
from trunkline.crypto import SecretBox
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.log import get_logger
from trunkline.notjson import NOT_JSON
from trunkline.outbox.wake import wake
from trunkline.people.pages.request import now
from trunkline.settings import Settings
from trunkline.web.hook_addresses import from_outside, is_live, secret_of
from trunkline.web.i18n import reading
from trunkline.web.receiving import BodyFault, receive_at_most
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_BODY_SECONDS: Final = 10.0
_LARGEST_BODY: Final = 256 << 10
"""Bytes; a message of 4,096 characters with its entities has some ten thousand."""
_ear_key = web.AppKey("bots_ear", Ear)


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/bots/{adapter}/{secret}", hear)]


async def bots_context(app: web.Application) -> AsyncIterator[None]:
    """Who hears what is said to bots, in the company's language."""
    app[_ear_key] = Ear.of(app[settings_key])
    yield


def address_of(settings: Settings, adapter: str) -> str | None:
    """Where a messenger is to post; None while nobody has named the public listener's address."""
    return from_outside(settings, f"/bots/{adapter}/{path_secret(settings.secret_box(), adapter)}")


def path_secret(box: SecretBox, adapter: str) -> str:
    """Of the address."""
    return secret_of(box, "bot address", adapter.encode())


def header_secret(box: SecretBox, bot: Bot) -> str:
    """Of one bot alone; both take A-Z, a-z, 0-9, _ and -: Telegram 1 to 256, MAX 5 to 256."""
    return secret_of(box, "bot header", bot.id.bytes)


async def hear(request: web.Request) -> web.Response:
    """`POST`: 200 once it is done, however often it comes; 404 for a secret that is none, 503 to come again."""
    ear, kind = request.app[_ear_key], KINDS.get(request.match_info["adapter"])
    if kind is None or not is_live(request.match_info["secret"], path_secret(ear.box, kind.name)):
        raise web.HTTPNotFound
    try:
        body = await receive_at_most(request, _LARGEST_BODY, _BODY_SECONDS)
    except BodyFault as fault:
        return _refused(fault.status, fault.reason)
    try:
        return await _heard(request, ear, kind, body, now())
    except DATABASE_TROUBLE:
        return _refused(503, "the database is away")


async def _heard(request: web.Request, ear: Ear, kind: BotKind, body: bytes, at: datetime) -> web.Response:
    async with request.app[pool_key].acquire() as connection:
        bot = await find_bot(connection, kind.name)
        if bot is None or kind.read is None:
            raise web.HTTPNotFound
        if not is_live(request.headers.get(kind.header, ""), header_secret(ear.box, bot)):
            raise web.HTTPNotFound
        try:
            update = kind.read(body)
        except (*NOT_JSON, ValueError):
            return _refused(400, "no update")
        if update is None:
            return web.Response()
        async with connection.transaction():
            with reading(ear.reader, ear.translations):
                topics = await ear.hear(connection, bot, update, at)
    await wake(request.app[redis_key], *topics)
    return web.Response()


def _refused(status: int, why: str) -> web.Response:
    log.warning("bot_update_refused", why=why)
    answer = web.Response(status=status)
    answer.force_close()  # of what is left of the body nobody reads on
    return answer
