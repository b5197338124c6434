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

from crm_sync.connector import Connector
from crm_sync.kinds import SIGNED
from crm_sync.opening import Crms, open_crms
from crm_sync.port import NotSignedIn
from crm_sync.store import SQL, find_connector
from trunkline.crypto import token_hash
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key, redis_key, settings_key
from trunkline.log import get_logger
from trunkline.outbox.accounts import release
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.pages.request import now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.security import peer_key

log = get_logger(__name__)

PAGE: Final = "/settings/crm"
crms_key: Final = web.AppKey("crms", Crms)
_BEGUN_FOR: Final = timedelta(minutes=10)
_LONGEST: Final = 500


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/crm/oauth/{crm}", returned)]


async def crms_context(app: web.Application) -> AsyncIterator[None]:
    """CRMs as this process asks them."""
    async with open_crms(app[pool_key], app[redis_key], app[settings_key]) as crms:
        app[crms_key] = crms
        yield


async def begin(connection: Connection, known: Connector, at: datetime) -> str:
    """The address where whoever administers it lets us in, within ten minutes; raises InvalidInput."""
    if known.kind not in SIGNED:
        raise NotFound(_("There is no such page."))
    if not known.client_id:
        raise InvalidInput(Mistake("client_id", _("write down the application first")))
    state = secrets.token_urlsafe(32)
    await connection.execute(SQL["begin_sign_in"], known.id, token_hash(state), at + _BEGUN_FOR)
    return SIGNED[known.kind].sign_in_url(known, state)


async def returned(request: web.Request) -> web.StreamResponse:
    """`GET code, state`: keep the tokens, let what waits go, and show the page of the CRM with what came of it."""
    state, code = (request.query.get(name, "")[:_LONGEST] for name in ("state", "code"))
    known = await _asked_for(request, state)
    if known is None:
        return _back(request, None, "state")
    if not code:
        return _back(request, known.id, "denied")
    crm = request.app[crms_key].signed(known.kind)
    try:
        async with transaction(request) as connection:
            user = await crm.sign_in(connection, known, code)
            actor = Actor(None, "the portal's browser", "oauth", request[peer_key].address)
            await let_in(connection, known, user, actor)
    except NotSignedIn as error:
        log.warning("crm_not_connected", connector=known.name, error=str(error))
        return _back(request, known.id, error.code or "server")
    await begin_asking(request, known)
    return _back(request, known.id, "")


async def let_in(connection: Connection, known: Connector, user: int, actor: Actor) -> None:
    """It is connected by `user` there: calls are told from now on, and what waits goes."""
    await connection.execute(SQL["begin_telling"], known.id, now())
    await release(connection, known.account)
    deed = Deed("crm.connected", "crm", str(known.id), after={"portal": known.portal, "user": user})
    await record(connection, actor, deed, now())


async def begin_asking(request: web.Request, known: Connector) -> None:
    """After the commit: what follows a sign-in, without which it is connected all the same; and what waits."""
    await request.app[crms_key].signed(known.kind).look_around(known)
    await wake(request.app[redis_key], OUTBOX_WAKE)


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
