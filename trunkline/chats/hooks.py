"""`/chats/chat2desk/{inbox}/{secret}` on the public listener: what clients write, put into the spool and answered.

Nothing is looked up here: the secret is made of the installation's key, so that a stranger's request asks the database
nothing, and a message is taken with the database away.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.chats.chat2desk import read_message
from trunkline.crypto import SecretBox
from trunkline.errors import SpoolFull
from trunkline.keys import settings_key, spool_key
from trunkline.log import get_logger
from trunkline.settings import Settings
from trunkline.spool import Kind
from trunkline.web.receiving import BodyFault, receive

log = get_logger(__name__)

_BODY_SECONDS: Final = 10.0
_LARGEST_BODY: Final = 256 << 10
_box_key = web.AppKey("chats_box", SecretBox)


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/chats/chat2desk/{inbox}/{secret}", hear)]


async def chats_context(app: web.Application) -> AsyncIterator[None]:
    """The key that secrets of addresses are made of."""
    app[_box_key] = app[settings_key].secret_box()
    yield


def address_of(settings: Settings, inbox: UUID) -> str | None:
    """Where Chat2Desk is to post; None while nobody has named the public listener's address."""
    if not settings.server.sites_url:
        return None
    return f"{settings.sites_url}{path_of(settings.secret_box(), inbox)}"


def path_of(box: SecretBox, inbox: UUID) -> str:
    """The address after its host, with the secret of one inbox alone: 128 bits that only this installation can make."""
    secret = urlsafe_b64encode(box.sign("chat address", inbox.bytes)).rstrip(b"=").decode()
    return f"/chats/chat2desk/{inbox}/{secret}"


async def hear(request: web.Request) -> web.Response:
    """`POST`: 200 once it lies in the spool, and for events of no use to us; 404 for a secret that is none."""
    inbox = _inbox(request)
    if (request.content_length or 0) > _LARGEST_BODY:
        return _refused(inbox, 413, "too long")
    try:
        body = await receive(request.clone(client_max_size=_LARGEST_BODY), _BODY_SECONDS)
        message = read_message(inbox, body)
    except web.HTTPRequestEntityTooLarge:
        return _refused(inbox, 413, "too long")
    except BodyFault as fault:
        return _refused(inbox, fault.status, fault.reason)
    except ValueError:
        return _refused(inbox, 400, "no event")
    try:
        if message is not None:
            request.app[spool_key].append(Kind.CHAT, msgspec.msgpack.encode(message))
    except SpoolFull:
        return _refused(inbox, 503, "spool full")
    return web.Response()


def _inbox(request: web.Request) -> UUID:
    """Whose address it is; raises HTTPNotFound for one we never gave."""
    try:
        inbox = UUID(request.match_info["inbox"])
    except ValueError:
        raise web.HTTPNotFound from None
    ours = path_of(request.app[_box_key], inbox).rpartition("/")[2]
    if not hmac.compare_digest(ours.encode(), request.match_info["secret"].encode(errors="surrogatepass")):
        raise web.HTTPNotFound
    return inbox


def _refused(inbox: UUID, status: int, why: str) -> web.Response:
    log.warning("chat_message_refused", inbox=str(inbox), why=why)
    answer = web.Response(status=status)
    answer.force_close()  # of what is left of the body nobody reads on
    return answer
