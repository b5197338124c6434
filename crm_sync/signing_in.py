"""`/crm/oauth/{crm}`: where a portal sends the browser of who connects it, with a code for the first pair of tokens.

On both listeners: it proves itself by the state, made for this sign-in alone, kept as a hash, used once.
"""

import hmac
import secrets
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from crm_sync.bitrix24.binding import bind
from crm_sync.bitrix24.people import read_people
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.tokens import Keys, NoAccess
from crm_sync.connector import Connector
from crm_sync.heard import SQL as EVENTS
from crm_sync.hooks import handler_of
from crm_sync.store import SQL, find_connector
from trunkline.crypto import token_hash
from trunkline.db.types import Connection
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.log import get_logger
from trunkline.outbox.accounts import release
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.pages.request import now, transaction
from trunkline.settings import Settings
from trunkline.web.security import peer_key
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import webhook_session

log = get_logger(__name__)

PAGE: Final = "/settings/crm"
portals_key = web.AppKey("crm_portals", Portals)
_BEGUN_FOR: Final = timedelta(minutes=10)
_LONGEST: Final = 500


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/crm/oauth/{crm}", returned)]


async def portals_context(app: web.Application) -> AsyncIterator[None]:
    """Portals as this process asks them."""
    settings = app[settings_key]
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        keys = Keys(app[pool_key], settings.secret_box(), session, rules)
        app[portals_key] = Portals(keys, session, rules)
        yield
        await keys.settled()


def callback_of(settings: Settings, name: str) -> str:
    """What is written into the portal as the application's address: it is the browser that comes there."""
    return f"{settings.sites_url if settings.server.sites_url else settings.public_url}/crm/oauth/{name}"


async def begin(connection: Connection, known: Connector, at: datetime) -> str:
    """The address at the portal where whoever administers it lets us in, within ten minutes."""
    state = secrets.token_urlsafe(32)
    await connection.execute(SQL["begin_sign_in"], known.id, token_hash(state), at + _BEGUN_FOR)
    return f"{known.portal}/oauth/authorize/?{urlencode({'client_id': known.client_id, 'state': state})}"


async def returned(request: web.Request) -> web.StreamResponse:
    """`GET code, state`: keep the tokens, let what waits go, and show the page of the CRM with what came of it."""
    state, code = (request.query.get(name, "")[:_LONGEST] for name in ("state", "code"))
    known = await _asked_for(request, state)
    if known is None:
        return _back(request, None, "state")
    if not code:
        return _back(request, known.id, "denied")
    portals = request.app[portals_key]
    try:
        async with transaction(request) as connection:
            tokens = await portals.keys.sign_in(connection, known, code)
            await connection.execute(EVENTS["signed_in"], known.id, tokens.member)
            await connection.execute(SQL["begin_telling"], known.id, now())
            await release(connection, known.account)
            actor = Actor(None, "the portal's browser", "oauth", request[peer_key].address)
            deed = Deed("crm.connected", "crm", str(known.id), after={"portal": known.portal, "user": tokens.user})
            await record(connection, actor, deed, now())
    except NoAccess as error:
        log.warning("crm_not_connected", connector=known.name, error=str(error))
        return _back(request, known.id, error.bad.fault.code or "server")
    await _look_around(request, known)
    await wake(request.app[redis_key], OUTBOX_WAKE)
    return _back(request, known.id, "")


async def _look_around(request: web.Request, known: Connector) -> None:
    """Who works there, and that events come to us: it is connected without, and its page tells what is missing."""
    portals, handler = request.app[portals_key], handler_of(request.app[settings_key], known.id)
    try:
        await read_people(request.app[pool_key], portals, known)
        if handler is not None:
            await bind(portals, known, handler)
    except Refused as error:
        log.warning("crm_not_looked_at", connector=known.name, method=error.method, error=str(error))


async def _asked_for(request: web.Request, state: str) -> Connector | None:
    """The connector whose sign-in was begun with this state, which is used up; None for any other."""
    async with transaction(request) as connection:
        row = await connection.fetchrow(SQL["asked_state"], request.match_info["crm"], now())
        if row is None or not hmac.compare_digest(bytes(row["state_hash"]), token_hash(state)):
            return None
        await connection.execute(SQL["end_sign_in"], row["id"])
        return await find_connector(connection, row["id"])


def _back(request: web.Request, connector: UUID | None, refused: str) -> web.Response:
    """To the page, which its own session opens; `refused` is a code that it has words for."""
    where = f"{request.app[settings_key].public_url}{PAGE}{f'/{connector}' if connector else ''}"
    said = urlencode({"refused": refused} if refused else {"connected": "yes"})
    headers = {"Location": f"{where}?{said}", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return web.Response(status=303, headers=headers)
